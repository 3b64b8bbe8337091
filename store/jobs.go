package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// timerKey is the key of the one job that stands for a timer of a ticket.
func timerKey(id ticket.ID, name string) string { return "timer:" + string(id) + ":" + name }

// timerKeys bound the keys of all timers of a ticket: from the first to before the second.
func timerKeys(id ticket.ID) (from, to string) {
	return "timer:" + string(id) + ":", "timer:" + string(id) + ";" // ';' follows ':'
}

// Enqueue implements ticket.Tx.
func (tx *Tx) Enqueue(ctx context.Context, j ticket.Job) error {
	job, err := jobs.NewJob(j.Kind, j.Key, j.RunAt, j.Payload)
	if err != nil {
		return err
	}
	return tx.enqueue(ctx, job)
}

func (tx *Tx) enqueue(ctx context.Context, job jobs.Job) (err error) {
	if job, err = jobs.Prepare(job); err != nil {
		return err
	}
	row := &jobRow{ID: job.ID, Kind: job.Kind, JobKey: job.Key, State: string(job.State), RunAt: toMicros(job.RunAt),
		MaxAttempts: job.MaxAttempts, Payload: string(job.Payload)}
	if job.Key != "" {
		row.LiveKey = &job.Key
	}
	tb := &tx.s.tables.jobs
	_, err = tx.h.exec(ctx, tb.keep, tb.values(row)...)
	return err
}

// SetTimer implements ticket.Tx.
func (tx *Tx) SetTimer(ctx context.Context, t ticket.ID, name string, at time.Time) error {
	key := timerKey(t, name)
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {jobs} WHERE live_key = ?"), key); err != nil || at.IsZero() {
		return err
	}
	return tx.Enqueue(ctx, ticket.Job{Kind: ticket.JobTimer, Key: key, RunAt: at,
		Payload: ticket.TimerPayload{TicketID: t, Name: name, At: jobs.Instant(at)}})
}

// TakeTimer implements ticket.Tx. It goes by the instant that the timer was set to, which its payload keeps, because a failed run
// puts the job itself off.
func (tx *Tx) TakeTimer(ctx context.Context, t ticket.ID, name string, at time.Time) (bool, error) {
	var id, payload string
	found, err := tx.h.one(ctx, tx.s.text("SELECT id, payload FROM {jobs} WHERE live_key = ?"), []any{timerKey(t, name)}, &id, &payload)
	if err != nil || !found {
		return false, err
	}
	var p ticket.TimerPayload
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return false, op("payload of timer "+id, err)
	}
	if !p.At.Equal(jobs.Instant(at)) {
		return false, nil
	}
	n, err := tx.h.affected(ctx, tx.s.text("DELETE FROM {jobs} WHERE id = ?"), id)
	return n > 0, err
}

// EnqueueJob implements jobs.Store.
func (s *Store) EnqueueJob(ctx context.Context, job jobs.Job) error {
	return s.write(ctx, func(tx *Tx) error { return tx.enqueue(ctx, job) })
}

