package storetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

var searchTests = []test{
	{"Where", testSearchWhere},
	{"Folding", testSearchFolding},
	{"SharpS", testSearchSharpS},
	{"Notes", testSearchNotes},
	{"NothingIsAnOperator", testSearchInjection},
	{"FollowsChanges", testSearchChanges},
	{"SeesItsOwnWrites", testSearchTx},
	{"WithFiltersAndPages", testSearchFilters},
	{"AgreesWithTheRules", testSearchModel},
}

func testSearchWhere(t *testing.T, d *desk) {
	c := d.contact("Anna Kundin", "anna.kundin@firma.example")
	c.Identities = append(c.Identities, ticket.Identity{Kind: "phone", Value: "+493012345"})
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, c) })
	tk := d.ticketOf(c, func(n *ticket.Ticket) { n.Subject = "Rechnung 2026-17 fehlt" })
	d.message(tk, func(m *ticket.Message) { m.Text = "Der rote Drucker steht im Keller" })
	d.message(tk, func(m *ticket.Message) { m.Text = "Er blinkt auch noch" })
	other := d.ticket(func(n *ticket.Ticket) { n.Subject = "Drucker" })
	for name, c := range map[string]struct {
		words []string
		want  []ticket.ID
	}{
		"subject":               {[]string{"rechnung"}, []ticket.ID{tk.ID}},
		"number in the subject": {[]string{"17"}, []ticket.ID{tk.ID}},
		"message":               {[]string{"Keller"}, []ticket.ID{tk.ID}},
		"requester's name":      {[]string{"kundin"}, []ticket.ID{tk.ID}},
		"requester's address":   {[]string{"anna.kundin@firma.example"}, []ticket.ID{tk.ID}},
		"words anywhere":        {[]string{"rechnung", "keller", "blinkt", "anna"}, []ticket.ID{tk.ID}},
		"phrase":                {[]string{"rote drucker"}, []ticket.ID{tk.ID}},
		"phrase out of order":   {[]string{"drucker rote"}, []ticket.ID{}},
		"phrase of two texts":   {[]string{"Keller Er"}, []ticket.ID{}},
		"beginning":             {[]string{"blink*"}, []ticket.ID{tk.ID}},
		"beginning of a phrase": {[]string{"im kell*"}, []ticket.ID{tk.ID}},
		"no star":               {[]string{"blink"}, []ticket.ID{}},
		"two tickets":           {[]string{"drucker"}, []ticket.ID{other.ID, tk.ID}},
		"one word is missing":   {[]string{"drucker", "telefon"}, []ticket.ID{}},
	} {
		require.Equal(t, c.want, d.list(ticket.Query{Words: c.words}), name)
	}
}

func testSearchFolding(t *testing.T, d *desk) {
	tk := d.ticket(func(n *ticket.Ticket) { n.Subject = "Kühlschrank für José, ÉCOLE" })
	for _, w := range []string{"kühlschrank", "KÜHLSCHRANK", "kuhlschrank", "fur", "jose", "José", "ecole", "école", "kuhl*"} {
		require.Equal(t, []ticket.ID{tk.ID}, d.list(ticket.Query{Words: []string{w}}), w)
	}
}

// testSearchSharpS: ß and ss are one spelling to who searches, in every mixture, at the end of a beginning too, and for contacts.
func testSearchSharpS(t *testing.T, d *desk) {
	c := d.contact("Karl Weiß", "weiss@firma.example")
	sharp := d.ticketOf(c, func(n *ticket.Ticket) { n.Subject = "Straßenmaße der Haßgasse" })
	plain := d.ticket(func(n *ticket.Ticket) { n.Subject = "STRASSENMASSE der Hassgaße" })
	for _, w := range []string{"straßenmaße", "strassenmasse", "straßenmasse", "STRASSENMASSE", "STRAẞENMAẞE", "stras*", "strass*", "straß*", "strassenmas*", "haßgasse", "hassgaße",
		"hassgasse", "der haßgaße", "strassenmaße der hassgas*"} {
		require.Equal(t, []ticket.ID{plain.ID, sharp.ID}, d.list(ticket.Query{Words: []string{w}}), w)
	}
	for _, w := range []string{"strase", "strasenmasse", "strassenmas", "s*s", "weis"} {
		require.Empty(t, d.list(ticket.Query{Words: []string{w}}), w)
	}
	for _, q := range []string{"weiss", "weiß", "WEIS", "karl weiss"} {
		list, err := d.Store.ListedContacts(t.Context(), d.all, ticket.ContactQuery{Text: q})
		require.NoError(t, err)
		require.Len(t, list, 1, q)
		require.Equal(t, c.ID, list[0].ID, q)
	}
}

