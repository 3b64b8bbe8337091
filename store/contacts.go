package store

import (
	"context"
	"database/sql"

	"github.com/ticketkit/ticketkit/ticket"
)

// Contact implements ticket.Reader.
func (r reader) Contact(ctx context.Context, id ticket.ContactID) (*ticket.Contact, error) {
	return r.contact(ctx, r.s.text("SELECT c.id, c.name, c.locale, c.created_at, i.kind, i.value, i.verified, i.bounced_at FROM {contacts} c"+
		" LEFT JOIN {contact_identities} i ON i.contact_id = c.id WHERE c.id = ? ORDER BY i.position"), id)
}

// ContactByIdentity implements ticket.Reader.
func (r reader) ContactByIdentity(ctx context.Context, kind, value string) (*ticket.Contact, error) {
	return r.contact(ctx, r.s.text("SELECT c.id, c.name, c.locale, c.created_at, i.kind, i.value, i.verified, i.bounced_at FROM {contact_identities} k"+
		" JOIN {contacts} c ON c.id = k.contact_id JOIN {contact_identities} i ON i.contact_id = c.id"+
		" WHERE k.kind = ? AND k.value = ? ORDER BY i.position"), kind, value)
}

func (r reader) contact(ctx context.Context, text string, args ...any) (*ticket.Contact, error) {
	var c *ticket.Contact
	err := r.h.query(ctx, text, args, func(rows *sql.Rows) error {
		var row contactRow
		var kind, value sql.NullString
		var verified sql.NullBool
		var bounced sql.NullInt64
		if err := rows.Scan(&row.ID, &row.Name, &row.Locale, &row.CreatedAt, &kind, &value, &verified, &bounced); err != nil {
			return err
		}
		if c == nil {
			c = &ticket.Contact{ID: row.ID, Name: row.Name, Locale: row.Locale, CreatedAt: row.CreatedAt.time()}
		}
		if kind.Valid {
			c.Identities = append(c.Identities, ticket.Identity{Kind: kind.String, Value: value.String, Verified: verified.Bool,
				BouncedAt: micros(bounced.Int64).time()})
		}
		return nil
	})
	if err == nil && c == nil {
		err = notFound("contact")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// InsertContact implements ticket.Tx.
func (tx *Tx) InsertContact(ctx context.Context, c *ticket.Contact) error {
	mail, _ := c.Identity(ticket.KindEmail)
	tb := &tx.s.tables.contacts
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&contactRow{ID: c.ID, Name: c.Name, Email: mail.Value, Locale: c.Locale,
		CreatedAt: toMicros(c.CreatedAt)})...)
	if err != nil {
		return conflict(err, "", "the contact exists already")
	}
	if err := tx.putTerms(ctx, c, true); err != nil {
		return err
	}
	return tx.addIdentities(ctx, c)
}

func (tx *Tx) addIdentities(ctx context.Context, c *ticket.Contact) error {
	tb := &tx.s.tables.identities
	for i, id := range c.Identities {
		row := &identityRow{Kind: id.Kind, Value: id.Value, ContactID: c.ID, Position: i, Verified: id.Verified, BouncedAt: toMicros(id.BouncedAt)}
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
			return conflict(err, "", "the identity belongs to another contact")
		}
	}
	return nil
}

// UpdateContact implements ticket.Tx.
func (tx *Tx) UpdateContact(ctx context.Context, c *ticket.Contact) error {
	mail, _ := c.Identity(ticket.KindEmail)
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {contacts} SET name = ?, email = ?, locale = ? WHERE id = ?"), c.Name, mail.Value, c.Locale, c.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return notFound("contact")
	}
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {contact_identities} WHERE contact_id = ?"), c.ID); err != nil {
		return err
	}
	if err := tx.addIdentities(ctx, c); err != nil {
		return err
	}
	if err := tx.putTerms(ctx, c, false); err != nil {
		return err
	}
	// Every ticket of the contact is found by the new name and identities.
	d := doc{replace: true}
	return tx.h.query(ctx, tx.s.text("SELECT id, number FROM {tickets} WHERE requester_id = ?"), []any{c.ID}, func(rows *sql.Rows) error {
		err := rows.Scan(&d.ticket, &d.number)
		tx.index(d)
		return err
	})
}

// Participants implements ticket.Reader.
func (r reader) Participants(ctx context.Context, sc ticket.Scope, t ticket.ID) ([]ticket.Participant, error) {
	join, clause, args := r.s.ofTicket("p", sc)
	var out []ticket.Participant
	err := r.h.query(ctx, r.s.expand("SELECT c.id, c.name, c.email, p.role FROM {participants} p"+join+
		" JOIN {contacts} c ON c.id = p.contact_id WHERE p.ticket_id = ?"+clause+" ORDER BY p.position, p.contact_id"),
		append([]any{t}, args...), func(rows *sql.Rows) error {
			var p ticket.Participant
			err := rows.Scan(&p.Contact.ID, &p.Contact.Name, &p.Contact.Email, &p.Role)
			out = append(out, p)
			return err
		})
	return out, err
}

// AddParticipant implements ticket.Tx.
func (tx *Tx) AddParticipant(ctx context.Context, t ticket.ID, p ticket.Participant) error {
	var there, count int
	if _, err := tx.h.one(ctx, tx.s.text("SELECT COALESCE(SUM(CASE WHEN contact_id = ? THEN 1 ELSE 0 END), 0), COUNT(*) FROM {participants} WHERE ticket_id = ?"),
		[]any{p.Contact.ID, t}, &there, &count); err != nil || there > 0 {
		return err
	}
	tb := &tx.s.tables.participants
	_, err := tx.h.exec(ctx, tb.keep, tb.values(&participantRow{TicketID: t, ContactID: p.Contact.ID, Role: p.Role, Position: count})...)
	return err
}

// Queue implements ticket.Reader.
func (r reader) Queue(ctx context.Context, id ticket.QueueID) (*ticket.Queue, error) {
	qs, err := r.queues(ctx, r.s.text("SELECT id, name, is_default, created_at FROM {queues} WHERE id = ?"), id)
	if err != nil {
		return nil, err
	}
	if len(qs) == 0 {
		return nil, notFound("queue")
	}
	return &qs[0], nil
}

// Queues implements ticket.Reader.
func (r reader) Queues(ctx context.Context) ([]ticket.Queue, error) {
	return r.queues(ctx, r.s.text("SELECT id, name, is_default, created_at FROM {queues} ORDER BY name"))
}

func (r reader) queues(ctx context.Context, text string, args ...any) ([]ticket.Queue, error) {
	var out []ticket.Queue
	err := r.h.query(ctx, text, args, func(rows *sql.Rows) error {
		var q ticket.Queue
		var at micros
		err := rows.Scan(&q.ID, &q.Name, &q.Default, &at)
		q.CreatedAt = at.time()
		out = append(out, q)
		return err
	})
	return out, err
}

// InsertQueue implements ticket.Tx.
func (tx *Tx) InsertQueue(ctx context.Context, q *ticket.Queue) error {
	tb := &tx.s.tables.queues
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&queueRow{ID: q.ID, Name: q.Name, IsDefault: q.Default, CreatedAt: toMicros(q.CreatedAt)})...)
	return conflict(err, "name", "a queue of that name exists already")
}
