package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
)

// table is what a database says of one of its tables.
type table struct {
	columns  []string // in order
	nullable []string // sorted
	unique   []string // sorted; each a list of columns
}

// What the schemas do not share, and why.
var ownColumns = map[string]map[string][]string{
	"SQLite": {"desk": {"number"}}, // elsewhere a sequence
	"server": {"events": {"pos"}},  // on SQLite seq itself, which is never NULL there
}

// ownTables have no row type.
var ownTables = []string{"migrations", "search", "sequence", "ticket_numbers"}

const (
	tablesPostgres = `SELECT c.relname, a.attname, NOT a.attnotnull FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`
	uniquePostgres = `SELECT c.relname, i.indexrelid::regclass::text, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, place) ON true JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
		WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2, k.place`
	tablesMySQL = `SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`
	uniqueMySQL = `SELECT table_name, index_name, column_name FROM information_schema.statistics
		WHERE table_schema = DATABASE() AND non_unique = 0 ORDER BY 1, 2, seq_in_index`
	tablesSQLite = `SELECT m.name, c.name, c."notnull" = 0 AND c.pk = 0 FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE '%search%' ORDER BY m.name, c.cid`
	uniqueSQLite = `SELECT m.name, i.name, c.name FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
		WHERE m.type = 'table' AND i."unique" = 1 AND m.name NOT LIKE '%search%'
		UNION ALL SELECT m.name, 'rowid', c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER' AND m.name NOT LIKE '%search%' ORDER BY 1, 2, 3`
)

// tablesOf reads the schema of a database, without the prefix.
func tablesOf(t *testing.T, db *sql.DB, columns, unique string) map[string]*table {
	out := map[string]*table{}
	of := func(name string) *table {
		name = strings.TrimPrefix(name, store.DefaultPrefix)
		if out[name] == nil {
			out[name] = &table{}
		}
		return out[name]
	}
	each(t, db, columns, func(rows *sql.Rows) {
		var name, column string
		var null bool
		require.NoError(t, rows.Scan(&name, &column, &null))
		of(name).columns = append(of(name).columns, column)
		if null {
			of(name).nullable = append(of(name).nullable, column)
		}
	})
	keys := map[[2]string][]string{}
	each(t, db, unique, func(rows *sql.Rows) {
		var name, index, column string
		require.NoError(t, rows.Scan(&name, &index, &column))
		keys[[2]string{name, index}] = append(keys[[2]string{name, index}], column)
	})
	for k, columns := range keys {
		slices.Sort(columns)
		of(k[0]).unique = append(of(k[0]).unique, strings.Join(columns, " "))
	}
	for _, x := range out {
		slices.Sort(x.nullable)
		slices.Sort(x.unique)
		x.unique = slices.Compact(x.unique)
	}
	return out
}

func each(t *testing.T, db *sql.DB, query string, fn func(*sql.Rows)) {
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		fn(rows)
	}
	require.NoError(t, rows.Err())
}

// without takes out what a database has for itself.
func (x *table) without(columns []string) *table {
	out := &table{columns: slices.Clone(x.columns), nullable: slices.Clone(x.nullable), unique: slices.Clone(x.unique)}
	for _, c := range columns {
		is := func(v string) bool { return v == c }
		out.columns, out.nullable, out.unique = slices.DeleteFunc(out.columns, is), slices.DeleteFunc(out.nullable, is), slices.DeleteFunc(out.unique, is)
	}
	return out
}

// TestSchemasAreTheSame: every database has the tables of the row types, and each of them the same columns, the same that may be NULL, and the same
// keys.
func TestSchemasAreTheSame(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	lite := tablesOf(t, h.db, tablesSQLite, uniqueSQLite)
	models := map[string][]string{}
	for name, columns := range store.ModelColumns(h.s) {
		models[strings.TrimPrefix(name, store.DefaultPrefix)] = columns
	}
	delete(lite, "orders")
	for name, x := range lite {
		if !slices.Contains(ownTables, name) {
			require.Equal(t, sortedCopy(models[name]), sortedCopy(x.columns), "the row type of %s", name)
		}
	}
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		_, db, _ := srv.migrated(t, dsn)
		columns, unique := tablesPostgres, uniquePostgres
		if srv.name != "PostgreSQL" {
			columns, unique = tablesMySQL, uniqueMySQL
		}
		got := tablesOf(t, db, columns, unique)
		for _, name := range ownTables {
			delete(got, name)
		}
		for name, columns := range models {
			require.Contains(t, got, name)
			want, have := lite[name].without(ownColumns["SQLite"][name]), got[name].without(ownColumns["server"][name])
			require.Equal(t, sortedCopy(want.columns), sortedCopy(have.columns), "columns of %s", name)
			if name == "events" {
				want.nullable = append(want.nullable, "seq") // not stamped yet
				slices.Sort(want.nullable)
			}
			require.Equal(t, want.nullable, have.nullable, "what may be NULL in %s", name)
			require.Equal(t, want.unique, have.unique, "keys of %s", name)
			require.NotEmpty(t, columns)
			delete(got, name)
		}
		require.Empty(t, got, "tables without a row type")
	})
}

