package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
)

var errFlaky = errors.New("connection refused")

// desk is a store with a runner, inside of a synctest bubble: its clock only moves while everything waits.
type desk struct {
	*jobstest.Store
	t      *testing.T
	start  time.Time
	runner *jobs.Runner
	stop   func() // cancels Run and waits until it has returned nil
}

// inBubble runs test in a bubble with a runner whose only handler, for kind "k", is h. The jitter always gives the ceiling.
func inBubble(t *testing.T, h jobs.Handler, change func(*jobs.Config), test func(*testing.T, *desk)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{Store: jobstest.NewStore(), t: t, start: time.Now()}
		d.runner, d.stop = d.another(h, change)
		test(t, d)
		d.stop()
	})
}

// another starts a further runner on the same store.
func (d *desk) another(h jobs.Handler, change func(*jobs.Config)) (*jobs.Runner, func()) {
	cfg := jobs.Config{Store: d.Store, Handlers: map[string]jobs.Handler{"k": h}, Rand: func() float64 { return 1 }}
	if change != nil {
		change(&cfg)
	}
	r, err := jobs.New(cfg)
	require.NoError(d.t, err)
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	synctest.Wait()
	return r, sync.OnceFunc(func() {
		cancel()
		require.NoError(d.t, <-done)
	})
}

// add enqueues a job that is due after a delay and wakes the runner.
func (d *desk) add(id string, delay time.Duration, change ...func(*jobs.Job)) {
	d.t.Helper()
	j := jobs.Job{ID: id, Kind: "k", RunAt: time.Now().Add(delay)}
	for _, f := range change {
		f(&j)
	}
	require.NoError(d.t, d.EnqueueJob(d.t.Context(), j))
	d.runner.Wake()
}

func (d *desk) job(id string) jobs.Job {
	d.t.Helper()
	j, ok := d.Get(id)
	require.True(d.t, ok)
	return j
}

// after lets the bubble's time pass and everything settle.
func (d *desk) after(dur time.Duration) {
	time.Sleep(dur)
	synctest.Wait()
}

// diary records when handlers ran.
type diary struct {
	mu   sync.Mutex
	runs []jobs.Job
	at   []time.Duration
	zero time.Time
}

func newDiary() *diary { return &diary{} }

func (d *diary) note(job jobs.Job) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.zero.IsZero() {
		d.zero = time.Now()
	}
	d.runs = append(d.runs, job)
	d.at = append(d.at, time.Since(d.zero))
	return len(d.runs)
}

func (d *diary) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.runs)
}

func (d *diary) times() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]time.Duration{}, d.at...)
}

func TestRetryScheduleThenDead(t *testing.T) {
	log := newDiary()
	var dead []jobs.Job
	var cause error
	inBubble(t, func(_ context.Context, job jobs.Job) error {
		log.note(job)
		return fmt.Errorf("send: %w", errFlaky)
	}, func(c *jobs.Config) {
		c.MaxAttempts, c.RetryBase, c.RetryMax = 6, time.Second, 5*time.Second
		c.OnDead = func(ctx context.Context, job jobs.Job, err error) {
			dead, cause = append(dead, job), errors.Join(err, ctx.Err())
		}
	}, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(2 * time.Second)
		require.Equal(t, jobs.StatePending, d.job("a").State)
		require.Equal(t, "send: connection refused", d.job("a").LastError)
		d.after(time.Hour)
		const s = time.Second
		require.Equal(t, []time.Duration{0, 1 * s, 3 * s, 7 * s, 12 * s, 17 * s}, log.times())
		for i, run := range log.runs {
			require.Equal(t, i+1, run.Attempt)
		}
		got := d.job("a")
		require.Equal(t, jobs.StateDead, got.State)
		require.Equal(t, d.start.Add(17*s).UTC(), got.FinishedAt)
		require.Equal(t, []jobs.Job{got}, dead, "OnDead gets the job as stored, once")
		require.ErrorIs(t, cause, errFlaky)

		require.NoError(t, d.ReviveJob(t.Context(), "a", time.Now()))
		d.runner.Wake()
		synctest.Wait()
		require.Equal(t, 7, log.count())
		require.Equal(t, 1, log.runs[6].Attempt)
	})
}

func TestJobsOwnMaxAttempts(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error { log.note(job); return errFlaky }, nil, func(t *testing.T, d *desk) {
		d.add("a", 0, func(j *jobs.Job) { j.MaxAttempts = 2 })
		d.after(time.Hour)
		require.Equal(t, []time.Duration{0, 10 * time.Second}, log.times())
		require.Equal(t, jobs.StateDead, d.job("a").State)
	})
}

