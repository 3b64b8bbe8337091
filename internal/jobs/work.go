package jobs

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/observe"
)

func jobAttrs(job Job, more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{slog.String("kind", job.Kind), slog.String("job_id", job.ID), slog.Int("attempt", job.Attempt)}, more...)
}

// run runs the handler of one leased job and records what came of it.
func (r *Runner) run(work context.Context, c leased) {
	job := c.job
	if job.Attempt > r.maxAttempts(job) {
		// All its runs ended without a word, the last one by the end of its lease. Running it once more could take
		// the process down for ever.
		r.bury(work, job, c.until, errAttemptsUsed)
		return
	}
	ctx, cancel := context.WithCancelCause(work)
	defer cancel(nil)
	ctx, end := observe.Begin(ctx, r.cfg.Observer, observe.Work{Kind: observe.Job, Name: job.Kind, ID: job.ID, Attempt: job.Attempt})
	outcome := observe.Failed // also of a handler that ended the goroutine
	defer func() { end(observe.Result{Outcome: outcome}) }()
	// The lease is kept after a shutdown has begun, since the handler may still be at work.
	keep, stop := context.WithCancel(context.WithoutCancel(work))
	stopped := make(chan struct{})
	until := c.until
	go func() {
		defer close(stopped)
		until = r.keepLease(keep, job, until, cancel)
	}()
	err := func() error {
		// Deferred, so that the lease is let go even if the handler ends the goroutine with runtime.Goexit.
		defer func() {
			stop()
			<-stopped
		}()
		return r.call(ctx, job)
	}()
	// The cause is set only if the lease was lost or the grace period is over.
	outcome = r.record(valued{work, ctx}, job, until, err, context.Cause(ctx))
}

// valued is a context with the values of another, so that what is logged about a run belongs to it.
type valued struct {
	context.Context
	values context.Context
}

func (v valued) Value(key any) any { return v.values.Value(key) }

// call runs the handler and turns a panic into an error.
func (r *Runner) call(ctx context.Context, job Job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p := &PanicError{Value: v, Stack: debug.Stack()}
			r.cfg.Log.LogAttrs(ctx, slog.LevelError, "jobs: handler panicked", jobAttrs(job, slog.Any("error", p), slog.String("stack", string(p.Stack)))...)
			err = p
		}
	}()
	return r.cfg.Handlers[job.Kind](ctx, job)
}

// keepLease extends the lease every third of it until ctx is done, and returns when it ends by our own clock. It
// calls lost and returns when the lease is gone: taken by another runner, or run out while the store did not answer.
func (r *Runner) keepLease(ctx context.Context, job Job, until time.Time, lost context.CancelCauseFunc) time.Time {
	t := time.NewTicker(r.cfg.Lease / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return until
		case <-t.C:
		}
		now := r.cfg.Now()
		next := now.Add(r.cfg.Lease)
		// A lease that has run out is still ours if nobody took it, so asking is worth a moment even then.
		call, cancel := context.WithTimeout(ctx, min(storeTimeout, max(until.Sub(now), r.cfg.Lease/3)))
		err := r.cfg.Store.ExtendJob(call, job.ID, job.LeaseToken, next)
		cancel()
		switch {
		case err == nil:
			until = next
		case ctx.Err() != nil:
			return until
		case errors.Is(err, ErrLeaseLost) || !r.cfg.Now().Before(until):
			lost(ErrLeaseLost)
			return until
		default:
			r.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "jobs: cannot extend a lease", jobAttrs(job, slog.Any("error", err))...)
		}
	}
}

