// Package observe is what the desk tells whoever watches over it: each piece of work as it begins and ends, for traces and durations, and
// how everything stands, for metrics. It says nothing of what is in a ticket: no text, no addresses, no secrets, only ids, kinds and
// numbers. Package metrics is an Observer for Prometheus, package tracing one for OpenTelemetry; a host may bring its own.
package observe

import (
	"context"
	"time"
)

// Kind says what sort of work it is.
type Kind string

// The kinds of work.
const (
	Request  Kind = "request"  // one HTTP request
	Job      Kind = "job"      // one run of a job: a delivery, a timer, scheduled work
	Delivery Kind = "delivery" // one attempt to hand a message to its channel; inside a job
	Intake   Kind = "intake"   // one item that a channel brought in
)

// Work is a piece of work that begins.
type Work struct {
	Kind Kind
	// Name is the kind of a job, or the channel of an item or delivery. A request gets its own only when it ends: see Result.Name.
	Name string
	// ID is the request's, the job's or the message's; "" for an item, which has none yet.
	ID      string
	Method  string // of a request
	Attempt int    // of a job, from 1
}

// Result is how a piece of work ended.
type Result struct {
	// Name is the pattern of a request's path, never the path; "" when no route had it. Other work keeps Work.Name.
	Name   string
	Status int  // of a request
	Stream bool // the answer went on for as long as its client liked: its duration says nothing
	// Outcome is one word of a small set: OK, or why not.
	Outcome string
	Ticket  string // id of the ticket that it was about, where that is known
}

// The outcomes.
const (
	OK       = "ok"
	Failed   = "failed"   // and will be tried again, or was the request's last word
	Dead     = "dead"     // given up
	Snoozed  = "snoozed"  // put off, which is no failure
	Stopped  = "stopped"  // interrupted by the end of the program, or by a lost lease
	Parked   = "parked"   // an item that can never become a ticket
	Repeated = "repeated" // an item that was in already
	Held     = "held"     // a message waits until somebody has mended its channel
)

// Observer hears of work. Begin is called when a piece of work begins, from many goroutines at once; the context that it returns, made from
// ctx, goes down to the work. end is called once, when the work is over, from the same goroutine. Neither may block.
type Observer interface {
	Begin(ctx context.Context, w Work) (inner context.Context, end func(Result))
}

// Begin tells o, which may be nil.
func Begin(ctx context.Context, o Observer, w Work) (context.Context, func(Result)) {
	if o == nil {
		return ctx, func(Result) {}
	}
	return o.Begin(ctx, w)
}

// Join gives an Observer that tells several, in order; the last is told first of an end. Nil ones are left out; without any it is nil.
func Join(list ...Observer) Observer {
	var all joined
	for _, o := range list {
		if o != nil {
			all = append(all, o)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

type joined []Observer

func (all joined) Begin(ctx context.Context, w Work) (context.Context, func(Result)) {
	ends := make([]func(Result), len(all))
	for i, o := range all {
		ctx, ends[i] = o.Begin(ctx, w)
	}
	return ctx, func(r Result) {
		for i := len(ends) - 1; i >= 0; i-- {
			ends[i](r)
		}
	}
}

// Counts are what the database knows. They cost a few queries that read indexes alone, one of which grows with the number of tickets: ask for
// them now and then, not in a loop.
type Counts struct {
	Tickets map[string]int64 // by category of their state: new, open, pending, snoozed, resolved, closed, merged, spam
	// DueSince is since when the oldest job waits that should have run by now; zero when none does.
	DueSince time.Time
	Dead     map[string]int64 // jobs that were given up and lie there, by kind
	// Late are the tickets with a clock that was missed and still runs, LateSince the earliest time at which one was missed.
	Late      int64
	LateSince time.Time
}

// State is how a desk stands in this process. It costs no I/O.
type State struct {
	Channels []Channel
	Sources  []Source
	Pools    []Pool
	Live     Live
}

// Channel is an adapter.
type Channel struct {
	Name             string
	Running          bool
	Restarts         int   // since it began to run
	Received, Parked int64 // items since the process began
}

// Source is a mailbox, or the connection to a chat.
type Source struct {
	Channel string
	Name    string // as people know it: the desk's own address, the name of a server
	Mailbox bool   // else a connection to a chat
	State   string // connecting, ready, busy, standby, waiting or stopped
	Lag     time.Duration
	// LastContact is when it last answered; zero before the first time.
	LastContact time.Time
}

// Live are the live updates of browsers.
type Live struct {
	Clients int
	Dropped int64 // streams that were ended because their clients read too slowly, since the process began
}

// Pool is a pool of connections to the database.
type Pool struct {
	Name        string // "write", "read"; "all" where there is one
	Max         int    // connections; 0 is no bound
	Open, InUse int
	Waits       int64 // how often somebody had to wait for a connection, since the process began
	Waited      time.Duration
}
