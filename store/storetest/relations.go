package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var relationTests = []test{
	{"LinksHaveTwoEnds", testLinks},
	{"LinksStayInScope", testLinkScope},
	{"OneLinkOfAKind", testLinkUnique},
	{"MessagesMove", testMove},
	{"MessagesMoveOnlyFromTheirTicket", testMoveRefused},
	{"ReferencesMove", testMoveRefs},
	{"TimersAreCleared", testClearTimers},
	{"GuardsKeepApart", testGuard},
	{"FieldsAreDefined", testFieldDefinitions},
	{"TicketsAreFoundByFields", testFieldSearch},
	{"TagsAreCounted", testTagCounts},
	{"QueuesChange", testQueueChanges},
}

func (d *desk) link(from, to *ticket.Ticket, kind ticket.LinkKind) error {
	return d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.AddLink(ctx, ticket.Link{From: from.ID, To: to.ID, Kind: kind, CreatedAt: d.now})
	})
}

func (d *desk) links(s ticket.Scope, id ticket.ID) []string {
	d.t.Helper()
	ls, err := d.Store.Links(d.t.Context(), s, id)
	require.NoError(d.t, err)
	out := []string{}
	for _, l := range ls {
		dir := "from"
		switch {
		case l.Kind == ticket.LinkRelated:
			dir = "beside"
		case l.From == l.Other.ID:
			dir = "to"
		}
		out = append(out, fmt.Sprintf("%s %s #%d %s", dir, l.Kind, l.Other.Number, l.Other.Requester.Name))
	}
	return out
}

func testLinks(t *testing.T, d *desk) {
	a, b, c := d.ticket(), d.ticket(), d.ticket()
	require.NoError(t, d.link(a, b, ticket.LinkParent))
	require.NoError(t, d.link(c, a, ticket.LinkBlocks))
	require.NoError(t, d.link(b, a, ticket.LinkRelated))
	require.Equal(t, []string{fmt.Sprintf("from parent #%d Anna Kunde", b.Number), fmt.Sprintf("beside related #%d Anna Kunde", b.Number),
		fmt.Sprintf("to blocks #%d Anna Kunde", c.Number)}, d.links(d.all, a.ID))
	require.Equal(t, []string{fmt.Sprintf("to parent #%d Anna Kunde", a.Number), fmt.Sprintf("beside related #%d Anna Kunde", a.Number)}, d.links(d.all, b.ID))
	ls, err := d.Store.Links(t.Context(), d.all, c.ID)
	require.NoError(t, err)
	require.Len(t, ls, 1)
	require.Equal(t, ticket.Link{From: c.ID, To: a.ID, Kind: ticket.LinkBlocks, CreatedAt: d.now}, ls[0].Link)
	same(t, d.read(a.ID), &ls[0].Other)

	wrong := ticket.Link{From: a.ID, To: c.ID, Kind: ticket.LinkBlocks}
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.RemoveLink(ctx, wrong) }), "the other direction")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return errors.Join(tx.RemoveLink(ctx, ls[0].Link), tx.RemoveLink(ctx, ticket.Link{From: a.ID, To: b.ID, Kind: ticket.LinkRelated}))
	})
	require.Empty(t, d.links(d.all, c.ID))
	require.Len(t, d.links(d.all, a.ID), 1)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, b.ID) })
	require.Empty(t, d.links(d.all, a.ID), "a deleted ticket takes its links with it")
}

func testLinkScope(t *testing.T, d *desk) {
	here, there := d.ticket(), d.ticket(func(n *ticket.Ticket) { n.Queue = ticket.QueueRef{ID: d.queues[0].ID, Name: d.queues[0].Name} })
	other := d.ticket()
	require.NoError(t, d.link(here, there, ticket.LinkBlocks))
	require.NoError(t, d.link(here, other, ticket.LinkBlocks))
	sc := d.accountScope("a1", ticket.Grant{Queues: []ticket.QueueID{d.queues[1].ID}})
	require.Len(t, d.links(d.all, here.ID), 2)
	require.Equal(t, []string{fmt.Sprintf("from blocks #%d Anna Kunde", other.Number)}, d.links(sc, here.ID))
	require.Empty(t, d.links(sc, there.ID), "the ticket itself is out of scope")
	require.Empty(t, d.links(ticket.Scope{}, here.ID))
}

