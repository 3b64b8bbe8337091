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
	"github.com/ticketkit/ticketkit/ticket"
)

// Whoever is forgotten is so in what waits too.
var erasureTests = []test{
	{"APersonForWhomSomethingWaitsIsForgotten", testErasureOfWhatWaits},
}

// testErasureOfWhatWaits forgets somebody to whom a reply is on its way again, and whose mail waits for a person to look at it.
func testErasureOfWhatWaits(t *testing.T, d *desk) {
	svc, ctx := d.service(), t.Context()
	kim := ticket.Identity{Kind: ticket.KindEmail, Value: "kim@geheim.example"}
	got, err := svc.Receive(ctx, ticket.SystemActor("imap"), ticket.Incoming{Channel: "imap", Key: "eins", From: ticket.Person{Name: "Kim", Identity: kim},
		Cc: []ticket.Person{{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "ute@firma.example"}}}})
	require.NoError(t, err)
	reply, err := svc.Reply(ctx, desksOwn, got.TicketID, 0, ticket.NewMessage{Body: "Hallo"})
	require.NoError(t, err)
	require.NoError(t, svc.DeliveredPartly(ctx, ticket.SystemActor("delivery"), reply.ID, "a@desk.example", []ticket.Undelivered{{To: kim, Reason: "450 later"}}))
	for _, sender := range []string{"Kim@Geheim.example", "ute@firma.example"} {
		require.NoError(t, d.State.ParkItem(ctx, &adapters.Parked{Channel: "imap", Key: sender, Reason: "x", Sender: sender, Raw: []byte("x")}))
	}
	// In a ticket of somebody else, for Kim in copy: a delivery that waits for both, one for Kim alone, one that is over, and what a report said.
	yes, ute := true, ticket.Identity{Kind: ticket.KindEmail, Value: "ute@firma.example"}
	other, err := svc.Receive(ctx, ticket.SystemActor("imap"), ticket.Incoming{Channel: "imap", Key: "zwei", From: ticket.Person{Identity: ute}, Cc: []ticket.Person{{Identity: kim}}, Verified: &yes})
	require.NoError(t, err)
	var replies []ticket.MessageID
	for range 3 {
		m, err := svc.Reply(ctx, desksOwn, other.TicketID, 0, ticket.NewMessage{Body: "Hallo"})
		require.NoError(t, err)
		replies = append(replies, m.ID)
	}
	later := func(i ticket.Identity) ticket.Undelivered { return ticket.Undelivered{To: i, Reason: "450 later"} }
	require.NoError(t, svc.DeliveredPartly(ctx, ticket.SystemActor("delivery"), replies[0], "b@desk.example", []ticket.Undelivered{later(kim), later(ute)}))
	require.NoError(t, svc.DeliveredPartly(ctx, ticket.SystemActor("delivery"), replies[1], "c@desk.example", []ticket.Undelivered{later(kim)}))
	require.NoError(t, svc.Bounced(ctx, ticket.SystemActor("imap"), ticket.Bounce{MessageID: replies[2], Recipient: "kim@geheim.example", Reason: "550 5.1.1"}))
	failed := ticket.Job{Kind: ticket.JobDeliver, Key: "deliver:" + string(replies[2]) + ":later", RunAt: d.now, Payload: ticket.DeliverPayload{MessageID: replies[2]}}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.Enqueue(ctx, failed) })
	claimed, err := d.Jobs.ClaimJobs(ctx, []string{ticket.JobDeliver}, d.now.Add(time.Second), time.Minute, 50)
	require.NoError(t, err)
	ended := 0
	for _, j := range claimed {
		if strings.HasSuffix(j.Key, ":later") {
			require.NoError(t, d.Jobs.BuryJob(ctx, j.ID, j.LeaseToken, "550 <KIM@geheim.example> unknown", d.now))
			ended++
		}
	}
	require.Equal(t, 1, ended)
	tk, err := svc.Get(ctx, desksOwn, got.TicketID)
	require.NoError(t, err)
	_, err = svc.EraseContact(ctx, desksOwn, tk.Requester.ID)
	require.NoError(t, err)

	list, err := d.Jobs.ListJobs(ctx, jobs.JobFilter{Kinds: []string{ticket.JobDeliver}})
	require.NoError(t, err)
	waits := 0
	for _, j := range list {
		require.NotContains(t, strings.ToLower(string(j.Payload)+j.LastError), "geheim")
		require.NotContains(t, j.Key, string(reply.ID))
		if strings.Contains(string(j.Payload), "ute@firma.example") {
			waits++
		}
	}
	require.Equal(t, 1, waits, "what waits for others goes on waiting")
	came, err := svc.Message(ctx, desksOwn, replies[2])
	require.NoError(t, err)
	require.Equal(t, ticket.Bounced, came.Delivery.State)
	require.Empty(t, came.Delivery.Reason)
	require.Nil(t, came.Delivery.Returned)
	parked, err := d.State.ParkedItems(ctx, "", 10)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "ute@firma.example", parked[0].Sender)
}

