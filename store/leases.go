package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

var _ adapters.Shared = (*Store)(nil)

// leaseRow is somebody's right to do what only one process may do at a time.
type leaseRow struct {
	bun.BaseModel `bun:"table:leases,alias:le"`

	Name      string `bun:",pk"`
	Holder    string
	HeldUntil micros
}

// maxLeaseHolder is what a column of holders holds in every database, in bytes.
const maxLeaseHolder = 64

// TakeLease implements adapters.Shared.
func (s *Store) TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error) {
	if name == "" || len(name) > maxStateName {
		return false, ticket.InvalidField("name", "must have 1 to %d bytes", maxStateName)
	}
	if holder == "" || len(holder) > maxLeaseHolder {
		return false, ticket.InvalidField("holder", "must have 1 to %d bytes", maxLeaseHolder)
	}
	err = s.write(ctx, func(tx *Tx) error {
		taken = false
		if _, err := tx.lock(ctx, "SELECT le.name FROM {leases} le WHERE le.name = ?", name); err != nil {
			return err
		}
		now, err := tx.clock(ctx)
		if err != nil {
			return err
		}
		tb := &tx.s.tables.leases
		var row leaseRow
		found, err := tx.h.one(ctx, tx.s.text("SELECT "+tb.of("le")+" FROM {leases} le WHERE le.name = ?"), []any{name}, tb.dest(&row)...)
		if err != nil || found && row.Holder != holder && row.HeldUntil > now {
			return err
		}
		taken = true
		next := leaseRow{Name: name, Holder: holder, HeldUntil: now + micros(d.Microseconds())}
		if !found { // of two who see nothing, one fails and runs again
			_, err = tx.h.exec(ctx, tb.insert, tb.values(&next)...)
			return err
		}
		_, err = tx.h.exec(ctx, tx.s.text("UPDATE {leases} SET holder = ?, held_until = ? WHERE name = ?"), next.Holder, next.HeldUntil, name)
		return err
	})
	if classOf(err) == Unique {
		return false, nil // somebody else was faster
	}
	return taken && err == nil, err
}

// DropLease implements adapters.Shared.
func (s *Store) DropLease(ctx context.Context, name, holder string) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {leases} WHERE name = ? AND holder = ?"), name, holder)
		return err
	})
}

// clock is the time by which leases are measured: the database's own where several machines share it.
func (tx *Tx) clock(ctx context.Context) (micros, error) {
	if tx.s.flavor.clock == "" {
		return toMicros(tx.s.cfg.Now()), nil
	}
	var at micros
	_, err := tx.h.one(ctx, tx.s.text("SELECT "+tx.s.flavor.clock), nil, &at)
	return at, err
}

// SwapState implements adapters.Shared.
func (s *Store) SwapState(ctx context.Context, name, old, value string) (swapped bool, err error) {
	if len(name) > maxStateName {
		return false, ticket.InvalidField("name", "has more than %d bytes", maxStateName)
	}
	err = s.write(ctx, func(tx *Tx) error {
		swapped = false
		if _, err := tx.lock(ctx, "SELECT z.name FROM {adapter_state} z WHERE z.name = ?", name); err != nil {
			return err
		}
		var now string
		found, err := tx.h.one(ctx, tx.s.text("SELECT value FROM {adapter_state} WHERE name = ?"), []any{name}, &now)
		if err != nil || now != old {
			return err
		}
		swapped = true
		tb := &tx.s.tables.state
		if !found {
			_, err = tx.h.exec(ctx, tb.insert, tb.values(&stateRow{Name: name, Value: value})...)
			return err
		}
		_, err = tx.h.exec(ctx, tx.s.text("UPDATE {adapter_state} SET value = ? WHERE name = ?"), value, name)
		return err
	})
	if classOf(err) == Unique {
		return false, nil
	}
	return swapped && err == nil, err
}
