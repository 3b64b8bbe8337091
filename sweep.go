package ticketkit

import (
	"context"
	"time"
)

const (
	sweepEvery = time.Hour
	// sweepAge is how long a blob may lie without a row before it is taken for a leftover: bytes are kept before the transaction that
	// uses them commits.
	sweepAge = 2 * time.Hour
)

// sweeper is what Config.Blobs may be, beside ticket.Blobs: it removes what no row uses any more, such as the files of deleted tickets.
type sweeper interface {
	Sweep(ctx context.Context, olderThan time.Time, inUse func(ctx context.Context, sha256 string) (bool, error)) (int, error)
}

// sweep removes unused blobs from time to time until ctx ends. Several processes may do it on one folder.
func (d *Desk) sweep(ctx context.Context) {
	blobs, ok := d.cfg.Blobs.(sweeper)
	if !ok {
		return
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		n, err := blobs.Sweep(ctx, time.Now().Add(-sweepAge), d.cfg.Store.BlobInUse)
		if err != nil && ctx.Err() == nil {
			d.log.Error("removing unused files", "err", err)
		}
		if n > 0 {
			d.log.Info("unused files removed", "files", n)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
