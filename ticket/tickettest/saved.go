package tickettest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

type savedKey struct {
	kind ticket.SavedKind
	id   string
}

type personalKey struct {
	account ticket.AccountID
	ticket  ticket.ID
	kind    ticket.PersonalKind
}

func (r reader) SavedItems(_ context.Context, kind ticket.SavedKind, account ticket.AccountID) ([]ticket.Saved, error) {
	var out []ticket.Saved
	for k, v := range r.d.saved {
		if k.kind == kind && (v.Account == account || v.Account == "") {
			v.Body = slices.Clone(v.Body)
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b ticket.Saved) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (r reader) SavedItem(_ context.Context, kind ticket.SavedKind, id string) (*ticket.Saved, error) {
	v, ok := r.d.saved[savedKey{kind, id}]
	if !ok {
		return nil, missing("the item")
	}
	v.Body = slices.Clone(v.Body)
	return &v, nil
}

func (r reader) PersonalItems(_ context.Context, s ticket.Scope, account ticket.AccountID, kinds []ticket.PersonalKind, tickets []ticket.ID) ([]ticket.Personal, error) {
	var out []ticket.Personal
	for k, v := range r.d.personal {
		if k.account == account && slices.Contains(kinds, k.kind) && (len(tickets) == 0 || slices.Contains(tickets, k.ticket)) && r.sees(s, k.ticket) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b ticket.Personal) int {
		return cmp.Or(cmp.Compare(a.TicketID, b.TicketID), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}

func (r reader) CountTickets(_ context.Context, s ticket.Scope, q ticket.Query, most int) (int, error) {
	n := 0
	for _, t := range r.d.tickets {
		if s.Sees(&t) && r.matches(&t, &q) {
			n++
		}
	}
	return min(n, most), nil
}

func (t *writer) PutSaved(_ context.Context, v *ticket.Saved, was int64) error {
	if err := checkText(v); err != nil {
		return err
	}
	key := savedKey{v.Kind, v.ID}
	old, there := t.d.saved[key]
	switch {
	case was == 0 && there:
		return ticket.Errorf(ticket.Conflict, "it exists already")
	case was != 0 && (!there || old.Version != was):
		return ticket.Errorf(ticket.Stale, "it has changed since")
	}
	c := *v
	c.Body, c.CreatedAt, c.UpdatedAt = slices.Clone(v.Body), micros(v.CreatedAt), micros(v.UpdatedAt)
	t.d.saved[key] = c
	return nil
}

func (t *writer) DropSaved(_ context.Context, kind ticket.SavedKind, id string) error {
	delete(t.d.saved, savedKey{kind, id})
	return nil
}

func (t *writer) PutPersonal(_ context.Context, p ticket.Personal) error {
	if err := checkText(p); err != nil {
		return err
	}
	p.UpdatedAt = micros(p.UpdatedAt)
	t.d.personal[personalKey{p.Account, p.TicketID, p.Kind}] = p
	return nil
}

func (t *writer) DropPersonal(_ context.Context, account ticket.AccountID, id ticket.ID, kind ticket.PersonalKind) error {
	delete(t.d.personal, personalKey{account, id, kind})
	return nil
}

func (t *writer) AddMention(_ context.Context, account ticket.AccountID, number int64, _ time.Time) error {
	if !slices.Contains(t.d.mentions[account], number) {
		t.d.mentions[account] = append(slices.Clone(t.d.mentions[account]), number)
	}
	return nil
}

// dropPersonal forgets what people keep of a ticket.
func (t *writer) dropPersonal(id ticket.ID) {
	maps.DeleteFunc(t.d.personal, func(k personalKey, _ ticket.Personal) bool { return k.ticket == id })
}
