package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/storetest"
)

// TestServerKilled: a MariaDB that is killed and started again under load, with the settings of a server at work.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	srv := testservers.StartMariaDB(t, testservers.Options{Durable: true})
	s, err := mysql.Open(t.Context(), srv.Database(t), mysql.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	storetest.RunCrash(t, storetest.Crash{Harness: harness(s), Kill: srv.Kill, Start: srv.Start})
}
