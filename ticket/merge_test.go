package ticket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func (b *bundle) from(address string) func(*ticket.NewTicket) {
	return func(n *ticket.NewTicket) {
		n.Requester = ticket.Person{Name: address, Identity: ticket.Identity{Kind: "email", Value: address + "@customer.example"}}
	}
}

func mailFrom(address string, in ticket.Incoming) ticket.Incoming {
	in.From = ticket.Person{Name: address, Identity: ticket.Identity{Kind: "email", Value: address + "@customer.example"}}
	return in
}

func (b *bundle) texts(id ticket.ID) (out []string) {
	b.Helper()
	ms, err := b.svc.Messages(b.Context(), b.system, ticket.MessageQuery{Ticket: id})
	require.NoError(b, err)
	for _, m := range ms {
		out = append(out, m.Text)
	}
	return out
}

func (b *bundle) verify() {
	b.Helper()
	_, err := b.svc.VerifyAll(b.Context(), b.system)
	require.NoError(b, err)
}

func TestMergeMovesTheConversation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	into := b.open(b.from("kim"))
	src := b.mail(mailFrom("lou", ticket.Incoming{Subject: "Also on fire", Text: "Mine too.", ExternalID: "1@lou", Cc: []ticket.Person{
		{Name: "Max", Identity: ticket.Identity{Kind: "email", Value: "max@customer.example"}}},
		Uploads: []ticket.Upload{{Name: "fire.txt", Body: strings.NewReader("hot")}}}))
	reply, err := b.svc.Reply(ctx, b.anna, src.TicketID, 0, ticket.NewMessage{Body: "Use water."})
	require.NoError(t, err)
	_, err = b.svc.Note(ctx, b.anna, src.TicketID, 0, ticket.NewMessage{Body: "same printer"})
	require.NoError(t, err)
	_, err = b.svc.Snooze(ctx, b.anna, src.TicketID, 0, b.now.Add(time.Hour))
	require.NoError(t, err)

	got, err := b.svc.Merge(ctx, b.anna, src.TicketID, 0, into.ID, into.Version)
	require.NoError(t, err)
	require.Equal(t, into.ID, got.ID)
	require.Equal(t, []string{"It burns.", "Ticket #2 „Also on fire“ wurde mit diesem zusammengeführt.", "Mine too.", "Use water.", "same printer"}, b.texts(into.ID))
	require.Empty(t, b.texts(src.TicketID))
	require.Equal(t, 5, b.get(into.ID).MessageCount)
	old := b.get(src.TicketID)
	require.Equal(t, []any{ticket.Merged, ticket.Status("merged"), into.ID, time.Time{}}, []any{old.Category, old.Status, old.MergedInto, old.SnoozedUntil})

	ps, err := b.svc.Participants(ctx, b.system, into.ID)
	require.NoError(t, err)
	var names []string
	for _, p := range ps {
		names = append(names, p.Contact.Name)
	}
	require.Equal(t, []string{"lou", "Max"}, names)
	jobs := b.store.Jobs()
	require.Len(t, jobs, 1, "the delivery stays, the timer does not")
	out, err := b.svc.Outgoing(ctx, b.system, reply.ID)
	require.NoError(t, err)
	require.Equal(t, into.ID, out.Ticket.ID)
	require.Equal(t, b.svc.ReplyToken(into.ID), out.ReplyToken, "answers go to where the conversation lives on")
	require.NoError(t, b.svc.Delivered(ctx, b.system, reply.ID, "2@desk"))

	m, err := b.svc.Message(ctx, b.anna, src.MessageID)
	require.NoError(t, err)
	_, r, err := b.svc.OpenAttachment(ctx, b.anna, into.ID, m.Attachments[0].ID)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, _, err = b.svc.OpenAttachment(ctx, b.anna, src.TicketID, m.Attachments[0].ID)
	b.kind(ticket.NotFound, err)

	es := b.history(src.TicketID)
	last := es[len(es)-1]
	require.Equal(t, ticket.EventMerged, last.Type)
	require.JSONEq(t, `{"ticket_id":"`+string(into.ID)+`","number":1,"from":"snoozed","from_category":"snoozed","to":"merged","to_category":"merged","messages":3}`, string(last.Data))
	require.Equal(t, []ticket.EventType{ticket.EventCreated, ticket.EventMergeReceived, ticket.EventDelivered}, b.types(into.ID))
	b.verify()

	for name, in := range map[string]ticket.Incoming{
		"reply token":         mailFrom("stranger", ticket.Incoming{Token: b.svc.ReplyToken(src.TicketID)}),
		"what the desk sent":  mailFrom("stranger", ticket.Incoming{Refs: []string{"2@desk"}}),
		"one's own message":   mailFrom("lou", ticket.Incoming{Refs: []string{"1@lou"}}),
		"number of the old":   mailFrom("lou", ticket.Incoming{Number: 2}),
		"number, participant": mailFrom("max", ticket.Incoming{Number: 2}),
	} {
		in.Text = name
		require.Equal(t, into.ID, b.mail(in).TicketID, name)
	}
	require.NoError(t, b.svc.Delete(ctx, b.anna, src.TicketID, 0))
	require.Equal(t, into.ID, b.mail(mailFrom("lou", ticket.Incoming{Refs: []string{"1@lou"}})).TicketID, "what has moved outlives the old ticket")
	b.verify()
}

func TestMergedTicketTakesNoChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	src, into := b.open(), b.open()
	late, err := b.svc.Reply(ctx, b.anna, src.ID, 0, ticket.NewMessage{Body: "on its way"})
	require.NoError(t, err)
	_, err = b.svc.Merge(ctx, b.anna, src.ID, 0, into.ID, 0)
	require.NoError(t, err)
	subject := "new"
	for name, call := range map[string]func() error{
		"claim":    func() error { _, err := b.svc.Claim(ctx, b.anna, src.ID, 0); return err },
		"unclaim":  func() error { _, err := b.svc.Unclaim(ctx, b.anna, src.ID, 0); return err },
		"assign":   func() error { _, err := b.svc.Assign(ctx, b.anna, src.ID, 0, "anna"); return err },
		"escalate": func() error { _, err := b.svc.Escalate(ctx, b.anna, src.ID, 0, ""); return err },
		"priority": func() error { _, err := b.svc.SetPriority(ctx, b.anna, src.ID, 0, ticket.High); return err },
		"status":   func() error { _, err := b.svc.SetStatus(ctx, b.anna, src.ID, 0, "open"); return err },
		"close":    func() error { _, err := b.svc.Close(ctx, b.anna, src.ID, 0, ""); return err },
		"reopen":   func() error { _, err := b.svc.Reopen(ctx, b.anna, src.ID, 0); return err },
		"snooze":   func() error { _, err := b.svc.Snooze(ctx, b.anna, src.ID, 0, b.now.Add(time.Hour)); return err },
		"tag":      func() error { _, err := b.svc.Tag(ctx, b.anna, src.ID, 0, []string{"x"}, nil); return err },
		"edit":     func() error { _, err := b.svc.Edit(ctx, b.anna, src.ID, 0, ticket.Edit{Subject: &subject}); return err },
		"reply":    func() error { _, err := b.svc.Reply(ctx, b.anna, src.ID, 0, ticket.NewMessage{Body: "x"}); return err },
		"note":     func() error { _, err := b.svc.Note(ctx, b.anna, src.ID, 0, ticket.NewMessage{Body: "x"}); return err },
		"attach": func() error {
			_, err := b.svc.Attach(ctx, b.anna, src.ID, ticket.Upload{Name: "x", Body: strings.NewReader("x")})
			return err
		},
		"merge": func() error { _, err := b.svc.Merge(ctx, b.anna, src.ID, 0, into.ID, 0); return err },
		"split": func() error {
			_, err := b.svc.Split(ctx, b.anna, src.ID, 0, ticket.Split{Messages: []ticket.MessageID{late.ID}})
			return err
		},
		"link": func() error { _, err := b.svc.Link(ctx, b.anna, src.ID, 0, into.ID, ticket.Related); return err },
		"be linked": func() error {
			_, err := b.svc.Link(ctx, b.anna, into.ID, 0, src.ID, ticket.Related)
			return err
		},
	} {
		err := call()
		require.Error(t, err, name)
		require.Equal(t, ticket.Conflict, ticket.KindOf(err), name)
	}
	require.NoError(t, b.svc.DeliveryFailed(ctx, b.system, late.ID, "bounced"))
	require.Equal(t, ticket.EventDeliveryFailed, b.types(into.ID)[2], "what left before the merge is told where its message is now")
	require.NoError(t, b.svc.Fire(ctx, b.system, ticket.TimerPayload{TicketID: src.ID, Name: "snooze", At: b.now}))
	require.Equal(t, ticket.Merged, b.get(src.ID).Category)
}