// ClaimJobs implements jobs.Store. It looks before it writes, so that an idle runner costs no transaction.
func (s *Store) ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	if len(kinds) == 0 || limit < 1 {
		return nil, ctx.Err()
	}
	if some, err := s.anyDue(ctx, kinds, now); err != nil || !some {
		return nil, err
	}
	var out []jobs.Job
	err := s.write(ctx, func(tx *Tx) error {
		out = nil
		due, clock, err := tx.lockDue(ctx, kinds, now, limit)
		if err != nil {
			return err
		}
		until := jobs.Instant(clock.Add(lease))
		for _, j := range due {
			j.State, j.LeaseToken, j.LeaseUntil, j.Attempt = jobs.StateLeased, uuid.NewString(), until, j.Attempt+1
			if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {jobs} SET state = ?, lease_token = ?, lease_until = ?, attempt = ? WHERE id = ?"),
				string(j.State), j.LeaseToken, toMicros(j.LeaseUntil), j.Attempt, j.ID); err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// anyDue reports whether something can be claimed. Idle runners ask this all day, so it makes no temporary table: besides its cost, one
// with columns of text, on disk therefore, makes MariaDB 10.11 crash now and then when its client dies in the middle of the statement.
func (s *Store) anyDue(ctx context.Context, kinds []string, now time.Time) (bool, error) {
	text, args := s.anyDueSQL(kinds, toMicros(jobs.Instant(now)))
	var n int
	_, err := s.h.one(ctx, text, args, &n)
	return n != 0, err
}

func (s *Store) anyDueSQL(kinds []string, now micros) (string, []any) {
	in := " AND " + s.flavor.aside("kind") + " IN (" + marks(len(kinds)) + ")"
	args := append([]any{now}, anys(kinds)...)
	clock := s.flavor.clock
	if clock == "" {
		clock = "?"
		args = append(args, now)
	}
	return s.expand("SELECT CASE WHEN EXISTS (SELECT 1 FROM {jobs} WHERE state = 'pending' AND run_at <= ?" + in + ")" +
		" OR EXISTS (SELECT 1 FROM {jobs} WHERE lease_until > 0 AND lease_until <= " + clock + in + ") THEN 1 ELSE 0 END"), append(args, anys(kinds)...)
}

// due lists what can be claimed where there is one writer: waiting jobs by their time, and leased ones whose runner is gone.
func (r reader) due(ctx context.Context, kinds []string, now time.Time, limit int) ([]jobs.Job, error) {
	text, args := r.s.dueSQL(kinds, toMicros(jobs.Instant(now)), limit)
	return r.jobs(ctx, text, args)
}

// dueSQL reads each half from its own index.
func (s *Store) dueSQL(kinds []string, now micros, limit int) (string, []any) {
	in := " AND " + s.flavor.aside("kind") + " IN (" + marks(len(kinds)) + ")"
	args := append(append([]any{now}, anys(kinds)...), now)
	text := "SELECT " + s.tables.jobs.of("j") + " FROM (" +
		"SELECT * FROM (SELECT * FROM {jobs} WHERE state = 'pending' AND run_at <= ?" + in + " ORDER BY run_at, id" + limitTo(limit) + ") x" +
		" UNION ALL SELECT * FROM {jobs} WHERE lease_until > 0 AND lease_until <= ?" + in +
		") j ORDER BY j.run_at, j.id" + limitTo(limit)
	return s.expand(text), append(args, anys(kinds)...)
}

// lockDue is due for a transaction that will lease what it gets: it passes over what another one is just about to lease. It tells the time
// by which leases are measured.
func (tx *Tx) lockDue(ctx context.Context, kinds []string, now time.Time, limit int) (out []jobs.Job, clock time.Time, err error) {
	f := &tx.s.flavor
	if f.alone {
		out, err = tx.due(ctx, kinds, now, limit)
		return out, now, err
	}
	var at micros
	if _, err := tx.h.one(ctx, tx.s.text("SELECT "+f.clock), nil, &at); err != nil {
		return nil, at.time(), err
	}
	// A union cannot be locked.
	in := " AND j.kind IN (" + marks(len(kinds)) + ")"
	for _, half := range []struct {
		where string
		by    micros
	}{{"j.state = 'pending' AND j.run_at <= ?", toMicros(jobs.Instant(now))}, {"j.lease_until > 0 AND j.lease_until <= ?", at}} {
		list, err := tx.jobs(ctx, "SELECT "+tx.s.tables.jobs.of("j")+" FROM {jobs} j WHERE "+half.where+in+" ORDER BY j.run_at, j.id"+limitTo(limit)+f.skip,
			append([]any{half.by}, anys(kinds)...))
		if err != nil {
			return nil, at.time(), err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b jobs.Job) int { return cmp.Or(a.RunAt.Compare(b.RunAt), strings.Compare(a.ID, b.ID)) })
	return out[:min(len(out), limit)], at.time(), nil
}

func (r reader) jobs(ctx context.Context, text string, args []any) ([]jobs.Job, error) {
	var row jobRow
	dest := r.s.tables.jobs.dest(&row)
	var out []jobs.Job
	err := r.h.query(ctx, r.s.expand(text), args, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		out = append(out, jobs.Job{
			ID: row.ID, Kind: row.Kind, Key: row.JobKey, RunAt: row.RunAt.time(), Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
			Payload: []byte(row.Payload), LeaseToken: row.LeaseToken, LeaseUntil: row.LeaseUntil.time(), LastError: row.LastError,
			State: jobs.State(row.State), FinishedAt: row.FinishedAt.time(),
		})
		return err
	})
	return out, err
}

// leased changes a job that is leased under token.
func (s *Store) leased(ctx context.Context, id, token, set string, args ...any) error {
	if token == "" {
		return errors.Join(ctx.Err(), jobs.ErrLeaseLost)
	}
	return s.write(ctx, func(tx *Tx) error {
		n, err := tx.h.affected(ctx, tx.s.text("UPDATE {jobs} SET "+set+" WHERE id = ? AND lease_token = ?"), append(args, id, token)...)
		if err == nil && n == 0 {
			return jobs.ErrLeaseLost
		}
		return err
	})
}

const unlease = ", lease_token = '', lease_until = 0"

// CompleteJob implements jobs.Store.
func (s *Store) CompleteJob(ctx context.Context, id, token string, now time.Time) error {
	return s.leased(ctx, id, token, "state = 'done', live_key = NULL, finished_at = ?"+unlease, toMicros(jobs.Instant(now)))
}

// RetryJob implements jobs.Store.
func (s *Store) RetryJob(ctx context.Context, id, token string, at time.Time, reason string) error {
	return s.leased(ctx, id, token, "state = 'pending', run_at = ?, last_error = ?"+unlease, toMicros(jobs.Instant(at)), jobs.Reason(reason))
}

// ReleaseJob implements jobs.Store.
func (s *Store) ReleaseJob(ctx context.Context, id, token string, at time.Time) error {
	return s.leased(ctx, id, token, "state = 'pending', run_at = ?, attempt = attempt - 1"+unlease, toMicros(jobs.Instant(at)))
}

// BuryJob implements jobs.Store.
func (s *Store) BuryJob(ctx context.Context, id, token, reason string, now time.Time) error {
	return s.leased(ctx, id, token, "state = 'dead', live_key = NULL, last_error = ?, finished_at = ?"+unlease,
		jobs.Reason(reason), toMicros(jobs.Instant(now)))
}

// ExtendJob implements jobs.Store.
func (s *Store) ExtendJob(ctx context.Context, id, token string, until time.Time) error {
	if s.flavor.clock != "" { // what is left of it by our clock is added to the database's
		left := toMicros(jobs.Instant(until)) - toMicros(s.cfg.Now())
		return s.leased(ctx, id, token, "lease_until = "+s.flavor.clock+" + ?", int64(left))
	}
	return s.leased(ctx, id, token, "lease_until = ?", toMicros(jobs.Instant(until)))
}

// NextJobAt implements jobs.Store.
func (s *Store) NextJobAt(ctx context.Context, kinds []string) (time.Time, bool, error) {
	if len(kinds) == 0 {
		return time.Time{}, false, ctx.Err()
	}
	in := " AND kind IN (" + marks(len(kinds)) + ")"
	var at sql.NullInt64
	_, err := s.h.one(ctx, s.expand("SELECT MIN(at) FROM (SELECT * FROM (SELECT run_at AS at FROM {jobs} WHERE state = 'pending'"+in+
		" ORDER BY run_at LIMIT 1) x UNION ALL SELECT MIN(lease_until) FROM {jobs} WHERE lease_until > 0"+in+") y"),
		append(anys(kinds), anys(kinds)...), &at)
	return micros(at.Int64).time(), at.Valid, err
}

// ListJobs implements jobs.Store.
func (s *Store) ListJobs(ctx context.Context, f jobs.JobFilter) ([]jobs.Job, error) {
	return s.listJobs(ctx, f)
}

func (r reader) listJobs(ctx context.Context, f jobs.JobFilter) ([]jobs.Job, error) {
	text := "SELECT " + r.s.tables.jobs.of("j") + " FROM {jobs} j WHERE j.id > ?"
	args := []any{f.After}
	if len(f.Kinds) > 0 {
		text += " AND j.kind IN (" + marks(len(f.Kinds)) + ")"
		args = append(args, anys(f.Kinds)...)
	}
	if len(f.States) > 0 {
		text += " AND j.state IN (" + marks(len(f.States)) + ")"
		args = append(args, anys(f.States)...)
	}
	return r.jobs(ctx, text+" ORDER BY j.id"+limitTo(f.PageSize()), args)
}

// ReviveJob implements jobs.Store.
func (s *Store) ReviveJob(ctx context.Context, id string, now time.Time) error {
	err := s.write(ctx, func(tx *Tx) error {
		var row jobRow
		found, err := tx.h.one(ctx, tx.s.text("SELECT state, job_key FROM {jobs} WHERE id = ?"), []any{id}, &row.State, &row.JobKey)
		if err != nil {
			return err
		}
		if !found {
			return jobs.ErrNotFound
		}
		if row.State != string(jobs.StateDead) {
			return jobs.ErrNotDead
		}
		if row.JobKey != "" {
			row.LiveKey = &row.JobKey
		}
		_, err = tx.h.exec(ctx, tx.s.text("UPDATE {jobs} SET state = 'pending', run_at = ?, attempt = 0, finished_at = 0, live_key = ? WHERE id = ?"),
			toMicros(jobs.Instant(now)), row.LiveKey, id)
		return err
	})
	if classOf(err) == Unique {
		return errors.Join(jobs.ErrKeyTaken, err)
	}
	return err
}
