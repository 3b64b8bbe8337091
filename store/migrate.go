package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Migration is one step of the schema.
type Migration struct {
	Name    string    // such as "0001_initial"; the same in every database
	Applied time.Time // zero while it waits
}

// migration is one file of the folder of a database.
type migration struct {
	name string
	text string // with the prefix already written in
}

var migrationForm = regexp.MustCompile(`^[0-9]{4}_[a-z0-9_]+\.sql$`)

// loadMigrations reads the steps that this program knows, in order.
func loadMigrations(files fs.FS, expand func(string) string) ([]migration, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, op("read migrations", err)
	}
	var out []migration
	for _, e := range entries { // ReadDir sorts by name
		if !migrationForm.MatchString(e.Name()) {
			return nil, fmt.Errorf("store: migration %q is not named 0000_words.sql", e.Name())
		}
		text, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return nil, op("read migrations", err)
		}
		out = append(out, migration{strings.TrimSuffix(e.Name(), ".sql"), expand(string(text))})
	}
	return out, nil
}

// ErrSchema is what a schema that does not fit the program gives; errors.Is finds it.
var ErrSchema = errors.New("the schema of the database does not fit this program")

// Migrate brings the schema up to date: forward only. Each step is one transaction together with the note that it was applied, so
// that a process killed in between leaves no half step, and of two processes the second waits and finds it done. MySQL cannot do that:
// there a process killed in between leaves a note of how far it has come, and the next one goes on from there. A database that
// knows a step which this program does not is newer: nothing is touched, and the error, which is ErrSchema, names both versions.
//
// bun/migrate is not used: it runs the step and writes the note on connections of its own choosing, so neither could be in the
// transaction that holds the lock.
func (s *Store) Migrate(ctx context.Context) error {
	steps, err := loadMigrations(s.flavor.migrations, s.names.Replace)
	if err != nil {
		return err
	}
	for {
		status, err := s.MigrationStatus(ctx) // looks first: a database that is up to date is not locked
		if err != nil {
			return err
		}
		i := slices.IndexFunc(status, func(m Migration) bool { return m.Applied.IsZero() })
		if i < 0 {
			return nil
		}
		if s.flavor.migrate != nil {
			return s.flavor.migrate(ctx, s)
		}
		if err := s.apply(ctx, steps[i]); err != nil {
			return err
		}
		s.log.InfoContext(ctx, "schema changed", "step", steps[i].name)
	}
}

// apply runs one step, unless somebody else was faster.
func (s *Store) apply(ctx context.Context, m migration) error {
	err := s.atomic(ctx, func(h *handle) error {
		if s.flavor.guard != "" {
			if _, err := h.ExecContext(ctx, s.text(s.flavor.guard)); err != nil {
				return err
			}
		}
		if _, err := h.ExecContext(ctx, s.text("CREATE TABLE IF NOT EXISTS {migrations} (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")); err != nil {
			return err
		}
		var at micros
		found, err := oneUnprepared(ctx, h, s.text("SELECT applied_at FROM {migrations} WHERE name = ?"), []any{m.name}, &at)
		if err != nil || found {
			return err
		}
		if _, err := h.ExecContext(ctx, m.text); err != nil {
			return err
		}
		_, err = h.ExecContext(ctx, s.text("INSERT INTO {migrations} (name, applied_at) VALUES (?, ?)"), m.name, toMicros(s.cfg.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: migration %s: %w", m.name, err)
	}
	return nil
}

// oneUnprepared is handle.one for a schema that changes meanwhile.
func oneUnprepared(ctx context.Context, h *handle, text string, args []any, dest any) (bool, error) {
	rows, err := h.QueryContext(ctx, text, args...)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return false, h.leave(rows.Err())
	}
	return true, h.leave(rows.Scan(dest))
}

// MigrationStatus lists every step that this program knows, in order. It changes nothing. A database with a step that this program
// does not know, or with a gap, gives ErrSchema.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	return s.migrationStatus(ctx)
}

func (r reader) migrationStatus(ctx context.Context) ([]Migration, error) {
	steps, err := loadMigrations(r.s.flavor.migrations, r.s.names.Replace)
	if err != nil {
		return nil, err
	}
	applied, err := r.applied(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Migration, len(steps))
	gap := ""
	for i, m := range steps {
		out[i] = Migration{m.name, applied[m.name].time()}
		switch {
		case out[i].Applied.IsZero():
			gap = m.name
		case gap != "":
			return nil, fmt.Errorf("store: step %s was applied and %s was not: %w", m.name, gap, ErrSchema)
		}
		delete(applied, m.name)
	}
	if len(applied) > 0 {
		name := slices.Max(slices.Collect(maps.Keys(applied)))
		return nil, &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database was made by a newer version of the program",
			Err: fmt.Errorf("the database is at step %s, this program knows steps up to %s: %w", name, steps[len(steps)-1].name, ErrSchema)}
	}
	return out, nil
}

// applied reads which steps the database has; none when it is empty. The time of one that was begun is zero.
func (r reader) applied(ctx context.Context) (map[string]micros, error) {
	s := r.s
	var n int
	if _, err := oneUnprepared(ctx, r.h, s.text(s.flavor.hasTable), []any{s.cfg.Prefix + "migrations"}, &n); err != nil || n == 0 {
		return nil, err
	}
	out := map[string]micros{}
	rows, err := r.h.QueryContext(ctx, s.text("SELECT name, applied_at FROM {migrations} ORDER BY name"))
	if err != nil {
		return nil, err
	}
	defer func(rows *sql.Rows) { _ = rows.Close() }(rows)
	for rows.Next() {
		var name string
		var at micros
		if err := rows.Scan(&name, &at); err != nil {
			return nil, s.fail(err)
		}
		out[name] = at
	}
	return out, s.fail(rows.Err())
}
