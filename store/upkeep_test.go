package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestPruneReceipts(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, h.s.Update(t.Context(), func(tx ticket.Tx) error {
		for i := range 1203 {
			if err := tx.MarkReceived(t.Context(), ticket.Receipt{Channel: "imap", Key: fmt.Sprint(i), TicketID: "t", At: begin.Add(time.Duration(i) * time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	}))
	prune := func(before time.Time, limit int) int {
		n, err := h.s.PruneReceipts(t.Context(), before, limit)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, prune(begin, 10))
	require.Zero(t, prune(begin.Add(time.Hour), 0))
	require.Equal(t, 601, prune(begin.Add(1200*time.Hour), 601), "more than one batch")
	require.Equal(t, 599, prune(begin.Add(1200*time.Hour), 10_000))
	_, err := h.s.Received(t.Context(), "imap", "1199")
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
	_, err = h.s.Received(t.Context(), "imap", "1200")
	require.NoError(t, err)
	for _, step := range plan(t, h, "SELECT channel, key_hash FROM ticketkit_receipts WHERE created_at < ? ORDER BY created_at LIMIT ?", []any{1, 1}) {
		require.Contains(t, step, "receipts_created")
	}
}
