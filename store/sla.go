package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	_ sla.Store = (*Store)(nil)
	_ sla.Store = (*TxStore)(nil)
	_ sla.Tx    = (*Tx)(nil)
)

// UpdateSLA is Update for policies and clocks: the same transactions, seen through the other port.
func (s *Store) UpdateSLA(ctx context.Context, fn func(sla.Tx) error) error {
	return s.write(ctx, func(tx *Tx) error { return fn(tx) })
}

// UpdateSLA runs fn in a savepoint of the host's transaction.
func (t *TxStore) UpdateSLA(ctx context.Context, fn func(sla.Tx) error) error {
	return t.write(ctx, func(tx *Tx) error { return fn(tx) })
}

// Definitions implements sla.Reader.
func (r reader) Definitions(ctx context.Context) ([]sla.Definition, error) {
	var row definitionRow
	dest := r.s.tables.definitions.dest(&row)
	var out []sla.Definition
	err := r.h.query(ctx, r.s.text("SELECT "+r.s.tables.definitions.of("d")+" FROM {sla_definitions} d ORDER BY d.rev"), nil, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, sla.Definition{Rev: row.Rev, Stamp: row.Stamp, Kind: row.Kind, ID: row.ID, Version: row.Version,
			ValidFrom: row.ValidFrom.time(), Retired: row.Retired, Origin: row.Origin, Body: []byte(row.Body), By: row.CreatedBy,
			CreatedAt: row.CreatedAt.time()})
		return err
	})
	return out, err
}

// PutDefinition implements sla.Tx.
func (tx *Tx) PutDefinition(ctx context.Context, d *sla.Definition) error {
	var newest sql.NullInt64
	if _, err := tx.h.one(ctx, tx.s.text("SELECT MAX(rev) FROM {sla_definitions}"), nil, &newest); err != nil {
		return err
	}
	row := &definitionRow{Rev: newest.Int64 + 1, Stamp: d.Stamp, Kind: d.Kind, ID: d.ID, Version: d.Version, ValidFrom: toMicros(d.ValidFrom),
		Retired: d.Retired, Origin: d.Origin, Body: string(d.Body), CreatedBy: d.By, CreatedAt: toMicros(d.CreatedAt)}
	tb := &tx.s.tables.definitions
	if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
		return conflict(err, "version", "was changed by somebody else meanwhile")
	}
	d.Rev = row.Rev
	return nil
}

const clocksText = "SELECT (SELECT d.stamp FROM {sla_definitions} d ORDER BY d.rev DESC LIMIT 1), s.ticket_id, s.state, s.due_at, s.breached_at, s.timer_at, s.unfinished, s.promised" +
	" FROM (SELECT 1 AS one) x LEFT JOIN {sla_clocks} s ON s.ticket_id = ?"

// Clocks implements sla.Reader.
func (r reader) Clocks(ctx context.Context, id ticket.ID) (*sla.Row, string, error) {
	var stamp, of, state sql.NullString
	var due, breached, timer sql.NullInt64
	var unfinished, promised sql.NullBool
	_, err := r.h.one(ctx, r.s.text(clocksText), []any{id}, &stamp, &of, &state, &due, &breached, &timer, &unfinished, &promised)
	if err != nil || !of.Valid {
		return nil, stamp.String, err
	}
	return &sla.Row{TicketID: id, State: []byte(state.String), DueAt: micros(due.Int64).time(), BreachedAt: micros(breached.Int64).time(),
		TimerAt: micros(timer.Int64).time(), Open: unfinished.Bool, Promised: promised.Bool}, stamp.String, nil
}

// ClocksOf implements sla.Reader.
func (r reader) ClocksOf(ctx context.Context, sc ticket.Scope, ids []ticket.ID) ([]sla.Row, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	join, clause, cargs := r.s.ofTicket("s", sc)
	var row clocksRow
	dest := r.s.tables.clocks.dest(&row)
	var out []sla.Row
	err := r.h.query(r.h.brief(ctx), r.s.expand("SELECT "+r.s.tables.clocks.of("s")+" FROM {sla_clocks} s"+join+" WHERE s.ticket_id IN ("+
		marks(len(ids))+")"+clause), append(anys(ids), cargs...), func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, sla.Row{TicketID: row.TicketID, State: []byte(row.State), DueAt: row.DueAt.time(), BreachedAt: row.BreachedAt.time(),
			TimerAt: row.TimerAt.time(), Open: row.Unfinished, Promised: row.Promised})
		return err
	})
	return out, err
}

// OpenClocks implements sla.Reader.
func (r reader) OpenClocks(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	var out []ticket.ID
	var id ticket.ID
	err := r.h.query(ctx, r.s.text("SELECT ticket_id FROM {sla_clocks} WHERE unfinished = ? AND ticket_id > ? ORDER BY ticket_id")+limitTo(orDefault(limit, 100)),
		[]any{true, after}, func(rows *sql.Rows) error {
			err := rows.Scan(&id)
			out = append(out, id)
			return err
		})
	return out, err
}

