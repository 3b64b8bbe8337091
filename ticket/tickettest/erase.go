package tickettest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

func (t *writer) EraseConversation(_ context.Context, id ticket.ID) (int, error) {
	n := t.eraseMessages(func(m *ticket.Message) bool { return m.TicketID == id })
	maps.DeleteFunc(t.d.attachments, func(_ ticket.AttachmentID, a ticket.Attachment) bool { return a.TicketID == id })
	t.forget(func(e *ticket.Event) bool { return e.TicketID == id })
	return n, nil
}

func (t *writer) EraseContact(_ context.Context, c *ticket.Contact) (int, error) {
	n := t.eraseMessages(func(m *ticket.Message) bool {
		return m.Author.Type == ticket.ActorContact && m.Author.ID == string(c.ID) && m.Text != ""
	})
	for id, ps := range t.d.participants {
		took := slices.ContainsFunc(ps, func(p ticket.Participant) bool { return p.Contact.ID == c.ID })
		if !took {
			continue
		}
		t.d.participants[id] = slices.DeleteFunc(slices.Clone(ps), func(p ticket.Participant) bool { return p.Contact.ID == c.ID })
		for mid, m := range t.d.messages {
			if m.TicketID == id {
				m.To = slices.DeleteFunc(slices.Clone(m.To), func(i ticket.Identity) bool {
					return slices.ContainsFunc(c.Identities, func(o ticket.Identity) bool { return o.Kind == i.Kind && o.Value == i.Value })
				})
				t.d.messages[mid] = m
			}
		}
	}
	t.forget(func(e *ticket.Event) bool {
		former := slices.ContainsFunc(c.Identities, func(i ticket.Identity) bool { return i.Kind == ticket.IdentityMerged && i.Value == e.Actor.ID })
		return e.Actor.Type == ticket.ActorContact && (e.Actor.ID == string(c.ID) || former)
	})
	return n, nil
}

func (t *writer) eraseMessages(which func(*ticket.Message) bool) (n int) {
	for id, m := range t.d.messages {
		if !which(&m) {
			continue
		}
		n++
		if m.Author.Type == ticket.ActorContact {
			m.Author.Name = ""
		}
		m.Author.Email, m.Text, m.Quoted, m.HTML, m.HasHTML = "", "", "", "", false
		m.ExternalID, m.RawSHA256, m.To = "", "", nil
		if m.Delivery != nil {
			d := *m.Delivery
			if d.Reason, d.Returned = "", nil; d.State == ticket.Queued {
				m.Delivery = nil
			} else {
				m.Delivery = &d
			}
		}
		maps.DeleteFunc(t.d.attachments, func(_ ticket.AttachmentID, a ticket.Attachment) bool { return a.MessageID == id })
		maps.DeleteFunc(t.d.jobs, func(key string, _ Job) bool {
			return key == "deliver:"+string(id) || strings.HasPrefix(key, "deliver:"+string(id)+":")
		})
		t.d.messages[id] = m
	}
	return n
}

func (t *writer) forget(which func(*ticket.Event) bool) {
	for i := range t.d.events {
		if e := &t.d.events[i]; which(e) {
			e.Private, e.Salt, e.Actor.Name = nil, nil, ""
		}
	}
}

func (x *tx) EraseConversation(ctx context.Context, id ticket.ID) (int, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	n, err := x.w.EraseConversation(ctx, id)
	return n, x.leave(err)
}

func (x *tx) EraseContact(ctx context.Context, c *ticket.Contact) (int, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	n, err := x.w.EraseContact(ctx, c)
	return n, x.leave(err)
}
