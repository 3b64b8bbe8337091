package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"

	"github.com/emersion/go-imap/v2"
	"golang.org/x/sync/semaphore"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// flow is what the rounds of one sweep share. While the mails of one round are still on their way into the desk, those of the next are
// fetched, as far as the bounds allow: so many mails at once, and so many bytes.
type flow struct {
	slots, memory *semaphore.Weighted
	before        []*passing // mails already begun that are not in yet; only for the goroutine that fetches

	mu   sync.Mutex
	down error // why the desk takes nothing at the moment
}

func (f *flow) isDown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

// passing is a mail on its way into the desk.
type passing struct {
	names      []string      // of its conversation; valid once read is closed
	refused    error         // why the desk took it not at the moment; valid once done is closed
	read, done chan struct{} // closed when it was read, and when the desk has answered
}

func newPassing() *passing { return &passing{read: make(chan struct{}), done: make(chan struct{})} }

// over reports whether nobody has to wait for the mail any more. One that the desk refused for the moment is not over in this sweep: what
// answers it must not go in before it.
func (p *passing) over() bool {
	select {
	case <-p.done:
		return p.refused == nil
	default:
		return false
	}
}

// round is a batch of mails that were asked for.
type round struct {
	flow    *flow
	entries []entry
	err     error // of the connection, while they were fetched
	workers sync.WaitGroup

	mu   sync.Mutex
	got  map[imap.UID]outcome
	down error // why the desk took one of these not
}

// set gives what notes the outcome of a mail.
func (r *round) set(uid imap.UID) func(outcome, error) {
	return func(o outcome, cause error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got[uid] = o
		if o == closed && r.down == nil {
			r.down = cause
			r.flow.mu.Lock()
			defer r.flow.mu.Unlock()
			if r.flow.down == nil {
				r.flow.down = cause
			}
		}
	}
}

// takeIn takes listed mails in, round by round. failed says that some have to be offered again; err is of the connection.
func (s *session) takeIn(ctx context.Context, list []entry) (failed bool, err error) {
	f := &flow{slots: semaphore.NewWeighted(int64(s.w.a.cfg.Workers)), memory: semaphore.NewWeighted(maxBatchBytes)}
	var open *round // fetched, and perhaps not yet in
	for {
		var next *round
		if n := len(list); n > 0 && ctx.Err() == nil && f.isDown() == nil && (open == nil || open.err == nil && !s.w.alone(list[0])) {
			n = s.w.batchSize(list)
			next = s.begin(ctx, f, list[:n])
			list = list[n:]
		}
		if open != nil {
			down, again, err := s.finish(ctx, open)
			failed = failed || again
			if down != nil { // nothing goes in at the moment
				failed = true
				s.w.fail(down, "")
			}
			if down != nil || err != nil {
				if next != nil { // what it has brought in is known when it is offered again
					next.workers.Wait()
					err = cmp.Or(err, next.err)
				}
				return failed, err
			}
		}
		if open = next; open == nil && (len(list) == 0 || ctx.Err() != nil || f.isDown() != nil) {
			return failed, nil
		}
	}
}

// begin fetches the mails of entries, and returns while they may still be on their way into the desk.
func (s *session) begin(ctx context.Context, f *flow, entries []entry) *round {
	s.w.lag(entries[0].date)
	s.w.enter(adapters.SourceBusy)
	r := &round{flow: f, entries: entries, got: map[imap.UID]outcome{}}
	switch first := entries[0]; {
	case s.w.stuck[first.uid] >= maxStuck:
		r.set(first.uid)(s.result(parked, s.w.park(s.work, s.in, s.keyOf(first.uid),
			"the connection broke each time when this mail was read; it is still in the mailbox", nil, nil)))
	case first.size > s.w.a.cfg.MaxBytes:
		r.err = s.large(r, first)
	default:
		r.err = s.small(ctx, r)
	}
	return r
}

