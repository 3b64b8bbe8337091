package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// backlog lets n closures queue up behind one that is running, and returns their errors.
func backlog(t *testing.T, s *store.Store, n int, fn func(i int, tx ticket.Tx) error) []error {
	entered, release := make(chan struct{}), make(chan struct{})
	errs := make([]error, n+1)
	var wg sync.WaitGroup
	var once sync.Once
	wg.Go(func() {
		errs[n] = s.Update(t.Context(), func(tx ticket.Tx) error {
			once.Do(func() { close(entered) }) // it may run again
			<-release
			return addQueue(t.Context(), tx, "first")
		})
	})
	<-entered
	for i := range n {
		wg.Go(func() { errs[i] = s.Update(t.Context(), func(tx ticket.Tx) error { return fn(i, tx) }) })
		eventually(t, func() bool { return store.Waiting(s) == i+1 }) // so that they come in this order
	}
	close(release)
	wg.Wait()
	return errs
}

func TestGroupCommit(t *testing.T) {
	t.Parallel()
	for _, two := range []bool{false, true} {
		t.Run(fmt.Sprintf("two pools %v", two), func(t *testing.T) {
			t.Parallel()
			s, f := openFaulty(t, two)
			f.when(nil)
			errs := backlog(t, s, 20, func(i int, tx ticket.Tx) error {
				if i == 7 {
					require.NoError(t, addQueue(t.Context(), tx, "rolled back"))
					return errAbort
				}
				return addQueue(t.Context(), tx, names(20)[i])
			})
			for i, err := range errs {
				if i == 7 {
					require.ErrorIs(t, err, errAbort)
				} else {
					require.NoError(t, err)
				}
			}
			require.Equal(t, 1, f.ran("COMMIT"), "one sync of the disk for all")
			require.Equal(t, 20, f.ran("SAVEPOINT ticketkit"))
			require.Equal(t, 1, f.ran("ROLLBACK TO SAVEPOINT ticketkit"))
			require.Len(t, queueNames(t, s), 20)
		})
	}
}

var errAbort = errors.New("abort")

func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t, true)
	f.when(nil)
	for _, err := range backlog(t, s, 2*store.MaxBatch, func(i int, tx ticket.Tx) error { return addQueue(t.Context(), tx, fmt.Sprint(i)) }) {
		require.NoError(t, err)
	}
	require.Equal(t, 3, f.ran("COMMIT"))
}

// TestFirstFails: when the first closure of a batch fails, nobody else is touched.
func TestFirstFails(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t, true)
	entered, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.Update(t.Context(), func(tx ticket.Tx) error {
			close(entered)
			<-release
			return errors.Join(addQueue(t.Context(), tx, "first"), errAbort)
		})
		require.ErrorIs(t, err, errAbort)
	})
	<-entered
	wg.Go(func() {
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "second") }))
	})
	eventually(t, func() bool { return store.Waiting(s) == 1 })
	close(release)
	wg.Wait()
	require.Equal(t, []string{"second"}, queueNames(t, s))
}

// TestCommitFails: when the commit fails, every closure hears of it, also one that had failed by itself.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t, true)
	f.when(func(text string, _ int) error {
		if text == "COMMIT" {
			return errors.New("disk I/O error (4106)")
		}
		return nil
	})
	errs := backlog(t, s, 4, func(i int, tx ticket.Tx) error {
		if i == 2 {
			return errAbort
		}
		return addQueue(t.Context(), tx, names(4)[i])
	})
	for _, err := range errs {
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.NotErrorIs(t, err, errAbort)
	}
	f.when(nil)
	require.Empty(t, queueNames(t, s))
	require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "after") }), "the store goes on")
}

// TestLostTransaction: after some errors SQLite rolls back everything by itself. Who did nothing wrong runs again.
func TestLostTransaction(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t, true)
	f.when(func(text string, n int) error {
		if strings.HasPrefix(text, "ROLLBACK TO") && n == 1 {
			return errors.New("no such savepoint: ticketkit")
		}
		return nil
	})
	runs := make([]int, 5)
	errs := backlog(t, s, 5, func(i int, tx ticket.Tx) error {
		runs[i]++
		if i == 2 {
			return errAbort
		}
		return addQueue(t.Context(), tx, names(5)[i])
	})
	for i, err := range errs {
		if i == 2 {
			require.ErrorIs(t, err, errAbort, "the one at fault gets its own error")
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, []int{2, 2, 1, 1, 1}, runs)
	require.Equal(t, []string{"first", "queue 00", "queue 01", "queue 03", "queue 04"}, queueNames(t, s))
}

