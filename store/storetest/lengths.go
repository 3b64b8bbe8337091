package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// lengthTests hold that the longest text that Service lets through is kept whole, whatever its characters weigh, and that what is longer
// is refused before any database sees it.
var lengthTests = []test{
	{"LongestTicket", testLongestTicket},
	{"LongestItem", testLongestItem},
	{"OneMoreIsRefused", testTooLong},
	{"NulIsRefused", testNul},
	{"NulIsRefusedAtThePort", testNulAtThePort},
	{"WhatComesInIsMended", testMended},
}

var (
	lengthJobTests     = []test{{"Jobs", testLongestJob}}
	lengthAccountTests = []test{{"Accounts", testLongestAccount}}
	lengthStateTests   = []test{{"State", testLongestState}, {"NulIsRefused", testNulInState}}
)

// wide are the characters with the most bytes: four in UTF-8, a pair in UTF-16.
func wide(n int) string { return strings.Repeat("🎫", n) }

// longState is a state whose name cannot be longer.
var longState = ticket.State{Status: ticket.Status(wide(16)), Category: ticket.Open}

func (d *desk) service(change ...func(*ticket.Config)) *ticket.Service {
	d.t.Helper()
	cfg := ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey, States: []ticket.State{longState},
		Sanitizer: func(html string) string { return html }, Now: func() time.Time { return d.now }}
	for _, f := range change {
		f(&cfg)
	}
	s, err := ticket.NewService(cfg)
	require.NoError(d.t, err)
	return s
}

// longest is a new ticket in which nothing can be longer.
func longest() ticket.NewTicket {
	n := ticket.NewTicket{
		Subject: wide(255), Body: strings.Repeat("ö", 1<<19), Channel: wide(32), Source: wide(32), Key: strings.Repeat("k", 500), Locale: "en",
		Requester: ticket.Person{Name: wide(200), Identity: ticket.Identity{Kind: "phone", Value: wide(254)}}, Fields: map[string]any{},
	}
	for i := range 50 {
		n.Tags = append(n.Tags, wide(48)+fmt.Sprintf("%02d", i))
	}
	for i := range 100 {
		n.Fields[wide(61)+fmt.Sprintf("%03d", i)] = wide(1024)
	}
	return n
}

var desksOwn = ticket.SystemActor("test")

func testLongestTicket(t *testing.T, d *desk) {
	ctx := t.Context()
	svc := d.service()
	q, err := svc.CreateQueue(ctx, desksOwn, wide(80))
	require.NoError(t, err)
	n := longest()
	n.Queue = q.ID
	want, err := svc.Open(ctx, desksOwn, n)
	require.NoError(t, err)
	got := d.read(want.ID)
	same(t, want, got)
	require.Equal(t, []string{n.Subject, n.Channel, n.Source, n.Requester.Name, wide(80)},
		[]string{got.Subject, got.Channel, got.Source, got.Requester.Name, got.Queue.Name})
	require.Equal(t, n.Tags, got.Tags)
	require.Equal(t, n.Fields, got.Fields)
	list, err := d.Store.Tickets(ctx, d.all, ticket.Query{Tag: n.Tags[49:], Channel: []string{n.Channel}})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{want.ID}, ids(list))
	ms, err := d.Store.Messages(ctx, d.all, ticket.MessageQuery{Ticket: want.ID})
	require.NoError(t, err)
	require.Equal(t, n.Body, ms[0].Text)
	c, err := d.Store.ContactByIdentity(ctx, "phone", wide(254))
	require.NoError(t, err)
	require.Equal(t, want.Requester.ID, c.ID)
	again, err := svc.Open(ctx, desksOwn, n)
	require.NoError(t, err)
	require.Equal(t, want.ID, again.ID, "its key is known")
	_, err = svc.SetStatus(ctx, desksOwn, want.ID, 0, longState.Status)
	require.NoError(t, err)
	require.Equal(t, longState.Status, d.read(want.ID).Status)
	note, err := svc.Note(ctx, desksOwn, want.ID, 0, ticket.NewMessage{Body: n.Body})
	require.NoError(t, err)
	m, err := d.Store.Message(ctx, d.all, note.ID)
	require.NoError(t, err)
	require.Equal(t, n.Body, m.Text)
	events, err := d.Store.Events(ctx, d.all, ticket.EventQuery{Ticket: want.ID})
	require.NoError(t, err)
	require.NoError(t, d.chain().Verify(events, d.read(want.ID).Head), "the history is kept whole")
}

