package discord

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// The actions of commands and buttons. The desk decides whether the person may; nothing is shown before it has.

func (c *call) claim() (reply, error) {
	if _, err := c.svc.Claim(c.ctx, c.actor, c.t.ID, 0); err != nil {
		if ticket.KindOf(err) == ticket.Conflict && c.t.Category.Active() {
			return c.refuse("conflict")
		}
		return reply{}, c.over(err)
	}
	c.show()
	return c.say("claimed")
}

func (c *call) unclaim() (reply, error) {
	if _, err := c.svc.Unclaim(c.ctx, c.actor, c.t.ID, 0); err != nil {
		return reply{}, c.over(err)
	}
	c.show()
	return c.say("unclaimed")
}

// over says that a ticket has ended when that is why something was refused.
func (c *call) over(err error) error {
	if ticket.KindOf(err) == ticket.Conflict && !c.t.Category.Active() {
		return &refused{c.texts.T(c.lang, "discord.over")}
	}
	return err
}

func (c *call) escalate() (reply, error) { return c.escalateFor(c.i.text("reason")) }

// escalateFor calls the next role in; the ping is the work of a job, whoever escalates.
func (c *call) escalateFor(reason string) (reply, error) {
	t, err := c.svc.Escalate(c.ctx, c.actor, c.t.ID, 0, reason)
	if err != nil {
		return reply{}, c.over(err)
	}
	c.show()
	return c.say("escalated", t.Escalation, c.texts.T(c.lang, "priority."+string(t.Priority)))
}

func (c *call) priority() (reply, error) {
	p := ticket.Priority(c.i.text("level"))
	if len(c.i.Data.Values) > 0 { // chosen in the channel
		p = ticket.Priority(c.i.Data.Values[0])
	}
	if _, err := c.svc.SetPriority(c.ctx, c.actor, c.t.ID, 0, p); err != nil {
		return reply{}, c.over(err)
	}
	c.show()
	return c.say("priority_set", c.texts.T(c.lang, "priority."+string(p)))
}

func (c *call) note() (reply, error) {
	if _, err := c.svc.Note(c.ctx, c.actor, c.t.ID, 0, ticket.NewMessage{Body: c.i.text("text")}); err != nil {
		return reply{}, err
	}
	return c.say("noted")
}

// move gives the ticket to another queue. Category and roles of the channel follow the first kind of that queue.
func (c *call) move() (reply, error) {
	q := ticket.QueueID(strings.TrimSpace(c.i.text("queue")))
	t, err := c.svc.Edit(c.ctx, c.actor, c.t.ID, 0, ticket.Edit{Queue: &q})
	if err != nil {
		return reply{}, err
	}
	c.show()
	return c.say("moved", plain(t.Queue.Name))
}

func (c *call) transfer() (reply, error) {
	to := ticket.AccountID(strings.TrimSpace(c.i.text("agent")))
	if !ticket.ValidID(string(to)) { // typed, not chosen
		for _, a := range c.lists.get(c.worker).agents {
			if strings.EqualFold(a.Name, string(to)) || strings.EqualFold(a.Username, string(to)) {
				to = a.ID
			}
		}
	}
	if to == "" {
		return c.refuse("no_agent")
	}
	t, err := c.svc.Assign(c.ctx, c.actor, c.t.ID, 0, to)
	if err != nil {
		return reply{}, err
	}
	c.show()
	return c.say("transferred", plain(t.Assignee.Name))
}

// rename changes the subject; the name of the channel follows it, as Discord's limit allows.
func (c *call) rename() (reply, error) {
	subject := c.i.text("name")
	if _, err := c.svc.Edit(c.ctx, c.actor, c.t.ID, 0, ticket.Edit{Subject: &subject}); err != nil {
		return reply{}, err
	}
	c.show()
	p, _, err := c.place(c.ctx, c.t.ID)
	if err == nil && p.Channel != "" && p.Named != channelName(c.t.Number, subject) {
		return c.say("renamed_later")
	}
	return c.say("renamed")
}

func (c *call) transcript() (reply, error) {
	f, err := c.conversation(c.ctx, c.t.ID, c.actor, c.lang, ticket.Public)
	if err != nil {
		return reply{}, err
	}
	if len(f.data) > maxFileBytes {
		return c.refuse("transcript_large")
	}
	return reply{text: c.texts.T(c.lang, "discord.transcript_here", c.t.Number), files: []upload{f}}, nil
}

