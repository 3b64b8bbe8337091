package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/ticket"
)

// made is how many tickets the desk makes itself; any more are copies of them, made with SQL.
const made = 10_000

// spread is how far the copies lie apart, in microseconds: a million tickets are about three years.
const spread = 94_000_000

// seed fills a desk with tickets of so many messages each. The copies have ids and numbers of their own and are older; their histories do not verify.
func seed(ctx context.Context, b *base, k *ticketkit.Desk, tickets, messages int) error {
	if ids, err := everyID(ctx, b); err != nil || len(ids) >= tickets {
		return err
	}
	next := make(chan int)
	failed := make(chan error, makers)
	for range makers { // at once, so that they share commits
		go func() {
			var err error
			for i := range next {
				if err == nil {
					err = conversation(ctx, k, i, messages)
				}
			}
			failed <- err
		}()
	}
	for i := range min(tickets, made) {
		next <- i
	}
	close(next)
	for range makers {
		if err := <-failed; err != nil {
			return err
		}
	}
	db, err := b.direct(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if tickets <= made { // a server that has not counted its rows yet plans for few
		return all(ctx, db, b.settle[len(b.settle)-1:])
	}
	if err := all(ctx, db, b.loosen); err != nil {
		return err
	}
	var last int64
	if err := db.QueryRowContext(ctx, "SELECT MAX(number) FROM ticketkit_tickets").Scan(&last); err != nil {
		return err
	}
	for times := 1; times < tickets/made; times++ {
		if err := copyAll(ctx, b, db, last, last*int64(times)); err != nil {
			return err
		}
	}
	return all(ctx, db, b.settle)
}

const makers = 16

// conversation opens a ticket and notes what was found out.
func conversation(ctx context.Context, k *ticketkit.Desk, i, messages int) error {
	me := ticket.SystemActor("bench")
	t, err := k.Tickets().Open(ctx, me, sample(i))
	for n := 1; n < messages && err == nil; n++ {
		_, err = k.Tickets().Note(ctx, me, t.ID, 0, ticket.NewMessage{Body: fmt.Sprintf("Attempt %d of %d: %s", n, i, strings.Repeat("the paper tray was opened and closed, and the light stayed on. ", 1+(i+n)%6))})
	}
	return err
}

func all(ctx context.Context, db *sql.DB, texts []string) error {
	for _, text := range texts {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// everyID reads the ids of all tickets.
func everyID(ctx context.Context, b *base) (ids []ticket.ID, err error) {
	db, err := b.direct(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(ctx, "SELECT id FROM ticketkit_tickets ORDER BY number")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id ticket.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// copyAll copies everything that belongs to the tickets up to number last, with numbers that are by more.
func copyAll(ctx context.Context, b *base, db *sql.DB, last, by int64) error {
	id := func(column string) string { return fmt.Sprintf(b.newID, column, fmt.Sprintf("t.number + %d", by)) }
	const ofTicket = " JOIN ticketkit_tickets t ON t.id = x.ticket_id"
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, c := range []struct {
		table, join string
		drop        []string
		replace     map[string]string
	}{
		{"tickets", "", nil, map[string]string{"number": fmt.Sprintf("x.number + %d", by), "updated_at": fmt.Sprintf("x.updated_at - %d", by*spread), "created_at": fmt.Sprintf("x.created_at - %d", by*spread), "id": strings.ReplaceAll(id("x.id"), "t.number", "x.number")}},
		{"ticket_tags", " JOIN ticketkit_tickets t ON t.number = x.number", nil, map[string]string{"number": fmt.Sprintf("x.number + %d", by)}},
		{"messages", ofTicket, nil, map[string]string{"id": id("x.id"), "ticket_id": id("x.ticket_id")}},
		{"event_private", " JOIN ticketkit_events e ON e.id = x.event_id JOIN ticketkit_tickets t ON t.id = e.ticket_id", nil, map[string]string{"event_id": id("x.event_id")}},
		{"events", ofTicket, []string{"seq", "pos"}, map[string]string{"id": id("x.id"), "ticket_id": id("x.ticket_id")}},
		{"ticket_metrics", ofTicket, nil, map[string]string{"ticket_id": id("x.ticket_id"), "number": fmt.Sprintf("x.number + %d", by), "created_at": fmt.Sprintf("x.created_at - %d", by*spread)}},
		{"ticket_facts", " JOIN ticketkit_tickets t ON t.number = x.number", nil, map[string]string{"number": fmt.Sprintf("x.number + %d", by), "happened_at": fmt.Sprintf("x.happened_at - %d", by*spread)}},
		{"sla_clocks", ofTicket, nil, map[string]string{"ticket_id": id("x.ticket_id")}},
	} {
		names, err := columns(ctx, tx, "ticketkit_"+c.table)
		if err != nil {
			return err
		}
		names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(c.drop, n) })
		values := make([]string, len(names))
		for i, n := range names {
			if values[i] = "x." + n; c.replace[n] != "" {
				values[i] = c.replace[n]
			}
		}
		of := "t"
		if c.join == "" {
			of = "x"
		}
		text := fmt.Sprintf("INSERT INTO ticketkit_%[1]s (%[2]s) SELECT %[3]s FROM ticketkit_%[1]s x%[4]s WHERE %[5]s.number <= %[6]d", c.table, strings.Join(names, ", "), strings.Join(values, ", "), c.join, of, last)
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("copying %s: %w", c.table, err)
		}
	}
	for _, text := range b.copies {
		if _, err := tx.ExecContext(ctx, b.rebind(text), by, last); err != nil {
			return fmt.Errorf("copying the full text: %w", err)
		}
	}
	return tx.Commit()
}

func columns(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	return names, rows.Err()
}
