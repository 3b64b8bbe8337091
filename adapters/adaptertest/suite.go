package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
)

// Violation is a clause that an adapter breaks.
type Violation struct {
	Clause string
	Err    error
}

// Run tests an adapter against every clause that f selects, each as a subtest.
func Run(t *testing.T, f Features, newHarness New) {
	t.Helper()
	for _, c := range clauses() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.check(t, f, newHarness)
			var skip *skipError
			switch {
			case errors.As(err, &skip):
				t.Skip(skip.why)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// Check is Run without subtests: it tests one clause after the other, only those named if any are, and gives what is broken. t is for the
// harness.
func Check(t testing.TB, f Features, newHarness New, only ...string) []Violation {
	t.Helper()
	var out []Violation
	for _, c := range clauses() {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		var skip *skipError
		if err := c.check(t, f, newHarness); err != nil && !errors.As(err, &skip) {
			out = append(out, Violation{c.name, err})
		}
	}
	return out
}

// clause is one sentence of the contract.
type clause struct {
	name  string
	needs func(Features) bool // nil: every adapter
	idle  bool                // works without Adapter.Run
	run   func(w *world) error
}

// world is what a clause works with.
type world struct {
	f    Features
	h    Harness
	rec  *Recorder
	ctx  context.Context // ends with the clause; bounded
	stop context.CancelFunc
	end  chan error // gets what Run returned, once
}

type skipError struct{ why string }

func (e *skipError) Error() string { return e.why }

func (c clause) check(t testing.TB, f Features, newHarness New) (err error) {
	t.Helper()
	f = f.withDefaults()
	if c.needs != nil && !c.needs(f) {
		return &skipError{"the adapter does not have this feature"}
	}
	w := &world{f: f, rec: &Recorder{}, end: make(chan error, 1)}
	w.h = newHarness(t, w.rec)
	switch {
	case w.h.Adapter == nil || w.h.Inject == nil:
		return errors.New("the harness must have Adapter and Inject")
	case f.Sends && (w.h.Sent == nil || w.h.To.Identity.Value == ""):
		return errors.New("the harness must have Sent and To, because the adapter sends")
	}
	if f.Through != nil {
		w.rec.Next = f.Through(t, w.h.Adapter.Name())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*f.Patience)
	defer cancel()
	w.ctx = ctx
	if !c.idle {
		w.start()
		defer w.shutdown()
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return c.run(w)
}

// start calls Run, as the desk does: once, in a goroutine of its own.
func (w *world) start() {
	run, stop := context.WithCancel(w.ctx)
	w.stop = stop
	go func() { w.end <- w.runAdapter(run) }()
}

func (w *world) runAdapter(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("Run panicked: %v\n%s", v, debug.Stack())
		}
	}()
	return w.h.Adapter.Run(ctx, w.rec)
}

// shutdown ends Run for the clauses that are about something else; whether it ends well is a clause of its own.
func (w *world) shutdown() {
	w.stop()
	_, _ = w.ended()
}

// ended waits for Run to return.
func (w *world) ended() (error, bool) {
	t := time.NewTimer(w.f.Patience)
	defer t.Stop()
	select {
	case err := <-w.end:
		w.end <- err // for shutdown
		return err, true
	case <-t.C:
		return nil, false
	}
}

// inject delivers an item that must be taken.
func (w *world) inject(it Item) error {
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Patience)
	defer cancel()
	acked, err := w.h.Inject(ctx, it)
	if err != nil {
		return fmt.Errorf("harness: inject %s: %w", it.ID, err)
	}
	if acked {
		return nil
	}
	select {
	case err := <-w.end:
		w.end <- err
		return fmt.Errorf("item %s was not acknowledged, and Run has returned with error: %w", it.ID, cmpErr(err, errors.New("none")))
	default:
		return fmt.Errorf("item %s was not acknowledged although the intake would take it", it.ID)
	}
}

// take delivers an item and gives what the intake got of it.
func (w *world) take(it Item) (Call, error) {
	before := len(w.rec.Taken())
	if err := w.inject(it); err != nil {
		return Call{}, err
	}
	taken := w.rec.Taken()
	if len(taken) != before+1 {
		if n := len(w.rec.Parked()); n > 0 {
			return Call{}, fmt.Errorf("item %s was parked instead of taken: %s", it.ID, w.rec.Parked()[n-1].Reason)
		}
		return Call{}, fmt.Errorf("item %s was acknowledged, but %d new items came in", it.ID, len(taken)-before)
	}
	return taken[before], nil
}

func features(fs ...func(Features) bool) func(Features) bool {
	return func(f Features) bool {
		for _, has := range fs {
			if !has(f) {
				return false
			}
		}
		return true
	}
}

func sends(f Features) bool       { return f.Sends }
func attachments(f Features) bool { return f.Attachments }
func threads(f Features) bool     { return f.Threads }

// errIntake is what the suite makes an intake fail with.
var errIntake error = &intakeError{}

type intakeError struct{}

func (*intakeError) Error() string { return "adaptertest: the intake fails on purpose" }

var _ adapters.Intake = (*Recorder)(nil)
