package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
)

// TestPools: every connection, not only the first, has the settings that the desk relies on, and readers cannot write.
func TestPools(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.db")
	write, err := pool(t.Context(), path, false, 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, write.Close()) })
	_, err = write.Exec("CREATE TABLE a (n INTEGER PRIMARY KEY)")
	require.NoError(t, err)
	const readers = 3
	read, err := pool(t.Context(), path, true, readers)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, read.Close()) })

	w, err := write.Conn(t.Context())
	require.NoError(t, err)
	conns := []*sql.Conn{w}
	for range readers { // all at once, so that none is given twice
		c, err := read.Conn(t.Context())
		require.NoError(t, err)
		conns = append(conns, c)
	}
	for i, c := range conns {
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": fmt.Sprint(busyTimeout.Milliseconds())} {
			var got string
			require.NoError(t, c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got))
			require.Equal(t, want, got, "%s of connection %d", name, i)
		}
		_, err := c.ExecContext(t.Context(), "INSERT INTO a VALUES (?)", i)
		if i == 0 {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, store.Unavailable, Classify(err), "connection %d: %v", i, err)
	}
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
}

// TestDeferredTransactionsFail says why every transaction that may write begins immediately: one that reads first and writes later fails
// at once when another has written meanwhile, and no waiting helps it.
func TestDeferredTransactionsFail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := pool(t.Context(), path, false, 2)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Exec("CREATE TABLE a (n INTEGER)")
	require.NoError(t, err)
	a, b := begun(t, db, "BEGIN"), begun(t, db, "BEGIN")
	count := func(c *sql.Conn) (n int) {
		require.NoError(t, c.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM a").Scan(&n))
		return n
	}
	require.Zero(t, count(a))
	require.Zero(t, count(b))
	for _, text := range []string{"INSERT INTO a VALUES (1)", "COMMIT"} {
		_, err = a.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	_, err = b.ExecContext(t.Context(), "INSERT INTO a VALUES (2)")
	require.Equal(t, store.Busy, Classify(err))
	_, err = b.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)

	_, err = a.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { // waits for a, then sees what it wrote
		_, err := b.ExecContext(context.WithoutCancel(t.Context()), "BEGIN IMMEDIATE")
		done <- err
	}()
	for _, text := range []string{"INSERT INTO a VALUES (3)", "COMMIT"} {
		_, err = a.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	require.NoError(t, <-done)
	require.Equal(t, 2, count(b))
	for _, text := range []string{"INSERT INTO a VALUES (4)", "COMMIT"} {
		_, err = b.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
}

func begun(t *testing.T, db *sql.DB, begin string) *sql.Conn {
	c, err := db.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.ExecContext(t.Context(), begin)
	require.NoError(t, err)
	return c
}
