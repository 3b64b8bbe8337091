package ticket_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func person(mail string) ticket.Person {
	return ticket.Person{Identity: ticket.Identity{Kind: "email", Value: mail}}
}

func yes() *bool { v := true; return &v }

func TestMailBecomesATicketOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := ticket.Incoming{Key: "k", Subject: "Hilfe\r\nX: y", Text: "Guten Tag\r\n\r\nes brennt\x00", HTML: "<script>x", Raw: []byte("raw"),
		ExternalID: "1@customer.example", Uploads: []ticket.Upload{{Name: "a.txt", ContentType: "text/plain; x=y", Body: strings.NewReader("abc")}}}
	r := b.mail(in)
	require.True(t, r.Created)
	require.Equal(t, "Hilfe X: y", r.Ticket.Subject)
	m, err := b.svc.Message(t.Context(), b.anna, r.MessageID)
	require.NoError(t, err)
	require.Equal(t, "Guten Tag\n\nes brennt", m.Text)
	require.Equal(t, "x", m.HTML)
	require.EqualValues(t, 3, m.Attachments[0].Size)
	require.Equal(t, "text/plain", m.Attachments[0].ContentType)
	_, raw, err := b.svc.OpenRaw(t.Context(), b.anna, r.MessageID)
	require.NoError(t, err)
	require.NoError(t, raw.Close())

	in.Uploads[0].Body = strings.NewReader("abc")
	again := b.mail(in)
	require.True(t, again.Repeated)
	require.Equal(t, r.TicketID, again.TicketID)
	require.Equal(t, r.MessageID, again.MessageID)
}

func TestSameItemFromManyWorkersIsOneTicket(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := b.svc.Receive(t.Context(), b.system, ticket.Incoming{Channel: "smtpd", Key: "same", From: person("a@b.example"), Text: "x"})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ts, _, err := b.svc.List(t.Context(), b.system, ticket.Query{})
	require.NoError(t, err)
	require.Len(t, ts, 1)
	require.Equal(t, 1, ts[0].MessageCount)
}

func TestThreading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.mail(ticket.Incoming{Subject: "A", Text: "a", ExternalID: "1@c.example", Refs: []string{"never-seen@c.example"}})
	id := first.TicketID
	token := b.svc.ReplyToken(id)
	require.Len(t, token, 42)
	for name, c := range map[string]struct {
		in   ticket.Incoming
		same bool
	}{
		"token":                         {ticket.Incoming{Token: strings.ToUpper(token), From: person("stranger@x.example")}, true},
		"forged token":                  {ticket.Incoming{Token: strings.Repeat("a", 42), From: person("stranger@x.example")}, false},
		"reference":                     {ticket.Incoming{Refs: []string{"unknown@x.example", "1@c.example"}}, true},
		"reference to what was not had": {ticket.Incoming{Refs: []string{"never-seen@c.example"}}, true},
		"number from the requester":     {ticket.Incoming{Number: first.Ticket.Number}, true},
		"number from a stranger":        {ticket.Incoming{Number: first.Ticket.Number, From: person("stranger@x.example")}, false},
		"forward":                       {ticket.Incoming{Refs: []string{"1@c.example"}, Forward: true}, false},
		"forward to the token":          {ticket.Incoming{Token: token, Forward: true}, true},
		"nothing":                       {ticket.Incoming{Subject: "A"}, false},
	} {
		c.in.Text = name
		r := b.mail(c.in)
		require.Equal(t, c.same, r.TicketID == id, name)
		require.Equal(t, !c.same, r.Created, name)
	}
}

func TestAThreadCannotBeClaimedBeforehand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	attacker := person("attacker@evil.example")
	bait := b.mail(ticket.Incoming{From: attacker, Text: "bait", Refs: []string{"future@victim.example"}})
	first := b.mail(ticket.Incoming{From: person("victim@victim.example"), ExternalID: "future@victim.example", Text: "private"})
	require.NotEqual(t, bait.TicketID, first.TicketID)
	later := b.mail(ticket.Incoming{From: person("victim@victim.example"), Refs: []string{"future@victim.example"}, Number: first.Ticket.Number, Text: "more"})
	require.Equal(t, first.TicketID, later.TicketID)
	stranger := b.mail(ticket.Incoming{From: attacker, Refs: []string{"future@victim.example", "x@y.example"}, Text: "let me in"})
	require.NotEqual(t, first.TicketID, stranger.TicketID)
}

func TestReplyTokenSurvivesANewSecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	old := b.svc.ReplyToken(tk.ID)
	next := setup(t, func(c *ticket.Config) {
		c.PreviousTokenKey = c.TokenKey
		c.TokenKey = []byte(strings.Repeat("n", 32))
	})
	id, ok := next.svc.ParseReplyToken(old)
	require.True(t, ok)
	require.Equal(t, tk.ID, id)
	_, ok = setup(t, func(c *ticket.Config) { c.TokenKey = nil }).svc.ParseReplyToken(old)
	require.False(t, ok, "without a key nothing verifies")
	require.Empty(t, setup(t, func(c *ticket.Config) { c.TokenKey = nil }).svc.ReplyToken(tk.ID))
}

func TestCustomersAnswerReopens(t *testing.T) {
	t.Parallel()
	for _, st := range []ticket.Status{"pending", "resolved", "closed"} {
		b := setup(t)
		tk := b.open()
		_, err := b.svc.SetStatus(t.Context(), b.anna, tk.ID, 0, st)
		require.NoError(t, err)
		token := b.svc.ReplyToken(tk.ID)
		b.mail(ticket.Incoming{Token: token, Text: "out of office", Machine: true})
		require.Equal(t, st, b.get(tk.ID).Status, "a machine reopens nothing")
		b.mail(ticket.Incoming{Token: token, Text: "still broken"})
		require.Equal(t, ticket.Open, b.get(tk.ID).Category, st)
	}
	b := setup(t, func(c *ticket.Config) { c.OnClosedReply = ticket.NewOnReply })
	tk := b.open()
	_, err := b.svc.Close(t.Context(), b.anna, tk.ID, 0, "")
	require.NoError(t, err)
	r := b.mail(ticket.Incoming{Token: b.svc.ReplyToken(tk.ID), Text: "again"})
	require.True(t, r.Created)
	links, err := b.svc.Links(t.Context(), b.anna, r.TicketID)
	require.NoError(t, err)
	require.Len(t, links, 1, "it leads back to what was answered")
	require.Equal(t, tk.ID, links[0].Other.ID)
}

func TestASpoofedMailAddsNoReader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spy := []ticket.Person{person("spy@evil.example")}
	r := b.mail(ticket.Incoming{Text: "hello", Cc: []ticket.Person{person("friend@customer.example")}, ExternalID: "1@c.example"})
	b.mail(ticket.Incoming{Text: "cc me", Refs: []string{"1@c.example"}, Cc: spy})
	ps, err := b.svc.Participants(t.Context(), b.anna, r.TicketID)
	require.NoError(t, err)
	require.Len(t, ps, 1)
	require.Equal(t, "friend@customer.example", ps[0].Contact.Email)
	b.mail(ticket.Incoming{Text: "cc me", Refs: []string{"1@c.example"}, Cc: spy, Verified: yes()})
	ps, err = b.svc.Participants(t.Context(), b.anna, r.TicketID)
	require.NoError(t, err)
	require.Len(t, ps, 2)

	m, err := b.svc.Reply(t.Context(), b.anna, r.TicketID, 0, ticket.NewMessage{Body: "hi"})
	require.NoError(t, err)
	require.Len(t, m.To, 3)
}

func TestAFloodIsTreatedAsAMachine(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.Limits.SenderPerHour = 5 })
	var last *ticket.Received
	for i := range 7 {
		last = b.mail(ticket.Incoming{Text: fmt.Sprint(i)})
	}
	m, err := b.svc.Message(t.Context(), b.system, last.MessageID)
	require.NoError(t, err)
	require.True(t, m.Machine)
	b = setup(t, func(c *ticket.Config) { c.Limits.SenderPerHour = 5 })
	tk := b.open()
	for i := range 7 {
		last = b.mail(ticket.Incoming{Token: b.svc.ReplyToken(tk.ID), Text: fmt.Sprint(i)})
	}
	m, err = b.svc.Message(t.Context(), b.system, last.MessageID)
	require.NoError(t, err)
	require.True(t, m.Machine)
}

func TestDeliveryFindsItsWayAndItsAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	r := b.mail(ticket.Incoming{Text: "hello", ExternalID: "in@c.example"})
	m, err := b.svc.Reply(ctx, b.anna, r.TicketID, 0, ticket.NewMessage{Body: "hi"})
	require.NoError(t, err)
	out, err := b.svc.Outgoing(ctx, b.system, m.ID)
	require.NoError(t, err)
	require.Equal(t, "in@c.example", out.InReplyTo)
	require.Equal(t, "Kim", out.To[0].Name)
	require.Equal(t, b.svc.ReplyToken(r.TicketID), out.ReplyToken)
	seen := b.get(r.TicketID)
	require.NoError(t, b.svc.DeliveryDelayed(ctx, b.system, m.ID, "greylisted"))
	require.NoError(t, b.svc.Delivered(ctx, b.system, m.ID, "out@desk.example"))
	after := b.get(r.TicketID)
	require.Equal(t, seen.Version, after.Version, "a mail that leaves makes nobody's view stale")
	require.Equal(t, seen.UpdatedAt, after.UpdatedAt)
	require.NoError(t, b.svc.Chain().Verify(b.history(r.TicketID), after.Head))
	n := len(b.history(r.TicketID))
	require.NoError(t, b.svc.Delivered(ctx, b.system, m.ID, "out@desk.example"))
	require.Len(t, b.history(r.TicketID), n)
	back := b.mail(ticket.Incoming{Text: "thanks", Refs: []string{"out@desk.example"}, From: person("other@c.example")})
	require.Equal(t, r.TicketID, back.TicketID)
	_, err = b.svc.Outgoing(ctx, b.anna, m.ID)
	b.kind(ticket.Denied, err)
	require.Equal(t, ticket.ActorContact, b.history(r.TicketID)[0].Actor.Type)
}

func TestReservedAddressesAreNeverWrittenTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, change := range []func(*ticket.NewTicket){
		func(n *ticket.NewTicket) { n.Requester.Identity.Value = "x@demo.invalid" },
		func(n *ticket.NewTicket) { n.Demo = true },
	} {
		tk := b.open(change)
		m, err := b.svc.Reply(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "hi"})
		require.NoError(t, err)
		require.Nil(t, m.Delivery)
	}
	require.Empty(t, b.store.Jobs())
}

func TestANewNameRenamesNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mail(ticket.Incoming{Text: "1"})
	r := b.mail(ticket.Incoming{Text: "2", From: ticket.Person{Name: "CEO", Identity: ticket.Identity{Kind: "email", Value: "KIM@customer.example"}}})
	require.Equal(t, "Kim", r.Ticket.Requester.Name)
}

func TestAnItemIsKnownByEachOfItsNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := func(key string, same, mark []string) *ticket.Received {
		return b.mail(ticket.Incoming{Key: key, Subject: key, Text: "x", Aliases: ticket.Aliases{Same: same, Mark: mark}})
	}
	first := in("sha:1", []string{"uid:1", "uid:1"}, []string{"id:1", "sha:1"})
	require.True(t, first.Created)
	for name, again := range map[string]*ticket.Received{
		"key": in("sha:1", nil, nil), "alias": in("sha:2", []string{"uid:0", "uid:1"}, nil), "alias as key": in("uid:1", nil, nil), "mark": in("sha:3", []string{"id:1"}, nil),
	} {
		require.True(t, again.Repeated, name)
		require.Equal(t, first.TicketID, again.TicketID, name)
	}
	second := in("sha:4", []string{"uid:4"}, []string{"id:1"})
	require.True(t, second.Created, "a mark is only remembered, and the first keeps it")
	require.Equal(t, first.TicketID, in("sha:5", []string{"id:1"}, nil).TicketID)
	for _, bad := range []ticket.Aliases{{Same: []string{""}}, {Mark: []string{strings.Repeat("x", 501)}}} {
		_, err := b.svc.Receive(t.Context(), b.system, ticket.Incoming{Channel: "imap", Key: "k", From: person("a@b.example"), Text: "x", Aliases: bad})
		require.Equal(t, ticket.Invalid, ticket.KindOf(err))
	}
}
