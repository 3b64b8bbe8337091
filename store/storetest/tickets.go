package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var ticketTests = []test{
	{"ReadsBackEveryField", testTicketFields},
	{"ZeroFieldsStayZero", testTicketZero},
	{"Absent", testTicketAbsent},
	{"NumbersRise", testNumbers},
	{"UniqueIDAndNumber", testTicketUnique},
	{"UpdateWritesEveryField", testTicketUpdate},
	{"UpdateComparesVersions", testStale},
	{"NeighboursAreCurrent", testNeighbours},
	{"TimesAreUTCMicroseconds", testTimes},
	{"TextIsKeptExactly", testUnicode},
	{"DeleteErases", testDelete},
	{"DeleteLeavesOthers", testDeleteOthers},
	{"ReturnsCopies", testCopies},
}

func full(d *desk) func(*ticket.Ticket) {
	return func(t *ticket.Ticket) {
		t.Subject, t.Status, t.Category, t.Priority = "Rechnung fehlt", "waiting_supplier", ticket.Pending, ticket.Urgent
		t.Channel, t.Source, t.Preview, t.Locale = "mail", "phone", "Wo bleibt …", "en"
		t.Assignee = &ticket.AccountRef{ID: ticket.AccountID(d.id()), Name: "Ben Support"}
		t.Tags = []string{"rechnung", "vip", "ärger"}
		t.Fields = map[string]any{"order": "A-1", "count": 2.5, "paid": true, "note": nil, "größe": "XL"}
		t.Escalation, t.SnoozedUntil, t.MergedInto, t.Demo = 3, d.now.Add(time.Hour), ticket.ID(d.id()), true
		t.UpdatedAt, t.FirstResponseAt, t.ResolvedAt = d.now.Add(time.Minute), d.now.Add(2*time.Minute), d.now.Add(3*time.Minute)
		t.Version, t.MessageCount, t.Head = 7, 4, ticket.Head{Count: 9, MAC: []byte{0, 1, 2, 0xff}}
	}
}

func testTicketFields(t *testing.T, d *desk) {
	want := d.ticket(full(d))
	same(t, want, d.read(want.ID))
	got, err := d.Store.TicketByNumber(t.Context(), d.all, want.Number)
	require.NoError(t, err)
	same(t, want, got)
	list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	same(t, want, &list[0])
}

func testTicketZero(t *testing.T, d *desk) {
	want := d.ticket()
	got := d.read(want.ID)
	same(t, want, got)
	require.Nil(t, got.Assignee)
	require.True(t, got.SnoozedUntil.IsZero() && got.FirstResponseAt.IsZero() && got.ResolvedAt.IsZero())
}

func testTicketAbsent(t *testing.T, d *desk) {
	ctx := t.Context()
	_, err := d.Store.Ticket(ctx, d.all, ticket.ID(d.id()))
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.Ticket(ctx, d.all, "' OR 1=1 --")
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.TicketByNumber(ctx, d.all, 4711)
	requireKind(t, ticket.NotFound, err)
	list, err := d.Store.Tickets(ctx, d.all, ticket.Query{})
	require.NoError(t, err)
	require.Empty(t, list)
	err = d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.UpdateTicket(ctx, d.draft(&ticket.Contact{ID: "nobody"}), 1)
	})
	require.Contains(t, []ticket.Kind{ticket.NotFound, ticket.Stale}, ticket.KindOf(err))
	err = d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, ticket.ID(d.id())) })
	requireKind(t, ticket.NotFound, err)
}

func testNumbers(t *testing.T, d *desk) {
	var last int64
	for range 3 {
		tk := d.ticket()
		require.Greater(t, tk.Number, last)
		last = tk.Number
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for range 3 {
			n, err := tx.NextNumber(ctx)
			if err != nil {
				return err
			}
			require.Greater(t, n, last)
			last = n
		}
		return nil
	})
	tk := d.ticket()
	require.Greater(t, tk.Number, last)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, tk.ID) })
	require.Greater(t, d.ticket().Number, tk.Number, "the number of a deleted ticket is not given again")
}

