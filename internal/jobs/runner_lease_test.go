package jobs_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

func TestLeaseIsExtendedWhileAHandlerRuns(t *testing.T) {
	log := newDiary()
	handler := func(ctx context.Context, job jobs.Job) error {
		log.note(job)
		select {
		case <-time.After(10 * time.Minute):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	inBubble(t, handler, nil, func(t *testing.T, d *desk) {
		_, stop := d.another(handler, nil)
		d.add("a", 0)
		d.after(5 * time.Minute)
		require.True(t, d.job("a").LeaseUntil.After(time.Now().Add(30*time.Second)), "there is always time left")
		d.after(time.Hour)
		stop()
		require.Equal(t, 1, log.count(), "the other runner never got it")
		require.Equal(t, jobs.StateDone, d.job("a").State)
		require.Equal(t, d.start.Add(10*time.Minute).UTC(), d.job("a").FinishedAt)
	})
}

func TestLostLeaseCancelsTheHandler(t *testing.T) {
	var cause error
	var ended time.Time
	inBubble(t, func(ctx context.Context, _ jobs.Job) error {
		<-ctx.Done()
		cause, ended = context.Cause(ctx), time.Now()
		return ctx.Err()
	}, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(time.Second)
		// Another machine, on which more time has passed: this process was stopped for two minutes.
		stolen, err := d.ClaimJobs(t.Context(), []string{"k"}, time.Now().Add(2*time.Minute), time.Hour, 1)
		require.NoError(t, err)
		require.Len(t, stolen, 1)
		d.after(time.Minute)
		require.ErrorIs(t, cause, jobs.ErrLeaseLost)
		require.Equal(t, 20*time.Second, ended.Sub(d.start), "found out by the next extension")
		require.Equal(t, stolen[0], d.job("a"), "the loser changes nothing")
	})
}

// The handler succeeded, but somebody else has the job: the result of the new owner counts.
func TestResultAfterALostLeaseIsDropped(t *testing.T) {
	inBubble(t, func(context.Context, jobs.Job) error {
		time.Sleep(5 * time.Second)
		return nil
	}, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(time.Second)
		stolen, err := d.ClaimJobs(t.Context(), []string{"k"}, time.Now().Add(2*time.Minute), time.Hour, 1)
		require.NoError(t, err)
		d.after(time.Minute)
		require.Equal(t, stolen[0], d.job("a"))
	})
}

func TestLeaseThatCannotBeExtendedCancelsTheHandler(t *testing.T) {
	log := newDiary()
	var cause error
	var ended time.Time
	inBubble(t, func(ctx context.Context, job jobs.Job) error {
		if log.note(job) > 1 {
			return nil
		}
		<-ctx.Done()
		cause, ended = context.Cause(ctx), time.Now()
		return ctx.Err()
	}, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(25 * time.Second) // extended once, after 20 s, until 80 s
		d.Fail(errors.New("database is down"))
		d.after(10 * time.Minute)
		require.ErrorIs(t, cause, jobs.ErrLeaseLost)
		require.Equal(t, 80*time.Second, ended.Sub(d.start), "as soon as others may have it")
		d.Fail(nil)
		d.after(time.Minute)
		require.Equal(t, 2, log.count())
		require.Equal(t, jobs.StateDone, d.job("a").State)
	})
}

func TestShortOutageIsRiddenOut(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error {
		log.note(job)
		time.Sleep(30 * time.Second)
		return nil
	}, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(10 * time.Second)
		d.Fail(errors.New("database is down")) // the extension after 20 s and the first tries to complete fail
		d.after(40 * time.Second)
		require.Equal(t, jobs.StateLeased, d.job("a").State)
		d.Fail(nil)
		d.after(5 * time.Second)
		require.Equal(t, jobs.StateDone, d.job("a").State)
		d.after(time.Hour)
		require.Equal(t, 1, log.count(), "the result was kept until it could be stored")
	})
}

func TestJobOfADeadRunnerRunsAgain(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error { log.note(job); return nil }, func(c *jobs.Config) { c.Poll = time.Hour },
		func(t *testing.T, d *desk) {
			require.NoError(t, d.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: time.Now()}))
			_, err := d.ClaimJobs(t.Context(), []string{"k"}, time.Now(), time.Minute, 1)
			require.NoError(t, err) // and then its process dies
			d.runner.Wake()
			d.after(time.Minute - time.Second)
			require.Zero(t, log.count())
			d.after(time.Second)
			require.Equal(t, 1, log.count(), "at the end of the lease, not at the next poll")
			require.Equal(t, 2, log.runs[0].Attempt)
		})
}

