// Package live tells connected clients what happens at a desk, while it happens.
//
// A Hub reads the desk's events once per process, in order of their Seq, and keeps the newest ones in memory. Each client is a Stream with a
// place in that order and an Audience; it takes what it may see from there, so a thousand clients cost a thousand pointers and an event is
// marshalled once. A client that was away goes on behind the last event it knows: from memory if that reaches far enough, else from
// the database. Nothing is kept for a client that does not read: one that falls out of the memory is ended, and comes back.
//
// The hint after a commit (Hub.Wake) only makes it faster. What other processes commit is found by looking, which happens often while there
// are clients and seldom otherwise. LISTEN/NOTIFY is not used: one small query twice a second finds the same, on every database.
package live

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Source is what a Hub follows; *ticket.Service is one. The Hub asks as a system actor, from one goroutine, and besides for each client that
// catches up from the database.
type Source interface {
	Follow(ctx context.Context, a ticket.Actor, after int64, limit int) ([]ticket.Followed, error)
	AllPresent(ctx context.Context, a ticket.Actor) ([]ticket.Presence, error)
	Attendance(ctx context.Context, a ticket.Actor, id ticket.ID) ([]ticket.Presence, *ticket.Standing, error)
}

// Config is what a Hub is made of. Source is required; every other field has a useful zero value.
type Config struct {
	Source Source
	// Sequence gives a Seq to events that have none yet, so that few are left to do when somebody comes who reads them, which does the same;
	// nil where events have one as they are written. Several processes may call it at once.
	Sequence func(ctx context.Context) error
	Busy     time.Duration // between looks while there are clients; 0 is 500 ms
	Idle     time.Duration // between calls of Sequence while there are none; 0 is 5 s
	Keep     int           // events kept in memory, at least; 0 is 1024
	Behind   int64         // a client that is more events behind gets a reset; 0 is 10,000
	Log      *slog.Logger  // nil is silent
}

const (
	primed  = 256                   // events read into memory when the first client comes
	portion = 200                   // events read at once
	settle  = 20 * time.Millisecond // after a look, so that a burst of commits is one look
	catches = 4                     // clients that catch up from the database at the same time
)

func (c *Config) check() error {
	if c.Source == nil {
		return ticket.InvalidField("source", "is required")
	}
	if c.Busy < 0 || c.Idle < 0 || c.Keep < 0 || c.Behind < 0 {
		return ticket.InvalidField("live", "durations and bounds must not be negative")
	}
	if c.Busy == 0 {
		c.Busy = 500 * time.Millisecond
	}
	if c.Idle == 0 {
		c.Idle = 5 * time.Second
	}
	if c.Keep == 0 {
		c.Keep = 1024
	}
	if c.Behind == 0 {
		c.Behind = 10_000
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Why a stream ends.
var (
	// ErrStopped: the Hub does not run, or not any more. The client should come back in a moment.
	ErrStopped = &ticket.Error{Kind: ticket.Unavailable, Msg: "live updates are not running; try again in a moment"}
	// ErrSlow: the client did not take its events in time. It should come back behind the last one it has.
	ErrSlow = errors.New("live: the client reads too slowly")
)

// follower is who the Hub is for its Source.
var follower = ticket.SystemActor("live")