func testTicketUnique(t *testing.T, d *desk) {
	old := d.ticket()
	c := d.contact("Zwei", "zwei@firma.example")
	for name, change := range map[string]func(*ticket.Ticket){
		"number": func(n *ticket.Ticket) { n.Number = old.Number },
		"id":     func(n *ticket.Ticket) { n.ID, n.Number = old.ID, old.Number+100 },
	} {
		n := d.draft(c)
		change(n)
		requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertTicket(ctx, n) }), name)
	}
	same(t, old, d.read(old.ID))
}

func testTicketUpdate(t *testing.T, d *desk) {
	tk := d.ticket()
	other := d.contact("Chris Neu", "chris@firma.example")
	full(d)(tk)
	tk.Version, tk.Queue = 2, ticket.QueueRef{ID: d.queues[0].ID, Name: d.queues[0].Name}
	tk.Requester = ticket.ContactRef{ID: other.ID, Name: "Chris Neu", Email: "chris@firma.example"}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, tk, 1) })
	same(t, tk, d.read(tk.ID))

	tk.Tags, tk.Fields, tk.Assignee, tk.Version = []string{"vip"}, nil, nil, 3
	tk.SnoozedUntil, tk.FirstResponseAt, tk.ResolvedAt, tk.MergedInto = time.Time{}, time.Time{}, time.Time{}, ""
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, tk, 2) })
	same(t, tk, d.read(tk.ID))
	for tag, want := range map[string]int{"vip": 1, "rechnung": 0} {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Tag: []string{tag}})
		require.NoError(t, err)
		require.Len(t, list, want, tag)
	}
}

func testStale(t *testing.T, d *desk) {
	tk := d.ticket()
	tk.Subject, tk.Version = "neu", 2
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, tk, 1) })
	late := *tk
	late.Subject = "zu spät"
	for _, was := range []ticket.Version{0, 1, 3} {
		requireKind(t, ticket.Stale, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, &late, was) }))
	}
	same(t, tk, d.read(tk.ID))
	d.update(func(ctx context.Context, tx ticket.Tx) error { // Stale alone does not end a transaction
		requireKind(t, ticket.Stale, tx.UpdateTicket(ctx, &late, 1))
		late.Version = 3
		return tx.UpdateTicket(ctx, &late, 2)
	})
	same(t, &late, d.read(tk.ID))
}

func testNeighbours(t *testing.T, d *desk) {
	c := d.contact("", "anna@firma.example")
	tk := d.ticketOf(c, func(n *ticket.Ticket) { n.Queue.Name, n.Requester = "", ticket.ContactRef{ID: c.ID} })
	got := d.read(tk.ID)
	require.Equal(t, ticket.QueueRef{ID: d.queues[1].ID, Name: "Support"}, got.Queue, "only ids are written")
	require.Equal(t, ticket.ContactRef{ID: c.ID, Email: "anna@firma.example"}, got.Requester)
	c.Name = "Anna Kunde"
	c.Identities = []ticket.Identity{{Kind: "discord", Value: "1"}, {Kind: ticket.KindEmail, Value: "neu@firma.example"}, {Kind: ticket.KindEmail, Value: "alt@firma.example"}}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, c) })
	require.Equal(t, ticket.ContactRef{ID: c.ID, Name: "Anna Kunde", Email: "neu@firma.example"}, d.read(tk.ID).Requester, "the first mail address")
}

