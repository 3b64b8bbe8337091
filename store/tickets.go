package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// neighbours joins what a ticket shows of its queue, requester and assignee. They are outer joins, so that the planner keeps the
// order of the tickets.
const neighbours = ` LEFT JOIN {queues} q ON q.id = t.queue_id LEFT JOIN {contacts} c ON c.id = t.requester_id` +
	` LEFT JOIN {accounts} a ON a.id = t.assignee_id`

// ticketScan holds one row of a ticket query, used again for each row.
type ticketScan struct {
	row                ticketRow
	queue, name, email sql.NullString
	account, username  sql.NullString
	dest               []any
}

func (s *Store) newTicketScan() *ticketScan {
	sc := &ticketScan{}
	sc.dest = s.tables.tickets.dest(&sc.row, &sc.queue, &sc.name, &sc.email, &sc.account, &sc.username)
	return sc
}

// ticketColumns are the columns that a ticketScan takes.
func (s *Store) ticketColumns() string {
	return s.tables.tickets.of("t") + ", q.name, c.name, c.email, a.name, a.username"
}

// ticket makes a Ticket of the row.
func (sc *ticketScan) ticket() (ticket.Ticket, error) {
	r := &sc.row
	t := ticket.Ticket{
		ID: r.ID, Number: r.Number, Subject: r.Subject, Status: r.Status, Category: r.Category, Priority: r.Priority,
		Queue: ticket.QueueRef{ID: r.QueueID, Name: sc.queue.String}, Channel: r.Channel, Source: r.Source,
		Requester: ticket.ContactRef{ID: r.RequesterID, Name: sc.name.String, Email: sc.email.String},
		Preview:   r.Preview, Locale: r.Locale, Escalation: r.Escalation, SnoozedUntil: r.SnoozedUntil.time(), MergedInto: r.MergedInto,
		Demo: r.Demo, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(), FirstResponseAt: r.FirstResponseAt.time(),
		ResolvedAt: r.ResolvedAt.time(), Version: r.Version, MessageCount: r.MessageCount,
		Head: ticket.Head{Count: r.EventCount, MAC: slices.Clone(r.EventMac)},
	}
	if r.AssigneeID != "" {
		t.Assignee = &ticket.AccountRef{ID: r.AssigneeID, Name: r.AssigneeName}
		if sc.account.String != "" {
			t.Assignee.Name = sc.account.String
		} else if sc.username.String != "" {
			t.Assignee.Name = sc.username.String
		}
	}
	if err := decode(r.Tags, &t.Tags); err != nil {
		return t, op("tags of ticket "+string(r.ID), err)
	}
	if err := decode(r.Fields, &t.Fields); err != nil {
		return t, op("fields of ticket "+string(r.ID), err)
	}
	return t, nil
}

