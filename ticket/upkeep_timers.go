package ticket

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a desk does by itself. Data holds the keys in brackets.
const (
	EventCloseWarned EventType = "ticket.close_warned" // [closes_at waits_for message_id]; waits_for is requester or desk
	EventReminded    EventType = "ticket.reminded"     // [n message_id] the n-th reminder since somebody wrote
	EventInactive    EventType = "ticket.inactive"     // [assignee_id since] no agent did anything
)

// keepUp sets the timers of Upkeep as the change has left the ticket. It is called once for each change, before it is written, and by KeepUp.
func (c *change) keepUp(ctx context.Context) error {
	u := &c.s.cfg.Upkeep
	if c.t.Demo {
		return nil
	}
	begin := c.now
	if now := c.s.now(); now.After(begin) { // what is taken over from elsewhere happened long ago
		begin = now
	}
	moved, given := c.anew || c.from != c.t.Category, c.anew
	for _, e := range c.events {
		moved = moved || e.Type == EventQueueChanged
		given = given || e.Type == EventClaimed || e.Type == EventUnclaimed || e.Type == EventAssigned
	}
	// at is when a timer goes off; removed when its part does not want the ticket.
	at := func(wants bool, after time.Duration) time.Time {
		if !wants || after <= 0 {
			return time.Time{}
		}
		return begin.Add(after)
	}
	if u.closing() && (moved || c.spoke) {
		after := u.closes(c.t)
		if err := c.timer(ctx, timerWarn, at(u.WarnBefore > 0, after-u.WarnBefore)); err != nil {
			return err
		}
		if err := c.timer(ctx, timerClose, at(u.WarnBefore == 0, after)); err != nil { // else the warning sets it
			return err
		}
	}
	if u.CloseResolved > 0 && (moved || c.spoke) && (c.t.Category == Resolved || c.from == Resolved) {
		if err := c.timer(ctx, timerResolved, at(c.t.Category == Resolved, u.CloseResolved)); err != nil {
			return err
		}
	}
	if u.RemindAfter > 0 && (moved || c.spoke) && (c.t.Category == Pending || c.from == Pending) {
		if err := c.timer(ctx, timerRemind, at(c.t.Category == Pending, u.RemindAfter)); err != nil {
			return err
		}
	}
	if u.AgentInactive > 0 && (c.actor.Kind == ActorAccount || moved || given) {
		if was := c.from == New || c.from == Open; inHand(c.t) || was && (moved || given) {
			return c.timer(ctx, timerInactive, at(inHand(c.t), u.AgentInactive))
		}
	}
	return nil
}

// due does what a timer of Upkeep is for, if that is still wanted. known is false for any other timer.
func (c *change) due(ctx context.Context, name string) (known bool, err error) {
	u := &c.s.cfg.Upkeep
	switch name {
	case timerWarn:
		if u.closes(c.t) > 0 && u.WarnBefore > 0 {
			err = c.warn(ctx, u)
		}
	case timerClose:
		if u.closes(c.t) > 0 {
			err = c.setStatus(ctx, Status(Closed), EventClosed, "timer", "")
		}
	case timerResolved:
		if u.CloseResolved > 0 && c.t.Category == Resolved {
			err = c.setStatus(ctx, Status(Closed), EventClosed, "timer", "")
		}
	case timerRemind:
		if u.RemindAfter > 0 && c.t.Category == Pending {
			err = c.remind(ctx, u)
		}
	case timerInactive:
		if u.AgentInactive > 0 && inHand(c.t) {
			c.quiet = true // the ticket is what it was; that is the news
			c.event(EventInactive, data{"assignee_id": c.t.Assignee.ID, "seconds": int64(u.AgentInactive / time.Second)}, nil)
		}
	default:
		return false, nil
	}
	return true, err
}

// warn tells the side that has to act that the ticket will be closed. The time that is promised counts from now, however late the
// warning comes.
func (c *change) warn(ctx context.Context, u *Upkeep) error {
	closes := c.now.Add(u.WarnBefore)
	facts := data{"closes_at": closes, "waits_for": "desk"}
	talk, err := c.talk(ctx)
	if err != nil {
		return err
	}
	if !talk.requesterSpokeLast {
		facts["waits_for"] = "requester"
		m, err := c.automatic(ctx, NoticeClosing, talk, u.WarnText, warnTexts, u.WarnBefore)
		if err != nil {
			return err
		}
		if m != nil {
			facts["message_id"] = m.ID
		}
	}
	c.event(EventCloseWarned, facts, nil)
	return c.timer(ctx, timerClose, closes)
}

