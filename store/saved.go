package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

func (r reader) saved(ctx context.Context, rest string, args ...any) ([]ticket.Saved, error) {
	var row savedRow
	dest := r.s.tables.saved.dest(&row)
	var out []ticket.Saved
	err := r.h.query(ctx, r.s.expand("SELECT "+r.s.tables.saved.of("sv")+" FROM {saved} sv WHERE "+rest), args, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, ticket.Saved{Kind: row.Kind, ID: row.ID, Account: row.AccountID, Name: row.Name, Body: []byte(row.Body), Position: row.Position,
			Version: row.Version, CreatedAt: row.CreatedAt.time(), UpdatedAt: row.UpdatedAt.time()})
		return err
	})
	return out, err
}

// SavedItems implements ticket.Reader.
func (r reader) SavedItems(ctx context.Context, kind ticket.SavedKind, account ticket.AccountID) ([]ticket.Saved, error) {
	return r.saved(ctx, "sv.kind = ? AND sv.account_id IN (?, '') ORDER BY sv.position, sv.created_at, sv.id", kind, account)
}

// SavedItem implements ticket.Reader.
func (r reader) SavedItem(ctx context.Context, kind ticket.SavedKind, id string) (*ticket.Saved, error) {
	list, err := r.saved(ctx, "sv.kind = ? AND sv.id = ?", kind, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("item")
	}
	return &list[0], nil
}

// SavedItem implements ticket.Tx.
func (tx *Tx) SavedItem(ctx context.Context, kind ticket.SavedKind, id string) (*ticket.Saved, error) {
	found, err := tx.lock(ctx, "SELECT sv.id FROM {saved} sv WHERE sv.kind = ? AND sv.id = ?", kind, id)
	if err == nil && !found {
		err = notFound("item")
	}
	if err != nil {
		return nil, err
	}
	return tx.reader.SavedItem(ctx, kind, id)
}

// PersonalItems implements ticket.Reader.
func (r reader) PersonalItems(ctx context.Context, sc ticket.Scope, account ticket.AccountID, kinds []ticket.PersonalKind, tickets []ticket.ID) ([]ticket.Personal, error) {
	if len(kinds) == 0 {
		return nil, ctx.Err()
	}
	clause, cargs := scopeWhere(sc, nil)
	text := "SELECT " + r.s.tables.personal.of("ps") + " FROM {personal} ps JOIN {tickets} t ON t.id = ps.ticket_id WHERE ps.account_id = ? AND ps.kind IN (" + marks(len(kinds)) + ")"
	args := append([]any{account}, anys(kinds)...)
	if len(tickets) > 0 {
		text += " AND ps.ticket_id IN (" + marks(len(tickets)) + ")"
		args = append(args, anys(tickets)...)
	}
	var row personalRow
	dest := r.s.tables.personal.dest(&row)
	var out []ticket.Personal
	err := r.h.query(ctx, r.s.expand(text+and(clause)+" ORDER BY ps.ticket_id, ps.kind"), append(args, cargs...), func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, ticket.Personal{Account: row.AccountID, TicketID: row.TicketID, Kind: row.Kind, Body: row.Body, Version: row.Version, UpdatedAt: row.UpdatedAt.time()})
		return err
	})
	return out, err
}

// CountTickets implements ticket.Reader. What a list would sort is not sorted, and what few tickets have is counted from its own index.
func (r reader) CountTickets(ctx context.Context, sc ticket.Scope, q ticket.Query, most int) (int, error) {
	q.Sort, q.After, q.Limit = ticket.ByUpdated, ticket.Cursor{}, most
	l := lister{s: r.s, q: q, sort: orderOf(q.Sort), limit: most}
	if l.inSets() {
		return r.countFound(ctx, sc, l)
	}
	if len(reach(sc)) == 0 {
		return 0, ctx.Err()
	}
	var text string
	var args []any
	switch {
	case q.Escalated || q.SLA == ticket.Breached || q.SLA == ticket.Due:
		text, args = l.rare(sc)
	default:
		var ok bool
		if text, args, ok = l.build(sc, "t.number", ""); !ok {
			return 0, nil
		}
	}
	var n int
	_, err := r.h.one(ctx, r.s.expand("SELECT COUNT(*) FROM ("+text+") n"), args, &n)
	return n, err
}