// decode reads JSON that encode wrote; "" is the zero value.
func decode(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

func encode(v any, empty bool) (string, error) {
	if empty {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// Ticket implements ticket.Reader.
func (r reader) Ticket(ctx context.Context, sc ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	return r.ticket(ctx, sc, "t.id = ?", id)
}

// TicketByNumber implements ticket.Reader.
func (r reader) TicketByNumber(ctx context.Context, sc ticket.Scope, number int64) (*ticket.Ticket, error) {
	return r.ticket(ctx, sc, "t.number = ?", number)
}

func (r reader) ticket(ctx context.Context, sc ticket.Scope, where string, arg any) (*ticket.Ticket, error) {
	clause, args := scopeWhere(sc, r.s.flavor.aside)
	scan := r.s.newTicketScan()
	text := r.s.ticketBy(where, clause)
	found, err := r.h.one(r.h.brief(ctx), text, append([]any{arg}, args...), scan.dest...)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("ticket")
	}
	r.note(&scan.row)
	t, err := scan.ticket()
	return &t, err
}

// note remembers in a transaction the row of a ticket, which it has locked or written.
func (r reader) note(row *ticketRow) {
	if r.h.tx == nil {
		return
	}
	if r.h.tx.tickets == nil {
		r.h.tx.tickets = map[ticket.ID]ticketRow{}
	}
	r.h.tx.tickets[row.ID] = *row
}

// stored is the row of a ticket as it stands, read anew if the transaction does not know it.
func (tx *Tx) stored(ctx context.Context, id ticket.ID) (row ticketRow, err error) {
	if row, ok := tx.h.tx.tickets[id]; ok {
		return row, nil
	}
	found, err := tx.h.one(ctx, tx.s.text("SELECT number, subject, requester_id, tags, fields, version FROM {tickets} WHERE id = ?"), []any{id},
		&row.Number, &row.Subject, &row.RequesterID, &row.Tags, &row.Fields, &row.Version)
	if err == nil && !found {
		err = notFound("ticket")
	}
	return row, err
}

// ticketBy is the text of the hottest query; the common one, of a scope that reaches all, is built once.
func (s *Store) ticketBy(where, clause string) string {
	if t, ok := s.texts.Load(where); ok && clause == "" {
		return t.(string)
	}
	t := s.expand("SELECT " + s.ticketColumns() + " FROM {tickets} t" + neighbours + " WHERE " + where + and(clause))
	if clause == "" {
		s.texts.Store(where, t)
	}
	return t
}

// NextNumber implements ticket.Tx.
func (tx *Tx) NextNumber(ctx context.Context) (int64, error) {
	n, err := tx.s.flavor.next(ctx, tx.h)
	return n, op("next number", err)
}

func toTicketRow(t *ticket.Ticket) (*ticketRow, error) {
	tags, err := encode(t.Tags, len(t.Tags) == 0)
	if err != nil {
		return nil, op("tags", err)
	}
	fields, err := encode(t.Fields, len(t.Fields) == 0)
	if err != nil {
		return nil, op("fields", err)
	}
	r := &ticketRow{
		Number: t.Number, ID: t.ID, Subject: t.Subject, Status: t.Status, Category: t.Category, Active: t.Category.Active(),
		Priority: t.Priority, PriorityRank: t.Priority.Rank(), QueueID: t.Queue.ID, Channel: t.Channel, Source: t.Source,
		RequesterID: t.Requester.ID, Tags: tags, Fields: fields, Preview: t.Preview, Locale: t.Locale, Escalation: t.Escalation,
		SnoozedUntil: toMicros(t.SnoozedUntil), MergedInto: t.MergedInto, Demo: t.Demo, CreatedAt: toMicros(t.CreatedAt),
		UpdatedAt: toMicros(t.UpdatedAt), FirstResponseAt: toMicros(t.FirstResponseAt), ResolvedAt: toMicros(t.ResolvedAt),
		Version: t.Version, MessageCount: t.MessageCount, EventCount: t.Head.Count, EventMac: t.Head.MAC,
	}
	if t.Assignee != nil {
		r.AssigneeID, r.AssigneeName = t.Assignee.ID, t.Assignee.Name
	}
	return r, nil
}

// InsertTicket implements ticket.Tx.
func (tx *Tx) InsertTicket(ctx context.Context, t *ticket.Ticket) error {
	row, err := toTicketRow(t)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.tickets
	if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
		return conflict(err, "", "the ticket exists already")
	}
	if err := tx.addTags(ctx, t.Number, t.Tags); err != nil {
		return err
	}
	tx.note(row)
	tx.numbered(t.ID, t.Number)
	tx.index(doc{ticket: t.ID, number: t.Number})
	return tx.addFields(ctx, t.Number, t.Fields)
}

func (tx *Tx) addTags(ctx context.Context, number int64, tags []string) error {
	tb := &tx.s.tables.tags
	for _, tag := range tags {
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&tagRow{Tag: tag, Number: number})...); err != nil {
			return err
		}
	}
	return nil
}

