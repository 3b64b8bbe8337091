package server_test

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

// nextHop takes every mail and keeps its Message-ID.
type nextHop struct {
	mu  sync.Mutex
	ids []string
}

func (h *nextHop) NewSession(*smtp.Conn) (smtp.Session, error) { return hopSession{h}, nil }

type hopSession struct{ h *nextHop }

func (hopSession) Reset()                               {}
func (hopSession) Logout() error                        { return nil }
func (hopSession) Mail(string, *smtp.MailOptions) error { return nil }
func (hopSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s hopSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	s.h.ids = append(s.h.ids, m.Header.Get("Message-ID"))
	return nil
}

// TestSentMailsLieInTheMailbox answers a mail: what left stands in the folder for sent mail of the mailbox, once, as it was sent.
func TestSentMailsLieInTheMailbox(t *testing.T) {
	t.Parallel()
	dove, hop := testdovecot.Start(t), &nextHop{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := smtp.NewServer(hop)
	srv.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	const who = "support@desk.example"
	require.NoError(t, dove.User(who, mailboxPassword))
	require.NoError(t, dove.Put(who, note(who, 1)))
	d := start(t, t.TempDir(), "ADMIN_PASSWORD="+mailAdmin, "MAIL_USER="+who, "MAIL_PASSWORD="+mailboxPassword, "IMAP_ADDR="+dove.IMAP, "SMTP_ADDR="+l.Addr().String(),
		"MAIL_QUOTE=on", "MAIL_FROM_AGENT=on", "LOG_LEVEL=info")
	d.asAdmin()
	require.Eventually(t, func() bool { return len(d.subjects()) == 1 }, time.Minute, 20*time.Millisecond)
	var list struct{ Items []ticketShape }
	d.call("GET", "tickets", nil, &list, http.StatusOK)
	d.call("POST", "tickets/"+list.Items[0].ID+"/messages", map[string]any{"kind": "reply", "body": "Have you tried water?"}, nil, http.StatusCreated)
	require.Eventually(t, func() bool { return dove.Count(who, "Sent") == 2 }, time.Minute, 20*time.Millisecond, "the receipt and the answer")
	var ids []string
	answer := ""
	for _, raw := range dove.Mails(who, "Sent") {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(t, err)
		ids = append(ids, m.Header.Get("Message-ID"))
		if strings.Contains(string(raw), "Have you tried water?") {
			answer = string(raw)
		}
	}
	hop.mu.Lock()
	defer hop.mu.Unlock()
	require.ElementsMatch(t, hop.ids, ids)
	require.Contains(t, answer, "admin (ticketkit)", "MAIL_FROM_AGENT")
	require.Contains(t, answer, "> Hello", "MAIL_QUOTE")
}

func TestVariablesOfSentMail(t *testing.T) {
	t.Parallel()
	box := []string{"MAIL_USER=s@desk.example", "MAIL_PASSWORD=pw", "IMAP_ADDR=mail.desk.example"}
	for env, want := range map[string]bool{
		"SMTP_ADDR=mail.desk.example": true, "SMTP_ADDR=smtp.office365.com": false, "SMTP_ADDR=smtp.gmail.com:465": false, "SMTP_ADDR=": false,
		"SMTP_ADDR=smtp.gmail.com MAIL_SENT_COPY=on": true, "SMTP_ADDR=mail.desk.example MAIL_SENT_COPY=off": false,
	} {
		c, err := loadMail(t, append(box, strings.Fields(env)...)...)
		require.NoError(t, err)
		require.Equal(t, want, c.Mail.SentCopy, env)
	}
	for key, value := range map[string]string{"MAIL_SENT_COPY": "perhaps", "MAIL_QUOTE": "2", "MAIL_FROM_AGENT": "x"} {
		_, err := loadMail(t, append(box, key+"="+value)...)
		require.ErrorContains(t, err, key)
	}
}
