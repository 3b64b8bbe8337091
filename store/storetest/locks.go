package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// lockTests: transactions that run beside each other must not be told from some that run one after another.
var lockTests = []test{
	{"DeskUnderContention", testDeskContention},
	{"ContactUnderContention", testContactContention},
	{"OneContactPerIdentity", testFirstContact},
	{"FirstQueueOnce", testFirstQueue},
	{"TicketsInAnyOrder", testAnyOrder},
	{"WaitingJobOnce", testJobOnce},
	{"ReferenceKeepsItsTicket", testRefOnce},
	{"AQueueGoesWhileTicketsCome", testQueueGoes},
}

// testDeskContention: whoever has asked for the head in a transaction is alone with it.
func testDeskContention(t *testing.T, d *desk) {
	const workers, each = 8, 6
	together(t, workers, func(int) error {
		for range each {
			if err := d.Store.Update(t.Context(), func(tx ticket.Tx) error {
				h, err := tx.DeskHead(t.Context())
				if err != nil {
					return err
				}
				return tx.SetDeskHead(t.Context(), ticket.Head{Count: h.Count + 1, MAC: []byte{1}})
			}); err != nil {
				return err
			}
		}
		return nil
	})
	h, err := d.Store.DeskHead(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(workers*each), h.Count)
}

// testContactContention: read, add and write back never loses what another one has added.
func testContactContention(t *testing.T, d *desk) {
	const workers = 8
	c := d.contact("Anna", "anna@firma.example")
	together(t, workers, func(i int) error {
		return d.Store.Update(t.Context(), func(tx ticket.Tx) (err error) {
			var got *ticket.Contact
			if i%2 == 0 {
				got, err = tx.Contact(t.Context(), c.ID)
			} else {
				got, err = tx.ContactByIdentity(t.Context(), ticket.KindEmail, "anna@firma.example")
			}
			if err != nil {
				return err
			}
			got.Identities = append(got.Identities, ticket.Identity{Kind: "phone", Value: fmt.Sprint("+49", i)})
			return tx.UpdateContact(t.Context(), got)
		})
	})
	got, err := d.Store.Contact(t.Context(), c.ID)
	require.NoError(t, err)
	require.Len(t, got.Identities, workers+1)
}

// testFirstContact: who finds nobody and makes somebody is not refused because another one did the same.
func testFirstContact(t *testing.T, d *desk) {
	found := make([]ticket.ContactID, 8)
	together(t, len(found), func(i int) error {
		return d.Store.Update(t.Context(), func(tx ticket.Tx) error {
			got, err := tx.ContactByIdentity(t.Context(), ticket.KindEmail, "neu@firma.example")
			if ticket.KindOf(err) == ticket.NotFound {
				got = &ticket.Contact{ID: ticket.ContactID(d.id()), CreatedAt: d.now, Identities: []ticket.Identity{{Kind: ticket.KindEmail, Value: "neu@firma.example"}}}
				err = tx.InsertContact(t.Context(), got)
			}
			if err == nil {
				found[i] = got.ID
			}
			return err
		})
	})
	for _, id := range found {
		require.Equal(t, found[0], id)
	}
}

// testFirstQueue: a desk without a queue gets one, however many tickets are its first.
func testFirstQueue(t *testing.T, d *desk) {
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		for _, q := range d.queues {
			if err := tx.DeleteQueue(ctx, q.ID); err != nil {
				return err
			}
		}
		return nil
	})
	svc, err := ticket.NewService(ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey})
	require.NoError(t, err)
	together(t, 6, func(i int) error {
		if i == 0 {
			_, err := svc.CreateQueue(t.Context(), ticket.SystemActor("test"), "Vertrieb")
			return err
		}
		_, err := svc.Open(t.Context(), ticket.SystemActor("test"), ticket.NewTicket{Subject: fmt.Sprint(i), Body: "x",
			Requester: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "anna@firma.example"}}})
		return err
	})
	qs, err := d.Store.Queues(t.Context())
	require.NoError(t, err)
	defaults := 0
	for _, q := range qs {
		if q.Default {
			defaults++
		}
	}
	require.Equal(t, 1, defaults, "%+v", qs)
	require.Len(t, d.list(ticket.Query{}), 5)
}

