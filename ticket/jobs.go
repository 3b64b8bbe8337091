package ticket

import (
	"context"
	"time"
)

// Events of the desk's own chain about what the program could not do by itself.
const (
	EventJobRetried    EventType = "job.retried"    // [job_id kind]
	EventJobDropped    EventType = "job.dropped"    // [job_id kind]
	EventParkedRetried EventType = "parked.retried" // [parked_id channel]
	EventParkedDeleted EventType = "parked.deleted" // [parked_id channel]
)

// JobState says where a job stands.
type JobState string

// The states of a job.
const (
	JobPending JobState = "pending" // waits for its time
	JobLeased  JobState = "leased"  // somebody works on it
	JobDone    JobState = "done"
	JobDead    JobState = "dead" // given up; stays until somebody retries or drops it
)

// JobInfo is what an administrator sees of a job. What it is about stays inside.
type JobInfo struct {
	ID         string
	Kind       string
	State      JobState
	RunAt      time.Time
	Attempt    int
	LastError  string
	FinishedAt time.Time // zero while it waits or runs
}

// JobQuery selects jobs in order of their ids. Empty lists select all.
type JobQuery struct {
	Kinds  []string
	States []JobState
	After  string // only greater ids
	Limit  int    // 1 to MaxLimit; 0 is 50
}

// JobReader and JobTx are the parts of Reader and Tx for jobs as people look after them; the worker has a port of its own.
type (
	JobReader interface {
		// ListedJobs gives at most q.Limit jobs.
		ListedJobs(ctx context.Context, q JobQuery) ([]JobInfo, error)
	}
	JobTx interface {
		// RetryDead makes a dead job due at now with all its attempts before it, and gives it. NotFound: there is none; Conflict: it is not
		// dead, or another one has taken its place.
		RetryDead(ctx context.Context, id string, now time.Time) (*JobInfo, error)
		// DropDead removes a dead job and gives what it was, with the same errors.
		DropDead(ctx context.Context, id string) (*JobInfo, error)
	}
)

// Jobs lists jobs. The actor needs job:manage everywhere, as for the two methods below.
func (s *Service) Jobs(ctx context.Context, a Actor, q JobQuery) ([]JobInfo, error) {
	if err := s.manages(ctx, s.cfg.Store, a); err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > MaxLimit+1 {
		return nil, InvalidField("limit", "must be between 1 and %d", MaxLimit)
	}
	for _, st := range q.States {
		switch st {
		case JobPending, JobLeased, JobDone, JobDead:
		default:
			return nil, InvalidField("state", "unknown state %q", string(st))
		}
	}
	return s.cfg.Store.ListedJobs(ctx, q)
}

// RetryJob lets a dead job run again, now.
func (s *Service) RetryJob(ctx context.Context, a Actor, id string) error {
	now := s.now()
	err := s.onJob(ctx, a, EventJobRetried, func(tx Tx) (*JobInfo, error) { return tx.RetryDead(ctx, id, now) })
	if err == nil {
		s.wake()
	}
	return err
}

// DropJob removes a dead job for good.
func (s *Service) DropJob(ctx context.Context, a Actor, id string) error {
	return s.onJob(ctx, a, EventJobDropped, func(tx Tx) (*JobInfo, error) { return tx.DropDead(ctx, id) })
}

func (s *Service) onJob(ctx context.Context, a Actor, typ EventType, fn func(Tx) (*JobInfo, error)) error {
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if err := s.manages(ctx, tx, a); err != nil {
			return err
		}
		j, err := fn(tx)
		if err != nil {
			return err
		}
		now := s.now()
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: typ, Actor: eventActor(a), At: now,
			Data: encode(data{"job_id": j.ID, "kind": j.Kind})})
	})
}

// manages asks for job:manage. Jobs belong to no queue, so nothing less than the whole desk will do.
func (s *Service) manages(ctx context.Context, r Reader, a Actor) error {
	g, err := s.grant(ctx, r, a, OpJobManage)
	if err == nil && !g.All {
		err = &Error{Kind: Denied, Op: string(OpJobManage), Msg: "the permission job:manage must reach the whole desk"}
	}
	return err
}

// RecordParked notes on the desk's chain that an actor retried or deleted an item that could not become a ticket; typ is EventParkedRetried
// or EventParkedDeleted. It needs parked:retry. Package adapters calls it, which keeps those items.
func (s *Service) RecordParked(ctx context.Context, a Actor, typ EventType, id, channel string) error {
	if typ != EventParkedRetried && typ != EventParkedDeleted {
		return Errorf(Internal, "%s says nothing about a parked item", typ)
	}
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpParkedRetry); err != nil {
			return err
		}
		now := s.now()
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: typ, Actor: eventActor(a), At: now,
			Data: encode(data{"parked_id": id, "channel": channel})})
	})
}
