package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var presenceTests = []test{
	{"PutAndDrop", testPresencePut},
	{"EndsAndScope", testPresenceScope},
}

func (d *desk) present(s ticket.Scope, t ticket.ID, now time.Time) []ticket.Presence {
	d.t.Helper()
	got, err := d.Store.Presences(d.t.Context(), s, t, now)
	require.NoError(d.t, err)
	return got
}

func (d *desk) put(p ticket.Presence, stale time.Time) {
	d.t.Helper()
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.PutPresence(ctx, p, stale) })
}

func testPresencePut(t *testing.T, d *desk) {
	a, b := d.ticket(), d.ticket()
	early, late := d.now, d.now.Add(time.Second)
	until := d.now.Add(time.Minute)
	first := ticket.Presence{TicketID: a.ID, Account: "2", State: ticket.Viewing, Since: early, Until: until}
	second := ticket.Presence{TicketID: a.ID, Account: "1", State: ticket.Replying, Since: late, Until: until}
	other := ticket.Presence{TicketID: b.ID, Account: "1", State: ticket.Viewing, Since: early, Until: until}
	named := other
	named.Name = "not kept"
	for _, p := range []ticket.Presence{named, second, first} {
		d.put(p, time.Time{})
	}
	require.Equal(t, []ticket.Presence{first, second}, d.present(d.all, a.ID, d.now))
	require.Equal(t, []ticket.Presence{first, second, other}, d.present(d.all, "", d.now), "in order of ticket, beginning and account")
	first.State, first.Until = ticket.Replying, until.Add(time.Second)
	d.put(first, time.Time{})
	require.Equal(t, []ticket.Presence{first, second}, d.present(d.all, a.ID, d.now))
	for range 2 { // twice is fine
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DropPresence(ctx, a.ID, "2") })
	}
	require.Equal(t, []ticket.Presence{second, other}, d.present(d.all, "", d.now))
	require.ErrorIs(t, d.try(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.PutPresence(ctx, first, time.Time{}); err != nil {
			return err
		}
		inside, err := tx.Presences(ctx, d.all, a.ID, d.now)
		require.NoError(t, err)
		require.Len(t, inside, 2)
		return errAbort
	}), errAbort)
	require.Len(t, d.present(d.all, a.ID, d.now), 1)
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.DeleteTicket(ctx, a.ID) })
	require.Equal(t, []ticket.Presence{other}, d.present(d.all, "", d.now), "nobody is at a ticket that is gone")
}

func testPresenceScope(t *testing.T, d *desk) {
	here := d.ticket()
	there := d.ticket(func(t *ticket.Ticket) { t.Queue = ticket.QueueRef{ID: d.queues[0].ID, Name: d.queues[0].Name} })
	p := ticket.Presence{TicketID: here.ID, Account: "1", State: ticket.Viewing, Since: d.now, Until: d.now.Add(time.Minute)}
	q := ticket.Presence{TicketID: there.ID, Account: "1", State: ticket.Viewing, Since: d.now, Until: d.now.Add(2 * time.Minute)}
	d.put(p, time.Time{})
	d.put(q, time.Time{})
	limited := d.accountScope("x", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})
	require.Equal(t, []ticket.Presence{q}, d.present(limited, "", d.now))
	require.Empty(t, d.present(limited, here.ID, d.now))
	require.Empty(t, d.present(ticket.Scope{}, "", d.now))
	require.Equal(t, []ticket.Presence{q}, d.present(d.all, "", d.now.Add(time.Minute)), "over at the very instant")
	q.Account = "2"
	d.put(q, d.now.Add(time.Minute))
	require.Len(t, d.present(d.all, "", d.now), 3, "one that ends at the instant is not stale yet")
	d.put(q, d.now.Add(time.Minute+time.Microsecond))
	require.Len(t, d.present(d.all, "", d.now), 2)
}