// rare counts what was escalated or has clocks, beginning with the few rows that say so.
func (l *lister) rare(sc ticket.Scope) (text string, args []any) {
	from := "{tickets} t"
	now := toMicros(l.q.Now)
	clocks := ""
	switch l.q.SLA {
	case ticket.Breached:
		clocks = "SELECT s.ticket_id FROM {sla_clocks} s WHERE s.breached_at > 0 UNION SELECT s.ticket_id FROM {sla_clocks} s WHERE s.due_at > 0 AND s.due_at < ?"
		args = []any{now}
	case ticket.Due:
		clocks = "SELECT s.ticket_id FROM {sla_clocks} s WHERE s.due_at >= ?"
		args = []any{max(now, 1)}
		if l.q.DueWithin > 0 {
			clocks += " AND s.due_at <= ?"
			args = append(args, toMicros(l.q.Now.Add(l.q.DueWithin)))
		}
	}
	if clocks != "" {
		from = "(" + clocks + ") d JOIN {tickets} t ON t.id = d.ticket_id"
		l.q.SLA = ""
	}
	where, wargs := l.where(nil)
	args = append(args, wargs...)
	if clause, cargs := scopeWhere(sc, l.s.flavor.aside); clause != "" {
		where, args = joinWhere(where, clause), append(args, cargs...)
	}
	return "SELECT t.number FROM " + from + where + limitTo(l.limit), args
}

// countFound counts what is in sets.
func (r reader) countFound(ctx context.Context, sc ticket.Scope, l lister) (int, error) {
	f, ok := r.newFinder(sc, l)
	if !ok {
		return 0, nil
	}
	if r.h.tx == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, errPatience)
		defer cancel()
	}
	numbers, err := f.numbers(ctx)
	return len(numbers), err
}

// PutSaved implements ticket.Tx.
func (tx *Tx) PutSaved(ctx context.Context, v *ticket.Saved, was int64) error {
	row := &savedRow{Kind: v.Kind, ID: v.ID, AccountID: v.Account, Name: v.Name, Body: string(v.Body), Position: v.Position, Version: v.Version,
		CreatedAt: toMicros(v.CreatedAt), UpdatedAt: toMicros(v.UpdatedAt)}
	tb := &tx.s.tables.saved
	if was == 0 {
		_, err := tx.h.exec(ctx, tb.insert, tb.values(row)...)
		return conflict(err, "", "it exists already")
	}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {saved} SET account_id = ?, name = ?, body = ?, position = ?, version = ?, updated_at = ? WHERE kind = ? AND id = ? AND version = ?"),
		row.AccountID, row.Name, row.Body, row.Position, row.Version, row.UpdatedAt, row.Kind, row.ID, was)
	if err == nil && n == 0 {
		err = ticket.Errorf(ticket.Stale, "it has changed since")
	}
	return err
}

// DropSaved implements ticket.Tx.
func (tx *Tx) DropSaved(ctx context.Context, kind ticket.SavedKind, id string) error {
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {saved} WHERE kind = ? AND id = ?"), kind, id)
	return err
}

// PutPersonal implements ticket.Tx.
func (tx *Tx) PutPersonal(ctx context.Context, p ticket.Personal) error {
	tb := &tx.s.tables.personal
	row := &personalRow{AccountID: p.Account, TicketID: p.TicketID, Kind: p.Kind, Body: p.Body, Version: p.Version, UpdatedAt: toMicros(p.UpdatedAt)}
	_, err := tx.h.exec(ctx, tb.put("body", "version", "updated_at"), tb.values(row)...)
	return err
}

// DropPersonal implements ticket.Tx.
func (tx *Tx) DropPersonal(ctx context.Context, account ticket.AccountID, t ticket.ID, kind ticket.PersonalKind) error {
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {personal} WHERE account_id = ? AND ticket_id = ? AND kind = ?"), account, t, kind)
	return err
}

// AddMention implements ticket.Tx.
func (tx *Tx) AddMention(ctx context.Context, account ticket.AccountID, number int64, at time.Time) error {
	tb := &tx.s.tables.mentions
	_, err := tx.h.exec(ctx, tb.put("created_at"), tb.values(&mentionRow{AccountID: account, Number: number, CreatedAt: toMicros(at)})...)
	return err
}

// PruneSaved removes items of a kind that were made before an instant, such as changes that nobody can undo any more.
func (s *Store) PruneSaved(ctx context.Context, kind ticket.SavedKind, before time.Time) (int, error) {
	n := 0
	err := s.write(ctx, func(tx *Tx) error {
		got, err := tx.h.affected(ctx, s.text("DELETE FROM {saved} WHERE kind = ? AND created_at < ?"), kind, toMicros(before))
		n = int(got)
		return err
	})
	return n, err
}
