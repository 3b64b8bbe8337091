// Package sqlite opens a desk's own SQLite database. It is the only package that imports a driver for SQLite (modernc.org/sqlite,
// which needs no C compiler).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// Options are what Open can be told. The zero value is right for a desk.
type Options struct {
	Prefix  string           // of every table; "" is store.DefaultPrefix
	Readers int              // connections for reading; 0 is 4
	Blobs   ticket.Blobs     // see store.Config
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is silent
}

const busyTimeout = 5 * time.Second

// Open opens the database that dsn names: "sqlite:" and a path, a path alone, or ":memory:" for one that ends with the Store. A
// missing file is made, readable by its owner only; its folder must be there. Open reaches the database and checks that
// every connection has the settings that the desk relies on, but makes no tables: that is Store.Migrate. A path may
// not contain '?': settings cannot be chosen.
//
// There are two pools: one connection that writes, and several that can only read. The file is in WAL mode and a commit is on disk
// when it returns (synchronous=FULL). Close writes the log back into the file.
func Open(ctx context.Context, dsn string, o Options) (*store.Store, error) {
	path := strings.TrimPrefix(dsn, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.ContainsAny(path, "?\x00") {
		return nil, ticket.InvalidField("database_url", "must be sqlite: and a path, without parameters")
	}
	cfg := store.Config{Dialect: sqlitedialect.New(), Prefix: o.Prefix, Classify: Classify, Blobs: o.Blobs, Now: o.Now, Log: o.Log}
	if path == ":memory:" {
		return openMemory(ctx, cfg)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := private(path); err != nil {
		return nil, &ticket.Error{Kind: ticket.Unavailable, Op: "sqlite.Open", Msg: "the database file cannot be opened", Err: err}
	}
	write, err := pool(ctx, path, false, 1)
	if err != nil {
		return nil, err
	}
	readers := o.Readers
	if readers <= 0 {
		readers = 4
	}
	read, err := pool(ctx, path, true, readers)
	if err != nil {
		_ = write.Close()
		return nil, err
	}
	cfg.DB, cfg.Read = write, read
	cfg.OnClose = func() error {
		err := read.Close()
		// With the readers gone the log can be written back as a whole.
		_, cerr := write.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
		return errors.Join(err, cerr, write.Close())
	}
	return opened(cfg)
}

// openMemory uses one connection for everything: each further one would be another database.
func openMemory(ctx context.Context, cfg store.Config) (*store.Store, error) {
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, unavailable(err)
	}
	cfg.DB, cfg.OnClose = db, db.Close
	return opened(cfg)
}

func opened(cfg store.Config) (*store.Store, error) {
	s, err := store.New(cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.OnClose())
	}
	return s, nil
}

// private makes a missing file with mode 0600. The -wal and -shm files get the mode of the database.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// pool opens n connections at most and checks that the settings took effect.
func pool(ctx context.Context, path string, readOnly bool, n int) (*sql.DB, error) {
	want := map[string]string{
		"foreign_keys": "1",
		"journal_mode": "wal",
		"synchronous":  "2", // FULL
		"busy_timeout": fmt.Sprint(busyTimeout.Milliseconds()),
		"query_only":   "0",
	}
	params := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "foreign_keys(1)", "journal_mode(wal)", "synchronous(full)",
	}}
	if readOnly {
		want["query_only"] = "1"
		params.Add("_query_only", "1")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(0)
	for name, value := range want {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			_ = db.Close()
			return nil, unavailable(err)
		}
		if got != value {
			_ = db.Close()
			return nil, unavailable(fmt.Errorf("PRAGMA %s is %q, not %q: the file system may not support it", name, got, value))
		}
	}
	return db, nil
}

func unavailable(err error) error {
	return &ticket.Error{Kind: ticket.Unavailable, Op: "sqlite.Open", Msg: "the database cannot be used at the moment", Err: err}
}

// The primary result codes (sqlite.org/rescode.html) that tell a class. Extended codes have them in their low byte.
const (
	codePerm      = 3
	codeBusy      = 5
	codeLocked    = 6
	codeReadOnly  = 8
	codeIOErr     = 10
	codeCorrupt   = 11
	codeFull      = 13
	codeCantOpen  = 14
	codeNotADB    = 26
	codeUniqueKey = 19 | 8<<8  // SQLITE_CONSTRAINT_UNIQUE
	codePrimary   = 19 | 6<<8  // SQLITE_CONSTRAINT_PRIMARYKEY
	codeRowID     = 19 | 10<<8 // SQLITE_CONSTRAINT_ROWID
	codeShmSize   = 10 | 19<<8 // SQLITE_IOERR_SHMSIZE: no room for the index of the log
)

// Classify tells what an error of the driver means; see store.Config.
func Classify(err error) store.Class {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		if strings.Contains(err.Error(), "sql: database is closed") {
			return store.Unavailable
		}
		return store.Other
	}
	switch e.Code() {
	case codeUniqueKey, codePrimary, codeRowID:
		return store.Unique
	case codeShmSize:
		return store.Full
	}
	switch e.Code() & 0xff {
	case codeBusy, codeLocked:
		return store.Busy
	case codeFull:
		return store.Full
	case codePerm, codeReadOnly, codeIOErr, codeCorrupt, codeCantOpen, codeNotADB:
		return store.Unavailable
	}
	return store.Other
}
