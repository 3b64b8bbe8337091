package jobstest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

// Run checks that a Store keeps the contract of jobs.Store. newStore returns an empty store that no other test
// sees; it is called once for each of the parallel subtests and registers its own cleanup on t.
//
// Leases are tested without sleeping and so that both a store that measures them with the caller's clock and one that uses
// its server's clock pass.
func Run(t *testing.T, newStore func(t *testing.T) jobs.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"EnqueueKeepsWhatItIsGiven", testEnqueue},
		{"EnqueueRefusesInvalidJobs", testEnqueueInvalid},
		{"SameKeyWhileLiveIsKept", testKey},
		{"SameIDIsKeptForEver", testSameID},
		{"ClaimLeases", testClaim},
		{"ClaimOrderAndLimit", testOrder},
		{"ClaimKinds", testKinds},
		{"ExpiredLeaseIsClaimedAgain", testExpired},
		{"OldTokenIsRefused", testOldToken},
		{"ExpiredButUnclaimedLeaseIsGood", testExpiredOwner},
		{"Complete", testComplete},
		{"Retry", testRetry},
		{"Release", testRelease},
		{"Bury", testBury},
		{"Extend", testExtend},
		{"Reasons", testReasons},
		{"NextJobAt", testNext},
		{"List", testList},
		{"Revive", testRevive},
		{"Prune", testPrune},
		{"DoneContextChangesNothing", testContext},
		{"ClaimsAreExclusive", testConcurrentClaims},
		{"ConcurrentEnqueueWithOneKey", testConcurrentEnqueue},
		{"OneEndPerClaim", testConcurrentEnd},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, &bench{t: t, Store: newStore(t), now: jobs.Instant(time.Now())})
		})
	}
}

// bench is a store with the shortcuts that the tests need.
type bench struct {
	jobs.Store
	t   *testing.T
	now time.Time
}

// add enqueues a job of kind "k" that is due.
func (b *bench) add(id string, change ...func(*jobs.Job)) {
	b.t.Helper()
	j := jobs.Job{ID: id, Kind: "k", RunAt: b.now.Add(-time.Second), Payload: []byte(`{"n":1}`)}
	for _, f := range change {
		f(&j)
	}
	require.NoError(b.t, b.EnqueueJob(b.t.Context(), j))
}

// claim takes all that is due of kind "k" for a minute.
func (b *bench) claim() []jobs.Job {
	b.t.Helper()
	return b.claimAt(b.now, time.Minute)
}

func (b *bench) claimAt(now time.Time, lease time.Duration) []jobs.Job {
	b.t.Helper()
	got, err := b.ClaimJobs(b.t.Context(), []string{"k"}, now, lease, 100)
	require.NoError(b.t, err)
	return got
}

// claim1 expects that exactly one job is due.
func (b *bench) claim1() jobs.Job {
	b.t.Helper()
	got := b.claim()
	require.Len(b.t, got, 1)
	return got[0]
}

// expire claims the one due job under a lease that is over when it returns, by any clock.
func (b *bench) expire() (old, fresh jobs.Job) {
	b.t.Helper()
	const short = 20 * time.Millisecond
	got := b.claimAt(b.now, short)
	require.Len(b.t, got, 1)
	require.EventuallyWithT(b.t, func(c *assert.CollectT) {
		again, err := b.ClaimJobs(b.t.Context(), []string{"k"}, b.now.Add(short), time.Minute, 100)
		require.NoError(c, err)
		require.Len(c, again, 1)
		fresh = again[0]
	}, 2*time.Minute, short)
	return got[0], fresh
}

// get finds a job by its ID.
func (b *bench) get(id string) jobs.Job {
	b.t.Helper()
	all, err := b.ListJobs(b.t.Context(), jobs.JobFilter{})
	require.NoError(b.t, err)
	for _, j := range all {
		if j.ID == id {
			return j
		}
	}
	require.Fail(b.t, "no job "+id)
	return jobs.Job{}
}

func ids(list []jobs.Job) []string {
	out := []string{}
	for _, j := range list {
		out = append(out, j.ID)
	}
	return out
}

func withKey(key string) func(*jobs.Job) { return func(j *jobs.Job) { j.Key = key } }

func withKind(kind string) func(*jobs.Job) { return func(j *jobs.Job) { j.Kind = kind } }

func at(t time.Time) func(*jobs.Job) { return func(j *jobs.Job) { j.RunAt = t } }

