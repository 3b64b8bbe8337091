package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// flush indexes the texts that the transaction has written. It waits until the end because a message is written before its new
// ticket, whose number is part of the key, and because a ticket that changes twice is indexed once.
func (tx *Tx) flush(ctx context.Context) error {
	docs := tx.docs
	tx.docs = nil
	heads := map[ticket.ID]bool{}
	for _, d := range docs {
		if d.n == 0 {
			if heads[d.ticket] {
				continue
			}
			heads[d.ticket] = true
			if err := tx.headDoc(ctx, &d); err != nil {
				return err
			}
		} else if d.number == 0 {
			found, err := tx.h.one(ctx, tx.s.text("SELECT number FROM {tickets} WHERE id = ?"), []any{d.ticket}, &d.number)
			if err != nil {
				return err
			}
			if !found {
				return op("index", notFound("ticket of a message"))
			}
		}
		if err := tx.s.flavor.putDoc(ctx, tx.h, d); err != nil {
			return err
		}
	}
	return nil
}

// headDoc fills in what a ticket is found by beside its messages: subject, the requester's name and identities.
func (tx *Tx) headDoc(ctx context.Context, d *doc) error {
	var subject, name, value string
	var contact ticket.ContactID
	if _, err := tx.h.one(ctx, tx.s.text("SELECT t.subject, c.id, c.name FROM {tickets} t JOIN {contacts} c ON c.id = t.requester_id WHERE t.id = ?"),
		[]any{d.ticket}, &subject, &contact, &name); err != nil {
		return err
	}
	parts := []string{subject, name}
	err := tx.h.query(ctx, tx.s.text("SELECT value FROM {contact_identities} WHERE contact_id = ?"), []any{contact}, func(rows *sql.Rows) error {
		err := rows.Scan(&value)
		parts = append(parts, value)
		return err
	})
	d.text = strings.Join(parts, "\n")
	return err
}

// Tickets sees the transaction's own texts too.
func (tx *Tx) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if len(q.Words) > 0 {
		if err := tx.flush(ctx); err != nil {
			return nil, err
		}
	}
	return tx.reader.Tickets(ctx, sc, q)
}
