package mailout_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/ticket"
)

// tokens gives its tokens one after the other, each until it is rejected, or an error.
type tokens struct {
	mu       sync.Mutex
	list     []string
	err      error
	rejected []string
}

func (s *tokens) Token(_ context.Context, use mailauth.Use) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if use != mailauth.SMTP {
		return "", errors.New("not asked for sending")
	}
	return s.list[min(len(s.rejected), len(s.list)-1)], s.err
}

func (s *tokens) Reject(_ mailauth.Use, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = append(s.rejected, token)
}

func (s *tokens) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func TestTokens(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{oauth: true, tokens: []string{"second"}}, nil, false)
	c, source := config(), &tokens{list: []string{"first", "second"}}
	c.SMTPAddr, c.Username, c.Tokens = hop.addr, "support@desk.example", source
	s := newSender(t, c)
	_, err := s.Send(t.Context(), outbound())
	require.NoError(t, err, "a token that the server refuses is replaced once")
	require.Equal(t, []string{"first"}, source.rejected)
	require.Len(t, hop.all(), 1)
	require.Equal(t, "ok", s.Check(t.Context())[0].Level)

	source.set(&mailauth.ScopeError{Use: mailauth.SMTP, Missing: "SMTP.Send", Description: "consent"})
	_, err = s.Send(t.Context(), outbound())
	wait, held := adapters.HoldDelay(err)
	require.True(t, held, err)
	require.Equal(t, 5*time.Minute, wait)
	require.ErrorContains(t, err, "SMTP.Send")
	f := s.Check(t.Context())[0]
	require.Equal(t, "error", f.Level)
	require.Contains(t, f.Fix, "SMTP.Send")

	source.set(nil) // granted: it goes on by itself
	_, err = s.Send(t.Context(), outbound())
	require.NoError(t, err)
	require.Len(t, hop.all(), 2)

	source.list = []string{"third"}
	_, err = s.Send(t.Context(), outbound())
	_, held = adapters.HoldDelay(err)
	require.True(t, held, err)
	require.Contains(t, s.Check(t.Context())[0].Fix, "SMTP AUTH")
	require.NotContains(t, err.Error(), "third")
}

func TestTokensNeedAUser(t *testing.T) {
	t.Parallel()
	c := config()
	c.OutboxDir, c.Tokens = "outbox", &tokens{}
	_, err := mailout.New(c)
	require.ErrorContains(t, err, "Username")
}

// TestHeld: what somebody has to mend keeps the message and does not count against it.
func TestHeld(t *testing.T) {
	t.Parallel()
	forServer, _ := certificates(t)
	password := serve(t, &server{password: "geheim"}, forServer, false)
	oauth := serve(t, &server{oauth: true}, nil, false)
	from := serve(t, &server{refuseFrom: func(string) error { return reply(553) }}, nil, false)
	for name, tc := range map[string]struct {
		change func(*mailout.Config)
		held   bool
		fix    string
	}{
		"wrong password": {func(c *mailout.Config) { c.SMTPAddr, c.Username, c.Password = password.addr, "support", "falsch" }, true, "password"},
		"certificate":    {func(c *mailout.Config) { c.SMTPAddr, c.TLS = password.addr, mailout.TLSStart }, true, "certificate"},
		"revoked": {func(c *mailout.Config) {
			c.SMTPAddr, c.Username, c.Tokens = oauth.addr, "support@desk.example", &tokens{list: []string{""}, err: &mailauth.RevokedError{}}
		}, true, "oauth login"},
		"issuer away": {func(c *mailout.Config) {
			c.SMTPAddr, c.Username, c.Tokens = oauth.addr, "support@desk.example", &tokens{list: []string{""}, err: errors.New("dial: refused")}
		}, false, "network"},
		"From not allowed": {func(c *mailout.Config) { c.SMTPAddr = from.addr }, false, "Send As"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config()
			tc.change(&c)
			s := newSender(t, c)
			_, err := s.Send(t.Context(), outbound())
			require.Error(t, err)
			_, held := adapters.HoldDelay(err)
			require.Equal(t, tc.held, held, err)
			f := s.Check(t.Context())[0]
			require.Equal(t, "error", f.Level)
			require.Contains(t, f.Fix, tc.fix)
		})
	}
}

// TestCut drops the connection at every point of a transaction. The message counts as sent only when the server has said so: after the
// last byte it may have arrived and is sent again under the same Message-ID, which is the window that SMTP leaves (RFC 1047).
func TestCut(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"mail", "rcpt", "data", "body"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			hop := serve(t, &server{cut: point}, nil, false)
			c := config()
			c.SMTPAddr = hop.addr
			_, err := newSender(t, c).Send(t.Context(), outbound())
			require.Error(t, err)
			require.False(t, adapters.IsPermanent(err), err)
			_, held := adapters.HoldDelay(err)
			require.False(t, held)
			if n := len(hop.all()); point == "body" {
				require.LessOrEqual(t, n, 1)
			} else {
				require.Zero(t, n)
			}
		})
	}
}

// TestOnly: the rest of a message names everybody and goes to those alone who have not got it.
func TestOnly(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c, m := config(), outbound()
	c.SMTPAddr = hop.addr
	m.Only = []ticket.Identity{{Kind: ticket.KindEmail, Value: "bob@kunde.example"}}
	id, err := newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, key+"@desk.example", id)
	require.Equal(t, []string{"bob@kunde.example"}, hop.all()[0].to)
	require.Contains(t, parse(t, hop.all()[0].data).GetHeader("To"), "ayse@kunde.example")
	m.Only = []ticket.Identity{{Kind: ticket.KindEmail, Value: "gone@kunde.example"}}
	_, err = newSender(t, c).Send(t.Context(), m)
	require.True(t, adapters.IsPermanent(err), err)
}
