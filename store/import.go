package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// ErrNotEmpty is what Import gives for a database that holds something already; errors.Is finds it.
var ErrNotEmpty = errors.New("the database is not empty")

// maxExportLine bounds one row of an export: a message of the largest size with its JSON around it.
const maxExportLine = 64 << 20

// importBatch is how many rows one transaction writes.
const importBatch = 500

// Import reads what Export wrote into a database that was migrated and is empty, whatever kind it is of. A file that was cut or changed, that is of a
// newer schema or that holds what this program does not know gives an error; the rows that were written until then stay, and the database
// is not empty any more: begin with a new one. Nobody else may use the database meanwhile. Jobs that were being run wait to be run again.
func (s *Store) Import(ctx context.Context, r io.Reader) (Exported, error) {
	out := Exported{Rows: map[string]int{}}
	if err := s.importable(ctx); err != nil {
		return out, err
	}
	in := bufio.NewReaderSize(r, 1<<16)
	sum := sha256.New()
	line, err := readLine(in)
	if err != nil {
		return out, badExport(1, err)
	}
	sum.Write(line)
	var head exportHead
	if err := json.Unmarshal(line, &head); err != nil || head.Of != exportProgram {
		return out, badExport(1, errors.New("it is no export of ticketkit"))
	}
	if head.Export != exportFormat {
		return out, badExport(1, fmt.Errorf("format %d is newer than this program", head.Export))
	}
	steps, err := s.MigrationStatus(ctx)
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(steps, func(m Migration) bool { return m.Name == head.Schema })
	if i < 0 {
		return out, badExport(1, fmt.Errorf("%w: it was made with step %s", ErrSchema, head.Schema))
	}
	out.Last, out.At, out.Number = steps[i], head.At.time(), head.Number

	byName := map[string]portable{}
	for _, t := range s.tables.all() {
		byName[t.title()] = t
	}
	var into *importer
	for n := 2; ; n++ {
		line, err := readLine(in)
		if err != nil {
			return out, badExport(n, err)
		}
		if line[0] == '[' && into != nil {
			sum.Write(line)
			if err := into.add(ctx, s, line); err != nil {
				return out, badExport(n, err)
			}
			out.Rows[into.title]++
			continue
		}
		if err := into.flush(ctx, s); err != nil {
			return out, badExport(n, err)
		}
		var next struct {
			exportTable
			exportFoot
		}
		if err := json.Unmarshal(line, &next); err != nil {
			return out, badExport(n, err)
		}
		if next.SHA256 != "" {
			if next.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return out, badExport(n, errors.New("it was changed since it was made: its checksum is another"))
			}
			break
		}
		sum.Write(line)
		t := byName[next.Table]
		if t == nil {
			return out, badExport(n, fmt.Errorf("there is no table %q", next.Table))
		}
		delete(byName, next.Table)
		if into, err = t.importer(next.Columns); err != nil {
			return out, badExport(n, err)
		}
		out.Rows[next.Table] = 0
	}
	return out, s.settleImport(ctx, out.Number)
}

// importable makes sure that nothing is there that an import would mix with. What the migrations and the first start put there is removed.
func (s *Store) importable(ctx context.Context) error {
	for _, t := range []string{"tickets", "contacts", "messages", "events", "parked"} {
		var one int
		found, err := s.h.one(ctx, s.expand("SELECT 1 FROM {"+t+"}")+limitTo(1), nil, &one)
		if err != nil {
			return err
		}
		if found {
			return fmt.Errorf("store: import: %w: it has rows in %s", ErrNotEmpty, t)
		}
	}
	return s.write(ctx, func(tx *Tx) error {
		for _, t := range append(s.tables.running(), s.tables.all()...) {
			if t == portable(&s.tables.desk) { // its one row stays and is written over
				continue
			}
			if _, err := tx.h.exec(ctx, "DELETE FROM "+s.cfg.Prefix+t.title()); err != nil {
				return err
			}
		}
		return nil
	})
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := r.ReadSlice('\n')
		out = append(out, part...)
		switch {
		case err == nil && len(out) > 1:
			return out, nil
		case err == nil || err == io.EOF: //nolint:errorlint // bufio gives it as it is
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(out) > maxExportLine:
			return nil, errors.New("the line is too long")
		}
	}
}

func badExport(line int, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends in the middle: it was cut, or its export failed")
	}
	return fmt.Errorf("store: import: line %d: %w", line, err)
}

// importer writes the rows of one table.
type importer struct {
	title string
	text  string
	parse func(line []byte) ([]any, error)
	rows  [][]any
}

