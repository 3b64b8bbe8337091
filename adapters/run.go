package adapters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
)

// RunState says what an adapter is doing.
type RunState string

// The states of an adapter.
const (
	Stopped RunState = "stopped" // Hub.Run is not running, or the adapter has returned
	Running RunState = "running"
	Waiting RunState = "waiting" // it failed, and will be run again
)

// Status is how an adapter fares, for health checks and the channel page.
type Status struct {
	Name         string    `json:"name"`
	State        RunState  `json:"state"`
	Since        time.Time `json:"since"`         // of State
	Restarts     int       `json:"restarts"`      // since Hub.Run began
	LastError    string    `json:"last_error"`    // why it was last restarted; "" when it never was
	LastErrorAt  time.Time `json:"last_error_at"` // zero when LastError is empty
	Received     int64     `json:"received"`      // items that went in since the process began, without repeats
	Parked       int64     `json:"parked"`        // items parked since the process began
	LastReceived time.Time `json:"last_received"` // zero before the first
}

// A failed adapter is run again after a pause from restartBase to restartMax. One that ran for steady before it failed starts
// over with the short pause.
const (
	restartBase = time.Second
	restartMax  = 5 * time.Minute
	steady      = 2 * time.Minute
)

// Status lists how the adapters fare, in the order of Config.
func (h *Hub) Status() []Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Status, 0, len(h.cfg.Adapters))
	for _, a := range h.cfg.Adapters {
		out = append(out, *h.status[a.Name()])
	}
	return out
}

// note changes the status of an adapter; a channel without adapter has none.
func (h *Hub) note(name string, fn func(*Status)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.status[name]; s != nil {
		fn(s)
	}
}

func (h *Hub) enter(name string, st RunState, cause error) {
	now := h.cfg.Now()
	h.note(name, func(s *Status) {
		s.State, s.Since = st, now
		if cause != nil {
			s.LastError, s.LastErrorAt = oneLine(cause.Error(), 500), now
			s.Restarts++
		}
	})
}

// Run runs every adapter until ctx ends, and returns nil once all have returned. An adapter that fails, panics or returns early is
// run again after a growing pause; the others never notice. Adapters that have not returned Config.Grace after the end of
// ctx are named in the error, and so is the fault of calling Run while it runs.
func (h *Hub) Run(ctx context.Context) error {
	if !h.running.CompareAndSwap(false, true) {
		return errors.New("adapters: Hub.Run is running already")
	}
	defer h.running.Store(false)
	done := make(chan string, len(h.cfg.Adapters))
	var left []string
	for _, a := range h.cfg.Adapters {
		left = append(left, a.Name())
		h.note(a.Name(), func(s *Status) { s.Restarts = 0 })
		go func() {
			defer func() { done <- a.Name() }()
			h.supervise(ctx, a)
		}()
	}
	<-ctx.Done()
	grace := time.NewTimer(h.cfg.Grace)
	defer grace.Stop()
	for len(left) > 0 {
		select {
		case name := <-done:
			left = slices.DeleteFunc(left, func(l string) bool { return l == name })
		case <-grace.C:
			return fmt.Errorf("adapters: still running %s after the end: %s", h.cfg.Grace, strings.Join(left, ", "))
		}
	}
	return nil
}

// supervise runs one adapter again and again until ctx ends.
func (h *Hub) supervise(ctx context.Context, a Adapter) {
	name := a.Name()
	log := h.cfg.Log.With(slog.String("adapter", name))
	defer h.enter(name, Stopped, nil)
	failures := 0
	for ctx.Err() == nil {
		h.enter(name, Running, nil)
		began := time.Now()
		err := h.runOnce(ctx, a)
		if ctx.Err() != nil {
			if err != nil && !errors.Is(err, ctx.Err()) {
				log.LogAttrs(ctx, slog.LevelWarn, "adapters: ended with an error", slog.Any("error", err))
			}
			return
		}
		if err == nil {
			err = errors.New("the adapter returned although it should go on")
		}
		if time.Since(began) >= steady {
			failures = 0
		}
		failures++
		pause := restartBase/10 + backoff.Delay(failures, restartBase, restartMax, nil)
		h.enter(name, Waiting, err)
		log.LogAttrs(ctx, slog.LevelError, "adapters: failed, will be run again", slog.Any("error", err), slog.Duration("in", pause))
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

func (h *Hub) runOnce(ctx context.Context, a Adapter) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return a.Run(ctx, h.Intake(a.Name()))
}
