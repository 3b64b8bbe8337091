package faults_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

// base is one kind of database, empty.
type base struct {
	name   string
	dsn    string
	server *testservers.Server // nil when it is not the test's own
}

// on makes a database on a server of the test's own, which tells of itself when the test fails, while its clients still run.
func on(t *testing.T, name string, srv *testservers.Server) base {
	t.Helper()
	return base{name, srv.Database(t), srv}
}

// watch tells what the server says of itself if the test fails; call it when the replicas are there, so that it speaks before they go.
func (b base) watch(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() && b.server != nil {
			t.Logf("%s: %s", b.name, b.server.Diagnosis())
		}
	})
}

// eachDatabase runs f once for every kind of database. One whose programs are missing is skipped aloud.
func eachDatabase(t *testing.T, f func(t *testing.T, b base)) {
	t.Helper()
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return sqliteIn(t.TempDir()) },
		"postgres": func(t *testing.T) string { return testservers.Postgres(t) },
		"mariadb":  func(t *testing.T) string { return testservers.MariaDB(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, base{name: name, dsn: dsn(t)})
		})
	}
}

// sqliteIn is the database that the program keeps in its data folder by itself.
func sqliteIn(dir string) string { return "sqlite:" + filepath.Join(dir, "ticketkit.db") }

// openStore opens the database of a DATABASE_URL.
func openStore(ctx context.Context, dsn string) (*store.Store, error) {
	switch scheme, _, _ := strings.Cut(dsn, ":"); scheme {
	case "postgres":
		return postgres.Open(ctx, dsn, postgres.Options{})
	case "mysql":
		return mysql.Open(ctx, dsn, mysql.Options{})
	}
	return sqlite.Open(ctx, dsn, sqlite.Options{})
}

func (b base) open(t *testing.T) *store.Store {
	t.Helper()
	st, err := openStore(t.Context(), b.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

// migrate makes the tables, as a program's `migrate up` does.
func (b base) migrate(t *testing.T) {
	t.Helper()
	st, err := openStore(t.Context(), b.dsn)
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	require.NoError(t, st.Close())
}
