package store

import (
	"context"
	"embed"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"github.com/ticketkit/ticketkit/ticket"
)

// flavor is all that differs between databases, beside the migrations. Statements are written with the placeholder ? and in the SQL that
// all three understand; what they do not share stands here.
type flavor struct {
	name       string
	migrations fs.FS
	hasTable   string // counts the tables of a name
	classify   func(error) Class
	settings   []setting                                 // what a host's handle must have; see CheckHost
	check      func(ctx context.Context, s *Store) error // the same, for what no query shows; may be nil
	guard      string                                    // begins a step of Migrate, in its transaction: only one process at a time goes on
	migrate    func(ctx context.Context, s *Store) error // nil: each step is one transaction; see Store.Migrate

	// alone is a database with one writer at a time: closures queue up for it and share commits, see writer. Elsewhere each has its own
	// transaction on the pool, and whatever rests on reading before writing has to lock; see transact.
	alone bool
	begin string // of alone: opens a transaction that may write at once

	numbered bool // placeholders are $1, $2, …

	// keep ends an INSERT that does nothing when a key is taken; upsert one that then writes the columns set. key is of the table.
	keep   func(key string) string
	upsert func(keys, set []string) string

	// lock ends a SELECT of one table, which then waits for who else changes the rows, and keeps others from changing them until the
	// end of the transaction; skip ends one that leaves out what others have locked. Both are "" where there is one writer.
	lock, skip string
	// clock is the database's time in microseconds, for leases; "" where the program's own clock is the only one.
	clock string
	// next allocates a ticket number.
	next func(ctx context.Context, h *handle) (int64, error)

	// newest is the ticket number that was allocated last, count the same as a setting.
	newest func(ctx context.Context, h *handle) (int64, error)
	count  func(ctx context.Context, h *handle, number int64) error
	// snapshot begins a transaction that reads one moment of the database.
	snapshot string

	// aside marks a column so that the planner takes no index for it: the order of a list decides, not its filters. Databases
	// that keep statistics need no mark.
	aside func(column string) string

	// Full text: doc n of a ticket, 0 for its subject and requester and above that its messages.
	putDoc  func(ctx context.Context, h *handle, d doc) error
	dropDoc func(ctx context.Context, h *handle, number int64, n int) error
	// match gives a constant query, to which a limit is still to be added, of the numbers from lo to hi of the
	// tickets in which a word occurs: rising, and as often as the ticket has texts with it. "" finds nothing.
	match func(h *handle, word string, notes bool, lo, hi int64) (text string, args []any)
	// look is the same as a condition on a text, which the planner must not take for one on the index; nil where the index gives its tickets in
	// their order, so that match is right for every word. See finder.common.
	look func(word string) (cond string, arg any)
	// among is a condition on a column: to be in a JSON array of numbers, the one placeholder.
	among func(column string) string
}

//go:embed migrations
var migrationFiles embed.FS

func flavorOf(d schema.Dialect) (flavor, error) {
	var f flavor
	var folder string
	switch d.Name() {
	case dialect.SQLite:
		f, folder = sqliteFlavor(), "sqlite"
	case dialect.PG:
		f, folder = postgresFlavor(), "postgres"
	case dialect.MySQL:
		f, folder = mysqlFlavor(), "mysql"
	default:
		return flavor{}, ticket.InvalidField("dialect", "%s is not supported", d.Name())
	}
	var err error
	f.migrations, err = fs.Sub(migrationFiles, "migrations/"+folder)
	return f, op("migrations", err)
}

// bind brings the placeholders of a statement into the form of the database. A statement that went through it once stays as it is.
func (f *flavor) bind(text string) string {
	if !f.numbered || !strings.Contains(text, "?") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 32)
	n, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func plain(column string) string { return column }

// doc is one indexed text.
type doc struct {
	ticket  ticket.ID
	number  int64 // 0: not known yet
	n       int
	replace bool // it may be indexed already
	text    string
	note    bool
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
