package storetest

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

var listTests = []test{
	{"Filters", testFilters},
	{"DefaultLimitAndOrder", testListDefaults},
	{"Scope", testListScope},
	{"AgreesWithTheRules", testListModel},
	{"PagesUnderWrites", testPagesUnderWrites},
}

func (d *desk) list(q ticket.Query) []ticket.ID { return d.listIn(d.all, q) }

func (d *desk) listIn(sc ticket.Scope, q ticket.Query) []ticket.ID {
	d.t.Helper()
	got, err := d.Store.Tickets(d.t.Context(), sc, q)
	require.NoError(d.t, err)
	return ids(got)
}

func testFilters(t *testing.T, d *desk) {
	yes, no := true, false
	me := ticket.AccountID(d.id())
	at := func(n int) time.Time { return d.now.Add(time.Duration(n) * time.Minute) }
	a := d.ticket(func(n *ticket.Ticket) {
		n.Status, n.Category, n.UpdatedAt, n.Tags = "waiting", ticket.Pending, at(1), []string{"a", "b"}
		n.Assignee, n.Priority, n.Channel = &ticket.AccountRef{ID: me, Name: "Ich"}, ticket.High, "mail"
	})
	b := d.ticket(func(n *ticket.Ticket) {
		n.UpdatedAt, n.Tags, n.Escalation, n.Demo, n.Queue.ID = at(2), []string{"b"}, 1, true, d.queues[0].ID
	})
	c := d.ticket(func(n *ticket.Ticket) {
		n.UpdatedAt, n.Status, n.Category, n.Priority = at(3), "closed", ticket.Closed, ticket.Low
		n.Assignee = &ticket.AccountRef{ID: ticket.AccountID(d.id()), Name: "Andere"}
	})
	for name, c := range map[string]struct {
		q    ticket.Query
		want []ticket.ID
	}{
		"all":               {ticket.Query{}, []ticket.ID{c.ID, b.ID, a.ID}},
		"status":            {ticket.Query{Status: []ticket.Status{"waiting", "closed"}}, []ticket.ID{c.ID, a.ID}},
		"status twice":      {ticket.Query{Status: []ticket.Status{"waiting", "waiting"}}, []ticket.ID{a.ID}},
		"category twice":    {ticket.Query{Category: []ticket.Category{ticket.Pending, ticket.Pending}}, []ticket.ID{a.ID}},
		"queue twice":       {ticket.Query{Queue: []ticket.QueueID{d.queues[0].ID, d.queues[0].ID}}, []ticket.ID{b.ID}},
		"queue twice, by n": {ticket.Query{Queue: []ticket.QueueID{d.queues[0].ID, d.queues[0].ID}, Sort: ticket.ByNumber}, []ticket.ID{b.ID}},
		"assignee twice":    {ticket.Query{Assignee: []ticket.AccountID{me, me}}, []ticket.ID{a.ID}},
		"category":          {ticket.Query{Category: []ticket.Category{ticket.Pending}}, []ticket.ID{a.ID}},
		"categories":        {ticket.Query{Category: []ticket.Category{ticket.New, ticket.Closed, ticket.Spam}}, []ticket.ID{c.ID, b.ID}},
		"all categories":    {ticket.Query{Category: ticket.Categories()}, []ticket.ID{c.ID, b.ID, a.ID}},
		"active":            {ticket.Query{Active: &yes}, []ticket.ID{b.ID, a.ID}},
		"inactive":          {ticket.Query{Active: &no}, []ticket.ID{c.ID}},
		"contradiction":     {ticket.Query{Active: &yes, Category: []ticket.Category{ticket.Closed}}, []ticket.ID{}},
		"queue":             {ticket.Query{Queue: []ticket.QueueID{d.queues[1].ID}}, []ticket.ID{c.ID, a.ID}},
		"queues":            {ticket.Query{Queue: []ticket.QueueID{d.queues[1].ID, d.queues[0].ID}}, []ticket.ID{c.ID, b.ID, a.ID}},
		"mine":              {ticket.Query{Assignee: []ticket.AccountID{me}}, []ticket.ID{a.ID}},
		"unassigned":        {ticket.Query{Assignee: []ticket.AccountID{""}}, []ticket.ID{b.ID}},
		"mine, unassigned":  {ticket.Query{Assignee: []ticket.AccountID{"", me}}, []ticket.ID{b.ID, a.ID}},
		"priority":          {ticket.Query{Priority: []ticket.Priority{ticket.High, ticket.Low}}, []ticket.ID{c.ID, a.ID}},
		"channel":           {ticket.Query{Channel: []string{"mail", "x"}}, []ticket.ID{a.ID}},
		"tag":               {ticket.Query{Tag: []string{"b"}}, []ticket.ID{b.ID, a.ID}},
		"all tags":          {ticket.Query{Tag: []string{"b", "a"}}, []ticket.ID{a.ID}},
		"unknown tag":       {ticket.Query{Tag: []string{"b", "c"}}, []ticket.ID{}},
		"requester":         {ticket.Query{Requester: b.Requester.ID}, []ticket.ID{b.ID}},
		"escalated":         {ticket.Query{Escalated: true}, []ticket.ID{b.ID}},
		"demo":              {ticket.Query{Demo: &yes}, []ticket.ID{b.ID}},
		"no demo":           {ticket.Query{Demo: &no}, []ticket.ID{c.ID, a.ID}},
		"number":            {ticket.Query{Number: a.Number}, []ticket.ID{a.ID}},
		"joined by and":     {ticket.Query{Number: a.Number, Channel: []string{"api"}}, []ticket.ID{}},
		"SQL in a filter":   {ticket.Query{Status: []ticket.Status{"new' OR 1=1 --"}}, []ticket.ID{}},
		"limit":             {ticket.Query{Limit: 2}, []ticket.ID{c.ID, b.ID}},
		"oldest change":     {ticket.Query{Sort: ticket.ByUpdatedAsc}, []ticket.ID{a.ID, b.ID, c.ID}},
		"urgent first":      {ticket.Query{Sort: ticket.ByPriority}, []ticket.ID{a.ID, b.ID, c.ID}},
		"least urgent":      {ticket.Query{Sort: ticket.ByPriorityAsc}, []ticket.ID{c.ID, b.ID, a.ID}},
		"newest number":     {ticket.Query{Sort: ticket.ByNumber}, []ticket.ID{c.ID, b.ID, a.ID}},
		"created, by ties":  {ticket.Query{Sort: ticket.ByCreated}, []ticket.ID{c.ID, b.ID, a.ID}},
		"created, by ties↑": {ticket.Query{Sort: ticket.ByCreatedAsc}, []ticket.ID{a.ID, b.ID, c.ID}},
	} {
		require.Equal(t, c.want, d.list(c.q), name)
	}
}

