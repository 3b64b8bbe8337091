package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	_ "github.com/go-sql-driver/mysql" // hand-written SQL goes through the same drivers
	_ "github.com/jackc/pgx/v5/stdlib"

	drivermysql "github.com/go-sql-driver/mysql"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

// base is one kind of database: how the desk opens it, how the hand does, and the few statements in which it differs.
type base struct {
	name   string
	about  string
	open   func(ctx context.Context) (*store.Store, error)
	hand   func(ctx context.Context) (write, read *sql.DB, err error)
	direct func(ctx context.Context) (*sql.DB, error) // for seeding
	rebind func(text string) string
	// statements that differ from SQLite's, by name; "" leaves one out.
	own    map[string]string
	number func(s *steps) int64
	// newID is the id of the ticket %[2]s (a number, as SQL) copied from the column %[1]s.
	newID string
	// copies are statements that end the copying of tickets up to ? by ? numbers; loosen comes before all copies, settle behind them.
	copies         []string
	loosen, settle []string
	// tidy comes behind a change of nearly all tickets at once, which leaves their table twice as large as the same changes over years.
	tidy   []string
	search string // what is looked for by hand: %s is each of the words
}

func keep(text string) string { return text }

func sqliteBase(dir string) *base {
	file := filepath.Join(dir, "desk.db")
	return &base{
		name: "SQLite", about: "synchronous=FULL",
		open: func(ctx context.Context) (*store.Store, error) {
			return sqlite.Open(ctx, file, sqlite.Options{Blobs: store.NewFileBlobs(filepath.Join(dir, "blobs"))})
		},
		hand: func(ctx context.Context) (*sql.DB, *sql.DB, error) {
			return handSQLite(ctx, file, filepath.Join(dir, "hand.db"))
		},
		direct: func(context.Context) (*sql.DB, error) {
			return sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(60000)&_pragma=synchronous(off)&_pragma=cache_size(-400000)&_txlock=immediate")
		},
		rebind: keep, own: map[string]string{},
		number: func(s *steps) (n int64) {
			s.do("count")
			s.row("number", []any{&n})
			return n
		},
		newID: "substr(%[1]s, 1, 24) || printf('%%012x', %[2]s)",
		copies: []string{
			"INSERT INTO ticketkit_search (rowid, body, note) SELECT (t.number + ?) << 20, t.subject || ' ' || c.name || ' ' || c.email, '' FROM ticketkit_tickets t JOIN ticketkit_contacts c ON c.id = t.requester_id WHERE t.number <= ?",
			"INSERT INTO ticketkit_search (rowid, body, note) SELECT ((t.number + ?) << 20) | m.n, CASE m.kind WHEN 'public' THEN m.body ELSE '' END, CASE m.kind WHEN 'public' THEN '' ELSE m.body END FROM ticketkit_messages m JOIN ticketkit_tickets t ON t.id = m.ticket_id WHERE t.number <= ?",
		},
		settle: []string{"UPDATE ticketkit_desk SET number = (SELECT MAX(number) FROM ticketkit_tickets)", "PRAGMA wal_checkpoint(TRUNCATE)"},
		search: `body : "%s" AND body : "%s"`,
	}
}

// handSQLite copies the desk's database page by page, so that rows lie as far apart as in the desk's and both files have just been read, and opens the
// copy as the desk would: one writer, some readers.
func handSQLite(ctx context.Context, from, file string) (write, read *sql.DB, err error) {
	raw, err := sql.Open("sqlite", "file:"+from+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, nil, err
	}
	raw.SetMaxOpenConns(1)
	for _, text := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "BEGIN IMMEDIATE"} { // nobody writes while the files are copied
		if _, err := raw.ExecContext(ctx, text); err != nil {
			return nil, nil, err
		}
	}
	for _, end := range []string{"", "-wal"} { // by another process: closing the file in this one would drop SQLite's locks
		if err := os.Remove(file + end); err != nil && !errors.Is(err, os.ErrNotExist) { // of an earlier run
			return nil, nil, err
		}
		if out, err := exec.CommandContext(ctx, "cp", from+end, file+end).CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("cp: %w: %s", err, out)
		}
	}
	if _, err := raw.ExecContext(ctx, "ROLLBACK"); err != nil {
		return nil, nil, err
	}
	if err := raw.Close(); err != nil {
		return nil, nil, err
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return nil, nil, err
	}
	dsn := "file:" + file + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if write, err = sql.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		return nil, nil, err
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	return write, read, nil
}

const copyWords = "INSERT INTO ticketkit_search (%[1]s) SELECT %[2]s FROM ticketkit_search s CROSS JOIN (SELECT CAST(? AS %[3]s) AS o) x WHERE s.number <= ?"

