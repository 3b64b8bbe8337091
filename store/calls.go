package store

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/ticket"
)

var _ once.Store = (*Store)(nil)

// callRow is a call of the API that may come again.
type callRow struct {
	bun.BaseModel `bun:"table:idempotency,alias:y"`

	KeyHash     []byte `bun:",pk"`
	CallID      string
	Token       string // of the run that has the claim
	State       string // running, committed, answered or lost
	Fingerprint []byte // empty while it is not known
	Stamp       string
	Status      int
	Header      string // JSON object
	Body        []byte
	LeaseUntil  micros
	CreatedAt   micros
	ExpiresAt   micros
}

// The states of a row. Whether a change was committed is known in the transaction of the change itself.
const (
	callRunning   = "running"
	callCommitted = "committed"
	callAnswered  = "answered"
	callLost      = "lost"
)

// BeginCall implements once.Store.
func (s *Store) BeginCall(ctx context.Context, c once.Call, now time.Time, lease, life time.Duration) (out once.Found, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		out = once.Found{}
		var row callRow
		if _, err := tx.lock(ctx, "SELECT y.call_id FROM {idempotency} y WHERE y.key_hash = ?", c.Key); err != nil {
			return err
		}
		tb := &tx.s.tables.calls
		found, err := tx.h.one(ctx, tx.s.text("SELECT "+tb.of("y")+" FROM {idempotency} y WHERE y.key_hash = ?"), []any{c.Key}, tb.dest(&row)...)
		if err != nil {
			return err
		}
		at := toMicros(now)
		fresh := callRow{KeyHash: c.Key, CallID: ticket.NewID(now), Token: ticket.NewID(now), State: callRunning, Fingerprint: c.Fingerprint, Stamp: c.Stamp,
			LeaseUntil: toMicros(now.Add(lease)), CreatedAt: at, ExpiresAt: toMicros(now.Add(life))}
		switch {
		case !found:
			_, err = tx.h.exec(ctx, tb.insert, tb.values(&fresh)...)
		case row.ExpiresAt <= at:
			_, err = tx.h.exec(ctx, tb.update("key_hash = ?"), append(tb.values(&fresh), c.Key)...)
		default:
			if out.State = row.state(c, at); out.State != once.Begun {
				out.Fingerprint = row.Fingerprint
				return row.answer(&out)
			}
			fresh.CallID, fresh.State, fresh.CreatedAt, fresh.ExpiresAt = row.CallID, row.State, row.CreatedAt, row.ExpiresAt
			_, err = tx.h.exec(ctx, tb.update("key_hash = ?"), append(tb.values(&fresh), c.Key)...)
		}
		out.State, out.Claim = once.Begun, once.Claim{Key: c.Key, ID: fresh.CallID, Token: fresh.Token}
		return err
	})
	return out, err
}

// state is what a row means for a call that comes now; Begun lets it take over.
func (r *callRow) state(c once.Call, now micros) once.State {
	switch {
	case len(c.Fingerprint) > 0 && len(r.Fingerprint) > 0 && !bytes.Equal(c.Fingerprint, r.Fingerprint):
		return once.Different
	case r.State == callAnswered && r.Stamp == c.Stamp:
		return once.Answered
	case r.State == callAnswered || r.State == callLost:
		return once.Lost
	case r.LeaseUntil > now:
		return once.Running
	case r.State == callCommitted && !c.Again:
		return once.Lost
	}
	return once.Begun
}

func (r *callRow) answer(out *once.Found) error {
	if out.State != once.Answered {
		return nil
	}
	out.Answer = once.Answer{Status: r.Status, Body: r.Body}
	return op("header of a kept answer", decode(r.Header, &out.Answer.Header))
}

// EndCall implements once.Store.
func (s *Store) EndCall(ctx context.Context, c once.Claim, fingerprint []byte, a *once.Answer) error {
	state, answer, header := callLost, once.Answer{}, ""
	if a != nil {
		var err error
		if header, err = encode(a.Header, len(a.Header) == 0); err != nil {
			return op("header of an answer", err)
		}
		state, answer = callAnswered, *a
	}
	return s.write(ctx, func(tx *Tx) error {
		return tx.claimed(ctx, "UPDATE {idempotency} SET state = ?, fingerprint = ?, status = ?, header = ?, body = ?, lease_until = 0 WHERE key_hash = ? AND token = ?",
			state, fingerprint, answer.Status, header, answer.Body, c.Key, c.Token)
	})
}

// DropCall implements once.Store.
func (s *Store) DropCall(ctx context.Context, c once.Claim) error {
	return s.write(ctx, func(tx *Tx) error {
		n, err := tx.h.affected(ctx, tx.s.text("DELETE FROM {idempotency} WHERE key_hash = ? AND token = ? AND state = 'running'"), c.Key, c.Token)
		if err != nil || n > 0 {
			return err
		}
		_, err = tx.h.exec(ctx, tx.s.text("UPDATE {idempotency} SET lease_until = 0 WHERE key_hash = ? AND token = ?"), c.Key, c.Token)
		return err
	})
}

// PruneCalls implements once.Store.
func (s *Store) PruneCalls(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.prune(ctx, limit, "SELECT key_hash FROM {idempotency} WHERE expires_at <= ? ORDER BY expires_at", []any{toMicros(now)},
		"DELETE FROM {idempotency} WHERE key_hash = ?", func(rows *sql.Rows) ([]any, error) {
			var key []byte
			err := rows.Scan(&key)
			return []any{key}, err
		})
}

// claimed runs an update of one row for who has its claim.
func (tx *Tx) claimed(ctx context.Context, text string, args ...any) error {
	n, err := tx.h.affected(ctx, tx.s.text(text), args...)
	if err == nil && n == 0 {
		return ticket.Errorf(ticket.Conflict, "a repeat of this request has taken over")
	}
	return err
}

// underClaim adds to a transaction, as its last statement, the note that the call of ctx has committed something. When a repeat has taken the
// claim over, everything is rolled back.
func underClaim(ctx context.Context, fn func(*Tx) error) func(*Tx) error {
	c, ok := once.From(ctx)
	if !ok {
		return fn
	}
	return func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.claimed(ctx, "UPDATE {idempotency} SET state = 'committed' WHERE key_hash = ? AND token = ?", c.Key, c.Token)
	}
}
