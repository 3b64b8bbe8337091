package store

import (
	"context"
	"embed"
	"io/fs"
	"strings"
	"unicode"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"github.com/ticketkit/ticketkit/ticket"
)

// flavor is all that differs between databases, beside the migrations.
type flavor struct {
	name       string
	begin      string // opens a transaction that may write at once
	migrations fs.FS
	hasTable   string // counts the tables of a name
	classify   func(error) Class
	settings   []setting // what a host's handle must have; see CheckHost

	// aside marks a column so that the planner takes no index for it: the order of a list decides, not its filters. Databases
	// that keep statistics need no mark.
	aside func(column string) string

	// Full text: doc n of a ticket, 0 for its subject and requester and above that its messages.
	putDoc  func(ctx context.Context, h *handle, d doc) error
	dropDoc func(ctx context.Context, h *handle, number int64, n int) error
	// match gives a constant query, whose last placeholder is a limit still to be added to args, of the numbers from lo to hi of the
	// tickets in which a word occurs: rising, and as often as the ticket has texts with it.
	match func(word string, notes bool, lo, hi int64) (text string, args []any)
	// among is a condition on a column: to be in a JSON array of numbers, the one placeholder.
	among func(column string) string
}

//go:embed migrations
var migrationFiles embed.FS

func flavorOf(d schema.Dialect) (flavor, error) {
	if d.Name() != dialect.SQLite {
		return flavor{}, ticket.InvalidField("dialect", "%s is not supported", d.Name())
	}
	files, err := fs.Sub(migrationFiles, "migrations/sqlite")
	if err != nil {
		return flavor{}, op("migrations", err)
	}
	return flavor{
		name:       "SQLite",
		begin:      "BEGIN IMMEDIATE",
		migrations: files,
		hasTable:   "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
		classify:   ClassifySQLite,
		settings: []setting{
			{"PRAGMA foreign_keys", []string{"1"}, "switch foreign_keys on for every connection, in the DSN"},
			{"PRAGMA journal_mode", []string{"wal", "delete", "truncate", "persist", "memory"}, "journal_mode must not be off: a failed change could not be undone"},
		},
		aside:   func(column string) string { return "+" + column },
		putDoc:  putDocSQLite,
		dropDoc: dropDocSQLite,
		match:   matchSQLite,
		among:   func(column string) string { return column + " IN (SELECT value FROM json_each(?))" },
	}, nil
}

// doc is one indexed text.
type doc struct {
	ticket  ticket.ID
	number  int64 // 0: not known yet
	n       int
	replace bool // it may be indexed already
	text    string
	note    bool
}

// docBits is how many bits of a row id of the FTS table hold the place of a doc within its ticket; the ticket's number is above.
const docBits = 20

func docID(number int64, n int) int64 { return number<<docBits | int64(n) }

func putDocSQLite(ctx context.Context, h *handle, d doc) error {
	if d.n >= 1<<docBits {
		return nil // a conversation of a million messages is found by its earlier ones
	}
	if d.replace {
		if err := dropDocSQLite(ctx, h, d.number, d.n); err != nil {
			return err
		}
	}
	public, note := d.text, ""
	if d.note {
		public, note = "", d.text
	}
	_, err := h.exec(ctx, h.s.text("INSERT INTO {search} (rowid, body, note) VALUES (?, ?, ?)"), docID(d.number, d.n), public, note)
	return err
}

func dropDocSQLite(ctx context.Context, h *handle, number int64, n int) error {
	_, err := h.exec(ctx, h.s.text("DELETE FROM {search} WHERE rowid = ?"), docID(number, n))
	return err
}

// matchSQLite quotes the word, so that nothing in it is an operator of FTS5 (sqlite.org/fts5.html section 3.1).
func matchSQLite(word string, notes bool, lo, hi int64) (string, []any) {
	word, prefix := strings.CutSuffix(word, "*")
	q := `"` + strings.ReplaceAll(strings.ReplaceAll(word, "\x00", " "), `"`, `""`) + `"`
	if prefix {
		q += "*"
	}
	if !notes {
		q = "body : " + q
	}
	return "SELECT rowid >> 20 FROM {search} WHERE {search} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?",
		[]any{q, docID(lo, 0), docID(hi, 1<<docBits-1)}
}

// searchable leaves the words in which there is anything to be found.
func searchable(words []string) []string {
	var out []string
	for _, w := range words {
		if strings.IndexFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0 {
			out = append(out, w)
		}
	}
	return out
}
