package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// sentReply is an answer that the next hop took.
func (b *bundle) sentReply(id ticket.ID) *ticket.Message {
	b.Helper()
	m, err := b.svc.Reply(b.Context(), b.anna, id, 0, ticket.NewMessage{Body: "Have you tried water?"})
	require.NoError(b, err)
	require.NoError(b, b.svc.Delivered(b.Context(), b.system, m.ID, string(m.ID)+"@desk.example"))
	return m
}

func (b *bundle) delivery(id ticket.MessageID) ticket.Delivery {
	b.Helper()
	m, err := b.svc.Message(b.Context(), b.system, id)
	require.NoError(b, err)
	return *m.Delivery
}

func (b *bundle) identity(t *ticket.Ticket) ticket.Identity {
	b.Helper()
	ct, err := b.store.Contact(b.Context(), t.Requester.ID)
	require.NoError(b, err)
	i, ok := ct.Identity(ticket.KindEmail)
	require.True(b, ok)
	return i
}

func TestBounced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
	m := b.sentReply(tk.ID)
	to := b.identity(tk).Value

	delay := ticket.Bounce{ExternalID: string(m.ID) + "@desk.example", Recipient: to, Reason: "451 greylisted", Delayed: true}
	require.NoError(t, b.svc.Bounced(t.Context(), b.system, delay))
	require.Equal(t, ticket.Sent, b.delivery(m.ID).State)
	require.Equal(t, to+": 451 greylisted", b.delivery(m.ID).Reason)
	require.Zero(t, b.identity(tk).BouncedAt)

	report := ticket.Bounce{ExternalID: string(m.ID) + "@desk.example", Recipient: "Somebody.Else@else.example", Reason: "550 no such user\r\nX: y"}
	require.NoError(t, b.svc.Bounced(t.Context(), b.system, report))
	require.Equal(t, ticket.Bounced, b.delivery(m.ID).State)
	require.Equal(t, "somebody.else@else.example: 550 no such user X: y", b.delivery(m.ID).Reason)
	require.Zero(t, b.identity(tk).BouncedAt, "the message never went to the address of the report")

	report.Recipient = to
	for range 2 { // the same report twice
		require.NoError(t, b.svc.Bounced(t.Context(), b.system, report))
		require.Equal(t, b.now, b.identity(tk).BouncedAt)
		require.Equal(t, 2, b.count(tk.ID, ticket.EventBounced))
	}
	require.NoError(t, b.svc.Bounced(t.Context(), b.system, delay))
	require.Equal(t, ticket.Bounced, b.delivery(m.ID).State, "an old delay says nothing any more")

	b.answer(tk.ID, machine)
	require.NotZero(t, b.identity(tk).BouncedAt)
	b.answer(tk.ID)
	require.Zero(t, b.identity(tk).BouncedAt, "who writes can be written to")
}

func TestBouncedWhatIsUnknown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.mail(ticket.Incoming{Text: "It burns.", ExternalID: "q@kunde.example"})
	m := b.sentReply(in.Ticket.ID)
	for name, x := range map[string]ticket.Bounce{
		"nothing":         {ExternalID: "x@desk.example"},
		"from outside":    {ExternalID: "q@kunde.example"},
		"from outside 2":  {MessageID: in.MessageID},
		"no such message": {MessageID: "0197a4c0-1111-7222-8333-444455556666"},
	} {
		require.Equal(t, ticket.NotFound, ticket.KindOf(b.svc.Bounced(t.Context(), b.system, x)), name)
	}
	require.Equal(t, ticket.Invalid, ticket.KindOf(b.svc.Bounced(t.Context(), b.system, ticket.Bounce{})))
	require.Equal(t, ticket.Denied, ticket.KindOf(b.svc.Bounced(t.Context(), b.anna, ticket.Bounce{MessageID: m.ID})))
	require.Equal(t, ticket.Sent, b.delivery(m.ID).State)
}

