package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var savedTests = []test{
	{"Items", testSavedItems},
	{"Personal", testPersonal},
	{"Counts", testCounts},
	{"Mentions", testMentions},
}

func testSavedItems(t *testing.T, d *desk) {
	ctx := t.Context()
	put := func(id string, account ticket.AccountID, position int, was int64) error {
		return d.try(func(ctx context.Context, tx ticket.Tx) error {
			return tx.PutSaved(ctx, &ticket.Saved{Kind: ticket.SavedView, ID: id, Account: account, Name: "Ü " + id, Body: json.RawMessage(`{"a":"ä"}`), Position: position,
				Version: was + 1, CreatedAt: d.now, UpdatedAt: d.now.Add(time.Hour)}, was)
		})
	}
	require.NoError(t, put("b", "sam", 2, 0))
	require.NoError(t, put("c", "", 1, 0))
	require.NoError(t, put("a", "anna", 0, 0))
	requireKind(t, ticket.Conflict, put("b", "sam", 2, 0), "there already")
	requireKind(t, ticket.Stale, put("b", "sam", 2, 7))
	requireKind(t, ticket.Stale, put("none", "sam", 2, 1))
	require.NoError(t, put("b", "sam", 2, 1))
	list, err := d.Store.SavedItems(ctx, ticket.SavedView, "sam")
	require.NoError(t, err)
	require.Len(t, list, 2, "one's own and everybody's")
	require.Equal(t, ticket.Saved{Kind: ticket.SavedView, ID: "b", Account: "sam", Name: "Ü b", Body: json.RawMessage(`{"a":"ä"}`), Position: 2, Version: 2,
		CreatedAt: d.now, UpdatedAt: d.now.Add(time.Hour)}, list[1], "behind what has a lower position")
	one, err := d.Store.SavedItem(ctx, ticket.SavedView, "b")
	require.NoError(t, err)
	require.Equal(t, list[1], *one)
	_, err = d.Store.SavedItem(ctx, ticket.SavedMacro, "b")
	requireKind(t, ticket.NotFound, err, "the kind belongs to the key")
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for range 2 { // the second finds nothing and is content
			if err := tx.DropSaved(ctx, ticket.SavedView, "b"); err != nil {
				return err
			}
		}
		return nil
	})
	_, err = d.Store.SavedItem(ctx, ticket.SavedView, "b")
	requireKind(t, ticket.NotFound, err)
}

func testPersonal(t *testing.T, d *desk) {
	ctx := t.Context()
	here, there := d.ticket(func(t *ticket.Ticket) { t.Queue = ticket.QueueRef{ID: d.queues[0].ID} }), d.ticket()
	put := func(account ticket.AccountID, id ticket.ID, kind ticket.PersonalKind, body string) {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.PutPersonal(ctx, ticket.Personal{Account: account, TicketID: id, Kind: kind, Body: body, Version: 3, UpdatedAt: d.now})
		})
	}
	put("sam", here.ID, ticket.DraftReply, "eins")
	put("sam", here.ID, ticket.DraftReply, "zwei")
	put("sam", there.ID, ticket.DraftNote, "drei")
	put("sam", here.ID, ticket.SeenMark, "")
	put("anna", here.ID, ticket.DraftReply, "fremd")
	drafts := []ticket.PersonalKind{ticket.DraftReply, ticket.DraftNote}
	read := func(s ticket.Scope, kinds []ticket.PersonalKind, ids ...ticket.ID) (out []string) {
		list, err := d.Store.PersonalItems(ctx, s, "sam", kinds, ids)
		require.NoError(t, err)
		for _, p := range list {
			out = append(out, p.Body)
		}
		return out
	}
	require.Equal(t, []string{"zwei", "drei"}, read(d.all, drafts))
	require.Equal(t, []string{"drei"}, read(d.all, drafts, there.ID))
	require.Equal(t, []string{""}, read(d.all, []ticket.PersonalKind{ticket.SeenMark}))
	require.Empty(t, read(d.all, nil))
	require.Equal(t, []string{"zwei"}, read(d.accountScope("sam", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}}), drafts))
	require.Empty(t, read(ticket.Scope{}, drafts))
	list, err := d.Store.PersonalItems(ctx, d.all, "sam", drafts, []ticket.ID{here.ID})
	require.NoError(t, err)
	require.Equal(t, []ticket.Personal{{Account: "sam", TicketID: here.ID, Kind: ticket.DraftReply, Body: "zwei", Version: 3, UpdatedAt: d.now}}, list)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.DropPersonal(ctx, "sam", here.ID, ticket.DraftReply)
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		return tx.DropPersonal(ctx, "sam", here.ID, ticket.DraftReply)
	})
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, there.ID) })
	require.Empty(t, read(d.all, drafts), "dropped, and gone with its ticket")
}

