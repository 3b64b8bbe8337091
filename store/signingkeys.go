package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/internal/keys"
)

// signingKeyRow is a public key. Rows are never deleted.
type signingKeyRow struct {
	bun.BaseModel `bun:"table:signing_keys,alias:sk"`

	ID        string `bun:",pk"`
	PublicKey []byte
	CreatedAt micros
}

// KeepPublicKey implements transcript.Keys.
func (s *Store) KeepPublicKey(ctx context.Context, k keys.Public) error {
	return s.write(ctx, func(tx *Tx) error {
		var id string
		found, err := tx.h.one(ctx, tx.s.text("SELECT id FROM {signing_keys} WHERE id = ?"), []any{k.ID}, &id)
		if err != nil || found {
			return err
		}
		tb := &tx.s.tables.signingKeys
		_, err = tx.h.exec(ctx, tb.insert, tb.values(&signingKeyRow{ID: k.ID, PublicKey: k.Key, CreatedAt: toMicros(k.CreatedAt)})...)
		return err
	})
}

// PublicKeys implements transcript.Keys.
func (s *Store) PublicKeys(ctx context.Context) ([]keys.Public, error) {
	var rows []signingKeyRow
	if err := s.selectFrom(&rows, s.tables.signingKeys.name, "sk").OrderExpr("sk.created_at, sk.id").Scan(ctx); err != nil {
		return nil, s.fail(err)
	}
	out := make([]keys.Public, 0, len(rows))
	for _, r := range rows {
		out = append(out, keys.Public{ID: r.ID, Key: r.PublicKey, CreatedAt: r.CreatedAt.time()})
	}
	return out, nil
}
