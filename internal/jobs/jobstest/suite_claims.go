package jobstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

func testClaim(t *testing.T, b *bench) {
	b.add("a", withKey("key"))
	got := b.claim1()
	require.Equal(t, b.get("a"), got, "what is returned is what is stored")
	require.Equal(t, jobs.StateLeased, got.State)
	require.NotEmpty(t, got.LeaseToken)
	require.Equal(t, 1, got.Attempt)
	require.WithinDuration(t, b.now.Add(time.Minute), got.LeaseUntil, 30*time.Second)
	require.Equal(t, time.UTC, got.LeaseUntil.Location())
	require.Empty(t, b.claim(), "leased")

	clear(got.Payload)
	require.JSONEq(t, `{"n":1}`, string(b.get("a").Payload), "the caller's copy is its own")
}

func testOrder(t *testing.T, b *bench) {
	b.add("third", at(b.now.Add(-1*time.Second)))
	b.add("b second", at(b.now.Add(-2*time.Second)))
	b.add("a second", at(b.now.Add(-2*time.Second)))
	b.add("z first", at(b.now.Add(-3*time.Second)))
	b.add("just due", at(b.now))
	b.add("not due", at(b.now.Add(time.Microsecond)))
	claim := func(limit int) []string {
		got, err := b.ClaimJobs(t.Context(), []string{"k"}, b.now, time.Minute, limit)
		require.NoError(t, err)
		return ids(got)
	}
	require.Empty(t, claim(0))
	require.Empty(t, claim(-1))
	require.Equal(t, []string{"z first", "a second"}, claim(2))
	require.Equal(t, []string{"b second", "third", "just due"}, claim(10))
	require.Empty(t, claim(10))
	require.Equal(t, []string{"not due"}, ids(b.claimAt(b.now.Add(time.Microsecond), time.Minute)))
}

func testKinds(t *testing.T, b *bench) {
	b.add("a", withKind("mail"))
	b.add("b", withKind("Mail"))
	b.add("c", withKind("timer"))
	b.add("d", withKind("other"))
	claim := func(kinds ...string) []string {
		got, err := b.ClaimJobs(t.Context(), kinds, b.now, time.Minute, 10)
		require.NoError(t, err)
		return ids(got)
	}
	require.Empty(t, claim())
	require.Empty(t, claim("unknown"))
	require.Equal(t, []string{"a", "c"}, claim("mail", "timer"))
	require.Equal(t, []string{"b", "d"}, claim("Mail", "other", "mail", "timer"))
}

func testExpired(t *testing.T, b *bench) {
	b.add("a")
	old, fresh := b.expire()
	require.Equal(t, "a", fresh.ID)
	require.NotEqual(t, old.LeaseToken, fresh.LeaseToken)
	require.Equal(t, 2, fresh.Attempt, "a run without a result counts")
	require.Empty(t, b.claim())
}

func testOldToken(t *testing.T, b *bench) {
	b.add("a")
	old, fresh := b.expire()
	for _, c := range [][2]string{{"a", old.LeaseToken}, {"a", ""}, {"a", strings.ToUpper(fresh.LeaseToken) + "x"}, {"nobody", fresh.LeaseToken}} {
		id, token := c[0], c[1]
		require.ErrorIs(t, b.CompleteJob(t.Context(), id, token, b.now), jobs.ErrLeaseLost)
		require.ErrorIs(t, b.RetryJob(t.Context(), id, token, b.now, "x"), jobs.ErrLeaseLost)
		require.ErrorIs(t, b.ReleaseJob(t.Context(), id, token, b.now), jobs.ErrLeaseLost)
		require.ErrorIs(t, b.BuryJob(t.Context(), id, token, "x", b.now), jobs.ErrLeaseLost)
		require.ErrorIs(t, b.ExtendJob(t.Context(), id, token, b.now.Add(time.Hour)), jobs.ErrLeaseLost)
	}
	require.Equal(t, fresh, b.get("a"), "nothing was changed")

	require.NoError(t, b.CompleteJob(t.Context(), "a", fresh.LeaseToken, b.now))
	require.ErrorIs(t, b.CompleteJob(t.Context(), "a", fresh.LeaseToken, b.now), jobs.ErrLeaseLost, "a token is good for one end")
	require.ErrorIs(t, b.CompleteJob(t.Context(), "a", "", b.now), jobs.ErrLeaseLost, "no token is no token")
}

func testExpiredOwner(t *testing.T, b *bench) {
	b.add("a")
	got := b.claimAt(b.now, time.Millisecond)
	require.Len(t, got, 1)
	require.NoError(t, b.ExtendJob(t.Context(), "a", got[0].LeaseToken, b.now.Add(time.Millisecond)))
	require.NoError(t, b.CompleteJob(t.Context(), "a", got[0].LeaseToken, b.now.Add(time.Hour)))
}

func testComplete(t *testing.T, b *bench) {
	b.add("a")
	job := b.claim1()
	done := b.now.Add(3*time.Second + 5*time.Microsecond)
	require.NoError(t, b.CompleteJob(t.Context(), "a", job.LeaseToken, done))
	job.State, job.FinishedAt, job.LeaseToken, job.LeaseUntil = jobs.StateDone, done, "", time.Time{}
	require.Equal(t, job, b.get("a"))
	require.Empty(t, b.claimAt(b.now.Add(24*time.Hour), time.Minute))
}

