package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/store/storetest"
	"github.com/ticketkit/ticketkit/ticket"
)

// template makes a migrated, empty database to copy from, which is much quicker than to migrate each.
func template(t *testing.T, prefix string) string {
	path := filepath.Join(t.TempDir(), "template.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Prefix: prefix})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.Close())
	return path
}

// fresh is a copy of a template, opened.
func fresh(t *testing.T, template string, o sqlite.Options) (*store.Store, string) {
	path := filepath.Join(t.TempDir(), "desk.db")
	b, err := os.ReadFile(template)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b, 0o600))
	s, err := sqlite.Open(t.Context(), "sqlite:"+path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, path
}

func harness(s *store.Store) storetest.Harness {
	return storetest.Harness{Store: s, Accounts: s, Jobs: s, State: s, Reports: s, SLA: s}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	tmpl := template(t, "")
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		o := sqlite.Options{Blobs: store.NewFileBlobs(t.TempDir())}
		s, path := fresh(t, tmpl, o)
		h := harness(s)
		h.Reopen = func(t *testing.T) storetest.Harness { return reopened(t, path, o) }
		return h
	})
}

// reopened is what the next process sees of a database that the one before has not closed.
func reopened(t *testing.T, path string, o sqlite.Options) storetest.Harness {
	s, err := sqlite.Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	h := harness(s)
	h.Reopen = func(t *testing.T) storetest.Harness { return reopened(t, path, o) }
	return h
}

// TestConformanceHost runs the suite over a host's own pool of one connection, which is reset to its owner after each use.
func TestConformanceHost(t *testing.T) {
	t.Parallel()
	tmpl := template(t, "helpdesk_")
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		_, path := fresh(t, tmpl, sqlite.Options{Prefix: "helpdesk_"})
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)")
		require.NoError(t, err)
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Prefix: "helpdesk_"})
		require.NoError(t, err)
		return harness(s)
	})
}

// TestAccounts runs the suite that package rbac keeps for its own port.
func TestAccounts(t *testing.T) {
	t.Parallel()
	tmpl := template(t, "")
	rbactest.TestStore(t, rbactest.Harness{
		New: func(t *testing.T) rbac.Store {
			s, _ := fresh(t, tmpl, sqlite.Options{})
			return s
		},
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

// TestDiskFull: a change that finds no room is refused, those beside it are kept, and reading goes on. The store is not ready until there is
// room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	_, path := fresh(t, template(t, ""), sqlite.Options{})
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Classify: sqlite.Classify})
	require.NoError(t, err)
	require.NoError(t, s.Ready(t.Context()))
	limit := func(text string) {
		_, err := db.ExecContext(t.Context(), "PRAGMA max_page_count = "+text)
		require.NoError(t, err)
	}
	var pages int
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	limit(fmt.Sprint(pages + 8)) // 32 KB
	small := func(i int) error {
		return s.Update(t.Context(), func(tx ticket.Tx) error {
			return tx.InsertQueue(t.Context(), &ticket.Queue{ID: ticket.QueueID(fmt.Sprint(i)), Name: fmt.Sprint(i)})
		})
	}
	large := func() error {
		return s.Update(t.Context(), func(tx ticket.Tx) error {
			return tx.InsertContact(t.Context(), &ticket.Contact{ID: "c", Name: strings.Repeat("x", 1<<20)})
		})
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			require.NoError(t, small(i))
			err := large()
			require.Equal(t, ticket.Unavailable, ticket.KindOf(err), "%v", err)
			require.ErrorIs(t, err, ticket.ErrNoRoom)
		})
	}
	wg.Wait()
	qs, err := s.Queues(t.Context())
	require.NoError(t, err)
	require.Len(t, qs, 20)
	require.NoError(t, small(20))
	require.ErrorIs(t, s.Ready(t.Context()), ticket.ErrNoRoom)
	limit("1073741823")
	require.Eventually(t, func() bool { return s.Ready(t.Context()) == nil }, time.Minute, 10*time.Millisecond, "nobody has to tell it")
	require.NoError(t, large())
}