func testListDefaults(t *testing.T, d *desk) {
	c := d.contact("Viel", "viel@firma.example")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for i := range 40 {
			n, err := tx.NextNumber(ctx)
			if err != nil {
				return err
			}
			tk := d.draft(c)
			tk.Number, tk.UpdatedAt = n, d.now.Add(time.Duration(i)*time.Second)
			if err := tx.InsertTicket(ctx, tk); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{})
	require.NoError(t, err)
	require.Len(t, got, 30)
	require.True(t, slices.IsSortedFunc(got, func(a, b ticket.Ticket) int { return b.UpdatedAt.Compare(a.UpdatedAt) }))
	require.Len(t, d.list(ticket.Query{Limit: ticket.MaxLimit + 1}), 40)
}

func testListScope(t *testing.T, d *desk) {
	me := ticket.AccountID(d.id())
	billing := d.ticket(func(n *ticket.Ticket) { n.Queue.ID = d.queues[0].ID })
	support := d.ticket()
	mine := d.ticket(func(n *ticket.Ticket) { n.Assignee = &ticket.AccountRef{ID: me, Name: "Ich"} })
	q0, q1 := d.queues[0].ID, d.queues[1].ID
	for name, c := range map[string]struct {
		sc   ticket.Scope
		want []ticket.ID
	}{
		"nothing":        {ticket.Scope{}, []ticket.ID{}},
		"queue":          {d.accountScope("a", ticket.Grant{Queues: []ticket.QueueID{q0}}), []ticket.ID{billing.ID}},
		"unknown queue":  {d.accountScope("b", ticket.Grant{Queues: []ticket.QueueID{"x"}}), []ticket.ID{}},
		"own":            {d.accountScope(me, ticket.Grant{Own: true}), []ticket.ID{mine.ID}},
		"own or queue":   {d.accountScope(me, ticket.Grant{Own: true, Queues: []ticket.QueueID{q0}}), []ticket.ID{mine.ID, billing.ID}},
		"own in queue":   {d.accountScope(me, ticket.Grant{Own: true, Queues: []ticket.QueueID{q1}}), []ticket.ID{mine.ID, support.ID}},
		"both queues":    {d.accountScope("c", ticket.Grant{Queues: []ticket.QueueID{q0, q1}}), []ticket.ID{mine.ID, support.ID, billing.ID}},
		"contact":        {d.contactScope(support.Requester.ID), []ticket.ID{support.ID}},
		"unassigned own": {d.accountScope("d", ticket.Grant{Own: true}), []ticket.ID{}},
	} {
		require.Equal(t, c.want, d.listIn(c.sc, ticket.Query{}), name)
		require.Equal(t, c.want, d.listIn(c.sc, ticket.Query{Words: []string{"drucker"}}), name)
		for _, tk := range []*ticket.Ticket{billing, support, mine} {
			in := slices.Contains(c.want, tk.ID)
			_, err := d.Store.Ticket(t.Context(), c.sc, tk.ID)
			_, err2 := d.Store.TicketByNumber(t.Context(), c.sc, tk.Number)
			if in {
				require.NoError(t, err, name)
				require.NoError(t, err2, name)
				require.Equal(t, []ticket.ID{tk.ID}, d.listIn(c.sc, ticket.Query{Requester: tk.Requester.ID}), name)
			} else {
				requireKind(t, ticket.NotFound, err, name)
				requireKind(t, ticket.NotFound, err2, name)
				require.Empty(t, d.listIn(c.sc, ticket.Query{Requester: tk.Requester.ID}), name)
				require.Empty(t, d.listIn(c.sc, ticket.Query{Number: tk.Number}), name)
			}
		}
		require.Empty(t, d.listIn(c.sc, ticket.Query{Requester: "somebody else"}), name)
	}
	require.Empty(t, d.listIn(d.contactScope(support.Requester.ID), ticket.Query{Requester: mine.Requester.ID}), "a filter never widens a scope")
	require.Empty(t, d.listIn(d.accountScope(me, ticket.Grant{Own: true}), ticket.Query{Assignee: []ticket.AccountID{""}}))
	require.Empty(t, d.listIn(d.accountScope("a", ticket.Grant{Queues: []ticket.QueueID{q0}}), ticket.Query{Queue: []ticket.QueueID{q1}}))
}

