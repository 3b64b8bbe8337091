package store

import (
	"context"
	"strings"
)

func sqliteFlavor() flavor {
	return flavor{
		name:     "SQLite",
		hasTable: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
		classify: ClassifySQLite,
		settings: []setting{
			{"PRAGMA foreign_keys", []string{"1"}, "switch foreign_keys on for every connection, in the DSN"},
			{"PRAGMA journal_mode", []string{"wal", "delete", "truncate", "persist", "memory"}, "journal_mode must not be off: a failed change could not be undone"},
		},
		alone: true,
		begin: "BEGIN IMMEDIATE",
		// Its first statement, which follows at once, fixes the moment.
		snapshot: "BEGIN",
		keep:     func(string) string { return " ON CONFLICT DO NOTHING" },
		upsert:   onConflict,
		next:     nextSQLite,
		newest:   newestSQLite,
		count:    countSQLite,
		aside:    func(column string) string { return "+" + column },
		putDoc:   putDocSQLite,
		dropDoc:  dropDocSQLite,
		match:    matchSQLite,
		among:    func(column string) string { return column + " IN (SELECT value FROM json_each(?))" },
	}
}

// onConflict is the upsert of SQLite and PostgreSQL.
func onConflict(keys, set []string) string {
	var parts []string
	for _, c := range set {
		parts = append(parts, c+" = EXCLUDED."+c)
	}
	return " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET " + strings.Join(parts, ", ")
}

func nextSQLite(ctx context.Context, h *handle) (n int64, err error) {
	if _, err := h.exec(ctx, h.s.text("UPDATE {desk} SET number = number + 1 WHERE id = 1")); err != nil {
		return 0, err
	}
	found, err := h.one(ctx, h.s.text("SELECT number FROM {desk} WHERE id = 1"), nil, &n)
	if err == nil && !found {
		err = errNoDesk
	}
	return n, err
}

func newestSQLite(ctx context.Context, h *handle) (n int64, err error) {
	_, err = h.one(ctx, h.s.text("SELECT number FROM {desk} WHERE id = 1"), nil, &n)
	return n, err
}

func countSQLite(ctx context.Context, h *handle, number int64) error {
	_, err := h.exec(ctx, h.s.text("UPDATE {desk} SET number = ? WHERE id = 1"), number)
	return err
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
func matchSQLite(_ *handle, word string, notes bool, lo, hi int64) (string, []any) {
	word, prefix := strings.CutSuffix(word, "*")
	q := `"` + strings.ReplaceAll(strings.ReplaceAll(word, "\x00", " "), `"`, `""`) + `"`
	if prefix {
		q += "*"
	}
	if !notes {
		q = "body : " + q
	}
	return "SELECT rowid >> 20 FROM {search} WHERE {search} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid",
		[]any{q, docID(lo, 0), docID(hi, 1<<docBits-1)}
}
