package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var peopleTests = []test{
	{"FoundByWords", testContactsFound},
	{"Pages", testContactPages},
	{"Scope", testContactScope},
	{"Absorbed", testContactAbsorbed},
}

func (d *desk) found(text string, s ticket.Scope) []string {
	d.t.Helper()
	list, err := d.Store.ListedContacts(d.t.Context(), s, ticket.ContactQuery{Text: text})
	require.NoError(d.t, err)
	out := []string{}
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}

func testContactsFound(t *testing.T, d *desk) {
	anna := d.contact("Änne Müller-Größe", "anne.mueller@firma.example")
	d.contact("José Núñez", "pepe@correo.example")
	d.contact("", "nobody@leer.example")
	for text, want := range map[string][]string{
		"änne": {"Änne Müller-Größe"}, "ANNE": {"Änne Müller-Größe"}, "mull": {"Änne Müller-Größe"}, "größe": {"Änne Müller-Größe"}, "anne@firma": {"Änne Müller-Größe"},
		"anne.mueller@firma.example": {"Änne Müller-Größe"}, "firma": {"Änne Müller-Größe"}, "jose nunez": {"José Núñez"}, "nunez josé": {"José Núñez"},
		"pepe muller": {}, "uller": {}, "  ": {"", "José Núñez", "Änne Müller-Größe"}, "%": {}, "leer": {""},
	} {
		require.Equal(t, want, d.found(text, d.all), text)
	}
	anna.Name, anna.Identities = "Berta", nil
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, anna) })
	require.Empty(t, d.found("anne", d.all), "what is gone finds nobody")
	require.Equal(t, []string{"Berta"}, d.found("ber", d.all))
}

func testContactPages(t *testing.T, d *desk) {
	var want []ticket.ContactID
	for range 7 {
		want = append([]ticket.ContactID{d.contact("Karl Kunde", d.id()+"@firma.example").ID}, want...)
	}
	d.contact("Ute", "")
	var got []ticket.ContactID
	for q := (ticket.ContactQuery{Text: "kunde", Limit: 3}); ; {
		list, err := d.Store.ListedContacts(t.Context(), d.all, q)
		require.NoError(t, err)
		for _, c := range list {
			require.Len(t, c.Identities, 1)
			got = append(got, c.ID)
		}
		if len(list) < q.Limit {
			break
		}
		q.After = list[len(list)-1].ID
	}
	require.Equal(t, want, got, "the newest first, none twice and none left out")
}

func testContactScope(t *testing.T, d *desk) {
	mine := d.ticketOf(d.contact("Anna Hier", "hier@firma.example"), func(t *ticket.Ticket) { t.Queue = ticket.QueueRef{ID: d.queues[0].ID} })
	d.ticketOf(d.contact("Anna Dort", "dort@firma.example"))
	d.contact("Anna Nirgends", "")
	sc := d.accountScope("sam", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})
	require.Equal(t, []string{"Anna Hier"}, d.found("anna", sc))
	require.Equal(t, []string{"Anna Hier"}, d.found("", d.contactScope(mine.Requester.ID)))
	require.Empty(t, d.found("anna", ticket.Scope{}))
	require.Len(t, d.found("anna", d.all), 3)
}

func testContactAbsorbed(t *testing.T, d *desk) {
	ctx := t.Context()
	old, target := d.contact("Kim Alt", "alt@firma.example"), d.contact("Kim Neu", "neu@firma.example")
	theirs, own, elsewhere := d.ticketOf(old), d.ticketOf(target), d.ticket()
	said := d.message(theirs)
	for _, tk := range []*ticket.Ticket{own, elsewhere} {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.AddParticipant(ctx, tk.ID, ticket.Participant{Contact: ticket.ContactRef{ID: old.ID}, Role: "cc"})
		})
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.AddParticipant(ctx, elsewhere.ID, ticket.Participant{Contact: ticket.ContactRef{ID: target.ID}, Role: "cc"})
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		n, err := tx.AbsorbContact(ctx, old.ID, target.ID)
		require.Equal(t, 1, n)
		return err
	})
	_, err := d.Store.Contact(ctx, old.ID)
	requireKind(t, ticket.NotFound, err)
	for kind, value := range map[string]string{ticket.KindEmail: "alt@firma.example", ticket.IdentityMerged: string(old.ID)} {
		got, err := d.Store.ContactByIdentity(ctx, kind, value)
		require.NoError(t, err)
		require.Equal(t, target.ID, got.ID)
	}
	require.Equal(t, ticket.ContactRef{ID: target.ID, Name: "Kim Neu", Email: "neu@firma.example"}, d.read(theirs.ID).Requester)
	m, err := d.Store.Message(ctx, d.all, said.ID)
	require.NoError(t, err)
	require.Equal(t, string(target.ID), m.Author.ID)
	ps, err := d.Store.Participants(ctx, d.all, elsewhere.ID)
	require.NoError(t, err)
	require.Len(t, ps, 1, "once, though both took part")
	ps, err = d.Store.Participants(ctx, d.all, own.ID)
	require.NoError(t, err)
	require.Empty(t, ps, "nobody gets copies of what they have requested")
	require.Equal(t, []string{"Kim Neu"}, d.found("alt", d.all))
	for _, pair := range [][2]ticket.ContactID{{old.ID, target.ID}, {target.ID, old.ID}} {
		requireKind(t, ticket.NotFound, d.try(func(ctx context.Context, tx ticket.Tx) error {
			_, err := tx.AbsorbContact(ctx, pair[0], pair[1])
			return err
		}))
	}
}
