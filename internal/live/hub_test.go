package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/ticket"
)

func rising(from, to int64) (out []int64) {
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

// TestEverythingOnceInOrder: whatever several writers do at once, each client sees every event once and in order, however often it is cut off
// and wherever.
func TestEverythingOnceInOrder(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]int{"from memory": 1 << 20, "from the database": 8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t, func(c *live.Config) { c.Keep, c.Busy = keep, 5*time.Millisecond })
			begin := d.connect("anna").Position()
			var writers, readers sync.WaitGroup
			const each = 40
			tk := d.open(0)
			for w := range 4 {
				writers.Go(func() {
					for i := range each {
						_, err := d.svc.Tag(context.Background(), system, tk.ID, 0, []string{fmt.Sprint(w, "-", i%2)}, []string{fmt.Sprint(w, "-", (i+1)%2)})
						for ticket.KindOf(err) == ticket.Stale {
							_, err = d.svc.Tag(context.Background(), system, tk.ID, 0, []string{fmt.Sprint(w, "-", i%2)}, []string{fmt.Sprint(w, "-", (i+1)%2)})
						}
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			over := make(chan struct{})
			seen := make([][]int64, 6)
			for r := range seen {
				rnd := rand.New(rand.NewPCG(7, uint64(r)))
				readers.Go(func() {
					at := begin
					for last := false; ; {
						c := d.connect("anna", after(at))
						for range rnd.IntN(4) + 1 {
							select {
							case <-c.Ready():
							case <-over:
								last = true
							}
							err := c.take()
							at = c.at
							if err != nil {
								require.ErrorIs(t, err, live.ErrSlow)
								break
							}
						}
						seen[r] = append(seen[r], c.seqs...)
						c.Close()
						if last && at.Seq == d.newest() {
							return
						}
					}
				})
			}
			writers.Wait()
			close(over)
			readers.Wait()
			require.Greater(t, d.newest(), begin.Seq+100)
			for _, seqs := range seen {
				require.Equal(t, rising(begin.Seq+1, d.newest()), seqs)
			}
		})
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, func(c *live.Config) { c.Keep, c.Behind = 4, 14 })
		first := d.connect("anna")
		var places []live.Position
		for range 20 {
			d.open(0)
			synctest.Wait()
			time.Sleep(time.Second)
			synctest.Wait()
			require.NoError(t, first.take())
			places = append(places, first.at)
		}
		end := d.newest()
		for _, p := range places {
			c := d.connect("anna", after(p))
			c.until(end)
			if end-p.Seq > 14 {
				require.True(t, c.reset, "too far behind")
				require.Empty(t, c.seqs)
			} else {
				require.False(t, c.reset)
				require.Equal(t, rising(p.Seq+1, end), c.seqs)
			}
		}
		last := places[len(places)-1]
		for name, id := range map[string]string{
			"another history": fmt.Sprintf("%d-00000000", last.Seq), "the same, not in memory": fmt.Sprintf("%d-00000000", places[8].Seq),
			"the future": "99999-12345678", "nonsense": "0x10", "the beginning": "0",
		} {
			c := d.connect("anna", func(s *live.Subscription) { s.After = id })
			require.NoError(t, c.take())
			require.True(t, c.reset, name)
			require.Equal(t, last, c.at, name)
			require.Empty(t, c.seqs, name)
			d.open(0)
			synctest.Wait()
			time.Sleep(time.Second)
			synctest.Wait()
			require.NoError(t, c.take())
			require.Len(t, c.seqs, 1, "it goes on from there")
			last = c.at
		}
		d2 := setup(t)
		c := d2.connect("anna", after(live.Position{}))
		c.until(2)
		require.Equal(t, rising(1, 2), c.seqs, "everything, if that is little")
	})
}

func TestSlowClientIsEndedAndOthersAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, func(c *live.Config) { c.Keep = 10 })
		slow, idle, fast := d.connect("anna"), d.connect("two"), d.connect("anna")
		for _, c := range []*client{slow, idle, fast} {
			require.NoError(t, c.take())
		}
		for range 30 {
			d.open(0)
			time.Sleep(time.Second)
			synctest.Wait()
			require.NoError(t, fast.take())
		}
		require.ErrorIs(t, slow.take(), live.ErrSlow)
		require.ErrorIs(t, slow.take(), live.ErrSlow, "and stays so")
		require.Len(t, fast.seqs, 30)
		require.NoError(t, idle.take(), "there was nothing for this one, so it has missed nothing")
		require.Equal(t, d.newest(), idle.at.Seq)
		require.Equal(t, live.Stats{Running: true, Clients: 2, Dropped: 1}, d.hub.Stats())
		again := d.connect("anna", after(slow.at))
		again.until(d.newest())
		require.Len(t, again.seqs, 30, "it comes back and has missed nothing either")
	})
}

func TestEachSeesTheirQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		one, two, anna, vera := d.connect("one"), d.connect("two"), d.connect("anna"), d.connect("vera")
		settled := func() {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			for _, c := range []*client{one, two, anna, vera} {
				c.saw = nil
				require.NoError(t, c.take())
			}
		}
		tk := d.open(0)
		settled()
		require.Equal(t, []string{"seen ticket.created 1"}, one.saw)
		require.Equal(t, one.saw, anna.saw)
		require.Empty(t, two.saw)
		before := two.at
		_, err := d.svc.Note(t.Context(), ticket.AccountActor("one", ""), tk.ID, 0, ticket.NewMessage{Body: "n"})
		require.NoError(t, err)
		settled()
		require.Equal(t, []string{"seen note.added 1"}, one.saw)
		require.Empty(t, vera.saw)
		d.move(tk.ID, 1)
		settled()
		require.Equal(t, []string{"left ticket.queue_changed 1"}, one.saw)
		require.Equal(t, []string{"seen ticket.queue_changed 1"}, two.saw)
		back := d.connect("one", after(before))
		back.until(d.newest())
		require.Equal(t, []string{"left ticket.queue_changed 1"}, back.saw, "nothing of what happened while it was his")
		_, err = d.svc.CreateQueue(t.Context(), system, "three")
		require.NoError(t, err)
		require.NoError(t, d.svc.Delete(t.Context(), system, tk.ID, 0))
		settled()
		require.Equal(t, []string{"left ticket.deleted 0"}, two.saw)
		require.Equal(t, []string{"seen queue.created 0", "left ticket.deleted 0"}, anna.saw)
		require.Empty(t, one.saw)
		late := d.connect("anna", after(before))
		late.until(d.newest())
		require.Equal(t, []string{"seen queue.created 0", "left ticket.deleted 0"}, late.saw, "a deleted ticket has no history")

		here, there := d.open(0), d.open(0)
		only := d.connect("anna", func(s *live.Subscription) { s.Ticket = there.ID })
		_, err = d.svc.Escalate(t.Context(), system, here.ID, 0, "")
		require.NoError(t, err)
		_, err = d.svc.Escalate(t.Context(), system, there.ID, 0, "")
		require.NoError(t, err)
		_, err = d.svc.CreateQueue(t.Context(), system, "four")
		require.NoError(t, err)
		settled()
		require.NoError(t, only.take())
		for _, s := range only.saw {
			require.Contains(t, s, fmt.Sprint(" ", there.Number))
		}
		require.Contains(t, only.saw, fmt.Sprint("seen ticket.escalated ", there.Number))
	})
}

