package jobstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

func testNext(t *testing.T, b *bench) {
	next := func(kinds ...string) (time.Time, bool) {
		at, ok, err := b.NextJobAt(t.Context(), kinds)
		require.NoError(t, err)
		return at, ok
	}
	_, ok := next("k")
	require.False(t, ok, "empty")
	b.add("late", at(b.now.Add(2*time.Hour)))
	b.add("soon", at(b.now.Add(time.Hour)))
	b.add("other", withKind("other"), at(b.now.Add(-time.Hour)))
	_, ok = next()
	require.False(t, ok, "no kinds")
	got, ok := next("k")
	require.True(t, ok)
	require.Equal(t, b.now.Add(time.Hour), got)
	got, _ = next("k", "other")
	require.Equal(t, b.now.Add(-time.Hour), got, "may be in the past")

	b.add("now")
	job := b.claim1()
	got, ok = next("k")
	require.True(t, ok)
	require.WithinDuration(t, b.now.Add(time.Minute), got, 30*time.Second, "the end of a lease counts")
	require.NoError(t, b.CompleteJob(t.Context(), job.ID, job.LeaseToken, b.now))
	got, _ = next("k")
	require.Equal(t, b.now.Add(time.Hour), got, "done jobs do not count")
	b.add("dead")
	job = b.claim1()
	require.NoError(t, b.BuryJob(t.Context(), job.ID, job.LeaseToken, "x", b.now))
	got, _ = next("k")
	require.Equal(t, b.now.Add(time.Hour), got, "dead jobs do not count")
}

func testList(t *testing.T, b *bench) {
	list := func(f jobs.JobFilter) []string {
		got, err := b.ListJobs(t.Context(), f)
		require.NoError(t, err)
		return ids(got)
	}
	require.Empty(t, list(jobs.JobFilter{}))
	b.add("a")
	require.NoError(t, b.CompleteJob(t.Context(), "a", b.claim1().LeaseToken, b.now))
	b.add("b")
	require.NoError(t, b.BuryJob(t.Context(), "b", b.claim1().LeaseToken, "x", b.now))
	b.add("c")
	b.claim1()
	b.add("d")
	b.add("e", withKind("other"))
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, list(jobs.JobFilter{}))
	require.Equal(t, []string{"b"}, list(jobs.JobFilter{States: []jobs.State{jobs.StateDead}}))
	require.Equal(t, []string{"a", "c"}, list(jobs.JobFilter{States: []jobs.State{jobs.StateDone, jobs.StateLeased}}))
	require.Equal(t, []string{"d"}, list(jobs.JobFilter{States: []jobs.State{jobs.StatePending}, Kinds: []string{"k"}}))
	require.Equal(t, []string{"e"}, list(jobs.JobFilter{Kinds: []string{"other", "unknown"}}))
	require.Equal(t, []string{"a", "b"}, list(jobs.JobFilter{Limit: 2}))
	require.Equal(t, []string{"c", "d"}, list(jobs.JobFilter{Limit: 2, After: "b"}))
	require.Empty(t, list(jobs.JobFilter{After: "e"}))

	for i := range 120 {
		b.add(fmt.Sprintf("x%03d", i), at(b.now.Add(time.Hour)))
	}
	require.Len(t, list(jobs.JobFilter{}), 100, "the default page")
	require.Len(t, list(jobs.JobFilter{Limit: 5000}), 125)
	require.Len(t, list(jobs.JobFilter{After: "x100", Limit: -1}), 19)
}

func testRevive(t *testing.T, b *bench) {
	b.add("a", withKey("key"))
	require.ErrorIs(t, b.ReviveJob(t.Context(), "a", b.now), jobs.ErrNotDead, "pending")
	job := b.claim1()
	require.ErrorIs(t, b.ReviveJob(t.Context(), "a", b.now), jobs.ErrNotDead, "leased")
	require.ErrorIs(t, b.ReviveJob(t.Context(), "nobody", b.now), jobs.ErrNotFound)
	require.NoError(t, b.BuryJob(t.Context(), "a", job.LeaseToken, "mailbox full", b.now))

	b.add("b", withKey("key"))
	require.ErrorIs(t, b.ReviveJob(t.Context(), "a", b.now), jobs.ErrKeyTaken)
	require.Equal(t, jobs.StateDead, b.get("a").State)
	require.NoError(t, b.CompleteJob(t.Context(), "b", b.claim1().LeaseToken, b.now))
	require.ErrorIs(t, b.ReviveJob(t.Context(), "b", b.now), jobs.ErrNotDead, "done")

	now := b.now.Add(time.Hour)
	require.NoError(t, b.ReviveJob(t.Context(), "a", now))
	want := job
	want.State, want.RunAt, want.Attempt, want.LastError, want.LeaseToken, want.LeaseUntil = jobs.StatePending, now, 0, "mailbox full", "", time.Time{}
	require.Equal(t, want, b.get("a"))
	require.ErrorIs(t, b.RetryJob(t.Context(), "a", job.LeaseToken, now, "x"), jobs.ErrLeaseLost, "the old token is worth nothing")
	b.add("c", withKey("key"))
	got := b.claimAt(now, time.Minute)
	require.Equal(t, []string{"a"}, ids(got), "a revived job has its key again")
	require.Equal(t, 1, got[0].Attempt)
}

func testPrune(t *testing.T, b *bench) {
	prune := func(before time.Time, limit int) int {
		n, err := b.PruneJobs(t.Context(), before, limit)
		require.NoError(t, err)
		return n
	}
	for i := range 5 {
		b.add(fmt.Sprint("done", i))
		require.NoError(t, b.CompleteJob(t.Context(), fmt.Sprint("done", i), b.claim1().LeaseToken, b.now.Add(time.Duration(i)*time.Hour)))
	}
	b.add("dead")
	require.NoError(t, b.BuryJob(t.Context(), "dead", b.claim1().LeaseToken, "x", b.now))
	b.add("leased")
	b.claim1()
	b.add("pending")
	later := b.now.Add(4 * time.Hour)
	require.Zero(t, prune(b.now, 10), "done at that instant, not before")
	require.Zero(t, prune(later, 0))
	require.Equal(t, 3, prune(later, 3))
	require.Equal(t, 1, prune(later, 10), "the fifth was done at that instant")
	got, err := b.ListJobs(t.Context(), jobs.JobFilter{})
	require.NoError(t, err)
	require.Equal(t, []string{"dead", "done4", "leased", "pending"}, ids(got))
	b.add("done0")
	require.Equal(t, jobs.StatePending, b.get("done0").State, "the id may be used again")
}
