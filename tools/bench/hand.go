package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// hand does by hand what the desk does for one call: the same statements on a copy of the same database, through the same driver, each
// prepared once. It authorizes nothing, seals nothing and encodes nothing.
type hand struct {
	base        *base
	write, read *sql.DB
	batches     *batches // SQLite alone: many transactions share one commit, as they do in the desk
	ids         []ticket.ID
	queue       string
	stmts       map[string]*sql.Stmt
}

const ticketColumns = `number, id, subject, status, category, active, priority, priority_rank, queue_id, channel, source, requester_id, assignee_id,
 assignee_name, tags, fields, preview, locale, escalation, snoozed_until, merged_into, demo, created_at, updated_at, first_response_at,
 resolved_at, version, message_count, event_count, event_mac`

const newest = " ORDER BY t.updated_at DESC, t.number DESC LIMIT 31"

var (
	selectTicket = "SELECT t." + strings.ReplaceAll(strings.ReplaceAll(ticketColumns, "\n", ""), ", ", ", t.") +
		", q.name, c.name, c.email, a.name, a.username FROM ticketkit_tickets t LEFT JOIN ticketkit_queues q ON q.id = t.queue_id" +
		" LEFT JOIN ticketkit_contacts c ON c.id = t.requester_id LEFT JOIN ticketkit_accounts a ON a.id = t.assignee_id"

	statements = map[string]string{
		"get":     selectTicket + " WHERE t.id = ?",
		"list":    selectTicket + " WHERE t.category = 'new'" + newest,
		"find":    selectTicket + " WHERE t.number IN (SELECT rowid >> 20 FROM ticketkit_search WHERE ticketkit_search MATCH ?)" + newest,
		"current": "SELECT number, version, message_count, event_count FROM ticketkit_tickets WHERE id = ?",
		"count":   "UPDATE ticketkit_desk SET number = number + 1 WHERE id = 1",
		"number":  "SELECT number FROM ticketkit_desk WHERE id = 1",
		"contact": "SELECT contact_id FROM ticketkit_contact_identities WHERE kind = 'email' AND value = ?",
		"ticket":  "INSERT INTO ticketkit_tickets (" + ticketColumns + ") VALUES (?" + strings.Repeat(", ?", 29) + ")",
		"tag":     "INSERT INTO ticketkit_ticket_tags (number, tag) VALUES (?, ?)",
		"message": `INSERT INTO ticketkit_messages (id, ticket_id, n, kind, author_type, author_id, author_name, author_email, channel, body, quoted,
 has_html, machine, verified, external_id, raw_sha256, recipients, delivery_state, delivery_reason, delivery_at, files, created_at)
 VALUES (?` + strings.Repeat(", ?", 21) + ")",
		"event": `INSERT INTO ticketkit_events (id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac)
 VALUES (?` + strings.Repeat(", ?", 9) + ")",
		"private": "INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES (?, ?, ?, ?)",
		"search":  "INSERT INTO ticketkit_search (rowid, body, note) VALUES ((CAST(? AS INTEGER) << 20) | CAST(? AS INTEGER), ?, '')",
		"job": `INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until,
 last_error, finished_at) VALUES (?, 'deliver', ?, ?, 'pending', ?, 0, 0, ?, '', 0, '', 0)`,
		"touch": `UPDATE ticketkit_tickets SET version = version + 1, updated_at = ?, message_count = message_count + 1, event_count = event_count + 1,
 event_mac = ?, preview = ? WHERE id = ? AND version = ?`,
		"assign": `UPDATE ticketkit_tickets SET version = version + 1, updated_at = ?, assignee_id = ?, event_count = event_count + 1, event_mac = ?
 WHERE id = ? AND version = ?`,
	}
)

// openHand opens the base for the hand: SQLite a copy of it, a server's the same database.
func openHand(ctx context.Context, b *base, d *desk) (*hand, error) {
	write, read, err := b.hand(ctx)
	if err != nil {
		return nil, err
	}
	h := &hand{base: b, write: write, read: read, ids: d.ids, stmts: map[string]*sql.Stmt{}}
	if b.name == "SQLite" {
		h.batches = newBatches(write)
	}
	for name, text := range statements {
		if own, ok := b.own[name]; ok {
			text = own
		}
		if text == "" {
			continue
		}
		db := write
		if name == "get" || name == "list" || name == "find" {
			db = read
		}
		if h.stmts[name], err = db.PrepareContext(ctx, b.rebind(text)); err != nil {
			return nil, fmt.Errorf("statement %s: %w", name, err)
		}
	}
	return h, read.QueryRowContext(ctx, "SELECT id FROM "+store.DefaultPrefix+"queues").Scan(&h.queue)
}

func (h *hand) close() {
	if h.batches != nil {
		h.batches.close()
	}
	_ = h.write.Close()
	_ = h.read.Close()
}

func (h *hand) at(i int) ticket.ID { return pick(h.ids, i) }

