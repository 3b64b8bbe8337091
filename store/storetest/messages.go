package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var messageTests = []test{
	{"ReadsBackEveryField", testMessageFields},
	{"Pages", testMessagePages},
	{"Scope", testMessageScope},
	{"PositionIsUnique", testMessageUnique},
	{"BeforeItsTicket", testMessageBeforeTicket},
	{"AttachmentsKeepTheirOrder", testAttachmentOrder},
	{"UploadIsBoundOnce", testUpload},
	{"AttachmentNeedsItsTicket", testAttachmentTicket},
	{"Delivery", testDelivery},
	{"Revised", testRevised},
	{"Large", testLarge},
}

func testMessageFields(t *testing.T, d *desk) {
	tk := d.ticket()
	yes, no := true, false
	for _, verified := range []*bool{nil, &yes, &no} {
		want := d.message(tk, func(m *ticket.Message) {
			m.Kind, m.Author = ticket.Note, ticket.Author{Type: ticket.ActorAccount, ID: d.id(), Name: "Ben Support", Email: "ben@desk.example"}
			m.Channel, m.Text, m.Quoted, m.HTML, m.Machine, m.Verified = "mail", "Text", "> alt", "<p>Text</p>", true, verified
			m.Protection, m.ExternalID, m.RawSHA256 = ticket.Encrypted, "a.b@desk.example", strings.Repeat("c", 64)
			m.To = []ticket.Identity{{Kind: ticket.KindEmail, Value: "anna@firma.example", Verified: true}, {Kind: "discord", Value: "42"}}
			m.Delivery = &ticket.Delivery{State: ticket.Failed, Reason: "550 unbekannt", At: d.now.Add(time.Second),
				Returned: &ticket.Returned{Recipient: "anna@firma.example", Status: "5.1.1", Diagnostic: "550 5.1.1 \"unbekannt\" <größe>", At: d.now.Add(time.Minute)}}
			m.Attachments = []ticket.Attachment{{
				ID: ticket.AttachmentID(d.id()), TicketID: tk.ID, MessageID: m.ID, Name: "größe.pdf", ContentType: "application/pdf", Size: 1 << 40,
				SHA256: strings.Repeat("d", 64), Inline: true, ContentID: "x@y.example", UploadedBy: ticket.AccountID(d.id()), CreatedAt: d.now,
			}}
		})
		got, err := d.Store.Message(t.Context(), d.all, want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
		list, err := d.Store.Messages(t.Context(), d.all, ticket.MessageQuery{Ticket: tk.ID, After: want.N - 1})
		require.NoError(t, err)
		require.Len(t, list, 1)
		want.HTML = ""
		require.True(t, list[0].HasHTML)
		require.Equal(t, *want, list[0], "a list has everything but the HTML")
		at, err := d.Store.Attachment(t.Context(), d.all, tk.ID, want.Attachments[0].ID)
		require.NoError(t, err)
		require.Equal(t, &want.Attachments[0], at)
	}
	plain := d.message(tk)
	got, err := d.Store.Message(t.Context(), d.all, plain.ID)
	require.NoError(t, err)
	require.Equal(t, plain, got)
	_, err = d.Store.Message(t.Context(), d.all, ticket.MessageID(d.id()))
	requireKind(t, ticket.NotFound, err)
}

func testMessagePages(t *testing.T, d *desk) {
	tk, other := d.ticket(), d.ticket()
	d.message(other)
	kinds := []ticket.MessageKind{ticket.Public, ticket.Note, ticket.Notice}
	for i := range 130 {
		d.message(tk, func(m *ticket.Message) { m.Kind = kinds[i%3] })
	}
	get := func(q ticket.MessageQuery) []int {
		q.Ticket = tk.ID
		list, err := d.Store.Messages(t.Context(), d.all, q)
		require.NoError(t, err)
		out := []int{}
		for _, m := range list {
			out = append(out, m.N)
		}
		return out
	}
	require.Len(t, get(ticket.MessageQuery{}), 100)
	require.Equal(t, []int{1, 2, 3}, get(ticket.MessageQuery{Limit: 3}))
	require.Equal(t, []int{128, 129, 130}, get(ticket.MessageQuery{Limit: 3, Newest: true}), "rising all the same")
	require.Equal(t, []int{6, 7}, get(ticket.MessageQuery{After: 5, Before: 8}))
	require.Equal(t, []int{6, 7}, get(ticket.MessageQuery{Before: 8, Newest: true, Limit: 2}))
	require.Equal(t, []int{1, 4, 7}, get(ticket.MessageQuery{Kinds: kinds[:1], Limit: 3}))
	require.Equal(t, []int{2, 3, 5, 6}, get(ticket.MessageQuery{Kinds: kinds[1:], Limit: 4}))
	require.Empty(t, get(ticket.MessageQuery{After: 130}))
}

func testMessageScope(t *testing.T, d *desk) {
	ctx := t.Context()
	tk := d.ticket()
	m := d.message(tk, func(m *ticket.Message) {
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "x", CreatedAt: d.now}}
	})
	c := d.contact("Cc", "cc@firma.example")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.AddParticipant(ctx, tk.ID, ticket.Participant{Contact: ticket.ContactRef{ID: c.ID}, Role: "cc"})
	})
	for name, sc := range map[string]ticket.Scope{
		"nothing":        {},
		"other queue":    d.accountScope("a", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}}),
		"own":            d.accountScope("b", ticket.Grant{Own: true}),
		"others contact": d.contactScope(c.ID),
	} {
		list, err := d.Store.Messages(ctx, sc, ticket.MessageQuery{Ticket: tk.ID})
		require.NoError(t, err, name)
		require.Empty(t, list, name)
		_, err = d.Store.Message(ctx, sc, m.ID)
		requireKind(t, ticket.NotFound, err, name)
		_, err = d.Store.Attachment(ctx, sc, tk.ID, m.Attachments[0].ID)
		requireKind(t, ticket.NotFound, err, name)
		ps, err := d.Store.Participants(ctx, sc, tk.ID)
		require.NoError(t, err, name)
		require.Empty(t, ps, name)
		es, err := d.Store.Events(ctx, sc, ticket.EventQuery{Ticket: tk.ID})
		require.NoError(t, err, name)
		require.Empty(t, es, name)
	}
	for name, sc := range map[string]ticket.Scope{
		"queue":   d.accountScope("c", ticket.Grant{Queues: []ticket.QueueID{d.queues[1].ID, d.queues[0].ID}}),
		"contact": d.contactScope(tk.Requester.ID),
	} {
		list, err := d.Store.Messages(ctx, sc, ticket.MessageQuery{Ticket: tk.ID})
		require.NoError(t, err, name)
		require.Len(t, list, 1, name)
		_, err = d.Store.Message(ctx, sc, m.ID)
		require.NoError(t, err, name)
		_, err = d.Store.Attachment(ctx, sc, tk.ID, m.Attachments[0].ID)
		require.NoError(t, err, name)
		ps, err := d.Store.Participants(ctx, sc, tk.ID)
		require.NoError(t, err, name)
		require.Len(t, ps, 1, name)
	}
}

