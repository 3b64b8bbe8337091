package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	storemysql "github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/ticket"
)

// server is a database on a server, and how its driver speaks.
type server struct {
	name     string
	drv      driver.Driver
	dialect  func() schema.Dialect
	classify func(error) store.Class
	dsn      func(t *testing.T) string // of an empty database, for the driver
	error    func(code string) error   // what the driver makes of a code of the server
	// Codes of the server.
	unique, deadlock, locked, serial string
	waiting                          string // gives a name, and how many wait for a lock
}

// blocked reports whether anybody on the server waits for a lock.
func (srv server) blocked(t *testing.T, db *sql.DB) bool {
	var name string
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), srv.waiting).Scan(&name, &n))
	return n > 0
}

func servers() []server {
	return []server{
		{
			name: "PostgreSQL", drv: stdlib.GetDefaultDriver(), dialect: func() schema.Dialect { return pgdialect.New() }, classify: postgres.Classify,
			dsn:    func(t *testing.T) string { return testservers.Postgres(t) },
			error:  func(code string) error { return &pgconn.PgError{Code: code, Message: "made up"} },
			unique: "23505", deadlock: "40P01", locked: "55P03", serial: "40001",
			waiting: "SELECT 'waiting', COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
		},
		{
			name: "MariaDB", drv: &mysql.MySQLDriver{}, classify: storemysql.Classify,
			dialect: func() schema.Dialect { return mysqldialect.New(mysqldialect.WithTimeLocation("UTC")) },
			dsn:     func(t *testing.T) string { return mysqlDSN(t, testservers.MariaDB(t), nil) },
			error: func(code string) error {
				e := &mysql.MySQLError{Message: "made up"}
				for _, c := range code {
					e.Number = e.Number*10 + uint16(c-'0')
				}
				return e
			},
			unique: "1062", deadlock: "1213", locked: "1205", serial: "1020",
			waiting: "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
		},
	}
}

// mysqlDSN brings a URL into the driver's form, with what store/mysql sets.
func mysqlDSN(t *testing.T, text string, change func(*mysql.Config)) string {
	u, err := url.Parse(text)
	require.NoError(t, err)
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.ParseTime, cfg.Loc, cfg.ClientFoundRows, cfg.InterpolateParams = true, time.UTC, true, true
	cfg.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'", "charset": "utf8mb4"}
	if change != nil {
		change(cfg)
	}
	return cfg.FormatDSN()
}

// eachServer runs a test on every server, in an empty database.
func eachServer(t *testing.T, fn func(t *testing.T, srv server, dsn string)) {
	for _, srv := range servers() {
		t.Run(srv.name, func(t *testing.T) {
			t.Parallel()
			fn(t, srv, srv.dsn(t))
		})
	}
}

// pool is a host's own pool, with faults in between.
func (srv server) pool(t *testing.T, dsn string) (*sql.DB, *faults) {
	f := &faults{dsn: dsn, drv: srv.drv, count: map[string]int{}}
	db := sql.OpenDB(f)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.PingContext(t.Context()))
	return db, f
}

// open is a store over a pool of its own.
func (srv server) open(t *testing.T, dsn string) (*store.Store, *sql.DB, *faults) {
	db, f := srv.pool(t, dsn)
	s, err := store.New(store.Config{DB: db, Dialect: srv.dialect(), Classify: srv.classify})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, db, f
}

func (srv server) migrated(t *testing.T, dsn string) (*store.Store, *sql.DB, *faults) {
	s, db, f := srv.open(t, dsn)
	require.NoError(t, s.Migrate(t.Context()))
	return s, db, f
}

