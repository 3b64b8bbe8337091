package store

import (
	"context"
	"database/sql"

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