func testMessageUnique(t *testing.T, d *desk) {
	tk := d.ticket()
	m := d.message(tk)
	twin := *m
	twin.ID = ticket.MessageID(d.id())
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertMessage(ctx, &twin) }), "place")
	twin.ID, twin.N = m.ID, 2
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertMessage(ctx, &twin) }), "id")
}

// testMessageBeforeTicket: the service writes the first message before the ticket, whose history is sealed last.
func testMessageBeforeTicket(t *testing.T, d *desk) {
	tk := d.draft(d.contact("Anna", "anna@firma.example"))
	d.update(func(ctx context.Context, tx ticket.Tx) (err error) {
		if tk.Number, err = tx.NextNumber(ctx); err != nil {
			return err
		}
		if err := tx.SetTimer(ctx, tk.ID, "x", d.now); err != nil {
			return err
		}
		m := &ticket.Message{ID: ticket.MessageID(d.id()), TicketID: tk.ID, N: 1, Kind: ticket.Public, Text: "Kühlschrank", HTML: "<b>", CreatedAt: d.now,
			Attachments: []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "x", CreatedAt: d.now}}}
		m.Attachments[0].TicketID, m.Attachments[0].MessageID = tk.ID, m.ID
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		return tx.InsertTicket(ctx, tk)
	})
	list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Words: []string{"Kühlschrank"}})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{tk.ID}, ids(list))
}

