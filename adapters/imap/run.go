package imap

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/ticket"
)

func newHolder() string { return rand.Text() }

// Run reads the mailboxes until ctx ends. Then it starts nothing new, lets mails under way go in for Config.Drain, and returns nil.
func (a *Adapter) Run(ctx context.Context, in adapters.Intake) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(a.cfg.Drain, cancel)
	})()
	var running sync.WaitGroup
	defer running.Wait()
	defer a.stopAll()
	tick := time.NewTicker(a.cfg.Refresh)
	defer tick.Stop()
	for {
		list, err := a.cfg.Source.Mailboxes(ctx)
		if ctx.Err() != nil {
			return nil
		}
		a.setTrouble(err)
		if err == nil {
			a.reconcile(list, func(w *worker) {
				wctx, stop := context.WithCancel(ctx)
				w.stop = stop
				running.Go(func() {
					defer close(w.gone)
					defer stop()
					w.run(wctx, work, in)
				})
			})
		}
		select {
		case <-tick.C:
		case <-a.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// setTrouble remembers, and says once, that the list of mailboxes cannot be had; those that run go on.
func (a *Adapter) setTrouble(err error) {
	a.mu.Lock()
	was := a.trouble
	a.trouble = ""
	if err != nil {
		a.trouble = err.Error()
	}
	is := a.trouble
	a.mu.Unlock()
	if is != "" && is != was {
		a.log.Error("imap: the list of mailboxes cannot be read", "error", err)
	}
}

// reconcile makes the workers those of the list. A mailbox that cannot work as it is set up has a worker too, which says so.
func (a *Adapter) reconcile(list []Mailbox, start func(*worker)) {
	addresses := maps.Clone(a.cfg.Recipients)
	if addresses == nil {
		addresses = map[string]ticket.QueueID{}
	}
	want := map[string]*Mailbox{}
	for n := range list {
		m := &list[n]
		if _, twice := want[m.ID]; twice {
			continue
		}
		want[m.ID] = m
		if _, known := addresses[m.Address]; !known && m.Check() == nil {
			addresses[m.Address] = m.Queue
		}
	}
	own, err := mailin.NewDesk(addresses)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listed = true
	if err == nil { // each was checked
		a.own = own
	}
	for id, w := range a.workers {
		if m := want[id]; m == nil || !w.m.same(m) {
			w.stop()
		}
		select {
		case <-w.gone:
			delete(a.workers, id)
		default:
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if _, busy := a.workers[id]; busy { // the one before may still be ending; the next round finds it gone
			continue
		}
		w := &worker{a: a, m: *want[id], log: a.log.With("mailbox", id, "address", want[id].Address), gone: make(chan struct{}), now: a.cfg.Now}
		w.status = adapters.SourceStatus{ID: id, Name: want[id].Address, State: adapters.SourceConnecting, Since: a.cfg.Now()}
		a.workers[id] = w
		start(w)
	}
}

func (a *Adapter) stopAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.workers {
		w.stop()
	}
}

// mailboxes are those that run.
func (a *Adapter) mailboxes() []Mailbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Mailbox
	for _, id := range slices.Sorted(maps.Keys(a.workers)) {
		out = append(out, a.workers[id].m)
	}
	return out
}

// Sources implements adapters.Monitored.
func (a *Adapter) Sources() []adapters.SourceStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []adapters.SourceStatus{}
	for _, id := range slices.Sorted(maps.Keys(a.workers)) {
		out = append(out, a.workers[id].snapshot())
	}
	return out
}
