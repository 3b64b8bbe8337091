package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// Crash is a desk on a server that can be killed. Its Store and Jobs must be there, and stay usable: they connect again by themselves.
type Crash struct {
	Harness
	Kill  func() error // ends the server at once; returns when it is gone
	Start func() error // returns when it answers again
}

// RunCrash writes from several goroutines while the server dies and comes back, and checks that a transaction that was reported as done is
// there, that one without an answer is there as a whole or not at all, that none happens twice, and that an error meanwhile says
// Unavailable.
func RunCrash(t *testing.T, c Crash) {
	d := newDesk(t, c.Harness)
	person := d.contact("Anna", "anna@firma.example")
	const writers, crashes, between = 6, 3, 60
	var (
		mu    sync.Mutex
		told  = map[string]bool{}   // keys of what was reported as done
		tried = map[string]bool{}   // and of all
		back  = make(chan struct{}) // closed while the server answers, as far as we know
		more  = sync.NewCond(&mu)   // told has grown, or a writer has failed
		stop  bool
		bad   error
	)
	write := func(key string) error {
		tk := d.draft(person)
		tk.Subject = key
		return d.Store.Update(t.Context(), func(tx ticket.Tx) (err error) {
			ctx := t.Context()
			if tk.Number, err = tx.NextNumber(ctx); err != nil {
				return err
			}
			if err := tx.InsertTicket(ctx, tk); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, ticket.Job{Kind: "crash", Key: "crash:" + key, RunAt: d.now}); err != nil {
				return err
			}
			return tx.MarkReceived(ctx, ticket.Receipt{Channel: "crash", Key: key, TicketID: tk.ID, At: d.now})
		})
	}
	close(back)
	// one writes until it is known that key is in: a repeat after an unclear end meets what the first try has left.
	one := func(key string) error {
		for {
			mu.Lock()
			tried[key] = true
			mu.Unlock()
			err := write(key)
			if kind := ticket.KindOf(err); err == nil || kind == ticket.Conflict && known(t.Context(), d, key) {
				mu.Lock()
				defer mu.Unlock()
				told[key] = true
				more.Broadcast()
				return nil
			} else if kind != ticket.Unavailable && kind != ticket.Conflict {
				return fmt.Errorf("%s: %w", key, err)
			}
			mu.Lock()
			up := back
			mu.Unlock()
			select {
			case <-up:
			case <-t.Context().Done():
				return t.Context().Err()
			}
		}
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ; i++ {
				err := one(fmt.Sprintf("%d-%d", w, i))
				mu.Lock()
				if err != nil && bad == nil {
					bad = err
					more.Broadcast()
				}
				end := stop || bad != nil
				mu.Unlock()
				if end {
					return
				}
			}
		})
	}
	reached := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		for len(told) < n && bad == nil {
			more.Wait()
		}
	}
	for i := range crashes {
		reached((i + 1) * between)
		mu.Lock()
		back = make(chan struct{})
		mu.Unlock()
		require.NoError(t, c.Kill())
		require.NoError(t, c.Start())
		mu.Lock()
		close(back)
		mu.Unlock()
	}
	reached((crashes + 1) * between)
	mu.Lock()
	stop = true
	mu.Unlock()
	wg.Wait()
	require.NoError(t, bad)
	d.whole(told, tried)
}

// known reports whether an item is in, as far as there is an answer.
func known(ctx context.Context, d *desk, key string) bool {
	_, err := d.Store.Received(ctx, "crash", key)
	return err == nil
}

// whole compares what was reported with what is there.
func (d *desk) whole(told, tried map[string]bool) {
	t := d.t
	t.Helper()
	subjects, numbers := map[string]int{}, map[int64]bool{}
	for q := (ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}); ; {
		list, err := d.Store.Tickets(t.Context(), d.all, q)
		require.NoError(t, err)
		for i := range list {
			subjects[list[i].Subject]++
			require.False(t, numbers[list[i].Number], "number %d was given twice", list[i].Number)
			numbers[list[i].Number] = true
		}
		if len(list) < q.Limit {
			break
		}
		q.After = ticket.CursorOf(q.Sort, &list[len(list)-1])
	}
	var waiting []string
	for f := (jobs.JobFilter{Kinds: []string{"crash"}, Limit: 1000}); ; {
		list, err := d.Jobs.ListJobs(t.Context(), f)
		require.NoError(t, err)
		for _, j := range list {
			waiting = append(waiting, strings.TrimPrefix(j.Key, "crash:"))
		}
		if len(list) < f.Limit {
			break
		}
		f.After = list[len(list)-1].ID
	}
	slices.Sort(waiting)
	for key := range tried {
		_, err := d.Store.Received(t.Context(), "crash", key)
		in := err == nil
		if !in {
			requireKind(t, ticket.NotFound, err)
		}
		if told[key] {
			require.True(t, in, "%s was reported as done", key)
		}
		want := 0
		if in {
			want = 1
		}
		require.Equal(t, want, subjects[key], "tickets of %s", key)
		i, found := slices.BinarySearch(waiting, key)
		require.Equal(t, in, found, "job of %s", key)
		require.False(t, i+1 < len(waiting) && waiting[i+1] == key, "two jobs of %s", key)
	}
	require.Equal(t, len(waiting), len(subjects))
}