func testAttachmentOrder(t *testing.T, d *desk) {
	tk := d.ticket()
	var want []string
	m := d.message(tk, func(m *ticket.Message) {
		for _, name := range []string{"z", "a", "m", "b", "y"} {
			want = append(want, name)
			m.Attachments = append([]ticket.Attachment{}, m.Attachments...)
			m.Attachments = append(m.Attachments, ticket.Attachment{ID: ticket.AttachmentID(d.id()), Name: name, CreatedAt: d.now})
		}
	})
	d.message(tk, func(m *ticket.Message) {
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "of another message", CreatedAt: d.now}}
	})
	got, err := d.Store.Message(t.Context(), d.all, m.ID)
	require.NoError(t, err)
	var names []string
	for _, a := range got.Attachments {
		names = append(names, a.Name)
	}
	require.Equal(t, want, names)
}

func testUpload(t *testing.T, d *desk) {
	ctx := t.Context()
	tk, other := d.ticket(), d.ticket()
	up := &ticket.Attachment{ID: ticket.AttachmentID(d.id()), TicketID: tk.ID, Name: "a.png", ContentType: "image/png", Size: 3, SHA256: strings.Repeat("a", 64),
		UploadedBy: ticket.AccountID(d.id()), CreatedAt: d.now}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertAttachment(ctx, up) })
	got, err := d.Store.Attachment(ctx, d.all, tk.ID, up.ID)
	require.NoError(t, err)
	require.Equal(t, up, got)
	first := d.message(tk)
	list, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	require.Empty(t, list[0].Attachments, "not sent yet")

	m := d.message(tk, func(m *ticket.Message) { m.Attachments = []ticket.Attachment{*up} })
	bound, err := d.Store.Message(ctx, d.all, m.ID)
	require.NoError(t, err)
	require.Len(t, bound.Attachments, 1)
	up.MessageID = m.ID
	require.Equal(t, *up, bound.Attachments[0])

	for name, change := range map[string]func(*ticket.Message){
		"second message": func(m *ticket.Message) { m.TicketID, m.N = tk.ID, 3 },
		"other ticket":   func(m *ticket.Message) { m.TicketID, m.N = other.ID, 1 },
	} {
		again := *first
		again.ID, again.Attachments = ticket.MessageID(d.id()), []ticket.Attachment{*up}
		change(&again)
		again.Attachments[0].TicketID, again.Attachments[0].MessageID = again.TicketID, again.ID
		requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertMessage(ctx, &again) }), name)
	}
}

func testAttachmentTicket(t *testing.T, d *desk) {
	one, two := d.ticket(), d.ticket()
	m := d.message(one, func(m *ticket.Message) {
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), Name: "x", CreatedAt: d.now}}
	})
	_, err := d.Store.Attachment(t.Context(), d.all, two.ID, m.Attachments[0].ID)
	requireKind(t, ticket.NotFound, err, "an id is usable only through its own ticket")
	_, err = d.Store.Attachment(t.Context(), d.all, one.ID, m.Attachments[0].ID)
	require.NoError(t, err)
}

