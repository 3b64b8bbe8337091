package tickettest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

type presenceKey struct {
	ticket  ticket.ID
	account ticket.AccountID
}

func (r reader) Presences(_ context.Context, s ticket.Scope, t ticket.ID, now time.Time) ([]ticket.Presence, error) {
	var out []ticket.Presence
	for _, p := range r.d.presences {
		if (t == "" || p.TicketID == t) && p.Until.After(now) && r.sees(s, p.TicketID) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b ticket.Presence) int {
		return cmp.Or(cmp.Compare(a.TicketID, b.TicketID), a.Since.Compare(b.Since), cmp.Compare(a.Account, b.Account))
	})
	return out, nil
}

func (t *writer) PutPresence(_ context.Context, p ticket.Presence, stale time.Time) error {
	maps.DeleteFunc(t.d.presences, func(_ presenceKey, o ticket.Presence) bool { return o.Until.Before(stale) })
	p.Name = ""
	t.d.presences[presenceKey{p.TicketID, p.Account}] = p
	return nil
}

func (t *writer) DropPresence(_ context.Context, id ticket.ID, account ticket.AccountID) error {
	delete(t.d.presences, presenceKey{id, account})
	return nil
}

// Presences is described at ticket.Reader.
func (st *Store) Presences(ctx context.Context, s ticket.Scope, t ticket.ID, now time.Time) ([]ticket.Presence, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Presences(ctx, s, t, now)
}

func (x *tx) Presences(ctx context.Context, s ticket.Scope, t ticket.ID, now time.Time) ([]ticket.Presence, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Presences(ctx, s, t, now)
	return v0, x.leave(err)
}

func (x *tx) PutPresence(ctx context.Context, p ticket.Presence, stale time.Time) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.PutPresence(ctx, p, stale))
}

func (x *tx) DropPresence(ctx context.Context, id ticket.ID, account ticket.AccountID) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.DropPresence(ctx, id, account))
}
