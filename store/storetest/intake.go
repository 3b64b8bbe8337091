package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var intakeTests = []test{
	{"Receipts", testReceipts},
	{"RefsGoByTheirOrder", testRefs},
	{"ManyRefs", testManyRefs},
}

func testReceipts(t *testing.T, d *desk) {
	ctx := t.Context()
	want := &ticket.Receipt{Channel: "mail", Key: strings.Repeat("ö", 250), TicketID: ticket.ID(d.id()), MessageID: ticket.MessageID(d.id()), At: d.now}
	_, err := d.Store.Received(ctx, want.Channel, want.Key)
	requireKind(t, ticket.NotFound, err)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.MarkReceived(ctx, *want); err != nil {
			return err
		}
		got, err := tx.Received(ctx, want.Channel, want.Key)
		require.Equal(t, want, got)
		return err
	})
	got, err := d.Store.Received(ctx, want.Channel, want.Key)
	require.NoError(t, err)
	require.Equal(t, want, got)
	again := *want
	again.TicketID = ticket.ID(d.id())
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.MarkReceived(ctx, again) }))
	for _, other := range []ticket.Receipt{
		{Channel: "Mail", Key: want.Key}, {Channel: "mail", Key: strings.Repeat("Ö", 250)}, {Channel: "mail", Key: want.Key[:498]}, {Channel: "mail", Key: want.Key + " "},
	} {
		other.TicketID, other.At = want.TicketID, d.now
		_, err = d.Store.Received(ctx, other.Channel, other.Key)
		requireKind(t, ticket.NotFound, err)
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.MarkReceived(ctx, other) })
	}
}

func testRefs(t *testing.T, d *desk) {
	ctx := t.Context()
	one, two := d.ticket(), d.ticket()
	link := func(id ticket.ID, refs ...string) {
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.LinkRefs(ctx, id, refs) })
	}
	find := func(refs ...string) ticket.ID {
		id, err := d.Store.TicketByRefs(ctx, refs)
		if err != nil {
			requireKind(t, ticket.NotFound, err)
		}
		return id
	}
	require.Empty(t, find())
	require.Empty(t, find("a@x.example"))
	link(one.ID, "a@x.example", "b@x.example", "a@x.example")
	link(two.ID, "c@x.example", "b@x.example")
	link(two.ID)
	require.Equal(t, one.ID, find("b@x.example"), "a known id keeps its ticket")
	require.Equal(t, two.ID, find("unknown", "c@x.example", "a@x.example"), "the first known one counts")
	require.Equal(t, one.ID, find("unknown", "a@x.example", "c@x.example"))
	require.Empty(t, find("A@x.example"), "ids compare exactly")
	long := strings.Repeat("x", 998)
	link(two.ID, long)
	require.Equal(t, two.ID, find(long))
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.LinkRefs(ctx, one.ID, []string{"own"}); err != nil {
			return err
		}
		id, err := tx.TicketByRefs(ctx, []string{"own"})
		require.Equal(t, one.ID, id)
		return err
	})
}

func testManyRefs(t *testing.T, d *desk) {
	tk := d.ticket()
	var refs []string
	for i := range 700 {
		refs = append(refs, fmt.Sprintf("%d@x.example", i))
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.LinkRefs(ctx, tk.ID, refs[650:]) })
	id, err := d.Store.TicketByRefs(t.Context(), refs)
	require.NoError(t, err)
	require.Equal(t, tk.ID, id)
	_, err = d.Store.TicketByRefs(t.Context(), refs[:650])
	requireKind(t, ticket.NotFound, err)
}

var eventTests = []test{
	{"ReadsBackAndVerifies", testEventChain},
	{"SeqRises", testSeq},
	{"Queries", testEventQuery},
	{"Scope", testEventScope},
	{"DeskChain", testDeskChain},
	{"PositionIsUnique", testEventUnique},
	{"LostChains", testLostChains},
	{"Places", testPlaces},
	{"Heads", testHeads},
}

