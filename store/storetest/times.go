package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	timeTests        = []test{{"EveryInstant", testInstants}, {"OrderAndBounds", testInstantOrder}}
	timeAccountTests = []test{{"Accounts", testAccountInstants}}
	timeJobTests     = []test{{"Jobs", testJobInstants}}
	timeStateTests   = []test{{"Parked", testParkedInstants}}
)

// instants are times that a database may get wrong: with fractions, in zones, in hours that are skipped or come twice, long ago and
// far ahead. The zero time is no time at all and stays so.
func instants() map[string]time.Time {
	berlin := time.FixedZone("CEST", 2*3600)
	return map[string]time.Time{
		"zero":                {},
		"one microsecond":     time.Date(2026, 3, 9, 10, 11, 12, 1000, time.UTC),
		"cut, not rounded":    time.Date(2026, 3, 9, 10, 11, 12, 999_999_999, time.UTC),
		"milliseconds only":   time.Date(2026, 3, 9, 10, 11, 12, 120_000_000, time.UTC),
		"skipped in Berlin":   time.Date(2026, 3, 29, 2, 30, 0, 123_456_789, time.FixedZone("CET", 3600)),
		"twice, first":        time.Date(2026, 10, 25, 2, 30, 0, 0, berlin),
		"twice, second":       time.Date(2026, 10, 25, 2, 30, 0, 0, time.FixedZone("CET", 3600)),
		"skipped in New York": time.Date(2026, 3, 8, 2, 30, 0, 0, time.FixedZone("EST", -5*3600)),
		"half an hour":        time.Date(2026, 1, 1, 0, 0, 0, 1000, time.FixedZone("ACST", 9*3600+1800)),
		"date line":           time.Date(2025, 12, 31, 23, 59, 59, 999_999_000, time.FixedZone("LINT", 14*3600)),
		"leap day":            time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC),
		"before 1970":         time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		"before TIMESTAMP":    time.Date(1900, 1, 1, 0, 0, 0, 1000, time.UTC), // of MySQL, which begins in 1970
		"past 2038":           time.Date(2038, 1, 19, 3, 14, 8, 1000, time.UTC),
		"past 2106":           time.Date(2106, 2, 7, 6, 28, 16, 0, berlin),
		"year 1":              time.Date(1, 1, 1, 0, 0, 1, 1000, time.UTC),
		"year 9999":           time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		"with a monotonic":    time.Now(),
	}
}

// kept is what of a time every database keeps: UTC and microseconds.
func kept(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return jobs.Instant(at)
}

func testInstants(t *testing.T, d *desk) {
	ctx := t.Context()
	for name, at := range instants() {
		want := kept(at)
		c := d.contact("Anna", "")
		c2 := &ticket.Contact{ID: ticket.ContactID(d.id()), CreatedAt: at}
		q := &ticket.Queue{ID: ticket.QueueID(d.id()), Name: name, CreatedAt: at}
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			if err := tx.InsertContact(ctx, c2); err != nil {
				return err
			}
			return tx.InsertQueue(ctx, q)
		})
		tk := d.ticketOf(c, func(n *ticket.Ticket) {
			n.CreatedAt, n.UpdatedAt, n.SnoozedUntil, n.FirstResponseAt, n.ResolvedAt = at, at, at, at, at
		})
		m := d.message(tk, func(m *ticket.Message) {
			m.CreatedAt, m.Delivery = at, &ticket.Delivery{State: ticket.Sent, At: at}
			m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "x", CreatedAt: at}}
		})
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.MarkReceived(ctx, ticket.Receipt{Channel: "time", Key: name, TicketID: tk.ID, At: at})
		})
		d.event(ticket.Head{}, tk.ID, func(e *ticket.Event) { e.At = at })

		got := d.read(tk.ID)
		times := []time.Time{got.CreatedAt, got.UpdatedAt, got.SnoozedUntil, got.FirstResponseAt, got.ResolvedAt}
		message, err := d.Store.Message(ctx, d.all, m.ID)
		require.NoError(t, err)
		times = append(times, message.CreatedAt, message.Delivery.At, message.Attachments[0].CreatedAt)
		contact, err := d.Store.Contact(ctx, c2.ID)
		require.NoError(t, err)
		queue, err := d.Store.Queue(ctx, q.ID)
		require.NoError(t, err)
		receipt, err := d.Store.Received(ctx, "time", name)
		require.NoError(t, err)
		events, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Ticket: tk.ID})
		require.NoError(t, err)
		times = append(times, contact.CreatedAt, queue.CreatedAt, receipt.At, events[0].At)
		for i, have := range times {
			require.Equal(t, want, have, "%s, place %d", name, i)
		}
	}
}

