// Package jobstest holds an in-memory jobs.Store and the conformance suite that every jobs.Store passes.
package jobstest

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

// Store keeps jobs in memory, for tests. It is safe for concurrent use, also in a synctest bubble. Use NewStore.
type Store struct {
	mu     sync.Mutex
	jobs   map[string]*jobs.Job
	tokens int
	fail   error
}

// NewStore returns an empty Store.
func NewStore() *Store { return &Store{jobs: map[string]*jobs.Job{}} }

// Fail makes every following call return err, as a database that is down does; nil ends that.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Get returns the job with an ID, also while Fail is in force.
func (s *Store) Get(id string) (job jobs.Job, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[id]
	if !ok {
		return jobs.Job{}, false
	}
	return clone(j), true
}

// do runs fn under the lock unless ctx is done or the store is down.
func (s *Store) do(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	return fn()
}

// EnqueueJob implements jobs.Store.
func (s *Store) EnqueueJob(ctx context.Context, job jobs.Job) error {
	job, err := jobs.Prepare(job)
	if err != nil {
		return err
	}
	return s.do(ctx, func() error {
		if s.jobs[job.ID] == nil && !s.keyTaken(job.Key) {
			s.jobs[job.ID] = &job
		}
		return nil
	})
}

func (s *Store) keyTaken(key string) bool {
	if key == "" {
		return false
	}
	for _, j := range s.jobs {
		if j.Key == key && (j.State == jobs.StatePending || j.State == jobs.StateLeased) {
			return true
		}
	}
	return false
}

// claimable returns from when a job can be claimed.
func claimable(j *jobs.Job) (at time.Time, ok bool) {
	switch j.State {
	case jobs.StatePending:
		return j.RunAt, true
	case jobs.StateLeased:
		return j.LeaseUntil, true
	}
	return time.Time{}, false
}

// ClaimJobs implements jobs.Store.
func (s *Store) ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	var out []jobs.Job
	err := s.do(ctx, func() error {
		now := jobs.Instant(now)
		var due []*jobs.Job
		for _, j := range s.jobs {
			if at, ok := claimable(j); ok && !at.After(now) && slices.Contains(kinds, j.Kind) {
				due = append(due, j)
			}
		}
		slices.SortFunc(due, func(a, b *jobs.Job) int { return cmp.Or(a.RunAt.Compare(b.RunAt), cmp.Compare(a.ID, b.ID)) })
		for _, j := range due[:max(0, min(limit, len(due)))] {
			s.tokens++
			j.State, j.LeaseToken, j.LeaseUntil = jobs.StateLeased, "token-"+strconv.Itoa(s.tokens), jobs.Instant(now.Add(lease))
			j.Attempt++
			out = append(out, clone(j))
		}
		return nil
	})
	return out, err
}

// leased runs fn on the job that is leased under token.
func (s *Store) leased(ctx context.Context, id, token string, fn func(*jobs.Job)) error {
	return s.do(ctx, func() error {
		j := s.jobs[id]
		if j == nil || j.State != jobs.StateLeased || j.LeaseToken != token {
			return jobs.ErrLeaseLost
		}
		fn(j)
		return nil
	})
}

// leave ends the lease of a job.
func leave(j *jobs.Job, to jobs.State) {
	j.State, j.LeaseToken, j.LeaseUntil = to, "", time.Time{}
}

// CompleteJob implements jobs.Store.
func (s *Store) CompleteJob(ctx context.Context, id, token string, now time.Time) error {
	return s.leased(ctx, id, token, func(j *jobs.Job) {
		leave(j, jobs.StateDone)
		j.FinishedAt = jobs.Instant(now)
	})
}

// RetryJob implements jobs.Store.
func (s *Store) RetryJob(ctx context.Context, id, token string, at time.Time, reason string) error {
	return s.leased(ctx, id, token, func(j *jobs.Job) {
		leave(j, jobs.StatePending)
		j.RunAt, j.LastError = jobs.Instant(at), jobs.Reason(reason)
	})
}

// ReleaseJob implements jobs.Store.
func (s *Store) ReleaseJob(ctx context.Context, id, token string, at time.Time) error {
	return s.leased(ctx, id, token, func(j *jobs.Job) {
		leave(j, jobs.StatePending)
		j.RunAt, j.Attempt = jobs.Instant(at), j.Attempt-1
	})
}

// BuryJob implements jobs.Store.
func (s *Store) BuryJob(ctx context.Context, id, token, reason string, now time.Time) error {
	return s.leased(ctx, id, token, func(j *jobs.Job) {
		leave(j, jobs.StateDead)
		j.LastError, j.FinishedAt = jobs.Reason(reason), jobs.Instant(now)
	})
}

// ExtendJob implements jobs.Store.
func (s *Store) ExtendJob(ctx context.Context, id, token string, until time.Time) error {
	return s.leased(ctx, id, token, func(j *jobs.Job) { j.LeaseUntil = jobs.Instant(until) })
}

// NextJobAt implements jobs.Store.
func (s *Store) NextJobAt(ctx context.Context, kinds []string) (next time.Time, ok bool, err error) {
	err = s.do(ctx, func() error {
		for _, j := range s.jobs {
			if at, live := claimable(j); live && slices.Contains(kinds, j.Kind) && (!ok || at.Before(next)) {
				next, ok = at, true
			}
		}
		return nil
	})
	return next, ok, err
}

// ListJobs implements jobs.Store.
func (s *Store) ListJobs(ctx context.Context, f jobs.JobFilter) ([]jobs.Job, error) {
	var out []jobs.Job
	err := s.do(ctx, func() error {
		for _, j := range s.jobs {
			if (len(f.Kinds) == 0 || slices.Contains(f.Kinds, j.Kind)) && (len(f.States) == 0 || slices.Contains(f.States, j.State)) && j.ID > f.After {
				out = append(out, clone(j))
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b jobs.Job) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(len(out), f.PageSize())], err
}

// ReviveJob implements jobs.Store.
func (s *Store) ReviveJob(ctx context.Context, id string, now time.Time) error {
	return s.do(ctx, func() error {
		j := s.jobs[id]
		switch {
		case j == nil:
			return jobs.ErrNotFound
		case j.State != jobs.StateDead:
			return jobs.ErrNotDead
		case s.keyTaken(j.Key):
			return jobs.ErrKeyTaken
		}
		leave(j, jobs.StatePending)
		j.RunAt, j.Attempt, j.FinishedAt = jobs.Instant(now), 0, time.Time{}
		return nil
	})
}

// PruneJobs implements jobs.Store.
func (s *Store) PruneJobs(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.do(ctx, func() error {
		for id, j := range s.jobs {
			if n < limit && j.State == jobs.StateDone && j.FinishedAt.Before(jobs.Instant(before)) {
				delete(s.jobs, id)
				n++
			}
		}
		return nil
	})
	return n, err
}

func clone(j *jobs.Job) jobs.Job {
	out := *j
	out.Payload = slices.Clone(j.Payload)
	return out
}
