package ticket_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestSplitMakesATicketOfMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	first := b.mail(mailFrom("kim", ticket.Incoming{Subject: "Printer", Text: "It burns.", ExternalID: "1@kim"}))
	token := b.svc.ReplyToken(first.TicketID)
	second := b.mail(mailFrom("lou", ticket.Incoming{Token: token, Channel: "chat", Text: "My invoice is wrong.", ExternalID: "1@lou",
		Uploads: []ticket.Upload{{Name: "bill.txt", Body: strings.NewReader("7")}}}))
	note, err := b.svc.Note(ctx, b.anna, first.TicketID, 0, ticket.NewMessage{Body: "about the invoice"})
	require.NoError(t, err)
	late, err := b.svc.Reply(ctx, b.anna, first.TicketID, 0, ticket.NewMessage{Body: "We look."})
	require.NoError(t, err)

	got, err := b.svc.Split(ctx, b.anna, first.TicketID, 0, ticket.Split{Messages: []ticket.MessageID{late.ID, note.ID, second.MessageID}, Subject: "Invoice", Queue: "billing"})
	require.NoError(t, err)
	got = b.get(got.ID)
	require.Equal(t, []any{"Invoice", "lou@customer.example", b.billing, "chat", ticket.New, 3, "We look."},
		[]any{got.Subject, got.Requester.Email, got.Queue.ID, got.Channel, got.Category, got.MessageCount, got.Preview})
	require.Equal(t, []string{"My invoice is wrong.", "about the invoice", "We look."}, b.texts(got.ID))
	require.Equal(t, []string{"It burns.", "Nachrichten von hier sind jetzt im Ticket #2 (3)."}, b.texts(first.TicketID))
	require.Equal(t, "It burns.", b.get(first.TicketID).Preview)
	m, err := b.svc.Message(ctx, b.anna, second.MessageID)
	require.NoError(t, err)
	_, r, err := b.svc.OpenAttachment(ctx, b.anna, got.ID, m.Attachments[0].ID)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	ls, err := b.svc.Links(ctx, b.anna, first.TicketID)
	require.NoError(t, err)
	require.Len(t, ls, 1)
	require.Equal(t, []any{ticket.Related, got.ID}, []any{ls[0].Relation(), ls[0].Other.ID})

	require.NoError(t, b.svc.Delivered(ctx, b.system, late.ID, "9@desk"))
	require.Equal(t, []ticket.EventType{ticket.EventCreated, ticket.EventSplitReceived, ticket.EventDelivered}, b.types(got.ID))
	for name, in := range map[string]ticket.Incoming{
		"what the desk sent": mailFrom("stranger", ticket.Incoming{Refs: []string{"9@desk", "1@kim"}}),
		"one's own message":  mailFrom("lou", ticket.Incoming{Refs: []string{"1@lou"}}),
	} {
		require.Equal(t, got.ID, b.mail(in).TicketID, name)
	}
	require.Equal(t, first.TicketID, b.mail(mailFrom("kim", ticket.Incoming{Refs: []string{"1@kim"}})).TicketID)
	r2, err := b.svc.Reply(ctx, b.anna, first.TicketID, 0, ticket.NewMessage{Body: "go on"})
	require.NoError(t, err)
	require.Equal(t, 7, r2.N, "a place is never given twice")
	b.verify()

	back, err := b.svc.Merge(ctx, b.anna, got.ID, 0, first.TicketID, 0)
	require.NoError(t, err)
	require.Equal(t, first.TicketID, back.ID)
	require.Contains(t, b.texts(first.TicketID), "My invoice is wrong.")
	b.verify()
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	inBilling := func(n *ticket.NewTicket) { n.Queue = b.billing }
	tk, other, foreign := b.open(inBilling), b.open(inBilling), b.open()
	add := func(id ticket.ID) ticket.MessageID {
		m, err := b.svc.Reply(ctx, b.anna, id, 0, ticket.NewMessage{Body: "more"})
		require.NoError(t, err)
		return m.ID
	}
	one, strange := add(tk.ID), add(other.ID)
	ms, err := b.svc.Messages(ctx, b.anna, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	moved, err := b.svc.Split(ctx, b.anna, other.ID, 0, ticket.Split{Messages: []ticket.MessageID{strange}})
	require.NoError(t, err)
	require.Equal(t, "kim@customer.example", moved.Requester.Email, "an agent is no requester")
	notices, err := b.svc.Messages(ctx, b.anna, ticket.MessageQuery{Ticket: other.ID, Kinds: []ticket.MessageKind{ticket.Notice}})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		who   ticket.Actor
		id    ticket.ID
		split ticket.Split
		kind  ticket.Kind
		field string
	}{
		"nothing":              {b.anna, tk.ID, ticket.Split{}, ticket.Invalid, "message_ids"},
		"everything":           {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{ms[0].ID, one}}, ticket.Invalid, "message_ids"},
		"twice":                {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{one, one}}, ticket.Invalid, "message_ids"},
		"of another ticket":    {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{strange}}, ticket.NotFound, "message_ids"},
		"unknown":              {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{"x"}}, ticket.NotFound, "message_ids"},
		"a notice":             {b.anna, other.ID, ticket.Split{Messages: []ticket.MessageID{notices[0].ID}}, ticket.Invalid, "message_ids"},
		"too many":             {b.anna, tk.ID, ticket.Split{Messages: make([]ticket.MessageID, 101)}, ticket.Invalid, "message_ids"},
		"subject":              {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{one}, Subject: "a\nb"}, ticket.Invalid, "subject"},
		"queue":                {b.anna, tk.ID, ticket.Split{Messages: []ticket.MessageID{one}, Queue: "nowhere"}, ticket.Invalid, "queue"},
		"into a foreign queue": {b.bert, tk.ID, ticket.Split{Messages: []ticket.MessageID{one}, Queue: b.support}, ticket.Invalid, "queue"},
		"of a foreign ticket":  {b.bert, foreign.ID, ticket.Split{Messages: []ticket.MessageID{one}}, ticket.NotFound, ""},
		"without permission":   {b.vera, tk.ID, ticket.Split{Messages: []ticket.MessageID{one}}, ticket.Denied, ""},
	} {
		_, err := b.svc.Split(ctx, c.who, c.id, 0, c.split)
		require.Error(t, err, name)
		require.ErrorIs(t, err, &ticket.Error{Kind: c.kind, Field: c.field}, name)
	}
	_, err = b.svc.Split(ctx, b.anna, tk.ID, tk.Version, ticket.Split{Messages: []ticket.MessageID{one}})
	b.kind(ticket.Stale, err)
	require.Len(t, b.texts(tk.ID), 2)
	_, err = b.svc.Split(ctx, b.bert, tk.ID, 0, ticket.Split{Messages: []ticket.MessageID{one}})
	require.NoError(t, err)
	b.verify()
}