// Tally implements sla.Reader.
func (r reader) Tally(ctx context.Context, sc ticket.Scope, from, to time.Time) ([]sla.Count, error) {
	clause, cargs := scopeWhere(sc, r.s.flavor.aside)
	var c sla.Count
	var out []sla.Count
	err := r.h.query(ctx, r.s.expand("SELECT o.clock, o.policy_id, o.policy_version, o.cause, o.met, COUNT(*) FROM {sla_outcomes} o JOIN {tickets} t ON t.id = o.ticket_id"+
		" WHERE o.ended_at >= ? AND o.ended_at < ? AND t.category NOT IN ('merged', 'spam')"+and(clause)+
		" GROUP BY o.clock, o.policy_id, o.policy_version, o.cause, o.met ORDER BY o.clock, o.policy_id, o.policy_version, o.cause, o.met"),
		append([]any{toMicros(from), toMicros(to)}, cargs...), func(rows *sql.Rows) error {
			err := rows.Scan(&c.Clock, &c.PolicyID, &c.PolicyVersion, &c.Cause, &c.Met, &c.N)
			out = append(out, c)
			return err
		})
	return out, err
}

// SaveClocks implements sla.Tx.
func (tx *Tx) SaveClocks(ctx context.Context, r *sla.Row, outcomes []sla.Outcome) error {
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {sla_clocks} SET state = ?, due_at = ?, breached_at = ?, timer_at = ?, unfinished = ?, promised = ? WHERE ticket_id = ?"),
		string(r.State), toMicros(r.DueAt), toMicros(r.BreachedAt), toMicros(r.TimerAt), r.Open, r.Promised, r.TicketID)
	if err != nil {
		return err
	}
	if n == 0 {
		tb := &tx.s.tables.clocks
		row := &clocksRow{TicketID: r.TicketID, State: string(r.State), DueAt: toMicros(r.DueAt), BreachedAt: toMicros(r.BreachedAt),
			TimerAt: toMicros(r.TimerAt), Unfinished: r.Open, Promised: r.Promised}
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
			return err
		}
	}
	tb := &tx.s.tables.outcomes
	for _, o := range outcomes {
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {sla_outcomes} WHERE ticket_id = ? AND clock = ? AND cycle = ?"), o.TicketID, o.Clock, o.Cycle); err != nil {
			return err
		}
		if o.At.IsZero() {
			continue
		}
		row := &outcomeRow{TicketID: o.TicketID, Clock: o.Clock, Cycle: o.Cycle, Met: o.Met, EndedAt: toMicros(o.At), Seconds: o.Seconds,
			PolicyID: o.PolicyID, PolicyVersion: o.PolicyVersion, Cause: o.Cause}
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
			return err
		}
	}
	return nil
}

// clockFilter is the condition of ticket.Query.SLA over the tickets t.
func clockFilter(q *ticket.Query) (clause string, args []any) {
	const of = "SELECT 1 FROM {sla_clocks} s WHERE s.ticket_id = t.id"
	now := toMicros(q.Now)
	switch q.SLA {
	case ticket.WithoutClock:
		return "NOT EXISTS (" + of + " AND s.promised = ?)", []any{true}
	case ticket.Breached:
		return "EXISTS (" + of + " AND (s.breached_at > 0 OR s.due_at > 0 AND s.due_at < ?))", []any{now}
	case ticket.Due:
		if q.DueWithin <= 0 {
			return "EXISTS (" + of + " AND s.due_at >= ?)", []any{max(now, 1)}
		}
		return "EXISTS (" + of + " AND s.due_at >= ? AND s.due_at <= ?)", []any{max(now, 1), toMicros(q.Now.Add(q.DueWithin))}
	}
	return "", nil
}

// breached, dueWithin and attainment are the numbers of the service level. Only what is still worked on can be late or come due.
func (k *kpi) breached(now time.Time) *int64 {
	return k.count("t.active = ? AND EXISTS (SELECT 1 FROM {sla_clocks} s WHERE s.ticket_id = t.id AND (s.breached_at > 0 OR s.due_at > 0 AND s.due_at < ?))",
		true, toMicros(now))
}

func (k *kpi) dueWithin(now time.Time, d time.Duration) *int64 {
	return k.due("s.due_at <= ?", now, now.Add(d))
}

// due counts the active tickets with a clock that comes due from the one time to the other. It begins with the clocks, of which few come
// due: left to itself, SQLite goes through every active ticket and asks for its clocks.
func (k *kpi) due(until string, from, to time.Time) *int64 {
	text, args := k.s.dueClocks(k.sc, until, from, to)
	return k.number(text, args...)
}

func (s *Store) dueClocks(sc ticket.Scope, until string, from, to time.Time) (text string, args []any) {
	clause, cargs := scopeWhere(sc, s.flavor.aside)
	return "SELECT COUNT(*) FROM {sla_clocks} s JOIN {tickets} t ON t.id = s.ticket_id WHERE s.due_at >= ? AND " + until +
		" AND " + s.flavor.aside("t.active") + " = ?" + and(clause), append([]any{toMicros(from), toMicros(to), true}, cargs...)
}

// attainment is met / (met + missed) over every clock and cycle that ended, or was missed, in [from,to); nil when there is none. What
// came due and was not noted yet, because no worker ran, was missed all the same.
func (k *kpi) attainment(from, to time.Time) *float64 {
	const ended = "SELECT COUNT(*) FROM {sla_outcomes} o JOIN {tickets} t ON t.id = o.ticket_id WHERE o.ended_at >= ? AND o.ended_at < ? AND o.met = ?" +
		" AND t.category NOT IN ('merged', 'spam')"
	clause, cargs := scopeWhere(k.sc, k.s.flavor.aside)
	args := func(met bool) []any { return append([]any{toMicros(from), toMicros(to), met}, cargs...) }
	met := k.number(ended+and(clause), args(true)...)
	missed := k.number(ended+and(clause), args(false)...)
	late := k.due("s.due_at < ?", from, to)
	if k.err != nil || *met+*missed+*late == 0 {
		return nil
	}
	rate := float64(*met) / float64(*met+*missed+*late)
	return &rate
}
