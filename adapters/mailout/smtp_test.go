package mailout_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestSend(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c := config()
	c.SMTPAddr = hop.addr
	m := outbound()
	m.Message.Text = ".\n..\nFrom me\n." // what SMTP and mbox would trip over
	m.Attachments = []adapters.Attachment{attachment("a.txt", "text/plain", []byte(strings.Repeat("long line ", 1000)))}
	id, err := newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, key+"@desk.example", id)
	mails := hop.all()
	require.Len(t, mails, 1)
	require.Equal(t, "support@desk.example", mails[0].from)
	require.Equal(t, []string{"ayse@kunde.example", "bob@kunde.example"}, mails[0].to)
	env := parse(t, mails[0].data)
	require.True(t, strings.HasPrefix(env.Text, ".\r\n..\r\nFrom me\r\n.\r\n"), env.Text)
	require.Equal(t, strings.Repeat("long line ", 1000), string(env.Attachments[0].Content))
	require.Equal(t, []string{"desk.example"}, hop.helos)
}

func TestSendConcurrently(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c := config()
	c.SMTPAddr = hop.addr
	s := newSender(t, c)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := s.Send(t.Context(), outbound())
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Len(t, hop.all(), 20)
}

// TestRefusals tells which errors end the attempts.
func TestRefusals(t *testing.T) {
	t.Parallel()
	to := func(replies map[string]int) func(string) error {
		return func(a string) error {
			if code, ok := replies[a]; ok {
				return reply(code)
			}
			return nil
		}
	}
	from := func(code int) func(string) error { return func(string) error { return reply(code) } }
	for name, tc := range map[string]struct {
		server    *server
		change    func(*adapters.Outbound)
		sent      bool
		permanent bool
		logged    string
		final     bool // for whoever was refused
	}{
		"recipient unknown":       {server: &server{refuseRcpt: to(map[string]int{"ayse@kunde.example": 550})}, permanent: true},
		"recipient greylisted":    {server: &server{refuseRcpt: to(map[string]int{"ayse@kunde.example": 451})}},
		"recipient wants sign-in": {server: &server{refuseRcpt: to(map[string]int{"ayse@kunde.example": 530})}},
		"copy unknown":            {server: &server{refuseRcpt: to(map[string]int{"bob@kunde.example": 550})}, sent: true, logged: "bob@kunde.example", final: true},
		"copy greylisted":         {server: &server{refuseRcpt: to(map[string]int{"bob@kunde.example": 450})}, sent: true, logged: "bob@kunde.example"},
		"one of two": {server: &server{refuseRcpt: to(map[string]int{"ayse@kunde.example": 550})}, sent: true, logged: "ayse@kunde.example", final: true,
			change: func(m *adapters.Outbound) { m.To = append(m.To, person("", "zwei@kunde.example")) }},
		"one never, one later": {server: &server{refuseRcpt: to(map[string]int{"ayse@kunde.example": 550, "zwei@kunde.example": 452})},
			change: func(m *adapters.Outbound) { m.To = append(m.To, person("", "zwei@kunde.example")) }},
		"sender unknown":       {server: &server{refuseFrom: from(553)}, permanent: true},
		"sender wants sign-in": {server: &server{refuseFrom: from(530)}},
		"sender later":         {server: &server{refuseFrom: from(421)}},
		"message is spam":      {server: &server{refuseData: reply(554)}, permanent: true},
		"message later":        {server: &server{refuseData: reply(452)}},
		"addresses beyond ASCII": {server: &server{noUTF8: true}, permanent: true,
			change: func(m *adapters.Outbound) { m.To = append(m.To, person("", "jörg@kunde.example")) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hop := serve(t, tc.server, nil, false)
			c, m := config(), outbound()
			c.SMTPAddr, c.Log = hop.addr, hop.logger()
			if tc.change != nil {
				tc.change(&m)
			}
			id, err := newSender(t, c).Send(t.Context(), m)
			if tc.sent {
				partly, ok := errors.AsType[*adapters.PartlyError](err)
				require.True(t, ok, err)
				require.Equal(t, key+"@desk.example", partly.ExternalID)
				require.Len(t, partly.Refused, 1)
				require.Equal(t, tc.logged, partly.Refused[0].Identity.Value)
				require.Equal(t, tc.final, adapters.IsPermanent(partly.Refused[0].Err))
				require.Len(t, hop.all(), 1)
				require.Contains(t, hop.logs.String(), "refused=1")
				require.Contains(t, hop.logs.String(), tc.logged)
				return
			}
			require.Error(t, err)
			require.Equal(t, tc.permanent, adapters.IsPermanent(err), err)
			require.Empty(t, id)
			require.Empty(t, hop.all(), "nobody got it")
		})
	}
}

