package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// RollUpStore is what a report.Store may be beside: one that packs facts by day.
type RollUpStore interface {
	RollUp(ctx context.Context, least int) (int, error)
}

// rollupTests are for a store that packs facts.
var rollupTests = []test{
	{"EqualsTheRows", testRollupEqualsRows},
	{"BesideChanges", testRollupBesideChanges},
}

// factsOf reads facts as texts, in order.
func factsOf(t require.TestingT, d *desk, sc ticket.Scope, q report.FactQuery) (out []string) {
	err := d.Reports.Facts(d.t.Context(), sc, q, func(r *report.FactRow) {
		out = append(out, fmt.Sprintf("%+v", *r))
	})
	require.NoError(t, err)
	slices.Sort(out)
	return out
}

// byRows is a scope that reaches all, for a reason that no packed fact knows, so that every fact is read from its table.
func byRows(d *desk) ticket.Scope {
	g := ticket.Grant{Own: true}
	for _, q := range d.queues {
		g.Queues = append(g.Queues, q.ID)
	}
	return d.accountScope("rows", g)
}

// testRollupEqualsRows: whatever happens and whenever facts are packed, what is read is what stands in the rows.
func testRollupEqualsRows(t *testing.T, d *desk) {
	m := newMeasured(t, d, true)
	began := m.now
	rows, roller := byRows(d), d.Reports.(RollUpStore)
	one := d.accountScope("one", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})
	packed := 0
	examples(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			m.step(rt)
		}
		if rapid.Bool().Draw(rt, "pack") {
			n, err := roller.RollUp(t.Context(), rapid.IntRange(0, 4).Draw(rt, "least"))
			require.NoError(rt, err)
			packed += n
		}
		q := report.FactQuery{From: began.AddDate(0, 0, -1), To: m.now.Add(time.Second)}
		if rapid.Bool().Draw(rt, "part") {
			q.From = m.now.Add(-time.Duration(rapid.Int64Range(1, 20*24*3600*1e6).Draw(rt, "from")) * time.Microsecond)
			q.To = q.From.Add(time.Duration(rapid.Int64Range(0, 20*24*3600*1e6).Draw(rt, "length")) * time.Microsecond)
		}
		q.Kinds = rapid.SampledFrom([][]report.FactKind{nil, {report.FactResolved}, {report.FactCreated, report.FactAsked}}).Draw(rt, "kinds")
		q.Queues = rapid.SampledFrom([][]ticket.QueueID{nil, {d.queues[1].ID}}).Draw(rt, "queues")
		q.Channels = rapid.SampledFrom([][]string{nil, {"web"}}).Draw(rt, "channels")
		q.Priorities = rapid.SampledFrom([][]ticket.Priority{nil, ticket.Priorities()[:2]}).Draw(rt, "priorities")
		q.Tag = rapid.SampledFrom([]string{"", "vip"}).Draw(rt, "tag")
		q.Agent = rapid.SampledFrom([]ticket.AccountID{"", "sam"}).Draw(rt, "agent")
		want := factsOf(rt, d, rows, q)
		require.Equal(rt, want, factsOf(rt, d, d.all, q))
		counts, err := d.Reports.FactCounts(t.Context(), d.all, q)
		require.NoError(rt, err)
		total := 0
		for _, n := range counts {
			total += int(n)
		}
		require.Len(rt, want, total)
		require.Empty(rt, factsOf(rt, d, ticket.Scope{}, q), "no scope, no facts")
		only := q
		only.Queues = []ticket.QueueID{d.queues[0].ID}
		if len(q.Queues) == 0 {
			require.Equal(rt, factsOf(rt, d, rows, only), factsOf(rt, d, one, q), "a scope of one queue")
		}
	})
	for range 3 {
		n, err := roller.RollUp(t.Context(), 1)
		require.NoError(t, err)
		packed += n
	}
	require.Positive(t, packed)
	n, err := roller.RollUp(t.Context(), 0)
	require.NoError(t, err)
	require.Zero(t, n, "everything is packed and nothing has changed since")
	q := report.FactQuery{From: began.AddDate(0, 0, -1), To: m.now.Add(time.Second)}
	require.Equal(t, factsOf(t, d, rows, q), factsOf(t, d, d.all, q))
}

// testRollupBesideChanges: several processes pack while tickets change; none of the changes is lost to a reader.
func testRollupBesideChanges(t *testing.T, d *desk) {
	m := newMeasured(t, d, true)
	began, roller := m.now, d.Reports.(RollUpStore)
	rows := byRows(d)
	done := make(chan struct{})
	var packers sync.WaitGroup
	for range 2 {
		packers.Go(func() {
			for {
				if _, err := roller.RollUp(t.Context(), 1); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	stop := sync.OnceFunc(func() { close(done); packers.Wait() })
	t.Cleanup(stop)
	examples(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "steps") {
			m.step(rt)
		}
		q := report.FactQuery{From: began.AddDate(0, 0, -1), To: m.now.Add(time.Second)}
		require.Equal(rt, factsOf(rt, d, rows, q), factsOf(rt, d, d.all, q)) // nothing changes meanwhile but what is packed
	})
	stop()
	q := report.FactQuery{From: began.AddDate(0, 0, -1), To: m.now.Add(time.Second)}
	require.Equal(t, factsOf(t, d, rows, q), factsOf(t, d, d.all, q))
}
