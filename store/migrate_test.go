package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// tables lists what is in the database, as it was defined.
func tables(t *testing.T, db *sql.DB) map[string]string {
	rows, err := db.QueryContext(t.Context(), "SELECT name, COALESCE(sql, '') FROM sqlite_master")
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var name, text string
		require.NoError(t, rows.Scan(&name, &text))
		out[name] = text
	}
	require.NoError(t, rows.Err())
	return out
}

func columns(t *testing.T, db *sql.DB, table string) []string {
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM pragma_table_info(?)", table)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		out = append(out, name)
	}
	require.NoError(t, rows.Err())
	return out
}

func TestSchemaFitsTheModels(t *testing.T) {
	t.Parallel()
	h := openHost(t, "desk7_")
	models := store.ModelColumns(h.s)
	require.Len(t, models, store.Tables())
	for table, want := range models {
		require.True(t, strings.HasPrefix(table, "desk7_"), table)
		require.Equal(t, want, columns(t, h.db, table), "columns of %s, in order", table)
	}
	for name := range tables(t, h.db) {
		if name == "orders" || strings.HasPrefix(name, "sqlite_") {
			continue
		}
		require.True(t, strings.HasPrefix(name, "desk7_"), "%s has no prefix", name)
		table := strings.SplitN(strings.TrimPrefix(name, "desk7_"), "_", 2)[0]
		if _, ok := models[name]; !ok && !strings.HasPrefix(name, "desk7_search") && name != "desk7_migrations" {
			require.True(t, slices.ContainsFunc(slices.Collect(keys(models)), func(m string) bool { return strings.HasPrefix(m, "desk7_"+table) }), "%s has no model", name)
		}
	}
}

func keys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestTwoDesksInOneDatabase(t *testing.T) {
	t.Parallel()
	h := openHost(t, "one_")
	two, err := store.New(store.Config{DB: h.db, Dialect: sqlitedialect.New(), Prefix: "two_"})
	require.NoError(t, err)
	require.NoError(t, two.Migrate(t.Context()))
	require.NoError(t, h.s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "of one") }))
	require.Empty(t, queueNames(t, two))
	require.Equal(t, []string{"of one"}, queueNames(t, h.s))
}

func TestMigrateAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "x.db")+hostDSN)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Now: func() time.Time { return now }})
	require.NoError(t, err)
	before, err := s.MigrationStatus(t.Context())
	require.NoError(t, err)
	require.Equal(t, "0001_initial", before[0].Name)
	for _, m := range before {
		require.Zero(t, m.Applied)
	}
	require.Empty(t, tables(t, db), "asking changes nothing")

	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs { // several processes start at once
		wg.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	first := tables(t, db)
	after, err := s.MigrationStatus(t.Context())
	require.NoError(t, err)
	require.Len(t, after, len(before))
	for i, m := range after {
		require.Equal(t, store.Migration{Name: before[i].Name, Applied: now}, m)
	}

	now = now.Add(time.Hour)
	require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "kept") }))
	require.NoError(t, s.Migrate(t.Context()))
	require.Equal(t, first, tables(t, db))
	again, err := s.MigrationStatus(t.Context())
	require.NoError(t, err)
	require.Equal(t, after, again)
	require.Equal(t, []string{"kept"}, queueNames(t, s))
}

func withStep(t *testing.T, s *store.Store, name, text string) {
	known, err := fs.Glob(store.Migrations(s), "0*.sql")
	require.NoError(t, err)
	steps := fstest.MapFS{name: {Data: []byte(text)}}
	for _, k := range known {
		data, err := fs.ReadFile(store.Migrations(s), k)
		require.NoError(t, err)
		steps[k] = &fstest.MapFile{Data: data}
	}
	store.SetMigrations(s, steps)
}

func TestFailedStepLeavesNothing(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	first := tables(t, h.db)
	withStep(t, h.s, "9000_more.sql", "CREATE TABLE {more} (id TEXT); INSERT INTO {more} VALUES ('1'); CREATE TABLE {queues} (id TEXT);")
	err := h.s.Migrate(t.Context())
	require.ErrorContains(t, err, "9000_more")
	require.Equal(t, first, tables(t, h.db))
	status, err := h.s.MigrationStatus(t.Context())
	require.NoError(t, err)
	require.True(t, status[len(status)-1].Applied.IsZero())

	withStep(t, h.s, "9000_more.sql", "CREATE TABLE {more} (id TEXT); INSERT INTO {more} VALUES ('1');")
	require.NoError(t, h.s.Migrate(t.Context()), "mended, it goes on where it stopped")
	require.NoError(t, h.s.Migrate(t.Context()))
	require.Equal(t, 1, h.count(t, "SELECT COUNT(*) FROM ticketkit_more"), "and runs once")
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	_, err := h.db.Exec("INSERT INTO ticketkit_migrations VALUES ('9007_of_tomorrow', 1), ('9006_of_tomorrow', 1)")
	require.NoError(t, err)
	first := tables(t, h.db)
	for _, err := range []error{h.s.Migrate(t.Context()), second(h.s.MigrationStatus(t.Context()))} {
		require.ErrorIs(t, err, store.ErrSchema)
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.ErrorContains(t, err, "9007_of_tomorrow")
		require.ErrorContains(t, err, "this program knows steps up to 0")
	}
	require.Equal(t, first, tables(t, h.db))
}

func second[T any](_ T, err error) error { return err }

func TestGapInSteps(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	withStep(t, h.s, "0000_before.sql", "CREATE TABLE {before} (id TEXT)")
	require.ErrorIs(t, h.s.Migrate(t.Context()), store.ErrSchema)
}

func TestStepNames(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	store.SetMigrations(h.s, fstest.MapFS{"initial.sql": {Data: []byte("SELECT 1")}})
	require.ErrorContains(t, h.s.Migrate(t.Context()), "initial.sql")
}
