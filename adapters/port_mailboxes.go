package adapters

import (
	"context"
	"time"
)

// MailboxRecord is a mailbox as it is stored: what may be shown as JSON, and its secrets encrypted.
type MailboxRecord struct {
	ID        string
	Settings  string // JSON object without secrets
	Secret    string // sealed; "" is none
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MailboxStore is the port for mailboxes that were set up at the desk. Package store implements it.
type MailboxStore interface {
	// Mailboxes lists all, in order of their ids.
	Mailboxes(ctx context.Context) ([]MailboxRecord, error)
	// InsertMailbox writes a new one; Conflict when the id is taken.
	InsertMailbox(ctx context.Context, m MailboxRecord) error
	// UpdateMailbox writes Settings, Secret, Version and UpdatedAt; NotFound without such a row, Stale when its version is not was.
	UpdateMailbox(ctx context.Context, m MailboxRecord, was int64) error
	// DeleteMailbox answers NotFound without such a row.
	DeleteMailbox(ctx context.Context, id string) error
}
