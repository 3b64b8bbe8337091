package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// digest is what a key of any length is looked up by.
func digest(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// maxMarks bounds the placeholders of one IN list.
const maxMarks = 200

// TicketByRefs implements ticket.Reader.
func (r reader) TicketByRefs(ctx context.Context, refs []string) (ticket.ID, error) {
	for part := range slices.Chunk(refs, maxMarks) {
		known := map[string]ticket.ID{}
		args := make([]any, len(part))
		for i, ref := range part {
			args[i] = digest(ref)
		}
		err := r.h.query(ctx, r.s.expand("SELECT hash, ticket_id FROM {thread_refs} WHERE hash IN ("+marks(len(part))+")"), args,
			func(rows *sql.Rows) error {
				var row refRow
				err := rows.Scan(&row.Hash, &row.TicketID)
				known[string(row.Hash)] = row.TicketID
				return err
			})
		if err != nil {
			return "", err
		}
		for _, h := range args {
			if id, ok := known[string(h.([]byte))]; ok {
				return id, nil
			}
		}
	}
	return "", notFound("reference")
}

// LinkRefs implements ticket.Tx.
func (tx *Tx) LinkRefs(ctx context.Context, t ticket.ID, refs []string) error {
	tb := &tx.s.tables.refs
	for _, ref := range refs {
		if _, err := tx.h.exec(ctx, tb.keep, tb.values(&refRow{Hash: digest(ref), TicketID: t})...); err != nil {
			return err
		}
	}
	return nil
}

// Received implements ticket.Reader.
func (r reader) Received(ctx context.Context, channel, key string) (*ticket.Receipt, error) {
	out := &ticket.Receipt{Channel: channel, Key: key}
	var at micros
	found, err := r.h.one(ctx, r.s.text("SELECT ticket_id, message_id, created_at FROM {receipts} WHERE channel = ? AND key_hash = ?"),
		[]any{channel, digest(key)}, &out.TicketID, &out.MessageID, &at)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("item")
	}
	out.At = at.time()
	return out, nil
}

// MarkReceived implements ticket.Tx.
func (tx *Tx) MarkReceived(ctx context.Context, rc ticket.Receipt) error {
	tb := &tx.s.tables.receipts
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&receiptRow{Channel: rc.Channel, KeyHash: digest(rc.Key), TicketID: rc.TicketID,
		MessageID: rc.MessageID, CreatedAt: toMicros(rc.At)})...)
	return conflict(err, "", "the item was taken in already")
}