func sortedCopy(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestSameSteps: every database has steps of the same names.
func TestSameSteps(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	want, err := h.s.MigrationStatus(t.Context())
	require.NoError(t, err)
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.open(t, dsn)
		got, err := s.MigrationStatus(t.Context())
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].Name, got[i].Name)
			require.True(t, got[i].Applied.IsZero(), "asking changes nothing")
		}
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, s.Migrate(t.Context()), "again is nothing")
		got, err = s.MigrationStatus(t.Context())
		require.NoError(t, err)
		for _, m := range got {
			require.False(t, m.Applied.IsZero(), m.Name)
		}
	})
}

// TestMigrateAtOnce: of many processes that start on an empty database each finds it whole.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		errs := make(chan error)
		const processes = 4
		for range processes {
			s, _, _ := srv.open(t, dsn)
			go func() { errs <- s.Migrate(t.Context()) }()
		}
		for range processes {
			require.NoError(t, <-errs)
		}
		s, _, _ := srv.open(t, dsn)
		require.Empty(t, queueNames(t, s))
		head, err := s.DeskHead(t.Context())
		require.NoError(t, err, "rows of the first step are there once")
		require.Zero(t, head.Count)
	})
}

const killed = `-- A step of every kind of statement.
CREATE TABLE {more} (id INTEGER NOT NULL PRIMARY KEY, a BIGINT NOT NULL);
INSERT INTO {more} (id, a) VALUES (1, 10);
ALTER TABLE {more} ADD COLUMN b BIGINT NOT NULL DEFAULT 7;
UPDATE {more} SET a = a + 1;
CREATE INDEX {more_a} ON {more} (a);
INSERT INTO {more} (id, a) VALUES (2, 20);
CREATE TABLE {gone} (id INTEGER NOT NULL PRIMARY KEY);
DROP TABLE {gone};
`

var errKilled = errors.New("killed")

// withMore gives s a further step beside its own, and those of former rounds, whose tables are called after their round.
func withMore(t *testing.T, s *store.Store, rounds int, text string) {
	files := fstest.MapFS{}
	own := store.Migrations(s)
	entries, err := fs.ReadDir(own, ".")
	require.NoError(t, err)
	for _, e := range entries {
		data, err := fs.ReadFile(own, e.Name())
		require.NoError(t, err)
		files[e.Name()] = &fstest.MapFile{Data: data}
	}
	for r := 1; r <= rounds; r++ {
		mine := strings.NewReplacer("{more", fmt.Sprintf("{more%d", r), "{gone", fmt.Sprintf("{gone%d", r)).Replace(text)
		files[fmt.Sprintf("9%03d_killed.sql", r)] = &fstest.MapFile{Data: []byte(mine)}
	}
	store.SetMigrations(s, files)
}

// TestKilledWhileMigrating: wherever a process is killed within a step, the next one finishes it, and nothing happens twice.
func TestKilledWhileMigrating(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		first, db, f := srv.migrated(t, dsn)
		require.NoError(t, first.Close())
		for at := 1; ; at++ {
			step := fmt.Sprintf("9%03d_killed", at)
			s, err := store.New(store.Config{DB: db, Dialect: srv.dialect(), Classify: srv.classify})
			require.NoError(t, err)
			withMore(t, s, at, killed)
			n, dead := 0, false
			f.when(func(text string, _ int) error { // dies before the at-th statement that changes something
				if strings.HasPrefix(text, "SELECT") || strings.HasPrefix(text, "DO ") || strings.HasPrefix(text, "BEGIN") || strings.HasPrefix(text, "SET ") {
					return nil
				}
				if n++; n >= at {
					dead = true
					return errKilled
				}
				return nil
			})
			err = s.Migrate(t.Context())
			f.when(nil)
			if dead {
				require.ErrorIs(t, err, errKilled, step)
				require.NoError(t, s.Migrate(t.Context()), "after %s died at statement %d", step, at)
			} else {
				require.NoError(t, err)
			}
			require.NoError(t, s.Migrate(t.Context()))
			var rows, sum int
			name := fmt.Sprintf("ticketkit_more%d", at)
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*), SUM(a) + SUM(b) FROM "+name).Scan(&rows, &sum))
			require.Equal(t, []int{2, 31 + 14}, []int{rows, sum}, "killed at %d", at)
			require.NoError(t, s.Close())
			if !dead {
				require.Greater(t, at, 3, "the statements were met")
				return
			}
		}
	})
}
