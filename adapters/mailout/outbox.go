package mailout

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ticketkit/ticketkit/adapters"
)

// fileName is the same for each attempt of a message.
func (l *letter) fileName() string {
	return fmt.Sprintf("%s-%d-%s.eml", l.time.UTC().Format("20060102T150405Z"), l.number, l.key)
}

// file writes l into the outbox. A reader of the folder sees the whole file or none.
func (s *Sender) file(ctx context.Context, l *letter) error {
	if err := os.MkdirAll(s.cfg.OutboxDir, 0o700); err != nil {
		return fmt.Errorf("make the outbox: %w", err)
	}
	f, err := os.CreateTemp(s.cfg.OutboxDir, ".mail-*.tmp")
	if err != nil {
		return fmt.Errorf("write into the outbox: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already after a success
	err = l.write(ctx, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		if missing(err) {
			return adapters.Permanent(err)
		}
		return fmt.Errorf("write into the outbox: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(s.cfg.OutboxDir, l.fileName())); err != nil {
		return fmt.Errorf("write into the outbox: %w", err)
	}
	if dir, err := os.Open(s.cfg.OutboxDir); err == nil {
		_ = dir.Sync() // Windows cannot, and needs not
		_ = dir.Close()
	}
	return nil
}