func (t *table[R]) importer(columns []string) (*importer, error) {
	known, places := t.portableColumns()
	at := make([]int, len(columns)) // columns that came with later steps keep their zero value
	for i, c := range columns {
		j := slices.Index(known, c)
		if j < 0 {
			return nil, fmt.Errorf("the table %s has no column %q", t.base, c)
		}
		at[i] = places[j]
	}
	insert := t.flavor.bind("INSERT INTO " + t.name + " (" + strings.Join(known, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(known)-1) + ")")
	if t.base == "desk" {
		insert = t.flavor.bind("UPDATE " + t.name + " SET " + strings.Join(known, " = ?, ") + " = ?")
	}
	parse := func(line []byte) ([]any, error) {
		var values []json.RawMessage
		if err := json.Unmarshal(line, &values); err != nil {
			return nil, err
		}
		if len(values) != len(columns) {
			return nil, fmt.Errorf("%d values for %d columns of %s", len(values), len(columns), t.base)
		}
		row := new(R)
		dest := t.dest(row)
		for i, v := range values {
			if err := json.Unmarshal(v, dest[at[i]]); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", t.base, columns[i], err)
			}
		}
		if j, ok := any(row).(*jobRow); ok && j.State == string(jobs.StateLeased) { // who ran it is gone
			j.State, j.LeaseToken, j.LeaseUntil = string(jobs.StatePending), "", 0
		}
		args := make([]any, len(places))
		for i, p := range places {
			args[i] = t.value(row, p)
		}
		return args, nil
	}
	return &importer{title: t.base, text: insert, parse: parse}, nil
}

func (i *importer) add(ctx context.Context, s *Store, line []byte) error {
	args, err := i.parse(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil {
		return err
	}
	if i.rows = append(i.rows, args); len(i.rows) < importBatch {
		return nil
	}
	return i.flush(ctx, s)
}

// flush writes the rows that wait. A nil importer has none.
func (i *importer) flush(ctx context.Context, s *Store) error {
	if i == nil || len(i.rows) == 0 {
		return nil
	}
	err := s.write(ctx, func(tx *Tx) error {
		for _, args := range i.rows {
			if _, err := tx.h.exec(ctx, i.text, args...); err != nil {
				return err
			}
		}
		return nil
	})
	i.rows = i.rows[:0]
	return err
}

// settleImport brings what follows from the rows: the counters, and the index of words.
func (s *Store) settleImport(ctx context.Context, number int64) error {
	err := s.write(ctx, func(tx *Tx) error {
		if err := s.flavor.count(ctx, tx.h, number); err != nil {
			return err
		}
		if s.flavor.alone {
			return nil
		}
		_, err := tx.h.exec(ctx, s.text("UPDATE {sequence} SET last = (SELECT COALESCE(MAX(seq), 0) FROM {events}) WHERE id = 1"))
		return err
	})
	if err != nil {
		return err
	}
	return s.indexAll(ctx)
}

// indexAll indexes the words of every ticket, which has none indexed yet.
func (s *Store) indexAll(ctx context.Context) error {
	for after := int64(0); ; {
		var done int
		err := s.write(ctx, func(tx *Tx) error {
			list, err := s.unindexed(ctx, tx, after)
			if err != nil {
				return err
			}
			for _, d := range list {
				tx.index(doc{ticket: d.ticket, number: d.number})
				if err := s.indexMessages(ctx, tx, d); err != nil {
					return err
				}
			}
			if done = len(list); done > 0 {
				after = list[done-1].number
			}
			return nil
		})
		if err != nil || done == 0 {
			return err
		}
	}
}

// indexBatch is how many tickets are indexed in one transaction.
const indexBatch = 100

func (s *Store) unindexed(ctx context.Context, tx *Tx, after int64) (list []doc, err error) {
	err = tx.h.query(ctx, s.expand("SELECT number, id FROM {tickets} WHERE number > ? ORDER BY number"+limitTo(indexBatch)), []any{after}, func(rows *sql.Rows) error {
		var d doc
		err := rows.Scan(&d.number, &d.ticket)
		list = append(list, d)
		return err
	})
	return list, err
}

func (s *Store) indexMessages(ctx context.Context, tx *Tx, of doc) error {
	files := map[int][]string{}
	err := tx.h.query(ctx, s.text("SELECT m.n, f.name FROM {attachments} f JOIN {messages} m ON m.id = f.message_id WHERE f.ticket_id = ? ORDER BY m.n, f.position"), []any{of.ticket}, func(rows *sql.Rows) error {
		var n int
		var name string
		err := rows.Scan(&n, &name)
		files[n] = append(files[n], name)
		return err
	})
	if err != nil {
		return err
	}
	return tx.h.query(ctx, s.text("SELECT n, kind, body, quoted FROM {messages} WHERE ticket_id = ? ORDER BY n"), []any{of.ticket}, func(rows *sql.Rows) error {
		var n int
		var kind ticket.MessageKind
		var text, quoted string
		err := rows.Scan(&n, &kind, &text, &quoted)
		d := messageDoc(of.ticket, n, kind, text, quoted, files[n])
		d.number = of.number
		tx.index(d)
		return err
	})
}
