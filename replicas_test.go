package ticketkit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/ticket"
)

// wire is a channel whose other end is the test.
type wire struct{ in chan adapters.Intake }

func (w *wire) Name() string { return "wire" }

func (w *wire) Run(ctx context.Context, in adapters.Intake) error {
	w.in <- in
	<-ctx.Done()
	return nil
}

// replica is one process of a desk.
type replica struct {
	*ticketkit.Desk
	store  *store.Store
	intake adapters.Intake
}

// replicas opens a desk several times over one database and runs it.
func replicas(t *testing.T, n int, mail adapters.Sender, open func(ctx context.Context) (*store.Store, error)) []*replica {
	t.Helper()
	out := make([]*replica, n)
	for i := range out {
		st, err := open(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		out[i] = &replica{store: st}
	}
	together(t, n, func(i int) error { return out[i].store.Migrate(t.Context()) })
	for _, r := range out {
		w := &wire{make(chan adapters.Intake, 1)}
		d, err := ticketkit.New(ticketkit.Config{Store: r.store, Secret: secret, Mail: mail, Adapters: []adapters.Adapter{w}})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			require.NoError(t, <-done)
		})
		r.Desk, r.intake = d, <-w.in
	}
	return out
}

func together(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}

// servers are the databases that replicas can share; each gives how to open a fresh one.
var servers = map[string]func(t *testing.T) func(context.Context) (*store.Store, error){
	"PostgreSQL": func(t *testing.T) func(context.Context) (*store.Store, error) {
		url := testservers.Postgres(t)
		return func(ctx context.Context) (*store.Store, error) { return postgres.Open(ctx, url, postgres.Options{}) }
	},
	"MariaDB": func(t *testing.T) func(context.Context) (*store.Store, error) {
		url := testservers.MariaDB(t)
		return func(ctx context.Context) (*store.Store, error) { return mysql.Open(ctx, url, mysql.Options{}) }
	},
}

// TestReplicasActAsOne: whichever replica an item, a click or a timer reaches, everything happens once.
func TestReplicasActAsOne(t *testing.T) {
	t.Parallel()
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mail := &outbox{}
			rs := replicas(t, 2, mail, server(t))
			a, b := rs[0], rs[1]
			const items, senders = 40, 7

			// The same items reach both, several times, and first-time senders with them.
			together(t, 4*items, func(i int) error {
				key := i % items
				for {
					err := rs[i/items%2].intake.Receive(t.Context(), ticket.Incoming{
						Channel: "wire", Key: fmt.Sprint(key), Subject: fmt.Sprint("item ", key), Text: "Guten Tag", ExternalID: fmt.Sprintf("%d@customer.example", key),
						From: ticket.Person{Name: "Kim", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: fmt.Sprintf("kim%d@customer.example", key%senders)}},
					})
					if ticket.KindOf(err) != ticket.Unavailable { // which asks for the same item again
						return err
					}
				}
			})
			parked, err := a.Channels().ListParked(t.Context(), system, "", 0)
			require.NoError(t, err)
			require.Empty(t, parked)
			require.Eventually(t, func() bool { return live(t, a.store, ticket.JobNotice) == 0 }, time.Minute, 20*time.Millisecond) // each receipt is an event
			list := everyTicket(t, a.Desk)
			require.Len(t, list, items)
			subjects, numbers, people := map[string]bool{}, map[int64]bool{}, map[ticket.ContactID]bool{}
			for _, tk := range list {
				subjects[tk.Subject], numbers[tk.Number], people[tk.Requester.ID] = true, true, true
				require.Equal(t, 1, tk.MessageCount)
			}
			require.Len(t, subjects, items, "one ticket for each item")
			require.Len(t, numbers, items, "no number twice")
			require.Len(t, people, senders, "one contact for each address")
			require.Equal(t, list, everyTicket(t, b.Desk), "both see the same")

			// Of two who act on what both have seen, one wins.
			var won [items]atomic.Int64
			together(t, 2*items, func(i int) error {
				tk := list[i%items]
				_, err := rs[i/items].Tickets().Reply(t.Context(), system, tk.ID, tk.Version, ticket.NewMessage{Body: "Bitte neu starten."})
				if ticket.KindOf(err) == ticket.Stale {
					return nil
				}
				if err == nil {
					won[i%items].Add(1)
				}
				return err
			})
			for i := range won {
				require.Equal(t, int64(1), won[i].Load(), "replies to %s", list[i].Subject)
			}
			require.Eventually(t, func() bool { return mail.count() >= items && live(t, a.store, ticket.JobDeliver) == 0 }, time.Minute, 20*time.Millisecond)
			require.Eventually(t, func() bool { return live(t, a.store, ticket.JobNotice) == 0 }, time.Minute, 20*time.Millisecond)
			sent := map[string]int{}
			mail.mu.Lock()
			for _, m := range mail.sent {
				sent[m.Key]++
			}
			mail.mu.Unlock()
			require.Equal(t, items, mail.count())
			require.LessOrEqual(t, mail.of(ticket.NoticeReceipt), items)
			require.Positive(t, mail.of(ticket.NoticeReceipt))
			for key, n := range sent {
				require.Equal(t, 1, n, "deliveries of %s", key)
			}

			// A timer is due for both and fires once.
			together(t, items, func(i int) error {
				for soon := time.Second; ; soon *= 2 {
					_, err := rs[i%2].Tickets().Snooze(t.Context(), system, list[i].ID, 0, time.Now().Add(soon))
					if ticket.KindOf(err) != ticket.Invalid || soon > time.Minute { // its turn came when that was over
						return err
					}
				}
			})
			require.Eventually(t, func() bool { return live(t, b.store, ticket.JobTimer) == 0 }, time.Minute, 20*time.Millisecond)
			for _, tk := range everyTicket(t, b.Desk) {
				require.Equal(t, ticket.Open, tk.Category, tk.Subject)
				es, err := a.Tickets().History(t.Context(), system, ticket.EventQuery{Ticket: tk.ID, Types: []ticket.EventType{ticket.EventReopened}})
				require.NoError(t, err)
				require.Len(t, es, 1, tk.Subject)
			}

			_, err = a.Tickets().VerifyAll(t.Context(), system)
			require.NoError(t, err, "the history is whole")
			waiting, err := b.store.ListJobs(t.Context(), jobs.JobFilter{States: []jobs.State{jobs.StatePending}})
			require.NoError(t, err)
			planned := map[string]int{}
			for _, j := range waiting {
				planned[j.Kind]++
			}
			require.Contains(t, planned, "cron.clean")
			for kind, n := range planned {
				require.Equal(t, 1, n, "%s is planned once for both", kind)
			}
			dead, err := b.store.ListJobs(t.Context(), jobs.JobFilter{States: []jobs.State{jobs.StateDead}})
			require.NoError(t, err)
			require.Empty(t, dead)
		})
	}
}

// live counts the jobs of a kind that wait or run.
func live(t *testing.T, st *store.Store, kind string) int {
	list, err := st.ListJobs(t.Context(), jobs.JobFilter{Kinds: []string{kind}, States: []jobs.State{jobs.StatePending, jobs.StateLeased}, Limit: 1000})
	require.NoError(t, err)
	return len(list)
}

func everyTicket(t *testing.T, d *ticketkit.Desk) []ticket.Ticket {
	t.Helper()
	list, next, err := d.Tickets().List(t.Context(), system, ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit})
	require.NoError(t, err)
	require.True(t, next.IsZero())
	return list
}