// testCounts compares each count with the list that it counts.
func testCounts(t *testing.T, d *desk) {
	kim := d.contact("Kim", "kim@firma.example")
	yes := true
	for i := range 12 {
		d.ticketOf(kim, func(t *ticket.Ticket) {
			t.CreatedAt = d.now.Add(-time.Duration(i) * time.Hour)
			if i%3 == 0 {
				t.Escalation = 1
			}
			if i%4 == 0 {
				t.Status, t.Category = "closed", ticket.Closed
			}
			if i%2 == 0 {
				t.Queue, t.Assignee = ticket.QueueRef{ID: d.queues[0].ID}, &ticket.AccountRef{ID: "sam", Name: "Sam"}
				t.Tags = []string{"vip"}
			}
		})
	}
	d.ticket()
	scopes := map[string]ticket.Scope{"all": d.all, "none": {}, "queue": d.accountScope("sam", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}, Own: true})}
	for name, q := range map[string]ticket.Query{
		"everything": {}, "active": {Active: &yes}, "closed": {Category: []ticket.Category{ticket.Closed, ticket.Resolved}}, "mine": {Assignee: []ticket.AccountID{"sam"}, Active: &yes},
		"unassigned": {Assignee: []ticket.AccountID{""}}, "escalated": {Escalated: true, Active: &yes}, "tag": {Tag: []string{"vip"}}, "words": {Words: []string{"drucker"}},
		"requesters": {Requesters: []ticket.ContactID{kim.ID, "none"}}, "young": {CreatedFrom: d.now.Add(-5 * time.Hour)}, "old": {CreatedTo: d.now.Add(-5 * time.Hour), Escalated: true},
	} {
		for of, s := range scopes {
			q.Sort, q.Limit, q.Now = ticket.ByNumber, 100, d.now
			list, err := d.Store.Tickets(t.Context(), s, q)
			require.NoError(t, err)
			for _, most := range []int{1000, 3} {
				n, err := d.Store.CountTickets(t.Context(), s, q, most)
				require.NoError(t, err)
				require.Equal(t, min(len(list), most), n, "%s of %s, at most %d", name, of, most)
			}
		}
	}
}

func testMentions(t *testing.T, d *desk) {
	one, other := d.ticket(), d.ticket()
	for range 2 {
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AddMention(ctx, "sam", one.Number, d.now) })
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.AddMention(ctx, "anna", other.Number, d.now) })
	list, err := d.Store.Tickets(t.Context(), d.all, ticket.Query{Mentioned: "sam"})
	require.NoError(t, err)
	require.Equal(t, []ticket.ID{one.ID}, ids(list))
	n, err := d.Store.CountTickets(t.Context(), d.all, ticket.Query{Mentioned: "sam"}, 10)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	list, err = d.Store.Tickets(t.Context(), ticket.Scope{}, ticket.Query{Mentioned: "sam"})
	require.NoError(t, err)
	require.Empty(t, list)
}
