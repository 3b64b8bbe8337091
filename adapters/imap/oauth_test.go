package imap_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// oauthSession takes no password. It lets the token "fresh" in, and answers any other as Google and Microsoft do: with a challenge that explains
// it, and once that was answered, with a refusal.
type oauthSession struct {
	imapserver.SessionIMAP4rev2
	mech string
}

func (s *oauthSession) AuthenticateMechanisms() []string { return []string{s.mech} }

func (s *oauthSession) Authenticate(string) (sasl.Server, error) { return &bearer{s: s}, nil }

type bearer struct {
	s     *oauthSession
	asked bool
}

func (b *bearer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case b.asked:
		return nil, false, &goimap.Error{Type: goimap.StatusResponseTypeNo, Code: goimap.ResponseCodeAuthenticationFailed, Text: "AUTHENTICATE failed."}
	case response == nil: // no first response with the command
		return []byte{}, false, nil
	case bytes.Contains(response, []byte("\x01auth=Bearer fresh\x01")):
		return nil, true, b.s.Login(address, password)
	}
	b.asked = true
	return []byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}`), false, nil
}

// renewed gives an old token until that was rejected.
type renewed struct {
	mu       sync.Mutex
	rejected []string
	never    bool // gives nothing better
}

func (r *renewed) Token(context.Context, mailauth.Use) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rejected) == 0 || r.never {
		return "old", nil
	}
	return "fresh", nil
}

func (r *renewed) Reject(_ mailauth.Use, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rejected = append(r.rejected, token)
}

// heard is a connection that remembers the lines that were written.
type heard struct {
	net.Conn
	mu  *sync.Mutex
	all *bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	h.all.Write(p)
	h.mu.Unlock()
	return h.Conn.Write(p)
}

func TestARefusedTokenIsAnsweredAndRenewed(t *testing.T) {
	t.Parallel()
	for mech, answer := range map[string]string{"XOAUTH2": "\r\n", "OAUTHBEARER": "AQ==\r\n"} {
		t.Run(mech, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(inner imapserver.Session) imapserver.Session {
				return &oauthSession{inner.(imapserver.SessionIMAP4rev2), mech}
			})
			s.deliver(letter(1))
			var mu sync.Mutex
			var said bytes.Buffer
			tokens, rec := &renewed{}, &adaptertest.Recorder{}
			start(t, newState(), rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Password, m.Tokens = "", tokens })}, quick, func(c *imap.Config) {
				c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
					return &heard{conn, &mu, &said}, err
				}
			})
			eventually(t, "in", func() bool { return s.count("Processed") == 1 })
			require.Equal(t, []string{"old"}, tokens.rejected)
			mu.Lock()
			defer mu.Unlock()
			lines := strings.SplitAfter(said.String(), "\r\n")
			require.Contains(t, lines[0], "AUTHENTICATE "+mech+" ")
			require.Equal(t, answer, lines[1])
		})
	}
}

func TestARefusalTellsWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(inner imapserver.Session) imapserver.Session {
		return &oauthSession{inner.(imapserver.SessionIMAP4rev2), "XOAUTH2"}
	})
	tokens := &renewed{never: true}
	w := start(t, newState(), &adaptertest.Recorder{}, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Password, m.Tokens = "", tokens })}, quick)
	eventually(t, "said", func() bool {
		return strings.Contains(w.source("main").LastError, "status 400, it wants the scope https://mail.example/")
	})
	require.NotContains(t, w.source("main").LastError, "old", "no token")
}
