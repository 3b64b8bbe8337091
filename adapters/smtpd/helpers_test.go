package smtpd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
)

const (
	inbox = "support@desk.example"
	token = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
)

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// started runs an adapter made of c until the test ends, and gives its address and what it takes in.
func started(t *testing.T, c smtpd.Config) (addr string, rec *adaptertest.Recorder) {
	t.Helper()
	rec = &adaptertest.Recorder{}
	addr, stop := run(t, c, rec)
	t.Cleanup(stop)
	return addr, rec
}

// run is started with an intake of one's own. stop ends Run, which must return nil, and may be called twice.
func run(t *testing.T, c smtpd.Config, in adapters.Intake) (addr string, stop func()) {
	t.Helper()
	if c.Listener == nil {
		c.Listener = listen(t)
	}
	if c.Inbox == "" {
		c.Inbox = inbox
	}
	a, err := smtpd.New(c)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, in) }()
	return c.Listener.Addr().String(), sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

// send delivers one mail by net/smtp.
func send(t *testing.T, addr, from string, to []string, data string) error {
	t.Helper()
	return smtp.SendMail(addr, nil, from, to, []byte(strings.ReplaceAll(data, "\n", "\r\n")))
}

const simple = "From: Erika Beispiel <erika@kunde.example>\nTo: support@desk.example\nSubject: Hallo\nMessage-ID: <m1@kunde.example>\n\nDer Drucker brennt.\n"

// taken waits for the one item that a mail becomes.
func taken(t *testing.T, rec *adaptertest.Recorder) adaptertest.Call {
	t.Helper()
	require.Len(t, rec.Taken(), 1)
	require.Empty(t, rec.Parked())
	return rec.Taken()[0]
}

// inject delivers a mail and reports whether the server said OK at its end. Whatever goes wrong before counts as no.
func inject(ctx context.Context, addr, from, rcpt string, raw []byte, lmtp bool) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	client := gosmtp.NewClient(c)
	if lmtp {
		client = gosmtp.NewClientLMTP(c)
	}
	if client.Hello("kunde.example") != nil || client.SendMail(from, []string{rcpt}, bytes.NewReader(raw)) != nil {
		return false
	}
	_ = client.Quit()
	return true
}

// hop is where answers go.
type hop struct {
	addr string

	mu      sync.Mutex
	refusal adaptertest.Refusal
	mails   [][]byte
	to      [][]string
}

func newHop(t testing.TB) *hop {
	h := &hop{}
	l := listen(t)
	h.addr = l.Addr().String()
	srv := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &hopSession{h: h}, nil }))
	srv.ErrorLog = log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = l.Close() // Close of a server that does not serve yet closes nothing
		<-done
		_ = srv.Close()
	})
	return h
}

func (h *hop) refuse(r adaptertest.Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusal = r
}

type hopSession struct {
	h  *hop
	to []string
}

func (s *hopSession) Reset()                                 { s.to = nil }
func (s *hopSession) Logout() error                          { return nil }
func (s *hopSession) Mail(string, *gosmtp.MailOptions) error { return nil }
func (s *hopSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	s.to = append(s.to, to)
	switch s.h.refusal {
	case adaptertest.Temporarily:
		return &gosmtp.SMTPError{Code: 451, Message: "later"}
	case adaptertest.Permanently:
		return &gosmtp.SMTPError{Code: 550, Message: "never"}
	}
	return nil
}

func (s *hopSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	s.h.mails, s.h.to = append(s.h.mails, b), append(s.h.to, s.to)
	return nil
}

func code(err error) int {
	if e, ok := errors.AsType[*gosmtp.SMTPError](err); ok {
		return e.Code
	}
	return 0
}

// dial gives a client that is past the greeting.
func dial(t *testing.T, addr string) *gosmtp.Client {
	t.Helper()
	c, err := gosmtp.Dial(addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.Hello("kunde.example"))
	return c
}

const patience = 2 * time.Minute
