package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	modernc "modernc.org/sqlite"

	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/store"
)

// cutter stands between the store and the driver of a server and cuts the connection behind one call, or in the middle of it.
type cutter struct {
	dsn    string
	drv    driver.Driver
	behind func(text string) bool // asked behind each call; nil: never
	during time.Duration          // 0: the call has ended when the connection is cut
	ended  bool                   // the connection was cut: the process is dead
	rnd    *rand.Rand
}

func (c *cutter) Connect(context.Context) (driver.Conn, error) {
	if c.ended {
		return nil, errKilled
	}
	conn, err := c.drv.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &cutConn{conn, c}, nil
}

func (c *cutter) Driver() driver.Driver { return c.drv }

type cutConn struct {
	driver.Conn
	c *cutter
}

// call makes one call and dies with it if it is its turn.
func (cc *cutConn) call(ctx context.Context, text string, fn func(context.Context) error) error {
	if cc.c.ended {
		return errKilled
	}
	if cc.c.behind == nil || !cc.c.behind(text) {
		return fn(ctx)
	}
	if cc.c.during > 0 { // the server may go on with a statement whose client is gone
		short, cancel := context.WithTimeout(ctx, time.Duration(cc.c.rnd.Int64N(int64(cc.c.during))))
		defer cancel()
		ctx = short
	}
	_ = fn(ctx)
	cc.c.ended = true
	_ = cc.Conn.Close()
	return errKilled
}

