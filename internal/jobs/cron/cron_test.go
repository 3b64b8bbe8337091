package cron_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/cron"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
)

// log is what ran, by the instant that it was due.
type log struct {
	mu   sync.Mutex
	runs []time.Time
}

func (l *log) work(_ context.Context, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = append(l.runs, at)
	return nil
}

func (l *log) taken() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.runs
	l.runs = nil
	return out
}

// process runs a Cron and a Runner over the table until stop, as one replica does.
func process(t *testing.T, store jobs.Store, entries map[string]cron.Entry, now func() time.Time) (stop func()) {
	t.Helper()
	c, err := cron.New(cron.Config{Store: store, Entries: entries, Now: now})
	require.NoError(t, err)
	r, err := jobs.New(jobs.Config{Store: store, Handlers: c.Handlers(), Now: now})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { c.Run(ctx) })
	wg.Go(func() { _ = r.Run(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func TestReplicasRunItOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, l := jobstest.NewStore(), &log{}
		entries := map[string]cron.Entry{"cron.x": {Schedule: cron.Every(time.Hour), Work: l.work}}
		begin := time.Now()
		var stops []func()
		for range 3 {
			stops = append(stops, process(t, store, entries, nil))
		}
		time.Sleep(5*time.Hour + time.Minute)
		for _, stop := range stops {
			stop()
		}
		var want []time.Time
		for n := range 5 {
			want = append(want, begin.UTC().Truncate(time.Hour).Add(time.Duration(n+1)*time.Hour))
		}
		require.Equal(t, want, l.taken())
	})
}

func TestMissedRunsAreMadeUpForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, l := jobstest.NewStore(), &log{}
		entries := map[string]cron.Entry{"cron.x": {Schedule: cron.Every(time.Hour), Work: l.work}}
		stop := process(t, store, entries, nil)
		time.Sleep(90 * time.Minute)
		stop()
		require.Len(t, l.taken(), 1)
		time.Sleep(7*24*time.Hour + 10*time.Minute)
		stop = process(t, store, entries, nil)
		time.Sleep(time.Minute)
		require.Len(t, l.taken(), 1, "the missed ones together")
		time.Sleep(time.Hour)
		require.Len(t, l.taken(), 1)
		stop()
	})
}

// TestClockJumps: the wall clock of the process is moved; the fake time of synctest, by which it sleeps, goes on evenly.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"forth": 100 * 24 * time.Hour, "back": -100 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, l := jobstest.NewStore(), &log{}
				var mu sync.Mutex
				var off time.Duration
				now := func() time.Time {
					mu.Lock()
					defer mu.Unlock()
					return time.Now().Add(off)
				}
				set := func(d time.Duration) {
					mu.Lock()
					defer mu.Unlock()
					off = d
				}
				stop := process(t, store, map[string]cron.Entry{"cron.x": {Schedule: cron.Every(time.Hour), Work: l.work}}, now)
				defer stop()
				time.Sleep(90 * time.Minute)
				require.Len(t, l.taken(), 1)
				set(jump)
				time.Sleep(3 * time.Hour)
				require.GreaterOrEqual(t, len(l.taken()), 2, "within an hour it goes on by the new clock")
				set(0)
				time.Sleep(3 * time.Hour)
				require.GreaterOrEqual(t, len(l.taken()), 1, "and by the old one again")
				time.Sleep(3 * time.Hour)
				require.Len(t, l.taken(), 3, "hour for hour")
			})
		})
	}
}

func TestFailedRunIsTriedAgainAndTheNextComesAnyway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := jobstest.NewStore()
		tries := map[time.Time]int{}
		var mu sync.Mutex
		stop := process(t, store, map[string]cron.Entry{"cron.x": {Schedule: cron.Every(24 * time.Hour), Attempts: 3, Work: func(_ context.Context, at time.Time) error {
			mu.Lock()
			defer mu.Unlock()
			tries[at]++
			return errors.New("no")
		}}}, nil)
		time.Sleep(49 * time.Hour)
		stop()
		require.Len(t, tries, 2)
		for at, n := range tries {
			require.Equal(t, 3, n, at)
		}
		dead, err := store.ListJobs(t.Context(), jobs.JobFilter{States: []jobs.State{jobs.StateDead}})
		require.NoError(t, err)
		require.Len(t, dead, 2)
	})
}

// TestLongRunIsNotOvertaken: a run that comes while the one before is still at work leaves it alone.
func TestLongRunIsNotOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := jobstest.NewStore()
		var mu sync.Mutex
		at, most, runs := 0, 0, 0
		entries := map[string]cron.Entry{"cron.x": {Schedule: cron.Every(time.Hour), Work: func(ctx context.Context, _ time.Time) error {
			mu.Lock()
			at++
			runs++
			most = max(most, at)
			mu.Unlock()
			select {
			case <-time.After(150 * time.Minute):
			case <-ctx.Done():
			}
			mu.Lock()
			at--
			mu.Unlock()
			return nil
		}}}
		stops := []func(){process(t, store, entries, nil), process(t, store, entries, nil)}
		time.Sleep(10 * time.Hour)
		for _, stop := range stops {
			stop()
		}
		require.Equal(t, 1, most)
		require.GreaterOrEqual(t, runs, 3)
	})
}

func TestNewChecks(t *testing.T) {
	t.Parallel()
	ok := cron.Entry{Schedule: cron.Every(time.Hour), Work: (&log{}).work}
	for _, bad := range []cron.Config{
		{Entries: map[string]cron.Entry{"x": ok}},
		{Store: jobstest.NewStore()},
		{Store: jobstest.NewStore(), Entries: map[string]cron.Entry{"": ok}},
		{Store: jobstest.NewStore(), Entries: map[string]cron.Entry{"x": {Work: ok.Work}}},
		{Store: jobstest.NewStore(), Entries: map[string]cron.Entry{"x": {Schedule: ok.Schedule}}},
		{Store: jobstest.NewStore(), Entries: map[string]cron.Entry{"x": {Schedule: ok.Schedule, Work: ok.Work, Attempts: -1}}},
	} {
		_, err := cron.New(bad)
		require.Error(t, err)
	}
}

func TestBrokenPayloadIsDead(t *testing.T) {
	t.Parallel()
	c, err := cron.New(cron.Config{Store: jobstest.NewStore(), Entries: map[string]cron.Entry{"x": {Schedule: cron.Every(time.Hour), Work: (&log{}).work}}})
	require.NoError(t, err)
	require.True(t, jobs.IsPermanent(c.Handlers()["x"](t.Context(), jobs.Job{Kind: "x", Payload: []byte(`7`)})))
}
