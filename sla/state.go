package sla

import (
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// ClockState is where a clock stands in its cycle.
type ClockState string

// The states of a clock.
const (
	Idle      ClockState = "idle"      // has not begun; there is no Record yet
	Running   ClockState = "running"   // Due says until when
	Paused    ClockState = "paused"    // Due is nil and Remaining is frozen
	Met       ClockState = "met"       // stopped at Due or before
	Missed    ClockState = "missed"    // over Due; it keeps running until StoppedAt, so that the lateness is known
	Cancelled ClockState = "cancelled" // the ticket ended first: neither met nor missed
)

// CausePolicyChange is the cause of a breach that nobody at the desk made: a change of policy, priority or queue moved the due time into the
// past. Reports can leave it out.
const CausePolicyChange = "policy_change"

// Timer is the name of a ticket's one timer (Tx.SetTimer); its event makes Rules.Apply hand out the steps of the ladder.
const Timer = "sla"

// Record is one cycle of one clock of a ticket: what is kept in a row, keyed by ticket, clock and cycle.
type Record struct {
	Clock Clock      `json:"clock"`
	Cycle int        `json:"cycle"` // from 1
	State ClockState `json:"state"`

	Target      int64      `json:"target"` // seconds promised. 0: nothing is promised, the record only keeps what happened and is not shown
	Start       time.Time  `json:"start"`
	Due         *time.Time `json:"due"`       // nil while paused, and without a target
	SoonAt      *time.Time `json:"-"`         // since when it is pressing: less than a quarter of the target or of 15 minutes of working time is left. Only Service.Page and Service.Ticket say so, of clocks that run and were not missed
	Elapsed     int64      `json:"elapsed"`   // seconds of working time so far, without pauses; up to the end once it has ended
	Remaining   int64      `json:"remaining"` // Target − Elapsed; negative when late
	StoppedAt   *time.Time `json:"stopped_at,omitempty"`
	CancelledAt *time.Time `json:"cancelled_at,omitempty"` // also set on a missed clock that nobody stopped before its ticket ended
	BreachedAt  *time.Time `json:"breached_at,omitempty"`  // Due, or the time of the change when Cause is policy_change
	Cause       string     `json:"cause,omitempty"`

	Pauses      []Interval `json:"pauses,omitempty"` // past ones, in order, without overlap
	PausedSince *time.Time `json:"paused_since,omitempty"`

	PolicyID        PolicyID   `json:"policy_id,omitempty"`
	PolicyVersion   int64      `json:"policy_version,omitempty"`
	CalendarID      CalendarID `json:"calendar_id,omitempty"`
	CalendarVersion int64      `json:"calendar_version,omitempty"`

	// Outdated marks an ended resolution whose ticket has got another priority or queue since: it is chosen anew if it ever continues.
	Outdated bool `json:"outdated,omitempty"`
}

// Open reports whether the cycle has not ended: somebody still has to act, be it late.
func (r *Record) Open() bool { return r.StoppedAt == nil && r.CancelledAt == nil }

// Interval is a half-open span of time, From up to but without To, in UTC.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// TicketState is what the clocks of one ticket remember between events: the fold of its history so far. The zero value is a ticket before
// its first event. It is kept as JSON beside the ticket, and its size does not grow with the number of cycles.
type TicketState struct {
	N  int64     `json:"n"`  // position of the last event in the ticket's chain
	At time.Time `json:"at"` // when that was; never goes back

	Status   ticket.Status   `json:"status"`
	Category ticket.Category `json:"category"`
	Priority ticket.Priority `json:"priority"`
	Queue    ticket.QueueID  `json:"queue_id"`
	Channel  string          `json:"channel"`
	Deleted  bool            `json:"deleted,omitempty"`

	// WaitingSince is when the customer wrote to a ticket that was over; it counts once the ticket comes back.
	WaitingSince *time.Time `json:"waiting_since,omitempty"`

	Records   []Record    `json:"records,omitempty"` // the newest cycle of each clock that has begun
	Delivered []Delivered `json:"delivered,omitempty"`
}

// Delivered is a step of the ladder that was handed out. Together with the ticket it is the key by which a step happens once.
type Delivered struct {
	Clock Clock     `json:"clock"`
	Cycle int       `json:"cycle"`
	Level string    `json:"level"` // "warn_1", "breach", "escalate_2": numbered in the order of the policy
	Due   time.Time `json:"due"`
}

// LevelBreach is the level of the moment at which a target is missed; it happens without any step, so that rows and screens follow.
const LevelBreach = "breach"

// Firing is a step of the ladder whose time has come.
type Firing struct {
	Delivered
	At            time.Time // the instant it was for, which may be long ago after a downtime
	Actions       []Action  // none for LevelBreach
	PolicyID      PolicyID
	PolicyVersion int64
}

// Change is what one event did.
type Change struct {
	// Records are all that were touched, as they stand now, to be kept by clock and cycle in place of what was kept before. One that
	// has lost its target (Target 0) is among them.
	Records []Record
	Fired   []Firing // in order of their instants; only for the event of Timer
}
