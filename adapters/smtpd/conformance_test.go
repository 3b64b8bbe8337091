package smtpd_test

import (
	"bytes"
	"context"
	"net/mail"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, lmtp := range map[string]bool{"SMTP": false, "LMTP": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := adaptertest.Features{Sends: true, Attachments: true, Threads: true, HTML: true, Machine: true}
			adaptertest.Run(t, f, func(t testing.TB, _ adapters.Intake) adaptertest.Harness { return harness(t, lmtp) })
		})
	}
	t.Run("without answers", func(t *testing.T) {
		t.Parallel()
		f := adaptertest.Features{Attachments: true, Threads: true, HTML: true, Machine: true}
		adaptertest.Run(t, f, func(t testing.TB, _ adapters.Intake) adaptertest.Harness {
			l := listen(t)
			a, err := smtpd.New(smtpd.Config{Listener: l, Inbox: inbox})
			require.NoError(t, err)
			return adaptertest.Harness{Adapter: a, Inject: injector(l.Addr().String(), false)}
		})
	})
}

func injector(addr string, lmtp bool) func(context.Context, adaptertest.Item) (bool, error) {
	return func(ctx context.Context, it adaptertest.Item) (bool, error) {
		raw, rcpt := adaptertest.Mail(it, inbox)
		return inject(ctx, addr, it.Address, rcpt, raw, lmtp), nil
	}
}

func harness(t testing.TB, lmtp bool) adaptertest.Harness {
	t.Helper()
	l, hop := listen(t), newHop(t)
	out, err := mailout.New(mailout.Config{From: mail.Address{Name: "Desk", Address: inbox}, SMTPAddr: hop.addr})
	require.NoError(t, err)
	a, err := smtpd.New(smtpd.Config{Listener: l, Inbox: inbox, LMTP: lmtp, Out: out})
	require.NoError(t, err)
	return adaptertest.Harness{
		Adapter: a, Inject: injector(l.Addr().String(), lmtp), Sent: hop.sent, FailSends: hop.refuse, Origin: "first@kunde.example",
		To: adapters.Recipient{Name: "Erika Beispiel", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "erika@kunde.example"}},
	}
}

// sent reads back what arrived.
func (h *hop) sent(context.Context) ([]adaptertest.Sent, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []adaptertest.Sent
	for n, raw := range h.mails {
		env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		s := adaptertest.Sent{ExternalID: strings.Trim(env.GetHeader("Message-Id"), "<>"), To: h.to[n], Subject: env.GetHeader("Subject"), Text: env.Text}
		for _, a := range env.Attachments {
			s.Files = append(s.Files, adaptertest.File{Name: a.FileName, ContentType: a.ContentType, Data: a.Content})
		}
		reply, err := env.AddressList("Reply-To")
		if err != nil {
			return nil, err
		}
		local, _, _ := strings.Cut(reply[0].Address, "@")
		_, s.ReplyToken, _ = strings.Cut(local, "+")
		out = append(out, s)
	}
	return out, nil
}
