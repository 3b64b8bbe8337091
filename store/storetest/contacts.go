package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var contactTests = []test{
	{"ReadsBack", testContact},
	{"IdentityIsUnique", testIdentityUnique},
	{"Update", testContactUpdate},
	{"Participants", testParticipants},
	{"Queues", testQueues},
}

func testContact(t *testing.T, d *desk) {
	ctx := t.Context()
	want := &ticket.Contact{ID: ticket.ContactID(d.id()), Name: "Zoë 🎫", Locale: "en", CreatedAt: d.now, Identities: []ticket.Identity{
		{Kind: "discord", Value: "123456789012345678", Verified: true}, {Kind: ticket.KindEmail, Value: "zoe@firma.example", BouncedAt: d.now.Add(time.Hour)},
		{Kind: ticket.KindEmail, Value: "a@firma.example", Verified: true},
	}}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertContact(ctx, want) })
	got, err := d.Store.Contact(ctx, want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got, "identities keep their order")
	for _, i := range want.Identities {
		got, err = d.Store.ContactByIdentity(ctx, i.Kind, i.Value)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	none := &ticket.Contact{ID: ticket.ContactID(d.id()), CreatedAt: d.now}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertContact(ctx, none) })
	got, err = d.Store.Contact(ctx, none.ID)
	require.NoError(t, err)
	require.Equal(t, none, got)

	_, err = d.Store.Contact(ctx, ticket.ContactID(d.id()))
	requireKind(t, ticket.NotFound, err)
	for _, i := range [][2]string{{"email", "123456789012345678"}, {"discord", "zoe@firma.example"}, {"email", "ZOE@firma.example"}, {"email", ""}} {
		_, err = d.Store.ContactByIdentity(ctx, i[0], i[1])
		requireKind(t, ticket.NotFound, err, i)
	}
}

func testIdentityUnique(t *testing.T, d *desk) {
	old := d.contact("Anna", "anna@firma.example")
	twin := &ticket.Contact{ID: ticket.ContactID(d.id()), Identities: []ticket.Identity{{Kind: "phone", Value: "1"}, old.Identities[0]}, CreatedAt: d.now}
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertContact(ctx, twin) }))
	_, err := d.Store.ContactByIdentity(t.Context(), "phone", "1")
	requireKind(t, ticket.NotFound, err, "nothing of it was kept")
	twin.Identities = twin.Identities[:1]
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertContact(ctx, twin) })
	twin.Identities = append(twin.Identities, old.Identities[0])
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, twin) }))
	got, err := d.Store.ContactByIdentity(t.Context(), ticket.KindEmail, "anna@firma.example")
	require.NoError(t, err)
	require.Equal(t, old, got)
}

func testContactUpdate(t *testing.T, d *desk) {
	c := d.contact("", "anna@firma.example")
	c.Name, c.Locale = "Anna", "de"
	c.Identities = []ticket.Identity{{Kind: "phone", Value: "1"}, {Kind: ticket.KindEmail, Value: "anna@firma.example", Verified: true}}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, c) })
	got, err := d.Store.Contact(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
	c.Identities = nil
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, c) })
	_, err = d.Store.ContactByIdentity(t.Context(), "phone", "1")
	requireKind(t, ticket.NotFound, err)
	d.contact("Neu", "anna@firma.example") // the address is free again
	requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
		return tx.UpdateContact(ctx, &ticket.Contact{ID: ticket.ContactID(d.id())})
	}))
}

func testParticipants(t *testing.T, d *desk) {
	tk, other := d.ticket(), d.ticket()
	var want []ticket.Participant
	for _, name := range []string{"Zoë", "Anna", "Max"} {
		c := d.contact(name, name+"@firma.example")
		p := ticket.Participant{Contact: ticket.ContactRef{ID: c.ID, Name: name, Email: name + "@firma.example"}, Role: "cc"}
		want = append(want, p)
		for range 2 { // the second changes nothing
			d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AddParticipant(ctx, tk.ID, p) })
		}
	}
	got, err := d.Store.Participants(t.Context(), d.all, tk.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = d.Store.Participants(t.Context(), d.all, other.ID)
	require.NoError(t, err)
	require.Empty(t, got)
}

func testQueues(t *testing.T, d *desk) {
	ctx := t.Context()
	got, err := d.Store.Queues(ctx)
	require.NoError(t, err)
	require.Equal(t, d.queues[:], got, "in order of their names")
	q, err := d.Store.Queue(ctx, d.queues[1].ID)
	require.NoError(t, err)
	require.Equal(t, &d.queues[1], q)
	_, err = d.Store.Queue(ctx, "none")
	requireKind(t, ticket.NotFound, err)
	twin := &ticket.Queue{ID: ticket.QueueID(d.id()), Name: "Support", CreatedAt: d.now}
	requireKind(t, ticket.Conflict, d.try(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertQueue(ctx, twin) }))
	long := &ticket.Queue{ID: ticket.QueueID(d.id()), Name: "Aaä🎫" + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", CreatedAt: d.now}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertQueue(ctx, long) })
	got, err = d.Store.Queues(ctx)
	require.NoError(t, err)
	require.Equal(t, *long, got[0])
}
