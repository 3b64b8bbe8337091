package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

type (
	linkRow struct {
		bun.BaseModel `bun:"table:ticket_links,alias:l"`

		LowID     ticket.ID       `bun:",pk"` // the smaller of both ids
		HighID    ticket.ID       `bun:",pk"`
		Kind      ticket.LinkKind `bun:",pk"`
		FromLow   bool            // whether it reads from low to high
		CreatedAt micros
	}

	guardRow struct {
		bun.BaseModel `bun:"table:guards,alias:u"`

		Name    string `bun:",pk"`
		Version int64
	}
)

// linkRowOf brings the ends into order. Related has no direction, and is kept in one.
func linkRowOf(l ticket.Link) *linkRow {
	r := &linkRow{LowID: l.From, HighID: l.To, Kind: l.Kind, FromLow: true, CreatedAt: toMicros(l.CreatedAt)}
	if l.To < l.From {
		r.LowID, r.HighID, r.FromLow = l.To, l.From, l.Kind == ticket.LinkRelated
	}
	return r
}

// Links implements ticket.Reader.
func (r reader) Links(ctx context.Context, sc ticket.Scope, t ticket.ID) ([]ticket.Linked, error) {
	if _, err := r.Ticket(ctx, sc, t); err != nil {
		if ticket.KindOf(err) == ticket.NotFound {
			err = nil
		}
		return nil, err
	}
	clause, cargs := scopeWhere(sc, r.s.flavor.aside)
	var out []ticket.Linked
	for _, end := range [][2]string{{"low_id", "high_id"}, {"high_id", "low_id"}} {
		scan := r.s.newTicketScan()
		var row linkRow
		text := r.s.expand("SELECT " + r.s.ticketColumns() + ", l.low_id, l.high_id, l.kind, l.from_low, l.created_at FROM {ticket_links} l" +
			" JOIN {tickets} t ON t.id = l." + end[1] + neighbours + " WHERE l." + end[0] + " = ?" + and(clause))
		dest := append(slices.Clip(scan.dest), &row.LowID, &row.HighID, &row.Kind, &row.FromLow, &row.CreatedAt)
		err := r.h.query(ctx, text, append([]any{t}, cargs...), func(rows *sql.Rows) error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			other, err := scan.ticket()
			l := ticket.Link{From: row.LowID, To: row.HighID, Kind: row.Kind, CreatedAt: row.CreatedAt.time()}
			if !row.FromLow {
				l.From, l.To = l.To, l.From
			}
			out = append(out, ticket.Linked{Link: l, Other: other})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	ticket.SortLinks(out)
	return out, nil
}

// AddLink implements ticket.Tx.
func (tx *Tx) AddLink(ctx context.Context, l ticket.Link) error {
	tb := &tx.s.tables.links
	_, err := tx.h.exec(ctx, tb.insert, tb.values(linkRowOf(l))...)
	return conflict(err, "", "the tickets have such a link already")
}

// RemoveLink implements ticket.Tx.
func (tx *Tx) RemoveLink(ctx context.Context, l ticket.Link) error {
	row := linkRowOf(l)
	n, err := tx.h.affected(ctx, tx.s.text("DELETE FROM {ticket_links} WHERE low_id = ? AND high_id = ? AND kind = ? AND from_low = ?"),
		row.LowID, row.HighID, row.Kind, row.FromLow)
	if err == nil && n == 0 {
		return notFound("link")
	}
	return err
}

// MoveMessages implements ticket.Tx.
func (tx *Tx) MoveMessages(ctx context.Context, from, to ticket.ID, ids []ticket.MessageID, n int) error {
	if err := tx.h.flush(ctx); err != nil { // what waits to be indexed is under its old place
		return err
	}
	var number int64
	found, err := tx.h.one(ctx, tx.s.text("SELECT number FROM {tickets} WHERE id = ?"), []any{from}, &number)
	if err != nil {
		return err
	}
	if !found {
		return notFound("ticket")
	}
	for i, id := range ids {
		var old messageRow
		found, err := tx.h.one(ctx, tx.s.text("SELECT n, kind, body, quoted FROM {messages} WHERE id = ? AND ticket_id = ?"), []any{id, from},
			&old.N, &old.Kind, &old.Body, &old.Quoted)
		if err != nil {
			return err
		}
		if !found {
			return notFound("message")
		}
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {messages} SET ticket_id = ?, n = ? WHERE id = ?"), to, n+i, id); err != nil {
			return conflict(err, "", "the place in the conversation is taken")
		}
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {attachments} SET ticket_id = ? WHERE ticket_id = ? AND message_id = ?"), to, from, id); err != nil {
			return err
		}
		if err := tx.s.flavor.dropDoc(ctx, tx.h, number, old.N); err != nil {
			return err
		}
		files, err := tx.fileNames(ctx, to, id)
		if err != nil {
			return err
		}
		tx.index(messageDoc(to, n+i, old.Kind, old.Body, old.Quoted, files))
	}
	return nil
}

