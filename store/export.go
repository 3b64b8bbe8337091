package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
)

// Exported says what an export or an import held.
type Exported struct {
	Rows   map[string]int // by table, without the prefix
	Last   Migration      // newest step of the schema that it was made with
	At     time.Time      // when it was made
	Number int64          // newest ticket number that was given out
}

// Total is the number of all rows.
func (e Exported) Total() (n int) {
	for _, rows := range e.Rows {
		n += rows
	}
	return n
}

// An export is lines of JSON: a head, for each table a line with its columns and then its rows, and a foot with the SHA-256 of all lines
// before it, so that a file that was cut or changed is never taken for whole. Texts are in UTF-8, bytes in base64, times in microseconds
// since 1970 UTC. What follows from other rows, such as the index of words, is not in it, nor what belongs to a running process: leases
// and who looks at which ticket.
const (
	exportFormat  = 1
	exportProgram = "ticketkit"
)

type (
	exportHead struct {
		Export int    `json:"export"` // exportFormat
		Of     string `json:"of"`     // exportProgram
		Schema string `json:"schema"` // name of the newest migration
		At     micros `json:"at"`
		Number int64  `json:"number"`
	}
	exportTable struct {
		Table   string   `json:"table"`
		Columns []string `json:"columns"`
	}
	exportFoot struct {
		Rows   map[string]int `json:"rows"`
		SHA256 string         `json:"sha256"`
	}
)

// Export writes all that the database holds to w, as it was at one moment, while others go on working. Blobs are not in it: see BlobNames.
// The result of a database of one kind can be read by Import into any other.
func (s *Store) Export(ctx context.Context, w io.Writer) (Exported, error) {
	out := Exported{Rows: map[string]int{}, At: s.cfg.Now()}
	steps, err := s.MigrationStatus(ctx)
	if err != nil {
		return out, err
	}
	if i := slices.IndexFunc(steps, func(m Migration) bool { return m.Applied.IsZero() }); i >= 0 || len(steps) == 0 {
		return out, fmt.Errorf("store: export: %w: run the migrations first", ErrSchema)
	}
	out.Last = steps[len(steps)-1]
	if _, err := s.sequence(ctx, s.flavor.lock); err != nil { // so that hardly an event is without its place
		return out, err
	}
	err = s.snapshot(ctx, func(h *handle) error {
		if out.Number, err = s.flavor.newest(ctx, h); err != nil {
			return err
		}
		sum := sha256.New()
		lines := &lineWriter{w: bufio.NewWriterSize(w, 1<<16), sum: sum}
		lines.write(exportHead{exportFormat, exportProgram, out.Last.Name, toMicros(out.At), out.Number})
		for _, t := range s.tables.all() {
			n, err := t.export(ctx, h, lines)
			if err != nil {
				return op("export of "+t.title(), err)
			}
			out.Rows[t.title()] = n
		}
		lines.sum = nil
		lines.write(exportFoot{out.Rows, hex.EncodeToString(sum.Sum(nil))})
		if lines.err == nil {
			lines.err = lines.w.Flush()
		}
		return op("write the export", lines.err)
	})
	return out, err
}

// snapshot runs fn over a connection that sees one moment of the database and cannot write.
func (s *Store) snapshot(ctx context.Context, fn func(h *handle) error) (err error) {
	pool := s.cfg.Read
	if pool == nil {
		pool = s.cfg.DB
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return s.fail(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, s.flavor.snapshot); err != nil {
		return s.fail(err)
	}
	defer func() {
		if _, end := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); end != nil && err == nil {
			err = s.fail(end)
		}
	}()
	return fn(&handle{s: s, conn: conn})
}

// lineWriter writes values as lines of JSON and keeps the first error.
type lineWriter struct {
	w   *bufio.Writer
	sum hash.Hash
	err error
}

func (l *lineWriter) write(v any) {
	b, err := json.Marshal(v)
	if err == nil && l.err == nil {
		b = append(b, '\n')
		if l.sum != nil {
			l.sum.Write(b)
		}
		_, err = l.w.Write(b)
	}
	if l.err == nil {
		l.err = err
	}
}

// portable is a table in an export.
type portable interface {
	title() string
	export(ctx context.Context, h *handle, to *lineWriter) (int, error)
	importer(columns []string) (*importer, error)
}

// all are the tables of an export, those first that others lean on.
func (t *tables) all() []portable {
	return []portable{
		&t.state, &t.definitions, &t.mailRules, &t.roles, &t.signingKeys, &t.queues, &t.fieldDefs, &t.accounts, &t.grants, &t.accountLinks, &t.sessions, &t.tokens,
		&t.contacts, &t.identities, &t.tickets, &t.tags, &t.fields, &t.links, &t.guards, &t.participants, &t.messages, &t.html, &t.attachments, &t.refs,
		&t.receipts, &t.clocks, &t.outcomes, &t.events, &t.private, &t.desk, &t.mailboxes, &t.panels, &t.parked, &t.autoMails, &t.calls, &t.jobs,
		&t.terms, &t.metrics, &t.facts, &t.saved, &t.personal, &t.mentions,
	}
}

// running are the tables that are in no export: those that belong to running processes, and what is rolled up from facts again.
func (t *tables) running() []portable {
	return []portable{&t.leases, &t.presence, &t.factDays, &t.factChanges}
}

func (t *table[R]) title() string { return t.base }

// portableColumns are the columns of an export, with the places of their fields. The newest ticket number stands in the head of an export, for it is
// a column in SQLite alone.
func (t *table[R]) portableColumns() (columns []string, fields []int) {
	for i, c := range t.columns {
		if t.base == "desk" && c == "number" {
			continue
		}
		columns, fields = append(columns, c), append(fields, i)
	}
	return columns, fields
}

// exportOrder is by the primary key, so that databases of each kind give the same lines; events that have no place yet come last.
func (t *table[R]) exportOrder() string {
	if t.base == "events" {
		return " ORDER BY CASE WHEN e.seq IS NULL THEN 1 ELSE 0 END, e.seq, e.ticket_id, e.n"
	}
	return " ORDER BY e." + strings.Join(t.keys, ", e.")
}

func (t *table[R]) export(ctx context.Context, h *handle, to *lineWriter) (n int, err error) {
	columns, places := t.portableColumns()
	to.write(exportTable{t.base, columns})
	var row R
	all := t.dest(&row)
	dest, values := make([]any, len(places)), make([]any, len(places))
	for i, p := range places {
		dest[i] = all[p]
	}
	var seq sql.NullInt64
	last := int64(0)
	if t.base == "events" { // NULL is an event that was committed a moment ago: it comes behind all others, as it will be numbered
		dest[0] = &seq
	}
	list := "e." + columns[0]
	for _, c := range columns[1:] {
		list += ", e." + c
	}
	err = h.query(ctx, "SELECT "+list+" FROM "+t.name+" e"+t.exportOrder(), nil, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, p := range places {
			values[i] = t.value(&row, p)
		}
		if t.base == "events" {
			if !seq.Valid {
				seq.Int64 = last + 1
			}
			last = seq.Int64
			values[0] = last
		}
		to.write(values)
		n++
		return to.err
	})
	return n, err
}
