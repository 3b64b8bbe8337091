package imap

import (
	"cmp"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
)

func (w *worker) change(fn func(s *adapters.SourceStatus)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	state := w.status.State
	fn(&w.status)
	if w.status.State != state {
		w.status.Since = w.now()
	}
}

func (w *worker) snapshot() adapters.SourceStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	if !w.oldest.IsZero() {
		s.Lag = max(w.now().Sub(w.oldest), 0)
	}
	return s
}

// enter says what the worker is about to do. Connecting again after a failure leaves the failure shown until it has worked.
func (w *worker) enter(st adapters.SourceState) {
	w.change(func(s *adapters.SourceStatus) {
		if st == adapters.SourceConnecting && s.LastError != "" && (s.State == adapters.SourceWaiting || s.State == adapters.SourceStopped) {
			return
		}
		s.State = st
		if st == adapters.SourceStandby {
			s.RetryAt = time.Time{}
		}
	})
}

func (w *worker) connected() {
	w.mu.Lock()
	w.worked = true
	back := w.status.State == adapters.SourceStopped
	w.mu.Unlock()
	w.change(func(s *adapters.SourceStatus) {
		s.State, s.LastContact, s.RetryAt, s.LastErrorFix = adapters.SourceReady, w.now(), time.Time{}, ""
	})
	if back {
		w.log.Info("imap: the mailbox works again")
	}
}

func (w *worker) hadWorked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.worked
	w.worked = false
	return was
}

func (w *worker) ready() {
	w.change(func(s *adapters.SourceStatus) { s.State, s.LastContact = adapters.SourceReady, w.now() })
}

// lag notes the age of the oldest mail that is not in; zero says that all are.
func (w *worker) lag(oldest time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.oldest = oldest
}

func (w *worker) took(parked bool) {
	w.change(func(s *adapters.SourceStatus) {
		s.LastImport, s.LastContact = w.now(), w.now()
		if parked {
			s.Parked++
		} else {
			s.Imported++
		}
	})
}

// fail notes an error that goes away by itself.
func (w *worker) fail(err error, fix string) { w.failAt(err, fix, time.Time{}) }

func (w *worker) failAt(err error, fix string, retry time.Time) {
	w.change(func(s *adapters.SourceStatus) {
		s.State, s.LastError, s.LastErrorAt, s.LastErrorFix, s.RetryAt = adapters.SourceWaiting, short500(err), w.now(), fix, retry
	})
}

// halt notes an error that somebody has to mend, and raises the alarm once.
func (w *worker) halt(err error, fix string, retry time.Time) {
	w.mu.Lock()
	news := w.status.State != adapters.SourceStopped || w.status.LastError != short500(err)
	w.mu.Unlock()
	if news { // whoever sees the state finds it in the log
		w.log.Error("imap: the mailbox has stopped until somebody mends it", "error", err, "fix", cmp.Or(fix, "see the documentation"))
	}
	w.change(func(s *adapters.SourceStatus) {
		s.State, s.LastErrorAt, s.LastErrorFix, s.RetryAt = adapters.SourceStopped, w.now(), fix, retry
		s.LastError = short500(err)
	})
}

func short500(err error) string {
	s := err.Error()
	return s[:min(len(s), 500)]
}