func testTimes(t *testing.T, d *desk) {
	zone := time.FixedZone("elsewhere", -5*3600)
	for _, at := range []time.Time{
		time.Date(2026, 3, 29, 3, 30, 0, 123456789, zone), // an hour that is skipped in parts of Europe
		time.Date(1999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(2200, 1, 1, 0, 0, 0, 1000, time.UTC),
	} {
		tk := d.ticket(func(n *ticket.Ticket) { n.CreatedAt, n.UpdatedAt, n.SnoozedUntil = at, at, at })
		want := at.UTC().Truncate(time.Microsecond)
		got := d.read(tk.ID)
		for _, have := range []time.Time{got.CreatedAt, got.UpdatedAt, got.SnoozedUntil} {
			require.Equal(t, want, have)
			require.Equal(t, time.UTC, have.Location())
		}
	}
}

func testUnicode(t *testing.T, d *desk) {
	for name, text := range map[string]string{
		"umlauts":     "Größe ÄÖÜß ẞ",
		"emoji":       "🎫👩‍👩‍👧‍👦🇩🇪 \U0001F9D1🏽‍💻",
		"combining":   "e\u0301 n\u0303 Z\u0351\u036b",
		"composed":    "é ñ",
		"rtl":         "שלום \u202Eעולם\u202C مرحبا",
		"cjk":         "漢字かな交じり文 한국어",
		"quotes":      `'";-- \ % _ ? $1 {tickets} :name`,
		"white space": "  a\tb\r\nc\u00a0d  ",
		"case":        "ticket TICKET Ticket",
		"long":        strings.Repeat("ö", 255),
		"lookalikes":  "ﬁ Å Å",
	} {
		tk := d.ticket(func(n *ticket.Ticket) {
			n.Subject, n.Preview, n.Tags, n.Fields = text, text, []string{text}, map[string]any{text: text}
		})
		same(t, tk, d.read(tk.ID))
		m := d.message(tk, func(m *ticket.Message) {
			m.Text, m.Quoted, m.HTML, m.Author.Name = text, strings.Repeat(text, 2000), "<p>"+text, text
		})
		got, err := d.Store.Message(t.Context(), d.all, m.ID)
		require.NoError(t, err)
		require.Equal(t, m, got, name)
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Tag: []string{text}})
		require.NoError(t, err)
		require.Equal(t, []ticket.ID{tk.ID}, ids(list), "tags compare exactly: %s", name)
	}
}

