package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

const hostDSN = "?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)"

// faults stands between the store and a driver: it counts statements and makes some of them fail.
type faults struct {
	dsn string
	drv driver.Driver

	mu    sync.Mutex
	count map[string]int
	fail  func(text string, n int) error // n counts the statements of the same text, from 1
}

func (f *faults) Connect(context.Context) (driver.Conn, error) {
	c, err := f.drv.Open(f.dsn)
	if err != nil {
		return nil, err
	}
	return &faultyConn{c, f}, nil
}

func (f *faults) Driver() driver.Driver { return f.drv }

func (f *faults) note(text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[text]++
	if f.fail == nil {
		return nil
	}
	return f.fail(text, f.count[text])
}

func (f *faults) ran(text string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[text]
}

// when sets which statements fail, and begins to count anew.
func (f *faults) when(fail func(text string, n int) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail, f.count = fail, map[string]int{}
}

type faultyConn struct {
	driver.Conn
	f *faults
}

func (c *faultyConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.f.note(text); err != nil {
		return nil, err
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c *faultyConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.note(text); err != nil {
		return nil, err
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c *faultyConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.f.note("BEGIN"); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return &faultyTx{tx, c.f}, err
}

type faultyTx struct {
	driver.Tx
	f *faults
}

// Commit can fail before and after: as "COMMIT", and as "committed".
func (tx *faultyTx) Commit() error {
	if err := tx.f.note("COMMIT"); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Tx.Commit(); err != nil {
		return err
	}
	return tx.f.note("committed")
}

// openFaulty gives a migrated store over one pool of one connection (or two pools), with faults in between.
func openFaulty(t *testing.T, twoPools bool) (*store.Store, *faults) {
	f := &faults{dsn: "file:" + filepath.Join(t.TempDir(), "desk.db") + hostDSN, drv: &sqlite.Driver{}, count: map[string]int{}}
	cfg := store.Config{DB: sql.OpenDB(f), Dialect: sqlitedialect.New()}
	cfg.DB.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, cfg.DB.Close()) })
	if twoPools {
		cfg.Read = sql.OpenDB(f)
		t.Cleanup(func() { require.NoError(t, cfg.Read.Close()) })
	}
	s, err := store.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	return s, f
}

// host is a program with a database of its own.
type host struct {
	db *sql.DB
	s  *store.Store
}

// openHost gives a store in a host's database, whose pool has one connection.
func openHost(t *testing.T, prefix string) *host {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "host.db")+hostDSN)
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, ticket TEXT NOT NULL)")
	require.NoError(t, err)
	s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Prefix: prefix})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	return &host{db, s}
}

func (h *host) count(t *testing.T, query string) (n int) {
	require.NoError(t, h.db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

func addQueue(ctx context.Context, tx ticket.Tx, name string) error {
	return tx.InsertQueue(ctx, &ticket.Queue{ID: ticket.QueueID("q-" + name), Name: name, CreatedAt: time.Unix(1, 0)})
}

func queueNames(t *testing.T, r ticket.Reader) []string {
	qs, err := r.Queues(t.Context())
	require.NoError(t, err)
	out := []string{}
	for _, q := range qs {
		out = append(out, q.Name)
	}
	return out
}

// allScope reaches every ticket.
func allScope(t *testing.T, s *store.Store) ticket.Scope {
	return scopeOf(t, s, ticket.SystemActor("test"), nil)
}

type grants map[ticket.AccountID]ticket.Grant

func (g grants) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, _ ticket.Op) (ticket.Grant, error) {
	return g[a.Account], nil
}

func scopeOf(t *testing.T, s *store.Store, a ticket.Actor, g grants) ticket.Scope {
	svc, err := ticket.NewService(ticket.Config{Store: s, Policy: g, ChainKey: make([]byte, 32)})
	require.NoError(t, err)
	sc, err := svc.Scope(t.Context(), a, ticket.OpTicketRead)
	require.NoError(t, err)
	return sc
}

// eventually waits until cond holds, without guessing how long that takes.
func eventually(t *testing.T, cond func() bool) {
	t.Helper()
	require.Eventually(t, cond, 2*time.Minute, time.Millisecond)
}

func names(n int) []string {
	out := []string{}
	for i := range n {
		out = append(out, fmt.Sprintf("queue %02d", i))
	}
	return out
}