// testInstantOrder: lists and bounds go by the instant, wherever it was written down, to the microsecond.
func testInstantOrder(t *testing.T, d *desk) {
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -11*3600)
	base := time.Date(2026, 10, 25, 0, 59, 59, 999_999_000, time.UTC)
	var want []ticket.ID
	for i, at := range []time.Time{base, base.Add(time.Microsecond).In(west), base.Add(2 * time.Microsecond).In(east), base.Add(time.Hour).In(west)} {
		tk := d.ticket(func(n *ticket.Ticket) {
			n.CreatedAt, n.UpdatedAt = at, base.Add(-time.Duration(i)*time.Microsecond).In(east)
		})
		d.event(ticket.Head{}, tk.ID, func(e *ticket.Event) { e.At = at })
		want = append(want, tk.ID)
	}
	for _, sort := range []ticket.Sort{ticket.ByCreatedAsc, ticket.ByUpdated} {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Sort: sort})
		require.NoError(t, err)
		require.Equal(t, want, ids(list), "%s", sort)
	}
	es, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Since: base.Add(time.Microsecond).In(east), Until: base.Add(time.Hour).In(west)})
	require.NoError(t, err)
	require.Len(t, es, 2, "from the first bound, to before the second")
	require.Equal(t, want[1:3], []ticket.ID{es[0].TicketID, es[1].TicketID})
}

func testAccountInstants(t *testing.T, d *desk) {
	ctx := t.Context()
	i := 0
	for name, at := range instants() {
		i++
		want := kept(at)
		a := d.account(fmt.Sprint("user", i), func(a *rbac.Account) { a.CreatedAt, a.LastLoginAt = at, at })
		d.accounts(func(ctx context.Context, tx rbac.Tx) error {
			if err := tx.InsertSession(ctx, &rbac.Session{ID: name, AccountID: a.ID, CreatedAt: at, ExpiresAt: at, LastSeen: at}); err != nil {
				return err
			}
			return tx.InsertToken(ctx, &rbac.Token{ID: name, AccountID: a.ID, Hash: name, CreatedAt: at, ExpiresAt: at, LastUsed: at})
		})
		s, acc, err := d.Accounts.SessionAccount(ctx, name)
		require.NoError(t, err)
		k, _, err := d.Accounts.TokenAccount(ctx, name)
		require.NoError(t, err)
		for place, have := range []time.Time{acc.CreatedAt, acc.LastLoginAt, s.CreatedAt, s.ExpiresAt, s.LastSeen, k.CreatedAt, k.ExpiresAt, k.LastUsed} {
			require.Equal(t, want, have, "%s, place %d", name, place)
		}
	}
	cut := time.Date(2026, 3, 29, 1, 0, 0, 1000, time.UTC)
	a := d.account("bounds")
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		for _, off := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
			id := fmt.Sprint("cut", off)
			if err := tx.InsertSession(ctx, &rbac.Session{ID: id, AccountID: a.ID, CreatedAt: cut, ExpiresAt: cut.Add(off), LastSeen: cut}); err != nil {
				return err
			}
		}
		return tx.DeleteExpiredSessions(ctx, cut.In(time.FixedZone("x", -7*3600)))
	})
	left, err := d.Accounts.ListSessions(ctx, a.ID)
	require.NoError(t, err)
	require.Len(t, left, 1, "what ends at this very microsecond is over")
}

func testJobInstants(t *testing.T, d *desk) {
	ctx := t.Context()
	for name, at := range instants() {
		if at.IsZero() {
			continue // refused
		}
		want := kept(at)
		require.NoError(t, d.Jobs.EnqueueJob(ctx, jobs.Job{ID: name, Kind: name, RunAt: at}))
		next, ok, err := d.Jobs.NextJobAt(ctx, []string{name})
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, next, name)
		early, err := d.Jobs.ClaimJobs(ctx, []string{name}, want.Add(-time.Microsecond), time.Minute, 1)
		require.NoError(t, err)
		require.Empty(t, early, "%s: a microsecond too early", name)
		due, err := d.Jobs.ClaimJobs(ctx, []string{name}, want.In(time.FixedZone("x", 9*3600)), time.Minute, 1)
		require.NoError(t, err)
		require.Len(t, due, 1, name)
		require.Equal(t, want, due[0].RunAt, name)
		require.NoError(t, d.Jobs.BuryJob(ctx, name, due[0].LeaseToken, "x", at))
		list, err := d.Jobs.ListJobs(ctx, jobs.JobFilter{Kinds: []string{name}})
		require.NoError(t, err)
		require.Equal(t, want, list[0].FinishedAt, name)
	}
}

func testParkedInstants(t *testing.T, d *desk) {
	for name, at := range instants() {
		if at.IsZero() || at.Before(time.Unix(0, 0)) {
			continue // the id of an item begins with its time, and nothing was parked before 1970
		}
		p := adapters.Parked{Channel: "time", Key: name, Reason: "x", At: at}
		require.NoError(t, d.State.ParkItem(t.Context(), &p))
		got, err := d.State.ParkedItem(t.Context(), p.ID)
		require.NoError(t, err)
		require.Equal(t, kept(at), got.At, name)
		require.Equal(t, kept(at), p.At, name)
	}
}