func testDelivery(t *testing.T, d *desk) {
	tk := d.ticket()
	m := d.message(tk, func(m *ticket.Message) { m.Delivery = &ticket.Delivery{State: ticket.Queued, At: d.now} })
	set := func(dl ticket.Delivery, external string) *ticket.Message {
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.SetDelivery(ctx, m.ID, dl, external) })
		got, err := d.Store.Message(t.Context(), d.all, m.ID)
		require.NoError(t, err)
		require.Equal(t, &dl, got.Delivery)
		return got
	}
	set(ticket.Delivery{State: ticket.Bounced, Reason: "550", At: d.now, Returned: &ticket.Returned{Diagnostic: strings.Repeat("ü\\", 160), At: d.now}}, "")
	set(ticket.Delivery{State: ticket.Queued, At: d.now}, "") // and what a report said is gone
	require.Empty(t, set(ticket.Delivery{State: ticket.Queued, Reason: "greylisted", At: d.now.Add(time.Second)}, "").ExternalID)
	require.Equal(t, "<1@desk.example>", set(ticket.Delivery{State: ticket.Sent, At: d.now.Add(time.Minute)}, "<1@desk.example>").ExternalID)
	require.Equal(t, "<1@desk.example>", set(ticket.Delivery{State: ticket.Failed, Reason: "bounced", At: d.now.Add(time.Hour)}, "").ExternalID)
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.SetDelivery(ctx, ticket.MessageID(d.id()), ticket.Delivery{State: ticket.Sent}, "")
	}))
}

// testRevised: a message says something else, and is found by that alone; as a note only who may read notes finds it.
func testRevised(t *testing.T, d *desk) {
	tk := d.ticket()
	m := d.message(tk, func(m *ticket.Message) {
		m.Kind, m.Text, m.HTML, m.ExternalID = ticket.Public, "the fuse is broken", "<p>the fuse is broken</p>", "42/43"
		m.Attachments = []ticket.Attachment{{ID: ticket.AttachmentID(d.id()), TicketID: tk.ID, MessageID: m.ID, Name: "drawing.pdf", CreatedAt: d.now}}
	})
	found := func(word string, notes bool) int {
		return len(d.list(ticket.Query{Words: []string{word}, SearchNotes: notes}))
	}
	require.Equal(t, 1, found("fuse", false))
	for _, kind := range []ticket.MessageKind{ticket.Public, ticket.Note} {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.ReviseMessage(ctx, m.ID, kind, "the lamp is broken")
		})
		m.Kind, m.Text, m.HTML, m.HasHTML = kind, "the lamp is broken", "", false
		got, err := d.Store.Message(t.Context(), d.all, m.ID)
		require.NoError(t, err)
		require.Equal(t, m, got)
		require.Zero(t, found("fuse", true))
		require.Equal(t, 1, found("lamp", true))
		require.Equal(t, 1, found("drawing", true), "its files keep their names")
		require.Equal(t, kind == ticket.Public, found("lamp", false) == 1)
	}
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.ReviseMessage(ctx, ticket.MessageID(d.id()), ticket.Public, "x")
	}))
}

func testLarge(t *testing.T, d *desk) {
	tk := d.ticket()
	m := d.message(tk, func(m *ticket.Message) {
		m.Text, m.Quoted, m.HTML = strings.Repeat("Größe ", 150_000), strings.Repeat("z", 1<<20), strings.Repeat("<p>ä</p>", 250_000)
		for range 60 {
			m.Attachments = append(m.Attachments, ticket.Attachment{ID: ticket.AttachmentID(d.id()), Name: strings.Repeat("n", 200), CreatedAt: d.now,
				TicketID: tk.ID, MessageID: m.ID})
		}
		for range 50 {
			m.To = append(m.To, ticket.Identity{Kind: ticket.KindEmail, Value: strings.Repeat("x", 240) + "@firma.example"})
		}
	})
	got, err := d.Store.Message(t.Context(), d.all, m.ID)
	require.NoError(t, err)
	require.Equal(t, m, got)
}
