package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// index leaves a text to be indexed before the commit.
func (tx *Tx) index(d doc) { *tx.h.tx.docs = append(*tx.h.tx.docs, d) }

// numbered tells the texts of a ticket that were left so far its number.
func (tx *Tx) numbered(id ticket.ID, number int64) {
	for i := range *tx.h.tx.docs {
		if d := &(*tx.h.tx.docs)[i]; d.ticket == id {
			d.number = number
		}
	}
}

// flush indexes the texts that were left. That waits until the commit for three reasons: a message is written before its new ticket,
// whose number is part of the key; a ticket that changes twice is indexed once; and FTS5 writes a segment of its index for every
// savepoint that it sees, but with all texts of a batch at the end only one. It writes one, too, for each row that is not behind the one
// before it, so the texts go in by their place.
func (h *handle) flush(ctx context.Context) error {
	docs := *h.tx.docs
	*h.tx.docs = nil
	heads := map[ticket.ID]bool{}
	ready := make([]doc, 0, len(docs))
	for _, d := range docs {
		found := true
		var err error
		switch {
		case d.n == 0 && heads[d.ticket]:
			continue
		case d.n == 0:
			heads[d.ticket] = true
			found, err = h.headDoc(ctx, &d)
		case d.number == 0:
			found, err = h.one(ctx, h.s.text("SELECT number FROM {tickets} WHERE id = ?"), []any{d.ticket}, &d.number)
		}
		if err != nil {
			return err
		}
		if !found {
			continue // nobody could find the text, for its ticket is not there
		}
		ready = append(ready, d)
	}
	slices.SortStableFunc(ready, func(a, b doc) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.n, b.n)) })
	for _, d := range ready {
		if err := h.s.flavor.putDoc(ctx, h, d); err != nil {
			return err
		}
	}
	return nil
}

// headDoc fills in what a ticket is found by beside its messages: subject, the requester's name and identities.
func (h *handle) headDoc(ctx context.Context, d *doc) (found bool, err error) {
	var subject, name string
	var value sql.NullString
	var parts []string
	err = h.query(ctx, h.s.text("SELECT t.subject, c.name, i.value FROM {tickets} t JOIN {contacts} c ON c.id = t.requester_id"+
		" LEFT JOIN {contact_identities} i ON i.contact_id = c.id WHERE t.id = ?"), []any{d.ticket}, func(rows *sql.Rows) error {
		err := rows.Scan(&subject, &name, &value)
		if parts == nil {
			parts = []string{subject, name}
		}
		if value.Valid {
			parts = append(parts, value.String)
		}
		return err
	})
	d.text = strings.Join(parts, "\n")
	return parts != nil, err
}

// Tickets sees the transaction's own texts too.
func (tx *Tx) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if len(q.Words) > 0 {
		if err := tx.h.flush(ctx); err != nil {
			return nil, err
		}
	}
	return tx.reader.Tickets(ctx, sc, q)
}