// UpdateTicket implements ticket.Tx.
func (tx *Tx) UpdateTicket(ctx context.Context, t *ticket.Ticket, was ticket.Version) error {
	row, err := toTicketRow(t)
	if err != nil {
		return err
	}
	old, err := tx.stored(ctx, t.ID)
	if err != nil {
		return err
	}
	row.Number = old.Number // the key of the row never changes
	text, ok := tx.s.texts.Load("update ticket")
	if !ok {
		text = tx.s.tables.tickets.update("id = ? AND version = ?")
		tx.s.texts.Store("update ticket", text)
	}
	n, err := tx.h.affected(ctx, text.(string), append(tx.s.tables.tickets.values(row), t.ID, was)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return ticket.Errorf(ticket.Stale, "the ticket has changed since: it is at version %d", old.Version)
	}
	tx.note(row)
	tx.numbered(t.ID, row.Number)
	if old.Tags != row.Tags {
		if err := tx.allFactsChanged(ctx, old.Number); err != nil {
			return err
		}
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {ticket_tags} WHERE number = ?"), old.Number); err != nil {
			return err
		}
		if err := tx.addTags(ctx, old.Number, t.Tags); err != nil {
			return err
		}
	}
	if old.Fields != row.Fields {
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {ticket_fields} WHERE number = ?"), old.Number); err != nil {
			return err
		}
		if err := tx.addFields(ctx, old.Number, t.Fields); err != nil {
			return err
		}
	}
	if old.Subject != row.Subject || old.RequesterID != row.RequesterID {
		tx.index(doc{ticket: t.ID, number: old.Number, replace: true})
	}
	return nil
}

// DeleteTicket implements ticket.Tx.
func (tx *Tx) DeleteTicket(ctx context.Context, id ticket.ID) error {
	if err := tx.h.flush(ctx); err != nil {
		return err
	}
	delete(tx.h.tx.tickets, id)
	var number int64
	found, err := tx.h.one(ctx, tx.s.text("SELECT number FROM {tickets} WHERE id = ?"), []any{id}, &number)
	if err != nil {
		return err
	}
	if !found {
		return notFound("ticket")
	}
	if err := tx.allFactsChanged(ctx, number); err != nil {
		return err
	}
	docs := []int{0}
	var n int
	err = tx.h.query(ctx, tx.s.text("SELECT n FROM {messages} WHERE ticket_id = ?"), []any{id}, func(rows *sql.Rows) error {
		err := rows.Scan(&n)
		docs = append(docs, n)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range docs {
		if err := tx.s.flavor.dropDoc(ctx, tx.h, number, n); err != nil {
			return err
		}
	}
	for _, text := range []string{
		"DELETE FROM {message_html} WHERE message_id IN (SELECT id FROM {messages} WHERE ticket_id = ?)",
		"DELETE FROM {messages} WHERE ticket_id = ?",
		"DELETE FROM {attachments} WHERE ticket_id = ?",
		"DELETE FROM {participants} WHERE ticket_id = ?",
		"DELETE FROM {thread_refs} WHERE ticket_id = ?",
		"DELETE FROM {sla_outcomes} WHERE ticket_id = ?",
		"DELETE FROM {sla_clocks} WHERE ticket_id = ?",
		"DELETE FROM {ticket_fields} WHERE number IN (SELECT number FROM {tickets} WHERE id = ?)",
		"DELETE FROM {personal} WHERE ticket_id = ?",
		"DELETE FROM {mentions} WHERE number IN (SELECT number FROM {tickets} WHERE id = ?)",
		"DELETE FROM {ticket_facts} WHERE number IN (SELECT number FROM {tickets} WHERE id = ?)",
		"DELETE FROM {ticket_metrics} WHERE ticket_id = ?",
		"DELETE FROM {ticket_links} WHERE low_id = ?",
		"DELETE FROM {ticket_links} WHERE high_id = ?",
		"DELETE FROM {ticket_tags} WHERE number IN (SELECT number FROM {tickets} WHERE id = ?)",
		"DELETE FROM {event_private} WHERE event_id IN (SELECT id FROM {events} WHERE ticket_id = ?)",
		"DELETE FROM {tickets} WHERE id = ?",
	} {
		if _, err := tx.h.exec(ctx, tx.s.text(text), id); err != nil {
			return err
		}
	}
	return tx.ClearTimers(ctx, id)
}