func testRetry(t *testing.T, b *bench) {
	b.add("a", func(j *jobs.Job) { j.MaxAttempts = 3 })
	job := b.claim1()
	again := b.now.Add(time.Hour)
	require.NoError(t, b.RetryJob(t.Context(), "a", job.LeaseToken, again, "no route"))
	want := job
	want.State, want.RunAt, want.LastError, want.LeaseToken, want.LeaseUntil = jobs.StatePending, again, "no route", "", time.Time{}
	require.Equal(t, want, b.get("a"))
	require.Empty(t, b.claimAt(again.Add(-time.Microsecond), time.Minute))
	got := b.claimAt(again, time.Minute)
	require.Len(t, got, 1)
	require.Equal(t, 2, got[0].Attempt)
	require.NotEqual(t, job.LeaseToken, got[0].LeaseToken)
	require.NoError(t, b.CompleteJob(t.Context(), "a", got[0].LeaseToken, b.now))
	require.Equal(t, "no route", b.get("a").LastError, "success keeps the last error")
}

func testRelease(t *testing.T, b *bench) {
	b.add("a")
	require.NoError(t, b.RetryJob(t.Context(), "a", b.claim1().LeaseToken, b.now, "first"))
	job := b.claim1()
	require.Equal(t, 2, job.Attempt)
	again := b.now.Add(time.Hour)
	require.NoError(t, b.ReleaseJob(t.Context(), "a", job.LeaseToken, again))
	want := job
	want.State, want.RunAt, want.Attempt, want.LeaseToken, want.LeaseUntil = jobs.StatePending, again, 1, "", time.Time{}
	require.Equal(t, want, b.get("a"))
	require.Empty(t, b.claim())
}

func testBury(t *testing.T, b *bench) {
	b.add("a")
	job := b.claim1()
	require.NoError(t, b.BuryJob(t.Context(), "a", job.LeaseToken, "mailbox does not exist", b.now))
	want := job
	want.State, want.FinishedAt, want.LastError, want.LeaseToken, want.LeaseUntil = jobs.StateDead, b.now, "mailbox does not exist", "", time.Time{}
	require.Equal(t, want, b.get("a"))
	require.Empty(t, b.claimAt(b.now.Add(24*time.Hour), time.Minute))
}

func testExtend(t *testing.T, b *bench) {
	b.add("a")
	job := b.claim1()
	require.NoError(t, b.ExtendJob(t.Context(), "a", job.LeaseToken, b.now.Add(time.Hour)))
	got := b.get("a")
	require.WithinDuration(t, b.now.Add(time.Hour), got.LeaseUntil, 30*time.Second)
	require.Equal(t, job.LeaseToken, got.LeaseToken)
	require.Equal(t, 1, got.Attempt)
	require.Empty(t, b.claimAt(b.now.Add(30*time.Minute), time.Minute), "longer than the first lease")
}

func testReasons(t *testing.T, b *bench) {
	for id, reason := range map[string]string{
		"long": strings.Repeat("größer ", 1000), "nul": "a\x00b", "bytes": "caf\xe9", "mail": "550 5.1.1 <ö@example.org> 🎫", "empty": "",
	} {
		b.add(id)
		require.NoError(t, b.RetryJob(t.Context(), id, b.claim1().LeaseToken, b.now.Add(time.Hour), reason), id)
		got := b.get(id).LastError
		require.Equal(t, jobs.Reason(reason), got, id)
		require.LessOrEqual(t, len(got), jobs.MaxReason)
		require.True(t, utf8.ValidString(got))
	}
}

func testConcurrentClaims(t *testing.T, b *bench) {
	const total, workers = 60, 8
	for i := range total {
		b.add(fmt.Sprintf("job %02d", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	claims := map[string]int{}
	tokens := map[string]bool{}
	errs := make(chan error, workers)
	var left atomic.Int64
	left.Store(total)
	start := make(chan struct{})
	for range workers {
		wg.Go(func() {
			<-start
			for left.Load() > 0 {
				got, err := b.ClaimJobs(ctx, []string{"k"}, b.now, time.Minute, 3)
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				for _, j := range got {
					claims[j.ID]++
					tokens[j.LeaseToken] = true
				}
				mu.Unlock()
				left.Add(-int64(len(got)))
				if len(got) > 3 {
					errs <- fmt.Errorf("limit 3 gave %d jobs", len(got))
					return
				}
			}
		})
	}
	close(start)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, claims, total)
	require.Len(t, tokens, total, "each claim has a token of its own")
	for id, n := range claims {
		require.Equal(t, 1, n, id)
		require.Equal(t, 1, b.get(id).Attempt, id)
	}
}

func testConcurrentEnqueue(t *testing.T, b *bench) {
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			errs[i] = b.EnqueueJob(t.Context(), jobs.Job{ID: fmt.Sprintf("job %d", i/2), Kind: "k", Key: "one", RunAt: b.now})
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, b.claim(), 1)
}

func testConcurrentEnd(t *testing.T, b *bench) {
	b.add("a")
	job := b.claim1()
	var wg sync.WaitGroup
	var won atomic.Int64
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			if i%2 == 0 {
				errs[i] = b.CompleteJob(t.Context(), "a", job.LeaseToken, b.now)
			} else {
				errs[i] = b.RetryJob(t.Context(), "a", job.LeaseToken, b.now.Add(time.Hour), "x")
			}
			if errs[i] == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), won.Load())
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, jobs.ErrLeaseLost)
		}
	}
}