// fileNames are the names of a message's attachments, in their order.
func (tx *Tx) fileNames(ctx context.Context, of ticket.ID, id ticket.MessageID) (names []string, err error) {
	err = tx.h.query(ctx, tx.s.text("SELECT name FROM {attachments} WHERE ticket_id = ? AND message_id = ? ORDER BY position"), []any{of, id}, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// messageDoc is what a message is found by.
func messageDoc(t ticket.ID, n int, kind ticket.MessageKind, text, quoted string, files []string) doc {
	if len(files) > 0 {
		text += "\n" + strings.Join(files, "\n")
	}
	if n == 1 { // later ones repeat what is known already
		text += "\n" + quoted
	}
	return doc{ticket: t, n: n, text: text, note: kind != ticket.Public}
}

// MoveRefs implements ticket.Tx.
func (tx *Tx) MoveRefs(ctx context.Context, from, to ticket.ID, refs []string) error {
	if refs == nil {
		_, err := tx.h.exec(ctx, tx.s.text("UPDATE {thread_refs} SET ticket_id = ? WHERE ticket_id = ?"), to, from)
		return err
	}
	for _, ref := range refs {
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {thread_refs} SET ticket_id = ? WHERE hash = ? AND ticket_id = ?"), to, digest(ref), from); err != nil {
			return err
		}
	}
	return nil
}

// ClearTimers implements ticket.Tx.
func (tx *Tx) ClearTimers(ctx context.Context, t ticket.ID) error {
	from, to := timerKeys(t)
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {jobs} WHERE live_key >= ? AND live_key < ?"), from, to)
	return err
}

var errGuarded = errors.New("store: somebody else holds the guard")

// Guard implements ticket.Tx: a counter is read and then raised if it still is what was read. Where the reads of a transaction see
// what was committed when it began, the two differ after another one has passed; then this one runs again, as after any conflict
// that the database itself finds.
func (tx *Tx) Guard(ctx context.Context, name string) error {
	var version int64
	found, err := tx.h.one(ctx, tx.s.text("SELECT version FROM {guards} WHERE name = ?"), []any{name}, &version)
	if err != nil {
		return err
	}
	var n int64
	if found {
		n, err = tx.h.affected(ctx, tx.s.text("UPDATE {guards} SET version = ? WHERE name = ? AND version = ?"), version+1, name, version)
	} else {
		tb := &tx.s.tables.guards
		n, err = tx.h.affected(ctx, tb.insert, tb.values(&guardRow{Name: name, Version: 1})...)
	}
	if err == nil && n == 1 || err != nil && classOf(err) != Unique {
		return err
	}
	busy := &dbError{Busy, errors.Join(errGuarded, err)}
	tx.h.tx.failed = &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database is busy", Err: busy}
	return tx.h.tx.failed
}
