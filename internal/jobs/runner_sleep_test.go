package jobs_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
)

// counting counts how often the table is asked for work; with blind set it never finds any.
type counting struct {
	jobs.Store
	claims atomic.Int64
	blind  bool
}

func (s *counting) ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	s.claims.Add(1)
	if s.blind {
		return nil, nil
	}
	return s.Store.ClaimJobs(ctx, kinds, now, lease, limit)
}

func nothing(context.Context, jobs.Job) error { return nil }

func TestSleepsUntilTheNextJobIsDue(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error { log.note(job); return nil }, func(c *jobs.Config) { c.Poll = time.Hour },
		func(t *testing.T, d *desk) {
			d.add("a", 3*time.Minute+7*time.Second)
			d.after(24 * time.Hour)
			require.Equal(t, 1, log.count())
			require.Equal(t, d.start.Add(3*time.Minute+7*time.Second).UTC(), d.job("a").FinishedAt)
		})
}

func TestWake(t *testing.T) {
	inBubble(t, nothing, func(c *jobs.Config) { c.Poll = time.Hour }, func(t *testing.T, d *desk) {
		require.NoError(t, d.EnqueueJob(t.Context(), jobs.Job{ID: "silent", Kind: "k", RunAt: time.Now()}))
		d.after(time.Hour - time.Second)
		require.Equal(t, jobs.StatePending, d.job("silent").State, "nobody told the runner")
		d.after(time.Second)
		require.Equal(t, jobs.StateDone, d.job("silent").State, "the poll is the truth")

		d.after(time.Minute)
		require.NoError(t, d.EnqueueJob(t.Context(), jobs.Job{ID: "loud", Kind: "k", RunAt: time.Now()}))
		for range 100 {
			d.runner.Wake()
		}
		synctest.Wait()
		require.Equal(t, jobs.StateDone, d.job("loud").State, "at once")
	})
}

func TestWakeWhileAllWorkersAreBusy(t *testing.T) {
	inBubble(t, func(context.Context, jobs.Job) error { time.Sleep(time.Minute); return nil },
		func(c *jobs.Config) { c.Poll, c.Workers = time.Hour, 1 }, func(t *testing.T, d *desk) {
			d.add("a", 0)
			synctest.Wait()
			d.add("b", 0)
			d.after(2*time.Minute + time.Second)
			require.Equal(t, jobs.StateDone, d.job("b").State)
		})
}

func TestIdleRunnerOnlyPolls(t *testing.T) {
	var c *counting
	inBubble(t, nothing, func(cfg *jobs.Config) { c = &counting{Store: cfg.Store}; cfg.Store = c }, func(t *testing.T, d *desk) {
		d.add("far away", 24*time.Hour)
		synctest.Wait()
		before := c.claims.Load()
		d.after(time.Hour)
		require.Equal(t, int64(360), c.claims.Load()-before, "every ten seconds")
	})
}

// Another machine's clock may be ahead, or it may just be claiming what is due: that must not become a busy loop.
func TestDueButNotClaimable(t *testing.T) {
	var c *counting
	inBubble(t, nothing, func(cfg *jobs.Config) { c = &counting{Store: cfg.Store, blind: true}; cfg.Store = c }, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(10 * time.Second)
		require.LessOrEqual(t, c.claims.Load(), int64(105))
		require.Greater(t, c.claims.Load(), int64(50))
	})
}

func TestStoreInTroubleIsAskedLessAndLess(t *testing.T) {
	var c *counting
	inBubble(t, nothing, func(cfg *jobs.Config) { c = &counting{Store: cfg.Store}; cfg.Store = c }, func(t *testing.T, d *desk) {
		d.Fail(errors.New("database is down"))
		d.after(time.Hour)
		for range 1000 {
			d.runner.Wake()
			d.after(time.Hour / 1000)
		}
		require.Less(t, c.claims.Load(), int64(2*365))
		d.Fail(nil)
		d.add("a", 0)
		d.after(20 * time.Second)
		require.Equal(t, jobs.StateDone, d.job("a").State)
	})
}

func TestRunOnlyOnceAtATimeButAgainLater(t *testing.T) {
	inBubble(t, nothing, nil, func(t *testing.T, d *desk) {
		require.ErrorContains(t, d.runner.Run(t.Context()), "already running")
		d.stop()
		d.add("a", 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, d.runner.Run(ctx))
		require.Equal(t, jobs.StateDone, d.job("a").State)
	})
}

func TestRunWithADoneContext(t *testing.T) {
	t.Parallel()
	s := jobstest.NewStore()
	require.NoError(t, s.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: time.Now()}))
	r, err := jobs.New(jobs.Config{Store: s, Handlers: map[string]jobs.Handler{"k": nothing}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, r.Run(ctx))
	job, _ := s.Get("a")
	require.Equal(t, jobs.StatePending, job.State)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*jobs.Config){
		"Store":             func(c *jobs.Config) { c.Store = nil },
		"Handlers is empty": func(c *jobs.Config) { c.Handlers = nil },
		`Handlers["x"]`:     func(c *jobs.Config) { c.Handlers = map[string]jobs.Handler{"x": nil} },
		`Handlers[""]`:      func(c *jobs.Config) { c.Handlers = map[string]jobs.Handler{"": nothing} },
		"Workers":           func(c *jobs.Config) { c.Workers = -1 },
		"Lease is negative": func(c *jobs.Config) { c.Lease = -1 },
		"Lease is below":    func(c *jobs.Config) { c.Lease = time.Millisecond },
		"Poll":              func(c *jobs.Config) { c.Poll = -1 },
		"Grace":             func(c *jobs.Config) { c.Grace = -1 },
		"MaxAttempts":       func(c *jobs.Config) { c.MaxAttempts = -1 },
		"RetryBase":         func(c *jobs.Config) { c.RetryBase = -1 },
		"RetryMax":          func(c *jobs.Config) { c.RetryMax = -1 },
	} {
		c := jobs.Config{Store: jobstest.NewStore(), Handlers: map[string]jobs.Handler{"k": nothing}}
		_, err := jobs.New(c)
		require.NoError(t, err)
		change(&c)
		_, err = jobs.New(c)
		require.ErrorContains(t, err, want)
	}
}