// finish waits until the mails of a round are in, remembers that, and does with them what After says. down tells why the desk takes nothing
// at the moment; again, that some mails have to be offered again. err is of the connection.
func (s *session) finish(ctx context.Context, r *round) (down error, again bool, err error) {
	r.workers.Wait()
	err = r.err
	if err == nil && ctx.Err() == nil {
		err = s.whereAbouts(r.entries, r.got)
	}
	if err != nil && r.flow.isDown() == nil && ctx.Err() == nil {
		s.w.suspect(r.entries, r.got)
	}
	again, full := s.advance(r.entries, r.got, err != nil || ctx.Err() != nil)
	if down = r.down; full && down == nil {
		down = errFull
	}
	if err := s.w.saveCursor(s.work, &s.cur); err != nil {
		return err, again, nil
	}
	if err != nil {
		return down, again, err
	}
	return down, again, s.settle(ctx)
}

// errDown stops fetching: the desk takes nothing.
var errDown = errors.New("imap: the desk takes nothing at the moment")

// small takes in mails that fit into memory, several at the same time.
func (s *session) small(ctx context.Context, r *round) error {
	f := r.flow
	uids := make([]imap.UID, 0, len(r.entries))
	for _, e := range r.entries {
		uids = append(uids, e.uid)
	}
	err := s.bodies(uids, imap.PartSpecifierNone, func(b body) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.isDown() != nil {
			return errDown
		}
		if b.r != nil && b.r.Size() > s.w.a.cfg.MaxBytes { // the size that was listed was a guess
			r.set(b.uid)(s.tooLarge(b))
			return nil
		}
		need := int64(0)
		if b.r != nil {
			need = min(b.r.Size(), maxBatchBytes)
		}
		if f.memory.Acquire(s.work, need) != nil || f.slots.Acquire(s.work, 1) != nil {
			return s.work.Err()
		}
		if need == maxBatchBytes { // alone in memory by now; what was free before it makes room
			debug.FreeOSMemory()
		}
		raw, err := readAll(b.r)
		if err != nil {
			f.memory.Release(need)
			f.slots.Release(1)
			return err
		}
		f.before = slices.DeleteFunc(f.before, (*passing).over)
		p, earlier := newPassing(), slices.Clone(f.before)
		f.before = append(f.before, p)
		r.workers.Go(func() {
			defer close(p.done)
			defer f.memory.Release(need)
			defer f.slots.Release(1)
			o, err := s.take(b.uid, raw, p, earlier)
			if o == closed {
				p.refused = err
			}
			r.set(b.uid)(o, err)
		})
		return nil
	})
	if errors.Is(err, errDown) { // the connection was given up only to stop it from sending more
		err = fmt.Errorf("%w: %w", errDown, f.isDown())
	}
	return err
}

// take makes an item of a mail and hands it in. One that answers others waits for those before it that are of the same conversation, so
// that it finds the ticket that they make, and stands behind them there; one of them that the desk takes not at the moment holds it up too.
func (s *session) take(uid imap.UID, raw []byte, p *passing, earlier []*passing) (outcome, error) {
	defer func() {
		select {
		case <-p.read:
		default: // it made the program fail
			close(p.read)
		}
	}()
	key := s.keyOf(uid)
	it, reason := s.w.convert(raw, key)
	if reason == "" {
		p.names = conversation(&it)
	}
	close(p.read)
	if reason != "" {
		return s.result(parked, s.w.park(s.work, s.in, key, reason, raw, nil))
	}
	if len(it.Refs) > 0 || it.Number > 0 || it.Token != "" {
		for _, e := range earlier {
			<-e.read
			if slices.ContainsFunc(e.names, func(name string) bool { return slices.Contains(p.names, name) }) {
				if <-e.done; e.refused != nil {
					return closed, e.refused
				}
			}
		}
	}
	held, err := adapters.Take(s.work, s.in, it)
	good := safe
	if held {
		good = parked
	}
	return s.result(good, err)
}

// conversation is what mails of one ticket have in common, at least one with another: ids, the token of the ticket, its number.
func conversation(it *ticket.Incoming) []string {
	out := slices.Clone(it.Refs)
	if it.ExternalID != "" {
		out = append(out, it.ExternalID)
	}
	if it.Token != "" {
		out = append(out, "token "+it.Token)
	}
	if it.Number > 0 {
		out = append(out, "number "+strconv.FormatInt(it.Number, 10))
	}
	return out
}
