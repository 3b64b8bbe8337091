package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

var slaTests = []test{
	{"Definitions", testDefinitions},
	{"Clocks", testClocks},
	{"ClocksOfAPage", testClocksOf},
	{"OpenClocks", testOpenClocks},
	{"Outcomes", testOutcomes},
	{"ClockFilters", testClockFilters},
	{"Numbers", testClockNumbers},
	{"GoneWithTheTicket", testClocksDeleted},
	{"OneTransaction", testClocksTx},
}

func (d *desk) sla(fn func(context.Context, sla.Tx) error) {
	d.t.Helper()
	ctx := d.t.Context()
	require.NoError(d.t, d.SLA.UpdateSLA(ctx, func(tx sla.Tx) error { return fn(ctx, tx) }))
}

func (d *desk) save(row sla.Row, outcomes ...sla.Outcome) {
	d.t.Helper()
	if row.State == nil {
		row.State = []byte("{}")
	}
	d.sla(func(ctx context.Context, tx sla.Tx) error { return tx.SaveClocks(ctx, &row, outcomes) })
}

func testDefinitions(t *testing.T, d *desk) {
	ctx := t.Context()
	list, err := d.SLA.Definitions(ctx)
	require.NoError(t, err)
	require.Empty(t, list)
	_, stamp, err := d.SLA.Clocks(ctx, "nobody")
	require.NoError(t, err)
	require.Empty(t, stamp)

	want := []sla.Definition{
		{Stamp: "a", Kind: sla.KindCalendar, ID: "c1", Version: 1, ValidFrom: d.now, Origin: sla.ByEnvironment, Body: []byte(`{"name":"Büro"}`), CreatedAt: d.now},
		{Stamp: "b", Kind: sla.KindPolicy, ID: "c1", Version: 1, ValidFrom: d.now, Body: []byte(`{}`), By: "anna", CreatedAt: d.now},
		{Stamp: "0", Kind: sla.KindPolicy, ID: "c1", Version: 2, ValidFrom: d.now.Add(time.Hour), Retired: true, Body: []byte(`{"x":1}`), CreatedAt: d.now},
	}
	for i := range want {
		d.sla(func(ctx context.Context, tx sla.Tx) error { return tx.PutDefinition(ctx, &want[i]) })
		require.Equal(t, int64(i+1), want[i].Rev)
		_, stamp, err := d.SLA.Clocks(ctx, "nobody")
		require.NoError(t, err)
		require.Equal(t, want[i].Stamp, stamp, "of the newest")
	}
	list, err = d.SLA.Definitions(ctx)
	require.NoError(t, err)
	require.Equal(t, want, list)
	twice := want[2]
	twice.Stamp = "z"
	requireKind(t, ticket.Conflict, d.SLA.UpdateSLA(ctx, func(tx sla.Tx) error { return tx.PutDefinition(ctx, &twice) }))
}

func testClocks(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := d.ticket()
	row, _, err := d.SLA.Clocks(ctx, tk.ID)
	require.NoError(t, err)
	require.Nil(t, row)
	want := sla.Row{TicketID: tk.ID, State: []byte(`{"a":"ä"}`), DueAt: d.now, BreachedAt: d.now.Add(-time.Hour), TimerAt: d.now.Add(time.Minute), Open: true, Promised: true}
	d.save(want)
	row, _, err = d.SLA.Clocks(ctx, tk.ID)
	require.NoError(t, err)
	require.Equal(t, &want, row)
	want = sla.Row{TicketID: tk.ID, State: []byte(`{}`)}
	d.save(want)
	d.save(want)
	row, _, err = d.SLA.Clocks(ctx, tk.ID)
	require.NoError(t, err)
	require.Equal(t, &want, row)
}

func testClocksOf(t *testing.T, d *desk) {
	ctx := t.Context()
	mine := d.ticket(func(t *ticket.Ticket) { t.Queue = ticket.QueueRef{ID: d.queues[0].ID, Name: d.queues[0].Name} })
	other, bare := d.ticket(), d.ticket()
	d.save(sla.Row{TicketID: mine.ID, DueAt: d.now})
	d.save(sla.Row{TicketID: other.ID})
	ids := []ticket.ID{mine.ID, other.ID, bare.ID, "nobody"}
	rows, err := d.SLA.ClocksOf(ctx, d.all, ids)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	rows, err = d.SLA.ClocksOf(ctx, d.accountScope("bert", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}}), ids)
	require.NoError(t, err)
	require.Equal(t, []sla.Row{{TicketID: mine.ID, State: []byte("{}"), DueAt: d.now}}, rows)
	rows, err = d.SLA.ClocksOf(ctx, ticket.Scope{}, ids)
	require.NoError(t, err)
	require.Empty(t, rows)
	rows, err = d.SLA.ClocksOf(ctx, d.all, nil)
	require.NoError(t, err)
	require.Empty(t, rows)
}

