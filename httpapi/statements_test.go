package httpapi

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	driversqlite "modernc.org/sqlite"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// statements stands between the store and the driver and writes down what runs.
type statements struct {
	dsn string
	drv driver.Driver

	mu  sync.Mutex
	ran []string
}

func (s *statements) Connect(context.Context) (driver.Conn, error) {
	c, err := s.drv.Open(s.dsn)
	if err != nil {
		return nil, err
	}
	return &countedConn{c, s}, nil
}

func (s *statements) Driver() driver.Driver { return s.drv }

func (s *statements) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ran = append(s.ran, text)
}

// take gives what ran since it was last asked.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.ran
	s.ran = nil
	return out
}

type countedConn struct {
	driver.Conn
	s *statements
}

func (c *countedConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.s.note(text)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c *countedConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.s.note(text)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c *countedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c *countedConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	st, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &countedStmt{st, text, c.s}, nil
}

type countedStmt struct {
	driver.Stmt
	text string
	s    *statements
}

func (st *countedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	st.s.note(st.text)
	return st.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (st *countedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	st.s.note(st.text)
	return st.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// counted opens a desk's database behind a counter of statements.
func counted(s *statements) setting {
	return setting{open: func(t *testing.T) *store.Store {
		s.drv = &driversqlite.Driver{}
		s.dsn = "file:" + filepath.Join(t.TempDir(), "desk.db") + "?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)"
		cfg := store.Config{DB: sql.OpenDB(s), Read: sql.OpenDB(s), Dialect: sqlitedialect.New()}
		t.Cleanup(func() {
			require.NoError(t, cfg.DB.Close())
			require.NoError(t, cfg.Read.Close())
		})
		st, err := store.New(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		require.NoError(t, st.Migrate(t.Context()))
		return st
	}}
}

// TestLimitsStandInTheText: SQLite prepares a statement with LIMIT ? again each time that a number is bound to it.
func TestLimitsStandInTheText(t *testing.T) {
	t.Parallel()
	ran := &statements{}
	d := setup(t, counted(ran))
	tk := d.open("eins", func(n *ticket.NewTicket) { n.Tags = []string{"vip"} })
	paths := []string{"/tickets", "/tickets?q=is:new", "/tickets?q=eins", "/tickets?tag=vip", "/tickets?sort=number", ticketPath(tk, "/messages"),
		ticketPath(tk, "/events"), "/audit", "/admin/users", "/parked"}
	ran.take()
	for _, path := range paths {
		d.as("anna", 200, get, path, nil)
	}
	_, err := d.store.ClaimJobs(t.Context(), []string{"none"}, d.clock.now(), time.Minute, 3)
	require.NoError(t, err)
	limited := 0
	for _, text := range ran.take() {
		require.NotContains(t, text, "LIMIT ?", text)
		if strings.Contains(text, " LIMIT ") {
			limited++
		}
	}
	require.GreaterOrEqual(t, limited, len(paths))
}