func testLinkUnique(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	for _, kind := range []ticket.LinkKind{ticket.LinkRelated, ticket.LinkParent} {
		require.NoError(t, d.link(a, b, kind))
		requireKind(t, ticket.Conflict, d.link(a, b, kind))
		requireKind(t, ticket.Conflict, d.link(b, a, kind))
	}
	require.Len(t, d.links(d.all, a.ID), 2)
}

func testMove(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	d.message(a, func(m *ticket.Message) { m.Text = "bleibt hier" })
	one := d.message(a, func(m *ticket.Message) {
		m.Text, m.HTML = "Zahnrad", "<p>Zahnrad</p>"
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "a.txt", ContentType: "text/plain", Size: 1, SHA256: "x", CreatedAt: d.now}}
	})
	two := d.message(a, func(m *ticket.Message) { m.Kind, m.Text = ticket.Note, "Schraube" })
	d.message(b, func(m *ticket.Message) { m.Text = "war schon da" })
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.MoveMessages(ctx, a.ID, b.ID, []ticket.MessageID{two.ID, one.ID}, 5)
	})
	left, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: a.ID})
	require.NoError(t, err)
	require.Len(t, left, 1)
	moved, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: b.ID})
	require.NoError(t, err)
	require.Len(t, moved, 3)
	require.Equal(t, []any{two.ID, 5, one.ID, 6}, []any{moved[1].ID, moved[1].N, moved[2].ID, moved[2].N})
	require.Equal(t, one.Attachments[0].ID, moved[2].Attachments[0].ID)
	full, err := d.Store.Message(t.Context(), d.all, one.ID)
	require.NoError(t, err)
	require.Equal(t, []any{b.ID, "<p>Zahnrad</p>"}, []any{full.TicketID, full.HTML})
	_, err = d.Store.Attachment(t.Context(), d.all, b.ID, one.Attachments[0].ID)
	require.NoError(t, err)
	_, err = d.Store.Attachment(t.Context(), d.all, a.ID, one.Attachments[0].ID)
	requireKind(t, ticket.NotFound, err)
	for word, want := range map[string]ticket.ID{"Zahnrad": b.ID, "bleibt": a.ID} {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Words: []string{word}})
		require.NoError(t, err)
		require.Equal(t, []ticket.ID{want}, ids(list), word)
	}
	for notes, want := range map[bool]int{true: 1, false: 0} {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Words: []string{"Schraube"}, SearchNotes: notes})
		require.NoError(t, err)
		require.Len(t, list, want)
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, a.ID) })
	_, err = d.Store.Message(t.Context(), d.all, one.ID)
	require.NoError(t, err, "what has moved is no part of the old ticket any more")
}

func testMoveRefused(t *testing.T, d *desk) {
	a, b, c := d.ticket(), d.ticket(), d.ticket()
	m, taken := d.message(a), d.message(b)
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.MoveMessages(ctx, c.ID, b.ID, []ticket.MessageID{m.ID}, 9)
	}))
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.MoveMessages(ctx, a.ID, b.ID, []ticket.MessageID{m.ID}, taken.N)
	}))
	got, err := d.Store.Message(t.Context(), d.all, m.ID)
	require.NoError(t, err)
	require.Equal(t, a.ID, got.TicketID)
}

func testMoveRefs(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	find := func(ref string) ticket.ID {
		id, err := d.Store.TicketByRefs(t.Context(), []string{ref})
		require.NoError(t, err)
		return id
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return errors.Join(tx.LinkRefs(ctx, a.ID, []string{"1@a", "2@a", "3@a"}), tx.LinkRefs(ctx, b.ID, []string{"1@b"}))
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.MoveRefs(ctx, a.ID, b.ID, []string{"2@a", "1@b", "none"})
	})
	require.Equal(t, []ticket.ID{a.ID, b.ID, a.ID, b.ID}, []ticket.ID{find("1@a"), find("2@a"), find("3@a"), find("1@b")})
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.MoveRefs(ctx, a.ID, b.ID, nil) })
	require.Equal(t, []ticket.ID{b.ID, b.ID}, []ticket.ID{find("1@a"), find("3@a")})
}

