package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// Facts are rolled up by day: packed into a few rows, because to fetch them one by one is what a dashboard takes its time for. What is packed is never
// changed by who changes a fact. Instead that transaction leaves a row which names the day and the ticket, and readers leave that ticket's facts
// out of what is packed and read them from their table. RollUp packs anew and removes the rows that it saw before it read the facts.

// dayMicros is the length of a day of UTC.
const dayMicros = 24 * 60 * 60 * 1_000_000

// dayOf is the day of an instant, counted from 1970.
func dayOf(at micros) int64 {
	day := int64(at) / dayMicros
	if int64(at)%dayMicros < 0 {
		day--
	}
	return day
}

// startOf is the first instant of a day.
func startOf(day int64) micros { return micros(day * dayMicros) }

// factsChanged says in the transaction of a change that facts of a ticket on some days are not what they were.
func (tx *Tx) factsChanged(ctx context.Context, number int64, days []int64) error {
	tb := &tx.s.tables.factChanges
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		row := factChangeRow{Day: day, Number: number, ID: ticket.NewID(tx.s.cfg.Now())}
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&row)...); err != nil {
			return err
		}
	}
	return nil
}

// factDays are the days of all facts of a ticket.
func (tx *Tx) factDays(ctx context.Context, number int64) (days []int64, err error) {
	err = tx.h.query(ctx, tx.s.text("SELECT happened_at FROM {ticket_facts} WHERE number = ?"), []any{number}, func(rows *sql.Rows) error {
		var at micros
		err := rows.Scan(&at)
		days = append(days, dayOf(at))
		return err
	})
	return days, err
}

// allFactsChanged is factsChanged for all facts of a ticket.
func (tx *Tx) allFactsChanged(ctx context.Context, number int64) error {
	days, err := tx.factDays(ctx, number)
	if err != nil {
		return err
	}
	return tx.factsChanged(ctx, number, days)
}

// maxRolled bounds the days of one RollUp.
const maxRolled = 200

// RollUp packs the facts of days that never were, the newest first, and of those on which at least least tickets have changed, at most 200 of them,
// and tells how many. It may be killed at any time, and run beside itself and everything else: what is read is the same before, meanwhile and behind it.
// The zero least is 1.
func (s *Store) RollUp(ctx context.Context, least int) (n int, err error) {
	days, err := s.unrolled(ctx)
	if err != nil {
		return 0, err
	}
	err = s.h.query(ctx, s.text("SELECT day FROM {fact_changes} GROUP BY day HAVING COUNT(*) >= ? ORDER BY COUNT(*) DESC, day DESC")+limitTo(maxRolled), []any{max(least, 1)}, func(rows *sql.Rows) error {
		var day int64
		err := rows.Scan(&day)
		if !slices.Contains(days, day) {
			days = append(days, day)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, day := range days[:min(len(days), maxRolled)] {
		if err := s.rollUp(ctx, day); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// unrolled are the newest days that have facts and are not rolled up.
func (s *Store) unrolled(ctx context.Context) (out []int64, err error) {
	var rolled []int64
	err = s.h.query(ctx, s.text("SELECT day FROM {fact_days} WHERE part = 0 ORDER BY day DESC"), nil, func(rows *sql.Rows) error {
		var day int64
		err := rows.Scan(&day)
		rolled = append(rolled, day)
		return err
	})
	if err != nil {
		return nil, err
	}
	for below := micros(maxInstant); len(out) < maxRolled; {
		for len(rolled) > 0 && dayOf(below-1) == rolled[0] { // days in a row need no look
			below, rolled = startOf(rolled[0]), rolled[1:]
		}
		var at micros
		found, err := s.h.one(ctx, s.text("SELECT happened_at FROM {ticket_facts} WHERE counted = ? AND happened_at < ? ORDER BY happened_at DESC")+limitTo(1), []any{true, below}, &at)
		if err != nil || !found {
			return out, err
		}
		day := dayOf(at)
		for len(rolled) > 0 && rolled[0] > day {
			rolled = rolled[1:]
		}
		if len(rolled) == 0 || rolled[0] != day {
			out = append(out, day)
		}
		below = startOf(day)
		if len(rolled) > 0 && rolled[0] == day {
			rolled = rolled[1:]
		}
	}
	return out, nil
}

// maxInstant lies behind everything that can happen, with room for a day.
const maxInstant = 1<<63 - 1 - dayMicros

// rollUp packs one day. Of two at a time the second gives way.
func (s *Store) rollUp(ctx context.Context, day int64) error {
	var version int64
	if _, err := s.h.one(ctx, s.text("SELECT version FROM {fact_days} WHERE day = ? AND part = 0"), []any{day}, &version); err != nil {
		return err
	}
	var seen []factChangeRow // before the facts: of what changes in between the row stays
	err := s.h.query(ctx, s.text("SELECT number, id FROM {fact_changes} WHERE day = ?"), []any{day}, func(rows *sql.Rows) error {
		row := factChangeRow{Day: day}
		err := rows.Scan(&row.Number, &row.ID)
		seen = append(seen, row)
		return err
	})
	if err != nil {
		return err
	}
	parts, err := s.packDay(ctx, day)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(tx *Tx) error {
		if _, err := tx.lock(ctx, "SELECT fd.version FROM {fact_days} fd WHERE fd.day = ? AND fd.part = 0", day); err != nil {
			return err
		}
		var now int64
		if _, err := tx.h.one(ctx, tx.s.text("SELECT version FROM {fact_days} WHERE day = ? AND part = 0"), []any{day}, &now); err != nil || now != version {
			return err
		}
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {fact_days} WHERE day = ?"), day); err != nil {
			return err
		}
		tb := &tx.s.tables.factDays
		for i, body := range parts {
			if _, err := tx.h.exec(ctx, tb.insert, tb.values(&factDayRow{Day: day, Part: i, Version: version + 1, Body: body})...); err != nil {
				return err
			}
		}
		for i := range seen {
			if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {fact_changes} WHERE day = ? AND number = ? AND id = ?"), day, seen[i].Number, seen[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if classOf(err) == Unique {
		return nil // somebody else was faster
	}
	return err
}

// packDay gives the parts of a day, at least one.
func (s *Store) packDay(ctx context.Context, day int64) (parts [][]byte, err error) {
	for lo, hi := startOf(day), startOf(day+1); lo < hi; {
		var rows []report.FactRow
		if rows, lo, err = s.factPage(ctx, nil, nil, lo, hi, maxPacked); err != nil {
			return nil, err
		}
		if len(rows) > 0 || len(parts) == 0 {
			parts = append(parts, pack(rows))
		}
	}
	return parts, nil
}
