// Package cron runs work by the clock, over the jobs table: each run is a job whose id is kind@time, so that of several replicas one
// runs it, and a run that was missed is made up for once.
//
// The job of a run plans the next one before it does its work, counted from now and not from when it was due: after a week of downtime
// an hourly kind runs once, not 168 times. Beside that Run plans from time to time, so that a clock that jumped, a new kind or a
// table that was restored cannot stop the chain.
package cron

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

// Work is what an Entry runs. at is when the run was due, which may be long ago. ctx ends as that of a jobs.Handler does, and
// an error is retried as a Handler's is. A run must be harmless when it is repeated.
type Work func(ctx context.Context, at time.Time) error

// Entry is one kind of work and when it is due.
type Entry struct {
	Schedule Schedule
	Work     Work
	// Attempts is how often one run is tried before it is dead; 0 means 5, which takes some minutes. The next run comes anyway.
	Attempts int
}

const defaultAttempts = 5

// Config is what a Cron is made of. Store and Entries are required.
type Config struct {
	Store jobs.Store
	// Entries by kind of job, such as "cron.sweep". A kind must not be that of any other job.
	Entries map[string]Entry
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is silent
}

// planEvery is how often Run looks whether the next run of each kind is planned.
const planEvery = time.Hour

// retryPlan is how long Run waits after planning failed.
const retryPlan = time.Minute

// Cron plans and runs. Its methods may be called concurrently.
type Cron struct{ cfg Config }

// New checks the configuration and makes a Cron. It does no I/O.
func New(cfg Config) (*Cron, error) {
	if cfg.Store == nil {
		return nil, errors.New("cron: Config.Store is missing")
	}
	if len(cfg.Entries) == 0 {
		return nil, errors.New("cron: Config.Entries is empty")
	}
	for kind, e := range cfg.Entries {
		if kind == "" || len(kind) > jobs.MaxKind || e.Schedule == nil || e.Work == nil || e.Attempts < 0 {
			return nil, fmt.Errorf("cron: Config.Entries[%q] is not usable", kind)
		}
	}
	cfg.Entries = maps.Clone(cfg.Entries)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Cron{cfg}, nil
}

// ID names the run of a kind that is due at an instant.
func ID(kind string, at time.Time) string { return kind + "@" + at.UTC().Format(time.RFC3339) }

// payload keeps when the run was due, because a retry puts the job itself off.
type payload struct {
	At time.Time `json:"at"`
}

// Handlers gives the handlers of all kinds, for a jobs.Runner over the same Store.
func (c *Cron) Handlers() map[string]jobs.Handler {
	out := map[string]jobs.Handler{}
	for kind, e := range c.cfg.Entries {
		out[kind] = func(ctx context.Context, job jobs.Job) error { return c.run(ctx, e, job) }
	}
	return out
}

// Plan puts the next run of each kind into the table. One that is there already, or was run, stays as it is.
func (c *Cron) Plan(ctx context.Context) error {
	for _, kind := range slices.Sorted(maps.Keys(c.cfg.Entries)) {
		if err := c.plan(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cron) plan(ctx context.Context, kind string) error {
	at := c.cfg.Entries[kind].Schedule.Next(c.cfg.Now())
	job, err := jobs.NewJob(kind, "", at, payload{at})
	if err != nil {
		return err
	}
	job.ID, job.MaxAttempts = ID(kind, at), cmp.Or(c.cfg.Entries[kind].Attempts, defaultAttempts)
	if err := c.cfg.Store.EnqueueJob(ctx, job); err != nil {
		return fmt.Errorf("cron: plan %s: %w", job.ID, err)
	}
	return nil
}

// Run plans now and then every hour until ctx ends. What fails is logged and tried again.
func (c *Cron) Run(ctx context.Context) {
	for {
		wait := planEvery
		if err := c.Plan(ctx); err != nil && ctx.Err() == nil {
			c.cfg.Log.LogAttrs(ctx, slog.LevelError, "cron: cannot plan", slog.Any("error", err))
			wait = retryPlan
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// run is the handler of every kind.
func (c *Cron) run(ctx context.Context, e Entry, job jobs.Job) error {
	var p payload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("cron: payload of %s: %w", job.ID, err))
	}
	if err := c.plan(ctx, job.Kind); err != nil {
		return err // nothing was done, so it can wait for a table that answers
	}
	busy, err := c.busy(ctx, job)
	if err != nil {
		return err
	}
	if busy {
		c.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "cron: left out, the run before is still at work", slog.String("job_id", job.ID))
		return nil
	}
	return e.Work(ctx, p.At)
}

// busy reports whether another run of the kind is at work. Both may think so of each other when they begin together, after a clock that
// jumped; then the earlier one goes on.
func (c *Cron) busy(ctx context.Context, job jobs.Job) (bool, error) {
	list, err := c.cfg.Store.ListJobs(ctx, jobs.JobFilter{Kinds: []string{job.Kind}, States: []jobs.State{jobs.StateLeased}})
	now := c.cfg.Now()
	return slices.ContainsFunc(list, func(o jobs.Job) bool { return o.ID < job.ID && o.LeaseUntil.After(now) }), err
}
