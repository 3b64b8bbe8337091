package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// LostChains implements ticket.ChainReader. It walks along the index of the chains.
func (r reader) LostChains(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	var out []ticket.ID
	err := r.h.query(ctx, r.s.text("SELECT DISTINCT e.ticket_id FROM {events} e WHERE e.ticket_id > ?"+
		" AND NOT EXISTS (SELECT 1 FROM {tickets} t WHERE t.id = e.ticket_id) ORDER BY e.ticket_id")+limitTo(limit), []any{after}, func(rows *sql.Rows) error {
		var id ticket.ID
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

// Places implements ticket.ChainReader.
func (r reader) Places(ctx context.Context, after int64, limit int) ([]ticket.Place, error) {
	if err := r.stamp(ctx); err != nil {
		return nil, err
	}
	var out []ticket.Place
	err := r.h.query(ctx, r.s.text("SELECT seq, ticket_id FROM {events} WHERE n > 0 AND seq > ? ORDER BY seq")+limitTo(limit), []any{max(after, 0)}, func(rows *sql.Rows) error {
		var c ticket.Place
		err := rows.Scan(&c.Seq, &c.TicketID)
		out = append(out, c)
		return err
	})
	return out, err
}

// Heads implements ticket.ChainReader.
func (r reader) Heads(ctx context.Context, ids []ticket.ID) (map[ticket.ID]ticket.Head, error) {
	out := make(map[ticket.ID]ticket.Head, len(ids))
	for part := range slices.Chunk(ids, maxMarks) {
		err := r.h.query(ctx, r.s.expand("SELECT id, event_count, event_mac FROM {tickets} WHERE id IN ("+marks(len(part))+")"), anys(part), func(rows *sql.Rows) error {
			var id ticket.ID
			var h ticket.Head
			err := rows.Scan(&id, &h.Count, &h.MAC)
			out[id] = h
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
