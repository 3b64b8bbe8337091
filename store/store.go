package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// DefaultPrefix begins the name of every table unless Config says otherwise.
const DefaultPrefix = "ticketkit_"

// Config is what a Store is made of. DB and Dialect are required; every other field has a useful zero value.
type Config struct {
	// DB writes. The Store never changes its settings.
	DB *sql.DB
	// Read is a second pool for reads, for SQLite alone. With it, DB belongs to the Store alone, which keeps one of its connections for
	// good. Nil reads from DB too, and then every connection goes back after use, so that DB may be the host's own pool, even of
	// one connection.
	Read *sql.DB
	// Dialect is bun's dialect of the database: sqlitedialect.New(), pgdialect.New(), or mysqldialect.New with the time location UTC,
	// which asks the server for its version: so ping first.
	Dialect schema.Dialect
	// Prefix begins the name of every table: lower-case letters, digits and underscores, at most 32. "" is DefaultPrefix.
	Prefix string
	// Classify tells what a driver's error means; the packages store/sqlite, store/postgres and store/mysql each have one. Nil goes by
	// what every usual driver passes on: the messages of SQLite, the SQLSTATE of PostgreSQL, the error numbers of MySQL.
	Classify func(error) Class
	// Blobs keeps the bytes of parked items. Nil: an item is parked without its bytes.
	Blobs ticket.Blobs
	// Now is the clock for what the Store itself dates: parked items, applied migrations, and who counts as online. Nil is
	// time.Now.
	Now func() time.Time
	// Log is nil for silence.
	Log *slog.Logger
	// OnClose is called once by Close, after the last transaction. Nil when the host closes its own handles.
	OnClose func() error
}

// Store keeps a desk. Make it with New. It is safe for concurrent use.
//
// Its methods outside a transaction each see what was committed before they began. Absence is a *ticket.Error of kind NotFound, a
// violated uniqueness is Conflict, a database that is locked, full or out of reach is Unavailable; a done context gives the
// context's own error.
type Store struct {
	reader

	cfg    Config
	flavor flavor
	bun    *bun.DB
	tables tables
	writer *writer // where there is one
	gate   gate    // elsewhere
	again  lane    // likewise
	log    *slog.Logger
	room   room
	names  *strings.Replacer
	texts  sync.Map // constant statement → the same with its prefix

	// Bounds that tests lower.
	sets     bounds
	maxStmts int
}

// The ports.
var (
	_ ticket.Store   = (*Store)(nil)
	_ rbac.Store     = (*Store)(nil)
	_ jobs.Store     = (*Store)(nil)
	_ adapters.State = (*Store)(nil)
	_ report.Store   = (*Store)(nil)
	_ ticket.Tx      = (*Tx)(nil)
	_ rbac.Tx        = (*Tx)(nil)
	_ ticket.Store   = (*TxStore)(nil)
	_ rbac.Store     = (*TxStore)(nil)
)

var prefixForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// New checks the configuration and makes a Store. It does no I/O; Migrate makes the tables.
func New(cfg Config) (*Store, error) {
	if cfg.DB == nil {
		return nil, ticket.InvalidField("db", "is required")
	}
	if cfg.Dialect == nil {
		return nil, ticket.InvalidField("dialect", "is required")
	}
	f, err := flavorOf(cfg.Dialect)
	if err != nil {
		return nil, err
	}
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultPrefix
	}
	if !prefixForm.MatchString(cfg.Prefix) {
		return nil, ticket.InvalidField("prefix", "must be 1 to 32 lower-case letters, digits and underscores")
	}
	if cfg.Read != nil && !f.alone {
		return nil, ticket.InvalidField("read", "%s needs no second pool", f.name)
	}
	if cfg.Classify == nil {
		cfg.Classify = f.classify
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{cfg: cfg, flavor: f, bun: bun.NewDB(cfg.DB, cfg.Dialect), log: cfg.Log, sets: bounds{few, many}, maxStmts: maxStmts, again: make(lane, 1)}
	s.names = strings.NewReplacer("{", cfg.Prefix, "}", "")
	s.tables = newTables(models{s.bun, &s.flavor}, cfg.Prefix)
	read := cfg.Read
	if read == nil {
		read = cfg.DB
	}
	s.reader = reader{s: s, h: &handle{s: s, conn: read, stmts: newStmtCache(read, maxStmts)}}
	if !f.alone { // the drivers keep statements by themselves, for each connection
		s.h.stmts = nil
	}
	s.writer = &writer{s: s, keep: cfg.Read != nil}
	return s, nil
}

// Close waits for the running transactions, then calls Config.OnClose. Later writes are Unavailable. It may be called more than
// once; reads of a host's handle go on working.
func (s *Store) Close() error {
	if !s.writer.close() {
		return nil
	}
	s.gate.close()
	s.h.stmts.close()
	if s.cfg.OnClose == nil {
		return nil
	}
	return s.cfg.OnClose()
}

