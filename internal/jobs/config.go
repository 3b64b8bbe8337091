package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/ticketkit/ticketkit/observe"
)

// Handler works on one job of its kind. The runner calls it from its own goroutine, up to Config.Workers at once in total,
// also for the same kind. It must return soon after ctx is done: Run waits for it. ctx ends when the lease
// is lost (cause ErrLeaseLost), and on shutdown after Config.Grace (cause ErrShutdown).
//
// The result decides what becomes of the job: nil → done; Permanent(err) → dead; Snooze(t) → again at t; RetryAfter(err, d)
// → again after d; any other error, and a panic → again after a back-off with jitter. What fails for the last
// time is dead. An error after ctx was ended by the runner does not count as an attempt: the job is free at once.
type Handler func(ctx context.Context, job Job) error

// ErrShutdown is the cause of a handler's context that was cancelled because Config.Grace was over.
var ErrShutdown = errors.New("jobs: runner is shutting down")

// errAttemptsUsed is what OnDead gets for a job whose last run never reported back, which a crash of the process explains.
var errAttemptsUsed = errors.New("jobs: the last attempt ended without a result")

// Config configures a Runner. Store and Handlers are required.
type Config struct {
	// Store is the table.
	Store Store
	// Handlers by kind; the runner claims no other kinds, so that replicas of different versions can share a table.
	Handlers map[string]Handler
	// Log receives failures of the store, panics, retries (debug) and dead jobs. Nil discards them.
	Log *slog.Logger
	// Workers is the number of handlers that run at the same time. 0 means 4.
	Workers int
	// Lease is how long a claim holds; it is extended every third of it while a handler runs. After a crash the jobs of the
	// runner wait that long. 0 means one minute; at least 10 ms.
	Lease time.Duration
	// Poll is the longest sleep between two looks at the table, for jobs that others enqueued without a Wake. 0 means 10 seconds.
	Poll time.Duration
	// Grace is how long running handlers may go on after Run's ctx was cancelled before their own is. 0 means 5 seconds.
	Grace time.Duration
	// MaxAttempts is for jobs that bring no number of their own. 0 means 20, which with the default
	// delays is about six hours, and eleven and a half at most.
	MaxAttempts int
	// RetryBase and RetryMax bound the back-off: see backoff.Delay. 0 means 10 seconds and one hour.
	RetryBase, RetryMax time.Duration
	// Rand returns the numbers in [0,1) for the jitter; it must be safe for concurrent use. Nil means math/rand/v2.
	Rand func() float64
	// Now is the clock. Nil means time.Now. Sleeping always uses package time.
	Now func() time.Time
	// Observer hears of each run of a handler; nil is nobody.
	Observer observe.Observer
	// OnDead, if not nil, is called after a job was made dead, from the goroutine that ran it, with the job as it is
	// now stored and the error of the last run. It is for raising an alert: it is not called when the process dies
	// in between, and its ctx ends after three seconds, but not earlier by a shutdown. A panic in it is logged.
	OnDead func(ctx context.Context, job Job, err error)
}

func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errors.New("jobs: Config.Store is missing")
	}
	if len(c.Handlers) == 0 {
		return c, errors.New("jobs: Config.Handlers is empty")
	}
	for kind, h := range c.Handlers {
		if kind == "" || h == nil {
			return c, fmt.Errorf("jobs: Config.Handlers[%q] is not usable", kind)
		}
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"Workers", int64(c.Workers)}, {"Lease", int64(c.Lease)}, {"Poll", int64(c.Poll)}, {"Grace", int64(c.Grace)},
		{"MaxAttempts", int64(c.MaxAttempts)}, {"RetryBase", int64(c.RetryBase)}, {"RetryMax", int64(c.RetryMax)},
	} {
		if f.value < 0 {
			return c, fmt.Errorf("jobs: Config.%s is negative", f.name)
		}
	}
	c.Workers = cmp.Or(c.Workers, 4)
	c.Lease = cmp.Or(c.Lease, time.Minute)
	c.Poll = cmp.Or(c.Poll, 10*time.Second)
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 20)
	c.RetryBase = cmp.Or(c.RetryBase, 10*time.Second)
	c.RetryMax = cmp.Or(c.RetryMax, time.Hour)
	if c.Lease < 10*time.Millisecond {
		return c, errors.New("jobs: Config.Lease is below 10 ms")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}
