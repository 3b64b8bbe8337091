package store_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

type parkedItem = adapters.Parked

// TestManyShapes: more forms of a list than statements are kept, from many goroutines, so that statements are dropped while they run.
func TestManyShapes(t *testing.T) {
	t.Parallel()
	const kept = 20
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{Readers: 2})
	require.NoError(t, err)
	store.SetMaxStmts(s, kept)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	all := allScope(t, s)
	require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "x") }))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 4 * kept {
				q := ticket.Query{Status: make([]ticket.Status, 1+(i+w)%40), Channel: make([]string, 1+(i*7+w)%50)}
				_, err := s.Tickets(t.Context(), all, q)
				require.NoError(t, err)
				_, err = s.Queues(t.Context())
				require.NoError(t, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, kept, store.CachedStmts(s))
}

// TestWriterShapes does the same within one transaction, where a dropped statement must not be closed under its rows.
func TestWriterShapes(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{})
	require.NoError(t, err)
	store.SetMaxStmts(s, 10)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	all := allScope(t, s)
	for round := range 2 {
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error {
			for i := range 50 {
				q := ticket.Query{Status: make([]ticket.Status, 1+i%20), Channel: make([]string, 1+i/20)}
				if _, err := tx.Tickets(t.Context(), all, q); err != nil {
					return err
				}
			}
			return addQueue(t.Context(), tx, fmt.Sprint(round))
		}))
	}
}
