package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

var (
	_ report.Tx        = (*Tx)(nil)
	_ report.FillStore = (*Store)(nil)
)

// UpdateMetrics is Update for the numbers: the same transactions, seen through the other port.
func (s *Store) UpdateMetrics(ctx context.Context, fn func(report.Tx) error) error {
	return s.write(ctx, func(tx *Tx) error { return fn(tx) })
}

// Metrics implements report.Tx.
func (tx *Tx) Metrics(ctx context.Context, id ticket.ID) ([]byte, error) {
	var state string
	found, err := tx.h.one(ctx, tx.s.text("SELECT state FROM {ticket_metrics} WHERE ticket_id = ?"), []any{id}, &state)
	if err != nil || !found {
		return nil, err
	}
	return []byte(state), nil
}

// SaveMetrics implements report.Tx.
func (tx *Tx) SaveMetrics(ctx context.Context, r *report.Row) error {
	b, err := json.Marshal(r.State)
	if err != nil {
		return op("numbers of a ticket", err)
	}
	s := r.State
	row := &metricsRow{TicketID: r.TicketID, Number: r.Number, IsOpen: s.Open(), CreatedAt: toMicros(s.Created), Answered: s.Answers > 0,
		QueueID: s.Traits.Queue, Channel: s.Traits.Channel, Priority: s.Traits.Priority, State: string(b)}
	if s.Waiting != nil {
		row.WaitingSince = toMicros(*s.Waiting)
	}
	var days []int64
	if r.Anew && !r.New || r.Moved || len(r.Undone) > 0 {
		if days, err = tx.factDays(ctx, r.Number); err != nil {
			return err
		}
	}
	for i := range r.Facts {
		days = append(days, dayOf(toMicros(r.Facts[i].At)))
	}
	if err := tx.factsChanged(ctx, r.Number, days); err != nil {
		return err
	}
	if r.Anew {
		if !r.New {
			if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {ticket_metrics} WHERE ticket_id = ?"), r.TicketID); err != nil {
				return err
			}
			if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {ticket_facts} WHERE number = ?"), r.Number); err != nil {
				return err
			}
		}
		tb := &tx.s.tables.metrics
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
			return err
		}
	} else {
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {ticket_metrics} SET is_open = ?, waiting_since = ?, answered = ?, queue_id = ?, channel = ?, priority = ?, state = ? WHERE ticket_id = ?"),
			row.IsOpen, row.WaitingSince, row.Answered, row.QueueID, row.Channel, row.Priority, row.State, r.TicketID); err != nil {
			return err
		}
		if r.Moved {
			if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {ticket_facts} SET counted = ?, queue_id = ?, channel = ?, priority = ? WHERE number = ?"),
				s.Traits.Counted, s.Traits.Queue, s.Traits.Channel, s.Traits.Priority, r.Number); err != nil {
				return err
			}
		}
	}
	return tx.putFacts(ctx, r)
}

func (tx *Tx) putFacts(ctx context.Context, r *report.Row) error {
	tb := &tx.s.tables.facts
	t := r.State.Traits
	for _, f := range r.Facts {
		row := &factRow{Counted: t.Counted, HappenedAt: toMicros(f.At), Number: r.Number, N: f.N, Kind: f.Kind, Cycle: f.Cycle, QueueID: t.Queue, Channel: t.Channel,
			Priority: t.Priority, ActorID: f.Actor, Seconds: f.Seconds, Business: f.Business, UndoneAt: toMicros(f.UndoneAt), OneTouch: f.OneTouch, Rating: f.Rating}
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
			return err
		}
	}
	for _, u := range r.Undone {
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {ticket_facts} SET undone_at = ? WHERE number = ? AND n = ? AND kind IN (4, 8)"), toMicros(u.At), r.Number, u.N); err != nil {
			return err
		}
	}
	return nil
}

// Unmeasured implements report.FillStore.
func (s *Store) Unmeasured(ctx context.Context, after int64, limit int) (ids []ticket.ID, last int64, err error) {
	var id ticket.ID
	err = s.h.query(ctx, s.text("SELECT t.number, t.id FROM {tickets} t WHERE t.number > ? AND NOT EXISTS (SELECT 1 FROM {ticket_metrics} k WHERE k.ticket_id = t.id) ORDER BY t.number")+
		limitTo(limit), []any{after}, func(rows *sql.Rows) error {
		err := rows.Scan(&last, &id)
		ids = append(ids, id)
		return err
	})
	return ids, last, err
}

// Backlog implements report.Store. The database adds up: a large desk has as many open tickets as facts of a month.
func (s *Store) Backlog(ctx context.Context, sc ticket.Scope, f report.Filter, since []time.Time) (out report.Backlog, err error) {
	out.Since = make([]int64, len(since))
	var waiting micros
	dest := []any{&out.Open, &out.Waiting, &waiting}
	for i := range since {
		dest = append(dest, &out.Since[i])
	}
	text, args := s.backlogSQL(sc, f, since)
	_, err = s.h.one(ctx, text, args, dest...)
	out.WaitingSince = waiting.time()
	return out, err
}