func TestAutomaticMailHasNoEnvelopeSender(t *testing.T) {
	t.Parallel()
	c, m := config(), outbound()
	m.Message.Author = ticket.Author{Type: ticket.ActorSystem}
	for code, want := range map[int]string{0: "", 550: "support@desk.example"} {
		hop := serve(t, &server{refuseFrom: func(from string) error {
			if from == "" && code != 0 {
				return reply(code)
			}
			return nil
		}}, nil, false)
		c.SMTPAddr = hop.addr
		_, err := newSender(t, c).Send(t.Context(), m)
		require.NoError(t, err)
		require.Equal(t, want, hop.all()[0].from)
		require.Equal(t, "auto-generated", parse(t, hop.all()[0].data).GetHeader("Auto-Submitted"))
	}
}

func TestUnicodeAddress(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c, m := config(), outbound()
	c.SMTPAddr = hop.addr
	m.To = []adapters.Recipient{person("Jörg", "jörg@bücher.example")}
	_, err := newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, []string{"jörg@xn--bcher-kva.example", "bob@kunde.example"}, hop.all()[0].to)
}

func TestNetworkTrouble(t *testing.T) {
	t.Parallel()
	addr := testservers.FreeAddr(t)
	c := config()
	c.SMTPAddr = addr
	s := newSender(t, c)
	_, err := s.Send(t.Context(), outbound())
	require.ErrorContains(t, err, addr)
	require.False(t, adapters.IsPermanent(err))
	require.Equal(t, "error", s.Check(t.Context())[0].Level)

	// A server that accepts and says nothing.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c.SMTPAddr, c.Timeout = l.Addr().String(), 50*time.Millisecond
	_, err = newSender(t, c).Send(t.Context(), outbound())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, adapters.IsPermanent(err))

	c.Timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Equal(t, "error", newSender(t, c).Check(ctx)[0].Level)

	// One that refuses everybody may be mended without touching the message.
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "554 no service here\r\n")
			_ = conn.Close()
		}
	}()
	_, err = newSender(t, c).Send(t.Context(), outbound())
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	require.True(t, ok, err)
	require.Equal(t, 554, reply.Code)
	require.False(t, adapters.IsPermanent(err))
}

func TestContextEndsWhileTheServerThinks(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{hang: make(chan struct{})}, nil, false)
	defer close(hop.hang)
	c := config()
	c.SMTPAddr = hop.addr
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := newSender(t, c).Send(ctx, outbound())
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, adapters.IsPermanent(err))
}

