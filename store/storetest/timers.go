package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

var timerTests = []test{
	{"JobComesWithItsTransaction", testJobTx},
	{"WaitingJobIsKept", testJobKey},
	{"TimerIsReplaced", testTimer},
	{"TimerFiresOnce", testTimerOnce},
	{"PutOffTimerStillFires", testTimerRetry},
	{"TimerIsReplacedWhileItRuns", testTimerLeased},
	{"DeadTimerIsGone", testTimerDead},
	{"DeadJobs", testDeadJobs},
}

func (d *desk) jobs() []jobs.Job {
	d.t.Helper()
	list, err := d.Jobs.ListJobs(d.t.Context(), jobs.JobFilter{States: []jobs.State{jobs.StatePending, jobs.StateLeased}})
	require.NoError(d.t, err)
	return list
}

func (d *desk) claim(at time.Time) []jobs.Job {
	d.t.Helper()
	list, err := d.Jobs.ClaimJobs(d.t.Context(), []string{ticket.JobTimer, ticket.JobDeliver}, at, time.Minute, 10)
	require.NoError(d.t, err)
	return list
}

func (d *desk) setTimer(id ticket.ID, name string, at time.Time) {
	d.t.Helper()
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.SetTimer(ctx, id, name, at) })
}

func (d *desk) takeTimer(id ticket.ID, name string, at time.Time) (ok bool) {
	d.t.Helper()
	d.update(func(ctx context.Context, tx ticket.Tx) (err error) {
		ok, err = tx.TakeTimer(ctx, id, name, at)
		return err
	})
	return ok
}

func testJobTx(t *testing.T, d *desk) {
	job := ticket.Job{Kind: ticket.JobDeliver, Key: "deliver:1", RunAt: d.now.Add(123 * time.Nanosecond), Payload: ticket.DeliverPayload{MessageID: "m"}}
	require.ErrorIs(t, d.try(func(ctx context.Context, tx ticket.Tx) error {
		require.NoError(t, tx.Enqueue(ctx, job))
		return errAbort
	}), errAbort)
	require.Empty(t, d.jobs())
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.Enqueue(ctx, job) })
	list := d.jobs()
	require.Len(t, list, 1)
	require.Equal(t, ticket.JobDeliver, list[0].Kind)
	require.Equal(t, "deliver:1", list[0].Key)
	require.Equal(t, d.now, list[0].RunAt)
	require.JSONEq(t, `{"message_id":"m"}`, string(list[0].Payload))
	require.True(t, ticket.ValidID(list[0].ID))
}

func testJobKey(t *testing.T, d *desk) {
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for i := range 3 {
			if err := tx.Enqueue(ctx, ticket.Job{Kind: "k", Key: "one", RunAt: d.now.Add(time.Duration(i) * time.Hour), Payload: i}); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, ticket.Job{Kind: "k", RunAt: d.now, Payload: i}); err != nil {
				return err
			}
		}
		return nil
	})
	list := d.jobs()
	require.Len(t, list, 4)
	for _, j := range list {
		if j.Key == "one" {
			require.Equal(t, "0", string(j.Payload))
			require.Equal(t, d.now, j.RunAt)
		}
	}
}

func testTimer(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	first, second := d.now.Add(time.Hour), d.now.Add(2*time.Hour)
	d.setTimer(a.ID, "snooze", first)
	d.setTimer(a.ID, "close", first)
	d.setTimer(b.ID, "snooze", first)
	d.setTimer(a.ID, "snooze", second)
	due := d.claim(first)
	require.Len(t, due, 2)
	got := map[ticket.TimerPayload]bool{}
	for _, j := range due {
		var p ticket.TimerPayload
		require.NoError(t, json.Unmarshal(j.Payload, &p))
		got[p] = true
	}
	require.Equal(t, map[ticket.TimerPayload]bool{
		{TicketID: a.ID, Name: "close", At: first}: true, {TicketID: b.ID, Name: "snooze", At: first}: true,
	}, got)
	d.setTimer(a.ID, "snooze", time.Time{})
	d.setTimer(a.ID, "never set", time.Time{})
	for _, j := range d.jobs() {
		require.NotEqual(t, second, j.RunAt, "removed")
	}
}

func testTimerOnce(t *testing.T, d *desk) {
	tk := d.ticket()
	at := d.now.Add(time.Hour)
	require.False(t, d.takeTimer(tk.ID, "x", at), "never set")
	d.setTimer(tk.ID, "x", at.Add(999*time.Nanosecond))
	require.False(t, d.takeTimer(tk.ID, "x", at.Add(time.Microsecond)), "another instant")
	require.False(t, d.takeTimer(tk.ID, "y", at), "another name")
	require.False(t, d.takeTimer(ticket.ID(d.id()), "x", at), "another ticket")
	require.ErrorIs(t, d.try(func(ctx context.Context, tx ticket.Tx) error {
		ok, err := tx.TakeTimer(ctx, tk.ID, "x", at)
		require.NoError(t, err)
		require.True(t, ok)
		ok, err = tx.TakeTimer(ctx, tk.ID, "x", at)
		require.NoError(t, err)
		require.False(t, ok)
		return errAbort
	}), errAbort)
	require.True(t, d.takeTimer(tk.ID, "x", at.In(time.FixedZone("z", 7200))), "the same instant; it was rolled back before")
	require.False(t, d.takeTimer(tk.ID, "x", at))
	require.Empty(t, d.jobs())
}

