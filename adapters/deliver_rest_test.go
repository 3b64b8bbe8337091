package adapters_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
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

// rests are the jobs for some recipients only, oldest first.
func (o *outbox) rests() []jobs.Job {
	o.t.Helper()
	list, err := o.store.ListJobs(o.t.Context(), jobs.JobFilter{Kinds: []string{ticket.JobDeliver}})
	require.NoError(o.t, err)
	slices.SortFunc(list, func(a, b jobs.Job) int { return strings.Compare(a.ID, b.ID) })
	return slices.DeleteFunc(list, func(j jobs.Job) bool {
		var p ticket.DeliverPayload
		require.NoError(o.t, json.Unmarshal(j.Payload, &p))
		return len(p.Only) == 0
	})
}

// TestRestPartlyAgain: one of two who wait is refused with the same words again, and waits on.
func TestRestPartlyAgain(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"), mailID("slow@kunde.example"), mailID("soon@kunde.example"))
	slow := adapters.Refused{Identity: mailID("slow@kunde.example"), Err: errors.New("450 greylisted")}
	soon := adapters.Refused{Identity: mailID("soon@kunde.example"), Err: errors.New("450 greylisted")}
	refused := []adapters.Refused{slow, soon}
	mail := sender{&channel{name: "mailout"}}
	mail.send = func(context.Context, adapters.Outbound) (string, error) {
		return "", &adapters.PartlyError{ExternalID: "answer-1", Refused: refused}
	}
	d := o.delivery(adapters.DeliveryConfig{Fallback: map[string]adapters.Sender{ticket.KindEmail: mail}})
	require.NoError(t, d.Deliver(t.Context(), o.job))
	rest := o.rests()
	require.Len(t, rest, 1)
	require.NoError(t, o.svc.DeliveredPartly(t.Context(), system, o.message, "answer-1", []ticket.Undelivered{
		{To: slow.Identity, Reason: "450 greylisted"}, {To: soon.Identity, Reason: "450 greylisted"}}), "noted twice")
	require.Len(t, o.rests(), 1)

	refused = []adapters.Refused{slow}
	require.NoError(t, d.Deliver(t.Context(), rest[0]))
	rest = o.rests()
	require.Len(t, rest, 2)
	var p ticket.DeliverPayload
	require.NoError(t, json.Unmarshal(rest[1].Payload, &p))
	require.Equal(t, []ticket.Identity{mailID("slow@kunde.example")}, p.Only)
}

// TestOneChannelOfTwoFails: what left by the first is not sent again because the second fails.
func TestOneChannelOfTwoFails(t *testing.T) {
	t.Parallel()
	for name, final := range map[string]bool{"for now": false, "for good": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutbox(t, chatID("erika"), mailID("chef@kunde.example"))
			chat, mail := sender{&channel{name: "chat"}}, sender{&channel{name: "mailout"}}
			failure := errors.New("no relay answers")
			if final {
				failure = adapters.Permanent(failure)
			}
			mail.send = func(context.Context, adapters.Outbound) (string, error) { return "", failure }
			d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}, Fallback: map[string]adapters.Sender{ticket.KindEmail: mail}})
			require.NoError(t, d.Deliver(t.Context(), o.job))
			require.Equal(t, "chef@kunde.example: no relay answers", o.state().Reason)
			if final {
				require.Equal(t, ticket.Bounced, o.state().State)
				require.Empty(t, o.rests())
				return
			}
			require.Equal(t, ticket.Sent, o.state().State)
			require.Len(t, o.rests(), 1)
			mail.send = nil
			require.NoError(t, d.Deliver(t.Context(), o.rests()[0]))
			require.Len(t, chat.sent(), 1)
			require.Len(t, mail.sent(), 2)
		})
	}
}
