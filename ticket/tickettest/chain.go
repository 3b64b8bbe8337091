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

func (r reader) Places(_ context.Context, after int64, limit int) (out []ticket.Place, err error) {
	for _, e := range r.d.events {
		if e.Seq > after && len(out) < limit {
			out = append(out, ticket.Place{Seq: e.Seq, TicketID: e.TicketID})
		}
	}
	return out, nil
}

func (x *tx) Places(ctx context.Context, after int64, limit int) ([]ticket.Place, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Places(ctx, after, limit)
	return v0, x.leave(err)
}

// Places is described at ticket.ChainReader.
func (st *Store) Places(ctx context.Context, after int64, limit int) ([]ticket.Place, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Places(ctx, after, limit)
}

func (r reader) Heads(_ context.Context, ids []ticket.ID) (map[ticket.ID]ticket.Head, error) {
	out := map[ticket.ID]ticket.Head{}
	for _, id := range ids {
		if t, ok := r.d.tickets[id]; ok {
			out[id] = ticket.Head{Count: t.Head.Count, MAC: slices.Clone(t.Head.MAC)}
		}
	}
	return out, nil
}

func (x *tx) Heads(ctx context.Context, ids []ticket.ID) (map[ticket.ID]ticket.Head, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Heads(ctx, ids)
	return v0, x.leave(err)
}

// Heads is described at ticket.ChainReader.
func (st *Store) Heads(ctx context.Context, ids []ticket.ID) (map[ticket.ID]ticket.Head, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Heads(ctx, ids)
}