func TestBusyIsRetried(t *testing.T) {
	t.Parallel()
	busy := errors.New("database is locked (5) (SQLITE_BUSY)")
	for _, text := range []string{"BEGIN IMMEDIATE", "COMMIT"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			for _, two := range []bool{false, true} {
				s, f := openFaulty(t, two)
				f.when(func(ran string, n int) error {
					if ran == text && n <= 3 {
						return busy
					}
					return nil
				})
				require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "one") }))
				require.Equal(t, 4, f.ran(text))
				require.Equal(t, []string{"one"}, queueNames(t, s))
			}
		})
	}
}

// TestBusyForever: in a bubble, with a fake clock: the store works there, and gives up after a while.
func TestBusyForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, f := openFaulty(t, true)
		f.when(func(text string, _ int) error {
			if text == "BEGIN IMMEDIATE" {
				return errors.New("database is locked (5) (SQLITE_BUSY)")
			}
			return nil
		})
		start := time.Now()
		err := s.Update(t.Context(), func(ticket.Tx) error { return nil })
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.Greater(t, time.Since(start), 10*time.Second)
		require.Less(t, time.Since(start), 11*time.Second)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		require.Error(t, s.Update(ctx, func(ticket.Tx) error { return nil }))
		require.LessOrEqual(t, time.Since(start), time.Second, "the caller's deadline ends it sooner")

		f.when(nil)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error {
					time.Sleep(time.Second) // only one runs at a time
					return addQueue(t.Context(), tx, names(10)[i])
				}))
			})
		}
		start = time.Now()
		wg.Wait()
		require.Equal(t, 10*time.Second, time.Since(start))
		require.Equal(t, names(10), queueNames(t, s))
	})
}

// TestWaitersLeave: whoever gives up waiting does not hold up the others.
func TestWaitersLeave(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t, true)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 3)
	errs := backlog(t, s, 3, func(i int, tx ticket.Tx) error {
		if i == 0 {
			for range 3 {
				go func() { left <- s.Update(ctx, func(ticket.Tx) error { panic("ran after its caller had left") }) }()
			}
			eventually(t, func() bool { return store.Waiting(s) == 5 })
			cancel()
			for range 3 {
				require.ErrorIs(t, <-left, context.Canceled)
			}
		}
		return addQueue(t.Context(), tx, names(3)[i])
	})
	require.NoError(t, errors.Join(errs...))
	require.Len(t, queueNames(t, s), 4)
}

// TestNothingInterrupts: a context that ends inside a transaction ends it between statements, and others of the batch live on.
func TestNothingInterrupts(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t, true)
	errs := backlog(t, s, 3, func(i int, tx ticket.Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if err := addQueue(ctx, tx, names(3)[i]); err != nil {
			return err
		}
		if i == 1 {
			cancel()
		}
		return addQueue(ctx, tx, "more "+names(3)[i])
	})
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], context.Canceled)
	require.NoError(t, errs[2])
	require.Equal(t, []string{"first", "more queue 00", "more queue 02", "queue 00", "queue 02"}, queueNames(t, s))
}

func TestClose(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t, true)
	entered, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error {
			close(entered)
			<-release
			return addQueue(t.Context(), tx, "before")
		}))
	})
	<-entered
	wg.Go(func() { require.NoError(t, s.Close()) })
	eventually(t, func() bool { return store.Waiting(s) == 1 })
	var late []error
	var mu sync.Mutex
	for range 5 {
		wg.Go(func() {
			err := s.Update(t.Context(), func(ticket.Tx) error { return nil })
			mu.Lock()
			late = append(late, err)
			mu.Unlock()
		})
	}
	eventually(t, func() bool { return store.Waiting(s) == 6 })
	close(release)
	wg.Wait()
	for _, err := range late {
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	}
	require.Equal(t, []string{"before"}, queueNames(t, s), "who wrote already was waited for; a host's pool can still be read")
}