// scan reads rows of the ticket query to their end.
func scan(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]sql.RawBytes, len(cols))
	dest := make([]any, len(cols))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (h *hand) get(ctx context.Context, _, i int) error {
	return scan(h.stmts["get"].QueryContext(ctx, h.at(i)))
}

func (h *hand) list(ctx context.Context, _, _ int) error {
	return scan(h.stmts["list"].QueryContext(ctx))
}

func (h *hand) search(ctx context.Context, _, i int) error {
	return scan(h.stmts["find"].QueryContext(ctx, fmt.Sprintf(h.base.search, "printer", strconv.Itoa(i%min(made, len(h.ids))))))
}

// steps runs prepared statements in one transaction.
type steps struct {
	h   *hand
	ctx context.Context
	tx  *sql.Tx
	err error
}

func (s *steps) do(name string, args ...any) {
	if s.err == nil {
		_, s.err = s.tx.StmtContext(s.ctx, s.h.stmts[name]).ExecContext(s.ctx, args...)
	}
}

func (s *steps) row(name string, dest []any, args ...any) {
	if s.err == nil {
		s.err = s.tx.StmtContext(s.ctx, s.h.stmts[name]).QueryRowContext(s.ctx, args...).Scan(dest...)
	}
}

// insert is do for a row that the database numbers.
func (s *steps) insert(name string) (n int64) {
	if s.err != nil {
		return 0
	}
	var res sql.Result
	if res, s.err = s.tx.StmtContext(s.ctx, s.h.stmts[name]).ExecContext(s.ctx); s.err == nil {
		n, s.err = res.LastInsertId()
	}
	return n
}

func (h *hand) tx(ctx context.Context, fn func(s *steps)) error {
	if h.batches != nil {
		return h.batches.do(ctx, func(tx *sql.Tx) error {
			s := &steps{h: h, ctx: ctx, tx: tx}
			fn(s)
			return s.err
		})
	}
	tx, err := h.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s := &steps{h: h, ctx: ctx, tx: tx}
	fn(s)
	if s.err != nil {
		_ = tx.Rollback()
		return s.err
	}
	return tx.Commit()
}

var mac, salt = make([]byte, 32), make([]byte, 16)

func (s *steps) event(ticketID any, n int, typ string, now time.Time) {
	id := ticket.NewID(now)
	s.do("event", id, ticketID, n, typ, "account", "a", now.UnixMicro(), `{"status":"new","priority":"normal"}`, mac, mac)
	s.do("private", id, "admin", salt, `{"subject":"Printer does not print"}`)
}

func (s *steps) message(ticketID any, number int64, n int, body string, now time.Time) {
	s.do("message", ticket.NewID(now), ticketID, n, "public", "account", "a", "admin", "", "api", body, "", false, false, 0, "", "", "", "", "", 0, 0, now.UnixMicro())
	s.do("search", number, n, body)
}

func (h *hand) create(ctx context.Context, _, i int) error {
	n, now := sample(i+100_000), time.Now()
	return h.tx(ctx, func(s *steps) {
		var contact string
		number := s.h.base.number(s)
		s.row("contact", []any{&contact}, n.Requester.Identity.Value)
		id := ticket.NewID(now)
		s.do("ticket", number, id, n.Subject, "new", "new", true, "normal", 2, h.queue, "api", "api", contact, "", "", `["printer"]`, "", n.Body[:100], "",
			0, 0, "", false, now.UnixMicro(), now.UnixMicro(), 0, 0, 1, 1, 1, mac)
		s.do("tag", number, "printer")
		s.do("search", number, 0, n.Subject)
		s.message(id, number, 1, n.Body, now)
		s.event(id, 1, "ticket.created", now)
	})
}

// current reads a ticket inside the transaction, as every change must.
func (s *steps) current(id ticket.ID) (number, version, messages, events int64) {
	s.row("current", []any{&number, &version, &messages, &events}, id)
	return number, version, messages, events
}

func (h *hand) reply(ctx context.Context, _, i int) error {
	id, now := h.at(i), time.Now()
	return h.tx(ctx, func(s *steps) {
		number, v, m, e := s.current(id)
		const body = "Have you tried turning it off and on?"
		s.message(id, number, int(m)+1, body, now)
		key := "deliver:" + ticket.NewID(now)
		s.do("job", ticket.NewID(now), key, key, now.UnixMicro(), `{"message_id":"x"}`)
		s.do("touch", now.UnixMicro(), mac, body, id, v)
		s.event(id, int(e)+1, "message.sent", now)
	})
}

func (h *hand) claim(ctx context.Context, worker, i int) error {
	id, verb := turn(h.ids, worker, i)
	now, who := time.Now(), ""
	if verb == "claim" {
		who = "a"
	}
	return h.tx(ctx, func(s *steps) {
		_, v, _, e := s.current(id)
		s.do("assign", now.UnixMicro(), who, mac, id, v)
		s.event(id, int(e)+1, "ticket.claimed", now)
	})
}
