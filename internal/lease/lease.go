// Package lease keeps what only one process of several may do: whoever holds the lease does it, and when that one dies another goes on once
// the lease has run out.
package lease

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Store is where leases are, as adapters.Shared describes it.
type Store interface {
	TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error)
	DropLease(ctx context.Context, name, holder string) error
}

// Config is what a lease is made of. All but Log are required.
type Config struct {
	Store  Store
	Name   string // what is leased, at most 200 bytes
	Holder string // this process, at most 64 bytes; a random text
	TTL    time.Duration
	Log    *slog.Logger // nil is silent
}

// ErrTaken is the error of Take when somebody else holds the lease.
var ErrTaken = errors.New("somebody else holds the lease")

// dropWithin bounds giving a lease back.
const dropWithin = 2 * time.Second

// Take takes the lease and prolongs it in the background. lost ends when it may no longer be held, or with ctx: nothing that needs the lease may
// be done after that. The caller calls release once, which gives the lease back.
func Take(ctx context.Context, c Config) (lost context.Context, release func(), err error) {
	asked := time.Now() // the lease counts from before it was asked for
	ok, err := c.Store.TakeLease(ctx, c.Name, c.Holder, c.TTL)
	switch {
	case err != nil:
		return nil, nil, err
	case !ok:
		return nil, nil, ErrTaken
	}
	lost, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.renew(lost, cancel, asked)
	}()
	return lost, func() {
		cancel()
		<-ended
		bye, done := context.WithTimeout(context.WithoutCancel(ctx), dropWithin)
		defer done()
		if err := c.Store.DropLease(bye, c.Name, c.Holder); err != nil && c.Log != nil {
			c.Log.LogAttrs(ctx, slog.LevelWarn, "a lease was not given back; it ends by itself", slog.String("lease", c.Name), slog.Any("error", err))
		}
	}, nil
}

// renew prolongs the lease four times in its life, and calls lost as soon as it may have ended.
func (c *Config) renew(ctx context.Context, lost func(), asked time.Time) {
	end := func() time.Time { return asked.Add(c.TTL * 8 / 10) } // who could not prolong it until then stops
	for sleep(ctx, min(c.TTL/4, time.Until(end()))) {
		before := time.Now()
		tctx, cancel := context.WithDeadline(ctx, asked.Add(c.TTL*9/10))
		ok, err := c.Store.TakeLease(tctx, c.Name, c.Holder, c.TTL)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && ok:
			asked = before
		case err == nil || !time.Now().Before(end()):
			lost()
			return
		}
	}
}

// Wait lets a while pass before Take is worth another try, and reports whether ctx goes on.
func (c *Config) Wait(ctx context.Context) bool {
	return sleep(ctx, c.TTL/4+time.Duration(rand.Int64N(int64(c.TTL/8)+1))) //nolint:gosec // not a secret
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
