package imap

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/ticket"
)

// outcome is what became of a mail.
type outcome int

const (
	missed  outcome = iota // the server has not given it
	safe                   // in the desk
	parked                 // in the desk, for a person to look at
	failing                // the desk failed on this mail; it is to be tried again, and others go on
	closed                 // the desk takes nothing at the moment
)

// maxStuck is how often the connection may break while one and the same mail is being read, without any progress.
const maxStuck = 10

// suspect notes which mail was being read when the connection broke.
func (w *worker) suspect(entries []entry, got map[imap.UID]outcome) {
	for _, e := range entries {
		if got[e.uid] == missed {
			n := w.stuck[e.uid] + 1
			clear(w.stuck) // whatever came before it went in
			w.stuck[e.uid] = n
			return
		}
	}
}

// errFull stops at a mail that could not be remembered as one to be tried again.
var errFull = fmt.Errorf("the desk fails on %d mails of this mailbox; those that came later wait", maxOpen)

// advance moves the cursor over what needs no second look. Broken says that the rest was not given because the connection broke; full, that
// the cursor stays because no more mails can be remembered as failing.
func (s *session) advance(entries []entry, got map[imap.UID]outcome, broken bool) (again, full bool) {
	for _, e := range entries {
		o := got[e.uid]
		if o == closed || o == missed && broken {
			return true, false
		}
		s.cur.Again = s.cur.Again.without([]imap.UID{e.uid})
		switch o {
		case safe:
			s.cur.Done = append(s.cur.Done, e.uid)
		case parked:
			s.cur.Failed = append(s.cur.Failed, e.uid)
		case failing, missed:
			if len(s.cur.Again) >= maxOpen {
				return true, true
			}
			again = true
			s.cur.Again = append(s.cur.Again, e.uid)
		}
		s.cur.Next = max(s.cur.Next, uint32(e.uid)+1)
	}
	return again, false
}

// gone is an outcome beside the others: the mail is no longer in the folder.
const gone outcome = -1

// whereAbouts finds out about mails that were listed and not given: somebody may have moved them meanwhile, or told of their flags in
// a way that the library takes for the answer. Those that are still there stay missed, and are fetched again.
func (s *session) whereAbouts(entries []entry, got map[imap.UID]outcome) error {
	var missing []imap.UID
	for _, e := range entries {
		if got[e.uid] == missed {
			missing = append(missing, e.uid)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	there, err := s.there(missing)
	if err != nil {
		return err
	}
	for _, uid := range missing {
		if !there[uid] {
			got[uid] = gone
			continue
		}
		s.misses[uid]++
		if s.misses[uid] >= 3 { // the server lists it and has no bytes: a person has to look
			if err := s.w.park(s.work, s.in, s.keyOf(uid), "the mail server lists this mail but does not give its content; it is still in the mailbox", nil, nil); err == nil {
				got[uid] = parked
			}
		}
	}
	return nil
}

// result turns the desk's answer into an outcome.
func (s *session) result(good outcome, err error) (outcome, error) {
	switch {
	case err == nil:
		s.w.took(good == parked)
		return good, nil
	case s.work.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), ticket.KindOf(err) == ticket.Unavailable:
		return closed, err
	}
	s.w.log.WarnContext(s.work, "imap: the desk failed on a mail, which will be offered again", "error", err)
	return failing, err
}

// large parks a mail that is too large: whole when that is allowed, else its header. Its bytes stay in the mailbox as well.
func (s *session) large(r *round, e entry) error {
	if e.size > s.w.a.cfg.HardMaxBytes {
		return s.bodies([]imap.UID{e.uid}, imap.PartSpecifierHeader, func(b body) error {
			r.set(e.uid)(s.onlyHeader(b, e.size))
			return nil
		})
	}
	return s.bodies([]imap.UID{e.uid}, imap.PartSpecifierNone, func(b body) error {
		if b.r != nil && b.r.Size() <= s.w.a.cfg.MaxBytes { // the size that was listed was a guess
			raw, err := readAll(b.r)
			if err != nil {
				return err
			}
			r.set(e.uid)(s.take(e.uid, raw, newPassing(), nil))
			return nil
		}
		r.set(e.uid)(s.tooLarge(b))
		return nil
	})
}

// tooLarge parks a mail while it is being read; one beyond the hard limit is cut after its header.
func (s *session) tooLarge(b body) (outcome, error) {
	if b.r == nil || b.r.Size() > s.w.a.cfg.HardMaxBytes {
		return s.onlyHeader(b, -1)
	}
	reason := fmt.Sprintf("the mail has %s, more than the %s that become a ticket", megabytes(b.r.Size()), megabytes(s.w.a.cfg.MaxBytes))
	return s.result(parked, s.w.park(s.work, s.in, s.keyOf(b.uid), reason, nil, b.r))
}

// maxHeader is how much of a mail is kept that is beyond the hard limit.
const maxHeader = 256 << 10

func (s *session) onlyHeader(b body, size int64) (outcome, error) {
	var head []byte
	if b.r != nil {
		if size < 0 {
			size = b.r.Size()
		}
		head, _ = io.ReadAll(io.LimitReader(b.r, maxHeader)) // as far as it goes
	}
	reason := fmt.Sprintf("the mail has %s, more than the %s that can be kept; only its header is here, the whole is in the mailbox", megabytes(size), megabytes(s.w.a.cfg.HardMaxBytes))
	k := s.keyOf(b.uid)
	k.part = true
	return s.result(parked, s.w.park(s.work, s.in, k, reason, head, nil))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
