package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// restartTests end the program at its worst moments, as far as its store can tell, and begin it again.
var restartTests = []test{
	{"KeepsEverything", testRestartKeeps},
	{"JobOfTheTransactionIsThere", testRestartJob},
	{"DeliveryIsResumed", testRestartDelivery},
	{"TimerIsThere", testRestartTimer},
}

// crash begins again with the same desk.
func (d *desk) crash() {
	d.t.Helper()
	d.Harness = d.Reopen(d.t)
}

func testRestartKeeps(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := filled(t, d, "one")
	want := d.read(tk.ID)
	d.crash()
	same(t, want, d.read(tk.ID))
	es, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.NoError(t, d.chain().Verify(es, tk.Head))
	ms, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Len(t, ms, 1)
	_, err = d.Store.Received(ctx, "mail", "one")
	require.NoError(t, err, "a repeat stays a repeat")
	list, err := d.Store.Tickets(ctx, d.all, ticket.Query{Words: []string{"Rechnung"}, Tag: []string{"vip"}})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{tk.ID}, ids(list))
	require.Greater(t, d.ticket().Number, tk.Number, "no number is given twice")
}

// outgoing writes an answer that must leave, and the job that asks for it, in one transaction.
func (d *desk) outgoing() ticket.MessageID {
	d.t.Helper()
	tk := d.ticket()
	id := ticket.MessageID(d.id())
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		m := &ticket.Message{ID: id, TicketID: tk.ID, N: 1, Kind: ticket.Public, Text: "Bitte neu starten.", CreatedAt: d.now,
			Delivery: &ticket.Delivery{State: ticket.Queued, At: d.now}}
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		return tx.Enqueue(ctx, ticket.Job{Kind: ticket.JobDeliver, Key: "deliver:" + string(id), RunAt: d.now, Payload: ticket.DeliverPayload{MessageID: id}})
	})
	return id
}

// testRestartJob: the program dies after the commit and before anybody has looked at the job.
func testRestartJob(t *testing.T, d *desk) {
	id := d.outgoing()
	require.ErrorIs(t, d.try(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.Enqueue(ctx, ticket.Job{Kind: ticket.JobDeliver, Key: "never", RunAt: d.now}); err != nil {
			return err
		}
		return errAbort
	}), errAbort)
	d.crash()
	due := d.claim(d.now)
	require.Len(t, due, 1, "what was committed, and nothing else")
	var p ticket.DeliverPayload
	require.NoError(t, json.Unmarshal(due[0].Payload, &p))
	require.Equal(t, id, p.MessageID)
	require.Equal(t, 1, due[0].Attempt)
}

// testRestartDelivery: the program dies while it sends, then after it has sent and before it could say so.
func testRestartDelivery(t *testing.T, d *desk) {
	ctx := t.Context()
	id := d.outgoing()
	const lease = 20 * time.Millisecond
	var old, job jobs.Job
	for attempt := 1; attempt <= 3; attempt++ {
		require.EventuallyWithT(t, func(c *assert.CollectT) { // the lease ends by the clock of the store
			due, err := d.Jobs.ClaimJobs(ctx, []string{ticket.JobDeliver}, d.now.Add(time.Duration(attempt)*lease), lease, 10)
			require.NoError(c, err)
			require.Len(c, due, 1)
			old, job = job, due[0]
		}, 2*time.Minute, lease)
		require.Equal(t, attempt, job.Attempt)
		if attempt > 1 {
			require.Equal(t, old.ID, job.ID, "the same key, so that a repeat can be told")
			require.ErrorIs(t, d.Jobs.CompleteJob(ctx, old.ID, old.LeaseToken, d.now), jobs.ErrLeaseLost, "whoever was thought dead has no say")
		}
		if attempt < 3 {
			d.crash()
		}
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.SetDelivery(ctx, id, ticket.Delivery{State: ticket.Sent, At: d.now}, "answer@desk.example")
	})
	require.NoError(t, d.Jobs.CompleteJob(ctx, job.ID, job.LeaseToken, d.now))
	d.crash()
	require.Empty(t, d.jobs())
	require.Empty(t, d.claim(d.now.Add(time.Hour)))
	m, err := d.Store.Message(ctx, d.all, id)
	require.NoError(t, err)
	require.Equal(t, &ticket.Delivery{State: ticket.Sent, At: d.now}, m.Delivery)
	require.Equal(t, "answer@desk.example", m.ExternalID)
}

func testRestartTimer(t *testing.T, d *desk) {
	tk := d.ticket()
	d.setTimer(tk.ID, "snooze", d.now)
	d.crash()
	require.Len(t, d.claim(d.now), 1)
	d.crash() // before the timer was taken
	require.True(t, d.takeTimer(tk.ID, "snooze", d.now))
	d.crash()
	require.False(t, d.takeTimer(tk.ID, "snooze", d.now), "it fires once")
	require.Empty(t, d.jobs())
}
