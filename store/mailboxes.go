package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

var _ adapters.MailboxStore = (*Store)(nil)

// mailboxRow is a mailbox that was set up at the desk.
type mailboxRow struct {
	bun.BaseModel `bun:"table:mailboxes,alias:mb"`

	ID        string `bun:",pk"`
	Settings  string // JSON object
	Secret    string // encrypted by whoever writes it; "" is none
	Version   int64
	CreatedAt micros
	UpdatedAt micros
}

// Mailboxes implements adapters.MailboxStore.
func (s *Store) Mailboxes(ctx context.Context) ([]adapters.MailboxRecord, error) {
	var rows []mailboxRow
	if err := s.selectFrom(&rows, s.tables.mailboxes.name, "mb").OrderExpr("mb.id").Scan(ctx); err != nil {
		return nil, s.fail(err)
	}
	out := make([]adapters.MailboxRecord, 0, len(rows))
	for _, r := range rows {
		out = append(out, adapters.MailboxRecord{ID: r.ID, Settings: r.Settings, Secret: r.Secret, Version: r.Version, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time()})
	}
	return out, nil
}

// InsertMailbox implements adapters.MailboxStore.
func (s *Store) InsertMailbox(ctx context.Context, m adapters.MailboxRecord) error {
	err := s.write(ctx, func(tx *Tx) error {
		tb := &tx.s.tables.mailboxes
		_, err := tx.h.exec(ctx, tb.insert, tb.values(&mailboxRow{ID: m.ID, Settings: m.Settings, Secret: m.Secret, Version: m.Version,
			CreatedAt: toMicros(m.CreatedAt), UpdatedAt: toMicros(m.UpdatedAt)})...)
		return err
	})
	return conflict(err, "id", "there is such a mailbox already")
}

// UpdateMailbox implements adapters.MailboxStore.
func (s *Store) UpdateMailbox(ctx context.Context, m adapters.MailboxRecord, was int64) error {
	return s.write(ctx, func(tx *Tx) error {
		n, err := tx.h.affected(ctx, tx.s.text("UPDATE {mailboxes} SET settings = ?, secret = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?"),
			m.Settings, m.Secret, m.Version, toMicros(m.UpdatedAt), m.ID, was)
		if err != nil || n > 0 {
			return err
		}
		var version int64
		found, err := tx.h.one(ctx, tx.s.text("SELECT version FROM {mailboxes} WHERE id = ?"), []any{m.ID}, &version)
		switch {
		case err != nil:
			return err
		case !found:
			return notFound("mailbox")
		}
		return ticket.Errorf(ticket.Stale, "somebody else has changed the mailbox meanwhile")
	})
}

// DeleteMailbox implements adapters.MailboxStore.
func (s *Store) DeleteMailbox(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *Tx) error { return tx.met(ctx, "mailbox", "DELETE FROM {mailboxes} WHERE id = ?", id) })
}