func testClearTimers(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	at := d.now.Add(time.Hour)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return errors.Join(tx.SetTimer(ctx, a.ID, "x", at), tx.SetTimer(ctx, a.ID, "y", at), tx.SetTimer(ctx, b.ID, "x", at))
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.ClearTimers(ctx, a.ID) })
	for _, c := range []struct {
		id   ticket.ID
		name string
		want bool
	}{{a.ID, "x", false}, {a.ID, "y", false}, {b.ID, "x", true}} {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			ok, err := tx.TakeTimer(ctx, c.id, c.name, at)
			require.Equal(t, c.want, ok)
			return err
		})
	}
}

// testGuard: who counts under a guard and then adds never goes over a limit, however many try at once.
func testGuard(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	const workers, most = 12, 3
	full := errors.New("full")
	drafts := make([]*ticket.Ticket, workers)
	for i := range drafts {
		drafts[i] = d.draft(c)
		drafts[i].Number = int64(1000 + i) // NextNumber would keep them apart, too
	}
	together(t, workers, func(i int) error {
		err := d.Store.Update(t.Context(), func(tx ticket.Tx) error {
			if _, err := tx.Contact(t.Context(), c.ID); err != nil { // a first read, from which some databases see on
				return err
			}
			if err := tx.Guard(t.Context(), "requester:"+string(c.ID)); err != nil {
				return err
			}
			ts, err := tx.Tickets(t.Context(), d.all, ticket.Query{Requester: c.ID, Limit: most})
			if err != nil {
				return err
			}
			if len(ts) == most {
				return full
			}
			return tx.InsertTicket(t.Context(), drafts[i])
		})
		if errors.Is(err, full) {
			return nil
		}
		return err
	})
	require.Len(t, d.list(ticket.Query{Limit: 100}), most)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return errors.Join(tx.Guard(ctx, "x"), tx.Guard(ctx, "x"))
	})
}

func testFieldDefinitions(t *testing.T, d *desk) {
	one := ticket.Field{ID: ticket.FieldID(d.id()), Name: "order", Label: ticket.Labels{De: "Bestellung", En: "Order"}, Type: ticket.FieldSelect,
		Options:  []ticket.FieldOption{{Value: "a", Label: ticket.Labels{De: "Ä", En: "A"}}, {Value: "b"}},
		Required: ticket.RequiredResolve, Queues: []ticket.QueueID{d.queues[0].ID}, Position: 2, CreatedAt: d.now}
	two := ticket.Field{ID: ticket.FieldID(d.id()), Name: "size", Type: ticket.FieldNumber, Position: 1, CreatedAt: d.now}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return errors.Join(tx.InsertField(ctx, &one), tx.InsertField(ctx, &two))
	})
	got, err := d.Store.FieldDefinitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ticket.Field{two, one}, got)
	again := ticket.Field{ID: ticket.FieldID(d.id()), Name: "size", Type: ticket.FieldText, CreatedAt: d.now}
	err = d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertField(ctx, &again) })
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: "name"})
	two.Archived, two.Position, two.Label.De = true, 3, "Größe"
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateField(ctx, &two) })
	got, err = d.Store.FieldDefinitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ticket.Field{one, two}, got)
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateField(ctx, &again) }))
	two.Name = "order"
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateField(ctx, &two) }))
}

