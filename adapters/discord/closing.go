package discord

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Closing: an agent or the opener ends a ticket, or an agent asks the opener whether it can end. The question has a timer of the ticket, which
// is set and taken away in the transaction of a note, so that it survives restarts and stands in the history.

// asked is a question whether the ticket can be closed, as State keeps it.
type asked struct {
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// timerKey marks the context of a note that sets the timer of a question, or with a zero duration takes it away.
type timerKey struct{}

func (d *Discord) askTimer() string { return d.cfg.Name + ".asked" }

func (c *call) closing() (reply, error) {
	if c.agent && c.i.flag("ask") {
		return c.ask()
	}
	return c.close(c.i.text("reason"))
}

// close ends the ticket. What then happens in Discord is the work of its job, so that nothing of it keeps the answer waiting.
func (c *call) close(reason string) (reply, error) {
	if _, err := c.svc.Close(c.ctx, c.actor, c.t.ID, 0, reason); err != nil {
		return reply{}, c.over(err)
	}
	return c.say("closed")
}

// ask puts the question to the opener.
func (c *call) ask() (reply, error) {
	switch {
	case !c.agent:
		return c.refuse("only_team")
	case !c.t.Category.Active():
		return c.refuse("over")
	case c.p.Channel == "":
		return c.refuse("no_channel_now")
	}
	timed := context.WithValue(c.ctx, timerKey{}, c.cfg.AskFor)
	if _, err := c.svc.Note(timed, c.actor, c.t.ID, 0, ticket.NewMessage{Body: c.texts.T(c.cfg.Locale, "discord.note_asked")}); err != nil {
		return reply{}, err
	}
	ctx, release, err := c.hold(c.ctx, c.t.ID)
	if err != nil {
		return reply{}, err
	}
	defer release()
	p, _, err := c.place(ctx, c.t.ID)
	if err != nil {
		return reply{}, err
	}
	now := c.cfg.Now()
	lang := c.langOf(c.t)
	var m dMessage
	err = c.rest.call(c.ctx, request{method: "POST", path: "/channels/" + p.Channel + "/messages", body: obj{
		"content":          c.texts.T(lang, "discord.asked", mentionUser(p.Opener), discordTime(now.Add(c.cfg.AskFor), "R")),
		"allowed_mentions": only(p.Opener), "nonce": nonce("ask:"+c.i.ID, 0), "enforce_nonce": true,
		"components": []obj{row(button(3, actYes, string(c.t.ID), c.texts.T(lang, "discord.yes")), button(2, actNo, string(c.t.ID), c.texts.T(lang, "discord.no")))}}}, &m)
	if err != nil {
		return reply{text: c.why(c.lang, err)}, nil
	}
	if p.Ask != nil {
		c.withdraw(p.Channel, p.Ask.Message)
	}
	p.Ask = &asked{Message: m.ID, At: now}
	if err := c.setPlace(c.ctx, c.t.ID, p); err != nil {
		return reply{}, err
	}
	return c.say("asked_done")
}

// withdraw takes the buttons from a question that is answered.
func (d *Discord) withdraw(channel, message string) {
	ctx, cancel := context.WithTimeout(context.Background(), restMaxWait)
	defer cancel()
	at := "/channels/" + channel + "/messages"
	err := d.rest.call(ctx, request{method: "PATCH", path: at + "/" + message, route: at + "/", body: obj{"components": []obj{}}}, nil)
	if err != nil && codeOf(err) != codeUnknownMessage && codeOf(err) != codeUnknownChannel {
		d.cfg.Log.Warn("discord: a question keeps its buttons", slog.Any("error", err))
	}
}

// answered forgets the question of a ticket, and reports whether there was one.
func (d *Discord) answered(ctx context.Context, id ticket.ID) (bool, error) {
	held, release, err := d.hold(ctx, id)
	if err != nil {
		return false, err
	}
	p, _, err := d.place(held, id)
	q := p.Ask
	if err == nil && q != nil {
		p.Ask = nil
		err = d.setPlace(held, id, p)
	}
	release()
	if err != nil || q == nil {
		return false, err
	}
	d.withdraw(p.Channel, q.Message)
	return true, nil
}

// yes is the opener's answer that all is well.
func (c *call) yes() (reply, error) {
	if c.i.who().ID != c.p.Opener {
		return c.refuse("only_opener")
	}
	if _, err := c.svc.Close(c.ctx, c.actor, c.t.ID, 0, c.texts.T(c.cfg.Locale, "discord.reason_confirmed")); err != nil {
		return reply{}, c.over(err)
	}
	return c.say("closed")
}

// no is the opener's answer that it is not.
func (c *call) no() (reply, error) {
	if c.i.who().ID != c.p.Opener {
		return c.refuse("only_opener")
	}
	was, err := c.answered(c.ctx, c.t.ID)
	if err != nil {
		return reply{}, err
	}
	if !was {
		return c.say("stays_open")
	}
	ctx := context.WithValue(c.ctx, timerKey{}, time.Duration(0))
	if _, err := c.svc.Note(ctx, c.system(), c.t.ID, 0, ticket.NewMessage{Body: c.texts.T(c.cfg.Locale, "discord.note_not_solved", c.actor.Name)}); err != nil {
		return reply{}, err
	}
	to, err := c.assigneeIn(c.ctx, c.t)
	if err != nil {
		return reply{}, err
	}
	c.post(c.p.Channel, c.texts.T(c.langOf(c.t), "discord.not_solved", mentionUser(c.p.Opener), mentionUser(to)), to, "no:"+c.i.ID)
	return c.say("stays_open")
}

// post says something in a channel; to is the person that it notifies.
func (c *call) post(channel, text, to, key string) {
	err := c.rest.call(c.ctx, request{method: "POST", path: "/channels/" + channel + "/messages",
		body: obj{"content": text, "allowed_mentions": only(to), "nonce": nonce(key, 0), "enforce_nonce": true}}, nil)
	if err != nil {
		c.cfg.Log.Warn("discord: cannot say something in a channel", slog.Any("error", err))
	}
}

// reopen brings a ticket back that has ended. Its channel is a new one.
func (c *call) reopen() (reply, error) {
	if _, err := c.svc.Reopen(c.ctx, c.actor, c.t.ID, 0); err != nil {
		return reply{}, err
	}
	err := c.sync(c.ctx, c.t.ID)
	p, _, found := c.place(c.ctx, c.t.ID)
	if found != nil {
		return reply{}, found
	}
	if p.Channel == "" && err != nil {
		return reply{text: c.texts.T(c.lang, "discord.no_channel", c.t.Number, c.why(c.lang, err))}, nil
	}
	return c.say("reopened", where(p))
}

// unanswered closes a ticket whose opener was asked and has said nothing for the time that was promised.
func (d *Discord) unanswered(ctx context.Context, id ticket.ID) error {
	p, _, err := d.place(ctx, id)
	if err != nil || p.Ask == nil {
		return err
	}
	_, err = d.svc.Close(ctx, d.actor(), id, 0, d.texts.T(d.cfg.Locale, "discord.reason_unanswered"))
	if k := ticket.KindOf(err); err != nil && (k == ticket.Conflict || k == ticket.NotFound) {
		return nil // it has ended otherwise
	}
	return err
}

// hookTimer sets or takes away the timer of a question in the transaction of the note about it; whatever the requester writes is an answer.
func (d *Discord) hookTimer(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
	switch e.Type {
	case ticket.EventNoted:
		if after, ok := ctx.Value(timerKey{}).(time.Duration); ok {
			at := time.Time{}
			if after > 0 {
				at = e.At.Add(after)
			}
			return tx.SetTimer(ctx, e.TicketID, d.askTimer(), at)
		}
	case ticket.EventTimer:
		var facts struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(e.Data, &facts); err != nil || facts.Name != d.askTimer() {
			return err
		}
		return tx.Enqueue(ctx, ticket.Job{Kind: d.askTimer(), Key: d.askTimer() + ":" + string(e.ID), RunAt: e.At, Payload: syncPayload{e.TicketID}})
	}
	return nil
}

// only lets a text notify one person; "" nobody.
func only(user string) obj {
	if user == "" {
		return nobody()
	}
	return obj{"parse": []string{}, "users": []string{user}}
}

func row(in ...obj) obj { return obj{"type": 1, "components": in} }

func button(style int, action, arg, label string) obj {
	return obj{"type": 2, "style": style, "custom_id": customID(action, arg), "label": label}
}
