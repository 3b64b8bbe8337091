package mysql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/storetest"
	"github.com/ticketkit/ticketkit/ticket"
)

// prepared hands out databases with empty desks.
func prepared() *testservers.Prepared {
	return &testservers.Prepared{Prepare: func(url string) error {
		s, err := mysql.Open(context.Background(), url, mysql.Options{})
		if err != nil {
			return err
		}
		return errors.Join(s.Migrate(context.Background()), s.Close())
	}}
}

func open(t *testing.T, url string, o mysql.Options) *store.Store {
	s, err := mysql.Open(t.Context(), url, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func harness(s *store.Store) storetest.Harness {
	return storetest.Harness{Store: s, Accounts: s, Jobs: s, State: s, Reports: s, SLA: s}
}

// restartable is a harness whose program can end and begin again.
func restartable(t *testing.T, url string, o mysql.Options) storetest.Harness {
	h := harness(open(t, url, o))
	h.Reopen = func(t *testing.T) storetest.Harness { return restartable(t, url, o) }
	return h
}

func TestConformance(t *testing.T) {
	t.Parallel()
	dbs := prepared()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		return restartable(t, dbs.MariaDB(t), mysql.Options{Blobs: store.NewFileBlobs(t.TempDir())})
	})
}

// TestAccounts runs the suite that package rbac keeps for its own port.
func TestAccounts(t *testing.T) {
	t.Parallel()
	dbs := prepared()
	rbactest.TestStore(t, rbactest.Harness{
		New: func(t *testing.T) rbac.Store { return open(t, dbs.MariaDB(t), mysql.Options{}) },
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