// TestBrokenAttachment: a message that cannot be finished must not arrive as a cut one.
func TestBrokenAttachment(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c, m := config(), outbound()
	c.SMTPAddr = hop.addr
	a := attachment("a.bin", "application/pdf", nil)
	broken := errors.New("disk on fire")
	a.Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), &failing{broken})), nil
	}
	m.Attachments = []adapters.Attachment{a}
	s := newSender(t, c)
	_, err := s.Send(t.Context(), m)
	require.ErrorIs(t, err, broken)
	require.False(t, adapters.IsPermanent(err))
	a.Open = func(context.Context) (io.ReadCloser, error) { return nil, ticket.Errorf(ticket.NotFound, "gone") }
	m.Attachments[0] = a
	_, err = s.Send(t.Context(), m)
	require.True(t, adapters.IsPermanent(err))
	_, err = s.Send(t.Context(), outbound())
	require.NoError(t, err)
	require.Len(t, hop.all(), 1)
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestEncryption(t *testing.T) {
	t.Parallel()
	forServer, forClient := certificates(t)
	starttls := serve(t, &server{password: "geheim"}, forServer, false)
	implicit := serve(t, &server{password: "geheim"}, forServer, true)
	clear := serve(t, &server{password: "geheim"}, nil, false)
	for name, tc := range map[string]struct {
		addr   string
		change func(*mailout.Config)
		fails  string
	}{
		"STARTTLS":               {starttls.addr, func(c *mailout.Config) { c.TLS = mailout.TLSStart }, ""},
		"STARTTLS when offered":  {starttls.addr, func(c *mailout.Config) { c.TLS, c.AllowPlain = mailout.TLSStart, true }, ""},
		"implicit":               {implicit.addr, func(c *mailout.Config) { c.TLS = mailout.TLSImplicit }, ""},
		"loopback in the clear":  {clear.addr, func(*mailout.Config) {}, ""},
		"clear is allowed":       {clear.addr, func(c *mailout.Config) { c.TLS, c.AllowPlain = mailout.TLSStart, true }, ""},
		"STARTTLS is not there":  {clear.addr, func(c *mailout.Config) { c.TLS = mailout.TLSStart }, "STARTTLS"},
		"unknown authority":      {starttls.addr, func(c *mailout.Config) { c.TLS, c.TLSConfig = mailout.TLSStart, nil }, "certificate"},
		"implicit, unknown":      {implicit.addr, func(c *mailout.Config) { c.TLS, c.TLSConfig = mailout.TLSImplicit, nil }, "certificate"},
		"implicit against clear": {clear.addr, func(c *mailout.Config) { c.TLS = mailout.TLSImplicit }, "tls"},
		"wrong password":         {starttls.addr, func(c *mailout.Config) { c.TLS, c.Password = mailout.TLSStart, "falsch" }, "sign in as support"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config()
			c.SMTPAddr, c.TLSConfig, c.Username, c.Password = tc.addr, forClient, "support", "geheim"
			tc.change(&c)
			s := newSender(t, c)
			findings := s.Check(t.Context())
			require.Len(t, findings, 1)
			_, err := s.Send(t.Context(), outbound())
			if tc.fails == "" {
				require.NoError(t, err)
				require.Equal(t, "ok", findings[0].Level, findings[0].Text)
				require.Contains(t, findings[0].Text, "support may sign in")
				return
			}
			require.ErrorContains(t, err, tc.fails)
			require.False(t, adapters.IsPermanent(err), "it can be mended")
			require.Equal(t, "error", findings[0].Level)
			require.NotEmpty(t, findings[0].Fix)
			require.NotContains(t, err.Error(), "geheim")
			require.NotContains(t, err.Error(), "falsch")
		})
	}
}

func TestCheckSendsNothing(t *testing.T) {
	t.Parallel()
	hop := serve(t, &server{}, nil, false)
	c := config()
	c.SMTPAddr, c.Inbox = hop.addr, "a-very-long-name-for-an-inbox@desk.example"
	findings := newSender(t, c).Check(t.Context())
	require.Len(t, findings, 2)
	require.Equal(t, "ok", findings[0].Level)
	require.Equal(t, "warning", findings[1].Level)
	require.Empty(t, hop.all())
}

func TestNew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mailout.Config){
		"no From":         func(c *mailout.Config) { c.From.Address = "" },
		"From with name":  func(c *mailout.Config) { c.From.Address = "A <a@b.example>" },
		"From with CR LF": func(c *mailout.Config) { c.From.Address = "a@b.example\r\nBcc: x@y.example" },
		"bad Inbox":       func(c *mailout.Config) { c.Inbox = "support" },
		"no way out":      func(c *mailout.Config) { c.OutboxDir = "" },
		"no port":         func(c *mailout.Config) { c.SMTPAddr = "hop.example" },
		"unknown TLS":     func(c *mailout.Config) { c.TLS = "ssl" },
		"bad colour":      func(c *mailout.Config) { c.Accent = "red;x" },
		"bad Helo":        func(c *mailout.Config) { c.Helo = "a b" },
	} {
		c := config()
		c.OutboxDir = "outbox"
		change(&c)
		_, err := mailout.New(c)
		require.ErrorContains(t, err, "mailout: ", name)
	}
}
