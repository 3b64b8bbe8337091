package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/ticket"
)

// with adds a parameter to a URL.
func with(t *testing.T, dsn, name, value string) string {
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dsn := testservers.Postgres(t)
	s, err := postgres.Open(t.Context(), dsn, postgres.Options{Conns: 2})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing twice is fine")
	require.Equal(t, ticket.Unavailable, ticket.KindOf(s.Update(t.Context(), func(ticket.Tx) error { return nil })))
	_, err = s.Queues(t.Context())
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))

	for _, wrong := range []string{"", "  ", "postgres://%zz", "host=x port=none"} {
		_, err := postgres.Open(t.Context(), wrong, postgres.Options{})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "database_url"}, wrong)
	}
	_, err = postgres.Open(t.Context(), dsn, postgres.Options{Prefix: "x; DROP"})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "prefix"})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword("ticketkit", "wrong secret")
	_, err = postgres.Open(t.Context(), u.String(), postgres.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	require.NotContains(t, err.Error(), "wrong secret")
	_, err = postgres.Open(t.Context(), "postgres://127.0.0.1:1/none", postgres.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
}

// TestCheckHost: a handle that cannot keep the promises is refused with what to change.
func TestCheckHost(t *testing.T) {
	t.Parallel()
	dsn := testservers.Postgres(t)
	for param, want := range map[[2]string]string{
		{"standard_conforming_strings", "off"}:  "standard_conforming_strings",
		{"default_transaction_read_only", "on"}: "target_session_attrs",
	} {
		_, err := postgres.Open(t.Context(), with(t, dsn, param[0], param[1]), postgres.Options{})
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err), param)
		require.ErrorContains(t, err, want)
	}
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s, err := store.New(store.Config{DB: db, Dialect: pgdialect.New()})
	require.NoError(t, err)
	require.NoError(t, s.CheckHost(t.Context()))
	_, err = store.New(store.Config{DB: db, Read: db, Dialect: pgdialect.New()})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "read"})
}

func TestClassify(t *testing.T) {
	t.Parallel()
	dsn := with(t, testservers.Postgres(t), "lock_timeout", "1ms")
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), "CREATE TABLE a (id TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0)); CREATE TABLE b (a TEXT REFERENCES a (id));"+
		" INSERT INTO a VALUES ('1', 1); INSERT INTO b VALUES ('1')")
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "LOCK TABLE b")
	require.NoError(t, err)
	dead, err := db.Conn(t.Context())
	require.NoError(t, err)
	var pid int
	require.NoError(t, dead.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid))
	_, err = db.ExecContext(t.Context(), "SELECT pg_terminate_backend($1)", pid)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the server only sends a signal
		var left int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1", pid).Scan(&left))
		return left == 0
	}, time.Minute, 5*time.Millisecond)
	closed, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	nobody, err := sql.Open("pgx", "postgres://127.0.0.1:1/none")
	require.NoError(t, err)
	t.Cleanup(func() { _ = nobody.Close() })
	type execer interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
	_, err = db.ExecContext(t.Context(), "SELECT * FROM b") // first: the lock goes with the first error in its transaction
	require.Equal(t, store.Busy, postgres.Classify(err), "%v", err)
	for text, c := range map[string]struct {
		on   execer
		want store.Class
	}{
		"INSERT INTO a VALUES ('1', 2)":                                {db, store.Unique},
		"INSERT INTO b VALUES ('2') -- not locked there":               {nil, store.Reference},
		"INSERT INTO a VALUES ('2', 0)":                                {db, store.Other},
		"SELEC":                                                        {db, store.Other},
		"SELECT * FROM missing":                                        {db, store.Other},
		"BEGIN READ ONLY; INSERT INTO a VALUES ('3', 3)":               {db, store.Unavailable},
		"SET statement_timeout = 1; SELECT pg_sleep(5)":                {db, store.Unavailable},
		"SELECT 1 -- terminated":                                       {dead, store.Lost},
		"SELECT 2 -- closed":                                           {closed, store.Unavailable},
		"SELECT 3 -- nobody listens":                                   {nobody, store.Unavailable},
		"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$":  {db, store.Busy},
		"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$":  {db, store.Busy},
		"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53300'; END $$":  {db, store.Unavailable},
		"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '08006'; END $$ ": {db, store.Lost},
	} {
		on := c.on
		if on == nil {
			on = tx
		}
		_, err := on.ExecContext(t.Context(), text)
		require.Error(t, err, text)
		require.Equal(t, c.want, postgres.Classify(err), "%s: %v", text, err)
	}
	require.Equal(t, store.Other, postgres.Classify(errors.New("anything")))
	require.NoError(t, tx.Rollback())
}

// TestServerRestarts: what is written while the server restarts is written once, or refused as unavailable; afterwards all is well.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	srv := testservers.StartPostgres(t, testservers.Options{})
	s := open(t, srv.Database(t), postgres.Options{})
	require.NoError(t, s.Migrate(t.Context()))
	number := func() (n int64, err error) {
		err = s.Update(t.Context(), func(tx ticket.Tx) error {
			n, err = tx.NextNumber(t.Context())
			if err == nil {
				err = tx.InsertQueue(t.Context(), &ticket.Queue{ID: ticket.QueueID(ticket.NewID(time.Now())), Name: ticket.NewID(time.Now())})
			}
			return err
		})
		return n, err
	}
	for range 3 {
		_, err := number()
		require.NoError(t, err)
	}
	require.NoError(t, srv.Kill())
	_, err := number()
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	require.NoError(t, srv.Start())
	_, err = number()
	require.NoError(t, err, "broken connections of the pool are not noticed")
	qs, err := s.Queues(t.Context())
	require.NoError(t, err)
	require.Len(t, qs, 4)
}