func (s *Store) backlogSQL(sc ticket.Scope, f report.Filter, since []time.Time) (text string, args []any) {
	const waits = "k.waiting_since > 0 AND k.answered = ?"
	sums := "COUNT(*), COUNT(CASE WHEN " + waits + " THEN 1 END), COALESCE(MIN(CASE WHEN " + waits + " THEN k.waiting_since END), 0)"
	args = []any{false, false}
	for _, at := range since {
		sums += ", COUNT(CASE WHEN k.created_at > ? THEN 1 END)"
		args = append(args, toMicros(at))
	}
	from, where := " FROM {ticket_metrics} k", " WHERE k.is_open = TRUE" // spelled as in the index that holds only these; a placeholder would not find it
	in := func(column string, values []any) {
		if len(values) > 0 {
			where += " AND " + column + " IN (" + marks(len(values)) + ")"
			args = append(args, values...)
		}
	}
	in("k.queue_id", anys(f.Queues))
	in("k.channel", anys(f.Channels))
	in("k.priority", anys(f.Priorities))
	if f.Tag != "" {
		where += " AND EXISTS (SELECT 1 FROM {ticket_tags} gt WHERE gt.tag = ? AND gt.number = k.number)"
		args = append(args, f.Tag)
	}
	clause, cargs := scopeWhere(sc, nil)
	if f.Agent != "" || clause != "" {
		from += " JOIN {tickets} t ON t.number = k.number"
		if f.Agent != "" {
			in("t.assignee_id", []any{f.Agent})
		}
		where += and(clause)
		args = append(args, cargs...)
	}
	return s.expand("SELECT " + sums + from + where), args
}

// outcomeWhere is the condition for outcomes of clocks o of tickets t that ended, or were missed, in [from,to).
func outcomeWhere(sc ticket.Scope, f report.Filter, from, to time.Time) (text string, args []any) {
	text = " WHERE o.ended_at >= ? AND o.ended_at < ? AND t.category NOT IN ('merged', 'spam')"
	args = []any{toMicros(from), toMicros(to)}
	in := func(column string, values []any) {
		if len(values) > 0 {
			text += " AND " + column + " IN (" + marks(len(values)) + ")"
			args = append(args, values...)
		}
	}
	in("t.queue_id", anys(f.Queues))
	in("t.channel", anys(f.Channels))
	in("t.priority", anys(f.Priorities))
	if f.Tag != "" {
		text += " AND EXISTS (SELECT 1 FROM {ticket_tags} gt WHERE gt.tag = ? AND gt.number = t.number)"
		args = append(args, f.Tag)
	}
	clause, cargs := scopeWhere(sc, nil)
	return text + and(clause), append(args, cargs...)
}

// Promises implements report.Store.
func (s *Store) Promises(ctx context.Context, sc ticket.Scope, f report.Filter, from, to time.Time) ([]report.Promise, error) {
	text := "SELECT COALESCE(f.actor_id, ''), o.met, COUNT(*) FROM {sla_outcomes} o JOIN {tickets} t ON t.id = o.ticket_id LEFT JOIN {ticket_facts} f ON f.number = t.number" +
		" AND (o.clock = 'first_response' AND f.kind = 2 OR o.clock = 'next_response' AND f.kind = 3 AND f.cycle = o.cycle OR o.clock = 'resolution' AND f.kind = 4 AND f.undone_at = 0)"
	where, args := outcomeWhere(sc, f, from, to)
	var out []report.Promise
	err := s.h.query(ctx, s.expand(text+where+" AND o.clock IN ('first_response', 'next_response', 'resolution') GROUP BY COALESCE(f.actor_id, ''), o.met ORDER BY 1, 2"), args, func(rows *sql.Rows) error {
		var p report.Promise
		err := rows.Scan(&p.Agent, &p.Met, &p.N)
		out = append(out, p)
		return err
	})
	return out, err
}

// Breaches implements report.Store.
func (s *Store) Breaches(ctx context.Context, sc ticket.Scope, f report.Filter, from, to time.Time, fn func(at int64)) error {
	where, args := outcomeWhere(sc, f, from, to)
	where += " AND o.met = ?"
	args = append(args, false)
	if f.Agent != "" {
		where += " AND t.assignee_id = ?"
		args = append(args, f.Agent)
	}
	return s.h.query(ctx, s.expand("SELECT o.ended_at FROM {sla_outcomes} o JOIN {tickets} t ON t.id = o.ticket_id"+where), args, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		if err == nil {
			fn(at)
		}
		return err
	})
}