// filled is a ticket with something in every place that belongs to it.
func filled(t *testing.T, d *desk, key string) *ticket.Ticket {
	t.Helper()
	tk := d.ticket(full(d), func(n *ticket.Ticket) { n.MessageCount = 0 })
	m := d.message(tk, func(m *ticket.Message) {
		m.HTML = "<p>Hallo"
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "a.pdf", SHA256: strings.Repeat("a", 64), CreatedAt: d.now}}
	})
	other := d.contact("Cc", key+"@firma.example")
	chain := d.chain()
	var head ticket.Head
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		up := &ticket.Attachment{ID: ticket.AttachmentID(d.id()), TicketID: tk.ID, Name: "b.png", SHA256: strings.Repeat("b", 64), CreatedAt: d.now}
		if err := tx.InsertAttachment(ctx, up); err != nil {
			return err
		}
		if err := tx.AddParticipant(ctx, tk.ID, ticket.Participant{Contact: ticket.ContactRef{ID: other.ID}, Role: "cc"}); err != nil {
			return err
		}
		if err := tx.LinkRefs(ctx, tk.ID, []string{key + "-ref"}); err != nil {
			return err
		}
		if err := tx.MarkReceived(ctx, ticket.Receipt{Channel: "mail", Key: key, TicketID: tk.ID, MessageID: m.ID, At: d.now}); err != nil {
			return err
		}
		if err := tx.SetTimer(ctx, tk.ID, "snooze", d.now.Add(time.Hour)); err != nil {
			return err
		}
		for range 2 {
			e := &ticket.Event{ID: ticket.EventID(d.id()), TicketID: tk.ID, Type: ticket.EventCreated, At: d.now,
				Actor: ticket.EventActor{Type: ticket.ActorContact, ID: string(tk.Requester.ID), Name: "Anna"}, Data: []byte(`{"a":1}`), Private: []byte(`{"b":2}`)}
			head = chain.Seal(head, e)
			if err := tx.AppendEvent(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	tk.Head = head
	return tk
}

func testDelete(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := filled(t, d, "one")
	ms, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Len(t, ms, 1)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.DeleteTicket(ctx, tk.ID); err != nil {
			return err
		}
		_, err := tx.Ticket(ctx, d.all, tk.ID)
		requireKind(t, ticket.NotFound, err, "in the transaction too")
		return nil
	})

	_, err = d.Store.Ticket(ctx, d.all, tk.ID)
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.TicketByNumber(ctx, d.all, tk.Number)
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.Message(ctx, d.all, ms[0].ID)
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.Attachment(ctx, d.all, tk.ID, ms[0].Attachments[0].ID)
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.TicketByRefs(ctx, []string{"one-ref"})
	requireKind(t, ticket.NotFound, err)
	left, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Empty(t, left)
	ps, err := d.Store.Participants(ctx, d.all, tk.ID)
	require.NoError(t, err)
	require.Empty(t, ps)
	for _, q := range []ticket.Query{{Words: []string{"Rechnung"}}, {Tag: []string{"vip"}}, {Number: tk.Number}, {Requester: tk.Requester.ID}} {
		list, err := d.Store.Tickets(ctx, d.all, q)
		require.NoError(t, err)
		require.Empty(t, list, q)
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		ok, err := tx.TakeTimer(ctx, tk.ID, "snooze", d.now.Add(time.Hour))
		require.False(t, ok)
		return err
	})
	got, err := d.Store.Received(ctx, "mail", "one")
	require.NoError(t, err, "a repeat stays a repeat")
	require.Equal(t, tk.ID, got.TicketID)

	es, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Len(t, es, 2)
	for _, e := range es {
		require.Empty(t, e.Private)
		require.Empty(t, e.Actor.Name)
		require.Nil(t, e.Salt)
		require.NotNil(t, e.PrivateHash)
		require.JSONEq(t, `{"a":1}`, string(e.Data))
	}
	require.NoError(t, d.chain().Verify(es, tk.Head), "the chain survives")
	es, err = d.Store.Events(ctx, d.accountScope("acc", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID, d.queues[1].ID}}), ticket.EventQuery{})
	require.NoError(t, err)
	require.Empty(t, es, "only a scope that reaches all sees events of deleted tickets")
}

func testDeleteOthers(t *testing.T, d *desk) {
	ctx := t.Context()
	one, two := filled(t, d, "one"), filled(t, d, "two")
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, one.ID) })
	ms, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: two.ID})
	require.NoError(t, err)
	require.Len(t, ms, 1)
	require.Len(t, ms[0].Attachments, 1)
	m, err := d.Store.Message(ctx, d.all, ms[0].ID)
	require.NoError(t, err)
	require.Equal(t, "<p>Hallo", m.HTML)
	ps, err := d.Store.Participants(ctx, d.all, two.ID)
	require.NoError(t, err)
	require.Len(t, ps, 1)
	id, err := d.Store.TicketByRefs(ctx, []string{"one-ref", "two-ref"})
	require.NoError(t, err)
	require.Equal(t, two.ID, id)
	es, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Ticket: two.ID})
	require.NoError(t, err)
	require.Len(t, es, 2)
	require.JSONEq(t, `{"b":2}`, string(es[1].Private))
	list, err := d.Store.Tickets(ctx, d.all, ticket.Query{Words: []string{"Rechnung"}, Tag: []string{"vip"}})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{two.ID}, ids(list))
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		ok, err := tx.TakeTimer(ctx, two.ID, "snooze", d.now.Add(time.Hour))
		require.True(t, ok)
		return err
	})
}

func testCopies(t *testing.T, d *desk) {
	tk := d.ticket(full(d))
	want := d.read(tk.ID)
	tk.Tags[0], tk.Fields["order"], tk.Head.MAC[0], tk.Assignee.Name = "changed", "changed", 99, "changed"
	same(t, want, d.read(tk.ID))
	got := d.read(tk.ID)
	got.Tags[0], got.Fields["order"], got.Head.MAC[0], got.Assignee.Name = "changed", "changed", 99, "changed"
	same(t, want, d.read(tk.ID))
}