// testLongestItem: what comes from outside is cut by Service to what is kept, never by the database.
func testLongestItem(t *testing.T, d *desk) {
	ctx := t.Context()
	in := ticket.Incoming{
		Channel: strings.Repeat("c", 32), Key: strings.Repeat("k", 500), From: ticket.Person{Name: wide(999), Identity: ticket.Identity{Kind: wide(99), Value: wide(999)}},
		Subject: wide(999), Text: wide(1 << 18), Quoted: wide(1 << 18), HTML: wide(1 << 19), ExternalID: wide(998), Source: wide(999),
	}
	for i := range 50 {
		id := ticket.Identity{Kind: ticket.KindEmail, Value: strings.Repeat("x", 240) + fmt.Sprint(i) + "@x.example"}
		in.To, in.Cc = append(in.To, id), append(in.Cc, ticket.Person{Name: wide(999), Identity: id})
		in.Refs = append(in.Refs, wide(300)+fmt.Sprint(i))
	}
	out, err := d.service().Receive(ctx, desksOwn, in)
	require.NoError(t, err)
	got := d.read(out.TicketID)
	same(t, out.Ticket, got)
	require.Equal(t, []string{wide(254) + "…", in.Channel, wide(199) + "…", wide(31) + "…"},
		[]string{got.Subject, got.Channel, got.Requester.Name, got.Source})
	m, err := d.Store.Message(ctx, d.all, out.MessageID)
	require.NoError(t, err)
	require.Equal(t, []string{in.Text, in.Quoted, in.HTML, in.ExternalID}, []string{m.Text, m.Quoted, m.HTML, m.ExternalID})
	require.Equal(t, in.To, m.To)
	ps, err := d.Store.Participants(ctx, d.all, out.TicketID)
	require.NoError(t, err)
	require.Len(t, ps, 50)
	for i, p := range ps {
		require.Equal(t, in.Cc[i].Identity.Value, p.Contact.Email)
	}
	for _, ref := range append(in.Refs, in.ExternalID) {
		id, err := d.Store.TicketByRefs(ctx, []string{ref})
		require.NoError(t, err)
		require.Equal(t, out.TicketID, id)
	}
	again, err := d.service().Receive(ctx, desksOwn, in)
	require.NoError(t, err)
	require.True(t, again.Repeated)
}

func testTooLong(t *testing.T, d *desk) {
	ctx := t.Context()
	svc := d.service()
	for field, change := range map[string]func(*ticket.NewTicket){
		"subject":            func(n *ticket.NewTicket) { n.Subject += "x" },
		"body":               func(n *ticket.NewTicket) { n.Body += "x" },
		"channel":            func(n *ticket.NewTicket) { n.Channel += "x" },
		"source":             func(n *ticket.NewTicket) { n.Source += "x" },
		"key":                func(n *ticket.NewTicket) { n.Key += "x" },
		"requester.name":     func(n *ticket.NewTicket) { n.Requester.Name += "x" },
		"requester.identity": func(n *ticket.NewTicket) { n.Requester.Identity.Value += "x" },
		"requester.email": func(n *ticket.NewTicket) {
			n.Requester.Identity = ticket.Identity{Kind: ticket.KindEmail, Value: strings.Repeat("x", 245) + "@x.example"}
		},
		"tags":          func(n *ticket.NewTicket) { n.Tags = []string{wide(51)} },
		"fields":        func(n *ticket.NewTicket) { n.Fields = map[string]any{wide(65): 1} },
		"fields.remark": func(n *ticket.NewTicket) { n.Fields = map[string]any{"remark": wide(1024) + "x"} },
	} {
		n := longest()
		change(&n)
		_, err := svc.Open(ctx, desksOwn, n)
		requireField(t, err, field)
	}
	_, err := svc.CreateQueue(ctx, desksOwn, wide(80)+"x")
	requireField(t, err, "name")
	_, err = ticket.NewService(ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey,
		States: []ticket.State{{Status: longState.Status + "x", Category: ticket.Open}}})
	requireField(t, err, "states")
	require.Empty(t, d.list(ticket.Query{}))
}

// requireField requires a refusal that names a field and blames whoever wrote it.
func requireField(t *testing.T, err error, field string) {
	t.Helper()
	var te *ticket.Error
	require.ErrorAs(t, err, &te, field)
	require.Equal(t, field, te.Field, err.Error())
	require.Contains(t, []ticket.Kind{ticket.Invalid, ticket.TooLarge}, te.Kind, err.Error())
}

