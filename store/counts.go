package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ticketkit/ticketkit/observe"
)

// Counts counts for metrics, by indexes alone. The tickets that are over are counted as well, which takes a moment when there are
// very many. It asks for no Scope, because numbers are all that it gives.
func (s *Store) Counts(ctx context.Context, now time.Time) (observe.Counts, error) {
	out := observe.Counts{Tickets: map[string]int64{}, Dead: map[string]int64{}}
	var name string
	var n int64
	tally := func(into map[string]int64, text string) error {
		return s.h.query(ctx, s.text(text), nil, func(rows *sql.Rows) error {
			err := rows.Scan(&name, &n)
			into[name] = n
			return err
		})
	}
	if err := tally(out.Tickets, "SELECT category, COUNT(*) FROM {tickets} GROUP BY category"); err != nil {
		return out, err
	}
	if err := tally(out.Dead, "SELECT kind, COUNT(*) FROM {jobs} WHERE state = 'dead' GROUP BY kind"); err != nil {
		return out, err
	}
	// What is leased under a lease that has run out waits too: its runner died.
	at := toMicros(now)
	for _, text := range []string{
		"SELECT run_at FROM {jobs} WHERE state = 'pending' AND run_at <= ? ORDER BY run_at",
		"SELECT lease_until FROM {jobs} WHERE lease_until > 0 AND lease_until <= ? ORDER BY lease_until",
	} {
		var since micros
		found, err := s.h.one(ctx, s.text(text)+limitTo(1), []any{at}, &since)
		if err != nil {
			return out, err
		}
		if found && (out.DueSince.IsZero() || since.time().Before(out.DueSince)) {
			out.DueSince = since.time()
		}
	}
	// A clock that was missed and not noted yet, because no worker ran, counts all the same.
	late := "SELECT c.at FROM (SELECT s.ticket_id, s.breached_at AS at FROM {sla_clocks} s WHERE s.breached_at > 0" +
		" UNION ALL SELECT s.ticket_id, s.due_at AS at FROM {sla_clocks} s WHERE s.due_at > 0 AND s.due_at < ? AND s.breached_at = 0) c" +
		" JOIN {tickets} t ON t.id = c.ticket_id WHERE t.active = ?"
	var since *int64
	if _, err := s.h.one(ctx, s.text("SELECT COUNT(*), MIN(l.at) FROM ("+late+") l"), []any{at, true}, &out.Late, &since); err != nil {
		return out, err
	}
	if since != nil {
		out.LateSince = micros(*since).time()
	}
	return out, nil
}

// Pools tells how the pools of connections fare. It does no I/O.
func (s *Store) Pools() []observe.Pool {
	if s.cfg.Read == nil {
		return []observe.Pool{pool("all", s.cfg.DB)}
	}
	return []observe.Pool{pool("write", s.cfg.DB), pool("read", s.cfg.Read)}
}

func pool(name string, db *sql.DB) observe.Pool {
	st := db.Stats()
	return observe.Pool{Name: name, Max: st.MaxOpenConnections, Open: st.OpenConnections, InUse: st.InUse, Waits: st.WaitCount, Waited: st.WaitDuration}
}
