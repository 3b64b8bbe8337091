package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

var _ adapters.PanelStore = (*Store)(nil)

// panelRow is a message in a chat by which tickets are opened.
type panelRow struct {
	bun.BaseModel `bun:"table:panels,alias:pn"`

	ID        string `bun:",pk"`
	Settings  string // JSON object
	Version   int64
	CreatedAt micros
	UpdatedAt micros
}

// Panels implements adapters.PanelStore.
func (s *Store) Panels(ctx context.Context) ([]adapters.PanelRecord, error) {
	var rows []panelRow
	if err := s.selectFrom(&rows, s.tables.panels.name, "pn").OrderExpr("pn.id").Scan(ctx); err != nil {
		return nil, s.fail(err)
	}
	out := make([]adapters.PanelRecord, 0, len(rows))
	for _, r := range rows {
		out = append(out, adapters.PanelRecord{ID: r.ID, Settings: r.Settings, Version: r.Version, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time()})
	}
	return out, nil
}

// InsertPanel implements adapters.PanelStore.
func (s *Store) InsertPanel(ctx context.Context, p adapters.PanelRecord) error {
	err := s.write(ctx, func(tx *Tx) error {
		tb := &tx.s.tables.panels
		_, err := tx.h.exec(ctx, tb.insert, tb.values(&panelRow{ID: p.ID, Settings: p.Settings, Version: p.Version, CreatedAt: toMicros(p.CreatedAt), UpdatedAt: toMicros(p.UpdatedAt)})...)
		return err
	})
	return conflict(err, "id", "there is such a panel already")
}

// UpdatePanel implements adapters.PanelStore.
func (s *Store) UpdatePanel(ctx context.Context, p adapters.PanelRecord, was int64) error {
	return s.write(ctx, func(tx *Tx) error {
		n, err := tx.h.affected(ctx, tx.s.text("UPDATE {panels} SET settings = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?"),
			p.Settings, p.Version, toMicros(p.UpdatedAt), p.ID, was)
		if err != nil || n > 0 {
			return err
		}
		var version int64
		found, err := tx.h.one(ctx, tx.s.text("SELECT version FROM {panels} WHERE id = ?"), []any{p.ID}, &version)
		switch {
		case err != nil:
			return err
		case !found:
			return notFound("panel")
		}
		return ticket.Errorf(ticket.Stale, "somebody else has changed the panel meanwhile")
	})
}

// DeletePanel implements adapters.PanelStore.
func (s *Store) DeletePanel(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *Tx) error { return tx.met(ctx, "panel", "DELETE FROM {panels} WHERE id = ?", id) })
}
