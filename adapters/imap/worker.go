package imap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/internal/lease"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// worker looks after one mailbox.
type worker struct {
	a    *Adapter
	m    Mailbox
	log  *slog.Logger
	now  func() time.Time
	stop func()
	gone chan struct{}

	// Only for the goroutine of run.
	stuck    map[imap.UID]int // how often the connection broke while a mail was being read
	refusals int              // in a row

	mu     sync.Mutex
	status adapters.SourceStatus
	oldest time.Time // of the mails that are known and not in
	worked bool      // the connection that failed last had worked before
}

// Pauses after a failure.
const (
	pauseMax = 5 * time.Minute
	// refusedPause is how long a refused sign-in is left alone: a server that counts wrong passwords locks the account.
	refusedPause, refusedMax = 5 * time.Minute, time.Hour
	// revokedPause is how often to look whether somebody has signed in anew, which asks nobody outside.
	revokedPause = 15 * time.Second
)

// run looks after the mailbox until ctx ends. It never gives up.
func (w *worker) run(ctx, work context.Context, in adapters.Intake) {
	w.stuck = map[imap.UID]int{}
	if err := w.m.Check(); err != nil {
		w.halt(err, "correct the settings of the mailbox", time.Time{})
		<-ctx.Done()
		return
	}
	failures := 0
	for ctx.Err() == nil {
		held, lost, release := w.lease(ctx)
		if !held {
			continue
		}
		err := w.attempt(lost, work, in)
		if ctx.Err() == nil && lost.Err() != nil {
			err = nil
			w.log.WarnContext(ctx, "imap: another process may have taken the mailbox over; the connection was given up")
		}
		if w.hadWorked() {
			failures, w.refusals = 0, 0
		}
		if err != nil && ctx.Err() == nil {
			failures++
			w.pause(lost, err, failures)
		}
		release()
	}
}

// attempt is one connection. A panic is an error of this mailbox only.
func (w *worker) attempt(ctx, work context.Context, in adapters.Intake) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
			w.log.ErrorContext(ctx, "imap: the program failed on the mailbox", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	return w.serve(ctx, work, in)
}

// lease waits until this process may read the mailbox. lost ends when it no longer may, or with ctx; release gives the lease back.
func (w *worker) lease(ctx context.Context) (held bool, lost context.Context, release func()) {
	c := lease.Config{Store: w.a.cfg.State, Name: Name + "/lease/" + w.m.place(), Holder: w.a.holder, TTL: w.a.cfg.Lease, Log: w.log}
	lost, release, err := lease.Take(ctx, c)
	switch {
	case err == nil:
		return true, lost, release
	case ctx.Err() != nil:
		return false, nil, nil
	case errors.Is(err, lease.ErrTaken):
		w.enter(adapters.SourceStandby)
	default:
		w.fail(fmt.Errorf("the lease of the mailbox: %w", err), "")
	}
	c.Wait(ctx)
	return false, nil, nil
}

// pause waits after a failure, as long as its kind asks for. The lease is kept meanwhile, so that several processes do not try a wrong
// password in turns.
func (w *worker) pause(ctx context.Context, err error, failures int) {
	wait := w.a.cfg.Backoff/10 + backoff.Delay(failures, w.a.cfg.Backoff, pauseMax, nil)
	fix, lasting := w.explain(err)
	if asked, ok := mailauth.RetryAfter(err); ok {
		wait = max(wait, asked)
	}
	if _, ok := errors.AsType[*authError](err); ok {
		w.refusals++
		if m := &w.m; m.Tokens != nil && w.refusals == 1 { // the token was thrown away; another one may be good
			lasting = false
		} else {
			wait = min(refusedPause*time.Duration(min(w.refusals, 12)), refusedMax)
		}
	}
	if mailauth.Lasting(err) {
		wait = revokedPause
	}
	at := w.now().Add(wait)
	if lasting {
		w.halt(err, fix, at)
	} else {
		w.log.WarnContext(ctx, "imap: the mailbox cannot be read, it will be tried again", "error", err, "in", wait)
		w.failAt(err, fix, at)
	}
	sleep(ctx, wait)
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
