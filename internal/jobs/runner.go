package jobs

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
)

const (
	// storeTimeout bounds one call of the store that must not be cut off by a shutdown.
	storeTimeout = 3 * time.Second
	// pause is slept when the table says that something is due but gives nothing: another runner is just claiming it, or
	// the clocks of leases differ. It keeps that from being a busy loop.
	pause = 100 * time.Millisecond
)

// Runner claims due jobs and runs their handlers. Its methods are safe for concurrent use.
type Runner struct {
	cfg     Config
	kinds   []string
	wake    chan struct{}
	running atomic.Bool
}

// New checks cfg and returns a Runner that does nothing before Run. Handlers is copied.
func New(cfg Config) (*Runner, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	cfg.Handlers = maps.Clone(cfg.Handlers)
	return &Runner{cfg: cfg, kinds: slices.Sorted(maps.Keys(cfg.Handlers)), wake: make(chan struct{}, 1)}, nil
}

// Wake says that there may be something to do now, for example after a commit that enqueued a job. It never blocks, is
// only a hint, and many calls are as good as one. Without it a job is found by the next poll. A call while Run is not
// running makes the next Run look once more.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx is done and then returns nil. It stops claiming first and lets the running handlers finish; after
// Config.Grace their contexts are cancelled, and their jobs are given back. No goroutine is left when it returns.
// Errors of the store are logged and retried. The only error is that the runner is already running; after a return it
// may be run again.
func (r *Runner) Run(ctx context.Context) error {
	if !r.running.CompareAndSwap(false, true) {
		return errors.New("jobs: runner is already running")
	}
	defer r.running.Store(false)

	// Handlers and the store's calls outlive ctx by the grace period.
	work, cancelWork := context.WithCancelCause(context.WithoutCancel(ctx))
	graceOver := make(chan struct{})
	stopGrace := context.AfterFunc(ctx, func() {
		defer close(graceOver)
		t := time.NewTimer(r.cfg.Grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancelWork(ErrShutdown)
		case <-work.Done():
		}
	})
	defer func() {
		cancelWork(ErrShutdown)
		if !stopGrace() {
			<-graceOver
		}
	}()

	finished := make(chan struct{}, r.cfg.Workers)
	busy, failures := 0, 0
	for ctx.Err() == nil {
		var timer <-chan time.Time // nil while all workers are busy: only the end of a handler matters then
		wake := r.wake
		if free := r.cfg.Workers - busy; free > 0 {
			jobs, sleep, err := r.claim(ctx, work, free)
			for _, c := range jobs {
				busy++
				go func() {
					defer func() { finished <- struct{}{} }()
					r.run(work, c)
				}()
			}
			if err != nil {
				failures++
				sleep = max(backoff.Delay(failures, time.Second, r.cfg.Poll, r.cfg.Rand), pause)
				r.cfg.Log.LogAttrs(work, slog.LevelError, "jobs: cannot look for work", slog.Any("error", err), slog.Duration("retry_in", sleep))
				wake = nil // a hint is no reason to hammer a store in trouble
			} else {
				failures = 0
			}
			if busy < r.cfg.Workers {
				timer = time.After(sleep)
			}
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer:
		case <-finished:
			busy--
		}
		for len(finished) > 0 {
			<-finished
			busy--
		}
	}
	for ; busy > 0; busy-- {
		<-finished
	}
	return nil
}

// leased is a job with the time at which its lease ends by our own clock.
type leased struct {
	job   Job
	until time.Time
}

// claim takes up to free due jobs and says how long to sleep if workers stay free. A claim that has begun is not cut
// off by ctx, because it may have been committed and its jobs would then lie idle for a whole lease; what it brings after ctx is
// done is given back.
func (r *Runner) claim(ctx, work context.Context, free int) ([]leased, time.Duration, error) {
	call, cancel := context.WithTimeout(work, r.cfg.Lease)
	defer cancel()
	now := r.cfg.Now()
	jobs, err := r.cfg.Store.ClaimJobs(call, r.kinds, now, r.cfg.Lease, free)
	if err != nil {
		return nil, 0, err
	}
	out := make([]leased, len(jobs))
	for i, job := range jobs {
		out[i] = leased{job, now.Add(r.cfg.Lease)}
	}
	if ctx.Err() != nil {
		for _, c := range out {
			r.settle(work, c.job, c.until, "release", func(ctx context.Context) error {
				return r.cfg.Store.ReleaseJob(ctx, c.job.ID, c.job.LeaseToken, r.cfg.Now())
			})
		}
		return nil, 0, nil
	}
	if len(out) == free {
		return out, 0, nil // no worker is left that could sleep
	}
	next, ok, err := r.cfg.Store.NextJobAt(call, r.kinds)
	if err != nil {
		return out, 0, err
	}
	sleep := r.cfg.Poll
	if ok {
		sleep = min(sleep, max(next.Sub(r.cfg.Now()), min(pause, r.cfg.Poll)))
	}
	return out, sleep, nil
}
