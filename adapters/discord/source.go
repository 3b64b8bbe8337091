package discord

import (
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
)

var _ adapters.Monitored = (*Discord)(nil)

// gatewaySource is the one source of the adapter.
const gatewaySource = adapters.GatewaySource

// Sources implements adapters.Monitored.
func (d *Discord) Sources() []adapters.SourceStatus {
	return []adapters.SourceStatus{d.source.snapshot()}
}

// source is how the connection fares. A nil source forgets everything.
type source struct {
	name string
	now  func() time.Time

	mu sync.Mutex
	s  adapters.SourceStatus
}

func (s *source) snapshot() adapters.SourceStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.s
	out.ID, out.Name = gatewaySource, s.name
	if out.State == "" {
		out.State = adapters.SourceConnecting
	}
	return out
}

func (s *source) change(fn func(st *adapters.SourceStatus, now time.Time)) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was, now := s.s.State, s.now()
	fn(&s.s, now)
	if s.s.State != was {
		s.s.Since = now
	}
}

// enter says what is about to be done. An attempt after a failure leaves the failure shown until it has worked.
func (s *source) enter(state adapters.SourceState) {
	s.change(func(st *adapters.SourceStatus, _ time.Time) {
		if state == adapters.SourceConnecting && (st.State == adapters.SourceWaiting || st.State == adapters.SourceStopped) {
			return
		}
		st.State, st.RetryAt = state, time.Time{}
	})
}

// ready notes that the connection works; less is what it has to do without, and fix what to do about it.
func (s *source) ready(less, fix string) {
	s.change(func(st *adapters.SourceStatus, now time.Time) {
		st.State, st.LastContact, st.RetryAt, st.LastErrorFix = adapters.SourceReady, now, time.Time{}, ""
		if less != "" {
			st.LastError, st.LastErrorAt, st.LastErrorFix = less, now, fix
		}
	})
}

// heard notes that Discord has told something.
func (s *source) heard() {
	s.change(func(st *adapters.SourceStatus, now time.Time) { st.LastContact = now })
}

// took notes that an item is in.
func (s *source) took() {
	s.change(func(st *adapters.SourceStatus, now time.Time) {
		st.Imported++
		st.LastImport = now
	})
}

// fail notes an error that goes away by itself.
func (s *source) fail(err error, fix string, retry time.Time) {
	s.trouble(adapters.SourceWaiting, err, fix, retry)
}

// note shows what is wrong while the connection works.
func (s *source) note(text, fix string) {
	s.change(func(st *adapters.SourceStatus, now time.Time) {
		st.LastError, st.LastErrorAt, st.LastErrorFix = text[:min(len(text), 500)], now, fix
	})
}

// halt notes an error that somebody has to mend.
func (s *source) halt(err error, fix string) {
	s.trouble(adapters.SourceStopped, err, fix, time.Time{})
}

func (s *source) trouble(state adapters.SourceState, err error, fix string, retry time.Time) {
	s.change(func(st *adapters.SourceStatus, now time.Time) {
		text := err.Error()
		st.State, st.LastError, st.LastErrorAt, st.LastErrorFix, st.RetryAt = state, text[:min(len(text), 500)], now, fix, retry
	})
}
