package report

import (
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Store is the port that package store implements. Merged, spam and deleted tickets count nowhere.
type Store interface {
	KPI(ctx context.Context, s ticket.Scope, q Query) (KPI, error)
	// Facts calls fn with every fact in scope that q selects, in any order. fn must not keep the row, which is used again, nor change its tags.
	Facts(ctx context.Context, s ticket.Scope, q FactQuery, fn func(*FactRow)) error
	// FactCounts counts the same facts by kind.
	FactCounts(ctx context.Context, s ticket.Scope, q FactQuery) (map[FactKind]int64, error)
	// Backlog counts the tickets in scope that are open now and meet f, and how many of them were created behind each of since.
	Backlog(ctx context.Context, s ticket.Scope, f Filter, since []time.Time) (Backlog, error)
	// Promises counts the clocks that were met and missed in [from,to) by who gave the answer or the resolution that they are about; missed
	// ones that nobody has ended yet have no agent.
	Promises(ctx context.Context, s ticket.Scope, f Filter, from, to time.Time) ([]Promise, error)
	// Breaches calls fn with the time at which each clock of a ticket in scope was missed in [from,to), in microseconds since 1970, in any
	// order. With an agent in the filter these are the tickets that are assigned to it.
	Breaches(ctx context.Context, s ticket.Scope, f Filter, from, to time.Time, fn func(at int64)) error
	// Online lists the accounts that were seen in the last five minutes before now.
	Online(ctx context.Context, now time.Time) ([]ticket.AccountID, error)
}

// Filter selects tickets by what they are now. Empty fields select everything; several values in one field mean any of them.
type Filter struct {
	Queues     []ticket.QueueID
	Channels   []string
	Priorities []ticket.Priority
	Tag        string
	Agent      ticket.AccountID // facts by this account only; of the backlog what is assigned to it
}

// FactQuery selects facts in [From,To).
type FactQuery struct {
	From, To time.Time
	Kinds    []FactKind // empty is all
	Filter
}

// FactRow is a fact with the traits of its ticket. At is in microseconds since 1970, UndoneAt too.
type FactRow struct {
	Number            int64 // of the ticket
	Kind              FactKind
	At                int64
	Cycle             int
	Seconds, Business int64
	UndoneAt          int64
	OneTouch          bool
	Rating            int
	Actor             ticket.AccountID
	Queue             ticket.QueueID
	Channel           string
	Priority          ticket.Priority
	Tags              []string // rising
}

// Selects tells whether a fact that happened in [From,To) is one of those that are asked for.
func (q *FactQuery) Selects(r *FactRow) bool {
	return wants(q.Kinds, r.Kind) && wants(q.Queues, r.Queue) && wants(q.Channels, r.Channel) && wants(q.Priorities, r.Priority) &&
		(q.Agent == "" || q.Agent == r.Actor) && (q.Tag == "" || slices.Contains(r.Tags, q.Tag))
}

// wants tells whether a value is among those that are wanted; none wanted are all.
func wants[T comparable](wanted []T, v T) bool { return len(wanted) == 0 || slices.Contains(wanted, v) }

// Backlog is what is open.
type Backlog struct {
	Open         int64
	Since        []int64   // of them, for each instant that was asked for
	Waiting      int64     // of them, those that nobody has ever answered
	WaitingSince time.Time // the longest of these; zero when there is none
}

// Promise is how often the clocks of a sort ended alike.
type Promise struct {
	Agent ticket.AccountID
	Met   bool
	N     int64
}