func testSearchNotes(t *testing.T, d *desk) {
	tk := d.ticket()
	d.message(tk, func(m *ticket.Message) { m.Kind, m.Text = ticket.Note, "Kunde ist schwierig" })
	d.message(tk, func(m *ticket.Message) { m.Kind, m.Text = ticket.Notice, "Grund: doppelt" })
	d.message(tk, func(m *ticket.Message) { m.Text = "Guten Tag" })
	for _, w := range []string{"schwierig", "doppelt", "schw*", "ist schwierig"} {
		require.Empty(t, d.list(ticket.Query{Words: []string{w}}), w)
		require.Empty(t, d.list(ticket.Query{Words: []string{"guten", w}}), w)
		require.Equal(t, []ticket.ID{tk.ID}, d.list(ticket.Query{Words: []string{w}, SearchNotes: true}), w)
	}
	require.Equal(t, []ticket.ID{tk.ID}, d.list(ticket.Query{Words: []string{"guten", "drucker"}, SearchNotes: true}))
}

func testSearchInjection(t *testing.T, d *desk) {
	tk := d.ticket(func(n *ticket.Ticket) { n.Subject = `sagte "hallo" AND NOT note: near` })
	d.message(tk, func(m *ticket.Message) { m.Kind, m.Text = ticket.Note, "geheim" })
	for _, w := range []string{`"`, `""`, `hallo" OR note : "geheim`, "note:geheim", "{note} : geheim", "-body", "geheim OR hallo", "NEAR(a b, 2)", "*", "**", "a*b*",
		"geheim\x00", "(", ")", "hallo + geheim", `'; DROP TABLE x; --`, "\\", "!!!", "&|<>", "hallo\"*\"geheim"} {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Words: []string{w}})
		require.NoError(t, err, w)
		require.Empty(t, list, w)
	}
	for _, w := range []string{"hallo", `"hallo"`, "AND", "not", "note", "^sagte", "NEAR", "sagte (hallo)", "AND NOT"} {
		require.Equal(t, []ticket.ID{tk.ID}, d.list(ticket.Query{Words: []string{w}}), w)
	}
}

func testSearchChanges(t *testing.T, d *desk) {
	c := d.contact("", "anna@firma.example")
	tk := d.ticketOf(c, func(n *ticket.Ticket) { n.Subject = "alt" })
	find := func(w string) int { return len(d.list(ticket.Query{Words: []string{w}})) }
	require.Equal(t, 1, find("alt"))
	tk.Subject, tk.Version = "neu", 2
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, tk, 1) })
	require.Equal(t, []int{0, 1, 1}, []int{find("alt"), find("neu"), find("anna@firma.example")})
	c.Name = "Brigitte"
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateContact(ctx, c) })
	require.Equal(t, []int{1, 1}, []int{find("brigitte"), find("neu")})
	other := d.contact("Claudia", "claudia@firma.example")
	tk.Requester.ID, tk.Version = other.ID, 3
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, tk, 2) })
	require.Equal(t, []int{0, 1}, []int{find("brigitte"), find("claudia")})
}

func testSearchTx(t *testing.T, d *desk) {
	tk := d.ticket()
	err := d.try(func(ctx context.Context, tx ticket.Tx) error {
		m := &ticket.Message{ID: ticket.MessageID(d.id()), TicketID: tk.ID, N: 1, Kind: ticket.Public, Text: "Wasserschaden", CreatedAt: d.now}
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		list, err := tx.Tickets(ctx, d.all, ticket.Query{Words: []string{"wasserschaden"}})
		require.NoError(t, err)
		require.Equal(t, []ticket.ID{tk.ID}, ids(list))
		return errAbort
	})
	require.ErrorIs(t, err, errAbort)
	require.Empty(t, d.list(ticket.Query{Words: []string{"wasserschaden"}}))
}

