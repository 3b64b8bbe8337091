package adapters

import (
	"context"
	"time"
)

// PanelRecord is a panel of a chat as it is stored.
type PanelRecord struct {
	ID        string
	Settings  string // JSON object
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// PanelStore is the port for panels that were set up at the desk. Package store implements it.
type PanelStore interface {
	// Panels lists all, in order of their ids.
	Panels(ctx context.Context) ([]PanelRecord, error)
	// InsertPanel writes a new one; Conflict when the id is taken.
	InsertPanel(ctx context.Context, p PanelRecord) error
	// UpdatePanel writes Settings, Version and UpdatedAt; NotFound without such a row, Stale when its version is not was.
	UpdatePanel(ctx context.Context, p PanelRecord, was int64) error
	// DeletePanel answers NotFound without such a row.
	DeletePanel(ctx context.Context, id string) error
}
