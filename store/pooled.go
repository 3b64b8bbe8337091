package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/ticket"
)

// gate lets transactions through until it is closed.
type gate struct {
	mu     sync.RWMutex
	closed bool
}

// close waits for those who are inside.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

const (
	// patient is how long a transaction that met another one, or lost its connection, is tried again.
	patient = 10 * time.Second
	// maxLost is how many connections in a row may break.
	maxLost = 3
)

// transact runs fn in a transaction of its own on the pool, beside those of other callers, and tries again what may succeed then: see
// Update. The isolation is READ COMMITTED on every database, so that a statement sees what others have committed up to its own beginning:
// MySQL's default, REPEATABLE READ, would show a picture of the past to whoever has just waited for a lock. Whatever is read to be
// changed is locked by its reader; see Tx.lock.
func (s *Store) transact(ctx context.Context, fn func(*handle) error) error {
	s.gate.mu.RLock()
	defer s.gate.mu.RUnlock()
	if s.gate.closed {
		return errClosed
	}
	start, lost, raced := time.Now(), 0, false
	leave := func() {}
	defer func() { leave() }()
	for n := 1; ; n++ {
		class, err := s.attempt(ctx, fn)
		leave()
		leave = func() {}
		switch {
		case err == nil || ctx.Err() != nil || time.Since(start) > patient:
			return err
		case class == Busy:
		case class == Lost && lost < maxLost:
			lost++
		case (class == Unique || class == Reference) && !raced:
			// Perhaps another transaction has done the same since fn looked. Where there is one writer that cannot be, and nobody is to notice
			// the difference: what fn meets when it looks again is real.
			raced = true
		default:
			return err
		}
		if !sleep(ctx, backoff.Delay(n, 2*time.Millisecond, 250*time.Millisecond, nil)) {
			return err
		}
		if class == Busy {
			leave = s.again.enter(ctx)
		}
	}
}

// lane lets one after another through: transactions that have lost against another one do not meet each other again, as they would if
// they ran at once and took their locks in the same orders as before.
type lane chan struct{}

// enter waits, at most as long as ctx lasts, and gives what leaves again.
func (l lane) enter(ctx context.Context) (leave func()) {
	select {
	case l <- struct{}{}:
		return func() { <-l }
	case <-ctx.Done():
		return func() {}
	}
}

// attempt is one try. class says what became of the transaction; it is Other when to run again would change nothing, or could do
// something twice.
func (s *Store) attempt(ctx context.Context, fn func(*handle) error) (class Class, err error) {
	tx, end, err := s.begin(ctx)
	if err != nil {
		return classOf(err), err
	}
	defer end()
	state := &txState{docs: new([]doc)}
	h := &handle{s: s, conn: tx, tx: state}
	done := false
	defer func() {
		state.dead = true
		if !done { // fn failed, panicked, or has ended its goroutine
			_ = tx.Rollback()
		}
	}()
	if err = fn(h); err == nil {
		err = h.flush(ctx)
	}
	if err != nil {
		return classOf(state.failed), err // fn may have made another error of the one that counts
	}
	done = true
	err = s.fail(tx.Commit())
	switch classOf(err) {
	case Busy, Unique, Reference: // the server refused
		return classOf(err), err
	}
	if err != nil {
		return Other, &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database did not answer; perhaps the change was saved", Err: err}
	}
	return Other, nil
}

// begin waits for a connection as long as ctx lasts. The transaction itself does not end with ctx; end frees what watches over that.
func (s *Store) begin(ctx context.Context) (tx *sql.Tx, end func(), err error) {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	end = func() { cancel(nil) }
	stop := context.AfterFunc(ctx, func() { cancel(ctx.Err()) })
	tx, err = s.cfg.DB.BeginTx(own, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if !stop() && err == nil { // done at this very moment
		_ = tx.Rollback()
		err = ctx.Err()
	}
	if err == nil {
		return tx, end, nil
	}
	end()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = ctx.Err()
	}
	return nil, nil, s.fail(err)
}

// lock keeps others from changing what a SELECT of one table finds, from now until the end of the transaction, and waits for who is changing it. What
// was read before may have changed meanwhile: lock first, then read. It reports whether there was anything. Where there is one writer, it
// does not ask and says yes.
func (tx *Tx) lock(ctx context.Context, text string, args ...any) (found bool, err error) {
	if tx.s.flavor.lock == "" {
		return true, nil
	}
	var any any
	return tx.h.one(ctx, tx.s.text(text+tx.s.flavor.lock), args, &any)
}
