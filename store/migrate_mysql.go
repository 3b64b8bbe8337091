package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// migrateMySQL applies the steps that wait, one statement at a time: MySQL commits with each change of the schema, so a step cannot be
// one transaction. How far a step has come stands in {migrations}, and a process that was killed is followed by one that goes on at the
// statement where it stopped. A lock of the server, held by one connection all the while, keeps a second process waiting.
func migrateMySQL(ctx context.Context, s *Store) (err error) {
	conn, err := s.cfg.DB.Conn(ctx)
	if err != nil {
		return s.fail(err)
	}
	defer func() {
		if err != nil { // it may hold the lock and an open transaction: both end with it
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		_ = conn.Close()
	}()
	h := &handle{s: s, conn: conn}
	name, err := mysqlLock(ctx, h)
	if err != nil {
		return err
	}
	exact, err := exactCollation(ctx, h)
	if err != nil {
		return err
	}
	if _, err := h.exec(ctx, s.expand("CREATE TABLE IF NOT EXISTS {migrations} (name VARCHAR(200) NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL, done INTEGER NOT NULL)"+
		" ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE "+exact)); err != nil {
		return err
	}
	steps, err := loadMigrations(s.flavor.migrations, s.names.Replace)
	if err != nil {
		return err
	}
	status, err := reader{s: s, h: h}.migrationStatus(ctx) // again, now that nobody else changes it
	if err != nil {
		return err
	}
	for i, m := range steps {
		if !status[i].Applied.IsZero() {
			continue
		}
		m.text = strings.ReplaceAll(m.text, "utf8mb4_bin", exact)
		if err := s.applyStatements(ctx, conn, m); err != nil {
			return fmt.Errorf("store: migration %s: %w", m.name, err)
		}
		s.log.InfoContext(ctx, "schema changed", "step", m.name)
	}
	_, err = h.exec(ctx, "DO RELEASE_LOCK(?)", name)
	return err
}

// exactCollation is the one by which the server compares the bytes of text. In the one that both kinds of server know by one name, utf8mb4_bin,
// text that differs in blanks at the end is the same.
func exactCollation(ctx context.Context, h *handle) (name string, err error) {
	found, err := h.one(ctx, "SELECT collation_name FROM information_schema.collations WHERE collation_name IN ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin')"+
		" ORDER BY collation_name LIMIT 1", nil, &name)
	if err == nil && !found {
		err = unfit("the server is too old: MySQL 8.0.17 or MariaDB 10.6 is needed")
	}
	return name, err
}

// mysqlLock takes the lock of this desk in this database; the server knows no lock per database.
func mysqlLock(ctx context.Context, h *handle) (string, error) {
	var db sql.NullString
	if _, err := h.one(ctx, "SELECT DATABASE()", nil, &db); err != nil {
		return "", err
	}
	if !db.Valid {
		return "", &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the connection names no database"}
	}
	sum := sha256.Sum256([]byte(db.String + "\x00" + h.s.cfg.Prefix))
	name := "ticketkit:" + hex.EncodeToString(sum[:20])
	for {
		var got sql.NullInt64
		if _, err := h.one(ctx, "SELECT GET_LOCK(?, 5)", []any{name}, &got); err != nil {
			return "", err
		}
		if got.Int64 == 1 {
			return name, nil
		}
	}
}

// applyStatements goes on with a step where it was left.
func (s *Store) applyStatements(ctx context.Context, conn *sql.Conn, m migration) error {
	h := &handle{s: s, conn: conn}
	var done int
	resumed, err := h.one(ctx, s.text("SELECT done FROM {migrations} WHERE name = ?"), []any{m.name}, &done)
	if err != nil {
		return err
	}
	if !resumed {
		if _, err := h.exec(ctx, s.text("INSERT INTO {migrations} (name, applied_at, done) VALUES (?, 0, 0)"), m.name); err != nil {
			return err
		}
	}
	list := statements(m.text)
	if done > len(list) {
		return fmt.Errorf("%d of its %d statements were applied: %w", done, len(list), ErrSchema)
	}
	for i, text := range list[done:] {
		// A change of rows is one transaction with its note. A change of the schema commits by itself, so the one that the killed process was
		// at may have been made without the note; then it says that it is there already.
		_, err := h.exec(ctx, "START TRANSACTION")
		if err == nil {
			_, err = h.exec(ctx, text)
		}
		if resumed && i == 0 && classOf(err) == Exists {
			err = nil
		}
		if err == nil {
			_, err = h.exec(ctx, s.text("UPDATE {migrations} SET done = ? WHERE name = ?"), done+i+1, m.name)
		}
		if err == nil {
			_, err = h.exec(ctx, "COMMIT")
		}
		if err != nil {
			return fmt.Errorf("statement %d: %w", done+i+1, err)
		}
	}
	_, err = h.exec(ctx, s.text("UPDATE {migrations} SET applied_at = ? WHERE name = ?"), toMicros(s.cfg.Now()), m.name)
	return err
}

// statements cuts a step at the semicolons that end a line, and leaves out lines of comment.
func statements(text string) []string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "--") })
	var out []string
	for part := range strings.SplitSeq(strings.Join(lines, "\n")+"\n", ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
