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
	seen map[string]int
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &sink{addr: l.Addr().String(), seen: map[string]int{}}
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
	ss.s.seen[m.Header.Get("Message-ID")]++
	return nil
}

// counts tells how many different messages came, and how many times one came again.
func (s *sink) counts() (messages, repeats int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.seen {
		messages++
		repeats += n - 1
	}
	return messages, repeats
}
