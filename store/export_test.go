package store

import (
	"context"
	"io/fs"
	"maps"
	"reflect"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// SetMigrations replaces the steps that s knows.
func SetMigrations(s *Store, files fs.FS) { s.flavor.migrations = files }

// Migrations are the steps of the database of s.
func Migrations(s *Store) fs.FS { return s.flavor.migrations }

// Statements cuts a step.
func Statements(text string) []string { return statements(text) }

// ListSQL is the statement of a list.
func ListSQL(s *Store, sc ticket.Scope, q ticket.Query) (string, []any) {
	if q.Sort == "" {
		q.Sort = ticket.ByUpdated
	}
	l := lister{s: s, q: q, sort: orderOf(q.Sort), limit: 30}
	text, args, _ := l.build(sc, s.ticketColumns(), neighbours)
	return text, args
}

// TicketSQL is the statement that reads one ticket.
func TicketSQL(s *Store, sc ticket.Scope) string {
	clause, _ := scopeWhere(sc, s.flavor.aside)
	return s.ticketBy("t.id = ?", clause)
}

// DueClocksSQL is how the overview counts what comes due.
func DueClocksSQL(s *Store, sc ticket.Scope) (string, []any) {
	text, args := s.dueClocks(sc, "s.due_at <= ?", time.UnixMicro(1), time.UnixMicro(2))
	return s.expand(text), args
}

// BacklogSQL is how what is open is counted.
func BacklogSQL(s *Store, sc ticket.Scope, f report.Filter) (string, []any) {
	return s.backlogSQL(sc, f, []time.Time{time.UnixMicro(1), time.UnixMicro(2)})
}

// DueSQL is the statement that finds jobs.
func DueSQL(s *Store, kinds []string) (string, []any) { return s.dueSQL(kinds, 1, 10) }

// AnyDueSQL is the statement that tells whether something can be claimed.
func AnyDueSQL(s *Store, kinds []string) (string, []any) { return s.anyDueSQL(kinds, 1) }

// BlobInUseSQL is the statement of BlobInUse.
func BlobInUseSQL(s *Store) string { return s.text(blobInUse) }

// Tables is how many row types there are.
func Tables() int {
	return reflect.TypeFor[tables]().NumField()
}

// ModelColumns are the columns of the row types, by table.
func ModelColumns(s *Store) map[string][]string {
	t := &s.tables
	out := map[string][]string{}
	add := func(name string, columns []string) { out[name] = columns }
	add(t.tickets.name, t.tickets.columns)
	add(t.tags.name, t.tags.columns)
	add(t.queues.name, t.queues.columns)
	add(t.contacts.name, t.contacts.columns)
	add(t.identities.name, t.identities.columns)
	add(t.participants.name, t.participants.columns)
	add(t.messages.name, t.messages.columns)
	add(t.html.name, t.html.columns)
	add(t.attachments.name, t.attachments.columns)
	add(t.refs.name, t.refs.columns)
	add(t.receipts.name, t.receipts.columns)
	add(t.events.name, t.events.columns)
	add(t.private.name, t.private.columns)
	add(t.desk.name, t.desk.columns)
	add(t.presence.name, t.presence.columns)
	add(t.jobs.name, t.jobs.columns)
	add(t.accounts.name, t.accounts.columns)
	add(t.grants.name, t.grants.columns)
	add(t.roles.name, t.roles.columns)
	add(t.calls.name, t.calls.columns)
	add(t.signingKeys.name, t.signingKeys.columns)
	add(t.sessions.name, t.sessions.columns)
	add(t.accountLinks.name, t.accountLinks.columns)
	add(t.tokens.name, t.tokens.columns)
	add(t.state.name, t.state.columns)
	add(t.leases.name, t.leases.columns)
	add(t.terms.name, t.terms.columns)
	add(t.metrics.name, t.metrics.columns)
	add(t.facts.name, t.facts.columns)
	add(t.factDays.name, t.factDays.columns)
	add(t.factChanges.name, t.factChanges.columns)
	add(t.saved.name, t.saved.columns)
	add(t.personal.name, t.personal.columns)
	add(t.mentions.name, t.mentions.columns)
	add(t.mailboxes.name, t.mailboxes.columns)
	add(t.panels.name, t.panels.columns)
	add(t.parked.name, t.parked.columns)
	add(t.definitions.name, t.definitions.columns)
	add(t.clocks.name, t.clocks.columns)
	add(t.outcomes.name, t.outcomes.columns)
	add(t.links.name, t.links.columns)
	add(t.guards.name, t.guards.columns)
	add(t.fieldDefs.name, t.fieldDefs.columns)
	add(t.fields.name, t.fields.columns)
	add(t.mailRules.name, t.mailRules.columns)
	add(t.autoMails.name, t.autoMails.columns)
	return maps.Clone(out)
}

// MaxStamped is how many events share a transaction when they are stamped.
const MaxStamped = maxStamped

// MaxBatch is how many closures share a commit.
const MaxBatch = maxBatch

// CachedStmts tells how many statements the reading side keeps.
func CachedStmts(s *Store) int {
	s.h.stmts.mu.Lock()
	defer s.h.stmts.mu.Unlock()
	return s.h.stmts.order.Len()
}

// SetMaxStmts lowers how many statements are kept for reading, and for the next connection that writes.
func SetMaxStmts(s *Store, n int) { s.maxStmts, s.h.stmts.max = n, n }

// Waiting tells how many closures wait for their turn.
func Waiting(s *Store) int {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return len(s.writer.queue)
}

// SetBounds lowers how far sets of tickets are read; see finder.
func SetBounds(s *Store, few, many int) { s.sets = bounds{few, many} }

// Unprepared makes reads go to the driver as text, so that a test sees them.
func Unprepared(s *Store) { s.h.stmts = nil }

// WordSQL are the statements that look for a word by the index and in the texts, as they are for one that is rare and one that is common.
func WordSQL(s *Store, word string) (indexed string, iargs []any, looked string, largs []any) {
	f := finder{reader: s.reader}
	indexed, iargs = s.flavor.match(s.h, word, true, 0, 1<<40)
	cond, largs := f.looked(source{word: word, notes: true})
	return s.text(indexed) + limitTo(201), iargs, s.text(throughTexts+cond+" ORDER BY number") + limitTo(201), append([]any{0, int64(1) << 40}, largs...)
}

// LookThrough tells whether up to limit texts with a word are found without the index.
func LookThrough(ctx context.Context, s *Store, word string, limit int) (bool, error) {
	f := finder{reader: s.reader, totals: map[string]float64{}}
	cond, args := f.looked(source{word: word})
	_, _, found, err := f.lookThrough(ctx, word, cond, args, 0, 1<<40, limit)
	return found, err
}
