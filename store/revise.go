package store

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// ReviseMessage implements ticket.ReviseTx.
func (tx *Tx) ReviseMessage(ctx context.Context, id ticket.MessageID, kind ticket.MessageKind, text string) error {
	var was messageRow
	found, err := tx.h.one(ctx, tx.s.text("SELECT ticket_id, n, quoted FROM {messages} WHERE id = ?"), []any{id}, &was.TicketID, &was.N, &was.Quoted)
	if err == nil && !found {
		err = notFound("message")
	}
	if err != nil {
		return err
	}
	if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {messages} SET kind = ?, body = ?, has_html = ? WHERE id = ?"), kind, text, false, id); err != nil {
		return err
	}
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {message_html} WHERE message_id = ?"), id); err != nil {
		return err
	}
	files, err := tx.fileNames(ctx, was.TicketID, id)
	if err != nil {
		return err
	}
	d := messageDoc(was.TicketID, was.N, kind, text, was.Quoted, files)
	d.replace = true
	tx.index(d)
	return nil
}
