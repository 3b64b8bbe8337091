package tickettest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// deadJob is a job that was given up.
type deadJob struct {
	job  Job
	info ticket.JobInfo
}

// KillJob gives a waiting job up, as the worker does after too many attempts, and returns the id under which it is listed from then on.
func (s *Store) KillJob(key, reason string, now time.Time) (id string) {
	s.write.Lock()
	defer s.write.Unlock()
	d := s.snapshot().clone()
	j := d.jobs[key]
	delete(d.jobs, key)
	id = ticket.NewID(now)
	d.dead[id] = deadJob{j, ticket.JobInfo{ID: id, Kind: j.Kind, State: ticket.JobDead, RunAt: j.RunAt, Attempt: 1, LastError: reason, FinishedAt: now}}
	s.mu.Lock()
	s.data = d
	s.mu.Unlock()
	return id
}

// ListedJobs lists a waiting job by its key: here jobs have no other id until they are dead.
func (r reader) ListedJobs(_ context.Context, q ticket.JobQuery) (out []ticket.JobInfo, _ error) {
	all := []ticket.JobInfo{}
	for _, j := range r.d.jobs {
		all = append(all, ticket.JobInfo{ID: j.Key, Kind: j.Kind, State: ticket.JobPending, RunAt: j.RunAt})
	}
	for _, j := range r.d.dead {
		all = append(all, j.info)
	}
	slices.SortFunc(all, func(a, b ticket.JobInfo) int { return cmp.Compare(a.ID, b.ID) })
	for _, j := range all {
		if (len(q.Kinds) == 0 || slices.Contains(q.Kinds, j.Kind)) && (len(q.States) == 0 || slices.Contains(q.States, j.State)) && j.ID > q.After && len(out) < q.Limit {
			out = append(out, j)
		}
	}
	return out, nil
}

func (t *writer) takeDead(id string) (deadJob, error) {
	j, ok := t.d.dead[id]
	if ok {
		t.d.dead = maps.Clone(t.d.dead)
		delete(t.d.dead, id)
		return j, nil
	}
	if _, waits := t.d.jobs[id]; waits {
		return j, ticket.Errorf(ticket.Conflict, "the job was not given up")
	}
	return j, missing("the job")
}

func (t *writer) RetryDead(_ context.Context, id string, now time.Time) (*ticket.JobInfo, error) {
	if _, waits := t.d.jobs[t.d.dead[id].job.Key]; waits {
		return nil, ticket.Errorf(ticket.Conflict, "another job of the same purpose waits already")
	}
	j, err := t.takeDead(id)
	if err != nil {
		return nil, err
	}
	j.job.RunAt = now
	t.d.jobs[j.job.Key] = j.job
	j.info.State, j.info.RunAt, j.info.Attempt, j.info.FinishedAt = ticket.JobPending, now, 0, time.Time{}
	return &j.info, nil
}

func (t *writer) DropDead(_ context.Context, id string) (*ticket.JobInfo, error) {
	j, err := t.takeDead(id)
	if err != nil {
		return nil, err
	}
	return &j.info, nil
}

func (x *tx) ListedJobs(ctx context.Context, q ticket.JobQuery) ([]ticket.JobInfo, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.ListedJobs(ctx, q)
	return v0, x.leave(err)
}

func (x *tx) RetryDead(ctx context.Context, id string, now time.Time) (*ticket.JobInfo, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.RetryDead(ctx, id, now)
	return v0, x.leave(err)
}

func (x *tx) DropDead(ctx context.Context, id string) (*ticket.JobInfo, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.DropDead(ctx, id)
	return v0, x.leave(err)
}

// ListedJobs is described at ticket.JobReader.
func (st *Store) ListedJobs(ctx context.Context, q ticket.JobQuery) ([]ticket.JobInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().ListedJobs(ctx, q)
}