func (cc *cutConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (res driver.Result, err error) {
	err = cc.call(ctx, text, func(ctx context.Context) (err error) {
		res, err = cc.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
		return err
	})
	return res, err
}

func (cc *cutConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if cc.c.ended {
		return nil, errKilled
	}
	return cc.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (cc *cutConn) BeginTx(ctx context.Context, o driver.TxOptions) (tx driver.Tx, err error) {
	err = cc.call(ctx, "BEGIN", func(ctx context.Context) (err error) {
		tx, err = cc.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cutTx{tx, cc}, nil
}

type cutTx struct {
	driver.Tx
	cc *cutConn
}

func (tx *cutTx) Commit() error {
	return tx.cc.call(context.Background(), "COMMIT", func(context.Context) error { return tx.Tx.Commit() })
}

func (tx *cutTx) Rollback() error {
	if tx.cc.c.ended {
		return errKilled
	}
	return tx.Tx.Rollback()
}

// steps are the files of all steps of a database, in order.
func stepsOf(t *testing.T, files fs.FS) []string {
	t.Helper()
	names, err := fs.Glob(files, "*.sql")
	require.NoError(t, err)
	return slices.Sorted(slices.Values(names))
}

// upTo are the steps before the n-th, as they are, and the n-th as text.
func upTo(t *testing.T, files fs.FS, n int, text string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for i, name := range stepsOf(t, files)[:n+1] {
		data, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		if i == n && text != "" {
			data = []byte(text)
		}
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

// dump is everything in a database: how its tables are made and, unless tables is empty, their rows, except for when a step was applied.
func dump(t *testing.T, db *sql.DB, schema []string, tables string) []string {
	t.Helper()
	out := []string{}
	for _, q := range schema {
		out = append(out, rowsOf(t, db, q)...)
	}
	if tables == "" {
		return out
	}
	for _, name := range rowsOf(t, db, tables) {
		if strings.HasSuffix(name, "migrations") {
			out = append(out, rowsOf(t, db, "SELECT name, applied_at > 0 FROM "+name)...)
			continue
		}
		rows := rowsOf(t, db, "SELECT * FROM "+name)
		slices.Sort(rows)
		for _, r := range rows {
			out = append(out, name+": "+r)
		}
	}
	return out
}

func rowsOf(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	each(t, db, query, func(rows *sql.Rows) {
		columns, err := rows.Columns()
		require.NoError(t, err)
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		require.NoError(t, rows.Scan(dest...))
		line := make([]string, len(values))
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			line[i] = fmt.Sprint(v)
		}
		out = append(out, strings.Join(line, " | "))
	})
	return out
}

// furnish gives each table of the first step a row, whose columns refer to one another because every text in it is the same.
func furnish(t *testing.T, db *sql.DB, tables string) {
	t.Helper()
	left := slices.DeleteFunc(rowsOf(t, db, tables), func(n string) bool {
		return strings.Contains(n, "migrations") || strings.Contains(n, "search") || strings.HasSuffix(n, "desk") || strings.HasSuffix(n, "sequence")
	})
	require.NotEmpty(t, left)
	for round := 0; len(left) > 0; round++ { // those that others refer to come first, whichever these are
		require.Less(t, round, 10, "%v take no row", left)
		left = slices.DeleteFunc(left, func(name string) bool { return insertAny(t, db, name) == nil })
	}
}

func insertAny(t *testing.T, db *sql.DB, table string) error {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table+" WHERE 1 = 0")
	require.NoError(t, err)
	types, err := rows.ColumnTypes()
	require.NoError(t, err)
	require.NoError(t, rows.Close())
	var names, values []string
	for _, c := range types {
		if c.Name() == "pos" { // the server gives it
			continue
		}
		value := "'kim@desk.example'"
		switch kind := strings.ToUpper(c.DatabaseTypeName()); {
		case strings.Contains(kind, "BOOL"):
			value = "TRUE"
		case strings.Contains(kind, "INT"):
			value = "1"
		}
		names, values = append(names, c.Name()), append(values, value)
	}
	_, err = db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(values, ", ")))
	return err
}

var (
	dumpPostgres = []string{
		`SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position`,
		`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`,
		`SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
	}
	dumpMySQL = []string{
		`SELECT table_name, column_name, column_type, collation_name, is_nullable, column_default, extra FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY 1, ordinal_position`,
		`SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 3`,
		`SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() ORDER BY 1, 2, 3`,
	}
	dumpSQLite = []string{`SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master ORDER BY 1, 2`}
)

const (
	namesPostgres = `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`
	namesMySQL    = `SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1`
	namesSQLite   = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%search%' AND name NOT LIKE 'sqlite%' ORDER BY 1`
)

// TestKilledAtEachStatement migrates an empty database and one with rows by processes that die behind each single call to the server, on
// MariaDB also in the middle of it, and on PostgreSQL behind each statement of a step. Whatever died, the next process goes on, and in
// the end everything is as in a database to which nothing happened.
func TestKilledAtEachStatement(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		schema, tables := dumpPostgres, namesPostgres
		if srv.name != "PostgreSQL" {
			schema, tables = dumpMySQL, namesMySQL
		}
		process := func(c *cutter, files fs.FS) error {
			db := sql.OpenDB(c)
			defer func() { require.NoError(t, db.Close()) }()
			s, err := store.New(store.Config{DB: db, Dialect: srv.dialect(), Classify: srv.classify})
			require.NoError(t, err)
			store.SetMigrations(s, files)
			return s.Migrate(t.Context())
		}
		wholeDSN := srv.dsn(t)
		whole, wholeDB, _ := srv.open(t, wholeDSN)
		files := store.Migrations(whole)
		store.SetMigrations(whole, upTo(t, files, 0, ""))
		require.NoError(t, whole.Migrate(t.Context()))
		furnish(t, wholeDB, tables)
		store.SetMigrations(whole, files)
		require.NoError(t, whole.Migrate(t.Context()))

		fresh := func(look func(db *sql.DB)) { // a connection that has seen an older schema would remember it
			db, _ := srv.pool(t, dsn)
			defer func() { require.NoError(t, db.Close()) }()
			look(db)
		}
		rnd := faulttest.Rand(t)
		met, died := map[string]bool{}, 0
		chosen := func() bool { return faulttest.All() || rnd.IntN(faulttest.Count(12, 3, 1)) == 0 } // a few of the places are enough in CI
		for i := range stepsOf(t, files) {
			if srv.name == "PostgreSQL" {
				text, err := fs.ReadFile(files, stepsOf(t, files)[i])
				require.NoError(t, err)
				list := store.Statements(string(text))
				var before []string
				fresh(func(db *sql.DB) { before = dump(t, db, schema, "") })
				for n := range len(list) + 1 {
					if !chosen() {
						continue
					}
					cut := strings.Join(slices.Insert(slices.Clone(list), n, "SELECT pg_terminate_backend(pg_backend_pid())"), ";\n")
					require.Error(t, process(&cutter{dsn: dsn, drv: srv.drv}, upTo(t, files, i, cut)))
					fresh(func(db *sql.DB) { require.Equal(t, before, dump(t, db, schema, ""), "half of a step was kept") })
					died++
				}
			}
			for done := false; !done; {
				c := &cutter{dsn: dsn, drv: srv.drv, rnd: rnd}
				if srv.name != "PostgreSQL" && rnd.IntN(2) == 0 {
					c.during = 2 * time.Millisecond
				}
				last := ""
				c.behind = func(text string) bool {
					if strings.Contains(text, "ticketkit_") && !strings.Contains(text, "ticketkit_migrations") {
						last = text // a statement of a step; the calls around it are the same for each
					}
					place := fmt.Sprint(i, last, "\n", text)
					if met[place] {
						return false
					}
					met[place] = true
					return chosen()
				}
				err := process(c, upTo(t, files, i, ""))
				if done = !c.ended; done {
					require.NoError(t, err)
				} else {
					require.Error(t, err)
					died++
				}
			}
			if i == 0 {
				fresh(func(db *sql.DB) { furnish(t, db, tables) })
			}
		}
		clean, _ := srv.pool(t, wholeDSN)
		fresh(func(db *sql.DB) { require.Equal(t, dump(t, clean, schema, tables), dump(t, db, schema, tables)) })
		require.Greater(t, died, 10)
		t.Logf("%d processes died at %d places of %d steps, and the schema and every row are as if none had", died, len(met), len(stepsOf(t, files)))
	})
}

// Of the process of SQLite that is to be killed while it migrates.
const (
	killDB   = "TICKETKIT_TEST_MIGRATE_DB"
	killStep = "TICKETKIT_TEST_MIGRATE_STEP"
	killAt   = "TICKETKIT_TEST_MIGRATE_AT"
)

// migrateVictim migrates up to a step of which a statement kills the process.
func migrateVictim(path string, step, at int) error {
	err := modernc.RegisterScalarFunction("die_now", 0, func(*modernc.FunctionContext, []driver.Value) (driver.Value, error) {
		return nil, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	})
	if err != nil {
		return err
	}
	s, _, err := openKilled(path)
	if err != nil {
		return err
	}
	own := store.Migrations(s)
	names, err := fs.Glob(own, "*.sql")
	if err != nil {
		return err
	}
	files := fstest.MapFS{}
	for i, name := range names[:step+1] {
		text, err := fs.ReadFile(own, name)
		if err != nil {
			return err
		}
		if i == step {
			text = []byte(strings.Join(slices.Insert(store.Statements(string(text)), at, "SELECT die_now()"), ";\n"))
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	store.SetMigrations(s, files)
	return s.Migrate(context.Background())
}

func openKilled(path string) (*store.Store, *sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+hostDSN)
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()})
	return s, db, err
}