func TestMergeChains(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	merge := func(from, into *ticket.Ticket) (*ticket.Ticket, error) {
		return b.svc.Merge(ctx, b.anna, from.ID, 0, into.ID, 0)
	}
	_, err := merge(b.open(), b.open())
	require.NoError(t, err)
	var chain []*ticket.Ticket
	for range 14 {
		chain = append(chain, b.open())
	}
	end := chain[len(chain)-1]
	for i := len(chain) - 2; i > 0; i-- {
		_, err := merge(chain[i-1], chain[i])
		require.NoError(t, err)
	}
	got, err := merge(chain[len(chain)-2], end)
	require.NoError(t, err)
	require.Equal(t, end.ID, got.ID)
	_, err = merge(end, chain[0])
	b.kind(ticket.Conflict, err)
	_, err = merge(end, end)
	b.kind(ticket.Invalid, err, "into")
	require.Equal(t, end.ID, b.mail(ticket.Incoming{Token: b.svc.ReplyToken(chain[0].ID)}).TicketID, "however long the chain is")
	other := b.open()
	got, err = merge(other, chain[0])
	require.NoError(t, err)
	require.Equal(t, end.ID, got.ID, "what was merged stands for the one it lives on in")
	require.Equal(t, end.ID, b.get(other.ID).MergedInto)
	b.verify()
}

func TestMergeChecksBothTickets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	inBilling := func(n *ticket.NewTicket) { n.Queue = b.billing }
	mine, mine2, other := b.open(inBilling), b.open(inBilling), b.open()
	for _, pair := range [][2]ticket.ID{{mine.ID, other.ID}, {other.ID, mine.ID}, {mine.ID, "nowhere"}} {
		_, err := b.svc.Merge(ctx, b.bert, pair[0], 0, pair[1], 0)
		b.kind(ticket.NotFound, err)
	}
	_, err := b.svc.Merge(ctx, b.vera, mine.ID, 0, mine2.ID, 0)
	b.kind(ticket.Denied, err)
	_, err = b.svc.Merge(ctx, b.anna, mine2.ID, 0, other.ID, 0)
	require.NoError(t, err)
	_, err = b.svc.Merge(ctx, b.bert, mine.ID, 0, mine2.ID, 0)
	b.kind(ticket.NotFound, err, "into")
	require.Equal(t, []string{"It burns."}, b.texts(mine.ID))
	tk := b.open()
	for name, v := range map[string][2]ticket.Version{"source": {tk.Version + 1, 0}, "target": {0, other.Version}} {
		_, err = b.svc.Merge(ctx, b.anna, tk.ID, v[0], other.ID, v[1])
		require.Equal(t, ticket.Stale, ticket.KindOf(err), name)
	}
	for _, over := range []ticket.Status{"closed", "spam"} {
		done := b.open()
		_, err = b.svc.SetStatus(ctx, b.anna, done.ID, 0, over)
		require.NoError(t, err)
		_, err = b.svc.Merge(ctx, b.anna, done.ID, 0, tk.ID, 0)
		b.kind(ticket.Conflict, err)
		_, err = b.svc.Merge(ctx, b.anna, tk.ID, 0, done.ID, 0)
		b.kind(ticket.Conflict, err)
	}
	require.Equal(t, ticket.New, b.get(tk.ID).Category)
	b.verify()
}
