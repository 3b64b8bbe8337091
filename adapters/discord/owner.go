package discord

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/lease"
	"github.com/ticketkit/ticketkit/ticket"
)

// Several processes may serve one desk. One of them is connected to Discord, by a lease, and another goes on when it dies; answers leave from
// any of them. Whoever works on the channel of a ticket holds a lease of its own meanwhile.
const (
	gatewayLease  = 15 * time.Second // another process goes on within twice that
	ticketLease   = 30 * time.Second
	leasePause    = 100 * time.Millisecond
	leasePatience = 15 * time.Second
)

func newHolder() string { return rand.Text() }

// Run implements adapters.Adapter. While another process is connected it stands by.
func (d *Discord) Run(ctx context.Context, in adapters.Intake) error {
	// Work goes on for a while after ctx has ended: what was begun is finished. What only waits to be tried again is not.
	w := &worker{Discord: d, in: in, run: ctx, work: context.WithoutCancel(ctx), q: &queues{log: d.cfg.Log}}
	d.current.Store(w)
	var watch sync.WaitGroup
	watch.Go(w.watchPanels)
	defer watch.Wait()
	defer w.q.stop()
	defer d.current.CompareAndSwap(w, nil)
	for ctx.Err() == nil {
		c := lease.Config{Store: d.cfg.State, Name: d.cfg.Name + "/lease/gateway", Holder: d.holder, TTL: d.lease, Log: d.cfg.Log}
		lost, release, err := lease.Take(ctx, c)
		if err != nil {
			if errors.Is(err, lease.ErrTaken) {
				d.source.enter(adapters.SourceStandby)
			} else if ctx.Err() == nil {
				d.source.fail(fmt.Errorf("the lease of the gateway: %w", err), "", time.Time{})
			}
			c.Wait(ctx)
			continue
		}
		err = w.connect(lost)
		if err == nil && ctx.Err() == nil {
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "discord: another process may be connected now; the connection was given up")
		}
		release()
		if err != nil {
			return err
		}
	}
	return nil
}

// connect holds a connection until ctx ends, or until Discord refuses for good.
func (w *worker) connect(ctx context.Context) error {
	g := &gateway{
		rest: w.rest, needed: discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent, optional: w.privileged(),
		deadline: w.openDeadline, pause: w.pause, log: w.cfg.Log, source: &w.source, handle: w.event,
	}
	end, stop := context.WithCancel(ctx)
	var alive sync.WaitGroup
	alive.Go(func() { w.stayAlive(end) })
	defer alive.Wait()
	defer stop()
	return g.run(ctx)
}

// hold waits until nobody else works on the channel of a ticket, in this process or another. The context that it gives ends when that may be
// over; the caller calls release once.
func (d *Discord) hold(ctx context.Context, id ticket.ID) (held context.Context, release func(), err error) {
	return d.holdAny(ctx, "ticket", string(id))
}

// holdMessage is hold for the messages of Discord that one of the desk has become.
func (d *Discord) holdMessage(ctx context.Context, id ticket.MessageID) (held context.Context, release func(), err error) {
	return d.holdAny(ctx, "message", string(id))
}

func (d *Discord) holdAny(ctx context.Context, what, id string) (held context.Context, release func(), err error) {
	unlock := d.locks.lock(what + "/" + id)
	c := lease.Config{Store: d.cfg.State, Name: d.key("lease", id), Holder: d.holder, TTL: ticketLease, Log: d.cfg.Log}
	for began := time.Now(); ; {
		held, back, err := lease.Take(ctx, c)
		if err == nil {
			return held, func() { back(); unlock() }, nil
		}
		if !errors.Is(err, lease.ErrTaken) || time.Since(began) > leasePatience {
			unlock()
			return nil, nil, fmt.Errorf("the lease of %s %s: %w", what, id, err)
		}
		if err := sleep(ctx, leasePause); err != nil {
			unlock()
			return nil, nil, err
		}
	}
}
