package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var mailTests = []test{
	{"Rules", testMailRules},
	{"RulesOfADeletedQueue", testMailRulesQueue},
	{"AutoMails", testAutoMails},
}

func (d *desk) rules() map[ticket.QueueID]ticket.MailRules {
	d.t.Helper()
	got, err := d.Store.MailRules(d.t.Context())
	require.NoError(d.t, err)
	return got
}

func testMailRules(t *testing.T, d *desk) {
	require.Empty(t, d.rules())
	signature := "Zoë 🎫\n-- \n\"x\""
	desk := ticket.MailRules{Mails: map[ticket.NoticeKind]bool{ticket.NoticeReceipt: false, ticket.NoticeClosed: true}, Signature: &signature}
	queue := ticket.MailRules{}
	set := func(id ticket.QueueID, r *ticket.MailRules) {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			if err := tx.SetMailRules(ctx, id, r); err != nil {
				return err
			}
			got, err := tx.MailRules(ctx)
			if err == nil && r != nil {
				require.Equal(t, *r, got[id], "a transaction sees its own writes")
			}
			return err
		})
	}
	set("", &desk)
	set(d.queues[0].ID, &queue)
	require.Equal(t, map[ticket.QueueID]ticket.MailRules{"": desk, d.queues[0].ID: queue}, d.rules())
	empty := ""
	desk = ticket.MailRules{Signature: &empty}
	set("", &desk)
	set(d.queues[0].ID, nil)
	set(d.queues[1].ID, nil) // there were none
	require.Equal(t, map[ticket.QueueID]ticket.MailRules{"": desk}, d.rules())
}

func testMailRulesQueue(t *testing.T, d *desk) {
	q := &ticket.Queue{ID: ticket.QueueID(d.id()), Name: "Leer", CreatedAt: d.now}
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.InsertQueue(ctx, q); err != nil {
			return err
		}
		return tx.SetMailRules(ctx, q.ID, &ticket.MailRules{})
	})
	require.Len(t, d.rules(), 1)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteQueue(ctx, q.ID) })
	require.Empty(t, d.rules())
}

func testAutoMails(t *testing.T, d *desk) {
	note := func(person, channel string, id ticket.ID, at time.Time) {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			return tx.NoteAutoMail(ctx, ticket.AutoMail{ID: d.id(), Person: person, Channel: channel, TicketID: id, At: at})
		})
	}
	note("a@firma.example", "imap", "1", d.now.Add(-2*time.Hour))
	note("a@firma.example", "imap", "1", d.now.Add(-time.Hour))
	note("a@firma.example", "imap", "2", d.now)
	note("b@firma.example", "imap", "1", d.now)
	note("b@firma.example", "web", "1", d.now)
	count := func(person, channel string, id ticket.ID, since, pair time.Duration) ticket.AutoMailCount {
		got, err := d.Store.AutoMails(t.Context(), ticket.AutoMailQuery{Person: person, Channel: channel, TicketID: id, Since: d.now.Add(-since), SinceOfPair: d.now.Add(-pair)})
		require.NoError(t, err)
		return got
	}
	require.Equal(t, ticket.AutoMailCount{Person: 2, Channel: 3, Pair: 2}, count("a@firma.example", "imap", "1", time.Hour, 24*time.Hour))
	require.Equal(t, ticket.AutoMailCount{Person: 1, Channel: 2, Pair: 1}, count("a@firma.example", "imap", "1", time.Hour-time.Microsecond, time.Hour))
	require.Equal(t, ticket.AutoMailCount{Person: 2, Channel: 1, Pair: 0}, count("b@firma.example", "web", "2", time.Hour, time.Hour))
	require.Equal(t, ticket.AutoMailCount{}, count("A@firma.example", "", "", time.Hour, time.Hour))
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.NoteAutoMail(ctx, ticket.AutoMail{ID: d.id(), Person: "c@firma.example", Channel: "web", TicketID: "3", At: d.now}); err != nil {
			return err
		}
		got, err := tx.AutoMails(ctx, ticket.AutoMailQuery{Person: "c@firma.example", Channel: "web", TicketID: "3", Since: d.now, SinceOfPair: d.now})
		require.Equal(t, ticket.AutoMailCount{Person: 1, Channel: 2, Pair: 1}, got)
		return err
	})
}