// testErasure forgets somebody who asked, answered, took part elsewhere and waits for a reply, and then looks for every word of theirs.
func testErasure(t *testing.T, d *desk) {
	svc, ctx := d.service(), t.Context()
	kim := ticket.Person{Name: "Kim Geheim", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@geheim.example"}}
	receive := func(key string, from ticket.Person, cc []ticket.Person, refs ...string) *ticket.Received {
		t.Helper()
		yes := true
		got, err := svc.Receive(ctx, ticket.SystemActor("imap"), ticket.Incoming{Channel: "imap", Key: key, ExternalID: key + "@geheim.example", Refs: refs, From: from, Cc: cc, Verified: &yes,
			Subject: "Geheimbund", Text: "Geheimwort " + key, Quoted: "Geheimzitat", HTML: "<p>Geheimwort</p>", To: []ticket.Identity{{Kind: ticket.KindEmail, Value: "desk@desk.example"}}})
		require.NoError(t, err)
		return got
	}
	own := receive("eins", kim, nil)
	_, err := svc.Reply(ctx, desksOwn, own.TicketID, 0, ticket.NewMessage{Body: "Hallo Kim Geheim"})
	require.NoError(t, err)
	_, err = svc.Note(ctx, desksOwn, own.TicketID, 0, ticket.NewMessage{Body: "Geheimtipp"})
	require.NoError(t, err)
	_, err = svc.Tag(ctx, desksOwn, own.TicketID, 0, []string{"bleibt"}, nil)
	require.NoError(t, err)
	other := receive("zwei", ticket.Person{Name: "Ute", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "ute@firma.example"}}, []ticket.Person{kim})
	receive("drei", kim, nil, "zwei@geheim.example")
	reply, err := svc.Reply(ctx, desksOwn, other.TicketID, 0, ticket.NewMessage{Body: "An Ute"})
	require.NoError(t, err)
	require.Len(t, reply.To, 2)
	before, err := svc.Get(ctx, desksOwn, own.TicketID)
	require.NoError(t, err)

	records := 0
	for r, err := range svc.ExportContact(ctx, desksOwn, before.Requester.ID) {
		require.NoError(t, err)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		require.NotContains(t, string(b), "Geheimtipp", "notes are the desk's own")
		records++
	}
	require.Equal(t, 4, records, "the contact, a ticket and its two public messages")

	done, err := svc.EraseContact(ctx, desksOwn, before.Requester.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.Erased{Tickets: 1, Messages: 4}, done)

	after, err := svc.Get(ctx, desksOwn, own.TicketID)
	require.NoError(t, err)
	require.Greater(t, after.Version, before.Version)
	require.Equal(t, []any{before.Number, before.Status, before.Tags, before.MessageCount, ticket.ErasedSubject, ""},
		[]any{after.Number, after.Status, after.Tags, after.MessageCount, after.Subject, after.Preview})
	var all strings.Builder
	for _, id := range []ticket.ID{own.TicketID, other.TicketID} {
		tk, err := svc.Get(ctx, desksOwn, id)
		require.NoError(t, err)
		fmt.Fprintf(&all, "%+v\n", tk)
		ms, err := svc.Messages(ctx, desksOwn, ticket.MessageQuery{Ticket: id})
		require.NoError(t, err)
		for _, m := range ms {
			full, err := svc.Message(ctx, desksOwn, m.ID)
			require.NoError(t, err)
			fmt.Fprintf(&all, "%+v %+v %v\n", m, full, full.To)
		}
		ps, err := svc.Participants(ctx, desksOwn, id)
		require.NoError(t, err)
		fmt.Fprintf(&all, "%+v\n", ps)
		for e, err := range svc.AllHistory(ctx, desksOwn, id) {
			require.NoError(t, err)
			fmt.Fprintf(&all, "%s %s %s\n", e.Actor.Name, e.Data, e.Private)
		}
	}
	// What Ute wrote to the desk, and what was written to her, is hers.
	hers := strings.NewReplacer("Geheimwort zwei", "", "Geheimbund", "", "Geheimzitat", "", "<p>Geheimwort</p>", "", "zwei@geheim.example", "").Replace(all.String())
	require.NotContains(t, strings.ToLower(hers), "geheim")
	require.Contains(t, all.String(), "An Ute")
	_, err = d.Store.ContactByIdentity(ctx, ticket.KindEmail, "kim@geheim.example")
	requireKind(t, ticket.NotFound, err)
	for _, word := range []string{"Geheimtipp", "eins", "drei", "kim"} {
		found, _, err := svc.List(ctx, desksOwn, ticket.Query{Words: []string{word}, SearchNotes: true})
		require.NoError(t, err)
		require.Empty(t, found, word)
	}
	d.verify(svc)
	again, err := svc.EraseContact(ctx, desksOwn, before.Requester.ID)
	require.NoError(t, err)
	require.Equal(t, 1, again.Tickets)
	d.verify(svc)
	_, err = svc.EraseContact(ctx, desksOwn, ticket.ContactID(d.id()))
	requireKind(t, ticket.NotFound, err)
}