func testOpenClocks(t *testing.T, d *desk) {
	var want []ticket.ID
	for i := range 5 {
		tk := d.ticket()
		d.save(sla.Row{TicketID: tk.ID, Open: i != 2})
		if i != 2 {
			want = append(want, tk.ID)
		}
	}
	var got []ticket.ID
	for after := ticket.ID(""); ; {
		page, err := d.SLA.OpenClocks(t.Context(), after, 3)
		require.NoError(t, err)
		got = append(got, page...)
		if len(page) < 3 {
			break
		}
		after = page[2]
	}
	require.Equal(t, want, got)
}

func testOutcomes(t *testing.T, d *desk) {
	ctx := t.Context()
	mine := d.ticket(func(t *ticket.Ticket) { t.Queue = ticket.QueueRef{ID: d.queues[0].ID, Name: d.queues[0].Name} })
	other := d.ticket()
	spam := d.ticket(func(t *ticket.Ticket) { t.Status, t.Category = "spam", ticket.Spam })
	out := func(id ticket.ID, clock sla.Clock, cycle int, met bool, at time.Time) sla.Outcome {
		return sla.Outcome{TicketID: id, Clock: clock, Cycle: cycle, Met: met, At: at, Seconds: 60, PolicyID: "p", PolicyVersion: 2}
	}
	d.save(sla.Row{TicketID: mine.ID}, out(mine.ID, "first", 1, true, d.now), out(mine.ID, "next", 1, true, d.now), out(mine.ID, "next", 2, true, d.now))
	d.save(sla.Row{TicketID: mine.ID}, out(mine.ID, "next", 3, true, d.now), out(mine.ID, "next", 1, false, d.now))
	d.save(sla.Row{TicketID: mine.ID}, out(mine.ID, "next", 1, true, d.now))       // replaced
	d.save(sla.Row{TicketID: mine.ID}, out(mine.ID, "next", 3, true, time.Time{})) // taken back
	d.save(sla.Row{TicketID: other.ID}, out(other.ID, "first", 1, false, d.now), out(other.ID, "next", 1, true, d.now.Add(time.Hour)))
	d.save(sla.Row{TicketID: spam.ID}, out(spam.ID, "first", 1, false, d.now))
	tally := func(s ticket.Scope) []sla.Count {
		counts, err := d.SLA.Tally(ctx, s, d.now, d.now.Add(time.Hour))
		require.NoError(t, err)
		return counts
	}
	require.Equal(t, []sla.Count{
		{Clock: "first", PolicyID: "p", PolicyVersion: 2, N: 1},
		{Clock: "first", PolicyID: "p", PolicyVersion: 2, Met: true, N: 1},
		{Clock: "next", PolicyID: "p", PolicyVersion: 2, Met: true, N: 2},
	}, tally(d.all))
	require.Equal(t, []sla.Count{{Clock: "first", PolicyID: "p", PolicyVersion: 2, Met: true, N: 1}, {Clock: "next", PolicyID: "p", PolicyVersion: 2, Met: true, N: 2}},
		tally(d.accountScope("bert", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})))
	require.Empty(t, tally(ticket.Scope{}))
}

func testClockFilters(t *testing.T, d *desk) {
	bare := d.ticket()
	unpromised := d.ticket()
	d.save(sla.Row{TicketID: unpromised.ID})
	over := d.ticket()
	d.save(sla.Row{TicketID: over.ID, Promised: true})
	soon := d.ticket()
	d.save(sla.Row{TicketID: soon.ID, DueAt: d.now.Add(30 * time.Minute), Open: true, Promised: true})
	later := d.ticket()
	d.save(sla.Row{TicketID: later.ID, DueAt: d.now.Add(2 * time.Hour), Open: true, Promised: true})
	unnoted := d.ticket() // came due while no worker ran
	d.save(sla.Row{TicketID: unnoted.ID, DueAt: d.now.Add(-time.Microsecond), Open: true, Promised: true})
	exactly := d.ticket() // met if it is stopped right now
	d.save(sla.Row{TicketID: exactly.ID, DueAt: d.now, Open: true, Promised: true})
	both := d.ticket()
	d.save(sla.Row{TicketID: both.ID, DueAt: d.now.Add(time.Hour), BreachedAt: d.now.Add(-time.Hour), Open: true, Promised: true})
	for _, c := range []struct {
		q    ticket.Query
		want []*ticket.Ticket
	}{
		{ticket.Query{}, []*ticket.Ticket{bare, unpromised, over, soon, later, unnoted, exactly, both}},
		{ticket.Query{SLA: ticket.WithoutClock}, []*ticket.Ticket{bare, unpromised}},
		{ticket.Query{SLA: ticket.Breached}, []*ticket.Ticket{unnoted, both}},
		{ticket.Query{SLA: ticket.Due}, []*ticket.Ticket{soon, later, exactly, both}},
		{ticket.Query{SLA: ticket.Due, DueWithin: time.Hour}, []*ticket.Ticket{soon, exactly, both}},
		{ticket.Query{SLA: ticket.Due, DueWithin: time.Minute}, []*ticket.Ticket{exactly}},
		{ticket.Query{SLA: ticket.Breached, Number: both.Number}, []*ticket.Ticket{both}},
	} {
		c.q.Sort, c.q.Now = ticket.ByNumberAsc, d.now
		got, err := d.Store.Tickets(t.Context(), d.all, c.q)
		require.NoError(t, err)
		var want []ticket.Ticket
		for _, w := range c.want {
			want = append(want, *w)
		}
		require.Equal(t, ids(want), ids(got), "%+v", c.q)
	}
}