// testNul: PostgreSQL refuses the character NUL and others drop it, so nothing that a person writes may hold it.
func testNul(t *testing.T, d *desk) {
	ctx := t.Context()
	svc := d.service()
	for _, bad := range []string{"a\x00b", "caf\xe9", "\xed\xa0\x80"} {
		for field, change := range map[string]func(*ticket.NewTicket){
			"subject":            func(n *ticket.NewTicket) { n.Subject = bad },
			"body":               func(n *ticket.NewTicket) { n.Body = bad },
			"channel":            func(n *ticket.NewTicket) { n.Channel = bad },
			"source":             func(n *ticket.NewTicket) { n.Source = bad },
			"requester.name":     func(n *ticket.NewTicket) { n.Requester.Name = bad },
			"requester.identity": func(n *ticket.NewTicket) { n.Requester.Identity.Value = bad },
			"requester.email": func(n *ticket.NewTicket) {
				n.Requester.Identity = ticket.Identity{Kind: ticket.KindEmail, Value: bad + "@x.example"}
			},
			"tags":          func(n *ticket.NewTicket) { n.Tags = []string{bad} },
			"fields":        func(n *ticket.NewTicket) { n.Fields = map[string]any{bad: 1} },
			"fields.remark": func(n *ticket.NewTicket) { n.Fields = map[string]any{"remark": bad} },
		} {
			n := longest()
			change(&n)
			_, err := svc.Open(ctx, desksOwn, n)
			requireField(t, err, field)
		}
		tk := d.ticket()
		_, err := svc.Note(ctx, desksOwn, tk.ID, 0, ticket.NewMessage{Body: bad})
		requireField(t, err, "body")
		_, err = svc.CreateQueue(ctx, desksOwn, bad)
		requireField(t, err, "name")
	}
}

// testMended: intake refuses nothing for its characters; what no database keeps is replaced before it is written.
func testMended(t *testing.T, d *desk) {
	ctx := t.Context()
	const bad = "a\x00b caf\xe9 \xed\xa0\x80 end"
	in := ticket.Incoming{
		Channel: "mail", Key: bad, From: ticket.Person{Name: bad, Identity: ticket.Identity{Kind: bad, Value: bad}}, Subject: bad, Text: bad,
		Quoted: bad, HTML: bad, ExternalID: bad, Refs: []string{bad}, Source: bad,
		To: []ticket.Identity{{Kind: ticket.KindEmail, Value: bad}}, Cc: []ticket.Person{{Name: bad, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "cc\x00\xff@x.example"}}},
	}
	out, err := d.service().Receive(ctx, desksOwn, in)
	require.NoError(t, err)
	got := d.read(out.TicketID)
	same(t, out.Ticket, got)
	const mended = "ab caf\ufffd \ufffd end"
	require.Equal(t, []string{mended, mended}, []string{got.Subject, got.Requester.Name})
	m, err := d.Store.Message(ctx, d.all, out.MessageID)
	require.NoError(t, err)
	require.Equal(t, []string{mended, mended, mended}, []string{m.Text, m.Quoted, m.HTML})
	again, err := d.service().Receive(ctx, desksOwn, in)
	require.NoError(t, err)
	require.True(t, again.Repeated, "a key is remembered whatever it is made of")
}

func testLongestJob(t *testing.T, d *desk) {
	ctx := t.Context()
	payload, err := json.Marshal(strings.Repeat("🎫", (jobs.MaxPayload-2)/4))
	require.NoError(t, err)
	want := jobs.Job{ID: wide(jobs.MaxID / 4), Kind: wide(jobs.MaxKind / 4), Key: wide(jobs.MaxKey / 4), RunAt: d.now, Payload: payload}
	require.NoError(t, d.Jobs.EnqueueJob(ctx, want))
	due, err := d.Jobs.ClaimJobs(ctx, []string{want.Kind}, d.now, time.Minute, 1)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, []string{want.ID, want.Kind, want.Key, string(payload)}, []string{due[0].ID, due[0].Kind, due[0].Key, string(due[0].Payload)})
	reason := wide(jobs.MaxReason / 4)
	require.NoError(t, d.Jobs.BuryJob(ctx, want.ID, due[0].LeaseToken, reason, d.now))
	list, err := d.Jobs.ListJobs(ctx, jobs.JobFilter{})
	require.NoError(t, err)
	require.Equal(t, reason, list[0].LastError)
	for name, change := range map[string]func(*jobs.Job){
		"id": func(j *jobs.Job) { j.ID += "x" }, "kind": func(j *jobs.Job) { j.Kind += "x" }, "key": func(j *jobs.Job) { j.Key += "x" },
		"payload": func(j *jobs.Job) { j.Payload = append(payload[:len(payload)-1:len(payload)-1], `xxx"`...) },
	} {
		j := want
		change(&j)
		err := d.Jobs.EnqueueJob(ctx, j)
		require.ErrorIs(t, err, jobs.ErrInvalid, name)
		require.ErrorContains(t, err, name)
	}
}