// testListModel pages through random lists and compares with the rules of ticket.Query, written as plain Go.
func testListModel(t *testing.T, d *desk) {
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same tickets each time
	pick := func(n int) int { return rnd.IntN(n) }
	accounts := []ticket.AccountID{ticket.AccountID(d.id()), ticket.AccountID(d.id()), ""}
	var contacts []*ticket.Contact
	for range 4 {
		contacts = append(contacts, d.contact("Anna", d.id()+"@firma.example"))
	}
	tags := []string{"a", "b", "c"}
	var all []ticket.Ticket
	for range 90 {
		all = append(all, *d.ticketOf(contacts[pick(4)], func(n *ticket.Ticket) {
			n.Category = ticket.Categories()[pick(8)]
			n.Status = ticket.Status(n.Category)
			n.Queue = ticket.QueueRef{ID: d.queues[pick(2)].ID}
			n.Priority = ticket.Priorities()[pick(4)]
			n.CreatedAt = d.now.Add(time.Duration(pick(5)) * time.Second) // many ties
			n.UpdatedAt = n.CreatedAt.Add(time.Duration(pick(5)) * time.Second)
			if id := accounts[pick(3)]; id != "" {
				n.Assignee = &ticket.AccountRef{ID: id}
			}
			n.Tags = tags[pick(4):]
			n.Escalation, n.Demo = pick(2), pick(2) == 0
		}))
	}
	scopes := []ticket.Scope{d.all, d.all,
		d.accountScope("q0", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}}),
		d.accountScope("q01", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID, d.queues[1].ID}}),
		d.accountScope(accounts[0], ticket.Grant{Own: true}),
		d.accountScope(accounts[1], ticket.Grant{Own: true, Queues: []ticket.QueueID{d.queues[1].ID}}),
		d.contactScope(contacts[0].ID),
	}
	ctx := t.Context()
	examples(t, func(rt *rapid.T) {
		q := ticket.Query{
			Sort:      rapid.SampledFrom(ticket.Sorts()).Draw(rt, "sort"),
			Category:  some(rt, "category", ticket.Categories()),
			Queue:     some(rt, "queue", []ticket.QueueID{d.queues[0].ID, d.queues[1].ID, "none"}),
			Assignee:  some(rt, "assignee", accounts),
			Priority:  some(rt, "priority", ticket.Priorities()),
			Tag:       some(rt, "tag", tags),
			Requester: rapid.SampledFrom([]ticket.ContactID{"", "", "", contacts[0].ID, contacts[1].ID}).Draw(rt, "requester"),
			Escalated: rapid.SampledFrom([]bool{false, false, true}).Draw(rt, "escalated"),
			Active:    rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)}).Draw(rt, "active"),
			Demo:      rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)}).Draw(rt, "demo"),
			Limit:     rapid.SampledFrom([]int{1, 7, 30, 50}).Draw(rt, "limit"),
		}
		sc := rapid.SampledFrom(scopes).Draw(rt, "scope")
		var want []ticket.ID
		for _, tk := range inOrder(all, q.Sort) {
			if sc.Sees(&tk) && meets(&tk, &q) {
				want = append(want, tk.ID)
			}
		}
		got := pages(rt, ctx, d, sc, q)
		if !slices.Equal(want, got) {
			rt.Fatalf("pages give %v, the rules %v", got, want)
		}
	})
}

