package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/ticket"
)

// maxBatch bounds how many closures share one commit, and with it how long the first of them waits.
const maxBatch = 64

// writer lets one closure after another write and commits many of them at once, because a commit costs a sync of the disk and SQLite
// has one writer anyway. It has no goroutine: a baton goes from caller to caller. Who holds it runs its own closure, in its own
// goroutine, and hands the open transaction on to the next who waits; who finds nobody waiting commits for all. So a panic, a
// runtime.Goexit or a slow closure stays with its owner.
type writer struct {
	s    *Store
	keep bool // the connection is ours for good

	mu     sync.Mutex
	busy   bool // somebody holds the baton
	queue  []*turn
	closed bool

	conn  *sql.Conn // only for the holder of the baton
	stmts *stmtCache
}

// turn is one waiting caller.
type turn struct {
	baton chan *batch // nil inside: begin a new batch
}

// batch is one open transaction.
type batch struct {
	conn  *sql.Conn
	stmts *stmtCache
	ran   int           // closures so far
	docs  []doc         // texts that they have left to be indexed, once for all
	lost  error         // the transaction is gone, with everything in it
	err   error         // of the commit; valid once done is closed
	done  chan struct{} // closed when the outcome is known
}

var errClosed = ticket.Errorf(ticket.Unavailable, "the store is closed")

// do runs fn in a transaction and returns once it is committed or rolled back. It tries again while the database is busy.
func (w *writer) do(ctx context.Context, fn func(*handle) error) error {
	const patience = 10 * time.Second
	start := time.Now()
	for n := 1; ; n++ {
		err := w.try(ctx, fn)
		if err == nil || classOf(err) != Busy || time.Since(start) > patience {
			return err
		}
		if !sleep(ctx, backoff.Delay(n, 2*time.Millisecond, 250*time.Millisecond, nil)) {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (w *writer) try(ctx context.Context, fn func(*handle) error) error {
	b, err := w.acquire(ctx)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		w.pass(ctx, b)
		return err
	}
	if b == nil {
		if b, err = w.begin(ctx); err != nil {
			w.pass(ctx, nil)
			return err
		}
	}
	fatal, err := w.run(ctx, b, fn)
	<-b.done
	// A closure that failed has perhaps seen what was not kept in the end, so a failed commit is the answer for it too.
	if b.err != nil && !fatal {
		return b.err
	}
	return err
}

// acquire waits for the baton. With nil, nobody has begun.
func (w *writer) acquire(ctx context.Context) (*batch, error) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil, errClosed
	}
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil, nil
	}
	t := &turn{baton: make(chan *batch, 1)}
	w.queue = append(w.queue, t)
	w.mu.Unlock()
	select {
	case b := <-t.baton:
		return b, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	i := slices.Index(w.queue, t)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i >= 0 {
		return nil, ctx.Err()
	}
	return <-t.baton, nil // it was handed over at this very moment: try passes it on
}

// pass hands the baton to who waits longest. When nobody does, or the batch is full or lost, it ends the batch first.
func (w *writer) pass(ctx context.Context, b *batch) {
	if b != nil {
		if b.lost == nil && b.ran < maxBatch {
			if t := w.next(false); t != nil {
				t.baton <- b
				return
			}
		}
		w.finish(ctx, b)
	}
	if t := w.next(true); t != nil {
		t.baton <- nil
	}
}

// next takes who waits longest out of the queue. With free, the baton is laid down when nobody waits.
func (w *writer) next(free bool) *turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		if free {
			w.busy = false
		}
		return nil
	}
	t := w.queue[0]
	w.queue = w.queue[1:]
	return t
}

// begin opens a transaction that may write at once: one that only reads first could find the database changed under it.
func (w *writer) begin(ctx context.Context) (*batch, error) {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if w.conn == nil { // a host's pool may be busy: only this wait ends with ctx
		conn, err := w.s.cfg.DB.Conn(ctx)
		if err != nil {
			return nil, w.s.fail(err)
		}
		w.conn = conn
		if w.keep {
			w.stmts = newStmtCache(conn, w.s.maxStmts)
		}
	}
	b := &batch{conn: w.conn, stmts: w.stmts, done: make(chan struct{})}
	if _, err := w.conn.ExecContext(context.WithoutCancel(ctx), w.s.flavor.begin); err != nil {
		w.drop(!w.keep || classOf(w.s.fail(err)) != Busy)
		return nil, w.s.fail(err)
	}
	return b, nil
}