// testLongestAccount goes by the limits that the types of package rbac state.
func testLongestAccount(t *testing.T, d *desk) {
	ctx := t.Context()
	want := d.account(wide(64), func(a *rbac.Account) {
		a.Name, a.External, a.PasswordHash = wide(100), wide(255), strings.Repeat("$", 512)
	})
	got, err := d.Accounts.AccountByName(ctx, wide(64))
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = d.Accounts.AccountByExternal(ctx, wide(255))
	require.NoError(t, err)
	require.Equal(t, want, got)
	// A name may grow when it is folded.
	grown := d.account(strings.Repeat("İ", 64))
	got, err = d.Accounts.AccountByName(ctx, strings.Repeat("İ", 64))
	require.NoError(t, err)
	require.Equal(t, grown, got)
	s := &rbac.Session{ID: strings.Repeat("s", 64), AccountID: want.ID, CreatedAt: d.now, ExpiresAt: d.now, LastSeen: d.now, Address: strings.Repeat("f", 64), UserAgent: wide(200)}
	k := &rbac.Token{ID: d.id(), AccountID: want.ID, Name: wide(100), Prefix: strings.Repeat("p", 32), Hash: strings.Repeat("f", 64), CreatedAt: d.now}
	for range 200 {
		k.Scopes = append(k.Scopes, ticket.OpTicketRead)
	}
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.InsertSession(ctx, s); err != nil {
			return err
		}
		return tx.InsertToken(ctx, k)
	})
	gotS, _, err := d.Accounts.SessionAccount(ctx, s.ID)
	require.NoError(t, err)
	require.Equal(t, s, gotS)
	gotK, _, err := d.Accounts.TokenAccount(ctx, k.Hash)
	require.NoError(t, err)
	require.Equal(t, k, gotK)
}

func testLongestState(t *testing.T, d *desk) {
	ctx := t.Context()
	value := strings.Repeat("größe🎫", 1<<16)
	name := strings.Repeat("n", 200)
	require.NoError(t, d.State.Set(ctx, name, value))
	got, err := d.State.Get(ctx, name)
	require.NoError(t, err)
	require.Equal(t, value, got)
	requireField(t, d.State.Set(ctx, name+"n", value), "name")
	want := adapters.Parked{Channel: strings.Repeat("c", 32), Key: wide(1000), Reason: wide(2000), Sender: wide(1000), Subject: wide(1000), At: d.now}
	require.NoError(t, d.State.ParkItem(ctx, &want))
	p, err := d.State.ParkedItem(ctx, want.ID)
	require.NoError(t, err)
	require.Equal(t, &want, p)
}

// testNulAtThePort: whoever writes past Service is refused what not every database keeps, so that a desk can move, and finds nothing by it.
func testNulAtThePort(t *testing.T, d *desk) {
	ctx := t.Context()
	for _, bad := range []string{"a\x00b", "caf\xe9", "\xed\xa0\x80"} {
		tk, c := d.ticket(), d.newContact()
		for name, write := range map[string]func(context.Context, ticket.Tx) error{
			"subject": func(ctx context.Context, tx ticket.Tx) error {
				n := *tk
				n.Subject = bad
				return tx.UpdateTicket(ctx, &n, n.Version)
			},
			"tag": func(ctx context.Context, tx ticket.Tx) error {
				n := *tk
				n.Tags = []string{bad}
				return tx.UpdateTicket(ctx, &n, n.Version)
			},
			"text": func(ctx context.Context, tx ticket.Tx) error {
				return tx.InsertMessage(ctx, &ticket.Message{ID: ticket.MessageID(d.id()), TicketID: tk.ID, N: 1, Kind: ticket.Public, Text: bad, CreatedAt: d.now})
			},
			"name": func(ctx context.Context, tx ticket.Tx) error {
				n := *c
				n.Name = bad
				return tx.InsertContact(ctx, &n)
			},
			"identity": func(ctx context.Context, tx ticket.Tx) error {
				n := *c
				n.Identities = []ticket.Identity{{Kind: "k", Value: bad}}
				return tx.InsertContact(ctx, &n)
			},
			"queue": func(ctx context.Context, tx ticket.Tx) error {
				return tx.InsertQueue(ctx, &ticket.Queue{ID: ticket.QueueID(d.id()), Name: bad, CreatedAt: d.now})
			},
		} {
			requireKind(t, ticket.Invalid, d.try(write), "%s %q", name, bad)
		}
		same(t, tk, d.read(tk.ID))
		_, err := d.Store.ContactByIdentity(ctx, "k", bad)
		requireKind(t, ticket.NotFound, err)
		list, err := d.Store.Tickets(ctx, d.all, ticket.Query{Tag: []string{bad}})
		require.NoError(t, err)
		require.Empty(t, list)
	}
}

func testNulInState(t *testing.T, d *desk) {
	for _, bad := range []string{"a\x00b", "caf\xe9"} {
		requireKind(t, ticket.Invalid, d.State.Set(t.Context(), "name", bad))
		requireKind(t, ticket.Invalid, d.State.Set(t.Context(), bad, "value"))
		got, err := d.State.Get(t.Context(), bad)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}
