package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
)

func ExampleRunner() {
	store := jobstest.NewStore()
	ctx, cancel := context.WithCancel(context.Background())
	runner, err := jobs.New(jobs.Config{
		Store: store,
		Handlers: map[string]jobs.Handler{"greet": func(_ context.Context, job jobs.Job) error {
			var p struct{ Name string }
			if err := json.Unmarshal(job.Payload, &p); err != nil {
				return jobs.Permanent(err)
			}
			fmt.Println("Hello", p.Name)
			cancel()
			return nil
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err := jobs.NewJob("greet", "", time.Now(), map[string]string{"name": "Ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.EnqueueJob(ctx, job), runner.Run(ctx))
	// Output:
	// Hello Ada
	// <nil> <nil>
}

func TestNewJob(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := jobs.NewJob("mail", "mail:7", now, map[string]int{"message": 7})
	require.NoError(t, err)
	require.Len(t, a.ID, 36)
	require.Equal(t, jobs.Job{ID: a.ID, Kind: "mail", Key: "mail:7", RunAt: now, Payload: []byte(`{"message":7}`)}, a)
	b, err := jobs.NewJob("mail", "", now, nil)
	require.NoError(t, err)
	require.Equal(t, "null", string(b.Payload))
	require.Less(t, a.ID, b.ID, "IDs rise")
	_, err = jobs.NewJob("mail", "", now, func() {})
	require.ErrorContains(t, err, `job "mail"`)
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	good := jobs.Job{Kind: "k", RunAt: time.Now()}
	_, err := jobs.Prepare(good)
	require.NoError(t, err)
	for want, change := range map[string]func(*jobs.Job){
		"kind is missing":      func(j *jobs.Job) { j.Kind = "" },
		"kind has more than":   func(j *jobs.Job) { j.Kind = strings.Repeat("k", jobs.MaxKind+1) },
		"kind is not text":     func(j *jobs.Job) { j.Kind = "\xff" },
		"id has more than":     func(j *jobs.Job) { j.ID = strings.Repeat("i", jobs.MaxID+1) },
		"key has more than":    func(j *jobs.Job) { j.Key = strings.Repeat("k", jobs.MaxKey+1) },
		"key is not text":      func(j *jobs.Job) { j.Key = "a\x00" },
		"run_at is missing":    func(j *jobs.Job) { j.RunAt = time.Time{} },
		"max_attempts":         func(j *jobs.Job) { j.MaxAttempts = -1 },
		"payload has more":     func(j *jobs.Job) { j.Payload = []byte(`"` + strings.Repeat("x", jobs.MaxPayload) + `"`) },
		"payload is not JSON":  func(j *jobs.Job) { j.Payload = []byte(`{"a":}`) },
		"payload is not JSON ": func(j *jobs.Job) { j.Payload = []byte("\"\xff\"") },
	} {
		j := good
		change(&j)
		_, err := jobs.Prepare(j)
		require.ErrorIs(t, err, jobs.ErrInvalid)
		require.ErrorContains(t, err, strings.TrimSpace(want))
	}
}

func TestControlErrors(t *testing.T) {
	t.Parallel()
	base := errors.New("base")
	require.NoError(t, jobs.Permanent(nil))
	require.NoError(t, jobs.RetryAfter(nil, time.Second))

	p := fmt.Errorf("wrapped: %w", jobs.Permanent(base))
	require.True(t, jobs.IsPermanent(p))
	require.False(t, jobs.IsPermanent(base))
	require.False(t, jobs.IsPermanent(nil))
	require.ErrorIs(t, p, base)
	require.EqualError(t, p, "wrapped: base")

	r := fmt.Errorf("wrapped: %w", jobs.RetryAfter(jobs.RetryAfter(base, time.Hour), time.Second))
	d, ok := jobs.RetryDelay(r)
	require.True(t, ok)
	require.Equal(t, time.Second, d)
	require.ErrorIs(t, r, base)
	require.EqualError(t, r, "wrapped: base")
	_, ok = jobs.RetryDelay(base)
	require.False(t, ok)
	d, ok = jobs.RetryDelay(jobs.RetryAfter(base, -time.Hour))
	require.True(t, ok)
	require.Zero(t, d)

	require.EqualError(t, jobs.Snooze(time.Date(2026, 11, 22, 14, 5, 0, 0, time.FixedZone("", 3600))), "snoozed until 2026-11-22T13:05:00Z")
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 1000: 1000, 1001: 1000} {
		require.Equal(t, want, jobs.JobFilter{Limit: limit}.PageSize(), limit)
	}
}

func FuzzReason(f *testing.F) {
	for _, s := range []string{"", "a\x00b", "\xff", strings.Repeat("ü", 1500), strings.Repeat("a", jobs.MaxReason) + "b", strings.Repeat("\xff", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := jobs.Reason(s)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(got), jobs.MaxReason)
		require.NotContains(t, got, "\x00")
		require.Equal(t, got, jobs.Reason(got))
		if utf8.ValidString(s) && len(s) <= jobs.MaxReason && !strings.Contains(s, "\x00") {
			require.Equal(t, s, got)
		}
	})
}
