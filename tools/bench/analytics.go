package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// answered of a hundred tickets have an answer and a solution when the numbers are measured; the others are the backlog.
const answered = 99

// answers lets the tickets of a desk have been answered and closed, as far as lists and numbers know; their histories do not.
func answers(ctx context.Context, b *base, db *sql.DB) error {
	var n int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM ticketkit_ticket_facts WHERE counted = TRUE AND kind = 4 LIMIT 1) x").Scan(&n); err != nil || n > 0 {
		return err
	}
	const fact = "INSERT INTO ticketkit_ticket_facts (counted, happened_at, number, n, kind, cycle, queue_id, channel, priority, actor_id, seconds, business, undone_at, one_touch)" +
		" SELECT f.counted, f.happened_at + %[1]s * 1000000, f.number, f.n + %[2]d, %[2]d, 1, f.queue_id, f.channel, f.priority, %[3]s, %[1]s, (%[1]s) / 3, 0, TRUE" +
		" FROM ticketkit_ticket_facts f WHERE f.kind = 1 AND f.number %% 100 < %[4]d"
	for _, text := range []string{
		fmt.Sprintf(fact, "(f.number * 7919 % 86400)", 2, "'anna'", answered),
		fmt.Sprintf(fact, "(86400 + f.number * 104729 % 604800)", 4, "'anna'", answered),
		fmt.Sprintf("UPDATE ticketkit_tickets SET status = 'closed', category = 'closed', active = FALSE, first_response_at = created_at + (number * 7919 %% 86400) * 1000000,"+
			" resolved_at = created_at + (86400 + number * 104729 %% 604800) * 1000000 WHERE number %% 100 < %d", answered),
		fmt.Sprintf("UPDATE ticketkit_ticket_metrics SET is_open = FALSE, answered = TRUE, waiting_since = 0 WHERE number %% 100 < %d", answered),
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return all(ctx, db, b.tidy)
}

// analytics measures what the numbers cost: dashboards, counts of views, and searches for three words.
func analytics(ctx context.Context, b *base, d *desk) error {
	db, err := b.direct(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	began := time.Now()
	if err := answers(ctx, b, db); err != nil {
		return err
	}
	if err := all(ctx, db, b.settle[len(b.settle)-1:]); err != nil { // what the server believes about the tables
		return err
	}
	for _, table := range []string{"fact_days", "fact_changes"} { // the facts were written past the desk
		if _, err := db.ExecContext(ctx, "DELETE FROM ticketkit_"+table); err != nil {
			return err
		}
	}
	packing, days := time.Now(), 0
	for n := 1; n > 0; days += n {
		if n, err = d.store.RollUp(ctx, 0); err != nil {
			return err
		}
	}
	fmt.Printf("%d days packed in %s\n", days, time.Since(packing).Round(time.Millisecond))
	var facts, month int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM ticketkit_ticket_facts").Scan(&facts); err != nil {
		return err
	}
	since := time.Now().AddDate(0, 0, -30).UnixMicro()
	if err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) FROM ticketkit_ticket_facts WHERE counted = TRUE AND happened_at >= %d AND happened_at < %d", since, time.Now().UnixMicro())).Scan(&month); err != nil {
		return err
	}
	fmt.Printf("analytics over %d facts, %d of them of 30 days; prepared in %s\n", facts, month, time.Since(began).Round(time.Second))
	year := url.QueryEscape(time.Now().AddDate(-1, 0, 1).UTC().Format(time.RFC3339))
	for _, m := range []struct {
		name, path string
		aim        time.Duration // at the 99th percentile
		search     bool
	}{
		{"overview (kpi)", "kpi", 100 * time.Millisecond, false},
		{"dashboard, 30 days", "analytics", 100 * time.Millisecond, false},
		{"dashboard, a year", "analytics?from=" + year, time.Second, false},
		{"ranking, 30 days", "ranking", 100 * time.Millisecond, false},
		{"counts of all views", "views/counts", 100 * time.Millisecond, false},
		{"search: two common words and a rare one", "tickets?limit=30&q=printer+not+%d", 50 * time.Millisecond, true},
		{"search: three common words", "tickets?limit=30&q=printer+does+print", 50 * time.Millisecond, false},
	} {
		var r result
		err := r.run(ctx, make([]int, 1), 5*time.Second, func(ctx context.Context, _, i int) error {
			path := m.path
			if m.search {
				path = fmt.Sprintf(m.path, i%min(made, len(d.ids)))
			}
			body, err := d.call(ctx, "GET", path, nil, 200)
			if err == nil && m.search && !bytes.Contains(body, []byte(`"requester"`)) {
				err = errors.New(path + ": nothing was found")
			}
			return err
		})
		if err != nil {
			fmt.Printf("  %-42s %v\n", m.name, err)
			continue
		}
		p99, verdict := r.percentile(99), "met"
		if p99 >= m.aim {
			verdict = "MISSED"
		}
		fmt.Printf("  %-42s p50 %-10s p99 %-10s max %-10s CPU %-10s n %-6d aim %s %s\n", m.name, round(r.percentile(50)), round(p99), round(r.all[len(r.all)-1]), short(r.each()), len(r.all), m.aim, verdict)
	}
	return nil
}
