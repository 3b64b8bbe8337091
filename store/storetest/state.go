package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

var stateTests = []test{
	{"Values", testStateValues},
	{"Parked", testParked},
}

func testStateValues(t *testing.T, d *desk) {
	ctx := t.Context()
	get := func(name string) string {
		v, err := d.State.Get(ctx, name)
		require.NoError(t, err)
		return v
	}
	require.Empty(t, get("imap/cursor"))
	for _, v := range []string{"1:2", strings.Repeat("größe", 10_000), "", "{\"a\":'1'}"} {
		require.NoError(t, d.State.Set(ctx, "imap/cursor", v))
		require.Equal(t, v, get("imap/cursor"))
	}
	require.NoError(t, d.State.Set(ctx, "IMAP/cursor", "other"))
	require.Equal(t, "{\"a\":'1'}", get("imap/cursor"))
	together(t, 8, func(i int) error { return d.State.Set(ctx, "shared", fmt.Sprint(i)) })
	require.Contains(t, "01234567", get("shared"))
}

func testParked(t *testing.T, d *desk) {
	ctx := t.Context()
	var made []adapters.Parked
	for i := range 3 {
		p := adapters.Parked{Channel: "imap", Key: fmt.Sprintf("%d", i), Reason: "zu tief verschachtelt", Sender: "anna@firma.example", Subject: "Größe 🎫",
			Raw: fmt.Appendf(nil, "bytes %d", i), At: d.now.Add(time.Duration(i) * time.Second)}
		require.NoError(t, d.State.ParkItem(ctx, &p))
		require.NotEmpty(t, p.ID)
		p.Raw = nil
		made = append(made, p)
	}
	list, err := d.State.ParkedItems(ctx, "", 10)
	require.NoError(t, err)
	require.Equal(t, []adapters.Parked{made[2], made[1], made[0]}, list, "newest first, without bytes")
	list, err = d.State.ParkedItems(ctx, made[2].ID, 1)
	require.NoError(t, err)
	require.Equal(t, made[1:2], list)

	again := adapters.Parked{Channel: "imap", Key: "1", Reason: "immer noch", Raw: []byte("bytes 1"), At: d.now.Add(time.Hour)}
	require.NoError(t, d.State.ParkItem(ctx, &again))
	require.Equal(t, made[1].ID, again.ID, "the same item keeps its id")
	got, err := d.State.ParkedItem(ctx, made[1].ID)
	require.NoError(t, err)
	require.Equal(t, "immer noch", got.Reason)
	require.Equal(t, d.now.Add(time.Hour), got.At)
	require.Equal(t, "Größe 🎫", got.Subject)
	other := adapters.Parked{Channel: "smtpd", Key: "1", Reason: "x", At: d.now}
	require.NoError(t, d.State.ParkItem(ctx, &other))
	require.NotEqual(t, made[1].ID, other.ID)

	unnamed := func(raw string) string {
		p := adapters.Parked{Channel: "smtpd", Reason: "x", Raw: []byte(raw), At: d.now}
		require.NoError(t, d.State.ParkItem(ctx, &p))
		return p.ID
	}
	require.Equal(t, unnamed("a"), unnamed("a"), "without a key the bytes are the key")
	require.NotEqual(t, unnamed("a"), unnamed("b"))

	require.NoError(t, d.State.DeleteParked(ctx, made[1].ID))
	_, err = d.State.ParkedItem(ctx, made[1].ID)
	requireKind(t, ticket.NotFound, err)
	requireKind(t, ticket.NotFound, d.State.DeleteParked(ctx, made[1].ID))
	require.NoError(t, d.State.ParkItem(ctx, &again), "it may be parked again")
}

var reportTests = []test{{"KPI", testKPI}}

