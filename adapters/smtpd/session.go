package smtpd

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/emersion/go-smtp"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	errLater     = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The mail could not be taken in, try again later"}
	errFull      = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "There is no room for mail at the moment, try again later"} // RFC 5321, section 4.2.2
	errAddress   = &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "This is not a mail address"}
	errRecipient = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "There is no such mailbox here"}
)

// session is one connection. go-smtp calls Data from another goroutine than the rest when a mail comes in chunks (BDAT).
// With LMTP it reports the outcome of Data for each recipient: a mail is one item, so all of them share it.
type session struct {
	r      *receiver
	work   context.Context // ends when the mail under way is given up
	in     adapters.Intake
	conn   *conn
	client client

	mu  sync.Mutex
	env envelope
}

func (s *session) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = envelope{}
}

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	if opts != nil && opts.Size > int64(s.r.cfg.MaxBytes) {
		return smtp.ErrDataTooLarge
	}
	if !mailin.Sound(from) {
		return errAddress
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = envelope{from: from, null: from == ""}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !mailin.Sound(to) {
		return errAddress
	}
	if !s.r.cfg.AcceptAny && !s.r.own.Has(to) {
		return errRecipient
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env.to = append(s.env.to, to)
	return nil
}

// Data takes a mail in. It returns nil, and thereby says OK to the client, only once the mail is safe.
func (s *session) Data(body io.Reader) (err error) {
	_, chunks := body.(*io.PipeReader) // from BDAT; DATA has a reader of go-smtp's own
	s.conn.begin(chunks)
	defer s.conn.end()
	defer func() {
		if v := recover(); v != nil {
			s.r.log.ErrorContext(s.work, "smtpd: taking a mail in failed", "panic", v, "stack", string(debug.Stack()))
			err = errLater
		}
	}()
	s.mu.Lock()
	e := s.env
	e.to = slices.Clone(e.to)
	s.mu.Unlock()
	raw, err := io.ReadAll(progressReader{body, s.conn})
	switch {
	case errors.Is(err, smtp.ErrDataTooLarge), errors.Is(err, smtp.ErrTooLongLine), err == nil && len(raw) > s.r.cfg.MaxBytes:
		return smtp.ErrDataTooLarge
	case errors.Is(err, smtp.ErrDataReset):
		return err
	case err != nil:
		s.r.log.WarnContext(s.work, "smtpd: the transfer of a mail broke off", "from", e.from, "error", err)
		return errLater
	}
	if err := s.take(raw, e); err != nil {
		s.r.log.WarnContext(s.work, "smtpd: a mail was put off", "from", e.from, "error", err)
		if errors.Is(err, ticket.ErrNoRoom) {
			return errFull
		}
		return errLater
	}
	return nil
}

// progressReader tells the connection that what it reads is of use.
type progressReader struct {
	io.Reader
	conn *conn
}

func (r progressReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.conn.lines.progress()
	}
	return n, err
}

func (s *session) take(raw []byte, e envelope) error {
	traced := addTrace(raw, e, s.client, s.r.cfg.Now())
	it, err := s.r.read(raw, e)
	if err != nil {
		s.r.log.WarnContext(s.work, "smtpd: a mail was parked", "from", e.from, "error", err)
		return s.in.Park(s.work, adapters.Parked{Channel: Name, Key: e.key(raw), Reason: mailin.Reason(err), Sender: e.from, Subject: mailin.Subject(raw), Raw: traced})
	}
	it.Raw = traced
	return s.in.Receive(s.work, it)
}
