package discord

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// reply is what somebody reads in the end. Nobody else does.
type reply struct {
	text  string
	files []upload
}

// call is something that a person wants of a ticket.
type call struct {
	*worker
	i     *dInteraction
	ctx   context.Context
	lang  string
	t     *ticket.Ticket
	p     place
	actor ticket.Actor // what the desk decides about
	agent bool         // else it is the opener
}

// say is a fixed answer.
func (c *call) say(key string, args ...any) (reply, error) {
	return reply{text: c.texts.T(c.lang, "discord."+key, args...)}, nil
}

// refused is an answer that is the person's to read, and no fault.
type refused struct{ text string }

func (e *refused) Error() string { return e.text }

func (c *call) refuse(key string, args ...any) (reply, error) {
	return reply{}, &refused{c.texts.T(c.lang, "discord."+key, args...)}
}

// atTicket does something at the ticket of the channel, as the person who asks: as the account of an agent, or as the contact of the opener.
// What they may is for the desk to say. id is the ticket that a button stands for; "" is that of the channel.
func (w *worker) atTicket(i *dInteraction, lang string, id ticket.ID, fn func(*call) (reply, error)) reply {
	r, err := w.tryAtTicket(i, lang, id, fn)
	if e, ok := errors.AsType[*refused](err); ok {
		return reply{text: e.text}
	}
	if err != nil {
		return reply{text: w.refusal(lang, err)}
	}
	return r
}

func (w *worker) tryAtTicket(i *dInteraction, lang string, id ticket.ID, fn func(*call) (reply, error)) (reply, error) {
	c := &call{worker: w, i: i, ctx: w.work, lang: lang}
	in, err := w.ticketOf(c.ctx, i.ChannelID)
	if err != nil {
		return reply{}, err
	}
	direct := i.Member == nil && id != "" // a button of a direct message
	switch {
	case in == "" && id == "":
		return c.refuse("not_here")
	case id != "" && in != id && !direct && i.ChannelID != w.cfg.LogChannelID:
		return c.refuse("gone")
	case id == "":
		id = in
	}
	if c.t, err = w.svc.Get(c.ctx, w.actor(), id); err != nil {
		return reply{}, err
	}
	if c.p, _, err = w.place(c.ctx, id); err != nil {
		return reply{}, err
	}
	u := i.who()
	switch {
	case w.agentOf(i.Member, &c.p):
		p, err := w.agent(c.ctx, u, i.Member)
		if err != nil {
			return reply{}, err
		}
		c.actor, c.agent = p.Actor, true
	case c.p.Opener == u.ID:
		c.actor = ticket.Actor{Kind: ticket.ActorContact, Contact: c.t.Requester.ID, Name: name(u, i.Member), Source: w.cfg.Name}
	default:
		return c.refuse("not_yours")
	}
	return fn(c)
}

const showWithin = 2 * time.Second

// show brings the channel up to date, and waits for it a little: whoever asked hears how it went also while Discord takes nothing. What fails now
// is done by the job of the change.
func (c *call) show() {
	done := make(chan struct{})
	if !c.q.add("s"+string(c.t.ID), func() {
		defer close(done)
		if err := c.sync(c.ctx, c.t.ID); failed(err) {
			c.cfg.Log.Warn("discord: the channel does not show the change yet", slog.Int64("number", c.t.Number), slog.Any("error", err))
		}
	}) {
		return
	}
	t := time.NewTimer(c.showIn)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// agentOf reports whether a member works on a ticket: by a role of its kind, or of the desk when the kind has none of its own.
func (d *Discord) agentOf(m *dMember, p *place) bool {
	return m != nil && slices.ContainsFunc(m.Roles, func(r string) bool { return slices.Contains(d.rolesOf(p), r) })
}

// rolesOf are the roles that work on the tickets of a kind, and those that were called in.
func (d *Discord) rolesOf(p *place) []string {
	roles := d.cfg.SupportRoleIDs
	if k := d.kind(p.Kind); k == nil && len(p.Roles) > 0 {
		roles = p.Roles
	} else if k != nil && len(k.SupportRoleIDs) > 0 {
		roles = k.SupportRoleIDs
	}
	return slices.Concat(roles, d.escalated(p.Level), d.deskRoleIDs())
}

// escalated are the roles that a ticket was escalated to so far.
func (d *Discord) escalated(level int) []string {
	return d.cfg.EscalationRoleIDs[:min(max(level, 0), len(d.cfg.EscalationRoleIDs))]
}

// system is the adapter itself, for what nobody has asked for.
func (c *call) system() ticket.Actor { return c.worker.Discord.actor() }
