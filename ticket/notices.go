package ticket

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Notices is what the desk mails by itself. The zero value mails nothing beside what Upkeep and service levels say, and no rules change that.
type Notices struct {
	// Mails says which kinds are mailed where MailRules say nothing. What is absent is off, save NoticeReminder, NoticeClosing and
	// NoticeSLA, which are on: other settings decide whether there is anything to say. Nil switches all others off for good.
	Mails map[NoticeKind]bool
	// Own are the addresses of the desk, in lower case; they are never written to.
	Own []string

	// The caps of automatic mail to people outside (NoticeReceipt, NoticeClosed), over all processes and restarts: two desks that answer each
	// other fall silent behind them.
	Every      time.Duration // one receipt for a person and ticket in so long; 0 is 24 hours
	PerPerson  int           // to one person in an hour; 0 is 5
	PerChannel int           // through one channel in an hour, counted about: processes at the same time may each add one; 0 is 500
}

// The kind of job of this file, and what became of such mails.
const (
	JobNotice                 = "notice"      // payload NoticePayload
	EventMailed     EventType = "mail.sent"   // [mail account_id] the desk told somebody by itself
	EventMailFailed EventType = "mail.failed" // [mail account_id]; private: recipient reason
)

// NoticePayload is the payload of JobNotice: one mail to one person.
type NoticePayload struct {
	TicketID  ID         `json:"ticket_id"`
	Kind      NoticeKind `json:"kind"`
	EventID   EventID    `json:"event_id"` // what it tells of; names the mail for ever
	MessageID MessageID  `json:"message_id,omitempty"`
	Account   AccountID  `json:"account,omitempty"` // a colleague; "" is the requester
	At        time.Time  `json:"at"`                // when it happened: the date of the mail, also of a repeated one
	By        string     `json:"by,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

func (n *Notices) check() error {
	if n.Every < 0 || n.PerPerson < 0 || n.PerChannel < 0 {
		return InvalidField("notices", "caps must not be negative")
	}
	for kind := range n.Mails {
		if !slices.Contains(NoticeKinds(), kind) {
			return InvalidField("notices.mails", "there is no mail %q", string(kind))
		}
	}
	if n.Every > 30*24*time.Hour {
		return InvalidField("notices.every", "must be at most 30 days")
	}
	if n.Every == 0 {
		n.Every = 24 * time.Hour
	}
	if n.PerPerson == 0 {
		n.PerPerson = 5
	}
	if n.PerChannel == 0 {
		n.PerChannel = 500
	}
	return nil
}

// on reports whether a kind is mailed about the tickets of a queue.
func (s *Service) on(r rules, kind NoticeKind, id QueueID) bool {
	for _, q := range []QueueID{id, ""} {
		if yes, ok := r[q].Mails[kind]; ok {
			return yes
		}
	}
	if yes, ok := s.cfg.Notices.Mails[kind]; ok {
		return yes
	}
	return kind == NoticeReminder || kind == NoticeClosing || kind == NoticeSLA
}

// mails reports whether a kind is mailed about the ticket of the change.
func (c *change) mails(ctx context.Context, kind NoticeKind) (bool, error) {
	r, err := c.s.mailRules(ctx, c.tx)
	return err == nil && c.s.on(r, kind, c.t.Queue.ID), err
}

// notices asks for the mails that the events of the change deserve. It is called once for each change, before its events are written.
func (c *change) notices(ctx context.Context) error {
	if c.s.cfg.Notices.Mails == nil || c.t.Demo {
		return nil
	}
	for _, e := range c.events {
		var err error
		switch e.Type {
		case EventReceived:
			if c.was == 0 && c.spoke && c.actor.Kind == ActorContact {
				err = c.outside(ctx, NoticeReceipt, e)
			}
		case EventClosed:
			err = c.outside(ctx, NoticeClosed, e)
		case EventAssigned:
			if c.t.Assignee != nil && c.actor.Account != c.t.Assignee.ID {
				err = c.colleague(ctx, NoticePayload{Kind: NoticeAssigned, EventID: e.ID, By: c.actor.Name})
			}
		case EventBounced, EventDeliveryFailed:
			var facts struct {
				MessageID MessageID `json:"message_id"`
			}
			var private struct {
				Reason string `json:"reason"`
			}
			if err = json.Unmarshal(e.Data, &facts); err == nil && len(e.Private) > 0 {
				err = json.Unmarshal(e.Private, &private)
			}
			if err == nil {
				err = c.colleague(ctx, NoticePayload{Kind: NoticeBounced, EventID: e.ID, MessageID: facts.MessageID, Reason: private.Reason})
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// colleague asks for a mail to the assignee.
func (c *change) colleague(ctx context.Context, p NoticePayload) error {
	if c.t.Assignee == nil {
		return nil
	}
	if yes, err := c.mails(ctx, p.Kind); !yes || err != nil {
		return err
	}
	p.Account = c.t.Assignee.ID
	if p.By == "" && c.actor.Kind == ActorAccount {
		p.By = c.s.nameOf(ctx, c.tx, c.actor)
	}
	return c.mailNotice(ctx, p)
}

// outside asks for a mail to the requester, within the caps. Programs, addresses of the desk and addresses that mail came back from get none.
func (c *change) outside(ctx context.Context, kind NoticeKind, e *Event) error {
	if yes, err := c.mails(ctx, kind); !yes || err != nil {
		return err
	}
	to, bounced, err := c.reach(ctx, c.t.Requester.ID)
	if err != nil || bounced || len(to) == 0 || to[0].Kind != KindEmail || slices.Contains(c.s.cfg.Notices.Own, to[0].Value) {
		return err
	}
	if kind != NoticeReceipt {
		if t, err := c.talk(ctx); err != nil || t.program || t.unreachable {
			return err
		}
	}
	n := &c.s.cfg.Notices
	m := AutoMail{ID: NewID(c.now), Person: to[0].Value, Channel: c.t.Channel, TicketID: c.t.ID, At: c.now}
	sent, err := c.tx.AutoMails(ctx, AutoMailQuery{Person: m.Person, Channel: m.Channel, TicketID: m.TicketID, Since: c.now.Add(-time.Hour), SinceOfPair: c.now.Add(-n.Every)})
	if err != nil || sent.Person >= n.PerPerson || sent.Channel >= n.PerChannel || kind == NoticeReceipt && sent.Pair > 0 {
		return err
	}
	if err := c.tx.NoteAutoMail(ctx, m); err != nil {
		return err
	}
	return c.mailNotice(ctx, NoticePayload{Kind: kind, EventID: e.ID})
}

func (c *change) mailNotice(ctx context.Context, p NoticePayload) error {
	p.TicketID, p.At = c.t.ID, c.now
	// A report may be faster than the note that the mail has left, and the note may be lost in a crash.
	if err := c.tx.LinkRefs(ctx, c.t.ID, []string{noticeRef(string(p.Kind) + "." + string(p.EventID) + "@")}); err != nil {
		return err
	}
	return c.enqueue(ctx, Job{Kind: JobNotice, Key: "notice:" + string(p.Kind) + ":" + string(p.EventID), RunAt: c.now, Payload: p})
}
