package adaptertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// Recorder is an Intake for tests: it remembers what comes, drops repeats as a desk does, and fails on demand. The zero value is ready.
// All methods may be called concurrently.
type Recorder struct {
	// Next, if not nil, gets everything that is not made to fail, and its answer counts. Set it before use.
	Next adapters.Intake

	mu      sync.Mutex
	calls   []Call
	parked  []adapters.Parked
	known   map[string]bool
	fail    error
	gate    chan struct{}
	changed chan struct{} // closed and replaced with every change
}

// Call is one call of Receive.
type Call struct {
	Item  ticket.Incoming // Uploads without Body
	Files []File          // the uploads, read to the end
	Err   error           // what Receive answered
	Done  bool            // whether it has answered
	Taken bool            // whether it became something new, rather than a repeat or an error
}

// FailWith makes Receive fail with err from now on; nil ends that. Park goes on working, so that an adapter that parks what it should
// offer again is found out.
func (r *Recorder) FailWith(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

// Hold makes Receive wait, after it has read the item, until release is called or its context ends.
func (r *Recorder) Hold() (release func()) {
	gate := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = gate
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.gate = nil
		close(gate)
	})
}

// Receive implements adapters.Intake.
func (r *Recorder) Receive(ctx context.Context, it ticket.Incoming) error {
	var files []File
	var broken error
	ups := slices.Clone(it.Uploads)
	for n := range ups {
		f := File{Name: ups[n].Name, ContentType: ups[n].ContentType}
		if ups[n].Body != nil {
			b, err := io.ReadAll(ups[n].Body)
			if err != nil && broken == nil {
				broken = fmt.Errorf("read file %q: %w", f.Name, err)
			}
			f.Data = b
		}
		files = append(files, f)
		ups[n].Body = nil
	}
	it.Uploads = ups

	r.mu.Lock()
	at := len(r.calls)
	r.calls = append(r.calls, Call{Item: it, Files: files})
	gate, fail := r.gate, r.fail
	r.signal()
	r.mu.Unlock()

	err := cmpErr(fail, broken)
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	if err == nil && ctx.Err() != nil {
		err = ctx.Err() // nothing commits once its context has ended
	}
	if err == nil && r.Next != nil {
		next := it
		next.Uploads = slices.Clone(ups)
		for n := range next.Uploads {
			next.Uploads[n].Body = bytes.NewReader(files[n].Data)
		}
		err = r.Next.Receive(ctx, next)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	c := &r.calls[at]
	c.Err, c.Done = err, true
	if err == nil && !r.known[it.Key] {
		if r.known == nil {
			r.known = map[string]bool{}
		}
		r.known[it.Key], c.Taken = true, true
	}
	r.signal()
	return err
}

// Park implements adapters.Intake.
func (r *Recorder) Park(ctx context.Context, p adapters.Parked) error {
	p.Raw = bytes.Clone(p.Raw)
	sum := sha256.Sum256(p.Raw)
	p.RawSHA256, p.Size = hex.EncodeToString(sum[:]), int64(len(p.Raw))
	err := ctx.Err()
	if err == nil && r.Next != nil {
		err = r.Next.Park(ctx, p)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parked = append(r.parked, p)
	r.signal()
	return nil
}

// Calls gives every call of Receive so far, in the order in which they began.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// Taken gives the calls that became something new, as a desk would show them as tickets.
func (r *Recorder) Taken() []Call {
	return slices.DeleteFunc(r.Calls(), func(c Call) bool { return !c.Taken })
}

// Parked gives what was parked by the adapter itself.
func (r *Recorder) Parked() []adapters.Parked {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.parked)
}

// Wait returns once ok says yes, which is asked after each change, or with an error when ctx ends.
func (r *Recorder) Wait(ctx context.Context, ok func(*Recorder) bool) error {
	for {
		r.mu.Lock()
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if ok(r) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// signal is called with mu held.
func (r *Recorder) signal() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