// testQueueGoes: a ticket that is opened into a queue at the moment when somebody removes it is there afterwards, in a queue that exists,
// or was refused by a word that its sender understands; it is never a fault of the desk.
func testQueueGoes(t *testing.T, d *desk) {
	svc, err := ticket.NewService(ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey})
	require.NoError(t, err)
	system := ticket.SystemActor("test")
	for range 4 {
		gone, err := svc.CreateQueue(t.Context(), system, "Messe "+d.id())
		require.NoError(t, err)
		opened := make([]ticket.ID, 6)
		together(t, len(opened)+1, func(i int) error {
			if i == len(opened) {
				_, err := svc.DeleteQueue(t.Context(), system, gone.ID, d.queues[0].ID)
				if ticket.KindOf(err) == ticket.Conflict { // one came in after the others had been moved
					return nil
				}
				return err
			}
			tk, err := svc.Open(t.Context(), system, ticket.NewTicket{Subject: fmt.Sprint(i), Body: "x", Queue: gone.ID,
				Requester: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: fmt.Sprintf("gast-%d@firma.example", i)}}})
			switch ticket.KindOf(err) {
			case ticket.Invalid, ticket.Conflict:
				return nil
			case "":
				opened[i] = tk.ID
			}
			return err
		})
		qs, err := d.Store.Queues(t.Context())
		require.NoError(t, err)
		for _, id := range opened {
			if id != "" {
				in := d.read(id).Queue.ID
				require.True(t, slices.ContainsFunc(qs, func(q ticket.Queue) bool { return q.ID == in }), "the queue %s of a ticket does not exist", in)
			}
		}
	}
}

// testAnyOrder: who changes the same tickets in different orders is not refused.
func testAnyOrder(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	const workers, each = 4, 4
	together(t, workers, func(i int) error {
		order := []ticket.ID{a.ID, b.ID}
		if i%2 == 1 {
			order[0], order[1] = b.ID, a.ID
		}
		for range each {
			if err := d.Store.Update(t.Context(), func(tx ticket.Tx) error {
				for _, id := range order {
					got, err := tx.Ticket(t.Context(), d.all, id)
					if err != nil {
						return err
					}
					got.Version++
					if err := tx.UpdateTicket(t.Context(), got, got.Version-1); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, id := range []ticket.ID{a.ID, b.ID} {
		require.Equal(t, ticket.Version(1+workers*each), d.read(id).Version)
	}
}

func testJobOnce(t *testing.T, d *desk) {
	if d.Jobs == nil {
		t.Skip("this harness has no such port")
	}
	together(t, 8, func(i int) error {
		return d.Store.Update(t.Context(), func(tx ticket.Tx) error {
			if err := tx.Enqueue(t.Context(), ticket.Job{Kind: ticket.JobDeliver, Key: "one", RunAt: d.now, Payload: i}); err != nil {
				return err
			}
			return tx.InsertContact(t.Context(), &ticket.Contact{ID: ticket.ContactID(d.id()), CreatedAt: d.now}) // goes on after it
		})
	})
	require.Len(t, d.jobs(), 1)
}

func testRefOnce(t *testing.T, d *desk) {
	tickets := make([]*ticket.Ticket, 6)
	for i := range tickets {
		tickets[i] = d.ticket()
	}
	together(t, len(tickets), func(i int) error {
		return d.Store.Update(t.Context(), func(tx ticket.Tx) error {
			if err := tx.LinkRefs(t.Context(), tickets[i].ID, []string{"<one@x.example>", fmt.Sprintf("<%d@x.example>", i)}); err != nil {
				return err
			}
			return tx.AddParticipant(t.Context(), tickets[0].ID, ticket.Participant{Contact: ticket.ContactRef{ID: tickets[1].Requester.ID}, Role: "cc"})
		})
	})
	first, err := d.Store.TicketByRefs(t.Context(), []string{"<one@x.example>"})
	require.NoError(t, err)
	require.NotEmpty(t, first)
	for i, tk := range tickets {
		got, err := d.Store.TicketByRefs(t.Context(), []string{fmt.Sprintf("<%d@x.example>", i)})
		require.NoError(t, err)
		require.Equal(t, tk.ID, got)
	}
	ps, err := d.Store.Participants(t.Context(), d.all, tickets[0].ID)
	require.NoError(t, err)
	require.Len(t, ps, 1)
}
