package imap_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/imap"
)

func TestSentMailsAreKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a, _, err := imap.New(imap.Config{Source: imap.Static{s.mailbox()}, State: newState()})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, a.AppendSent(t.Context(), "Support@desk.example", letter(1), time.Now()))
	}
	require.Equal(t, 2, s.count("Sent"))
	require.ErrorIs(t, a.AppendSent(t.Context(), "other@desk.example", letter(1), time.Now()), imap.ErrNoMailbox)
	b, _, err := imap.New(imap.Config{Source: imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Sent = "Out/2026" })}, State: newState()})
	require.NoError(t, err)
	require.NoError(t, b.AppendSent(t.Context(), address, letter(2), time.Now()))
	require.Equal(t, 1, s.count("Out/2026"))
}