// TestTriesAgain: what may go away is tried again, what will not is not, and a commit without an answer never.
func TestTriesAgain(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, f := srv.migrated(t, dsn)
		const insert, commit, committed = "INSERT INTO ticketkit_queues", "COMMIT", "committed"
		for name, c := range map[string]struct {
			at    string // statement that fails
			times int
			err   error
			runs  int
			kind  ticket.Kind
			kept  int
		}{
			"serialization failure":            {insert, 1, srv.error(srv.serial), 2, "", 1},
			"deadlocks":                        {insert, 3, srv.error(srv.deadlock), 4, "", 1},
			"lock did not come":                {insert, 1, srv.error(srv.locked), 2, "", 1},
			"deadlock found by the commit":     {commit, 1, srv.error(srv.deadlock), 2, "", 1},
			"connection lost":                  {insert, 1, driver.ErrBadConn, 2, "", 1},
			"connection lost at the beginning": {"BEGIN", 2, driver.ErrBadConn, 1, "", 1},
			"connections lost":                 {insert, 99, driver.ErrBadConn, 4, ticket.Unavailable, 0},
			"race":                             {insert, 1, srv.error(srv.unique), 2, "", 1},
			"taken":                            {insert, 99, srv.error(srv.unique), 2, ticket.Conflict, 0},
			"something else":                   {insert, 1, srv.error("42"), 1, ticket.Internal, 0},
			"commit unclear, not done":         {commit, 1, driver.ErrBadConn, 1, ticket.Unavailable, 0},
			"commit unclear, done":             {committed, 1, driver.ErrBadConn, 1, ticket.Unavailable, 1},
		} {
			before := len(queueNames(t, s))
			runs := 0
			f.when(func(text string, _ int) error {
				if c.times == 0 || !strings.HasPrefix(text, c.at) {
					return nil
				}
				c.times--
				return c.err
			})
			err := s.Update(t.Context(), func(tx ticket.Tx) error {
				runs++
				return addQueue(t.Context(), tx, name)
			})
			f.when(nil)
			require.Equal(t, c.kind, ticket.KindOf(err), "%s: %v", name, err)
			require.Equal(t, c.runs, runs, name)
			require.Len(t, queueNames(t, s), before+c.kept, name)
		}
	})
}

// TestGivesUpWithItsContext: somebody who no longer waits for a lock is not kept until it comes.
func TestGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, f := srv.migrated(t, dsn)
		f.when(func(text string, _ int) error {
			if strings.HasPrefix(text, "INSERT INTO ticketkit_queues") {
				return srv.error(srv.deadlock)
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		err := s.Update(ctx, func(tx ticket.Tx) error {
			if runs++; runs == 3 {
				cancel()
			}
			return addQueue(t.Context(), tx, "never")
		})
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.Equal(t, 3, runs)
		f.when(nil)

		db.SetMaxOpenConns(1)
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		ctx, cancel = context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Update(ctx, func(ticket.Tx) error { return nil }) }()
		eventually(t, func() bool { return db.Stats().WaitCount > 0 })
		cancel()
		require.ErrorIs(t, <-done, context.Canceled, "while it waits for a connection")
		require.NoError(t, conn.Close())
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "kept") }))
	})
}

// TestCloseWaits: Close lets running transactions end and lets no new one begin.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.migrated(t, dsn)
		inside, leave, updated, closed := make(chan bool), make(chan bool), make(chan error), make(chan error)
		go func() {
			updated <- s.Update(t.Context(), func(tx ticket.Tx) error {
				close(inside)
				<-leave
				return addQueue(t.Context(), tx, "kept")
			})
		}()
		<-inside
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			require.Fail(t, "closed under a transaction", "%v", err)
		case leave <- true:
		}
		require.NoError(t, <-updated)
		require.NoError(t, <-closed)
		require.Equal(t, ticket.Unavailable, ticket.KindOf(s.Update(t.Context(), func(ticket.Tx) error { return nil })))
		require.Equal(t, []string{"kept"}, queueNames(t, s), "the host's pool goes on")
	})
}

// TestNumbersWaitForNobody: a ticket number is taken beside a transaction that has taken one and is not over.
func TestNumbersWaitForNobody(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.migrated(t, dsn)
		var first, second, third int64
		require.ErrorIs(t, s.Update(t.Context(), func(tx ticket.Tx) (err error) {
			first, err = tx.NextNumber(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) (err error) { // beside it, on another connection
				second, err = tx.NextNumber(t.Context())
				return err
			}))
			return errAbort
		}), errAbort)
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) (err error) {
			third, err = tx.NextNumber(t.Context())
			return err
		}))
		require.Equal(t, []int64{1, 2, 3}, []int64{first, second, third}, "what was rolled back leaves a gap")
	})
}
