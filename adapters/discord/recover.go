package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// each calls fn for every ticket of the channel that lives.
func (w *worker) each(fn func(t *ticket.Ticket, p place) error) error {
	q := ticket.Query{Channel: []string{w.cfg.Name}, Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit,
		Category: []ticket.Category{ticket.New, ticket.Open, ticket.Pending, ticket.Snoozed, ticket.Resolved}}
	for {
		ts, next, err := w.svc.List(w.work, w.actor(), q)
		if err != nil {
			return err
		}
		for n := range ts {
			p, _, err := w.place(w.work, ts[n].ID)
			if err != nil {
				return err
			}
			if err := fn(&ts[n], p); err != nil {
				return err
			}
		}
		if next.IsZero() || len(ts) == 0 {
			return nil
		}
		q.After = next
	}
}

// page is how many messages one request gives at most.
const page = 100

// catchUp takes in what was written in a channel since it was last read. It runs in the channel's queue.
func (w *worker) catchUp(id ticket.ID, channel string) error {
	for {
		last, err := w.lastRead(w.work, channel)
		if err != nil {
			return err
		}
		if last == "" {
			last = "0"
		}
		at := "/channels/" + channel + "/messages"
		var ms []dMessage
		err = w.rest.call(w.work, request{method: "GET", path: fmt.Sprintf("%s?after=%s&limit=%d", at, last, page), route: at}, &ms)
		if codeOf(err) == codeUnknownChannel {
			w.channelGone(channel)
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(ms) { // the newest comes first
			if m.Author == nil {
				continue
			}
			if err := w.take(id, &m); err != nil {
				return err
			}
		}
		if len(ms) < page {
			return nil
		}
	}
}

// readUp has the run that is going on read a channel to its end.
func (d *Discord) readUp(ctx context.Context, id ticket.ID, channel string) error {
	w := d.current.Load()
	if w == nil {
		return errors.New("discord: the channel cannot be read to its end while the adapter does not run")
	}
	done := make(chan error, 1)
	if !w.q.add("c"+channel, func() {
		err := errors.New("discord: reading a channel failed")
		defer func() { done <- err }()
		err = w.catchUp(id, channel)
	}) {
		return errors.New("discord: the adapter is ending")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.run.Done():
		return errors.New("discord: the adapter is ending")
	}
}

// channelGone is told when a channel is deleted, by the adapter itself or by somebody. What it does needs the ticket's lock, whose holder may wait
// for the queue of the channel; so it has a queue of its own.
func (w *worker) channelGone(channel string) {
	if w.svc == nil {
		return
	}
	w.q.add("g"+channel, func() {
		w.insist("discord: cannot note that a channel is gone", channel, func() error {
			id, err := w.ticketOf(w.work, channel)
			if err != nil || id == "" {
				return err
			}
			return w.forget(id, channel)
		})
	})
}

// forget notes that the channel of a ticket does not exist any more, if it still is the ticket's.
func (w *worker) forget(id ticket.ID, channel string) error {
	ctx, release, err := w.hold(w.work, id)
	if err != nil {
		return err
	}
	defer release()
	p, _, err := w.place(ctx, id)
	if err != nil || p.Channel != channel {
		return err
	}
	return w.lose(ctx, id, &p)
}
