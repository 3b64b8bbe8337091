package smtpd

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mailin"
)

func TestTrace(t *testing.T) {
	t.Parallel()
	e := envelope{from: "a b@x.example", to: []string{"support@desk.example", "jörg@desk.example"}}
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for _, raw := range []string{"Subject: x\r\n\r\ny", "", "\r\n\r\n", "Return-Path: <z@z.example>\r\nDelivered-To: z@z.example\r\n\r\n", "Delivered-To: z@z.example\r\nReceived: from x\r\n\tby y (ticketkit) with z;\r\n\tw\r\n"} {
		traced := addTrace([]byte(raw), e, client{helo: "evil\r\nSubject: <b>(c", ip: "127.0.0.1", by: "localhost", with: "ESMTP"}, now)
		got, rest := cutTrace(traced)
		require.Equal(t, e, got)
		require.Equal(t, raw, string(rest))
		require.Contains(t, string(traced), "Received: from evilSubject:bc ([127.0.0.1])\r\n")
		got, rest = cutTrace([]byte(raw))
		require.Empty(t, got)
		require.Equal(t, raw, string(rest))
	}
	got, _ := cutTrace(addTrace(nil, envelope{null: true}, client{}, now))
	require.Equal(t, envelope{null: true}, got)
}

func FuzzTrace(f *testing.F) {
	f.Add("a@b.example", "c@d.example", []byte("Subject: x\r\n\r\ny"))
	f.Add("", "", []byte("Return-Path: <>\r\nDelivered-To: x\r\nReceived: from "))
	f.Fuzz(func(t *testing.T, from, to string, raw []byte) {
		cutTrace(raw)
		if !mailin.Sound(from) || !mailin.Sound(to) {
			return
		}
		e := envelope{from: from, null: from == "", to: []string{to}}
		got, rest := cutTrace(addTrace(raw, e, client{helo: to, ip: from, by: "localhost", with: "SMTP"}, time.Time{}))
		require.Equal(t, e, got)
		require.Equal(t, string(raw), string(rest))
	})
}