func testFieldSearch(t *testing.T, d *desk) {
	a := d.ticket(func(n *ticket.Ticket) {
		n.Fields = map[string]any{"order": "A-1", "count": 2.5, "paid": true, "colours": []any{"rot", "blau"}}
	})
	b := d.ticket(func(n *ticket.Ticket) {
		n.Fields, n.Tags = map[string]any{"order": "A-1", "count": 3.0}, []string{"vip"}
	})
	find := func(q ticket.Query) []ticket.ID {
		q.Sort = ticket.ByNumberAsc
		list, err := d.Store.Tickets(t.Context(), d.all, q)
		require.NoError(t, err)
		return ids(list)
	}
	field := func(pairs ...string) (out []ticket.FieldValue) {
		for pair := range slices.Chunk(pairs, 2) {
			out = append(out, ticket.FieldValue{Name: pair[0], Value: pair[1]})
		}
		return out
	}
	for _, c := range []struct {
		q    []ticket.FieldValue
		want []ticket.ID
	}{
		{field("order", "a-1"), []ticket.ID{a.ID, b.ID}},
		{field("order", "A-1", "count", "3"), []ticket.ID{b.ID}},
		{field("count", "2.5"), []ticket.ID{a.ID}},
		{field("paid", "true"), []ticket.ID{a.ID}},
		{field("colours", "blau", "colours", "rot"), []ticket.ID{a.ID}},
		{field("order", "A-2"), []ticket.ID{}},
		{field("paid", "A-1"), []ticket.ID{}},
	} {
		require.Equal(t, c.want, find(ticket.Query{Field: c.q}), "%v", c.q)
	}
	require.Equal(t, []ticket.ID{b.ID}, find(ticket.Query{Field: field("order", "A-1"), Tag: []string{"vip"}}))
	require.Empty(t, d.list(ticket.Query{Field: field("order", "A-1"), Queue: []ticket.QueueID{d.queues[0].ID}}))
	a.Fields, a.Version = map[string]any{"order": "A-2"}, 2
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, a, 1) })
	require.Equal(t, []ticket.ID{b.ID}, find(ticket.Query{Field: field("order", "A-1")}))
	require.Equal(t, []ticket.ID{a.ID}, find(ticket.Query{Field: field("order", "A-2")}))
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, a.ID) })
	require.Empty(t, find(ticket.Query{Field: field("order", "A-2")}))
}

func testTagCounts(t *testing.T, d *desk) {
	tagged := func(q int, tags ...string) *ticket.Ticket {
		return d.ticket(func(n *ticket.Ticket) {
			n.Tags, n.Queue = tags, ticket.QueueRef{ID: d.queues[q].ID, Name: d.queues[q].Name}
		})
	}
	tagged(0, "vip", "ärger")
	tagged(1, "vip")
	gone := tagged(1, "weg")
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, gone.ID) })
	got, err := d.Store.TagCounts(t.Context(), d.all)
	require.NoError(t, err)
	require.Equal(t, []ticket.TagCount{{Tag: "vip", Tickets: 2}, {Tag: "ärger", Tickets: 1}}, got)
	got, err = d.Store.TagCounts(t.Context(), d.accountScope("a1", ticket.Grant{Queues: []ticket.QueueID{d.queues[1].ID}}))
	require.NoError(t, err)
	require.Equal(t, []ticket.TagCount{{Tag: "vip", Tickets: 1}}, got)
	got, err = d.Store.TagCounts(t.Context(), ticket.Scope{})
	require.NoError(t, err)
	require.Empty(t, got)
}

func testQueueChanges(t *testing.T, d *desk) {
	q := d.queues[0]
	q.Name, q.Default = "Buchhaltung", true
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateQueue(ctx, &q) })
	got, err := d.Store.Queue(t.Context(), q.ID)
	require.NoError(t, err)
	require.Equal(t, q, *got)
	q.Name = "Support"
	err = d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateQueue(ctx, &q) })
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: "name"})
	unknown := ticket.Queue{ID: ticket.QueueID(d.id()), Name: "x"}
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateQueue(ctx, &unknown) }))
	drop := func(id ticket.QueueID) error {
		return d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteQueue(ctx, id) })
	}
	requireKind(t, ticket.NotFound, drop(unknown.ID))
	d.ticket()
	requireKind(t, ticket.Conflict, drop(d.queues[1].ID))
	require.NoError(t, drop(q.ID))
	_, err = d.Store.Queue(t.Context(), q.ID)
	requireKind(t, ticket.NotFound, err)
}
