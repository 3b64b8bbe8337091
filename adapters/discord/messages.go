package discord

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// externalID is what the desk calls a message of Discord: by it answers find the channel.
func externalID(channel, message string) string { return channel + "/" + message }

// message takes a message of a ticket's channel in, and tries until that has worked or the run ends: later ones of the channel wait, so that
// none is passed over.
func (w *worker) message(m *dMessage) {
	var id ticket.ID
	w.insist("discord: cannot take a message in", m.ID, func() (err error) {
		if id, err = w.ticketOf(w.work, m.ChannelID); err != nil || id == "" {
			return err
		}
		return w.take(id, m)
	})
}

// take takes one message in and notes how far the channel was read.
func (w *worker) take(id ticket.ID, m *dMessage) error {
	last, err := w.lastRead(w.work, m.ChannelID)
	if err != nil {
		return err
	}
	if !newer(m.ID, last) {
		return nil // recovered before its event came
	}
	if !m.Author.Bot && m.WebhookID == "" && (m.Type == messageDefault || m.Type == messageReply) {
		p, _, err := w.place(w.work, id)
		if err != nil {
			return err
		}
		if m.Member == nil && len(w.workers()) > 0 { // messages that were fetched do not say it
			if m.Member, err = w.member(w.work, m.Author.ID); err != nil {
				return err
			}
		}
		if p.Staff == m.ChannelID && w.svc != nil {
			err = w.staffWrites(id, m)
		} else if w.agentOf(m.Member, &p) && m.Author.ID != p.Opener && w.svc != nil {
			err = w.agentWrites(id, m)
		} else {
			err = w.customerWrites(id, m)
			if p.Ask != nil && err == nil { // who ends the ticket may hold its lock and wait for this queue
				w.q.add("a"+string(id), func() {
					if _, err := w.answered(w.work, id); err != nil {
						w.cfg.Log.Warn("discord: a question is not noted as answered", slog.Any("error", err))
					}
				})
			}
		}
		if err != nil {
			return err
		}
		w.source.took()
	}
	return w.cfg.State.Set(w.work, w.key("read", m.ChannelID), m.ID)
}

// newer reports whether snowflake a was made after b; "" is older than all.
func newer(a, b string) bool {
	x, _ := strconv.ParseUint(a, 10, 64)
	y, _ := strconv.ParseUint(b, 10, 64)
	return x > y
}

// isAgent reports whether a member works on tickets of any kind; see agentOf for one ticket.
func (d *Discord) isAgent(m *dMember) bool {
	return m != nil && slices.ContainsFunc(m.Roles, func(r string) bool { return slices.Contains(d.workers(), r) })
}

// workers are all roles that work on tickets of any kind.
func (d *Discord) workers() []string {
	out := slices.Concat(d.cfg.SupportRoleIDs, d.cfg.EscalationRoleIDs, d.deskRoleIDs())
	for _, k := range d.kinds() {
		out = append(out, k.SupportRoleIDs...)
	}
	return out
}

// customerWrites hands a message to the intake.
func (w *worker) customerWrites(id ticket.ID, m *dMessage) error {
	text, ups, not, err := w.content(m)
	if err != nil {
		return err
	}
	it := ticket.Incoming{
		Channel: w.cfg.Name, Key: "message:" + m.ID, From: w.person(m.Author, m.Member), Text: text, Uploads: ups, ExternalID: externalID(m.ChannelID, m.ID),
		Verified: yes(), Source: w.cfg.Name,
	}
	if m.EditedAt != nil {
		it.Mark = append(it.Mark, editKey(m))
	}
	it.Quoted = w.quote(m)
	if m.Reference != nil && m.Reference.MessageID != "" {
		it.Refs = append(it.Refs, externalID(cmp.Or(m.Reference.ChannelID, m.ChannelID), m.Reference.MessageID))
	}
	if w.svc != nil {
		it.Token = w.svc.ReplyToken(id) // the channel proves where it belongs
	}
	it.Refs = append(it.Refs, w.channelRef(m.ChannelID))
	it.Subject = subject(text, w.texts.T(w.cfg.Locale, "discord.subject", it.From.Name))
	if err := w.in.Receive(w.work, it); err != nil {
		return err
	}
	w.explain(id, m, not)
	return nil
}

// channelRef leads what is written in a channel to its ticket, also at a desk without reply tokens.
func (d *Discord) channelRef(channel string) string { return d.cfg.Name + "-channel/" + channel }

func yes() *bool { v := true; return &v }

func (d *Discord) person(u *dUser, m *dMember) ticket.Person {
	return ticket.Person{Name: name(u, m), Identity: ticket.Identity{Kind: d.cfg.Name, Value: u.ID, Verified: true}}
}

// subject is the first line of a text.
func subject(text, fallback string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > 100 {
		line = string(r[:99]) + "…"
	}
	return cmp.Or(strings.TrimSpace(line), fallback)
}

// originKey marks the context of an agent's reply that stands in Discord already.
type originKey struct{}

// agentWrites makes what an agent wrote in the channel a reply of the desk. See Hook, which keeps it from being sent again.
func (w *worker) agentWrites(id ticket.ID, m *dMessage) error {
	p, err := w.agent(w.work, m.Author, m.Member)
	if err != nil {
		return w.giveUp(id, m, err)
	}
	text, ups, not, err := w.content(m)
	if err != nil {
		return err
	}
	if q := w.quote(m); q != "" {
		text = strings.TrimSpace(q + "\n\n" + text)
	}
	ctx := context.WithValue(w.work, originKey{}, m)
	_, err = w.svc.Reply(ctx, p.Actor, id, 0, ticket.NewMessage{Body: text, Uploads: ups})
	if err == nil {
		w.explain(id, m, not)
		w.joinStaff(id, m.Author.ID)
	}
	return w.giveUp(id, m, err)
}

// giveUp tells errors that pass from those that stay; for the latter the words of the agent are kept as a note.
func (w *worker) giveUp(id ticket.ID, m *dMessage, err error) error {
	switch ticket.KindOf(err) {
	case ticket.Unavailable, ticket.Internal, ticket.Stale:
		if err != nil {
			return err
		}
	case ticket.NotFound:
		return nil // the ticket is gone
	}
	if err == nil || repeatedErr(err) {
		return nil
	}
	_, note := w.svc.Note(w.work, ticket.SystemActor(w.cfg.Name), id, 0, ticket.NewMessage{
		Body: w.texts.T(w.cfg.Locale, "discord.not_taken", name(m.Author, m.Member), err.Error()) + "\n\n" + m.Content})
	return note
}

// agent is the account of a member with a support role.
func (d *Discord) agent(ctx context.Context, u *dUser, m *dMember) (rbac.Principal, error) {
	if d.accounts == nil {
		return rbac.Principal{}, ticket.Errorf(ticket.Denied, "this desk has no accounts")
	}
	subject := d.cfg.Name + ":" + u.ID
	linked, err := d.accounts.Linked(ctx, subject)
	if ticket.KindOf(err) != ticket.NotFound || err == nil {
		linked.Actor.Source = d.cfg.Name
		return linked, err
	}
	ensure, role := d.accounts.EnsureMember, rbac.RoleSupport
	if r := d.deskRole(m); r != "" { // Discord decides
		ensure, role = d.accounts.EnsureExternal, r
	}
	p, err := ensure(ctx, subject, cmp.Or(u.Username, u.ID), name(u, m), role)
	if err == nil {
		p.Actor.Source = d.cfg.Name
	}
	return p, err
}
