package faults_test

import (
	"io"
	"log"
	"net"
	"net/mail"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// sink is the mail server of the receivers: it takes everything and counts how often it saw each message.
type sink struct {
	addr string
	mu   sync.Mutex
	seen map[string]int // what people wrote, by Message-ID
	auto map[string]int // what the desk says by itself
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &sink{addr: l.Addr().String(), seen: map[string]int{}, auto: map[string]int{}}
	srv := smtp.NewServer(s)
	srv.ErrorLog = log.New(io.Discard, "", 0) // of connections whose other end was killed
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
	})
	return s
}

// NewSession implements smtp.Backend.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }

type sinkSession struct{ s *sink }

func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }
func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (ss sinkSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, m.Body); err != nil {
		return err
	}
	ss.s.mu.Lock()
	defer ss.s.mu.Unlock()
	in := ss.s.seen
	if m.Header.Get("Auto-Submitted") != "" {
		in = ss.s.auto
	}
	in[m.Header.Get("Message-ID")]++
	return nil
}

// counts tells how many different messages came from people and from the desk itself, and how many times one came again.
func (s *sink) counts() (messages, automatic, repeats int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range []map[string]int{s.seen, s.auto} {
		for _, n := range in {
			repeats += n - 1
		}
	}
	return len(s.seen), len(s.auto), repeats
}
