package store

import (
	"context"
	"database/sql"
	"strings"
)

// maxStamped bounds how many events one transaction stamps, and with it for how long it holds the lock.
const maxStamped = 200

// Sequence gives committed events that have none yet their Seq, in the order in which they were written, and tells how many. Events are seen by
// readers of the whole desk in the order of Seq and never appear before one that was seen already, which the order of writing
// does not give: of two transactions that each write, the later one may commit first.
//
// Who follows the events of the whole desk calls it whenever there may be new ones; readers in need of all call it by themselves. Any number may
// call it at once, in any number of processes: one of them stamps, for the others it is 0 and no error. On SQLite, with its single
// writer, events are stamped as they are written, and there is nothing to do.
func (s *Store) Sequence(ctx context.Context) (n int, err error) {
	return s.sequence(ctx, s.flavor.skip)
}

// sequence stamps until nothing is left. With lock, it waits for who else does it; with skip it leaves it to them.
func (s *Store) sequence(ctx context.Context, lock string) (n int, err error) {
	if s.flavor.alone {
		return 0, nil
	}
	for {
		var one int
		if found, err := s.h.one(ctx, s.text("SELECT 1 FROM {events} WHERE seq IS NULL LIMIT 1"), nil, &one); err != nil || !found {
			return n, err
		}
		var batch int
		err := s.write(ctx, func(tx *Tx) (err error) {
			batch, err = tx.stamp(ctx, lock)
			return err
		})
		n += batch
		if err != nil || batch < maxStamped {
			return n, err
		}
	}
}

// stamp numbers one batch under the lock of the row of {sequence}, so that whoever commits later has the greater numbers.
func (tx *Tx) stamp(ctx context.Context, lock string) (int, error) {
	var last int64
	found, err := tx.h.one(ctx, tx.s.text("SELECT last FROM {sequence} WHERE id = 1"+lock), nil, &last)
	if err != nil || !found {
		return 0, err
	}
	var whens strings.Builder
	var args, places []any
	err = tx.h.query(ctx, tx.s.text("SELECT pos FROM {events} WHERE seq IS NULL ORDER BY pos")+limitTo(maxStamped), nil, func(rows *sql.Rows) error {
		var pos int64
		err := rows.Scan(&pos)
		last++
		whens.WriteString(" WHEN ? THEN ?")
		args, places = append(args, pos, last), append(places, pos)
		return err
	})
	if err != nil || len(places) == 0 {
		return 0, err
	}
	if _, err := tx.h.exec(ctx, tx.s.expand("UPDATE {events} SET seq = CASE pos"+whens.String()+" ELSE seq END WHERE pos IN ("+marks(len(places))+")"),
		append(args, places...)...); err != nil {
		return 0, err
	}
	_, err = tx.h.exec(ctx, tx.s.text("UPDATE {sequence} SET last = ? WHERE id = 1"), last)
	return len(places), err
}
