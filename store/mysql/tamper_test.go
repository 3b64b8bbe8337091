package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/storetest"
)

// opened gives a fresh desk and a way past it for each test.
func opened() func(t *testing.T) (storetest.Harness, func(string)) {
	pool := &testservers.Prepared{Prepare: func(url string) error {
		s, err := mysql.Open(context.Background(), url, mysql.Options{})
		if err != nil {
			return err
		}
		return errors.Join(s.Migrate(context.Background()), s.Close())
	}}
	return func(t *testing.T) (storetest.Harness, func(string)) {
		dsn := pool.MariaDB(t)
		s, err := mysql.Open(t.Context(), dsn, mysql.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		cfg, err := mysql.Parse(dsn)
		require.NoError(t, err)
		db, err := sql.Open("mysql", cfg.FormatDSN())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return harness(s), storetest.Exec(t, db, store.DefaultPrefix)
	}
}

func TestTampering(t *testing.T) {
	t.Parallel()
	storetest.RunTamper(t, opened())
}

func TestRotation(t *testing.T) {
	t.Parallel()
	storetest.RunRotation(t, opened())
}
