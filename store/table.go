package store

import (
	"reflect"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// table is what the prepared statements need to know of one row type. Its columns come from bun's reading of the type.
type table[R any] struct {
	base    string // its name
	name    string // with prefix
	columns []string
	fields  []*schema.Field
	keys    []string // the primary key
	insert  string   // INSERT INTO name (columns) VALUES (?, …)
	keep    string   // the same, doing nothing when a key is taken
	flavor  *flavor
}

// models reads row types, and knows how statements on them are written.
type models struct {
	*bun.DB
	flavor *flavor
}

func newTable[R any](db models, prefix string) table[R] {
	bt := db.Table(reflect.TypeFor[R]())
	t := table[R]{base: bt.Name, name: prefix + bt.Name, fields: bt.Fields, flavor: db.flavor}
	for _, f := range bt.Fields {
		t.columns = append(t.columns, f.Name)
	}
	for _, f := range bt.PKs {
		t.keys = append(t.keys, f.Name)
	}
	t.insert = db.flavor.bind("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(t.columns)-1) + ")")
	t.keep = t.insert + db.flavor.keep(t.keys[0])
	return t
}

// put is an insert that writes the columns set instead when a row of the same primary key is there.
func (t *table[R]) put(set ...string) string { return t.insert + t.flavor.upsert(t.keys, set) }

// update writes every column of the rows that meet where.
func (t *table[R]) update(where string) string {
	return t.flavor.bind("UPDATE " + t.name + " SET " + strings.Join(t.columns, " = ?, ") + " = ? WHERE " + where)
}

// of lists the columns of an alias for a SELECT.
func (t *table[R]) of(alias string) string {
	return alias + "." + strings.Join(t.columns, ", "+alias+".")
}

// values are the row's columns as arguments.
func (t *table[R]) values(row *R) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.fields))
	for i, f := range t.fields {
		out[i] = f.Value(v).Interface()
	}
	return out
}

// value is one column of the row, as an argument.
func (t *table[R]) value(row *R, place int) any {
	return t.fields[place].Value(reflect.ValueOf(row).Elem()).Interface()
}

// dest are the row's columns to scan into, with room for more behind.
func (t *table[R]) dest(row *R, more ...any) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.fields), len(t.fields)+len(more))
	for i, f := range t.fields {
		out[i] = f.Value(v).Addr().Interface()
	}
	return append(out, more...)
}

type tables struct {
	tickets      table[ticketRow]
	tags         table[tagRow]
	queues       table[queueRow]
	contacts     table[contactRow]
	identities   table[identityRow]
	participants table[participantRow]
	messages     table[messageRow]
	html         table[htmlRow]
	attachments  table[attachmentRow]
	refs         table[refRow]
	receipts     table[receiptRow]
	events       table[eventRow]
	private      table[privateRow]
	desk         table[deskRow]
	presence     table[presenceRow]
	jobs         table[jobRow]
	accounts     table[accountRow]
	grants       table[grantRow]
	roles        table[roleRow]
	calls        table[callRow]
	signingKeys  table[signingKeyRow]
	sessions     table[sessionRow]
	accountLinks table[accountLinkRow]
	tokens       table[tokenRow]
	state        table[stateRow]
	leases       table[leaseRow]
	mailboxes    table[mailboxRow]
	panels       table[panelRow]
	parked       table[parkedRow]
	definitions  table[definitionRow]
	clocks       table[clocksRow]
	outcomes     table[outcomeRow]
	links        table[linkRow]
	guards       table[guardRow]
	fieldDefs    table[fieldDefRow]
	fields       table[fieldRow]
	mailRules    table[mailRulesRow]
	autoMails    table[autoMailRow]
	terms        table[termRow]
	metrics      table[metricsRow]
	facts        table[factRow]
	factDays     table[factDayRow]
	factChanges  table[factChangeRow]
	saved        table[savedRow]
	personal     table[personalRow]
	mentions     table[mentionRow]
}

func newTables(db models, prefix string) tables {
	return tables{
		tickets:      newTable[ticketRow](db, prefix),
		tags:         newTable[tagRow](db, prefix),
		queues:       newTable[queueRow](db, prefix),
		contacts:     newTable[contactRow](db, prefix),
		identities:   newTable[identityRow](db, prefix),
		participants: newTable[participantRow](db, prefix),
		messages:     newTable[messageRow](db, prefix),
		html:         newTable[htmlRow](db, prefix),
		attachments:  newTable[attachmentRow](db, prefix),
		refs:         newTable[refRow](db, prefix),
		receipts:     newTable[receiptRow](db, prefix),
		events:       newTable[eventRow](db, prefix),
		private:      newTable[privateRow](db, prefix),
		desk:         newTable[deskRow](db, prefix),
		presence:     newTable[presenceRow](db, prefix),
		jobs:         newTable[jobRow](db, prefix),
		accounts:     newTable[accountRow](db, prefix),
		grants:       newTable[grantRow](db, prefix),
		roles:        newTable[roleRow](db, prefix),
		calls:        newTable[callRow](db, prefix),
		signingKeys:  newTable[signingKeyRow](db, prefix),
		sessions:     newTable[sessionRow](db, prefix),
		accountLinks: newTable[accountLinkRow](db, prefix),
		tokens:       newTable[tokenRow](db, prefix),
		state:        newTable[stateRow](db, prefix),
		leases:       newTable[leaseRow](db, prefix),
		mailboxes:    newTable[mailboxRow](db, prefix),
		panels:       newTable[panelRow](db, prefix),
		parked:       newTable[parkedRow](db, prefix),
		definitions:  newTable[definitionRow](db, prefix),
		clocks:       newTable[clocksRow](db, prefix),
		outcomes:     newTable[outcomeRow](db, prefix),
		links:        newTable[linkRow](db, prefix),
		guards:       newTable[guardRow](db, prefix),
		fieldDefs:    newTable[fieldDefRow](db, prefix),
		fields:       newTable[fieldRow](db, prefix),
		mailRules:    newTable[mailRulesRow](db, prefix),
		autoMails:    newTable[autoMailRow](db, prefix),
		terms:        newTable[termRow](db, prefix),
		metrics:      newTable[metricsRow](db, prefix),
		facts:        newTable[factRow](db, prefix),
		factDays:     newTable[factDayRow](db, prefix),
		factChanges:  newTable[factChangeRow](db, prefix),
		saved:        newTable[savedRow](db, prefix),
		personal:     newTable[personalRow](db, prefix),
		mentions:     newTable[mentionRow](db, prefix),
	}
}
