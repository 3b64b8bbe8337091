package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// A receipt that comes back belongs to the ticket that it is about, whether or not the desk has noted yet that it left, and nobody else
// can say so.
func TestAReceiptThatComesBackIsNoTicket(t *testing.T) {
	t.Parallel()
	for name, noted := range map[string]bool{"before the note": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, withNotices(ticket.Notices{Mails: everything}))
			got := b.stranger(1)
			p := b.asked(ticket.NoticeReceipt)[0]
			id := "receipt." + string(p.EventID) + "@desk.example"
			if noted {
				require.NoError(t, b.svc.Noticed(t.Context(), b.system, p, id))
			}
			daemon := ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "mailer-daemon@mx.example"}}
			report := b.mail(ticket.Incoming{Text: "Undeliverable", From: daemon, Machine: true, Refs: []string{id},
				Bounces: []ticket.Bounce{{ExternalID: id, Recipient: "K1@kunde.example", Reason: "550 5.1.1 no such user"}}})
			require.False(t, report.Created)
			require.Equal(t, got.TicketID, report.TicketID)
			require.Equal(t, b.now, b.identity(got.Ticket).BouncedAt)
			require.Equal(t, 1, b.count(got.TicketID, ticket.EventMailFailed))
			require.Zero(t, b.count(got.TicketID, ticket.EventBounced), "no message came back")

			for _, ref := range []string{"receipt.0197a4c0-1111-7222-8333-444455556666@desk.example", "other." + string(p.EventID) + "@desk.example", string(p.EventID) + "@desk.example"} {
				require.True(t, b.mail(ticket.Incoming{Text: "x", From: daemon, Machine: true, Refs: []string{ref}}).Created, ref)
			}
			if !noted {
				person := ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "other@kunde.example"}}
				require.True(t, b.mail(ticket.Incoming{Text: "x", From: person, Refs: []string{id}}).Created, "only a report is believed")
			}
		})
	}
}

func TestADelayedReceiptMarksNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, withNotices(ticket.Notices{Mails: everything}))
	got := b.stranger(1)
	id := "receipt." + string(b.asked(ticket.NoticeReceipt)[0].EventID) + "@desk.example"
	daemon := ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "mailer-daemon@mx.example"}}
	for _, x := range []ticket.Bounce{{ExternalID: id, Recipient: "k1@kunde.example", Delayed: true}, {ExternalID: id, Recipient: "other@kunde.example", Reason: "550"}} {
		report := b.mail(ticket.Incoming{Text: "Undeliverable", From: daemon, Machine: true, Refs: []string{id}, Bounces: []ticket.Bounce{x}})
		require.Equal(t, got.TicketID, report.TicketID)
		require.Zero(t, b.identity(got.Ticket).BouncedAt)
	}
}

// What a report said is kept with the message until it is sent again.
func TestWhatAReportSaidIsKept(t *testing.T) {
	t.Parallel()
	for reason, status := range map[string]string{
		"550 5.1.1 <kim@kunde.example> user unknown":   "5.1.1",
		"550 no such user":                             "550",
		"host 5.9.1.24 said: 554 5.7.1. Rejected":      "5.7.1",
		"552-5.2.2 The mailbox is full, see 4.example": "5.2.2",
		"the line 1234 of 5500 characters is too long": "",
		"": "",
		"421 try later, 450 4.2.0 greylisted for 300 seconds.": "4.2.0",
	} {
		b := setup(t)
		tk := b.mail(ticket.Incoming{Text: "It burns."}).Ticket
		m := b.sentReply(tk.ID)
		to := b.identity(tk).Value
		require.NoError(t, b.svc.Bounced(t.Context(), b.system, ticket.Bounce{MessageID: m.ID, Recipient: to, Reason: reason}))
		require.Equal(t, &ticket.Returned{Recipient: to, Status: status, Diagnostic: reason, At: b.now}, b.delivery(m.ID).Returned)
		require.NoError(t, b.svc.Bounced(t.Context(), b.system, ticket.Bounce{MessageID: m.ID, Recipient: to, Reason: "451", Delayed: true}))
		require.NotNil(t, b.delivery(m.ID).Returned)
		_, err := b.svc.Resend(t.Context(), b.anna, m.ID)
		require.NoError(t, err)
		require.Nil(t, b.delivery(m.ID).Returned)
		require.NoError(t, b.svc.DeliveredPartly(t.Context(), b.system, m.ID, "a@desk.example", []ticket.Undelivered{{To: ticket.Identity{Kind: ticket.KindEmail, Value: to}, Reason: reason, Final: true}}))
		require.Equal(t, &ticket.Returned{Recipient: to, Status: status, Diagnostic: reason, At: b.now}, b.delivery(m.ID).Returned)
	}
}
