package ticketkit_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// clock is the wall clock of a process, which may be wrong; package time goes on evenly.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) set(off time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
}

// outbox takes what leaves by mail.
type outbox struct {
	mu   sync.Mutex
	sent []adapters.Outbound
}

func (o *outbox) Send(_ context.Context, m adapters.Outbound) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, m)
	return m.Key + "@desk.example", nil
}

// count is how many messages left that belong to a conversation.
func (o *outbox) count() int { return o.of("") }

// of counts what the desk says of a kind by itself.
func (o *outbox) of(kind ticket.NoticeKind) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.sent {
		if o.sent[i].Notice == kind {
			n++
		}
	}
	return n
}

// start opens the database in a file and runs a desk over it; stop ends both, as the end of the process does.
func start(t *testing.T, path string, cfg ticketkit.Config) (d *ticketkit.Desk, stop func()) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	cfg.Store, cfg.Secret = st, secret
	d, err = ticketkit.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	return d, func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, st.Close())
	}
}

var system = ticket.SystemActor("test")

func openTicket(t *testing.T, d *ticketkit.Desk) ticket.ID {
	t.Helper()
	tk, err := d.Tickets().Open(t.Context(), system, ticket.NewTicket{Subject: "s", Body: "b", Requester: ticket.Person{Identity: ticket.Identity{Value: "kim@customer.example"}}})
	require.NoError(t, err)
	return tk.ID
}

func category(t *testing.T, d *ticketkit.Desk, id ticket.ID) ticket.Category {
	t.Helper()
	tk, err := d.Tickets().Get(t.Context(), system, id)
	require.NoError(t, err)
	return tk.Category
}

func TestTimersSurviveRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		mail := &outbox{}
		cfg := ticketkit.Config{Mail: mail, Locale: "en", Upkeep: ticket.Upkeep{CloseInactive: 72 * time.Hour, WarnBefore: 24 * time.Hour, RemindAfter: 24 * time.Hour}}
		d, stop := start(t, path, cfg)
		slept, waits := openTicket(t, d), openTicket(t, d)
		_, err := d.Tickets().Snooze(t.Context(), system, slept, 0, time.Now().Add(30*time.Hour))
		require.NoError(t, err)
		_, err = d.Tickets().Reply(t.Context(), system, waits, 0, ticket.NewMessage{Body: "Which printer?", Status: "pending"})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.Equal(t, 1, mail.count())
		stop()

		// While no process runs nothing happens; then what became due happens once.
		time.Sleep(25 * time.Hour)
		d, stop = start(t, path, cfg)
		time.Sleep(time.Minute)
		require.Equal(t, 2, mail.count(), "the reminder")
		require.Contains(t, mail.sent[1].Message.Text, "automatic reminder")
		require.Equal(t, ticket.Snoozed, category(t, d, slept))
		stop()
		d, stop = start(t, path, cfg)
		time.Sleep(6 * time.Hour)
		require.Equal(t, ticket.Open, category(t, d, slept))
		require.Equal(t, 2, mail.count(), "a restart repeats nothing")
		stop()

		time.Sleep(100 * time.Hour) // past the warning and the closing
		d, stop = start(t, path, cfg)
		time.Sleep(time.Minute)
		require.Equal(t, 3, mail.count(), "the warning")
		require.Equal(t, ticket.Pending, category(t, d, waits), "what was promised is kept")
		time.Sleep(24 * time.Hour)
		require.Equal(t, ticket.Closed, category(t, d, waits))
		time.Sleep(24 * time.Hour)
		require.Equal(t, 3, mail.count())
		require.Equal(t, 2, mail.of(ticket.NoticeClosed), "each of the two was closed once, and its requester told once")
		_, err = d.Tickets().VerifyAll(t.Context(), system)
		require.NoError(t, err)
		stop()
	})
}

func TestTimersWhenTheClockJumps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jump time.Duration
		want ticket.Category // one minute after the jump, a snooze of an hour
	}{"forth": {90 * time.Minute, ticket.Open}, "back": {-90 * time.Minute, ticket.Snoozed}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wall := &clock{}
				d, stop := start(t, filepath.Join(t.TempDir(), "desk.db"), ticketkit.Config{Now: wall.now})
				defer stop()
				id := openTicket(t, d)
				_, err := d.Tickets().Snooze(t.Context(), system, id, 0, wall.now().Add(time.Hour))
				require.NoError(t, err)
				time.Sleep(time.Minute)
				wall.set(c.jump)
				time.Sleep(time.Minute)
				require.Equal(t, c.want, category(t, d, id), "the wall clock counts, and is looked at within ten seconds")
				time.Sleep(3 * time.Hour)
				require.Equal(t, ticket.Open, category(t, d, id))
				wall.set(0)
				time.Sleep(3 * time.Hour)
				n := 0
				for e, err := range d.Tickets().AllHistory(t.Context(), system, id) {
					require.NoError(t, err)
					if e.Type == ticket.EventReopened {
						n++
					}
				}
				require.Equal(t, 1, n)
			})
		})
	}
}

// TestSettingsReachOldTickets: who switches the closing on has tickets already; they are closed too, though none at once.
func TestSettingsReachOldTickets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		d, stop := start(t, path, ticketkit.Config{})
		var old []ticket.ID
		for range 250 {
			old = append(old, openTicket(t, d))
		}
		_, err := d.Tickets().SetStatus(t.Context(), system, old[249], 0, "open")
		require.NoError(t, err)
		_, err = d.Tickets().SetStatus(t.Context(), system, old[0], 0, "pending")
		require.NoError(t, err)
		before, err := d.Tickets().Get(t.Context(), system, old[0])
		require.NoError(t, err)
		stop()
		time.Sleep(1000 * time.Hour)

		closing := ticketkit.Config{Upkeep: ticket.Upkeep{CloseInactive: 48 * time.Hour}}
		d, stop = start(t, path, closing)
		time.Sleep(47 * time.Hour)
		for _, id := range []ticket.ID{old[0], old[249]} {
			require.NotEqual(t, ticket.Closed, category(t, d, id), "counted from when it was switched on")
		}
		same, err := d.Tickets().Get(t.Context(), system, old[0])
		require.NoError(t, err)
		require.Equal(t, before.Version, same.Version, "nobody sees a change")
		stop()
		d, stop = start(t, path, closing) // the same settings: nothing begins anew
		time.Sleep(2 * time.Hour)
		require.Equal(t, ticket.Closed, category(t, d, old[0]))
		require.Equal(t, ticket.Closed, category(t, d, old[249]))
		require.Equal(t, ticket.New, category(t, d, old[5]), "nobody has looked at it")
		stop()
	})
}
