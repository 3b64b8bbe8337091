package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

// writers is how many mails the hand has under way at once, as the desk has.
const writers = 32

// handTables are the tables of which an import leaves rows. The index of words is written beside them.
var handTables = []string{"contacts", "contact_identities", "contact_terms", "tickets", "messages", "events", "event_private", "thread_refs", "receipts",
	"ticket_metrics", "ticket_facts", "jobs"}

// rowsOf are the rows of one table and the statement that writes one.
type rowsOf struct {
	stmt *sql.Stmt
	rows [][]any
}

// mailByHand writes what an import has left in a desk's database and folder of blobs once more, into an empty database and folder: the same rows
// by prepared INSERTs, one transaction for each mail, many to a commit, and the same files, each brought to disk before its transaction. It reads no
// mail and decides nothing, and writes each row once, where the desk changes some of them.
func mailByHand(ctx context.Context, dir string, mails int) (took, cpu time.Duration, err error) {
	from, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "desk.db")+"?_pragma=query_only(1)")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = from.Close() }()
	file := filepath.Join(dir, "hand.db")
	st, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		return 0, 0, err
	}
	if err := st.Migrate(ctx); err != nil {
		return 0, 0, err
	}
	if err := st.Close(); err != nil {
		return 0, 0, err
	}
	to, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = to.Close() }()
	to.SetMaxOpenConns(1)
	var all []rowsOf
	for _, name := range handTables {
		r, err := readRows(ctx, from, to, "SELECT * FROM "+store.DefaultPrefix+name, store.DefaultPrefix+name)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, r)
	}
	words, err := readRows(ctx, from, to, "SELECT (t.number << 20) | m.n AS rowid, m.body AS body, '' AS note FROM ticketkit_messages m JOIN ticketkit_tickets t ON t.id = m.ticket_id"+
		" UNION ALL SELECT number << 20, subject, '' FROM ticketkit_tickets ORDER BY rowid", store.DefaultPrefix+"search")
	if err != nil {
		return 0, 0, fmt.Errorf("words: %w", err)
	}
	all = append(all, words)
	var files []string
	if err := store.NewFileBlobs(filepath.Join(dir, "blobs")).Each(ctx, func(_, path string) error {
		files = append(files, path)
		return nil
	}); err != nil {
		return 0, 0, err
	}
	return writeMails(ctx, newBatches(to), store.NewFileBlobs(filepath.Join(dir, "hand")), all, files, mails)
}

// readRows reads rows whole, and prepares the INSERT for them.
func readRows(ctx context.Context, from, to *sql.DB, query, table string) (out rowsOf, err error) {
	rows, err := from.QueryContext(ctx, query)
	if err != nil {
		return out, err
	}
	defer func() { _ = rows.Close() }()
	cols, err := rows.Columns()
	if err != nil {
		return out, err
	}
	for rows.Next() {
		row, dest := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return out, err
		}
		out.rows = append(out.rows, row)
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	out.stmt, err = to.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") VALUES (?"+strings.Repeat(", ?", len(cols)-1)+")")
	return out, err
}

// writeMails writes everything in as many transactions as there were mails, each with its share of every table.
func writeMails(ctx context.Context, b *batches, blobs *store.FileBlobs, all []rowsOf, files []string, mails int) (took, cpu time.Duration, err error) {
	defer b.close()
	share := func(n, i int) (lo, hi int) { return n * i / mails, n * (i + 1) / mails }
	one := func(i int) error {
		lo, hi := share(len(files), i)
		for _, path := range files[lo:hi] {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			_, _, err = blobs.Put(ctx, f)
			_ = f.Close()
			if err != nil {
				return err
			}
		}
		return b.do(ctx, func(tx *sql.Tx) error {
			for _, t := range all {
				lo, hi := share(len(t.rows), i)
				for _, row := range t.rows[lo:hi] {
					if _, err := tx.StmtContext(ctx, t.stmt).ExecContext(ctx, row...); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	next := make(chan int)
	var wait sync.WaitGroup
	var once sync.Once
	began, used := time.Now(), cpuTime()
	for range writers {
		wait.Go(func() {
			for i := range next {
				if e := one(i); e != nil {
					once.Do(func() { err = e })
				}
			}
		})
	}
	for i := range mails {
		next <- i
	}
	close(next)
	wait.Wait()
	return time.Since(began), cpuTime() - used, err
}
