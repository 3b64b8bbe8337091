package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// Facts implements report.Store. Where a scope rests on queues alone it reads the days that are rolled up, without the tickets that have changed since,
// then these tickets, and then the days that are not rolled up; elsewhere row by row. All of it gives the same.
func (s *Store) Facts(ctx context.Context, sc ticket.Scope, q report.FactQuery, fn func(*report.FactRow)) error {
	lo, hi := toMicros(q.From), toMicros(q.To)
	if lo >= hi {
		return nil
	}
	queues, all, ok := byQueue(sc)
	take := func(r *report.FactRow) {
		if r.At >= int64(lo) && r.At < int64(hi) && (!ok || all || queues[r.Queue]) && q.Selects(r) {
			fn(r)
		}
	}
	if !ok {
		return s.plainFacts(ctx, &sc, q.Kinds, lo, hi, take)
	}
	if !all && len(queues) == 0 {
		return nil
	}
	// In this order: what is rolled up in between is packed with changes that are read again, never without some.
	changed, err := s.changedFacts(ctx, dayOf(lo), dayOf(hi-1))
	if err != nil {
		return err
	}
	rolled, err := s.rolledFacts(ctx, dayOf(lo), dayOf(hi-1), changed, take)
	if err != nil {
		return err
	}
	if err := s.factsAgain(ctx, changed, rolled, take); err != nil {
		return err
	}
	for from := lo; from < hi; { // what lies between the days that are rolled up
		for len(rolled) > 0 && rolled[0] < dayOf(from) {
			rolled = rolled[1:]
		}
		to := hi
		if len(rolled) > 0 {
			if to = startOf(rolled[0]); to <= from {
				from = startOf(rolled[0] + 1)
				continue
			}
		}
		if err := s.plainFacts(ctx, &sc, q.Kinds, from, to, take); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// FactCounts implements report.Store.
func (s *Store) FactCounts(ctx context.Context, sc ticket.Scope, q report.FactQuery) (map[report.FactKind]int64, error) {
	out := map[report.FactKind]int64{}
	err := s.Facts(ctx, sc, q, func(r *report.FactRow) { out[r.Kind]++ })
	return out, err
}

// plainFacts reads the facts of [lo,hi) in scope row by row, those of a page at once, for their tags are asked for behind them.
func (s *Store) plainFacts(ctx context.Context, sc *ticket.Scope, kinds []report.FactKind, lo, hi micros, fn func(*report.FactRow)) error {
	for lo < hi {
		rows, next, err := s.factPage(ctx, sc, kinds, lo, hi, maxPacked)
		if err != nil {
			return err
		}
		for i := range rows {
			fn(&rows[i])
		}
		lo = next
	}
	return ctx.Err()
}

const factColumns = "f.number, f.kind, f.happened_at, f.cycle, f.seconds, f.business, f.undone_at, f.one_touch, f.actor_id, f.queue_id, f.channel, f.priority, f.rating"

func scanFact(rows *sql.Rows) (r report.FactRow, err error) {
	err = rows.Scan(&r.Number, &r.Kind, &r.At, &r.Cycle, &r.Seconds, &r.Business, &r.UndoneAt, &r.OneTouch, &r.Actor, &r.Queue, &r.Channel, &r.Priority, &r.Rating)
	return r, err
}

// factPage reads about limit facts of [lo,hi) in the order of their times, of a nil scope and no kinds all, and where the next page begins: what happened at one instant is never torn.
func (s *Store) factPage(ctx context.Context, sc *ticket.Scope, kinds []report.FactKind, lo, hi micros, limit int) (out []report.FactRow, next micros, err error) {
	text, args := "SELECT "+factColumns+" FROM {ticket_facts} f", []any{true, lo, hi}
	where := " WHERE f.counted = ? AND f.happened_at >= ? AND f.happened_at < ?"
	if len(kinds) > 0 {
		where += " AND f.kind IN (" + marks(len(kinds)) + ")"
		args = append(args, anys(kinds)...)
	}
	if sc != nil {
		if clause, cargs := scopeWhere(*sc, nil); clause != "" {
			text += " JOIN {tickets} t ON t.number = f.number"
			where += and(clause)
			args = append(args, cargs...)
		}
	}
	for ; ; limit *= 2 {
		out, next = out[:0], hi
		err := s.h.query(ctx, s.expand(text+where+" ORDER BY f.happened_at, f.number, f.n, f.kind"+limitTo(limit)), args, func(rows *sql.Rows) error {
			r, err := scanFact(rows)
			out = append(out, r)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		if len(out) == limit { // there may be more at the last instant
			next = micros(out[limit-1].At)
			if out = slices.DeleteFunc(out, func(r report.FactRow) bool { return r.At == int64(next) }); len(out) == 0 {
				continue
			}
		}
		return out, next, s.addFactTags(ctx, out)
	}
}

// addFactTags gives facts the tags of their tickets.
func (s *Store) addFactTags(ctx context.Context, facts []report.FactRow) error {
	tags := map[int64][]string{}
	for i := range facts {
		tags[facts[i].Number] = nil
	}
	numbers := make([]any, 0, len(tags))
	for n := range tags {
		numbers = append(numbers, n)
	}
	for part := range slices.Chunk(numbers, maxMarks) {
		err := s.h.query(ctx, s.expand("SELECT number, tag FROM {ticket_tags} WHERE number IN ("+marks(len(part))+")"), part, func(rows *sql.Rows) error {
			var number int64
			var tag string
			err := rows.Scan(&number, &tag)
			tags[number] = append(tags[number], tag)
			return err
		})
		if err != nil {
			return err
		}
	}
	for n := range tags {
		slices.Sort(tags[n])
	}
	for i := range facts {
		facts[i].Tags = tags[facts[i].Number]
	}
	return nil
}

// changes are the tickets of which facts have changed since their day was rolled up, by day.
type changes map[int64]map[int64]bool

func (s *Store) changedFacts(ctx context.Context, first, last int64) (changes, error) {
	out := changes{}
	err := s.h.query(ctx, s.text("SELECT DISTINCT day, number FROM {fact_changes} WHERE day >= ? AND day <= ?"), []any{first, last}, func(rows *sql.Rows) error {
		var day, number int64
		err := rows.Scan(&day, &number)
		if out[day] == nil {
			out[day] = map[int64]bool{}
		}
		out[day][number] = true
		return err
	})
	return out, err
}

// rolledFacts reads what is packed of some days, without the tickets that have changed, and tells which days these are.
func (s *Store) rolledFacts(ctx context.Context, first, last int64, changed changes, fn func(*report.FactRow)) (days []int64, err error) {
	err = s.h.query(ctx, s.text("SELECT day, body FROM {fact_days} WHERE day >= ? AND day <= ? ORDER BY day, part"), []any{first, last}, func(rows *sql.Rows) error {
		var day int64
		var body sql.RawBytes
		if err := rows.Scan(&day, &body); err != nil {
			return err
		}
		if len(days) == 0 || days[len(days)-1] != day {
			days = append(days, day)
		}
		if gone := changed[day]; gone != nil {
			return unpack(body, func(r *report.FactRow) {
				if !gone[r.Number] {
					fn(r)
				}
			})
		}
		return unpack(body, fn)
	})
	return days, err
}

// factsAgain reads the facts of tickets that have changed since their day was rolled up.
func (s *Store) factsAgain(ctx context.Context, changed changes, rolled []int64, fn func(*report.FactRow)) error {
	seen := map[int64]bool{}
	var numbers []any
	for _, day := range rolled {
		for n := range changed[day] {
			if !seen[n] {
				seen[n] = true
				numbers = append(numbers, n)
			}
		}
	}
	for part := range slices.Chunk(numbers, maxMarks) {
		var facts []report.FactRow
		err := s.h.query(ctx, s.expand("SELECT f.counted, "+factColumns+" FROM {ticket_facts} f WHERE f.number IN ("+marks(len(part))+")"), part, func(rows *sql.Rows) error {
			var r report.FactRow
			var counted bool
			err := rows.Scan(&counted, &r.Number, &r.Kind, &r.At, &r.Cycle, &r.Seconds, &r.Business, &r.UndoneAt, &r.OneTouch, &r.Actor, &r.Queue, &r.Channel, &r.Priority, &r.Rating)
			day := dayOf(micros(r.At))
			if _, packed := slices.BinarySearch(rolled, day); counted && packed && changed[day][r.Number] {
				facts = append(facts, r)
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := s.addFactTags(ctx, facts); err != nil {
			return err
		}
		for i := range facts {
			fn(&facts[i])
		}
	}
	return nil
}
