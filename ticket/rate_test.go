package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestRate: the requester says how content they are once the ticket is over, and may think again.
func TestRate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	tk := b.open()
	_, err := b.svc.Rate(ctx, b.system, tk.ID, 5)
	b.kind(ticket.Conflict, err)
	_, err = b.svc.Close(ctx, b.anna, tk.ID, 0, "")
	require.NoError(t, err)
	for _, n := range []int{0, 6} {
		_, err = b.svc.Rate(ctx, b.system, tk.ID, n)
		b.kind(ticket.Invalid, err, "rating")
	}
	_, err = b.svc.Rate(ctx, b.anna, tk.ID, 5)
	b.kind(ticket.Denied, err)
	for _, n := range []int{2, 4, 4} {
		got, err := b.svc.Rate(ctx, b.system, tk.ID, n)
		require.NoError(t, err)
		require.Equal(t, ticket.Closed, got.Category, "it stays closed")
	}
	require.Equal(t, 2, b.count(tk.ID, ticket.EventRated))
	es := b.history(tk.ID)
	require.JSONEq(t, `{"rating": 4}`, string(es[len(es)-1].Data))
	b.verify()
}
