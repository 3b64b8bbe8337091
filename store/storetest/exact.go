package storetest

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// exactTests hold what is text and a key at once to one rule on every database: two texts are the same key only if they are the same
// bytes, and their order is that of their bytes.
var exactTests = []test{
	{"Tags", testExactTags},
	{"Filters", testExactFilters},
	{"Identities", testExactIdentities},
	{"Queues", testExactQueues},
	{"Items", testExactItems},
	{"Timers", testExactTimers},
}

var (
	exactJobTests     = []test{{"JobKeys", testExactJobs}}
	exactAccountTests = []test{{"Accounts", testExactAccounts}, {"Usernames", testUsernames}}
	exactStateTests   = []test{{"Names", testExactState}}
)

// lookalikes are texts that some collation or other takes for one another.
var lookalikes = []string{
	"a", "A", "ä", "a\u0308", "Ä", "á", "à", "å", "A\u030a", "\u212b", "ａ", "æ", "ae", // case, accents, composition, width
	"o", "ø", "ö", "oe", "l", "ł", "d", "đ", "n", "ñ", "n\u0303",
	"ss", "ß", "ẞ", "SS", "ſs", "fi", "ﬁ", "K", "\u212a", "k",
	"i", "I", "ı", "İ", "i\u0307", // Turkish
	"σ", "ς", "Σ", "е", "e", // Greek final sigma; Cyrillic ie
	"か", "が", "か\u3099", "カ", "ｶ", "한", "\u1112\u1161\u11ab",
	"x", "x ", " x", "x  ", "x\t", "x\n", "x\u00a0", "x\u200b", "x\u00ad", "x\ufe0f", "\ufeffx", "x\u0301", "x\u2060", // blanks and what nobody sees
	"🎫", "🎟", "👩", "👩🏽", "👩\u200d👩", "🇩🇪", "🇪🇩", "\U00020000", "\U0010fffd", // beyond the basic plane, which utf8mb4_general_ci takes for one
	"1", "01", "1.0", "+1", "1e0", "１", "¹", "①", // numbers
	"%", "_", "\\", "\\\\", "\\%", "'", "''", "\"", "`", "?", "$1", ":x", "{tickets}", "--", ";", "/*", "NULL", "null", "true",
	"-", "\u00ad-", "‐", "–", ".", "a.b", "a-b", "a b", "ab",
}

// sorted are the lookalikes in order of their bytes.
func sorted(more ...string) []string {
	return slices.Sorted(slices.Values(append(more, lookalikes...)))
}

func testExactTags(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	want := map[string]ticket.ID{}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		clear(want)
		for _, tag := range lookalikes {
			tk := d.draft(c)
			tk.Tags = []string{tag}
			want[tag] = tk.ID
			var err error
			if tk.Number, err = tx.NextNumber(ctx); err != nil {
				return err
			}
			if err := tx.InsertTicket(ctx, tk); err != nil {
				return fmt.Errorf("tag %q: %w", tag, err)
			}
		}
		return nil
	})
	for tag, id := range want {
		list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Tag: []string{tag}})
		require.NoError(t, err)
		require.Equal(t, []ticket.ID{id}, ids(list), "tag %q", tag)
	}
	all := d.ticketOf(c, func(n *ticket.Ticket) { n.Tags = sorted() })
	same(t, all, d.read(all.ID))
	list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Tag: []string{"x", "x "}})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{all.ID}, ids(list), "both of them")
}

func testExactFilters(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	want := map[string]ticket.ID{}
	for _, v := range lookalikes {
		tk := d.ticketOf(c, func(n *ticket.Ticket) {
			n.Channel, n.Status, n.Assignee = v, ticket.Status(v), &ticket.AccountRef{ID: ticket.AccountID(v)}
		})
		d.event(ticket.Head{}, tk.ID, func(e *ticket.Event) { e.Actor.ID, e.Type = v, ticket.EventType(v) })
		want[v] = tk.ID
	}
	for v, id := range want {
		for name, q := range map[string]ticket.Query{
			"channel": {Channel: []string{v}}, "status": {Status: []ticket.Status{ticket.Status(v)}}, "assignee": {Assignee: []ticket.AccountID{ticket.AccountID(v)}},
		} {
			list, err := d.Store.Tickets(t.Context(), d.all, q)
			require.NoError(t, err)
			require.Equal(t, []ticket.ID{id}, ids(list), "%s %q", name, v)
		}
		for name, q := range map[string]ticket.EventQuery{"actor": {Actor: v}, "type": {Types: []ticket.EventType{ticket.EventType(v)}}} {
			es, err := d.Store.Events(t.Context(), d.all, q)
			require.NoError(t, err)
			require.Len(t, es, 1, "%s %q", name, v)
			require.Equal(t, id, es[0].TicketID, "%s %q", name, v)
		}
	}
}

