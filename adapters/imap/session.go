package imap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/backoff"
)

// session is one connection to one mailbox.
type session struct {
	w    *worker
	c    *client
	in   adapters.Intake
	work context.Context // for what was begun: lives a little longer than the session's own
	cur  cursor
	// folders are the names under which the server has made Processed and Failed.
	folders map[string]string
	misses  map[imap.UID]int // how often a mail that is listed was not given
	tired   int              // sweeps in a row in which the desk failed
}

// serve connects, signs in, and takes mails in until ctx ends (nil) or the connection fails.
func (w *worker) serve(ctx, work context.Context, in adapters.Intake) error {
	w.enter(adapters.SourceConnecting)
	c, err := w.a.dial(ctx, &w.m)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.login(ctx, &w.m); err != nil {
		return err
	}
	s := &session{w: w, c: c, in: in, work: work, folders: map[string]string{}, misses: map[imap.UID]int{}}
	if err := s.open(ctx); err != nil {
		return err
	}
	w.connected()
	for ctx.Err() == nil {
		pause, err := s.sweep(ctx)
		if err != nil {
			return err
		}
		if err := s.wait(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// folderError is a folder that cannot be opened.
type folderError struct {
	folder string
	err    error
}

func (e *folderError) Error() string {
	return fmt.Sprintf("the folder %q cannot be opened: %v", e.folder, e.err)
}
func (e *folderError) Unwrap() error { return e.err }

// open selects the folder and finds where it was left.
func (s *session) open(ctx context.Context) error {
	var box *imap.SelectData
	err := s.c.do(func() (err error) {
		box, err = s.c.Select(s.w.m.folder(), nil).Wait()
		return err
	})
	if e := (*imap.Error)(nil); errors.As(err, &e) {
		return &folderError{s.w.m.folder(), err}
	}
	if err != nil {
		return fmt.Errorf("open the folder: %w", err)
	}
	if box.UIDValidity == 0 {
		return &folderError{s.w.m.folder(), errors.New("the server gives no UIDVALIDITY (RFC 3501 section 2.3.1.1)")}
	}
	if s.cur, err = s.w.loadCursor(ctx); err != nil {
		return err
	}
	if s.cur.Validity != box.UIDValidity {
		last := uint32(math.MaxUint32)
		if box.UIDNext > 0 {
			last = uint32(box.UIDNext) - 1
		}
		if s.cur.Validity == 0 {
			last = 0
		} else {
			s.w.log.WarnContext(ctx, "imap: the server has numbered the mailbox anew; mails that are known already are found by their content", "was", s.cur.Validity, "is", box.UIDValidity)
		}
		s.cur = cursor{Validity: box.UIDValidity, Next: 1, Resync: last}
		if err := s.w.saveCursor(ctx, &s.cur); err != nil {
			return err
		}
	}
	return s.resume(ctx)
}

// sweep takes in what is there. It returns when to look again at the latest.
func (s *session) sweep(ctx context.Context) (pause time.Duration, err error) {
	drain(s.c.news) // what is told from now on calls for another sweep
	list, err := s.list(ctx)
	if err != nil {
		return 0, err
	}
	failed, err := s.takeIn(ctx, list)
	if err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		return 0, nil
	}
	if !failed {
		s.tired = 0
		s.w.lag(time.Time{})
		s.w.ready()
		return s.w.a.cfg.Poll, nil
	}
	s.tired++
	return s.w.a.cfg.Backoff/10 + backoff.Delay(s.tired, s.w.a.cfg.Backoff, time.Minute, nil), nil
}

const (
	maxBatch      = 250     // mails
	maxBatchBytes = 8 << 20 // as the server counts; a single mail may be larger
)

// alone reports whether a mail is fetched by itself, with nothing else under way.
func (w *worker) alone(e entry) bool { return e.size > w.a.cfg.MaxBytes || w.stuck[e.uid] > 1 }

// batchSize tells how many of the mails are fetched together. One that is too large, or with which the connection broke before, is alone.
func (w *worker) batchSize(list []entry) int {
	var sum int64
	for n, e := range list {
		sum += e.size
		if n > 0 && (n == maxBatch || sum > maxBatchBytes || w.alone(e) || w.alone(list[0])) {
			return n
		}
	}
	return len(list)
}

// wait returns when there may be something new: the server has said so, or d is over.
func (s *session) wait(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	if !s.c.caps.Has(imap.CapIdle) && !s.c.caps.Has(imap.CapIMAP4rev2) || s.tired > 0 {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		case <-s.c.Closed():
			return errors.New("the server has closed the connection")
		}
		return s.c.do(func() error { return s.c.Noop().Wait() })
	}
	s.c.conn.expect(s.c.timeout)
	idle, err := s.c.Idle()
	if err != nil {
		return fmt.Errorf("IDLE: %w", err)
	}
	s.c.conn.expect(0)
	select {
	case <-s.c.news:
	case <-timer.C:
	case <-ctx.Done():
	case <-s.c.Closed():
		_ = idle.Close()
		return errors.New("the server has closed the connection")
	}
	return s.c.do(func() error {
		if err := idle.Close(); err != nil {
			return fmt.Errorf("IDLE: %w", err)
		}
		if err := idle.Wait(); err != nil {
			return fmt.Errorf("IDLE: %w", err)
		}
		return nil
	})
}

func drain(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}