func (d *desk) chain() ticket.Chain {
	c, err := ticket.NewChain(d.chainKey)
	require.NoError(d.t, err)
	return c
}

// event appends a sealed event to a chain.
func (d *desk) event(head ticket.Head, id ticket.ID, change ...func(*ticket.Event)) (ticket.Head, *ticket.Event) {
	d.t.Helper()
	e := &ticket.Event{ID: ticket.EventID(d.id()), TicketID: id, Type: ticket.EventClaimed, At: d.now, Data: []byte(`{}`),
		Actor: ticket.EventActor{Type: ticket.ActorAccount, ID: "acc", Name: "Ben"}}
	for _, f := range change {
		f(e)
	}
	head = d.chain().Seal(head, e)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AppendEvent(ctx, e) })
	return head, e
}

func testEventChain(t *testing.T, d *desk) {
	tk := d.ticket()
	var head ticket.Head
	var want []ticket.Event
	for _, change := range []func(*ticket.Event){
		func(e *ticket.Event) { e.Private = []byte(`{"subject":"Größe 🎫  \u0000"}`) },
		func(e *ticket.Event) { e.Actor = ticket.EventActor{Type: ticket.ActorSystem}; e.Private = nil },
		func(e *ticket.Event) { e.Actor.Name = ""; e.Private = []byte(`{"b" : [1, 2.50] }`) },
		func(e *ticket.Event) { e.Data = []byte(`{"z":1,"a":1.0,"x":"ä"}`) },
		func(e *ticket.Event) { e.At = e.At.Add(999*time.Nanosecond + time.Hour).In(time.FixedZone("x", 3600)) },
	} {
		var e *ticket.Event
		head, e = d.event(head, tk.ID, change)
		want = append(want, *e)
	}
	got, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Ticket: tk.ID})
	require.NoError(t, err)
	for i := range got {
		want[i].Seq = got[i].Seq
	}
	require.Equal(t, want, got, "byte for byte")
	require.NoError(t, d.chain().Verify(got, head))
	require.Error(t, d.chain().Verify(got[:4], head), "a cut tail is found")
}

func testSeq(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	var ha, hb, hd ticket.Head
	var made []ticket.EventID
	for range 3 {
		var e *ticket.Event
		ha, e = d.event(ha, a.ID)
		made = append(made, e.ID)
		hb, e = d.event(hb, b.ID)
		made = append(made, e.ID)
		hd, e = d.event(hd, "")
		made = append(made, e.ID)
	}
	got, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{})
	require.NoError(t, err)
	var order []ticket.EventID
	var last int64
	for _, e := range got {
		require.Greater(t, e.Seq, last)
		last = e.Seq
		order = append(order, e.ID)
	}
	require.Equal(t, made, order, "as they were committed")
	after, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{After: got[4].Seq, Before: got[7].Seq})
	require.NoError(t, err)
	require.Equal(t, got[5:7], after)
	back, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Reverse: true, Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []ticket.Event{got[8], got[7]}, back)
}