func testExactIdentities(t *testing.T, d *desk) {
	want := map[ticket.Identity]ticket.ContactID{}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		clear(want)
		for _, v := range lookalikes {
			c := &ticket.Contact{ID: ticket.ContactID(d.id()), Name: v, CreatedAt: d.now, Identities: []ticket.Identity{{Kind: v, Value: "same"}, {Kind: "same", Value: v}}}
			for _, i := range c.Identities {
				want[i] = c.ID
			}
			if err := tx.InsertContact(ctx, c); err != nil {
				return fmt.Errorf("identity %q: %w", v, err)
			}
		}
		return nil
	})
	for i, id := range want {
		got, err := d.Store.ContactByIdentity(t.Context(), i.Kind, i.Value)
		require.NoError(t, err, "%q", i)
		require.Equal(t, id, got.ID, "%q", i)
		require.Contains(t, got.Identities, i)
	}
	for _, v := range []string{"B", "X", "x   ", "🎪", "2"} {
		_, err := d.Store.ContactByIdentity(t.Context(), "same", v)
		requireKind(t, ticket.NotFound, err, v)
	}
}

func testExactQueues(t *testing.T, d *desk) {
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for _, v := range lookalikes {
			if err := tx.InsertQueue(ctx, &ticket.Queue{ID: ticket.QueueID(d.id()), Name: v, CreatedAt: d.now}); err != nil {
				return fmt.Errorf("queue %q: %w", v, err)
			}
		}
		return nil
	})
	qs, err := d.Store.Queues(t.Context())
	require.NoError(t, err)
	var got []string
	for _, q := range qs {
		got = append(got, q.Name)
	}
	require.Equal(t, sorted("Billing", "Support"), got)
}

func testExactItems(t *testing.T, d *desk) {
	tk := d.ticket()
	receipt := func(channel, key string) ticket.Receipt {
		return ticket.Receipt{Channel: channel, Key: key, TicketID: tk.ID, MessageID: ticket.MessageID(hex.EncodeToString([]byte(channel + "/" + key))), At: d.now}
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for _, v := range lookalikes {
			for _, r := range []ticket.Receipt{receipt("mail", v), receipt(v, "1@x.example")} {
				if err := tx.MarkReceived(ctx, r); err != nil {
					return fmt.Errorf("item %q: %w", v, err)
				}
			}
		}
		return tx.LinkRefs(ctx, tk.ID, lookalikes[:1])
	})
	for _, v := range lookalikes {
		for _, want := range []ticket.Receipt{receipt("mail", v), receipt(v, "1@x.example")} {
			got, err := d.Store.Received(t.Context(), want.Channel, want.Key)
			require.NoError(t, err, "%q", v)
			require.Equal(t, &want, got, "%q", v)
		}
	}
	_, err := d.Store.TicketByRefs(t.Context(), lookalikes[1:])
	requireKind(t, ticket.NotFound, err)
}

func testExactTimers(t *testing.T, d *desk) {
	tk := d.ticket()
	at := func(i int) time.Time { return d.now.Add(time.Duration(i) * time.Second) }
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for i, v := range lookalikes {
			if err := tx.SetTimer(ctx, tk.ID, v, at(i)); err != nil {
				return fmt.Errorf("timer %q: %w", v, err)
			}
		}
		return nil
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for i, v := range lookalikes {
			ok, err := tx.TakeTimer(ctx, tk.ID, v, at(i))
			if err != nil {
				return err
			}
			require.True(t, ok, "timer %q", v)
		}
		return nil
	})
}

