package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestRevise: what the desk has written can be changed and taken back where the channel does it, too; the history keeps what was said.
func TestRevise(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.Revises = func(kind string) bool { return kind == "chat" } })
	ctx := t.Context()
	chat := func() *ticket.Message {
		tk := b.mail(ticket.Incoming{Channel: "chat", Text: "It burns.", From: ticket.Person{Identity: ticket.Identity{Kind: "chat", Value: ticket.NewID(b.now)}}}).Ticket
		m, err := b.svc.Reply(ctx, b.anna, tk.ID, 0, ticket.NewMessage{Body: "Pour watter on it."})
		require.NoError(t, err)
		return m
	}
	m := chat()
	can := func(m *ticket.Message) bool {
		ms, err := b.svc.Messages(ctx, b.anna, ticket.MessageQuery{Ticket: m.TicketID, After: m.N - 1, Limit: 1})
		require.NoError(t, err)
		return b.svc.Revisable(&ms[0])
	}
	require.False(t, can(m))
	_, err := b.svc.Revise(ctx, b.anna, m.ID, 0, "x")
	b.kind(ticket.Conflict, err)
	require.ErrorContains(t, err, "on its way")
	require.NoError(t, b.svc.Delivered(ctx, b.system, m.ID, "1/2"))
	require.True(t, can(m))
	for range 2 { // the second time changes nothing
		got, err := b.svc.Revise(ctx, b.anna, m.ID, 0, "Pour water on it.")
		require.NoError(t, err)
		require.Equal(t, "Pour water on it.", got.Text)
	}
	require.Equal(t, "Pour water on it.", b.get(m.TicketID).Preview)
	require.Equal(t, 1, b.count(m.TicketID, ticket.EventRevised))
	for _, e := range b.history(m.TicketID) {
		if e.Type == ticket.EventRevised {
			require.Contains(t, string(e.Private), "Pour watter on it.")
			require.NotContains(t, string(e.Data), "water")
		}
	}
	_, err = b.svc.Revise(ctx, b.anna, m.ID, 0, " ")
	b.kind(ticket.Invalid, err, "body")
	_, err = b.svc.Revise(ctx, b.bert, m.ID, 0, "x")
	b.kind(ticket.NotFound, err)
	_, err = b.svc.Revise(ctx, ticket.Actor{Kind: ticket.ActorContact, Contact: b.get(m.TicketID).Requester.ID}, m.ID, 0, "x")
	require.Error(t, err)
	colleague := ticket.AccountActor("carl", "Carl") // writes, and deletes nothing
	_, err = b.svc.Revise(ctx, colleague, m.ID, 0, "x")
	b.kind(ticket.Denied, err)
	_, err = b.svc.Withdraw(ctx, colleague, m.ID, 0)
	b.kind(ticket.Denied, err)

	got, err := b.svc.Withdraw(ctx, b.anna, m.ID, 0)
	require.NoError(t, err)
	require.False(t, can(m))
	require.Equal(t, ticket.Note, got.Kind)
	require.Equal(t, "It burns.", b.get(m.TicketID).Preview)
	require.Equal(t, 1, b.count(m.TicketID, ticket.EventWithdrawn))
	_, err = b.svc.Withdraw(ctx, b.anna, m.ID, 0)
	b.kind(ticket.NotFound, err)

	ms, err := b.svc.Messages(ctx, b.system, ticket.MessageQuery{Ticket: m.TicketID, Limit: 1})
	require.NoError(t, err)
	_, err = b.svc.Withdraw(ctx, b.anna, ms[0].ID, 0)
	b.kind(ticket.Conflict, err)
	require.False(t, can(&ms[0]))
	tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
	_, err = b.svc.Withdraw(ctx, b.anna, b.sentReply(tk.ID).ID, 0)
	b.kind(ticket.Conflict, err)
	require.ErrorContains(t, err, "takes nothing back")
	b.verify()
}
