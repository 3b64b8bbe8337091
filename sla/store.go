package sla

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Store keeps policies and calendars with all their versions, and a row of clocks for each ticket. Package store implements it, beside
// ticket.Store and in the same transactions: the ticket.Tx of one is the Tx of the other. Package slatest keeps it in memory.
type Store interface {
	Reader
	// UpdateSLA runs fn in one transaction under the rules of ticket.Store.Update.
	UpdateSLA(ctx context.Context, fn func(Tx) error) error
}

// Reader reads. Its methods may be called concurrently on a Store.
type Reader interface {
	// Definitions gives every version of every policy and calendar, in order of Rev.
	Definitions(ctx context.Context) ([]Definition, error)
	// Clocks gives the clocks of one ticket, nil when it has none, and the stamp of the newest definition, "" when there is none,
	// by one query. It is not bound by a Scope: the hook calls it for the ticket that is being changed.
	Clocks(ctx context.Context, id ticket.ID) (row *Row, stamp string, err error)
	// ClocksOf gives the clocks of those of the tickets that are in scope, by one query and in no order; tickets without clocks
	// are absent. At most ticket.MaxLimit ids.
	ClocksOf(ctx context.Context, s ticket.Scope, ids []ticket.ID) ([]Row, error)
	// OpenClocks gives the ids of tickets with a clock that is not over, in order of their ids, behind after; at most limit.
	OpenClocks(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error)
	// Tally counts outcomes in [from,to) of the tickets in scope. Merged and spam tickets count nowhere.
	Tally(ctx context.Context, s ticket.Scope, from, to time.Time) ([]Count, error)
}

// Tx is a transaction.
type Tx interface {
	ticket.DeskTx
	Reader
	// PutDefinition adds a version. It fills Rev, and answers Conflict when the version exists.
	PutDefinition(ctx context.Context, d *Definition) error
	// SaveClocks writes the row of a ticket, new or not, and outcomes, each in place of what was kept of the same clock and cycle. An
	// outcome with a zero At takes that away: the ticket was reopened.
	SaveClocks(ctx context.Context, row *Row, outcomes []Outcome) error
}

// DefinitionKind says what a Definition defines.
type DefinitionKind string

// The kinds of definition.
const (
	KindPolicy   DefinitionKind = "policy"
	KindCalendar DefinitionKind = "calendar"
)

// Definition is one version of a policy or of a calendar. It never changes once it is kept.
type Definition struct {
	Rev       int64  // order of all definitions, from 1
	Stamp     string // names this row for ever; made by who puts it
	Kind      DefinitionKind
	ID        string // of the policy or calendar
	Version   int64  // of it, from 1
	ValidFrom time.Time
	Retired   bool   // this version ends it: it applies to no further ticket
	Origin    Origin // who keeps it up to date
	Body      []byte // JSON of the Policy or Calendar
	By        ticket.AccountID
	CreatedAt time.Time
}

// Origin says who keeps a definition up to date.
type Origin string

// The origins.
const (
	ByHand        Origin = ""       // people, through the API
	ByEnvironment Origin = "config" // the configuration of the program; shown read-only
)

// Row is what a store keeps of a ticket's clocks: the state as JSON, and what lists are filtered by. It is a cache of what Evaluate makes
// of the ticket's events.
type Row struct {
	TicketID ticket.ID
	State    []byte
	// DueAt is the earliest due time of the clocks that run and were not missed so far; zero when none does.
	DueAt time.Time
	// BreachedAt is the earliest due time of the clocks that were missed and still are not stopped; zero when there is none.
	BreachedAt time.Time
	TimerAt    time.Time // what the ticket's timer was set to; zero when there is none
	Open       bool      // a clock is not over
	Promised   bool      // a policy promises something
}

// Outcome is how one clock ended, or that it was missed. Its key is ticket, clock and cycle.
type Outcome struct {
	TicketID      ticket.ID
	Clock         Clock
	Cycle         int
	Met           bool
	At            time.Time // met: when it stopped; missed: when it was due
	Seconds       int64     // of working time at At
	PolicyID      PolicyID
	PolicyVersion int64
	Cause         string // why it was missed if not by lapse of time, e.g. policy_change
}

// Count is a number of outcomes with everything in common.
type Count struct {
	Clock         Clock
	PolicyID      PolicyID
	PolicyVersion int64
	Cause         string
	Met           bool
	N             int64
}