func testEventQuery(t *testing.T, d *desk) {
	tk, other := d.ticket(), d.ticket()
	var head ticket.Head
	types := []ticket.EventType{ticket.EventCreated, ticket.EventClaimed, ticket.EventClosed}
	for i := range 130 {
		head, _ = d.event(head, tk.ID, func(e *ticket.Event) {
			e.Type, e.At = types[i%3], d.now.Add(time.Duration(i)*time.Second)
			e.Actor.ID = fmt.Sprintf("acc-%d", i%2)
		})
	}
	d.event(ticket.Head{}, other.ID)
	d.event(ticket.Head{}, "")
	get := func(q ticket.EventQuery) []int64 {
		q.Ticket = tk.ID
		got, err := d.Store.Events(t.Context(), d.all, q)
		require.NoError(t, err)
		out := []int64{}
		for _, e := range got {
			out = append(out, e.N)
		}
		return out
	}
	require.Len(t, get(ticket.EventQuery{}), 100)
	require.Equal(t, []int64{1, 2}, get(ticket.EventQuery{Limit: 2}))
	require.Equal(t, []int64{130, 129}, get(ticket.EventQuery{Limit: 2, Reverse: true}))
	require.Equal(t, []int64{6, 7}, get(ticket.EventQuery{After: 5, Before: 8}), "positions in the chain")
	require.Equal(t, []int64{1, 3, 4}, get(ticket.EventQuery{Types: []ticket.EventType{ticket.EventCreated, ticket.EventClosed}, Limit: 3}))
	require.Equal(t, []int64{2, 4}, get(ticket.EventQuery{Actor: "acc-1", Limit: 2}))
	require.Equal(t, []int64{11, 12}, get(ticket.EventQuery{Since: d.now.Add(10 * time.Second), Until: d.now.Add(12 * time.Second)}))
	require.Empty(t, get(ticket.EventQuery{Actor: "nobody"}))

	got, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Types: types[1:2], Actor: "acc"})
	require.NoError(t, err)
	require.Len(t, got, 2, "across tickets and the desk")
}

func testEventScope(t *testing.T, d *desk) {
	mine, other := d.ticket(), d.ticket(func(n *ticket.Ticket) { n.Queue.ID = d.queues[0].ID })
	d.event(ticket.Head{}, mine.ID)
	d.event(ticket.Head{}, other.ID)
	d.event(ticket.Head{}, "")
	sc := d.accountScope("a", ticket.Grant{Queues: []ticket.QueueID{d.queues[1].ID}})
	for name, c := range map[string]struct {
		sc   ticket.Scope
		q    ticket.EventQuery
		want int
	}{
		"all":            {d.all, ticket.EventQuery{}, 3},
		"desk":           {d.all, ticket.EventQuery{Desk: true}, 1},
		"one queue":      {sc, ticket.EventQuery{}, 1},
		"its ticket":     {sc, ticket.EventQuery{Ticket: mine.ID}, 1},
		"another ticket": {sc, ticket.EventQuery{Ticket: other.ID}, 0},
		"no desk":        {sc, ticket.EventQuery{Desk: true}, 0},
		"nothing":        {ticket.Scope{}, ticket.EventQuery{}, 0},
		"requester":      {d.contactScope(other.Requester.ID), ticket.EventQuery{}, 1},
	} {
		got, err := d.Store.Events(t.Context(), c.sc, c.q)
		require.NoError(t, err, name)
		require.Len(t, got, c.want, name)
	}
}

func testDeskChain(t *testing.T, d *desk) {
	ctx := t.Context()
	head, err := d.Store.DeskHead(ctx)
	require.NoError(t, err)
	require.Equal(t, ticket.Head{}, head)
	for i := range 3 {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return d.chain().AppendDesk(ctx, tx, &ticket.Event{ID: ticket.EventID(d.id()), Type: "account.created", At: d.now,
				Actor: ticket.EventActor{Type: ticket.ActorAccount, ID: "a", Name: "Ben"}, Data: fmt.Appendf(nil, `{"n":%d}`, i)})
		})
	}
	head, err = d.Store.DeskHead(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(3), head.Count)
	es, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Desk: true})
	require.NoError(t, err)
	require.NoError(t, d.chain().Verify(es, head))
}

func testEventUnique(t *testing.T, d *desk) {
	tk := d.ticket()
	d.event(ticket.Head{}, tk.ID)
	twin := &ticket.Event{ID: ticket.EventID(d.id()), TicketID: tk.ID, Type: ticket.EventClaimed, At: d.now, Data: []byte(`{}`)}
	d.chain().Seal(ticket.Head{}, twin)
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.AppendEvent(ctx, twin) }))
}