func testExactJobs(t *testing.T, d *desk) {
	ctx := t.Context()
	for _, v := range lookalikes {
		require.NoError(t, d.Jobs.EnqueueJob(ctx, jobs.Job{ID: v, Kind: v, Key: v, RunAt: d.now}), "%q", v)
	}
	list, err := d.Jobs.ListJobs(ctx, jobs.JobFilter{Limit: 1000})
	require.NoError(t, err)
	var got []string
	for _, j := range list {
		got = append(got, j.ID)
	}
	require.Equal(t, sorted(), got, "in order of their ids")
	list, err = d.Jobs.ListJobs(ctx, jobs.JobFilter{After: "x", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, sorted()[slices.Index(sorted(), "x")+1], list[0].ID)
	for _, v := range lookalikes {
		due, err := d.Jobs.ClaimJobs(ctx, []string{v}, d.now, time.Minute, 10)
		require.NoError(t, err)
		require.Len(t, due, 1, "%q", v)
		require.Equal(t, v, due[0].ID)
		require.Equal(t, v, due[0].Key)
	}
}

func testExactAccounts(t *testing.T, d *desk) {
	ctx := t.Context()
	hash := func(v string) string { return hex.EncodeToString([]byte(v)) }
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		for i, v := range lookalikes {
			a := &rbac.Account{ID: ticket.AccountID(v), Username: fmt.Sprint("user", i), Name: v, External: v, Role: v, Active: true, Version: 1, CreatedAt: d.now}
			if err := tx.InsertAccount(ctx, a); err != nil {
				return fmt.Errorf("account %q: %w", v, err)
			}
			if err := tx.SetAccountGrants(ctx, a.ID, []rbac.Grant{{Role: v}}); err != nil {
				return fmt.Errorf("grant of %q: %w", v, err)
			}
			if err := tx.InsertSession(ctx, &rbac.Session{ID: v, AccountID: a.ID, CreatedAt: d.now, ExpiresAt: d.now, UserAgent: v}); err != nil {
				return fmt.Errorf("session %q: %w", v, err)
			}
			if err := tx.InsertToken(ctx, &rbac.Token{ID: v, AccountID: a.ID, Name: v, Hash: hash(v), CreatedAt: d.now}); err != nil {
				return fmt.Errorf("token %q: %w", v, err)
			}
		}
		return nil
	})
	for _, v := range lookalikes {
		a, err := d.Accounts.AccountByID(ctx, ticket.AccountID(v))
		require.NoError(t, err)
		require.Equal(t, v, a.Name)
		a, err = d.Accounts.AccountByExternal(ctx, v)
		require.NoError(t, err)
		require.Equal(t, v, a.Name)
		s, a, err := d.Accounts.SessionAccount(ctx, v)
		require.NoError(t, err)
		require.Equal(t, []string{v, v}, []string{s.UserAgent, a.Name})
		k, a, err := d.Accounts.TokenAccount(ctx, hash(v))
		require.NoError(t, err)
		require.Equal(t, []string{v, v}, []string{k.Name, a.Name})
		n, err := d.Accounts.CountActive(ctx, v)
		require.NoError(t, err)
		require.Equal(t, 1, n, "role %q", v)
		sessions, err := d.Accounts.ListSessions(ctx, ticket.AccountID(v))
		require.NoError(t, err)
		require.Len(t, sessions, 1, "%q", v)
	}
}

// testUsernames: names are one by rbac.FoldUsername and by nothing else, and lists are in the order of what it gives.
func testUsernames(t *testing.T, d *desk) {
	ctx := t.Context()
	first := map[string]string{} // folded name → the account that has it
	for _, v := range lookalikes {
		folded := rbac.FoldUsername(v)
		a := &rbac.Account{ID: ticket.AccountID(d.id()), Username: v, Role: "support", Active: true, Version: 1, CreatedAt: d.now}
		err := d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.InsertAccount(ctx, a) })
		if _, taken := first[folded]; taken {
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: "username"}, "%q", v)
			continue
		}
		require.NoError(t, err, "%q", v)
		first[folded] = v
	}
	var order, got []string
	for folded := range first {
		order = append(order, folded)
	}
	slices.Sort(order)
	for _, v := range lookalikes {
		a, err := d.Accounts.AccountByName(ctx, v)
		require.NoError(t, err, "%q", v)
		require.Equal(t, first[rbac.FoldUsername(v)], a.Username, "%q", v)
	}
	for after := ""; ; { // in pages
		list, err := d.Accounts.ListAccounts(ctx, after, 7)
		require.NoError(t, err)
		if len(list) == 0 {
			break
		}
		for _, a := range list {
			got = append(got, rbac.FoldUsername(a.Username))
		}
		after = list[len(list)-1].Username
	}
	require.Equal(t, order, got)
}

func testExactState(t *testing.T, d *desk) {
	ctx := t.Context()
	parked := map[string]string{}
	for _, v := range lookalikes {
		require.NoError(t, d.State.Set(ctx, v, "value of "+v))
		p := adapters.Parked{Channel: v, Key: "1", Reason: v, At: d.now}
		require.NoError(t, d.State.ParkItem(ctx, &p))
		parked[p.ID] = v
		p = adapters.Parked{Channel: "mail", Key: v, Reason: v, At: d.now}
		require.NoError(t, d.State.ParkItem(ctx, &p))
		parked[p.ID] = v
	}
	require.Len(t, parked, 2*len(lookalikes))
	for id, v := range parked {
		got, err := d.State.Get(ctx, v)
		require.NoError(t, err)
		require.Equal(t, "value of "+v, got)
		p, err := d.State.ParkedItem(ctx, id)
		require.NoError(t, err)
		require.Equal(t, v, p.Reason)
	}
}
