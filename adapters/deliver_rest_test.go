package adapters_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestDeliverPartly: two recipients in copy are refused, one for good and one for now, who gets the message later.
func TestDeliverPartly(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"), mailID("later@kunde.example"), mailID("never@kunde.example"))
	mail := sender{&channel{name: "mailout"}}
	mail.send = func(context.Context, adapters.Outbound) (string, error) {
		return "", &adapters.PartlyError{ExternalID: "answer-1", Refused: []adapters.Refused{
			{Identity: mailID("later@kunde.example"), Err: errors.New("450 greylisted")},
			{Identity: mailID("never@kunde.example"), Err: adapters.Permanent(errors.New("550 no such user"))}}}
	}
	d := o.delivery(adapters.DeliveryConfig{Fallback: map[string]adapters.Sender{ticket.KindEmail: mail}, MaxAttempts: 3})
	require.NoError(t, d.Deliver(t.Context(), o.job))
	require.Equal(t, ticket.Bounced, o.state().State)
	require.Equal(t, "never@kunde.example: 550 no such user", o.state().Reason)

	list, err := o.store.ListJobs(t.Context(), jobs.JobFilter{Kinds: []string{ticket.JobDeliver}})
	require.NoError(t, err)
	rest := list[len(list)-1]
	var p ticket.DeliverPayload
	require.NoError(t, json.Unmarshal(rest.Payload, &p))
	require.Equal(t, []ticket.Identity{mailID("later@kunde.example")}, p.Only)
	require.NoError(t, d.Deliver(t.Context(), o.job), "the first job again")
	require.Len(t, mail.sent(), 1, "it had left")

	mail.send = func(context.Context, adapters.Outbound) (string, error) { return "", errors.New("450 greylisted") }
	rest.Attempt = 1
	require.Error(t, d.Deliver(t.Context(), rest))
	require.Equal(t, ticket.Bounced, o.state().State, "what was said of another recipient stays")
	mail.send = nil
	require.NoError(t, d.Deliver(t.Context(), rest))
	got := mail.sent()[len(mail.sent())-1]
	require.Equal(t, p.Only, got.Only)
	require.Len(t, got.Cc, 2, "the header names everybody")
}

func TestRestIsGivenUp(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"), mailID("later@kunde.example"))
	mail := sender{&channel{name: "mailout"}}
	d := o.delivery(adapters.DeliveryConfig{Fallback: map[string]adapters.Sender{ticket.KindEmail: mail}, MaxAttempts: 3})
	require.NoError(t, d.Deliver(t.Context(), o.job))
	rest := jobs.Job{Kind: ticket.JobDeliver, Attempt: 2, Payload: payload(t, ticket.DeliverPayload{MessageID: o.message, Only: []ticket.Identity{mailID("later@kunde.example")}})}
	mail.send = func(context.Context, adapters.Outbound) (string, error) { return "", errors.New("450 greylisted") }
	require.False(t, jobs.IsPermanent(d.Deliver(t.Context(), rest)))
	require.Equal(t, ticket.Sent, o.state().State, "for the others it is")
	require.Equal(t, "450 greylisted", o.state().Reason)
	rest.Attempt = 3
	require.True(t, jobs.IsPermanent(d.Deliver(t.Context(), rest)))
	require.Equal(t, ticket.Bounced, o.state().State)
	require.Contains(t, o.state().Reason, "later@kunde.example: given up after 3 attempts")
}

// TestHold: a message whose channel somebody must mend waits, however often, and says why.
func TestHold(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	chat := sender{&channel{name: "chat", send: func(context.Context, adapters.Outbound) (string, error) {
		return "", adapters.Hold(errors.New("the sign-in does not cover sending"), time.Minute)
	}}}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}, MaxAttempts: 2})
	for range 5 {
		o.job.Attempt = 2
		err := d.Deliver(t.Context(), o.job)
		require.Error(t, err)
		require.False(t, jobs.IsPermanent(err))
		require.ErrorContains(t, err, "snoozed", "the run does not count")
		require.Equal(t, ticket.Queued, o.state().State)
		require.Equal(t, "the sign-in does not cover sending", o.state().Reason)
	}
	chat.send = nil
	require.NoError(t, d.Deliver(t.Context(), o.job))
	require.Equal(t, ticket.Sent, o.state().State)
}
