package lease_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/lease"
)

// table is a Store that can be out of reach.
type table struct {
	mu    sync.Mutex
	who   string
	until time.Time
	down  error
}

func (s *table) TakeLease(_ context.Context, _, holder string, d time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return false, s.down
	}
	if s.who != "" && s.who != holder && time.Now().Before(s.until) {
		return false, nil
	}
	s.who, s.until = holder, time.Now().Add(d)
	return true, nil
}

func (s *table) DropLease(_ context.Context, _, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down == nil && s.who == holder {
		s.who = ""
	}
	return s.down
}

func (s *table) set(fn func(*table)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s)
}

func TestOneHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &table{}
		one, two := lease.Config{Store: st, Name: "x", Holder: "1", TTL: 20 * time.Second}, lease.Config{Store: st, Name: "x", Holder: "2", TTL: 20 * time.Second}
		lost, release, err := lease.Take(t.Context(), one)
		require.NoError(t, err)
		for range 10 { // it is prolonged for as long as it is held
			time.Sleep(10 * time.Second)
			_, _, err = lease.Take(t.Context(), two)
			require.ErrorIs(t, err, lease.ErrTaken)
			require.NoError(t, lost.Err())
		}
		release()
		require.Error(t, lost.Err())
		_, again, err := lease.Take(t.Context(), two)
		require.NoError(t, err, "it was given back")
		again()
	})
}

// TestLostBeforeAnotherHas it: who cannot prolong it stops before it has run out.
func TestLostBeforeAnotherHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &table{}
		one := lease.Config{Store: st, Name: "x", Holder: "1", TTL: 20 * time.Second}
		lost, release, err := lease.Take(t.Context(), one)
		require.NoError(t, err)
		down := errors.New("no database")
		st.set(func(s *table) { s.down = down })
		<-lost.Done()
		st.set(func(s *table) {
			require.True(t, time.Now().Before(s.until), "nobody else can have it yet")
			s.down = nil
		})
		release()
		_, _, err = lease.Take(t.Context(), lease.Config{Store: &table{down: down}, Name: "x", Holder: "1", TTL: time.Second})
		require.ErrorIs(t, err, down)
	})
}

func TestTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &table{}
		lost, release, err := lease.Take(t.Context(), lease.Config{Store: st, Name: "x", Holder: "1", TTL: 20 * time.Second})
		require.NoError(t, err)
		st.set(func(s *table) { s.who = "2" }) // as after a stopped machine
		<-lost.Done()
		release()
		st.set(func(s *table) { require.Equal(t, "2", s.who, "it is not given back for somebody else") })
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lease.Config{TTL: 20 * time.Second}
		began := time.Now()
		require.True(t, c.Wait(t.Context()))
		require.GreaterOrEqual(t, time.Since(began), 5*time.Second)
		require.LessOrEqual(t, time.Since(began), 8*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.False(t, c.Wait(ctx))
	})
}
