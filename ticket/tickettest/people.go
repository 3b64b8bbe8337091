package tickettest

import (
	"context"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

func (r reader) ListedContacts(_ context.Context, s ticket.Scope, q ticket.ContactQuery) ([]ticket.Contact, error) {
	wanted := words(q.Text)
	if len(wanted) == 0 && strings.TrimSpace(q.Text) != "" {
		return nil, nil
	}
	var out []ticket.Contact
	for id, c := range r.d.contacts {
		have := words(c.Name)
		for _, i := range c.Identities {
			if i.Kind != ticket.IdentityMerged {
				have = append(have, words(i.Value)...)
			}
		}
		found := !slices.ContainsFunc(wanted, func(w string) bool {
			return !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) })
		})
		if !found || q.After != "" && id >= q.After || !s.All() && !r.requestedIn(s, id) {
			continue
		}
		c.Identities = slices.Clone(c.Identities)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b ticket.Contact) int { return strings.Compare(string(b.ID), string(a.ID)) })
	limit := q.Limit
	if limit <= 0 {
		limit = 30
	}
	return out[:min(limit, len(out))], nil
}

func (r reader) requestedIn(s ticket.Scope, id ticket.ContactID) bool {
	for _, t := range r.d.tickets {
		if t.Requester.ID == id && s.Sees(&t) {
			return true
		}
	}
	return false
}

func (t *writer) AbsorbContact(_ context.Context, from, into ticket.ContactID) (n int, err error) {
	old, ok := t.d.contacts[from]
	target, there := t.d.contacts[into]
	if !ok || !there {
		return 0, missing("the contact")
	}
	for id, tk := range t.d.tickets {
		if tk.Requester.ID == from {
			tk.Requester = ticket.ContactRef{ID: into}
			t.d.tickets[id] = tk
			n++
		}
	}
	for id, ps := range t.d.participants {
		next := slices.Clone(ps)
		for i := range next {
			if next[i].Contact.ID == from {
				next[i].Contact.ID = into
			}
		}
		var kept []ticket.Participant
		for _, p := range next {
			double := slices.ContainsFunc(kept, func(o ticket.Participant) bool { return o.Contact.ID == p.Contact.ID })
			if !double && (p.Contact.ID != into || t.d.tickets[id].Requester.ID != into) {
				kept = append(kept, p)
			}
		}
		t.d.participants[id] = kept
	}
	for id, m := range t.d.messages {
		if m.Author.Type == ticket.ActorContact && m.Author.ID == string(from) {
			m.Author.ID = string(into)
			t.d.messages[id] = m
		}
	}
	delete(t.d.contacts, from)
	target.Identities = append(append(slices.Clone(target.Identities), old.Identities...), ticket.Identity{Kind: ticket.IdentityMerged, Value: string(from)})
	return n, t.putContact(&target)
}

// ListedContacts is described at ticket.Reader.
func (st *Store) ListedContacts(ctx context.Context, s ticket.Scope, q ticket.ContactQuery) ([]ticket.Contact, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().ListedContacts(ctx, s, q)
}

func (x *tx) ListedContacts(ctx context.Context, s ticket.Scope, q ticket.ContactQuery) ([]ticket.Contact, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v, err := x.w.ListedContacts(ctx, s, q)
	return v, x.leave(err)
}

func (x *tx) AbsorbContact(ctx context.Context, from, into ticket.ContactID) (int, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	n, err := x.w.AbsorbContact(ctx, from, into)
	return n, x.leave(err)
}
