package sla_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestEventsAreUnderstoodAsTheDomainWritesThem does to a real desk what the timelines only describe.
func TestEventsAreUnderstoodAsTheDomainWritesThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{sla.FirstResponse: 60, sla.NextResponse: 60, sla.Update: 60, sla.Resolution: 120})
	states := func(tk *ticket.Ticket) map[sla.Clock]sla.ClockState {
		out := map[sla.Clock]sla.ClockState{}
		for _, r := range d.clocks(tk) {
			out[r.Clock] = r.State
		}
		return out
	}
	type is = map[sla.Clock]sla.ClockState
	mail := func(tk *ticket.Ticket, machine bool) {
		d.n++
		_, err := d.tickets.Receive(d.ctx, system, ticket.Incoming{Channel: "x", Key: fmt.Sprint(d.n), Token: d.tickets.ReplyToken(tk.ID), Text: "Away", Machine: machine,
			From: ticket.Person{Identity: ticket.Identity{Kind: "email", Value: tk.Requester.Email}}})
		require.NoError(t, err)
	}

	t.Run("conversation", func(t *testing.T) {
		tk := d.open()
		require.Equal(t, is{sla.FirstResponse: sla.Running, sla.Resolution: sla.Running}, states(tk))
		_, err := d.tickets.Note(d.ctx, anna, tk.ID, 0, ticket.NewMessage{Body: "Hm."})
		require.NoError(t, err)
		_, err = d.tickets.Reply(d.ctx, system, tk.ID, 0, ticket.NewMessage{Body: "We have got your message."})
		require.NoError(t, err)
		require.Equal(t, is{sla.FirstResponse: sla.Running, sla.Resolution: sla.Running}, states(tk), "neither notes nor programs answer")
		d.reply(tk, "pending")
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.Update: sla.Paused, sla.Resolution: sla.Paused}, states(tk))
		mail(tk, true)
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.Update: sla.Paused, sla.Resolution: sla.Paused}, states(tk), "an auto-reply is no answer to wait for")
		mail(tk, false)
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Running, sla.Update: sla.Running, sla.Resolution: sla.Running}, states(tk))
		_, err = d.tickets.Snooze(d.ctx, anna, tk.ID, 0, d.now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Paused, sla.Update: sla.Paused, sla.Resolution: sla.Paused}, states(tk))
		d.pass(time.Hour)
		d.work()
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Running, sla.Update: sla.Running, sla.Resolution: sla.Running}, states(tk))
		d.reply(tk, "resolved")
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Met, sla.Update: sla.Cancelled, sla.Resolution: sla.Met}, states(tk))
		mail(tk, false)
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Running, sla.Update: sla.Cancelled, sla.Resolution: sla.Running}, states(tk))
		_, err = d.tickets.SetStatus(d.ctx, anna, tk.ID, 0, "spam")
		require.NoError(t, err)
		require.Equal(t, is{sla.FirstResponse: sla.Met, sla.NextResponse: sla.Cancelled, sla.Update: sla.Cancelled, sla.Resolution: sla.Cancelled}, states(tk))
	})

	t.Run("opened by an agent", func(t *testing.T) {
		tk, err := d.tickets.Open(d.ctx, anna, ticket.NewTicket{Subject: "Call", Body: "It rang.", Requester: ticket.Person{Identity: ticket.Identity{Value: "lee@customer.example"}}})
		require.NoError(t, err)
		require.Equal(t, is{sla.Resolution: sla.Running}, states(tk))
		mail(tk, false)
		require.Equal(t, is{sla.FirstResponse: sla.Running, sla.Resolution: sla.Running}, states(tk))
	})

	t.Run("merged", func(t *testing.T) {
		from, into := d.open(), d.open()
		_, err := d.tickets.Merge(d.ctx, anna, from.ID, 0, into.ID, 0)
		require.NoError(t, err)
		require.Equal(t, is{sla.FirstResponse: sla.Cancelled, sla.Resolution: sla.Cancelled}, states(from))
		require.Equal(t, is{sla.FirstResponse: sla.Running, sla.Resolution: sla.Running}, states(into))
		require.True(t, d.row(from).TimerAt.IsZero())
		d.pass(5 * time.Hour)
		d.work()
		require.Empty(t, d.steps(from))
		require.NotEmpty(t, d.steps(into))
	})

	t.Run("split", func(t *testing.T) {
		tk := d.open()
		d.reply(tk, "")
		ms, err := d.tickets.Messages(d.ctx, anna, ticket.MessageQuery{Ticket: tk.ID})
		require.NoError(t, err)
		part, err := d.tickets.Split(d.ctx, anna, tk.ID, 0, ticket.Split{Messages: []ticket.MessageID{ms[0].ID}})
		require.NoError(t, err)
		require.Equal(t, is{sla.FirstResponse: sla.Running, sla.Resolution: sla.Running}, states(part), "somebody waits for an answer to what was split off")
		require.Equal(t, sla.Met, states(tk)[sla.FirstResponse])
	})
}
