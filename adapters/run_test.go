package adapters_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// noState is for hubs whose adapters take nothing in.
type noState struct{ adapters.State }

// bubble runs a test with its own time and a hub over as.
func bubble(t *testing.T, grace time.Duration, as []adapters.Adapter, test func(t *testing.T, hub *adapters.Hub)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc, err := ticket.NewService(ticket.Config{Store: tickettest.New(), Policy: policy{}, ChainKey: make([]byte, 32)})
		require.NoError(t, err)
		hub, err := adapters.New(adapters.Config{Service: svc, State: noState{}, Adapters: as, Grace: grace})
		require.NoError(t, err)
		test(t, hub)
	})
}

// start runs the hub; stop ends it and gives what Run returned.
func start(t *testing.T, hub *adapters.Hub) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	synctest.Wait()
	return func() error {
		cancel()
		return <-done
	}
}

func TestRunWaitsForEveryAdapter(t *testing.T) {
	slow := &channel{name: "slow", run: func(ctx context.Context, _ adapters.Intake) error {
		<-ctx.Done()
		time.Sleep(3 * time.Second) // the last item
		return nil
	}}
	bubble(t, 0, []adapters.Adapter{slow, &channel{name: "quick"}}, func(t *testing.T, hub *adapters.Hub) {
		for range 2 { // it may be run again
			require.Equal(t, adapters.Stopped, hub.Status()[0].State)
			stop := start(t, hub)
			require.Equal(t, adapters.Running, hub.Status()[0].State)
			require.Equal(t, adapters.Running, hub.Status()[1].State)
			require.Error(t, hub.Run(t.Context()), "only once at a time")
			began := time.Now()
			require.NoError(t, stop())
			require.Equal(t, 3*time.Second, time.Since(began))
			require.Equal(t, adapters.Stopped, hub.Status()[0].State)
		}
	})
}

func TestRunNamesWhoDoesNotReturn(t *testing.T) {
	release := make(chan struct{})
	stuck := &channel{name: "stuck", run: func(context.Context, adapters.Intake) error { <-release; return nil }}
	bubble(t, 4*time.Second, []adapters.Adapter{stuck, &channel{name: "good"}}, func(t *testing.T, hub *adapters.Hub) {
		release = make(chan struct{}) // of this bubble
		stop := start(t, hub)
		began := time.Now()
		err := stop()
		require.ErrorContains(t, err, "stuck")
		require.NotContains(t, err.Error(), "good")
		require.Equal(t, 4*time.Second, time.Since(began))
		close(release)
	})
}

func TestRunRestartsWhatFails(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return errors.New("the line is dead") },
		"panic":  func() error { panic("the line is dead") },
		"return": func() error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var runs atomic.Int32
			bad := &channel{name: "bad", run: func(ctx context.Context, in adapters.Intake) error {
				if n := runs.Add(1); n <= 12 {
					return fail()
				}
				<-ctx.Done()
				return nil
			}}
			bubble(t, 0, []adapters.Adapter{bad, &channel{name: "good"}}, func(t *testing.T, hub *adapters.Hub) {
				stop := start(t, hub)
				good := hub.Status()[1]
				require.Equal(t, adapters.Waiting, hub.Status()[0].State)
				require.Equal(t, int32(1), runs.Load(), "not without a pause")
				time.Sleep(time.Hour)
				synctest.Wait()
				st := hub.Status()[0]
				require.Equal(t, adapters.Running, st.State)
				require.Equal(t, 12, st.Restarts)
				require.NotEmpty(t, st.LastError)
				require.False(t, st.LastErrorAt.IsZero())
				if name != "return" {
					require.Contains(t, st.LastError, "the line is dead")
				}
				require.Equal(t, good, hub.Status()[1], "the other one never noticed")
				require.NoError(t, stop())
			})
		})
	}
}

// TestRunPauses looks at the time between restarts: it grows, is bounded, and is short again after a steady run.
func TestRunPauses(t *testing.T) {
	var began []time.Time
	bad := &channel{name: "bad", run: func(ctx context.Context, _ adapters.Intake) error {
		began = append(began, time.Now())
		if len(began) == 30 {
			select {
			case <-time.After(time.Hour):
			case <-ctx.Done():
			}
			began = append(began, time.Now())
		}
		if len(began) > 31 {
			<-ctx.Done()
			return nil
		}
		return errors.New("no")
	}}
	bubble(t, 0, []adapters.Adapter{bad}, func(t *testing.T, hub *adapters.Hub) {
		stop := start(t, hub)
		time.Sleep(12 * time.Hour)
		require.NoError(t, stop())
		require.Len(t, began, 32)
		var longest time.Duration
		for n := 1; n < 30; n++ {
			pause := began[n].Sub(began[n-1])
			require.GreaterOrEqual(t, pause, 100*time.Millisecond)
			require.LessOrEqual(t, pause, 5*time.Minute+100*time.Millisecond)
			longest = max(longest, pause)
		}
		require.Greater(t, longest, 5*time.Second)
		require.LessOrEqual(t, began[31].Sub(began[30]), 1100*time.Millisecond)
	})
}

func TestRunStopsWhileWaiting(t *testing.T) {
	bad := &channel{name: "bad", run: func(context.Context, adapters.Intake) error { return errors.New("no") }}
	bubble(t, 0, []adapters.Adapter{bad}, func(t *testing.T, hub *adapters.Hub) {
		stop := start(t, hub)
		began := time.Now()
		require.NoError(t, stop())
		require.Zero(t, time.Since(began))
	})
}
