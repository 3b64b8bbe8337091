package adapters_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// outbox is a desk with one ticket and an answer that waits to be delivered.
type outbox struct {
	*desk
	job     jobs.Job
	message ticket.MessageID
	ticket  ticket.ID
}

// newOutbox makes the ticket come in by the channel chat, from a person with the identities given, the first of which writes.
func newOutbox(t *testing.T, from ticket.Identity, cc ...ticket.Identity) *outbox {
	t.Helper()
	o := &outbox{desk: newDesk(t)}
	it := incoming(1)
	it.From.Identity, it.ExternalID = from, "question-1"
	for _, i := range cc {
		it.Cc = append(it.Cc, ticket.Person{Name: "Max", Identity: i})
	}
	require.NoError(t, o.hub.Intake("chat").Receive(t.Context(), it))
	o.ticket = o.tickets()[0].ID
	m, err := o.svc.Reply(t.Context(), agent, o.ticket, 0, ticket.NewMessage{Body: "Use water.", Uploads: []ticket.Upload{
		{Name: "plan.txt", ContentType: "text/plain", Body: strings.NewReader("the plan")}}})
	require.NoError(t, err)
	require.Equal(t, ticket.Queued, m.Delivery.State)
	o.message = m.ID
	o.job = jobs.Job{Kind: ticket.JobDeliver, Attempt: 1, Payload: payload(t, ticket.DeliverPayload{MessageID: m.ID})}
	return o
}

func payload(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

func (o *outbox) delivery(cfg adapters.DeliveryConfig) *adapters.Delivery {
	o.t.Helper()
	cfg.Service = o.svc
	d, err := adapters.NewDelivery(cfg)
	require.NoError(o.t, err)
	return d
}

func (o *outbox) state() ticket.Delivery {
	o.t.Helper()
	ms := o.messages(o.ticket)
	return *ms[len(ms)-1].Delivery
}

func chatID(v string) ticket.Identity { return ticket.Identity{Kind: "chat", Value: v} }
func mailID(v string) ticket.Identity { return ticket.Identity{Kind: ticket.KindEmail, Value: v} }

func TestNewDeliveryRefusesWrongConfigs(t *testing.T) {
	t.Parallel()
	_, err := adapters.NewDelivery(adapters.DeliveryConfig{})
	require.Error(t, err)
	d := newDesk(t)
	_, err = adapters.NewDelivery(adapters.DeliveryConfig{Service: d.svc, Timeout: -1})
	require.Error(t, err)
	_, err = adapters.NewDelivery(adapters.DeliveryConfig{Service: d.svc, MaxAttempts: -1})
	require.Error(t, err)
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"), chatID("max"))
	chat := sender{&channel{name: "chat"}}
	chat.send = func(ctx context.Context, m adapters.Outbound) (string, error) {
		_, bounded := ctx.Deadline()
		require.True(t, bounded)
		r, err := m.Attachments[0].Open(ctx)
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, "the plan", string(b))
		return "answer-1", r.Close()
	}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{&channel{name: "other"}, chat}})
	require.NoError(t, d.Deliver(t.Context(), o.job))
	require.Len(t, chat.sent(), 1)
	m := chat.sent()[0]
	require.Equal(t, string(o.message), m.Key)
	require.Equal(t, "Use water.", m.Message.Text)
	require.Equal(t, []adapters.Recipient{{Name: "Erika Beispiel", Identity: chatID("erika")}}, m.To)
	require.Equal(t, []adapters.Recipient{{Name: "Max", Identity: chatID("max")}}, m.Cc)
	require.Equal(t, "question-1", m.InReplyTo)
	require.Equal(t, []string{"question-1"}, m.References)
	require.Equal(t, o.svc.ReplyToken(o.ticket), m.ReplyToken)
	require.Equal(t, "de", m.Locale)
	require.Equal(t, ticket.Sent, o.state().State)

	require.NoError(t, d.Deliver(t.Context(), o.job), "the same job again")
	require.Len(t, chat.sent(), 1, "it had left")

	answer := incoming(2) // an answer to what left finds the ticket
	answer.From.Identity, answer.Refs = chatID("erika"), []string{"answer-1"}
	require.NoError(t, o.hub.Intake("chat").Receive(t.Context(), answer))
	require.Len(t, o.tickets(), 1)
}

func TestDeliverOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		attempt   int
		state     ticket.DeliveryState
		reason    string
		permanent bool
		after     time.Duration // 0: none asked for
	}{
		"temporary":            {err: errors.New("452 mailbox full"), state: ticket.Queued, reason: "452 mailbox full"},
		"permanent":            {err: adapters.Permanent(errors.New("550 no such user")), state: ticket.Failed, reason: "550 no such user", permanent: true},
		"asked to wait":        {err: adapters.RetryAfter(errors.New("429"), 90*time.Second), state: ticket.Queued, reason: "429", after: 90 * time.Second},
		"asked to wait a year": {err: adapters.RetryAfter(errors.New("429"), 365*24*time.Hour), state: ticket.Queued, reason: "429", after: 24 * time.Hour},
		"last attempt":         {err: errors.New("452 mailbox full"), attempt: 7, state: ticket.Failed, reason: "given up after 7 attempts: 452 mailbox full", permanent: true},
		"too slow":             {err: context.DeadlineExceeded, state: ticket.Queued, reason: "no answer within 1m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutbox(t, chatID("erika"))
			chat := sender{&channel{name: "chat", send: func(context.Context, adapters.Outbound) (string, error) { return "", c.err }}}
			d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}, MaxAttempts: 7, Timeout: time.Minute})
			o.job.Attempt = max(c.attempt, 1)
			err := d.Deliver(t.Context(), o.job)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.permanent, jobs.IsPermanent(err))
			after, asked := jobs.RetryDelay(err)
			require.Equal(t, c.after, after)
			require.Equal(t, c.after > 0, asked)
			require.Equal(t, c.state, o.state().State)
			require.Equal(t, c.reason, o.state().Reason)
			if c.state == ticket.Queued { // and later it goes
				chat.send = nil
				require.NoError(t, d.Deliver(t.Context(), o.job))
				require.Equal(t, ticket.Sent, o.state().State)
				require.Empty(t, o.state().Reason)
			}
		})
	}
}

func TestDeliverSurvivesPanics(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	chat := sender{&channel{name: "chat", send: func(context.Context, adapters.Outbound) (string, error) { panic("boom") }}}
	err := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}}).Deliver(t.Context(), o.job)
	require.ErrorContains(t, err, "boom")
	require.False(t, jobs.IsPermanent(err))
	require.Equal(t, ticket.Queued, o.state().State)
	require.NotContains(t, o.state().Reason, "boom")
}

func TestDeliverInterrupted(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	ctx, cancel := context.WithCancel(t.Context())
	chat := sender{&channel{name: "chat"}}
	chat.send = func(ctx context.Context, _ adapters.Outbound) (string, error) {
		cancel()
		return "", ctx.Err()
	}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}, MaxAttempts: 1})
	require.Error(t, d.Deliver(ctx, o.job))
	require.Equal(t, ticket.Queued, o.state().State, "a shutdown is no failed attempt")
	require.Empty(t, o.state().Reason)

	ctx, cancel = context.WithCancel(t.Context())
	chat.send = func(context.Context, adapters.Outbound) (string, error) {
		cancel()
		return "answer-1", nil
	}
	require.NoError(t, d.Deliver(ctx, o.job))
	require.Equal(t, ticket.Sent, o.state().State, "what has left is remembered in spite of a shutdown")
}

// TestRoutesOfRecipients is the table of who carries what.
func TestRoutesOfRecipients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from      ticket.Identity
		cc        []ticket.Identity
		sends     bool // the channel itself does
		mail      bool
		chat, out []string // who gets it by the channel, and by mail
	}{
		"channel sends":              {from: chatID("erika"), sends: true, mail: true, chat: []string{"erika"}},
		"channel takes mail too":     {from: mailID("e@kunde.example"), sends: true, mail: true, chat: []string{"e@kunde.example"}},
		"channel cannot send":        {from: mailID("e@kunde.example"), mail: true, out: []string{"e@kunde.example"}},
		"copy by mail":               {from: chatID("erika"), cc: []ticket.Identity{mailID("m@kunde.example")}, sends: true, mail: true, chat: []string{"erika"}, out: []string{"m@kunde.example"}},
		"copy without mail":          {from: chatID("erika"), cc: []ticket.Identity{mailID("m@kunde.example")}, sends: true, chat: []string{"erika", "m@kunde.example"}},
		"nobody can":                 {from: mailID("e@kunde.example")},
		"nobody can reach the first": {from: chatID("erika"), cc: []ticket.Identity{mailID("m@kunde.example")}, mail: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutbox(t, c.from, c.cc...)
			chat, mail := sender{&channel{name: "chat"}}, sender{&channel{name: "mailout"}}
			cfg := adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat.channel}, Fallback: map[string]adapters.Sender{ticket.KindEmail: nil}}
			if c.sends {
				cfg.Adapters = []adapters.Adapter{chat}
			}
			if c.mail {
				cfg.Fallback[ticket.KindEmail] = mail
			}
			err := o.delivery(cfg).Deliver(t.Context(), o.job)
			require.Equal(t, c.chat, everybody(chat.sent()))
			require.Equal(t, c.out, everybody(mail.sent()))
			if len(c.chat)+len(c.out) == 0 {
				require.True(t, jobs.IsPermanent(err))
				require.Equal(t, ticket.Failed, o.state().State)
				require.Contains(t, o.state().Reason, "no channel of this desk can reach")
				return
			}
			require.NoError(t, err)
			require.Equal(t, ticket.Sent, o.state().State)
			for _, m := range append(chat.sent(), mail.sent()...) {
				require.NotEmpty(t, m.To)
			}
		})
	}
}

