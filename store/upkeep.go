package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
)

// pruneBatch bounds how many rows one transaction of the nightly cleaning removes, so that nobody waits long behind it.
const pruneBatch = 500

// PruneJobs implements jobs.Store. What was done before an instant was due before it, so the index on run_at leads to what may go.
func (s *Store) PruneJobs(ctx context.Context, before time.Time, limit int) (int, error) {
	at := toMicros(jobs.Instant(before))
	return s.prune(ctx, limit, "SELECT id FROM {jobs} WHERE state = 'done' AND run_at < ? AND finished_at < ? ORDER BY run_at, id", []any{at, at},
		"DELETE FROM {jobs} WHERE id = ? AND state = 'done'", func(rows *sql.Rows) ([]any, error) {
			var id string
			err := rows.Scan(&id)
			return []any{id}, err
		})
}

// PruneReceipts forgets up to limit items that were taken in before before, and tells how many. Such an item becomes a new ticket if its
// channel brings it again.
func (s *Store) PruneReceipts(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.prune(ctx, limit, "SELECT channel, key_hash FROM {receipts} WHERE created_at < ? ORDER BY created_at", []any{toMicros(before)},
		"DELETE FROM {receipts} WHERE channel = ? AND key_hash = ?", func(rows *sql.Rows) ([]any, error) {
			var row receiptRow
			err := rows.Scan(&row.Channel, &row.KeyHash)
			return []any{row.Channel, row.KeyHash}, err
		})
}

// prune deletes, by their keys, up to limit rows that find gives, to which a limit is added.
func (s *Store) prune(ctx context.Context, limit int, find string, args []any, del string, key func(*sql.Rows) ([]any, error)) (n int, err error) {
	for n < limit {
		batch, most := 0, min(pruneBatch, limit-n)
		err := s.write(ctx, func(tx *Tx) error {
			batch = 0
			var keys [][]any
			err := tx.h.query(ctx, tx.s.text(find)+limitTo(most), args, func(rows *sql.Rows) error {
				k, err := key(rows)
				keys = append(keys, k)
				return err
			})
			for _, k := range keys {
				if err != nil {
					break
				}
				_, err = tx.h.exec(ctx, tx.s.text(del), k...)
			}
			batch = len(keys)
			return err
		})
		if err != nil {
			return n, err
		}
		if n += batch; batch < most {
			break
		}
	}
	return n, ctx.Err()
}
