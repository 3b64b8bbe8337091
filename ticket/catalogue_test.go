package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func tagged(tags ...string) func(*ticket.NewTicket) {
	return func(n *ticket.NewTicket) { n.Tags = tags }
}

func TestTagsAreRenamedEverywhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	for range 120 { // more than one batch
		b.open(tagged("fire"))
	}
	both := b.open(tagged("burning", "fire"))
	merged, into := b.open(tagged("fire")), b.open(tagged("vip"))
	_, err := b.svc.Merge(ctx, b.anna, merged.ID, 0, into.ID, 0)
	require.NoError(t, err)
	for _, who := range []ticket.Actor{b.vera, b.bert} {
		_, err = b.svc.RenameTag(ctx, who, "fire", "burning")
		b.kind(ticket.Denied, err)
		_, err = b.svc.DeleteTag(ctx, who, "fire")
		b.kind(ticket.Denied, err)
	}
	for _, to := range []string{"", "a b", "Fire"} {
		_, err = b.svc.RenameTag(ctx, b.anna, "fire", to)
		b.kind(ticket.Invalid, err, "name")
	}
	_, err = b.svc.RenameTag(ctx, b.anna, "water", "fire")
	b.kind(ticket.NotFound, err)
	n, err := b.svc.RenameTag(ctx, b.anna, "fire", "Burning")
	require.NoError(t, err)
	require.Equal(t, 122, n)
	require.Equal(t, []string{"burning"}, b.get(both.ID).Tags)
	tags, err := b.svc.TagCounts(ctx, b.vera)
	require.NoError(t, err)
	require.Equal(t, []ticket.TagCount{{Tag: "burning", Tickets: 122}, {Tag: "vip", Tickets: 1}}, tags)
	tags, err = b.svc.TagCounts(ctx, b.bert)
	require.NoError(t, err)
	require.Empty(t, tags, "tags of other queues are not his")
	n, err = b.svc.DeleteTag(ctx, b.anna, "burning")
	require.NoError(t, err)
	require.Equal(t, 122, n)
	_, err = b.svc.DeleteTag(ctx, b.anna, "burning")
	b.kind(ticket.NotFound, err)
	require.Equal(t, ticket.EventTagged, b.types(both.ID)[1])
	b.verify()
}

func TestQueuesAreManaged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	name, taken, yes, no := "Accounting", "Support", true, false
	for _, who := range []ticket.Actor{b.vera, b.bert} {
		_, err := b.svc.EditQueue(ctx, who, b.billing, ticket.QueueEdit{Name: &name})
		b.kind(ticket.Denied, err)
		_, err = b.svc.DeleteQueue(ctx, who, b.billing, "")
		b.kind(ticket.Denied, err)
	}
	_, err := b.svc.EditQueue(ctx, b.anna, b.billing, ticket.QueueEdit{Name: &taken})
	b.kind(ticket.Conflict, err, "name")
	_, err = b.svc.EditQueue(ctx, b.anna, b.support, ticket.QueueEdit{Default: &no})
	b.kind(ticket.Conflict, err, "default")
	_, err = b.svc.EditQueue(ctx, b.anna, "nowhere", ticket.QueueEdit{Default: &yes})
	b.kind(ticket.NotFound, err)
	q, err := b.svc.EditQueue(ctx, b.anna, b.billing, ticket.QueueEdit{Name: &name, Default: &yes})
	require.NoError(t, err)
	require.True(t, q.Default && q.Name == name)
	qs, err := b.svc.Queues(ctx, b.system)
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, []bool{qs[0].Default, qs[1].Default}, "exactly one is the default")
	require.Equal(t, b.billing, b.open().Queue.ID)

	_, err = b.svc.DeleteQueue(ctx, b.anna, b.billing, "")
	b.kind(ticket.Conflict, err)
	tk := b.open(func(n *ticket.NewTicket) { n.Queue = b.support })
	_, err = b.svc.DeleteQueue(ctx, b.anna, b.support, "")
	b.kind(ticket.Conflict, err)
	for _, to := range []ticket.QueueID{"nowhere", b.support} {
		_, err = b.svc.DeleteQueue(ctx, b.anna, b.support, to)
		b.kind(ticket.Invalid, err, "move_to")
	}
	f := b.field(ticket.Field{Name: "x", Type: ticket.FieldText, Queues: []ticket.QueueID{b.support}})
	_, err = b.svc.DeleteQueue(ctx, b.anna, b.support, "accounting")
	b.kind(ticket.Conflict, err)
	require.Equal(t, b.support, b.get(tk.ID).Queue.ID, "nothing moves before everything else allows it")
	_, err = b.svc.EditField(ctx, b.anna, f.ID, ticket.FieldEdit{Archived: &yes})
	require.NoError(t, err)
	n, err := b.svc.DeleteQueue(ctx, b.anna, b.support, "accounting")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, b.billing, b.get(tk.ID).Queue.ID)
	require.Equal(t, []ticket.EventType{ticket.EventCreated, ticket.EventQueueChanged}, b.types(tk.ID))
	qs, err = b.svc.Queues(ctx, b.system)
	require.NoError(t, err)
	require.Len(t, qs, 1)
	b.verify()
}

