package tickettest

import (
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

func (r reader) LostChains(_ context.Context, after ticket.ID, limit int) (out []ticket.ID, err error) {
	for _, e := range r.d.events {
		if _, ok := r.d.tickets[e.TicketID]; !ok && e.TicketID > after {
			out = append(out, e.TicketID)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(limit, len(out))], nil
}

func (x *tx) LostChains(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.LostChains(ctx, after, limit)
	return v0, x.leave(err)
}

// LostChains is described at ticket.ChainReader.
func (st *Store) LostChains(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().LostChains(ctx, after, limit)
}
