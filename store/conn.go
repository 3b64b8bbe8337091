package store

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

// handle is where statements run: a pool, a connection inside a transaction of ours, or a host's transaction. Its errors have gone
// through Store.fail. It implements bun.IConn, so that bun's queries run under the same rules.
type handle struct {
	s     *Store
	conn  bun.IConn
	stmts *stmtCache // nil: nothing is prepared ahead
	tx    *txState   // nil outside transactions
}

// txState is what is to be known of a transaction besides its connection.
type txState struct {
	dead    bool                    // fn has returned
	failed  error                   // the first failed statement: nothing may follow it, as PostgreSQL has it
	docs    *[]doc                  // texts to be indexed before the commit; see flush
	depth   int                     // savepoints in a host's transaction
	indexed []int64                 // tickets of which texts were indexed, where the index does not show that before the commit
	tickets map[ticket.ID]ticketRow // as the transaction has read or written them; nobody else changes them before its end
}

var errTxDone = errors.New("store: the transaction is over")

// enter says whether a statement may run and under which context. Inside a transaction a statement is never interrupted: SQLite
// would roll back the whole transaction, which may be shared.
func (h *handle) enter(ctx context.Context) (context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if h.tx == nil {
		return ctx, nil
	}
	if h.tx.dead {
		return nil, errTxDone
	}
	if h.tx.failed != nil {
		return nil, h.tx.failed
	}
	return context.WithoutCancel(ctx), nil
}

// brief is the context for a statement that finds a few rows by their keys. In SQLite's own file that takes less time than the two
// goroutines that would watch over a context for it, so there only the beginning asks whether it is done.
func (h *handle) brief(ctx context.Context) context.Context {
	if !h.s.flavor.alone || ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// leave judges the error of a statement.
func (h *handle) leave(err error) error {
	if err == nil {
		return nil
	}
	err = h.s.fail(err)
	if h.tx != nil && h.tx.failed == nil {
		h.tx.failed = err
	}
	return err
}

// QueryContext runs a query whose text is not worth keeping.
func (h *handle) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := h.conn.QueryContext(ctx, text, args...)
	return rows, h.leave(err)
}

// ExecContext runs a statement whose text is not worth keeping.
func (h *handle) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	ctx, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	res, err := h.conn.ExecContext(ctx, text, args...)
	return res, h.leave(err)
}

// QueryRowContext is there for bun, which counts through it. An error shows when the row is scanned.
func (h *handle) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	ctx2, err := h.enter(ctx)
	if err != nil {
		var cancel context.CancelFunc
		ctx2, cancel = context.WithCancel(ctx)
		cancel()
	}
	return h.conn.QueryRowContext(ctx2, text, args...)
}

// control runs a statement that steers a transaction: it ignores whether a statement before it failed, and a done context.
func (h *handle) control(ctx context.Context, text string) error {
	_, err := h.conn.ExecContext(context.WithoutCancel(ctx), text)
	return h.s.fail(err)
}

// query runs a prepared query and calls each for every row. each must not keep what it scanned into without copying.
func (h *handle) query(ctx context.Context, text string, args []any, each func(*sql.Rows) error) error {
	ctx, err := h.enter(ctx)
	if err != nil {
		return err
	}
	args = known(args)
	var rows *sql.Rows
	if h.stmts == nil {
		rows, err = h.conn.QueryContext(ctx, text, args...)
	} else {
		st, release, e := h.stmts.get(ctx, text) //nolint:sqlclosecheck // the cache closes it
		if e != nil {
			return h.leave(e)
		}
		defer release() // after the rows are closed: a statement of a single connection must not be closed under them
		rows, err = st.QueryContext(ctx, args...)
	}
	if err != nil {
		return h.leave(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return h.leave(err)
		}
	}
	return h.leave(rows.Err())
}

// one runs a prepared query that gives at most one row and reports whether there was one.
func (h *handle) one(ctx context.Context, text string, args []any, dest ...any) (found bool, err error) {
	err = h.query(ctx, text, args, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(dest...)
	})
	return found, err
}

// exec runs a prepared statement.
func (h *handle) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	ctx, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkText(args); err != nil {
		return nil, h.leave(err)
	}
	if h.stmts == nil {
		res, err := h.conn.ExecContext(ctx, text, args...)
		return res, h.leave(err)
	}
	st, release, err := h.stmts.get(ctx, text) //nolint:sqlclosecheck // the cache closes it
	if err != nil {
		return nil, h.leave(err)
	}
	defer release()
	res, err := st.ExecContext(ctx, args...)
	return res, h.leave(err)
}

// affected runs a prepared statement and tells how many rows it met.
func (h *handle) affected(ctx context.Context, text string, args ...any) (int64, error) {
	res, err := h.exec(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return n, h.leave(err)
}

// maxStmts bounds a stmtCache. A desk uses about a hundred texts; the rest is room for combinations of filters.
const maxStmts = 300

// preparer is a *sql.DB or a *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// stmtCache keeps the statements used last, by their text. It is safe for concurrent use. Over a pool, database/sql prepares a
// statement again on each connection that needs it.
type stmtCache struct {
	on  preparer
	max int

	mu    sync.Mutex
	byKey map[string]*list.Element // of *cached
	order *list.List               // used last in front
}

type cached struct {
	text    string
	st      *sql.Stmt
	users   int
	dropped bool // close it when the last user is gone
}

func newStmtCache(on preparer, max int) *stmtCache {
	return &stmtCache{on: on, max: max, byKey: map[string]*list.Element{}, order: list.New()}
}

// get gives the statement for a text; release must be called when its rows are closed.
func (c *stmtCache) get(ctx context.Context, text string) (st *sql.Stmt, release func(), err error) {
	c.mu.Lock()
	el := c.byKey[text]
	if el == nil {
		c.mu.Unlock() // preparing may wait for a connection
		st, err := c.on.PrepareContext(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		c.mu.Lock()
		if el = c.byKey[text]; el == nil {
			el = c.order.PushFront(&cached{text: text, st: st})
			c.byKey[text] = el
			c.shrink()
		} else {
			defer func() { _ = st.Close() }() // somebody else was faster
		}
	}
	e := el.Value.(*cached)
	e.users++
	c.order.MoveToFront(el)
	c.mu.Unlock()
	return e.st, func() { c.release(e) }, nil
}

func (c *stmtCache) release(e *cached) {
	c.mu.Lock()
	e.users--
	gone := e.dropped && e.users == 0
	c.mu.Unlock()
	if gone {
		_ = e.st.Close()
	}
}

func (c *stmtCache) shrink() {
	for c.order.Len() > c.max {
		c.drop(c.order.Back())
	}
}

func (c *stmtCache) drop(el *list.Element) {
	e := el.Value.(*cached)
	c.order.Remove(el)
	delete(c.byKey, e.text)
	e.dropped = true
	if e.users == 0 {
		_ = e.st.Close()
	}
}

// close gives all statements back. A nil cache has none.
func (c *stmtCache) close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.order.Len() > 0 {
		c.drop(c.order.Back())
	}
}
