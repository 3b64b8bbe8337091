package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestDeadJobsAreRetriedAndDropped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	var ids []string
	for range 2 {
		m, err := b.svc.Reply(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "x"})
		require.NoError(t, err)
		ids = append(ids, b.store.KillJob("deliver:"+string(m.ID), "mailbox full", b.now))
	}
	dead := ticket.JobQuery{States: []ticket.JobState{ticket.JobDead}}
	list, err := b.svc.Jobs(t.Context(), b.anna, dead)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "mailbox full", list[0].LastError)
	woken := b.woken
	require.NoError(t, b.svc.RetryJob(t.Context(), b.anna, ids[0]))
	require.Greater(t, b.woken, woken)
	require.NoError(t, b.svc.DropJob(t.Context(), b.anna, ids[1]))
	list, err = b.svc.Jobs(t.Context(), b.anna, dead)
	require.NoError(t, err)
	require.Empty(t, list)
	b.kind(ticket.NotFound, b.svc.RetryJob(t.Context(), b.anna, ids[1]))

	for _, who := range []ticket.Actor{b.bert, b.vera} { // one works in a single queue, the other only reads
		_, err = b.svc.Jobs(t.Context(), who, dead)
		b.kind(ticket.Denied, err)
		b.kind(ticket.Denied, b.svc.RetryJob(t.Context(), who, ids[0]))
		b.kind(ticket.Denied, b.svc.DropJob(t.Context(), who, ids[0]))
	}
	_, err = b.svc.Jobs(t.Context(), b.anna, ticket.JobQuery{States: []ticket.JobState{"x"}})
	b.kind(ticket.Invalid, err, "state")

	require.NoError(t, b.svc.RecordParked(t.Context(), b.anna, ticket.EventParkedDeleted, "p1", "imap"))
	b.kind(ticket.Internal, b.svc.RecordParked(t.Context(), b.anna, ticket.EventDeleted, "p1", "imap"))
	es, err := b.svc.Audit(t.Context(), b.anna, ticket.EventQuery{Desk: true, Types: []ticket.EventType{ticket.EventJobRetried, ticket.EventJobDropped, ticket.EventParkedDeleted}})
	require.NoError(t, err)
	require.Len(t, es, 3)
	require.JSONEq(t, `{"job_id":"`+ids[0]+`","kind":"deliver"}`, string(es[0].Data))
	require.Equal(t, "anna", es[1].Actor.ID)
	require.JSONEq(t, `{"parked_id":"p1","channel":"imap"}`, string(es[2].Data))
	_, err = b.svc.VerifyAll(t.Context(), b.system)
	require.NoError(t, err)
}