func TestControlValues(t *testing.T) {
	t.Parallel()
	t.Run("Permanent", func(t *testing.T) {
		log := newDiary()
		inBubble(t, func(_ context.Context, job jobs.Job) error {
			log.note(job)
			return fmt.Errorf("rcpt: %w", jobs.Permanent(jobs.RetryAfter(errFlaky, time.Second)))
		}, nil, func(t *testing.T, d *desk) {
			d.add("a", 0)
			d.after(time.Hour)
			require.Equal(t, 1, log.count())
			require.Equal(t, jobs.StateDead, d.job("a").State)
			require.Equal(t, "rcpt: connection refused", d.job("a").LastError)
		})
	})
	t.Run("RetryAfter", func(t *testing.T) {
		log := newDiary()
		inBubble(t, func(_ context.Context, job jobs.Job) error {
			log.note(job)
			return fmt.Errorf("429: %w", jobs.RetryAfter(errFlaky, 7*time.Minute))
		}, func(c *jobs.Config) { c.MaxAttempts = 3 }, func(t *testing.T, d *desk) {
			d.add("a", 0)
			d.after(time.Hour)
			require.Equal(t, []time.Duration{0, 7 * time.Minute, 14 * time.Minute}, log.times())
			require.Equal(t, jobs.StateDead, d.job("a").State, "these runs count")
		})
	})
	t.Run("Snooze", func(t *testing.T) {
		log := newDiary()
		inBubble(t, func(_ context.Context, job jobs.Job) error {
			if log.note(job) < 5 {
				return fmt.Errorf("too early: %w", jobs.Snooze(time.Now().Add(time.Hour)))
			}
			return nil
		}, func(c *jobs.Config) { c.MaxAttempts = 1 }, func(t *testing.T, d *desk) {
			d.add("a", 0)
			d.after(24 * time.Hour)
			require.Equal(t, []time.Duration{0, 1 * time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour}, log.times())
			got := d.job("a")
			require.Equal(t, jobs.StateDone, got.State)
			require.Equal(t, 1, got.Attempt, "snoozing does not count")
			require.Empty(t, got.LastError)
		})
	})
}

func TestPanicIsAnError(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"text": "index out of range", "error": errFlaky} {
		t.Run(name, func(t *testing.T) {
			log := newDiary()
			var cause error
			inBubble(t, func(_ context.Context, job jobs.Job) error {
				log.note(job)
				panic(value)
			}, func(c *jobs.Config) {
				c.MaxAttempts = 2
				c.OnDead = func(_ context.Context, _ jobs.Job, err error) { cause = err; panic("in OnDead too") }
			}, func(t *testing.T, d *desk) {
				d.add("a", 0)
				d.after(time.Minute)
				require.Equal(t, []time.Duration{0, 10 * time.Second}, log.times())
				require.Equal(t, fmt.Sprint("panic: ", value), d.job("a").LastError)
				p, ok := errors.AsType[*jobs.PanicError](cause)
				require.True(t, ok)
				require.Contains(t, string(p.Stack), "runner_test.go")
				require.Equal(t, name == "error", errors.Is(cause, errFlaky))
				d.add("b", 0)
				d.after(time.Minute)
				require.Equal(t, jobs.StateDead, d.job("b").State, "the runner is still alive")
			})
		})
	}
}

// A handler that ends its goroutine leaves no result; its job runs again when the lease is over.
func TestGoexitInAHandler(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error {
		if log.note(job) == 1 {
			runtime.Goexit()
		}
		return nil
	}, func(c *jobs.Config) { c.Workers = 1 }, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(2 * time.Minute)
		require.Equal(t, []time.Duration{0, time.Minute}, log.times())
		require.Equal(t, jobs.StateDone, d.job("a").State)
	})
}

func TestWorkersBoundConcurrency(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	enter := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		now += n
		most = max(most, now)
	}
	inBubble(t, func(context.Context, jobs.Job) error {
		enter(1)
		defer enter(-1)
		time.Sleep(time.Second)
		return nil
	}, func(c *jobs.Config) { c.Workers = 3 }, func(t *testing.T, d *desk) {
		for i := range 9 {
			d.add(fmt.Sprint(i), 0)
		}
		d.after(3*time.Second + time.Millisecond)
		require.Equal(t, 3, most)
		for i := range 9 {
			require.Equal(t, jobs.StateDone, d.job(fmt.Sprint(i)).State)
		}
	})
}

func TestTwoRunnersShareTheWork(t *testing.T) {
	var mu sync.Mutex
	runs := map[string]int{}
	share := map[string]int{}
	handler := func(name string) jobs.Handler {
		return func(_ context.Context, job jobs.Job) error {
			mu.Lock()
			runs[job.ID]++
			share[name]++
			mu.Unlock()
			time.Sleep(time.Duration(len(job.ID)) * 10 * time.Second) // some longer than a lease
			return nil
		}
	}
	inBubble(t, handler("first"), func(c *jobs.Config) { c.Lease = 15 * time.Second }, func(t *testing.T, d *desk) {
		_, stop := d.another(handler("second"), func(c *jobs.Config) { c.Lease, c.Workers = 15*time.Second, 2 })
		for i := range 100 {
			d.add(fmt.Sprintf("%0*d", 1+i%3, i), 0)
		}
		d.after(time.Hour)
		stop()
		mu.Lock()
		defer mu.Unlock()
		total := 0
		for id, n := range runs {
			require.Equal(t, 1, n, id)
			require.Equal(t, jobs.StateDone, d.job(id).State)
			require.Equal(t, 1, d.job(id).Attempt)
			total += n
		}
		require.Equal(t, 100, total)
		require.Greater(t, share["first"], 10)
		require.Greater(t, share["second"], 10)
	})
}

func TestOtherKindsAreLeftAlone(t *testing.T) {
	inBubble(t, func(context.Context, jobs.Job) error { return nil }, nil, func(t *testing.T, d *desk) {
		d.add("a", 0, func(j *jobs.Job) { j.Kind = "from a newer version" })
		d.after(time.Hour)
		require.Equal(t, jobs.StatePending, d.job("a").State)
		require.Zero(t, d.job("a").Attempt)
	})
}
