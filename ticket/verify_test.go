package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestVerifyAllReadsEveryChain(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *ticket.Config) { c.Limits.HistoryPerQuery = 3 })
	for range 4 {
		tk := b.open()
		for range 4 {
			_, err := b.svc.Escalate(t.Context(), b.anna, tk.ID, 0, "again")
			require.NoError(t, err)
		}
	}
	gone := b.open()
	require.NoError(t, b.svc.Delete(t.Context(), b.anna, gone.ID, 0))
	seen, err := b.svc.VerifyAll(t.Context(), b.system)
	require.NoError(t, err)
	all, err := b.svc.Audit(t.Context(), b.system, ticket.EventQuery{Limit: 3})
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Greater(t, seen.Events, int64(20))

	// A desk whose key differs finds the first event at fault.
	other, err := ticket.NewService(ticket.Config{Store: b.store, Policy: &people{}, ChainKey: make([]byte, 32)})
	require.NoError(t, err)
	_, err = other.VerifyAll(t.Context(), b.system)
	require.ErrorContains(t, err, "the desk's own history")
	_, err = b.svc.VerifyAll(t.Context(), b.vera)
	b.kind(ticket.Denied, err)
	_, err = b.svc.VerifyAll(t.Context(), b.bert)
	b.kind(ticket.Denied, err)
}
