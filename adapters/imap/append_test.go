package imap_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

func copies(m *imap.Mailbox) { m.SentCopy = true }

func sent(n int) adapters.SentMail {
	return adapters.SentMail{From: address, ID: "1@customer.example", At: time.Now(), Raw: letter(n)}
}

func keeper(t *testing.T, boxes ...imap.Mailbox) *imap.Adapter {
	t.Helper()
	a, _, err := imap.New(imap.Config{Source: imap.Static(boxes), State: newState()})
	require.NoError(t, err)
	return a
}

func TestSentMailsAreKeptOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := keeper(t, s.mailbox(copies))
	for range 3 { // the worker was killed before it could note the first
		require.NoError(t, a.KeepSent(t.Context(), sent(1)))
	}
	require.Equal(t, 1, s.count("Sent"))
	other := sent(2)
	other.ID = "2@customer.example"
	require.NoError(t, a.KeepSent(t.Context(), other))
	require.Equal(t, 2, s.count("Sent"))

	require.NoError(t, keeper(t, s.mailbox(copies, func(m *imap.Mailbox) { m.Sent = "Out/2026" })).KeepSent(t.Context(), sent(1)))
	require.Equal(t, 1, s.count("Out/2026"))
}

func TestCopiesThatNobodyWants(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	require.NoError(t, keeper(t, s.mailbox()).KeepSent(t.Context(), sent(1)))
	elsewhere := sent(1)
	elsewhere.From = "other@desk.example"
	require.NoError(t, keeper(t, s.mailbox(copies)).KeepSent(t.Context(), elsewhere))
	require.Equal(t, -1, s.count("Sent"))
	require.Empty(t, s.said())

	w := start(t, newState(), &adaptertest.Recorder{}, imap.Static{s.mailbox()})
	eventually(t, "the mailboxes are known", func() bool { return !w.KeepsSent() })
}

func TestTheFolderForSentMailIsFound(t *testing.T) {
	t.Parallel()
	for want, make := range map[string]func(s *server) error{
		"Gesendete Elemente": func(s *server) error { return s.user.Create("Gesendete Elemente", nil) },
		"INBOX/Sent Items":   func(s *server) error { return s.user.Create("INBOX/Sent Items", nil) },
		"Outgoing": func(s *server) error {
			if err := s.user.Create("Sent", nil); err != nil {
				return err
			}
			s.set(func(s *server) {
				s.rewrite = func(line string) string {
					return strings.Replace(line, `* LIST () "/" "Outgoing"`, `* LIST (\Sent) "/" "Outgoing"`, 1)
				}
			})
			return s.user.Create("Outgoing", nil)
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			require.NoError(t, make(s))
			require.NoError(t, keeper(t, s.mailbox(copies)).KeepSent(t.Context(), sent(1)))
			require.Equal(t, 1, s.count(want))
		})
	}
}

func TestCopiesDoNotHammerAMailboxThatRefuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := keeper(t, s.mailbox(copies, func(m *imap.Mailbox) { m.Password = "wrong" }))
	for range 5 {
		err := a.KeepSent(t.Context(), sent(1))
		wait, ok := adapters.RetryDelay(err)
		require.True(t, ok, "%v", err)
		require.Positive(t, wait)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, 1, s.dials)
}

func TestDovecotKeepsACopyOnce(t *testing.T) {
	t.Parallel()
	s := testdovecot.Start(t)
	require.NoError(t, s.User(address, password))
	a := keeper(t, dovecotBox(s, copies))
	for range 2 {
		require.NoError(t, a.KeepSent(t.Context(), sent(1)))
	}
	require.Equal(t, 1, s.Count(address, "Sent"))
}
