package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Presences implements ticket.Reader.
func (r reader) Presences(ctx context.Context, sc ticket.Scope, t ticket.ID, now time.Time) ([]ticket.Presence, error) {
	clause, scope := scopeWhere(sc, r.s.flavor.aside)
	text := "SELECT " + r.s.tables.presence.of("w") + " FROM {presence} w JOIN {tickets} t ON t.id = w.ticket_id WHERE w.ends_at > ?"
	args := []any{toMicros(now)}
	if t != "" {
		text += " AND w.ticket_id = ?"
		args = append(args, t)
	}
	var row presenceRow
	dest := r.s.tables.presence.dest(&row)
	var out []ticket.Presence
	err := r.h.query(ctx, r.s.expand(text+and(clause)+" ORDER BY w.ticket_id, w.began_at, w.account_id"), append(args, scope...), func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, ticket.Presence{TicketID: row.TicketID, Account: row.AccountID, State: row.State, Since: row.BeganAt.time(), Until: row.EndsAt.time()})
		return err
	})
	return out, err
}

// PutPresence implements ticket.Tx.
func (tx *Tx) PutPresence(ctx context.Context, p ticket.Presence, stale time.Time) error {
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {presence} WHERE ends_at < ?"), toMicros(stale)); err != nil {
		return err
	}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {presence} SET state = ?, began_at = ?, ends_at = ? WHERE ticket_id = ? AND account_id = ?"),
		p.State, toMicros(p.Since), toMicros(p.Until), p.TicketID, p.Account)
	if err != nil || n > 0 {
		return err
	}
	tb := &tx.s.tables.presence
	_, err = tx.h.exec(ctx, tb.insert, tb.values(&presenceRow{TicketID: p.TicketID, AccountID: p.Account, State: p.State,
		BeganAt: toMicros(p.Since), EndsAt: toMicros(p.Until)})...)
	return conflict(err, "", "somebody else has written the same presence")
}

// DropPresence implements ticket.Tx.
func (tx *Tx) DropPresence(ctx context.Context, t ticket.ID, account ticket.AccountID) error {
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {presence} WHERE ticket_id = ? AND account_id = ?"), t, account)
	return err
}