// A job that takes the process down each time must not do so for ever.
func TestJobThatNeverReportsBackDies(t *testing.T) {
	log := newDiary()
	var cause error
	inBubble(t, func(_ context.Context, job jobs.Job) error { log.note(job); return nil }, func(c *jobs.Config) {
		c.MaxAttempts = 3
		c.OnDead = func(_ context.Context, _ jobs.Job, err error) { cause = err }
	}, func(t *testing.T, d *desk) {
		require.NoError(t, d.EnqueueJob(t.Context(), jobs.Job{ID: "a", Kind: "k", RunAt: time.Now()}))
		for i := range 3 {
			got, err := d.ClaimJobs(t.Context(), []string{"k"}, time.Now().Add(time.Duration(i)*time.Minute), time.Minute, 1)
			require.NoError(t, err)
			require.Len(t, got, 1)
		}
		d.after(time.Hour)
		require.Zero(t, log.count())
		require.Equal(t, jobs.StateDead, d.job("a").State)
		require.ErrorContains(t, cause, "without a result")
		require.Equal(t, cause.Error(), d.job("a").LastError)
	})
}

func TestDrain(t *testing.T) {
	log := newDiary()
	var cancelled bool
	inBubble(t, func(ctx context.Context, job jobs.Job) error {
		log.note(job)
		time.Sleep(4 * time.Second)
		cancelled = ctx.Err() != nil
		return nil
	}, func(c *jobs.Config) { c.Workers = 1 }, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.add("b", 0)
		d.after(time.Second)
		d.stop()
		require.Equal(t, 4*time.Second, time.Since(d.start), "Run waited for the handler")
		require.False(t, cancelled)
		require.Equal(t, jobs.StateDone, d.job("a").State)
		require.Equal(t, jobs.StatePending, d.job("b").State, "nothing new was begun")
		require.Zero(t, d.job("b").Attempt)
	})
}

func TestGraceEnds(t *testing.T) {
	var cause error
	inBubble(t, func(ctx context.Context, job jobs.Job) error {
		<-ctx.Done()
		if job.ID == "finished anyway" {
			return nil
		}
		cause = context.Cause(ctx)
		return errors.New("i/o timeout") // what libraries make of a cancelled context
	}, func(c *jobs.Config) { c.Grace, c.MaxAttempts = 2*time.Second, 1 }, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.add("finished anyway", 0)
		d.after(time.Minute)
		d.stop()
		require.Equal(t, time.Minute+2*time.Second, time.Since(d.start))
		require.ErrorIs(t, cause, jobs.ErrShutdown)
		got := d.job("a")
		require.Equal(t, jobs.StatePending, got.State, "given back")
		require.Zero(t, got.Attempt, "and not counted")
		require.Equal(t, time.Now().UTC(), got.RunAt, "for another runner at once")
		require.Equal(t, jobs.StateDone, d.job("finished anyway").State)
	})
}

// A handler that cannot be interrupted keeps its lease to the end, so that nobody starts the same work beside it.
func TestLeaseIsKeptAfterTheGracePeriod(t *testing.T) {
	log := newDiary()
	handler := func(_ context.Context, job jobs.Job) error {
		log.note(job)
		time.Sleep(10 * time.Minute)
		return nil
	}
	inBubble(t, handler, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(time.Second)
		_, stop := d.another(handler, nil)
		d.stop()
		require.Equal(t, 10*time.Minute, time.Since(d.start))
		stop()
		require.Equal(t, 1, log.count())
		require.Equal(t, jobs.StateDone, d.job("a").State)
	})
}

func TestShutdownDuringAnOutage(t *testing.T) {
	inBubble(t, func(ctx context.Context, _ jobs.Job) error {
		<-ctx.Done()
		return ctx.Err()
	}, nil, func(t *testing.T, d *desk) {
		d.add("a", 0)
		d.after(time.Second)
		d.Fail(errors.New("database is down"))
		d.stop()
		require.Equal(t, time.Second+5*time.Second, time.Since(d.start), "no waiting beyond the grace period")
		require.Equal(t, jobs.StateLeased, d.job("a").State)
	})
}

// slowClaims answers a claim only after a second, as a database under load does, and ignores a context that ends
// meanwhile: the claim is committed.
type slowClaims struct{ jobs.Store }

func (s slowClaims) ClaimJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	got, err := s.Store.ClaimJobs(ctx, kinds, now, lease, limit)
	time.Sleep(time.Second)
	return got, err
}

func TestClaimInFlightAtShutdownIsGivenBack(t *testing.T) {
	log := newDiary()
	inBubble(t, func(_ context.Context, job jobs.Job) error { log.note(job); return nil }, func(c *jobs.Config) { c.Store = slowClaims{c.Store} },
		func(t *testing.T, d *desk) {
			d.after(1500 * time.Millisecond)
			d.add("a", 0)
			synctest.Wait()
			require.Equal(t, jobs.StateLeased, d.job("a").State)
			d.stop()
			require.Zero(t, log.count())
			require.Equal(t, jobs.StatePending, d.job("a").State)
			require.Zero(t, d.job("a").Attempt)
		})
}