// TestBouncedBeforeDelivered: the report is there before the worker has noted that the mail left.
func TestBouncedBeforeDelivered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
	m, err := b.svc.Reply(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "x"})
	require.NoError(t, err)
	require.NoError(t, b.svc.Bounced(t.Context(), b.system, ticket.Bounce{MessageID: m.ID, Reason: "550"}))
	require.NotZero(t, b.identity(tk).BouncedAt, "the report names nobody, and there is one recipient")
	require.NoError(t, b.svc.Delivered(t.Context(), b.system, m.ID, "id@desk.example"))
	require.Equal(t, ticket.Bounced, b.delivery(m.ID).State)
	got, err := b.svc.Message(t.Context(), b.system, m.ID)
	require.NoError(t, err)
	require.Equal(t, "id@desk.example", got.ExternalID)
	require.Equal(t, 0, b.count(tk.ID, ticket.EventDelivered))
}

func TestResend(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
	m := b.sentReply(tk.ID)
	_, err := b.svc.Resend(t.Context(), b.anna, m.ID)
	require.Equal(t, ticket.Conflict, ticket.KindOf(err), "it has arrived")
	version := b.get(tk.ID).Version
	for _, fail := range []func(){
		func() {
			require.NoError(t, b.svc.Bounced(t.Context(), b.system, ticket.Bounce{MessageID: m.ID, Reason: "550"}))
		},
		func() { require.NoError(t, b.svc.DeliveryFailed(t.Context(), b.system, m.ID, "550")) },
	} {
		fail()
		before := len(b.store.Jobs())
		got, err := b.svc.Resend(t.Context(), b.anna, m.ID)
		require.NoError(t, err)
		require.Equal(t, ticket.Queued, got.Delivery.State)
		require.Equal(t, ticket.Queued, b.delivery(m.ID).State)
		require.Empty(t, b.delivery(m.ID).Reason)
		require.GreaterOrEqual(t, len(b.store.Jobs()), before)
		_, err = b.svc.Resend(t.Context(), b.anna, m.ID)
		require.Equal(t, ticket.Conflict, ticket.KindOf(err), "once is enough")
	}
	require.Equal(t, 2, b.count(tk.ID, ticket.EventResent))
	require.Equal(t, version, b.get(tk.ID).Version)
	n, err := b.svc.Note(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "note"})
	require.NoError(t, err)
	_, err = b.svc.Resend(t.Context(), b.anna, n.ID)
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
}

// The next hop may send a report back before the desk has noted that it took the message.
func TestAReportThatIsFasterThanTheNote(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
	m, err := b.svc.Reply(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "Have you tried water?"})
	require.NoError(t, err)
	id := string(m.ID) + "@desk.example"
	to := b.identity(tk).Value
	report := b.mail(ticket.Incoming{Text: "Undeliverable", From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "mailer-daemon@mx.example"}}, Machine: true,
		Refs: []string{id}, Bounces: []ticket.Bounce{{ExternalID: id, Recipient: to, Reason: "550 no such user"}}})
	require.False(t, report.Created)
	require.Equal(t, tk.ID, report.TicketID)
	require.Equal(t, ticket.Bounced, b.delivery(m.ID).State)
	require.NoError(t, b.svc.Delivered(t.Context(), b.system, m.ID, id))
	require.Equal(t, ticket.Bounced, b.delivery(m.ID).State, "the note comes too late to make it good")
	require.NotZero(t, b.identity(tk).BouncedAt)

	for _, ref := range []string{"0197a4c0-1111-7222-8333-444455556666@desk.example", "\x00197a4c0-1111-7222-8333-44445555666@desk.example", string(report.MessageID) + "@desk.example", "@", ""} {
		other := b.mail(ticket.Incoming{Text: "Undeliverable", Machine: true, Refs: []string{ref},
			From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "postmaster@mx.example"}}})
		require.True(t, other.Created, "%q is no message that leaves the desk", ref)
	}
}
