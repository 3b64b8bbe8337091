package smtpd_test

import (
	"bytes"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestRoundTrip: a mail comes in, an agent answers it into the outbox, and the customer answers that with the reply button.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	outbox := t.TempDir()
	out, err := mailout.New(mailout.Config{From: mail.Address{Name: "Hilfe", Address: inbox}, OutboxDir: outbox, DeskID: "desk-1", Signature: "Beispiel GmbH"})
	require.NoError(t, err)
	addr, rec := started(t, smtpd.Config{Out: out, DeskID: "desk-1"})
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, simple))
	first := taken(t, rec).Item

	id, err := out.Send(t.Context(), adapters.Outbound{
		Key:    "0197a4c0-1111-7222-8333-444455556666",
		Ticket: ticket.Ticket{Number: 7, Subject: first.Subject}, Message: ticket.Message{N: 2, Text: "Wir löschen ihn.", Author: ticket.Author{Type: ticket.ActorAccount}},
		To: []adapters.Recipient{{Name: first.From.Name, Identity: first.From.Identity}}, InReplyTo: first.ExternalID, References: []string{first.ExternalID},
		ReplyToken: token, Locale: "de",
	})
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(outbox, "*.eml"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)

	// The customer's mail program.
	got, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	require.NoError(t, err)
	to, err := got.AddressList("Reply-To")
	require.NoError(t, err)
	require.Equal(t, "<m1@kunde.example>", got.GetHeader("In-Reply-To"))
	var b strings.Builder
	fmt.Fprintf(&b, "From: Erika Beispiel <erika@kunde.example>\nTo: %s\nSubject: %s\nMessage-ID: <m2@kunde.example>\nIn-Reply-To: %s\nReferences: %s %s\nContent-Type: text/plain; charset=utf-8\n\n",
		to[0], "AW: "+strings.TrimPrefix(got.GetHeader("Subject"), "Re: "), got.GetHeader("Message-Id"), got.GetHeader("References"), got.GetHeader("Message-Id"))
	b.WriteString("Danke, es raucht nur noch.\n\nAm 22.11.2026 um 10:30 schrieb Hilfe:\n> " + strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(got.Text, "\r\n", "\n")), "\n", "\n> ") + "\n")
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{to[0].Address}, b.String()))

	require.Len(t, rec.Taken(), 2)
	second := rec.Taken()[1].Item
	require.Equal(t, token, second.Token)
	require.Equal(t, []string{id, "m1@kunde.example"}, second.Refs)
	require.Equal(t, int64(7), second.Number)
	require.Equal(t, first.From, second.From)
	require.Equal(t, "Danke, es raucht nur noch.", strings.TrimSpace(second.Text))
	require.Contains(t, second.Quoted, "Wir löschen ihn.")
	require.Equal(t, "de", second.Locale)
	require.False(t, second.Machine)
	require.False(t, second.Forward)
	require.Empty(t, second.Cc)

	// Our own mail comes back to us, by a forwarding rule say: it is recognised, and nobody answers it.
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, strings.ReplaceAll(string(raw), "\r\n", "\n")))
	require.True(t, rec.Taken()[2].Item.Machine)
}