func testSearchFilters(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	var want []ticket.ID
	for i := range 12 {
		tk := d.ticketOf(c, func(n *ticket.Ticket) {
			if i%2 == 0 {
				n.Tags = []string{"even"}
			}
			if i%3 == 0 {
				n.Category = ticket.Closed
			}
		})
		if i%2 == 0 && i%3 != 0 {
			want = append([]ticket.ID{tk.ID}, want...)
		}
	}
	q := ticket.Query{Words: []string{"drucker", "anna"}, Active: new(true), Tag: []string{"even"}, Limit: 3, Sort: ticket.ByNumber}
	page, err := d.Store.Tickets(t.Context(), d.all, q)
	require.NoError(t, err)
	require.Equal(t, want[:3], ids(page))
	q.After = ticket.CursorOf(q.Sort, &page[2])
	require.Equal(t, want[3:], d.list(q))
}

// testSearchModel pages through random searches and compares with the rules, written as plain Go.
func testSearchModel(t *testing.T, d *desk) {
	rnd := rand.New(rand.NewPCG(3, 4))                                                                      //nolint:gosec // the same tickets each time
	vocabulary := []string{"alpha", "alphabet", "beta", "gamma", "delta", "omega", "zeta", "masse", "maße"} // from frequent to rare
	words := func(n int) []string {
		var out []string
		for range n {
			out = append(out, vocabulary[min(rnd.IntN(len(vocabulary)), rnd.IntN(len(vocabulary)), rnd.IntN(len(vocabulary)))])
		}
		return out
	}
	type entry struct {
		ticket.Ticket
		public, notes []string
	}
	c := d.contact("", "a@firma.example")
	var all []ticket.Ticket
	texts := map[ticket.ID]*entry{}
	for range 60 {
		e := &entry{public: words(1)}
		e.Ticket = *d.ticketOf(c, func(n *ticket.Ticket) {
			n.Subject = e.public[0]
			n.Queue = ticket.QueueRef{ID: d.queues[rnd.IntN(2)].ID}
			n.Category = []ticket.Category{ticket.Open, ticket.Closed}[rnd.IntN(2)]
			n.UpdatedAt = d.now.Add(time.Duration(rnd.IntN(20)) * time.Second)
			n.Tags = [][]string{nil, {"a"}, {"a", "b"}}[rnd.IntN(3)]
		})
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			for n := range rnd.IntN(4) {
				m := &ticket.Message{ID: ticket.MessageID(d.id()), TicketID: e.ID, N: n + 1, Kind: ticket.Public, CreatedAt: d.now}
				w := words(2)
				m.Text = strings.Join(w, " ")
				if rnd.IntN(3) == 0 {
					m.Kind = ticket.Note
					e.notes = append(e.notes, w...)
				} else {
					e.public = append(e.public, w...)
				}
				if err := tx.InsertMessage(ctx, m); err != nil {
					return err
				}
			}
			return nil
		})
		all, texts[e.ID] = append(all, e.Ticket), e
	}
	scopes := []ticket.Scope{d.all, d.accountScope("q", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}}),
		d.accountScope("o", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID, d.queues[1].ID}, Own: true})}
	ctx := t.Context()
	examples(t, func(rt *rapid.T) {
		q := ticket.Query{
			Words: rapid.SliceOfN(rapid.SampledFrom(append([]string{"alph*", "nothing", "omega*", "delta", "mas*"}, vocabulary...)), 0, 3).Draw(rt, "words"),
			Tag:   some(rt, "tag", []string{"a", "b"}), Active: rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)}).Draw(rt, "active"),
			Sort: rapid.SampledFrom(ticket.Sorts()).Draw(rt, "sort"), Limit: rapid.SampledFrom([]int{1, 7, 30}).Draw(rt, "limit"),
			SearchNotes: rapid.Bool().Draw(rt, "notes"),
		}
		sc := rapid.SampledFrom(scopes).Draw(rt, "scope")
		var want []ticket.ID
		for _, tk := range inOrder(all, q.Sort) {
			e := texts[tk.ID]
			in := e.public
			if q.SearchNotes {
				in = append(slices.Clone(in), e.notes...)
			}
			found := sc.Sees(&tk) && meets(&tk, &q)
			for _, w := range q.Words {
				prefix, starts := strings.CutSuffix(strings.ReplaceAll(w, "ß", "ss"), "*")
				found = found && slices.ContainsFunc(in, func(have string) bool {
					have = strings.ReplaceAll(have, "ß", "ss")
					return have == prefix || starts && strings.HasPrefix(have, prefix)
				})
			}
			if found {
				want = append(want, tk.ID)
			}
		}
		if got := pages(rt, ctx, d, sc, q); !slices.Equal(want, got) {
			rt.Fatalf("pages give %v, the rules %v", got, want)
		}
	})
}
