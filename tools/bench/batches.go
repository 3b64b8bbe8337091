package main

import (
	"context"
	"database/sql"
)

// batches is group commit by hand: one goroutine lets the transactions that wait run one after another, each behind a savepoint, and
// commits them together.
type batches struct{ work chan request }

type request struct {
	fn   func(tx *sql.Tx) error
	done chan error
}

func newBatches(db *sql.DB) *batches {
	b := &batches{work: make(chan request, 64)}
	go b.run(db)
	return b
}

func (b *batches) do(_ context.Context, fn func(tx *sql.Tx) error) error {
	r := request{fn, make(chan error, 1)}
	b.work <- r
	return <-r.done
}

func (b *batches) run(db *sql.DB) {
	ctx := context.Background()
	for first := range b.work {
		list := []request{first}
		tx, err := db.BeginTx(ctx, nil)
		for more := true; err == nil && more; {
			r := list[len(list)-1]
			if _, err = tx.ExecContext(ctx, "SAVEPOINT s"); err == nil {
				if err = r.fn(tx); err == nil {
					_, err = tx.ExecContext(ctx, "RELEASE s")
				}
			}
			more = false
			if len(list) < 64 {
				select {
				case next, open := <-b.work:
					if more = open; open {
						list = append(list, next)
					}
				default:
				}
			}
		}
		if err != nil && tx != nil {
			_ = tx.Rollback()
		} else if err == nil {
			err = tx.Commit()
		}
		for _, r := range list {
			r.done <- err
		}
	}
}

func (b *batches) close() { close(b.work) }