func postgresBase(dsn string) *base {
	return &base{
		name: "PostgreSQL", about: "fsync=on, synchronous_commit=on",
		open: func(ctx context.Context) (*store.Store, error) { return postgres.Open(ctx, dsn, postgres.Options{}) },
		hand: func(context.Context) (*sql.DB, *sql.DB, error) {
			db, err := sql.Open("pgx", dsn)
			return pooled(db), db, err
		},
		direct: func(context.Context) (*sql.DB, error) { return sql.Open("pgx", dsn) },
		rebind: func(text string) string {
			var b strings.Builder
			n := 0
			for _, r := range text {
				if r == '?' {
					n++
					b.WriteString("$" + strconv.Itoa(n))
				} else {
					b.WriteRune(r)
				}
			}
			return b.String()
		},
		own: map[string]string{"current": "SELECT number, version, message_count, event_count FROM ticketkit_tickets WHERE id = ? FOR UPDATE", "count": "",
			"find":   selectTicket + " WHERE t.number IN (SELECT number FROM ticketkit_search WHERE words @@ to_tsquery('simple', ?))" + newest,
			"number": "SELECT nextval('ticketkit_ticket_numbers')",
			"search": "INSERT INTO ticketkit_search (number, n, part, note, words) VALUES (CAST(? AS BIGINT), CAST(? AS INTEGER), 0, FALSE, to_tsvector('simple', CAST(? AS TEXT)))",
		},
		search: "%s & %s",
		loosen: []string{"DROP INDEX ticketkit_search_words"},
		number: func(s *steps) (n int64) {
			s.row("number", []any{&n})
			return n
		},
		newID:  "substr(%[1]s, 1, 24) || lpad(to_hex(%[2]s), 12, '0')",
		copies: []string{fmt.Sprintf(copyWords, "number, n, part, note, words", "s.number + x.o, s.n, s.part, s.note, s.words", "BIGINT")},
		settle: []string{"CREATE INDEX ticketkit_search_words ON ticketkit_search USING GIN (words)", "UPDATE ticketkit_events SET seq = pos WHERE seq IS NULL",
			"UPDATE ticketkit_sequence SET last = (SELECT MAX(pos) FROM ticketkit_events)", "SELECT setval('ticketkit_ticket_numbers', (SELECT MAX(number) FROM ticketkit_tickets))", "VACUUM ANALYZE"},
		tidy: []string{"VACUUM (FULL) ticketkit_tickets", "VACUUM (FULL) ticketkit_ticket_metrics"},
	}
}

func mariadbBase(dsn string) *base {
	return &base{
		name: "MariaDB", about: "innodb_flush_log_at_trx_commit=1",
		open: func(ctx context.Context) (*store.Store, error) { return mysql.Open(ctx, dsn, mysql.Options{}) },
		hand: func(context.Context) (*sql.DB, *sql.DB, error) {
			db, err := sql.Open("mysql", driverDSN(dsn))
			return pooled(db), db, err
		},
		direct: func(context.Context) (*sql.DB, error) { return sql.Open("mysql", driverDSN(dsn)) },
		rebind: keep,
		own: map[string]string{"current": "SELECT number, version, message_count, event_count FROM ticketkit_tickets WHERE id = ? FOR UPDATE",
			"find":  selectTicket + " WHERE t.number IN (SELECT number FROM ticketkit_search WHERE MATCH (words) AGAINST (? IN BOOLEAN MODE))" + newest,
			"count": "INSERT INTO ticketkit_ticket_numbers () VALUES ()", "number": "DELETE FROM ticketkit_ticket_numbers WHERE number = ?",
			"search": "INSERT INTO ticketkit_search (number, n, note, words) VALUES (?, ?, FALSE, ?)",
		},
		search: "+tk%s +tk%s", // the form in which words stand there
		loosen: []string{"ALTER TABLE ticketkit_search DROP INDEX ticketkit_search_words"},
		number: func(s *steps) int64 {
			n := s.insert("count")
			s.do("number", n)
			return n
		},
		newID:  "CONCAT(SUBSTR(%[1]s, 1, 24), LPAD(LOWER(HEX(%[2]s)), 12, '0'))",
		copies: []string{fmt.Sprintf(copyWords, "number, n, note, words", "s.number + x.o, s.n, s.note, s.words", "SIGNED")},
		settle: []string{"ALTER TABLE ticketkit_search ADD FULLTEXT ticketkit_search_words (words)",
			"INSERT INTO ticketkit_ticket_numbers (number) SELECT MAX(number) FROM ticketkit_tickets", "DELETE FROM ticketkit_ticket_numbers", "UPDATE ticketkit_events SET seq = pos WHERE seq IS NULL",
			"UPDATE ticketkit_sequence SET last = (SELECT MAX(pos) FROM ticketkit_events)", "ANALYZE TABLE ticketkit_tickets, ticketkit_messages, ticketkit_events, ticketkit_jobs"},
	}
}

// driverDSN writes a URL as the driver wants it.
func driverDSN(dsn string) string {
	login, place, _ := strings.Cut(strings.TrimPrefix(dsn, "mysql://"), "@")
	addr, name, _ := strings.Cut(place, "/")
	name, _, _ = strings.Cut(name, "?")
	cfg := drivermysql.NewConfig()
	cfg.User, cfg.Passwd, _ = strings.Cut(login, ":")
	cfg.Net, cfg.Addr, cfg.DBName, cfg.ClientFoundRows = "tcp", addr, name, true
	return cfg.FormatDSN()
}

func pooled(db *sql.DB) *sql.DB {
	if db != nil {
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)
	}
	return db
}

// bases finds the databases that are asked for and present; the others it names.
func bases(ctx context.Context, names, dir string) (out []*base, missing []string, stop func()) {
	t := &borrowed{}
	for _, name := range strings.Split(names, ",") {
		var b *base
		err := t.try(func() {
			switch {
			case name == "sqlite":
				b = sqliteBase(dir)
			case name == "postgres":
				b = postgresBase(testservers.StartPostgres(t, testservers.Options{Durable: true}).Database(t))
			case name == "mariadb":
				b = mariadbBase(testservers.StartMariaDB(t, testservers.Options{Durable: true}).Database(t))
			case strings.HasPrefix(name, "postgres://"):
				b = postgresBase(name)
			case strings.HasPrefix(name, "mysql://"):
				b = mariadbBase(name)
			default:
				t.Fatalf("%q is not sqlite, postgres, mariadb or the URL of a server", name)
			}
		})
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		out = append(out, b)
	}
	return out, missing, t.close
}