func testClockNumbers(t *testing.T, d *desk) {
	if d.Reports == nil {
		t.Skip("this harness has no reports")
	}
	kpi := func() report.KPI {
		k, err := d.Reports.KPI(t.Context(), d.all, report.Query{Now: d.now})
		require.NoError(t, err)
		return k
	}
	k := kpi()
	require.Nil(t, k.SLAAttainment7d, "of nothing there is no share")
	require.Zero(t, *k.Breached)
	require.Zero(t, *k.DueWithinHour)
	out := func(id ticket.ID, met bool, at time.Time) sla.Outcome {
		return sla.Outcome{TicketID: id, Clock: "first", Cycle: 1, Met: met, At: at}
	}
	day := 24 * time.Hour
	a := d.ticket()
	d.save(sla.Row{TicketID: a.ID, DueAt: d.now.Add(time.Hour), Open: true}, out(a.ID, true, d.now.Add(-day)))
	b := d.ticket()
	d.save(sla.Row{TicketID: b.ID, BreachedAt: d.now.Add(-day), Open: true}, out(b.ID, false, d.now.Add(-day)))
	c := d.ticket() // due, and nobody noted it
	d.save(sla.Row{TicketID: c.ID, DueAt: d.now.Add(-time.Hour), Open: true})
	e := d.ticket() // before the period
	d.save(sla.Row{TicketID: e.ID}, out(e.ID, true, d.now.Add(-8*day)))
	f := d.ticket()
	d.save(sla.Row{TicketID: f.ID}, out(f.ID, true, d.now.Add(-day)))
	for _, cat := range []ticket.Category{ticket.Spam, ticket.Merged} {
		gone := d.ticket(func(t *ticket.Ticket) { t.Status, t.Category = ticket.Status(cat), cat })
		d.save(sla.Row{TicketID: gone.ID, BreachedAt: d.now.Add(-day), Open: true}, out(gone.ID, false, d.now.Add(-day)))
	}
	k = kpi()
	require.Equal(t, int64(2), *k.Breached)
	require.Equal(t, int64(1), *k.DueWithinHour)
	require.InDelta(t, 0.5, *k.SLAAttainment7d, 1e-9)
}

func testClocksDeleted(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := d.ticket()
	d.save(sla.Row{TicketID: tk.ID, Open: true}, sla.Outcome{TicketID: tk.ID, Clock: "first", Cycle: 1, At: d.now})
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, tk.ID) })
	row, _, err := d.SLA.Clocks(ctx, tk.ID)
	require.NoError(t, err)
	require.Nil(t, row)
	open, err := d.SLA.OpenClocks(ctx, "", 10)
	require.NoError(t, err)
	require.Empty(t, open)
}

func testClocksTx(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := d.ticket()
	abort := errors.New("abort")
	err := d.try(func(ctx context.Context, tx ticket.Tx) error {
		own, ok := tx.(sla.Tx)
		require.True(t, ok, "a transaction over tickets is one over clocks")
		if err := own.SaveClocks(ctx, &sla.Row{TicketID: tk.ID, State: []byte("{}")}, nil); err != nil {
			return err
		}
		row, _, err := own.Clocks(ctx, tk.ID)
		require.NoError(t, err)
		require.NotNil(t, row, "it sees its own writes")
		return abort
	})
	require.ErrorIs(t, err, abort)
	row, _, err := d.SLA.Clocks(ctx, tk.ID)
	require.NoError(t, err)
	require.Nil(t, row)
	err = d.SLA.UpdateSLA(ctx, func(tx sla.Tx) error {
		_, ok := tx.(ticket.Tx)
		require.True(t, ok, "and the other way round")
		return nil
	})
	require.NoError(t, err)
}
