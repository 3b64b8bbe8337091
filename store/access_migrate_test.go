package store_test

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLimitsBecomeGrants: accounts from before roles were granted keep exactly what they could reach.
func TestLimitsBecomeGrants(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "old.db")+hostDSN)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	old, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()})
	require.NoError(t, err)
	entries, err := fs.ReadDir(store.Migrations(old), ".")
	require.NoError(t, err)
	before := fstest.MapFS{}
	for _, e := range entries {
		if e.Name() < "0006" {
			text, err := fs.ReadFile(store.Migrations(old), e.Name())
			require.NoError(t, err)
			before[e.Name()] = &fstest.MapFile{Data: text}
		}
	}
	store.SetMigrations(old, before)
	require.NoError(t, old.Migrate(t.Context()))
	for _, text := range []string{
		"INSERT INTO ticketkit_queues (id, name, is_default, created_at) VALUES ('q1', 'one', TRUE, 1), ('q2', 'two', FALSE, 1)",
		`INSERT INTO ticketkit_accounts (id, username, username_fold, name, role, password_hash, must_change, active, version, created_at, last_login_at)
		 VALUES ('a', 'a', 'a', '', 'admin', '', FALSE, TRUE, 3, 1, 0), ('s', 's', 's', '', 'support', '', FALSE, TRUE, 1, 1, 0), ('v', 'v', 'v', '', 'viewer', '', FALSE, TRUE, 1, 1, 0)`,
		"INSERT INTO ticketkit_account_queues (account_id, queue_id) VALUES ('s', 'q2'), ('s', 'q1')",
	} {
		_, err := db.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	for id, want := range map[ticket.AccountID][]rbac.Grant{
		"a": {{Role: "admin"}}, "s": {{Role: "support", Queue: "q1"}, {Role: "support", Queue: "q2"}}, "v": {{Role: "viewer"}},
	} {
		got, err := s.AccountGrants(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	acc, err := s.AccountByID(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, 3, acc.Version)
	require.Zero(t, acc.Rights)
}