func testEnqueue(t *testing.T, b *bench) {
	zone := time.FixedZone("elsewhere", 2*3600)
	runAt := b.now.Add(time.Hour)
	payload := []byte(`{"text":"Grüße 🎫 \"quoted\" \\ \u0000","list":[1,2.5,null,true]}`)
	in := jobs.Job{
		ID: "job/1@2026-11-22T10:00:00Z", Kind: "k", Key: "Ticket:42:größe", RunAt: runAt.In(zone).Add(999), MaxAttempts: 7, Payload: payload,
		Attempt: 5, LeaseToken: "x", LeaseUntil: b.now, LastError: "x", State: jobs.StateDead, FinishedAt: b.now,
	}
	require.NoError(t, b.EnqueueJob(t.Context(), in))
	want := jobs.Job{ID: in.ID, Kind: "k", Key: in.Key, RunAt: runAt, MaxAttempts: 7, Payload: []byte(string(payload)), State: jobs.StatePending}
	clear(payload)
	require.Equal(t, want, b.get(in.ID))

	require.NoError(t, b.EnqueueJob(t.Context(), jobs.Job{Kind: "k", RunAt: b.now}))
	made := b.claim1()
	require.Len(t, made.ID, 36, "a new UUID")
	require.Equal(t, "null", string(made.Payload))
	require.Empty(t, made.Key)
}

func testEnqueueInvalid(t *testing.T, b *bench) {
	for name, j := range map[string]jobs.Job{
		"no kind":         {RunAt: b.now},
		"no time":         {Kind: "k"},
		"payload":         {Kind: "k", RunAt: b.now, Payload: []byte("{")},
		"NUL in the key":  {Kind: "k", RunAt: b.now, Key: "a\x00b"},
		"key is too long": {Kind: "k", RunAt: b.now, Key: string(make([]byte, jobs.MaxKey+1))},
	} {
		require.ErrorIs(t, b.EnqueueJob(t.Context(), j), jobs.ErrInvalid, name)
	}
	require.Empty(t, b.claim())
}

func testKey(t *testing.T, b *bench) {
	later := func(j *jobs.Job) { j.RunAt, j.Payload = b.now.Add(time.Hour), []byte(`2`) }
	b.add("a", withKey("key"))
	first := b.get("a")
	b.add("b", withKey("key"), later)
	require.Equal(t, first, b.get("a"), "the pending job keeps its time and payload")
	b.add("other case", withKey("KEY"), later)
	b.add("no key 1", later)
	b.add("no key 2", later)

	leased := b.claim1()
	require.Equal(t, "a", leased.ID)
	b.add("c", withKey("key"))
	require.Empty(t, b.claim(), "a leased job keeps the key too")

	require.NoError(t, b.CompleteJob(t.Context(), "a", leased.LeaseToken, b.now))
	b.add("d", withKey("key"))
	leased = b.claim1()
	require.Equal(t, "d", leased.ID, "a done job gives the key free")
	require.NoError(t, b.BuryJob(t.Context(), "d", leased.LeaseToken, "x", b.now))
	b.add("e", withKey("key"))
	require.Equal(t, "e", b.claim1().ID, "a dead job gives the key free")
	require.Equal(t, "key", b.get("d").Key, "it is still shown")

	all, err := b.ListJobs(t.Context(), jobs.JobFilter{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "d", "e", "no key 1", "no key 2", "other case"}, ids(all))
}

func testSameID(t *testing.T, b *bench) {
	again := func(j *jobs.Job) { j.Payload = []byte(`2`) }
	b.add("a")
	b.add("a", again)
	job := b.claim1()
	require.JSONEq(t, `{"n":1}`, string(job.Payload))
	b.add("a", again)
	require.NoError(t, b.CompleteJob(t.Context(), "a", job.LeaseToken, b.now))
	b.add("a", again)
	require.Empty(t, b.claim())
	require.Equal(t, jobs.StateDone, b.get("a").State)
}

func testContext(t *testing.T, b *bench) {
	b.add("a")
	job := b.claim1()
	before := b.get("a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	later := b.now.Add(time.Hour)
	require.Error(t, b.EnqueueJob(ctx, jobs.Job{ID: "b", Kind: "k", RunAt: b.now}))
	_, err := b.ClaimJobs(ctx, []string{"k"}, later, time.Minute, 1)
	require.Error(t, err)
	require.Error(t, b.CompleteJob(ctx, "a", job.LeaseToken, b.now))
	require.Error(t, b.RetryJob(ctx, "a", job.LeaseToken, b.now, "x"))
	require.Error(t, b.ReleaseJob(ctx, "a", job.LeaseToken, b.now))
	require.Error(t, b.BuryJob(ctx, "a", job.LeaseToken, "x", b.now))
	require.Error(t, b.ExtendJob(ctx, "a", job.LeaseToken, later))
	require.Error(t, b.ReviveJob(ctx, "a", b.now))
	_, _, err = b.NextJobAt(ctx, []string{"k"})
	require.Error(t, err)
	_, err = b.ListJobs(ctx, jobs.JobFilter{})
	require.Error(t, err)
	all, err := b.ListJobs(t.Context(), jobs.JobFilter{})
	require.NoError(t, err)
	require.Equal(t, []jobs.Job{before}, all)
}
