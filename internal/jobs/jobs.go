// Package jobs runs what must happen later: deliveries (outbox), timers and scheduled work. All of it lies in one
// table, written in the transaction of the change that asked for it, and is worked off by Runners, any number of
// them on any number of machines. Which runner works on a job is decided by a lease alone.
//
// A job runs at least once. It runs again when its runner died, or when it could not record the end, so handlers
// must make a repeat harmless, for example by using Job.ID as the idempotency key of what they send.
package jobs

import (
	"context"
	"errors"
	"time"
)

// State says where a job stands.
type State string

// The states of a job. A pending or leased job is called live; done and dead ones only change by ReviveJob.
const (
	StatePending State = "pending" // waits for RunAt
	StateLeased  State = "leased"  // a runner works on it, or died doing so: see LeaseUntil
	StateDone    State = "done"    // finished
	StateDead    State = "dead"    // given up; stays until somebody revives or deletes it
)

// Job is one row. Times are UTC and hold microseconds.
type Job struct {
	// ID is unique over all jobs, whatever their state. Empty when enqueued means a new UUIDv7. A caller that sets it
	// gets "at most once ever, as long as the row is kept": kind@scheduled_time does that for scheduled work.
	ID string
	// Kind selects the handler.
	Kind string
	// Key, if not empty, is unique over all live jobs: "at most one at a time". It may be used again once the job is done or
	// dead.
	Key string
	// RunAt is the earliest time to run. It must be set.
	RunAt time.Time
	// Attempt counts the claims so far, so that a crash counts as well. Handlers see 1 in the first run.
	Attempt int
	// MaxAttempts is the number of runs after which the job is dead; 0 means the Runner's number.
	MaxAttempts int
	// Payload is JSON; empty when enqueued means null.
	Payload []byte
	// LeaseToken is the proof of the present claim; empty unless leased. Each claim makes a new one.
	LeaseToken string
	// LeaseUntil is when others may claim the job; zero unless leased.
	LeaseUntil time.Time
	// LastError is the text of the latest failure; it stays when a later run succeeds.
	LastError string
	// State is set by the store; what an enqueued job says is ignored.
	State State
	// FinishedAt is when the job became done or dead; zero while it is live.
	FinishedAt time.Time
}

// Errors of a Store, to be tested with errors.Is.
var (
	// ErrLeaseLost: the job is not leased under this token any more (or does not exist). Nothing was changed.
	ErrLeaseLost = errors.New("jobs: lease lost")
	// ErrNotFound: there is no job with this ID.
	ErrNotFound = errors.New("jobs: no such job")
	// ErrNotDead: only a dead job can be revived.
	ErrNotDead = errors.New("jobs: job is not dead")
	// ErrKeyTaken: a live job has the Key of the dead job that should be revived.
	ErrKeyTaken = errors.New("jobs: another live job has this key")
	// ErrInvalid: Prepare refused the job.
	ErrInvalid = errors.New("jobs: invalid job")
)

// Store is the port to the table. All methods are safe for concurrent use, are atomic, and return an error without
// having changed anything when ctx was done before the call. Any other error may be temporary; the Runner
// tries again. Jobs returned and passed are copies: neither side sees later changes of the other.
//
// Times given as now, at and until come from the caller's clock. A store that several machines share may measure leases
// with its server's clock instead, taking the distance until−now as the length; RunAt is always compared with now.
//
// IDs, kinds and keys are equal, and IDs are ordered, byte by byte, whatever collation the database prefers.
//
// Package jobstest holds an in-memory Store and the suite that every Store passes.
type Store interface {
	// EnqueueJob adds a pending job, after Prepare. It returns nil and changes nothing when a job with the same ID
	// exists in any state, or a live one with the same non-empty Key; then the existing job keeps its RunAt and Payload.
	// A job that is being worked on counts too. So a handler that has to see changes made while it runs needs a Key that names
	// the change, or none.
	EnqueueJob(ctx context.Context, job Job) error

	// ClaimJobs leases up to limit due jobs of the given kinds to the caller and returns them in order of RunAt, then
	// ID. Due are pending jobs with RunAt ≤ now and leased ones with LeaseUntil ≤ now. Each gets a fresh LeaseToken,
	// LeaseUntil = now+lease and Attempt+1. Two calls never return the same job under valid leases, whatever their
	// timing; under contention a call may return fewer jobs than are due. No kinds or a limit below 1 give none.
	ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]Job, error)

	// CompleteJob makes a leased job done. The token alone counts: a lease that has run out but that nobody
	// claimed is still good. That and ErrLeaseLost hold for the following four methods too.
	CompleteJob(ctx context.Context, id, token string, now time.Time) error

	// RetryJob makes a leased job pending again, due at at, and records reason as LastError.
	RetryJob(ctx context.Context, id, token string, at time.Time, reason string) error

	// ReleaseJob makes a leased job pending again, due at at, as if this claim had not been: Attempt is decremented and
	// LastError stays.
	ReleaseJob(ctx context.Context, id, token string, at time.Time) error

	// BuryJob makes a leased job dead and records reason as LastError.
	BuryJob(ctx context.Context, id, token, reason string, now time.Time) error

	// ExtendJob moves the end of a lease to until.
	ExtendJob(ctx context.Context, id, token string, until time.Time) error

	// NextJobAt returns when ClaimJobs can next find something of these kinds, which may be in the past: the earliest RunAt of
	// the pending and LeaseUntil of the leased jobs. ok is false when there is neither.
	NextJobAt(ctx context.Context, kinds []string) (at time.Time, ok bool, err error)

	// ListJobs returns jobs in order of ID.
	ListJobs(ctx context.Context, filter JobFilter) ([]Job, error)

	// ReviveJob makes a dead job pending, due now, with all attempts before it; LastError stays. Errors:
	// ErrNotFound, ErrNotDead, ErrKeyTaken.
	ReviveJob(ctx context.Context, id string, now time.Time) error

	// PruneJobs removes up to limit jobs that were done before before and tells how many. With a done job goes the memory that its ID
	// was used. Dead jobs stay. A limit below 1 removes none.
	PruneJobs(ctx context.Context, before time.Time, limit int) (int, error)
}

// JobFilter selects jobs to list. The zero value selects the first hundred of all.
type JobFilter struct {
	Kinds  []string // none means all
	States []State  // none means all
	After  string   // only IDs behind this one: the last ID of the page before
	Limit  int      // below 1 means 100; at most 1000 are returned
}

// PageSize returns the number of jobs that Limit stands for.
func (f JobFilter) PageSize() int {
	if f.Limit < 1 {
		return 100
	}
	return min(f.Limit, 1000)
}
