package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

func postgresFlavor() flavor {
	return flavor{
		name:     "PostgreSQL",
		hasTable: "SELECT CASE WHEN to_regclass(?) IS NULL THEN 0 ELSE 1 END",
		classify: ClassifyPostgres,
		settings: []setting{
			{"SHOW server_encoding", []string{"utf8"}, "make the database with ENCODING 'UTF8'"},
			{"SHOW standard_conforming_strings", []string{"on"}, "it is on by default since PostgreSQL 9.1"},
			{"SHOW transaction_read_only", []string{"off"}, "connect to the primary, as somebody who may write: target_session_attrs=read-write in the DSN finds it"},
		},
		// Locks of the transaction go with it, also behind a proxy that shares connections. A long step of another process is waited for.
		guard:    "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(hashtextextended('{migrations}', 0))",
		numbered: true,
		keep:     func(string) string { return " ON CONFLICT DO NOTHING" },
		upsert:   onConflict,
		lock:     " FOR NO KEY UPDATE", // leaves in peace who only refers to the row
		skip:     " FOR UPDATE SKIP LOCKED",
		clock:    "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)",
		next:     nextPostgres,
		newest:   newestPostgres,
		count:    countPostgres,
		snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		aside:    plain,
		putDoc:   putDocPostgres,
		dropDoc:  dropDoc,
		match:    matchPostgres,
		look:     lookPostgres,
		among: func(column string) string {
			return column + " IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON)))"
		},
	}
}

func nextPostgres(ctx context.Context, h *handle) (n int64, err error) {
	_, err = h.one(ctx, h.s.text("SELECT nextval('{ticket_numbers}')"), nil, &n)
	return n, err
}

func newestPostgres(ctx context.Context, h *handle) (n int64, err error) {
	_, err = h.one(ctx, h.s.text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {ticket_numbers}"), nil, &n)
	return n, err
}

func countPostgres(ctx context.Context, h *handle, number int64) error {
	var n int64
	_, err := h.one(ctx, h.s.text("SELECT setval('{ticket_numbers}', ?, ?)"), []any{max(number, 1), number > 0}, &n)
	return err
}

// A text is indexed in parts, because PostgreSQL keeps at most 255 places of a word in one tsvector, and at most 1 MB. The parts
// overlap, so that a phrase of up to partOverlap words is found wherever it stands.
const (
	partWords   = 250
	partOverlap = 16
)

func putDocPostgres(ctx context.Context, h *handle, d doc) error {
	if d.replace {
		if err := dropDoc(ctx, h, d.number, d.n); err != nil {
			return err
		}
	}
	list := words(d.text)
	for part := 0; len(list) > 0; part++ {
		n := min(partWords, len(list))
		if _, err := h.exec(ctx, h.s.text("INSERT INTO {search} (number, n, part, note, words) VALUES (?, ?, ?, ?, CAST(? AS TSVECTOR))"),
			d.number, d.n, part, d.note, vector(list[:n])); err != nil {
			return err
		}
		if n == len(list) {
			break
		}
		list = list[n-partOverlap:]
	}
	return nil
}

// vector writes words as a tsvector (postgresql.org/docs/current/datatype-textsearch.html): each with its place. There is nothing in
// a word that could end its quotes.
func vector(list []string) string {
	var b strings.Builder
	for i, w := range list {
		b.WriteString("'" + w + "':" + strconv.Itoa(i+1) + " ")
	}
	return b.String()
}

// dropDoc takes a text out of the index.
func dropDoc(ctx context.Context, h *handle, number int64, n int) error {
	_, err := h.exec(ctx, h.s.text("DELETE FROM {search} WHERE number = ? AND n = ?"), number, n)
	return err
}

// tsquery writes a word of a search as a query; "" when nothing in it can be found.
func tsquery(word string) string {
	list, begun := phrase(word)
	if len(list) == 0 {
		return ""
	}
	q := "'" + strings.Join(list, "' <-> '") + "'"
	if begun {
		q += ":*"
	}
	return q
}

// matchPostgres hides the number from the planner, which otherwise goes through all texts in their order, or collects the entries of that index, too.
func matchPostgres(_ *handle, word string, notes bool, lo, hi int64) (string, []any) {
	q := tsquery(word)
	if q == "" {
		return "", nil
	}
	text := "SELECT number FROM {search} WHERE words @@ CAST(? AS TSQUERY) AND number + 0 BETWEEN ? AND ?"
	if !notes {
		text += " AND NOT note"
	}
	return text + " ORDER BY number + 0", []any{q, lo, hi}
}

// lookPostgres hides the operator from the index in a test of its result.
func lookPostgres(word string) (string, any) {
	q := tsquery(word)
	if q == "" {
		return "", nil
	}
	return "(words @@ CAST(? AS TSQUERY)) IS TRUE", q
}

// ClassifyPostgres goes by SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html), which the errors of the usual drivers tell by
// a method of that name.
func ClassifyPostgres(err error) Class {
	e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err)
	if !ok {
		return classifyNet(err)
	}
	code := e.SQLState()
	switch code {
	case "23505":
		return Unique
	case "23503":
		return Reference
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
		return Busy
	case "57P01", "57P02", "25P03": // the server goes down; a transaction that was idle for too long
		return Lost
	case "53100":
		return Full
	case "25006", "57014", "57P03": // read only, cancelled by a timeout, not ready yet
		return Unavailable
	}
	if len(code) == 5 {
		switch code[:2] {
		case "08":
			return Lost
		case "28", "53", "58", "3D": // who may not sign in, no resources, I/O, no such database
			return Unavailable
		}
	}
	return Other
}