// TestRightsAreCheckedBeforeWhatFollows: an event of the desk that may have changed somebody's rights asks for a check before anything later.
func TestRightsAreCheckedBeforeWhatFollows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typ       ticket.EventType
		data      string
		one, anna bool
	}{
		"of an account": {"user.updated", `{"account_id":"one"}`, true, false},
		"of a role":     {"role.updated", `{"name":"x"}`, true, true},
		"sign-in":       {"session.login_failed", `{"attempts":1}`, false, false},
		"queue":         {ticket.EventQueueCreated, `{}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := setup(t)
				one, anna := d.connect("one"), d.connect("anna")
				require.NoError(t, one.take())
				require.NoError(t, anna.take())
				d.desk(c.typ, c.data)
				d.open(0)
				time.Sleep(time.Second)
				synctest.Wait()
				require.NoError(t, one.take())
				require.NoError(t, anna.take())
				require.Equal(t, c.one, one.check)
				require.Equal(t, c.anna, anna.check)
				require.Len(t, one.seqs, 1)
				require.NoError(t, one.take())
				require.False(t, one.batch.Check, "once")
			})
		})
	}
}

// TestThousandClients: a thousand cost one reading of the events, and each event one text.
func TestThousandClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		var clients []*client
		for i := range 1000 {
			clients = append(clients, d.connect([]ticket.AccountID{"anna", "one", "two"}[i%3]))
		}
		before := d.source.set(nil)
		for i := range 50 {
			d.open(i % 2)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		require.LessOrEqual(t, d.source.set(nil)-before, 5)
		written := 0
		for i, c := range clients {
			require.NoError(t, c.take())
			require.Len(t, c.seqs, []int{50, 25, 25}[i%3])
			for _, e := range c.batch.Events {
				require.NotEmpty(t, e.Frame(e.Sight, func() []byte { written++; return []byte("x") }))
			}
		}
		require.Equal(t, 50, written)
		require.Equal(t, 1000, d.hub.Stats().Clients)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		c := d.connect("anna")
		require.NoError(t, c.take())
		synctest.Wait()
		require.Error(t, d.hub.Run(t.Context()), "it runs already")
		d.stop()
		<-c.Ready()
		require.ErrorIs(t, c.take(), live.ErrStopped)
		c.Close()
		_, err := d.hub.Subscribe(t.Context(), live.Subscription{})
		require.ErrorIs(t, err, live.ErrStopped)
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.Zero(t, d.hub.Stats().Clients)

		ctx, cancel := context.WithCancel(t.Context())
		go func() { d.done <- d.hub.Run(ctx) }()
		synctest.Wait()
		again := d.connect("anna")
		d.open(0)
		again.until(d.newest())
		require.Len(t, again.seqs, 1, "it may run again")
		cancel()
		require.NoError(t, <-d.done)
	})
}

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		d.source.set(errBroken)
		_, err := d.hub.Subscribe(t.Context(), live.Subscription{})
		require.ErrorIs(t, err, errBroken)
		d.source.set(nil)
		time.Sleep(time.Minute)
		c := d.connect("anna")
		d.source.set(errBroken)
		d.open(0)
		time.Sleep(time.Minute)
		require.NoError(t, c.take())
		require.Empty(t, c.seqs)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = d.hub.Subscribe(ctx, live.Subscription{After: "5-12345678"})
		require.Error(t, err)
		d.source.set(nil)
		c.until(d.newest())
		require.Len(t, c.seqs, 1)
	})
}

// TestIdleHubReadsNothing: without clients only the order is kept going, and with them a hint is enough to be quick.
func TestIdleHubReadsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sequenced := 0
		d := setup(t, func(c *live.Config) { c.Sequence = func(context.Context) error { sequenced++; return nil } })
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Zero(t, d.source.set(nil))
		require.Greater(t, sequenced, 10)
		require.Less(t, sequenced, 20)
		c := d.connect("anna")
		time.Sleep(time.Minute)
		d.open(0)
		began := time.Now()
		c.until(d.newest())
		require.Less(t, time.Since(began), 100*time.Millisecond) // of the fake clock: the hint, not the next look
		c.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		before := d.source.set(nil)
		time.Sleep(time.Minute)
		require.Equal(t, before, d.source.set(nil))
	})
}

// TestTwoProcesses: a client of one hub learns what was written beside the other, and may change between them.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		other := d.newHub()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- other.Run(ctx) }()
		synctest.Wait()
		c := d.connectTo(other, "anna")
		tk := d.open(0)
		c.until(d.newest())
		require.Len(t, c.seqs, 1)
		here := d.connect("anna")
		d.open(0)
		here.until(d.newest())
		there := d.connectTo(other, "anna", after(here.at))
		require.NoError(t, there.take())
		require.False(t, there.reset, "the other was a look behind, and has looked again")
		require.NoError(t, d.svc.SetPresence(t.Context(), ticket.AccountActor("one", ""), tk.ID, ticket.Viewing))
		time.Sleep(time.Second)
		synctest.Wait()
		require.NoError(t, there.take())
		require.Len(t, there.batch.Company, 1)
		cancel()
		require.NoError(t, <-done)
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := live.New(live.Config{})
	require.Equal(t, ticket.Invalid, ticket.KindOf(err))
	_, err = live.New(live.Config{Source: &ticket.Service{}, Keep: -1})
	require.Equal(t, ticket.Invalid, ticket.KindOf(err))
}