func testKPI(t *testing.T, d *desk) {
	ctx := t.Context()
	me := ticket.AccountID(d.id())
	berlin := time.FixedZone("summer", 2*3600)
	now := time.Date(2026, 6, 10, 12, 0, 0, 0, berlin)
	midnight := time.Date(2026, 6, 10, 0, 0, 0, 0, berlin)
	add := func(category ticket.Category, created time.Time, change ...func(*ticket.Ticket)) {
		tk := d.ticket(append([]func(*ticket.Ticket){func(n *ticket.Ticket) {
			n.Category, n.Status, n.CreatedAt, n.UpdatedAt = category, ticket.Status(category), created, created
		}}, change...)...)
		if at := tk.FirstResponseAt; !at.IsZero() {
			d.update(func(ctx context.Context, tx ticket.Tx) error {
				own, ok := tx.(report.Tx)
				require.True(d.t, ok, "a transaction over tickets is one over numbers")
				answer := report.Fact{At: at, N: 2, Kind: report.FactFirstResponse, Cycle: 1, Seconds: int64(at.Sub(created).Seconds())}
				return own.SaveMetrics(ctx, &report.Row{TicketID: tk.ID, Number: tk.Number, State: &report.State{Traits: report.TraitsOf(tk)}, Anew: true, New: true, Facts: []report.Fact{answer}})
			})
		}
	}
	answered := func(after time.Duration) func(*ticket.Ticket) {
		return func(n *ticket.Ticket) { n.FirstResponseAt = n.CreatedAt.Add(after) }
	}
	mine := func(n *ticket.Ticket) { n.Assignee = &ticket.AccountRef{ID: me} }
	billing := func(n *ticket.Ticket) { n.Queue.ID = d.queues[0].ID }
	resolvedAt := func(at time.Time) func(*ticket.Ticket) { return func(n *ticket.Ticket) { n.ResolvedAt = at } }
	add(ticket.New, midnight)                                 // today, in the last instant that counts
	add(ticket.New, midnight.Add(-time.Microsecond), billing) // yesterday
	add(ticket.Open, midnight.Add(time.Hour), mine, answered(10*time.Minute))
	add(ticket.Snoozed, midnight.AddDate(0, 0, -7), mine, billing, answered(30*time.Minute))
	add(ticket.Pending, midnight.AddDate(0, 0, -30), mine, answered(time.Second))
	add(ticket.Resolved, midnight.AddDate(0, 0, -2), answered(20*time.Minute+900*time.Millisecond), resolvedAt(midnight.Add(time.Minute)))
	add(ticket.Closed, midnight.AddDate(0, 0, -8), resolvedAt(midnight.Add(-time.Minute)))
	add(ticket.Spam, midnight.Add(time.Minute), answered(time.Hour), resolvedAt(midnight.Add(time.Minute)))
	add(ticket.Merged, midnight.Add(time.Minute), resolvedAt(midnight.Add(time.Minute)))

	// Of two answers within seven days, nearest rank takes the quicker: that to spam counts for nothing.
	k, err := d.Reports.KPI(ctx, d.all, report.Query{Account: me, Now: now.UTC(), Zone: berlin})
	require.NoError(t, err)
	require.Equal(t, report.KPI{
		Open: new(int64(4)), Unassigned: new(int64(2)), Mine: new(int64(3)), Pending: new(int64(1)), CreatedToday: new(int64(2)),
		ResolvedToday: new(int64(1)), FirstResponseP50: new(int64(600)), AgentsOnline: new(int64(0)),
		Breached: new(int64(0)), DueWithinHour: new(int64(0)),
		Previous: report.Previous{CreatedToday: new(0.43), ResolvedToday: new(0.14), FirstResponseP50: new(int64(1800))}, // of the one that was snoozed
	}, k)

	sc := d.accountScope("a", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})
	k, err = d.Reports.KPI(ctx, sc, report.Query{Account: me, Now: now, Zone: berlin})
	require.NoError(t, err)
	require.Equal(t, report.KPI{
		Open: new(int64(2)), Unassigned: new(int64(1)), Mine: new(int64(1)), Pending: new(int64(0)), CreatedToday: new(int64(0)),
		ResolvedToday: new(int64(0)), FirstResponseP50: nil, AgentsOnline: new(int64(0)),
		Breached: new(int64(0)), DueWithinHour: new(int64(0)),
		Previous: report.Previous{CreatedToday: new(0.29), ResolvedToday: new(0.0), FirstResponseP50: new(int64(1800))},
	}, k, "one queue, and no answer within seven days")
	k, err = d.Reports.KPI(ctx, ticket.Scope{}, report.Query{Now: now})
	require.NoError(t, err)
	require.Zero(t, *k.Open)
	require.Nil(t, k.Mine, "nobody asks")

	if d.Accounts == nil {
		return
	}
	for i, seen := range []time.Duration{time.Minute, 2 * time.Minute, 6 * time.Minute} {
		a := d.account(fmt.Sprintf("agent%d", i))
		for j := range 2 {
			s := &rbac.Session{ID: fmt.Sprintf("s%d%d", i, j), AccountID: a.ID, CreatedAt: d.now, LastSeen: now.Add(-seen), ExpiresAt: now.Add(time.Hour)}
			d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.InsertSession(ctx, s) })
		}
	}
	k, err = d.Reports.KPI(ctx, d.all, report.Query{Now: now})
	require.NoError(t, err)
	require.Equal(t, int64(2), *k.AgentsOnline)
}