// Update runs fn in one transaction: everything or nothing. On SQLite closures of several callers may share one commit; each has a
// savepoint of its own and fails alone. fn runs in its caller's goroutine, and runs again when the database was busy, when the
// connection broke before the commit, and once when it met a uniqueness that another transaction may have taken meanwhile. When nobody
// can tell whether a commit succeeded, because the connection broke during it, the answer is Unavailable. Its Tx stays usable until fn returns, and ctx
// ends it between statements, never inside one.
func (s *Store) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	return s.write(ctx, func(tx *Tx) error { return fn(tx) })
}

// UpdateAccounts is Update for the accounts: the same transactions, seen through the other port.
func (s *Store) UpdateAccounts(ctx context.Context, fn func(rbac.Tx) error) error {
	return s.write(ctx, func(tx *Tx) error { return fn(tx) })
}

func (s *Store) write(ctx context.Context, fn func(*Tx) error) error {
	fn = underClaim(ctx, fn)
	return s.atomic(ctx, func(h *handle) error { return s.run(h, fn) })
}

// atomic runs fn in a transaction.
func (s *Store) atomic(ctx context.Context, fn func(*handle) error) error {
	if s.flavor.alone {
		return s.writer.do(ctx, fn)
	}
	return s.transact(ctx, fn)
}

// run gives fn a Tx over h.
func (s *Store) run(h *handle, fn func(*Tx) error) error {
	if err := fn(&Tx{reader{s: s, h: h}}); err != nil {
		return err
	}
	return h.tx.failed // fn may have swallowed an error after which other databases would refuse to commit
}

// reader implements the reading ports over a pool or a transaction.
type reader struct {
	s *Store
	h *handle
}

// Tx is a transaction. It implements ticket.Tx and rbac.Tx, so a Reader of a ticket transaction can be asserted to rbac.Reader.
type Tx struct {
	reader
}

// TxStore works inside a host's own transaction; see Store.InTx.
type TxStore struct {
	reader
}

// InTx gives the desk inside the host's own transaction tx, which must be of the database of Config.DB. Update runs its fn on tx, in
// a savepoint, so that a failed fn leaves nothing behind; it never begins, commits, rolls back or retries the transaction itself.
// The result is for one goroutine and dead once tx is over.
//
// On MySQL and MariaDB the host begins tx with READ COMMITTED (sql.TxOptions): under REPEATABLE READ, their default, a statement after a
// wait for a lock would see the past. On SQLite the host should have begun tx as an immediate transaction; a deferred one may find the
// database locked at its first write.
func (s *Store) InTx(tx *sql.Tx) *TxStore {
	return &TxStore{reader{s: s, h: &handle{s: s, conn: tx, tx: &txState{}}}}
}

// Update runs fn in a savepoint of the host's transaction.
func (t *TxStore) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	return t.write(ctx, func(tx *Tx) error { return fn(tx) })
}

// UpdateAccounts runs fn in a savepoint of the host's transaction.
func (t *TxStore) UpdateAccounts(ctx context.Context, fn func(rbac.Tx) error) error {
	return t.write(ctx, func(tx *Tx) error { return fn(tx) })
}

func (t *TxStore) write(ctx context.Context, fn func(*Tx) error) (err error) {
	// Of two savepoints of one name MySQL would keep only the inner one.
	t.h.tx.depth++
	name := fmt.Sprintf("ticketkit_%d", t.h.tx.depth)
	defer func() { t.h.tx.depth-- }()
	if err := t.h.control(ctx, "SAVEPOINT "+name); err != nil {
		return err
	}
	h := &handle{s: t.s, conn: t.h.conn, tx: &txState{docs: new([]doc)}}
	done := false
	defer func() {
		h.tx.dead = true
		if done && err == nil {
			err = t.h.control(ctx, "RELEASE SAVEPOINT "+name)
			return
		}
		// Also when fn panicked. What cannot be undone here is the host's to roll back; fn's error is the one to tell.
		if t.h.control(ctx, "ROLLBACK TO SAVEPOINT "+name) == nil {
			_ = t.h.control(ctx, "RELEASE SAVEPOINT "+name)
		}
	}()
	if err = t.s.run(h, fn); err == nil {
		err = h.flush(ctx)
	}
	done = true
	return err
}

// expand writes the prefix into a statement: a table is written {tickets}.
func (s *Store) expand(text string) string { return s.flavor.bind(s.names.Replace(text)) }

// text is expand for statements that are constants: each is expanded once.
func (s *Store) text(constant string) string {
	if t, ok := s.texts.Load(constant); ok {
		return t.(string)
	}
	t := s.expand(constant)
	s.texts.Store(constant, t)
	return t
}

// op adds what was being done to an error that has no place of its own yet.
func op(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", name, err)
}

func notFound(what string) error {
	return ticket.Errorf(ticket.NotFound, "the %s does not exist", what)
}
