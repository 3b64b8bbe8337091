package report

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Store is the port that package store implements. Merged, spam and deleted tickets count nowhere.
type Store interface {
	KPI(ctx context.Context, s ticket.Scope, q Query) (KPI, error)
	// Facts calls fn with every fact in scope that q selects, in any order. fn must not keep the row, which is used again.
	Facts(ctx context.Context, s ticket.Scope, q FactQuery, fn func(*FactRow)) error
	// FactCounts counts the same facts by kind.
	FactCounts(ctx context.Context, s ticket.Scope, q FactQuery) (map[FactKind]int64, error)
	// TagFacts counts the same facts by tag and kind. A ticket with several tags counts in each.
	TagFacts(ctx context.Context, s ticket.Scope, q FactQuery) ([]TagFact, error)
	// Backlog calls fn with every ticket in scope that is open now and meets f.
	Backlog(ctx context.Context, s ticket.Scope, f Filter, fn func(OpenTicket)) error
	// Promises counts the clocks that were met and missed in [from,to) by who gave the answer or the resolution that they are about; missed
	// ones that nobody has ended yet have no agent.
	Promises(ctx context.Context, s ticket.Scope, f Filter, from, to time.Time) ([]Promise, error)
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
	Kind              FactKind
	At                int64
	Cycle             int
	Seconds, Business int64
	UndoneAt          int64
	OneTouch          bool
	Actor             ticket.AccountID
	Queue             ticket.QueueID
	Channel           string
	Priority          ticket.Priority
}

// TagFact is how many facts of a kind happened to tickets with a tag.
type TagFact struct {
	Tag  string
	Kind FactKind
	N    int64
}

// OpenTicket is a ticket of the backlog.
type OpenTicket struct {
	CreatedAt    time.Time
	WaitingSince time.Time // zero unless the customer waits for an answer
	Answered     bool      // somebody has answered before
}

// Promise is how often the clocks of a sort ended alike.
type Promise struct {
	Agent ticket.AccountID
	Met   bool
	N     int64
}
