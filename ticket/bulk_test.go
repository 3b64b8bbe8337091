package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestBulkIsLikeSingleCalls(t *testing.T) {
	t.Parallel()
	for action, c := range map[ticket.BulkAction]struct {
		set  func(*bundle, *ticket.Bulk)
		last ticket.EventType
	}{
		ticket.BulkClaim:    {func(*bundle, *ticket.Bulk) {}, ticket.EventStatusChanged},
		ticket.BulkUnclaim:  {func(*bundle, *ticket.Bulk) {}, ticket.EventCreated},
		ticket.BulkAssign:   {func(_ *bundle, b *ticket.Bulk) { b.Assignee = "anna" }, ticket.EventAssigned},
		ticket.BulkStatus:   {func(_ *bundle, b *ticket.Bulk) { b.Status = "pending" }, ticket.EventStatusChanged},
		ticket.BulkPriority: {func(_ *bundle, b *ticket.Bulk) { b.Priority = ticket.Urgent }, ticket.EventPriorityChanged},
		ticket.BulkTags:     {func(_ *bundle, b *ticket.Bulk) { b.Add = []string{"x"} }, ticket.EventTagged},
		ticket.BulkQueue:    {func(_ *bundle, b *ticket.Bulk) { b.Queue = "support" }, ticket.EventQueueChanged},
		ticket.BulkClose:    {func(_ *bundle, b *ticket.Bulk) { b.Reason = "done" }, ticket.EventClosed},
		ticket.BulkReopen:   {func(*bundle, *ticket.Bulk) {}, ticket.EventCreated},
		ticket.BulkSnooze:   {func(d *bundle, b *ticket.Bulk) { b.Until = d.now.Add(time.Hour) }, ticket.EventSnoozed},
		ticket.BulkSpam:     {func(*bundle, *ticket.Bulk) {}, ticket.EventStatusChanged},
		ticket.BulkMerge:    {func(d *bundle, b *ticket.Bulk) { b.Into = d.open(func(n *ticket.NewTicket) { n.Queue = d.billing }).ID }, ticket.EventMerged},
		ticket.BulkDelete:   {func(*bundle, *ticket.Bulk) {}, ""},
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			inBilling := func(n *ticket.NewTicket) { n.Queue = b.billing }
			one, two, stale, foreign := b.open(inBilling), b.open(inBilling), b.open(inBilling), b.open()
			bulk := ticket.Bulk{Action: action, Tickets: []ticket.ID{one.ID, "nowhere", foreign.ID, stale.ID, two.ID},
				Versions: map[ticket.ID]ticket.Version{two.ID: two.Version, stale.ID: stale.Version + 1}}
			c.set(b, &bulk)
			who := b.bert
			if action == ticket.BulkQueue || action == ticket.BulkAssign {
				who = b.anna
			}
			got, err := b.svc.Bulk(t.Context(), who, bulk)
			require.NoError(t, err)
			kinds := []ticket.Kind{}
			for i, r := range got {
				require.Equal(t, bulk.Tickets[i], r.ID)
				kinds = append(kinds, ticket.KindOf(r.Err))
				require.Equal(t, r.Err == nil && action != ticket.BulkDelete, r.Ticket != nil)
			}
			want := []ticket.Kind{"", ticket.NotFound, ticket.NotFound, ticket.Stale, ""}
			if who.Account == "anna" {
				want[2] = ""
			}
			require.Equal(t, want, kinds)
			for _, tk := range []*ticket.Ticket{one, two} {
				if action == ticket.BulkDelete {
					_, err := b.svc.Get(t.Context(), b.system, tk.ID)
					b.kind(ticket.NotFound, err)
					continue
				}
				types := b.types(tk.ID)
				require.Equal(t, c.last, types[len(types)-1])
			}
			b.verify()
		})
	}
	require.Len(t, ticket.BulkActions(), 13)
}

func TestBulkRefusesAsAWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	many := make([]ticket.ID, ticket.MaxBulk+1)
	for i := range many {
		many[i] = ticket.ID(fmt.Sprint(i))
	}
	for field, bulk := range map[string]ticket.Bulk{
		"action": {Action: "explode", Tickets: []ticket.ID{tk.ID}},
		"ids":    {Action: ticket.BulkSpam, Tickets: many},
	} {
		_, err := b.svc.Bulk(t.Context(), b.anna, bulk)
		b.kind(ticket.Invalid, err, field)
	}
	for _, ids := range [][]ticket.ID{nil, {tk.ID, tk.ID}} {
		_, err := b.svc.Bulk(t.Context(), b.anna, ticket.Bulk{Action: ticket.BulkSpam, Tickets: ids})
		b.kind(ticket.Invalid, err, "ids")
	}
	_, err := b.svc.Bulk(t.Context(), b.vera, ticket.Bulk{Action: ticket.BulkClaim, Tickets: []ticket.ID{tk.ID}})
	b.kind(ticket.Denied, err)
	require.Contains(t, err.Error(), "ticket:bulk")
	got, err := b.svc.Bulk(t.Context(), b.anna, ticket.Bulk{Action: ticket.BulkQueue, Tickets: []ticket.ID{tk.ID}})
	require.NoError(t, err)
	b.kind(ticket.Invalid, got[0].Err, "queue")
}

// Both permissions reach as far as each of them does: that for many tickets, and that for what is done to each.
func TestBulkNeedsBothPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open(func(n *ticket.NewTicket) { n.Queue = b.billing })
	for name, c := range map[string]struct {
		grants map[ticket.Op]ticket.Grant
		kind   ticket.Kind
	}{
		"both":              {map[ticket.Op]ticket.Grant{ticket.OpTicketBulk: {All: true}, ticket.OpTicketSpam: {All: true}}, ""},
		"bulk elsewhere":    {map[ticket.Op]ticket.Grant{ticket.OpTicketBulk: {Queues: []ticket.QueueID{b.support}}, ticket.OpTicketSpam: {All: true}}, ticket.NotFound},
		"action elsewhere":  {map[ticket.Op]ticket.Grant{ticket.OpTicketBulk: {All: true}, ticket.OpTicketSpam: {Queues: []ticket.QueueID{b.support}}}, ticket.NotFound},
		"without an action": {map[ticket.Op]ticket.Grant{ticket.OpTicketBulk: {All: true}}, ticket.Denied},
	} {
		svc, err := ticket.NewService(ticket.Config{Store: b.store, Policy: byOp(c.grants), ChainKey: make([]byte, 32)})
		require.NoError(t, err)
		got, err := svc.Bulk(t.Context(), b.anna, ticket.Bulk{Action: ticket.BulkSpam, Tickets: []ticket.ID{tk.ID}})
		require.NoError(t, err, name)
		require.Equal(t, c.kind, ticket.KindOf(got[0].Err), name)
	}
}
