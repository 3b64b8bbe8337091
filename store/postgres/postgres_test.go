package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/storetest"
	"github.com/ticketkit/ticketkit/ticket"
)

// fresh is a desk in a database of its own.
func fresh(t *testing.T, o postgres.Options) *store.Store {
	s, err := postgres.Open(t.Context(), testservers.Postgres(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func harness(s *store.Store) storetest.Harness {
	return storetest.Harness{Store: s, Accounts: s, Jobs: s, State: s, Reports: s, SLA: s}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		return harness(fresh(t, postgres.Options{Blobs: store.NewFileBlobs(t.TempDir())}))
	})
}

// TestAccounts runs the suite that package rbac keeps for its own port.
func TestAccounts(t *testing.T) {
	t.Parallel()
	rbactest.TestStore(t, rbactest.Harness{
		New: func(t *testing.T) rbac.Store { return fresh(t, postgres.Options{}) },
		Queues: func(t *testing.T, s rbac.Store) (ids [2]ticket.QueueID) {
			require.NoError(t, s.(*store.Store).Update(t.Context(), func(tx ticket.Tx) error {
				for i, name := range []string{"one", "two"} {
					ids[i] = ticket.QueueID(ticket.NewID(time.Now()))
					if err := tx.InsertQueue(t.Context(), &ticket.Queue{ID: ids[i], Name: name, CreatedAt: time.Now()}); err != nil {
						return err
					}
				}
				return nil
			}))
			return ids
		},
	})
}