// testTimerRetry: a run that failed puts its job off; the timer is still the one that was set.
func testTimerRetry(t *testing.T, d *desk) {
	tk := d.ticket()
	at := d.now
	d.setTimer(tk.ID, "x", at)
	job := d.claim(at)[0]
	require.NoError(t, d.Jobs.RetryJob(t.Context(), job.ID, job.LeaseToken, at.Add(time.Hour), "database was away"))
	again := d.claim(at.Add(time.Hour))
	require.Len(t, again, 1)
	var p ticket.TimerPayload
	require.NoError(t, json.Unmarshal(again[0].Payload, &p))
	require.True(t, d.takeTimer(p.TicketID, p.Name, p.At))
	require.ErrorIs(t, d.Jobs.CompleteJob(t.Context(), again[0].ID, again[0].LeaseToken, at), jobs.ErrLeaseLost, "the job went with the timer")
}

func testTimerLeased(t *testing.T, d *desk) {
	tk := d.ticket()
	d.setTimer(tk.ID, "x", d.now)
	job := d.claim(d.now)[0]
	later := d.now.Add(time.Hour)
	d.setTimer(tk.ID, "x", later)
	require.ErrorIs(t, d.Jobs.CompleteJob(t.Context(), job.ID, job.LeaseToken, d.now), jobs.ErrLeaseLost)
	require.Len(t, d.claim(later), 1, "the new one is not lost")
	require.False(t, d.takeTimer(tk.ID, "x", d.now))
	require.True(t, d.takeTimer(tk.ID, "x", later))
}

func testTimerDead(t *testing.T, d *desk) {
	tk := d.ticket()
	d.setTimer(tk.ID, "x", d.now)
	job := d.claim(d.now)[0]
	require.NoError(t, d.Jobs.BuryJob(t.Context(), job.ID, job.LeaseToken, "broken", d.now))
	require.False(t, d.takeTimer(tk.ID, "x", d.now))
	d.setTimer(tk.ID, "x", d.now)
	require.True(t, d.takeTimer(tk.ID, "x", d.now))
}

// testDeadJobs: what was given up is listed, and retried or dropped in a transaction.
func testDeadJobs(t *testing.T, d *desk) {
	ctx := t.Context()
	bury := func(key string) string {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.Enqueue(ctx, ticket.Job{Kind: ticket.JobDeliver, Key: key, RunAt: d.now, Payload: "secret"})
		})
		job := d.claim(d.now)[0]
		require.NoError(t, d.Jobs.BuryJob(ctx, job.ID, job.LeaseToken, "mailbox full", d.now))
		return job.ID
	}
	retry := func(id string) (j *ticket.JobInfo, err error) {
		err = d.try(func(ctx context.Context, tx ticket.Tx) error {
			j, err = tx.RetryDead(ctx, id, d.now.Add(time.Hour))
			return err
		})
		return j, err
	}
	one, two := bury("a"), bury("b")
	list, err := d.Store.ListedJobs(ctx, ticket.JobQuery{States: []ticket.JobState{ticket.JobDead}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, ticket.JobInfo{ID: one, Kind: ticket.JobDeliver, State: ticket.JobDead, RunAt: d.now, Attempt: 1, LastError: "mailbox full", FinishedAt: d.now}, list[0])
	list, err = d.Store.ListedJobs(ctx, ticket.JobQuery{After: one, Kinds: []string{ticket.JobDeliver}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)

	require.ErrorIs(t, d.try(func(ctx context.Context, tx ticket.Tx) error {
		_, err := tx.RetryDead(ctx, one, d.now)
		require.NoError(t, err)
		_, err = tx.DropDead(ctx, two)
		require.NoError(t, err)
		return errAbort
	}), errAbort)
	j, err := retry(one)
	require.NoError(t, err, "the transaction before came to nothing")
	require.Equal(t, ticket.JobPending, j.State)
	require.Equal(t, d.now.Add(time.Hour), j.RunAt)
	require.Zero(t, j.Attempt)
	_, err = retry(one)
	requireKind(t, ticket.Conflict, err)
	_, err = retry(d.id())
	requireKind(t, ticket.NotFound, err)
	require.Len(t, d.claim(d.now.Add(time.Hour)), 1)

	bury("b")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.Enqueue(ctx, ticket.Job{Kind: ticket.JobDeliver, Key: "b", RunAt: d.now})
	})
	_, err = retry(two)
	requireKind(t, ticket.Conflict, err, "another one has taken its place")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		_, err := tx.DropDead(ctx, two)
		return err
	})
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
		_, err := tx.DropDead(ctx, two)
		return err
	}))
}