// remind asks the requester of a pending ticket for an answer, and sets the timer of the next reminder if one may follow.
func (c *change) remind(ctx context.Context, u *Upkeep) error {
	talk, err := c.talk(ctx)
	if err != nil || talk.reminders >= u.Reminders {
		return err
	}
	m, err := c.automatic(ctx, NoticeReminder, talk, u.ReminderText, reminderTexts, 0)
	if err != nil || m == nil {
		return err
	}
	n := talk.reminders + 1
	c.event(EventReminded, data{"n": n, "message_id": m.ID}, nil)
	if n >= u.Reminders {
		return nil
	}
	return c.timer(ctx, timerRemind, c.now.Add(u.RemindAfter))
}

// talk is what the newest messages tell about the conversation.
type talk struct {
	requesterSpokeLast bool // a person outside wrote last, or nobody of the desk ever did
	program            bool // all that came from outside was written by programs
	unreachable        bool // the newest message to the requester could not be delivered
	reminders          int  // automatic messages of Upkeep since a person last wrote
}

// talkLimit is how many messages are looked at: more automatic ones in a row than that are a loop, not a conversation.
const talkLimit = 100

func (c *change) talk(ctx context.Context) (talk, error) {
	ms, err := c.tx.Messages(ctx, Scope{all: true}, MessageQuery{Ticket: c.t.ID, Kinds: []MessageKind{Public}, Newest: true, Limit: talkLimit})
	if err != nil {
		return talk{}, err
	}
	out := talk{requesterSpokeLast: true}
	outside, people, spoken, sent := 0, 0, false, false
	for _, m := range slices.Backward(ms) {
		if m.Author.Type == ActorContact {
			outside++
			if !m.Machine {
				people++
			}
		} else if !sent && m.Delivery != nil {
			sent, out.unreachable = true, (m.Delivery.State == Failed || m.Delivery.State == Bounced)
		}
		switch {
		case spoken:
		case m.Author.Type == ActorSystem && m.Machine:
			out.reminders++
		case !m.Machine:
			spoken, out.requesterSpokeLast = true, m.Author.Type == ActorContact
		}
	}
	out.program = outside > 0 && people == 0
	return out, nil
}

// automatic writes to the requester alone what a text says, in the ticket's language; nil when nobody can or must be written to.
func (c *change) automatic(ctx context.Context, kind NoticeKind, t talk, own, builtIn map[string]string, left time.Duration) (*Message, error) {
	if c.t.Demo || t.program || t.unreachable {
		return nil, nil
	}
	if yes, err := c.mails(ctx, kind); !yes || err != nil {
		return nil, err
	}
	to, bounced, err := c.reach(ctx, c.t.Requester.ID)
	if err != nil || len(to) == 0 || bounced {
		return nil, err
	}
	requester, err := c.tx.Contact(ctx, c.t.Requester.ID)
	if err != nil {
		return nil, err
	}
	lang := c.s.localeOf(c.t, requester) // as the mail around it
	text := own[lang]
	if text == "" {
		text = builtIn[lang]
	}
	text = strings.NewReplacer("{number}", strconv.FormatInt(c.t.Number, 10), "{in}", inWords(lang, left)).Replace(text)
	m := &Message{Kind: Public, Author: Author{Type: ActorSystem, Name: c.actor.Name}, Channel: c.t.Channel, Text: text, Machine: true, To: to,
		Delivery: &Delivery{State: Queued, At: c.now}}
	preview := c.t.Preview
	if err := c.message(ctx, m); err != nil {
		return nil, err
	}
	c.t.Preview = preview // what a person said last says more
	spoke := c.spoke
	err = c.sent(ctx, m)
	c.spoke = spoke
	return m, err
}

// inWords writes a duration in the largest unit that fits it.
func inWords(lang string, d time.Duration) string {
	units := []struct {
		unit   time.Duration
		de, en [2]string
	}{
		{24 * time.Hour, [2]string{"Tag", "Tagen"}, [2]string{"day", "days"}},
		{time.Hour, [2]string{"Stunde", "Stunden"}, [2]string{"hour", "hours"}},
		{time.Minute, [2]string{"Minute", "Minuten"}, [2]string{"minute", "minutes"}},
	}
	for i, u := range units {
		n := int64(d / u.unit)
		if n < 1 && i < len(units)-1 || i == 0 && (n < 2 || d%u.unit != 0) {
			continue
		}
		words := u.en
		if lang == "de" {
			words = u.de
		}
		word := words[1]
		if n == 1 {
			word = words[0]
		}
		return strconv.FormatInt(n, 10) + " " + word
	}
	return ""
}
