package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// counter is what a store may be beside its ports: one that counts for metrics.
type counter interface {
	Counts(ctx context.Context, now time.Time) (observe.Counts, error)
}

var metricTests = []test{
	{"Counts", testMetricCounts},
}

func testMetricCounts(t *testing.T, d *desk) {
	c, ctx := d.Store.(counter), t.Context()
	count := func() observe.Counts {
		got, err := c.Counts(ctx, d.now)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, observe.Counts{Tickets: map[string]int64{}, Dead: map[string]int64{}}, count())

	category := func(c ticket.Category) func(*ticket.Ticket) {
		return func(t *ticket.Ticket) { t.Status, t.Category = ticket.Status(c), c }
	}
	missed, running := d.ticket(category(ticket.Open)), d.ticket(category(ticket.Open))
	unnoted, over := d.ticket(category(ticket.Pending)), d.ticket(category(ticket.Closed))
	d.save(sla.Row{TicketID: missed.ID, BreachedAt: d.now.Add(-time.Hour), DueAt: d.now.Add(time.Hour), Open: true, Promised: true})
	d.save(sla.Row{TicketID: running.ID, DueAt: d.now.Add(time.Hour), Open: true, Promised: true})
	d.save(sla.Row{TicketID: unnoted.ID, DueAt: d.now.Add(-time.Minute), Open: true, Promised: true})
	d.save(sla.Row{TicketID: over.ID, BreachedAt: d.now.Add(-9 * time.Hour), Promised: true})
	for id, at := range map[string]time.Duration{"due": -2 * time.Minute, "dead": -3 * time.Minute, "leased": -4 * time.Minute, "later": time.Minute} {
		require.NoError(t, d.Jobs.EnqueueJob(ctx, jobs.Job{ID: id, Kind: "of-" + id, RunAt: d.now.Add(at)}))
	}
	for _, id := range []string{"dead", "leased"} {
		js, err := d.Jobs.ClaimJobs(ctx, []string{"of-" + id}, d.now, time.Hour, 1)
		require.NoError(t, err)
		require.Len(t, js, 1)
		if id == "dead" {
			require.NoError(t, d.Jobs.BuryJob(ctx, id, js[0].LeaseToken, "broken", d.now))
		}
	}
	require.Equal(t, observe.Counts{Tickets: map[string]int64{"open": 2, "pending": 1, "closed": 1}, Dead: map[string]int64{"of-dead": 1},
		DueSince: d.now.Add(-2 * time.Minute), Late: 2, LateSince: d.now.Add(-time.Hour)}, count())
}