// record stores the result of a run and tells it in a word of package observe.
func (r *Runner) record(work context.Context, job Job, until time.Time, err, interrupted error) string {
	store, now := r.cfg.Store, r.cfg.Now()
	release := func(at time.Time) {
		r.settle(work, job, until, "release", func(ctx context.Context) error {
			return store.ReleaseJob(ctx, job.ID, job.LeaseToken, at)
		})
	}
	snooze, snoozed := errors.AsType[*snoozeError](err)
	_, panicked := errors.AsType[*PanicError](err)
	switch {
	case err == nil:
		r.settle(work, job, until, "complete", func(ctx context.Context) error {
			return store.CompleteJob(ctx, job.ID, job.LeaseToken, r.cfg.Now())
		})
		return observe.OK
	case IsPermanent(err):
		r.bury(work, job, until, err)
		return observe.Dead
	case snoozed:
		release(snooze.at)
		return observe.Snoozed
	case interrupted != nil && !panicked:
		r.cfg.Log.LogAttrs(work, slog.LevelInfo, "jobs: run interrupted", jobAttrs(job, slog.Any("error", interrupted))...)
		release(now)
		return observe.Stopped
	case job.Attempt >= r.maxAttempts(job):
		r.bury(work, job, until, err)
		return observe.Dead
	default:
		delay, asked := RetryDelay(err)
		if !asked {
			delay = backoff.Delay(job.Attempt, r.cfg.RetryBase, r.cfg.RetryMax, r.cfg.Rand)
		}
		r.cfg.Log.LogAttrs(work, slog.LevelDebug, "jobs: will retry", jobAttrs(job, slog.Any("error", err), slog.Duration("retry_in", delay))...)
		r.settle(work, job, until, "retry", func(ctx context.Context) error {
			return store.RetryJob(ctx, job.ID, job.LeaseToken, now.Add(delay), err.Error())
		})
		return observe.Failed
	}
}

func (r *Runner) bury(work context.Context, job Job, until time.Time, cause error) {
	now := r.cfg.Now()
	if !r.settle(work, job, until, "bury", func(ctx context.Context) error {
		return r.cfg.Store.BuryJob(ctx, job.ID, job.LeaseToken, cause.Error(), now)
	}) {
		return
	}
	r.cfg.Log.LogAttrs(work, slog.LevelError, "jobs: job is dead", jobAttrs(job, slog.Any("error", cause))...)
	if r.cfg.OnDead == nil {
		return
	}
	job.State, job.FinishedAt, job.LastError = StateDead, Instant(now), Reason(cause.Error())
	job.LeaseToken, job.LeaseUntil = "", time.Time{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeTimeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			p := &PanicError{Value: v, Stack: debug.Stack()}
			r.cfg.Log.LogAttrs(ctx, slog.LevelError, "jobs: OnDead panicked", jobAttrs(job, slog.Any("error", p), slog.String("stack", string(p.Stack)))...)
		}
	}()
	r.cfg.OnDead(ctx, job, cause)
}

// settle ends a claim with one call of the store and tells whether that worked. A result that is not recorded means that the
// job runs again, so it is worth trying as long as the lease holds; once the grace period is over there is
// one last try.
func (r *Runner) settle(work context.Context, job Job, until time.Time, what string, op func(context.Context) error) bool {
	for n := 1; ; n++ {
		last := work.Err() != nil || !r.cfg.Now().Before(until)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeTimeout)
		err := op(ctx)
		cancel()
		switch {
		case err == nil:
			return true
		case errors.Is(err, ErrLeaseLost):
			r.cfg.Log.LogAttrs(work, slog.LevelWarn, "jobs: lease was lost, another runner has the job", jobAttrs(job, slog.String("step", what))...)
			return false
		case last:
			r.cfg.Log.LogAttrs(work, slog.LevelError, "jobs: cannot record a result, the job will run again", jobAttrs(job, slog.String("step", what), slog.Any("error", err))...)
			return false
		}
		t := time.NewTimer(max(backoff.Delay(n, pause, storeTimeout, r.cfg.Rand), pause/10))
		select {
		case <-t.C:
		case <-work.Done():
		}
		t.Stop()
	}
}

func (r *Runner) maxAttempts(job Job) int {
	if job.MaxAttempts > 0 {
		return job.MaxAttempts
	}
	return r.cfg.MaxAttempts
}