func TestLimitPerRequester(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.MaxOpenPerRequester = 2 })
	ctx := t.Context()
	one := b.open()
	b.open()
	n := ticket.NewTicket{Subject: "x", Requester: ticket.Person{Identity: ticket.Identity{Value: "KIM@customer.example"}}}
	_, err := b.svc.Open(ctx, b.anna, n)
	b.kind(ticket.Conflict, err, "requester")
	require.ErrorContains(t, err, "2 open tickets")
	chat := mailFrom("kim", ticket.Incoming{Channel: "chat", Key: "1", Text: "hi", Interactive: true})
	_, err = b.svc.Receive(ctx, b.system, chat)
	b.kind(ticket.Conflict, err, "requester")
	got := b.mail(mailFrom("kim", ticket.Incoming{Text: "a mail comes in"}))
	require.True(t, got.Created)
	chat.Token = b.svc.ReplyToken(one.ID)
	require.Equal(t, one.ID, b.mail(chat).TicketID, "an answer is no new ticket")
	b.open(b.from("lou"))
	n.CreatedAt = b.now.Add(-time.Hour)
	_, err = b.svc.Open(ctx, b.system, n)
	require.NoError(t, err, "what is imported was there before the limit")
	for _, id := range []ticket.ID{one.ID, got.TicketID} {
		_, err = b.svc.Close(ctx, b.anna, id, 0, "")
		require.NoError(t, err)
	}
	n.CreatedAt = time.Time{}
	_, err = b.svc.Open(ctx, b.anna, n)
	b.kind(ticket.Conflict, err, "requester")
	ts, _, err := b.svc.List(ctx, b.system, ticket.Query{Category: []ticket.Category{ticket.New}, Requester: one.Requester.ID})
	require.NoError(t, err)
	_, err = b.svc.Close(ctx, b.anna, ts[0].ID, 0, "")
	require.NoError(t, err)
	_, err = b.svc.Open(ctx, b.anna, n)
	require.NoError(t, err, "what is over does not count")
}

// TestLimitByChannel: a channel has a bound of its own, and counts what came by it alone.
func TestLimitByChannel(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.MaxOpenByChannel = map[string]int{"chat": 2} })
	n := 0
	chat := func() error {
		n++
		_, err := b.svc.Receive(t.Context(), b.system, mailFrom("kim", ticket.Incoming{Channel: "chat", Key: fmt.Sprint(n), Text: "hi", Interactive: true}))
		return err
	}
	for range 3 {
		b.open()
	}
	require.NoError(t, chat())
	require.NoError(t, chat())
	b.kind(ticket.Conflict, chat(), "requester")
	b.open()
}