func TestMemory(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), ":memory:", sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	id := insertQueue(t, s)
	require.ErrorIs(t, s.Update(t.Context(), func(tx ticket.Tx) error {
		if err := tx.InsertQueue(t.Context(), &ticket.Queue{ID: "x", Name: "x"}); err != nil {
			return err
		}
		return fs.ErrClosed
	}), fs.ErrClosed)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Queues(ctx)
	require.ErrorIs(t, err, context.Canceled)
	qs, err := s.Queues(t.Context())
	require.NoError(t, err, "neither a rollback nor an interrupted read loses the database")
	require.Len(t, qs, 1)
	require.Equal(t, id, qs[0].ID)
	require.NoError(t, s.Close())
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "größe desk#1%.db")
	for _, dsn := range []string{path, "sqlite:" + path, "sqlite://" + path} {
		s, err := sqlite.Open(t.Context(), dsn, sqlite.Options{})
		require.NoError(t, err, dsn)
		require.NoError(t, s.Migrate(t.Context()))
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), suffix)
		}
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "closing twice is fine")
		_, err = os.Stat(path + "-wal")
		require.ErrorIs(t, err, fs.ErrNotExist, "the log was written back")
		require.Equal(t, ticket.Unavailable, ticket.KindOf(s.Update(t.Context(), func(ticket.Tx) error { return nil })))
		_, err = s.Queues(t.Context())
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	}
	for _, dsn := range []string{"", "sqlite:", path + "?_pragma=synchronous(0)"} {
		_, err := sqlite.Open(t.Context(), dsn, sqlite.Options{})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "database_url"}, dsn)
	}
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{Prefix: "x; DROP"})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "prefix"})
	_, err = sqlite.Open(t.Context(), filepath.Join(dir, "missing", "desk.db"), sqlite.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	other := filepath.Join(dir, "other.db")
	require.NoError(t, os.WriteFile(other, []byte("this is no database, whatever its name says. It is long enough to have a header of a hundred bytes or more."), 0o600))
	_, err = sqlite.Open(t.Context(), other, sqlite.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
}

// TestBusy: another process that holds the lock for a while is waited for; one that never lets go ends in Unavailable.
func TestBusy(t *testing.T) {
	t.Parallel()
	s, path := fresh(t, template(t, ""), sqlite.Options{})
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Close() })
	tx, err := other.Begin()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	wait := make(chan error)
	go func() {
		wait <- s.Update(t.Context(), func(tx ticket.Tx) error {
			_, err := tx.NextNumber(t.Context())
			return err
		})
	}()
	go func() { wait <- s.Update(ctx, func(ticket.Tx) error { return nil }) }() // waits behind the other or before it
	cancel()
	_, err = s.Queues(t.Context())
	require.NoError(t, err, "readers do not wait")
	require.NoError(t, tx.Rollback())
	for range 2 {
		if err := <-wait; err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.Exec("CREATE TABLE a (id TEXT PRIMARY KEY, u TEXT UNIQUE, n INTEGER NOT NULL CHECK (n > 0)); INSERT INTO a VALUES ('1', '1', 1)")
	require.NoError(t, err)
	ro, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ro.Close() })
	missing, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "none", "x.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = missing.Close() })
	locked, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = locked.Close() })
	for _, c := range []struct {
		db   *sql.DB
		text string
		want store.Class
	}{
		{db, "INSERT INTO a VALUES ('1', '2', 1)", store.Unique},
		{db, "INSERT INTO a VALUES ('2', '1', 1)", store.Unique},
		{db, "INSERT INTO a (rowid, id, n) VALUES (1, '3', 1)", store.Unique},
		{db, "INSERT INTO a VALUES ('2', '2', 0)", store.Other},
		{db, "INSERT INTO a VALUES ('2', '2', NULL)", store.Other},
		{db, "SELEC", store.Other},
		{db, "SELECT * FROM missing", store.Other},
		{ro, "INSERT INTO a VALUES ('2', '2', 1)", store.Unavailable},
		{missing, "SELECT 1 FROM sqlite_master", store.Unavailable},
	} {
		_, err := c.db.Exec(c.text)
		require.Error(t, err, c.text)
		require.Equal(t, c.want, sqlite.Classify(err), err.Error())
		require.Equal(t, c.want, store.ClassifySQLite(err), "by the text alone: %v", err)
	}
	_, err = db.Exec("BEGIN IMMEDIATE")
	require.NoError(t, err)
	_, err = locked.Exec("BEGIN IMMEDIATE")
	require.Equal(t, store.Busy, sqlite.Classify(err))
	require.Equal(t, store.Busy, store.ClassifySQLite(err))
	require.NoError(t, ro.Close())
	_, err = ro.Exec("SELECT 1")
	require.Equal(t, store.Unavailable, sqlite.Classify(err))
	require.Equal(t, store.Other, sqlite.Classify(errors.New("anything")))
}

func insertQueue(tb testing.TB, s *store.Store) ticket.QueueID {
	q := &ticket.Queue{ID: ticket.QueueID(ticket.NewID(time.Now())), Name: "Support", Default: true, CreatedAt: time.Now()}
	ctx := context.Background()
	require.NoError(tb, s.Update(ctx, func(tx ticket.Tx) error { return tx.InsertQueue(ctx, q) }))
	return q.ID
}