// TestKilledAtEachStatementOfSQLite is the same with kill -9: a process whose step has a statement between two others that kills it.
func TestKilledAtEachStatementOfSQLite(t *testing.T) {
	t.Parallel()
	whole, wholeDB, err := openKilled(filepath.Join(t.TempDir(), "whole.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, wholeDB.Close()) })
	files := store.Migrations(whole)
	path := filepath.Join(t.TempDir(), "desk.db")
	s, db, err := openKilled(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	rnd, died := faulttest.Rand(t), 0
	for i, name := range stepsOf(t, files) {
		text, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		before := dump(t, db, dumpSQLite, namesSQLite)
		for at := range len(store.Statements(string(text))) + 1 {
			if !faulttest.All() && rnd.IntN(faulttest.Count(15, 2, 1)) > 0 {
				continue
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), killDB+"="+path, killStep+"="+fmt.Sprint(i), killAt+"="+fmt.Sprint(at))
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Equal(t, syscall.SIGKILL, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal(), "step %s, statement %d: %s", name, at, out)
			require.Equal(t, before, dump(t, db, dumpSQLite, namesSQLite), "half of step %s was kept", name)
			died++
		}
		for _, st := range []*store.Store{s, whole} {
			store.SetMigrations(st, upTo(t, files, i, ""))
			require.NoError(t, st.Migrate(t.Context()))
		}
		if i == 0 {
			furnish(t, db, namesSQLite)
			furnish(t, wholeDB, namesSQLite)
		}
	}
	require.Equal(t, dump(t, wholeDB, dumpSQLite, namesSQLite), dump(t, db, dumpSQLite, namesSQLite))
	require.Positive(t, died)
	t.Logf("%d processes were killed within %d steps, and the schema and every row are as if none had been", died, len(stepsOf(t, files)))
}