// run gives fn its place in the batch and passes the baton on, also when fn panics. An error is fatal when it took the whole batch
// down.
func (w *writer) run(ctx context.Context, b *batch, fn func(*handle) error) (fatal bool, err error) {
	h := &handle{s: w.s, conn: b.conn, stmts: b.stmts, tx: &txState{docs: &b.docs}}
	before := slices.Clip(b.docs)
	if b.ran > 0 { // the first has the transaction itself to go back to
		if err := h.control(ctx, "SAVEPOINT ticketkit"); err != nil {
			b.lose(err)
			w.pass(ctx, b)
			return true, err
		}
	}
	returned := false
	defer func() {
		h.tx.dead = true
		if !returned || err != nil {
			b.docs = before
			fatal = !w.undo(ctx, b, h)
		} else if b.ran > 0 {
			if err = h.control(ctx, "RELEASE SAVEPOINT ticketkit"); err != nil {
				fatal = true
				b.lose(err)
			}
		}
		b.ran++
		w.pass(ctx, b)
	}()
	err = fn(h)
	returned = true
	return false, err
}

// undo takes back what one closure wrote and reports whether it could. Where it cannot, SQLite has rolled back everything by itself
// (a full disk, an I/O error).
func (w *writer) undo(ctx context.Context, b *batch, h *handle) bool {
	if b.ran == 0 {
		b.lost = errAlone
		return true
	}
	err := h.control(ctx, "ROLLBACK TO SAVEPOINT ticketkit")
	if err == nil {
		err = h.control(ctx, "RELEASE SAVEPOINT ticketkit")
	}
	if err != nil {
		b.lose(err)
	}
	return err == nil
}

// lose gives the transaction up. The others of the batch did nothing wrong and are told to run again.
func (b *batch) lose(cause error) {
	b.lost = &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database is busy", Err: &dbError{Busy, cause}}
}

// errAlone marks a batch whose only closure failed: nobody else is concerned.
var errAlone = errors.New("rolled back")

// finish commits or rolls back and tells everybody.
func (w *writer) finish(ctx context.Context, b *batch) {
	ctx = context.WithoutCancel(ctx)
	defer close(b.done)
	if b.lost == nil {
		h := &handle{s: w.s, conn: b.conn, stmts: b.stmts, tx: &txState{docs: &b.docs}}
		if b.err = h.flush(ctx); b.err == nil {
			b.err = h.control(ctx, "COMMIT")
		}
		if b.err == nil {
			w.drop(!w.keep)
			return
		}
	} else if !errors.Is(b.lost, errAlone) {
		b.err = b.lost
	}
	usable := w.rollback(ctx, b)
	w.drop(!w.keep || !usable)
}

// rollback ends the transaction and reports whether the connection can be used again. After some errors SQLite has rolled back
// already; then ROLLBACK fails and a new transaction can begin. A connection in doubt is closed.
func (w *writer) rollback(ctx context.Context, b *batch) bool {
	if _, err := b.conn.ExecContext(ctx, "ROLLBACK"); err == nil {
		return true
	}
	if _, err := b.conn.ExecContext(ctx, "BEGIN"); err == nil {
		_, err = b.conn.ExecContext(ctx, "ROLLBACK")
		if err == nil {
			return true
		}
	}
	_ = b.conn.Raw(func(any) error { return driver.ErrBadConn })
	return false
}

// drop gives the connection back when it is not to be kept.
func (w *writer) drop(yes bool) {
	if !yes || w.conn == nil {
		return
	}
	w.stmts.close()
	_ = w.conn.Close()
	w.conn, w.stmts = nil, nil
}

// close waits for who writes now, refuses everybody after, and reports whether it was the first to close.
func (w *writer) close() bool {
	b, err := w.acquire(context.Background())
	if err != nil {
		return false
	}
	if b != nil {
		w.finish(context.Background(), b)
	}
	w.drop(true)
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.pass(context.Background(), nil)
	return true
}