// info tells how the ticket stands.
func (c *call) info() (reply, error) {
	t, err := c.svc.Get(c.ctx, c.actor, c.t.ID)
	if err != nil {
		return reply{}, err
	}
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "**%s:** %s\n", c.texts.T(c.lang, key), value)
		}
	}
	fmt.Fprintf(&b, "**#%d %s**\n", t.Number, plain(t.Subject))
	line("field.status", c.statusText(t, c.lang))
	line("field.priority", c.texts.T(c.lang, "priority."+string(t.Priority)))
	line("field.queue", plain(t.Queue.Name))
	if k := c.kind(c.p.Kind); k != nil {
		line("discord.field_kind", plain(k.Label.in(c.lang)))
	}
	if t.Assignee != nil {
		line("field.assignee", plain(t.Assignee.Name))
	}
	line("field.requester", cmp.Or(mentionUser(c.p.Opener), plain(t.Requester.Name)))
	line("field.created_at", discordTime(t.CreatedAt, "f"))
	line("discord.field_members", strings.Join(mentions(c.p.Members), " "))
	if s, err := c.slaText(c.ctx, t.ID, c.lang); err == nil {
		line("discord.field_sla", s)
	}
	return reply{text: b.String()}, nil
}

// add lets somebody into the channel. The note says who did it, and is what the desk decides about.
func (c *call) add() (reply, error) { return c.member(true) }

func (c *call) remove() (reply, error) { return c.member(false) }

func (c *call) member(in bool) (reply, error) {
	id := c.i.text("user")
	u, known := c.i.Data.Resolved.Users[id]
	switch {
	case !snowflake.MatchString(id) || !known || u.Bot:
		return c.refuse("no_member")
	case id == c.p.Opener:
		return c.refuse("is_opener")
	case in && slices.Contains(c.p.Members, id):
		return c.say("added", mentionUser(id))
	case !in && !slices.Contains(c.p.Members, id):
		return c.refuse("not_member", mentionUser(id))
	}
	m, there := c.i.Data.Resolved.Members[id]
	if in && !there {
		return c.refuse("no_member")
	}
	m.User = &u
	note := "discord.note_added"
	if !in {
		note = "discord.note_removed"
	}
	if _, err := c.svc.Note(c.ctx, c.actor, c.t.ID, 0, ticket.NewMessage{Body: c.texts.T(c.cfg.Locale, note, name(&u, &m))}); err != nil {
		return reply{}, err
	}
	err := c.setMembers(c.ctx, c.t.ID, func(members []string) []string {
		members = slices.DeleteFunc(slices.Clone(members), func(o string) bool { return o == id })
		if in {
			members = append(members, id)
		}
		return members
	})
	if err != nil {
		return reply{}, err
	}
	if err := c.sync(c.ctx, c.t.ID); failed(err) {
		return reply{text: c.why(c.lang, err)}, nil
	}
	if in {
		return c.say("added", mentionUser(id))
	}
	return c.say("removed", mentionUser(id))
}

func (d *Discord) setMembers(ctx context.Context, id ticket.ID, change func([]string) []string) error {
	ctx, release, err := d.hold(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	p, _, err := d.place(ctx, id)
	if err != nil {
		return err
	}
	p.Members = change(p.Members)
	return d.setPlace(ctx, id, p)
}

// mentionUser shows a person; "" for nobody.
func mentionUser(id string) string {
	if id == "" {
		return ""
	}
	return "<@" + id + ">"
}

func mentions(ids []string) (out []string) {
	for _, id := range ids {
		out = append(out, mentionUser(id))
	}
	return out
}

// slaText is the clock that runs out first, as a time that Discord's program keeps counting; "" without a promise.
func (d *Discord) slaText(ctx context.Context, id ticket.ID, lang string) (string, error) {
	if d.sla == nil {
		return "", nil
	}
	all, err := d.sla.Page(ctx, d.actor(), []ticket.ID{id})
	if err != nil {
		return "", err
	}
	sum := all[id]
	r := sum.Next()
	if r == nil {
		return "", nil
	}
	clock := d.texts.T(lang, "sla.clock."+string(r.Clock))
	switch {
	case r.State == sla.Missed && r.BreachedAt != nil:
		return d.texts.T(lang, "discord.sla_missed", clock, discordTime(*r.BreachedAt, "R")), nil
	case r.Due == nil:
		return d.texts.T(lang, "discord.sla_paused", clock), nil
	}
	return d.texts.T(lang, "discord.sla_due", clock, discordTime(*r.Due, "R")), nil
}