func everybody(ms []adapters.Outbound) (out []string) {
	for _, m := range ms {
		for _, r := range append(m.To, m.Cc...) {
			out = append(out, r.Identity.Value)
		}
	}
	return out
}

func TestDeliverWhatIsGone(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	chat := sender{&channel{name: "chat"}}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}})
	gone := jobs.Job{Kind: ticket.JobDeliver, Payload: payload(t, ticket.DeliverPayload{MessageID: ticket.MessageID(ticket.NewID(time.Now()))})}
	require.NoError(t, d.Deliver(t.Context(), gone))
	question := o.messages(o.ticket)[0].ID // came from outside: there is nothing to deliver
	require.NoError(t, d.Deliver(t.Context(), jobs.Job{Kind: ticket.JobDeliver, Payload: payload(t, ticket.DeliverPayload{MessageID: question})}))
	require.True(t, jobs.IsPermanent(d.Deliver(t.Context(), jobs.Job{Payload: []byte("{")})))
	require.True(t, jobs.IsPermanent(d.Timer(t.Context(), jobs.Job{Payload: []byte("{")})))
	require.Empty(t, chat.sent())
}

// TestMark has a database that fails, or a rule that objects, after the message has left.
func TestMark(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	chat := sender{&channel{name: "chat"}}
	chat.send = func(context.Context, adapters.Outbound) (string, error) {
		o.fail(ticket.Errorf(ticket.Unavailable, "away"))
		time.AfterFunc(100*time.Millisecond, func() { o.fail(nil) })
		return "answer-1", nil
	}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}})
	require.NoError(t, d.Deliver(t.Context(), o.job))
	require.Equal(t, ticket.Sent, o.state().State)
	require.Len(t, chat.sent(), 1)

	o = newOutbox(t, chatID("erika"))
	chat = sender{&channel{name: "chat"}}
	o.onEvent(func(_ context.Context, _ ticket.Tx, e *ticket.Event) error {
		if e.Type == ticket.EventDelivered {
			return errors.New("objection")
		}
		return nil
	})
	err := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}}).Deliver(t.Context(), o.job)
	require.True(t, jobs.IsPermanent(err), "or it would leave again and again")
	require.Len(t, chat.sent(), 1)
}

func TestDead(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	d := o.delivery(adapters.DeliveryConfig{})
	o.job.Attempt = 20
	d.Dead(t.Context(), jobs.Job{Kind: "other", Payload: o.job.Payload}, errors.New("x"))
	require.Equal(t, ticket.Queued, o.state().State)
	d.Dead(t.Context(), o.job, errors.New("no result"))
	require.Equal(t, ticket.Failed, o.state().State)
	require.Equal(t, "given up after 20 attempts: no result", o.state().Reason)
	d.Dead(t.Context(), o.job, errors.New("something else"))
	require.Equal(t, "given up after 20 attempts: no result", o.state().Reason, "the end is known")
}

// TestRunner takes an answer and a timer through the real table and worker.
func TestRunner(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	sent := make(chan adapters.Outbound, 1)
	chat := sender{&channel{name: "chat", send: func(_ context.Context, m adapters.Outbound) (string, error) {
		sent <- m
		return "answer-1", nil
	}}}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}})
	fired := make(chan string, 1)
	o.onEvent(func(_ context.Context, _ ticket.Tx, e *ticket.Event) error {
		if e.Type == ticket.EventTimer {
			fired <- string(e.TicketID)
		}
		return nil
	})
	require.NoError(t, o.store.Update(t.Context(), func(tx ticket.Tx) error {
		return tx.SetTimer(t.Context(), o.ticket, "remind", time.Now())
	}))
	r, err := jobs.New(jobs.Config{Store: o.store, Handlers: d.Handlers(), OnDead: d.Dead})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	require.Equal(t, "Use water.", (<-sent).Message.Text)
	require.Equal(t, string(o.ticket), <-fired)
	cancel()
	require.NoError(t, <-done)
	require.Equal(t, ticket.Sent, o.state().State)
}

// TestSendIsBounded has a sender that waits for its context.
func TestSendIsBounded(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("erika"))
	chat := sender{&channel{name: "chat", send: func(ctx context.Context, _ adapters.Outbound) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}}}
	d := o.delivery(adapters.DeliveryConfig{Adapters: []adapters.Adapter{chat}, Timeout: time.Millisecond})
	require.Error(t, d.Deliver(t.Context(), o.job))
	require.Equal(t, "no answer within 1ms", o.state().Reason)
}
