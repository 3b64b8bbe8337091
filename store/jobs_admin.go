package store

import (
	"context"
	"errors"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// ListedJobs implements ticket.JobReader.
func (r reader) ListedJobs(ctx context.Context, q ticket.JobQuery) ([]ticket.JobInfo, error) {
	f := jobs.JobFilter{Kinds: q.Kinds, After: q.After, Limit: q.Limit}
	for _, st := range q.States {
		f.States = append(f.States, jobs.State(st))
	}
	list, err := r.listJobs(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]ticket.JobInfo, len(list))
	for i := range list {
		out[i] = jobInfo(&list[i])
	}
	return out, nil
}

func jobInfo(j *jobs.Job) ticket.JobInfo {
	return ticket.JobInfo{ID: j.ID, Kind: j.Kind, State: ticket.JobState(j.State), RunAt: j.RunAt, Attempt: j.Attempt, LastError: j.LastError,
		FinishedAt: j.FinishedAt}
}

// dead gives a job that was given up.
func (tx *Tx) dead(ctx context.Context, id string) (*jobs.Job, error) {
	list, err := tx.jobs(ctx, "SELECT "+tx.s.tables.jobs.of("j")+" FROM {jobs} j WHERE j.id = ?", []any{id})
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, notFound("job")
	case list[0].State != jobs.StateDead:
		return nil, ticket.Errorf(ticket.Conflict, "the job was not given up: it is %s", list[0].State)
	}
	return &list[0], nil
}

// RetryDead implements ticket.JobTx. Whether a live job has its key is asked first, for a violated uniqueness would end the
// transaction; who comes between meets just that.
func (tx *Tx) RetryDead(ctx context.Context, id string, now time.Time) (*ticket.JobInfo, error) {
	j, err := tx.dead(ctx, id)
	if err != nil {
		return nil, err
	}
	const taken = "another job of the same purpose waits or runs already"
	var other string
	if found, err := tx.h.one(ctx, tx.s.text("SELECT id FROM {jobs} WHERE live_key = ?"), []any{j.Key}, &other); err != nil || found && j.Key != "" {
		return nil, errors.Join(err, ticket.Errorf(ticket.Conflict, taken))
	}
	var key *string
	if j.Key != "" {
		key = &j.Key
	}
	j.State, j.RunAt, j.Attempt, j.FinishedAt = jobs.StatePending, jobs.Instant(now), 0, time.Time{}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {jobs} SET state = 'pending', run_at = ?, attempt = 0, finished_at = 0, live_key = ?"+
		" WHERE id = ? AND state = 'dead'"), toMicros(j.RunAt), key, id)
	if err != nil {
		return nil, conflict(err, "", taken)
	}
	if n == 0 {
		return nil, ticket.Errorf(ticket.Conflict, "the job was retried already")
	}
	info := jobInfo(j)
	return &info, nil
}

// DropDead implements ticket.JobTx.
func (tx *Tx) DropDead(ctx context.Context, id string) (*ticket.JobInfo, error) {
	j, err := tx.dead(ctx, id)
	if err != nil {
		return nil, err
	}
	n, err := tx.h.affected(ctx, tx.s.text("DELETE FROM {jobs} WHERE id = ? AND state = 'dead'"), id)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ticket.Errorf(ticket.Conflict, "the job was retried or dropped already")
	}
	info := jobInfo(j)
	return &info, nil
}
