package jobstest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
)

var _ jobs.Store = (*jobstest.Store)(nil)

func TestStore(t *testing.T) {
	t.Parallel()
	jobstest.Run(t, func(*testing.T) jobs.Store { return jobstest.NewStore() })
}

func TestStoreCanFail(t *testing.T) {
	t.Parallel()
	s := jobstest.NewStore()
	down := errors.New("down")
	s.Fail(down)
	require.ErrorIs(t, s.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: time.Now()}), down)
	_, ok := s.Get("a")
	require.False(t, ok)
	s.Fail(nil)
	require.NoError(t, s.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: time.Now()}))
	s.Fail(down)
	got, ok := s.Get("a")
	require.True(t, ok)
	require.Equal(t, "a", got.ID)
}

// The memory store uses the caller's clock, so the end of a lease is exact.
func TestLeaseEndsExactly(t *testing.T) {
	t.Parallel()
	s := jobstest.NewStore()
	now := jobs.Instant(time.Now())
	require.NoError(t, s.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: now}))
	for i, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Minute - time.Microsecond, 0}, {time.Minute, 1}} {
		got, err := s.ClaimJobs(t.Context(), []string{"k"}, now.Add(c.after), time.Minute, 1)
		require.NoError(t, err)
		require.Len(t, got, c.want, "claim %d", i)
	}
}