// pages follows a list to its end.
func pages(rt *rapid.T, ctx context.Context, d *desk, sc ticket.Scope, q ticket.Query) []ticket.ID {
	var got []ticket.ID
	for {
		page, err := d.Store.Tickets(ctx, sc, q)
		if err != nil {
			rt.Fatal(err)
		}
		got = append(got, ids(page)...)
		if len(page) < q.Limit {
			return got
		}
		q.After = ticket.CursorOf(q.Sort, &page[len(page)-1])
	}
}

// some draws nothing most of the time, else one or more of the values.
func some[T any](rt *rapid.T, name string, from []T) []T {
	if rapid.IntRange(0, 3).Draw(rt, name+"?") > 0 {
		return nil
	}
	var out []T
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(from)-1), 1, len(from), rapid.ID[int]).Draw(rt, name) {
		out = append(out, from[i])
	}
	return out
}

func inOrder(all []ticket.Ticket, s ticket.Sort) []ticket.Ticket {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b ticket.Ticket) int {
		c := cmp.Or(cmp.Compare(s.Key(&a), s.Key(&b)), cmp.Compare(a.Number, b.Number))
		if s.Descending() {
			return -c
		}
		return c
	})
	return out
}

func meets(t *ticket.Ticket, q *ticket.Query) bool {
	var assignee ticket.AccountID
	if t.Assignee != nil {
		assignee = t.Assignee.ID
	}
	for _, tag := range q.Tag {
		if !slices.Contains(t.Tags, tag) {
			return false
		}
	}
	return any1(q.Category, t.Category) && any1(q.Queue, t.Queue.ID) && any1(q.Assignee, assignee) && any1(q.Priority, t.Priority) &&
		(q.Requester == "" || q.Requester == t.Requester.ID) && (!q.Escalated || t.Escalation > 0) &&
		(q.Active == nil || *q.Active == t.Category.Active()) && (q.Demo == nil || *q.Demo == t.Demo)
}

func any1[T comparable](want []T, have T) bool { return len(want) == 0 || slices.Contains(want, have) }

// testPagesUnderWrites: what does not change is on exactly one page, whatever else changes meanwhile.
func testPagesUnderWrites(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	still := map[ticket.ID]int{}
	var moving []*ticket.Ticket
	for i := range 30 {
		tk := d.ticketOf(c, func(n *ticket.Ticket) { n.UpdatedAt = d.now.Add(time.Duration(i/3) * time.Second) })
		if i%3 == 0 {
			moving = append(moving, tk)
		} else {
			still[tk.ID] = 0
		}
	}
	q := ticket.Query{Limit: 4}
	for n := 0; ; n++ {
		page, err := d.Store.Tickets(t.Context(), d.all, q)
		require.NoError(t, err)
		for _, tk := range page {
			if _, ok := still[tk.ID]; ok {
				still[tk.ID]++
			}
		}
		if len(page) < q.Limit {
			break
		}
		q.After = ticket.CursorOf(q.Sort, &page[len(page)-1])
		m := moving[n%len(moving)]
		m.UpdatedAt, m.Version = d.now.Add(time.Hour), m.Version+1
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.UpdateTicket(ctx, m, m.Version-1) })
	}
	for id, n := range still {
		require.Equal(t, 1, n, id)
	}
}
