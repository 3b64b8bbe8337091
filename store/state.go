package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// Get implements adapters.State.
func (s *Store) Get(ctx context.Context, name string) (string, error) {
	var value string
	_, err := s.h.one(ctx, s.text("SELECT value FROM {adapter_state} WHERE name = ?"), []any{name}, &value)
	return value, err
}

// maxStateName is what a column of names holds in every database, in bytes.
const maxStateName = 200

// Set implements adapters.State.
func (s *Store) Set(ctx context.Context, name, value string) error {
	if len(name) > maxStateName {
		return ticket.InvalidField("name", "has more than %d bytes", maxStateName)
	}
	return s.write(ctx, func(tx *Tx) error {
		tb := &tx.s.tables.state
		_, err := tx.h.exec(ctx, tb.put("value"), tb.values(&stateRow{Name: name, Value: value})...)
		return err
	})
}

// ParkItem implements adapters.State. The bytes go to Config.Blobs before the transaction.
func (s *Store) ParkItem(ctx context.Context, p *adapters.Parked) error {
	sha, size := p.RawSHA256, p.Size
	body := p.Body
	if body == nil {
		body = bytes.NewReader(p.Raw)
	}
	if (len(p.Raw) > 0 || p.Body != nil) && s.cfg.Blobs != nil {
		var err error
		if sha, size, err = s.cfg.Blobs.Put(ctx, body); err != nil {
			return err
		}
	}
	at, key := p.At, p.Key
	if at.IsZero() {
		at = s.cfg.Now()
	}
	if key == "" {
		key = hex.EncodeToString(digest(string(p.Raw)))
	}
	row := &parkedRow{ID: ticket.NewID(at), Channel: p.Channel, KeyHash: digest(key), ItemKey: key, Reason: p.Reason, Sender: p.Sender,
		Subject: p.Subject, RawSha256: sha, Size: size, CreatedAt: toMicros(at)}
	id := row.ID
	err := s.write(ctx, func(tx *Tx) error {
		found, err := tx.h.one(ctx, tx.s.text("SELECT id FROM {parked} WHERE channel = ? AND key_hash = ?"), []any{row.Channel, row.KeyHash}, &id)
		if err != nil {
			return err
		}
		if found {
			_, err = tx.h.exec(ctx, tx.s.text("UPDATE {parked} SET reason = ?, created_at = ? WHERE id = ?"), row.Reason, row.CreatedAt, id)
			return err
		}
		id = row.ID
		tb := &tx.s.tables.parked
		_, err = tx.h.exec(ctx, tb.insert, tb.values(row)...)
		return err
	})
	if err != nil {
		return err
	}
	p.ID, p.Key, p.RawSHA256, p.Size, p.At = id, key, sha, size, row.CreatedAt.time()
	return nil
}

func (r *parkedRow) parked() adapters.Parked {
	return adapters.Parked{ID: r.ID, Channel: r.Channel, Key: r.ItemKey, Reason: r.Reason, Sender: r.Sender, Subject: r.Subject,
		RawSHA256: r.RawSha256, Size: r.Size, At: r.CreatedAt.time()}
}

// ParkedItems implements adapters.State.
func (s *Store) ParkedItems(ctx context.Context, before string, limit int) ([]adapters.Parked, error) {
	var rows []parkedRow
	q := s.selectFrom(&rows, s.tables.parked.name, "p").OrderExpr("p.id DESC").Limit(int64(orDefault(limit, 100)))
	if before != "" {
		q = q.Where("p.id < ?", before)
	}
	err := q.Scan(ctx)
	out := make([]adapters.Parked, 0, len(rows))
	for i := range rows {
		out = append(out, rows[i].parked())
	}
	return out, s.fail(err)
}

// ParkedItem implements adapters.State. It brings the bytes too, when they are kept and still there.
func (s *Store) ParkedItem(ctx context.Context, id string) (*adapters.Parked, error) {
	var row parkedRow
	found, err := s.h.one(ctx, s.expand("SELECT "+s.tables.parked.of("p")+" FROM {parked} p WHERE p.id = ?"), []any{id}, s.tables.parked.dest(&row)...)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("parked item")
	}
	p := row.parked()
	if p.RawSHA256 == "" || s.cfg.Blobs == nil {
		return &p, nil
	}
	f, err := s.cfg.Blobs.Open(ctx, p.RawSHA256)
	if ticket.KindOf(err) == ticket.NotFound {
		return &p, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	p.Raw, err = io.ReadAll(f)
	return &p, op("bytes of parked item "+id, err)
}

// DeleteParked implements adapters.State. What is not there is NotFound.
func (s *Store) DeleteParked(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *Tx) error {
		return tx.met(ctx, "parked item", "DELETE FROM {parked} WHERE id = ?", id)
	})
}
