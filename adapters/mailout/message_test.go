package mailout_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

var update = flag.Bool("update", false, "write the golden files anew")

// written sends m into an outbox and returns the one file there.
func written(t *testing.T, c mailout.Config, m adapters.Outbound) []byte {
	t.Helper()
	c.OutboxDir = t.TempDir()
	id, err := newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	require.NotEmpty(t, id)
	files, err := os.ReadDir(c.OutboxDir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	b, err := os.ReadFile(filepath.Join(c.OutboxDir, files[0].Name()))
	require.NoError(t, err)
	return b
}

func parse(t *testing.T, raw []byte) *enmime.Envelope {
	t.Helper()
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Empty(t, env.Errors)
	_, err = mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	return env
}

var boundaryPattern = regexp.MustCompile(`boundary=([0-9a-f]{30,})`)

func TestGolden(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n not really")
	notice := func(kind ticket.NoticeKind) func(*mailout.Config, *adapters.Outbound) {
		return func(c *mailout.Config, m *adapters.Outbound) {
			m.Notice, m.Message, m.Cc = kind, ticket.Message{CreatedAt: m.Message.CreatedAt}, nil
			m.Ticket.ID, m.Ticket.Priority, m.Ticket.Queue.Name = "t1", ticket.High, "Technik"
			m.Ticket.Requester = ticket.ContactRef{Name: "Ayşe Öztürk", Email: "ayse@kunde.example"}
			c.Link = func(t *ticket.Ticket) string { return fmt.Sprintf("https://desk.example/tickets/%d", t.Number) }
			m.By, m.Reason = "Anna <b>", "550 no such user"
		}
	}
	for name, change := range map[string]func(*mailout.Config, *adapters.Outbound){
		"reply": func(*mailout.Config, *adapters.Outbound) {},
		"quote": func(c *mailout.Config, m *adapters.Outbound) {
			c.Quote, c.FromAgent, c.Logo = true, true, png
			m.Previous = &ticket.Message{Text: "Es raucht.\n\n> noch einmal", Author: ticket.Author{Name: "Ayşe"}, CreatedAt: m.Message.CreatedAt.Add(-time.Hour)}
		},
		"files": func(c *mailout.Config, m *adapters.Outbound) {
			c.LogoURL = "https://desk.example/logo.png"
			img := attachment("Schaltplan.png", "image/png", png)
			img.Inline, img.ContentID = true, "plan@desk.example"
			m.Attachments = []adapters.Attachment{attachment("Übersicht – Räume.pdf", "application/pdf", []byte("%PDF-1.4")), img,
				attachment("notes.txt", "text/plain", []byte("one\ntwo"))}
		},
		"automatic": func(c *mailout.Config, m *adapters.Outbound) {
			c.Signature = ""
			m.Message.Author, m.Message.N, m.Cc, m.InReplyTo, m.References = ticket.Author{Type: ticket.ActorSystem}, 1, nil, "", nil
		},
		"receipt":  notice(ticket.NoticeReceipt),
		"assigned": notice(ticket.NoticeAssigned),
		"bounced":  notice(ticket.NoticeBounced),
		"closed": func(c *mailout.Config, m *adapters.Outbound) {
			notice(ticket.NoticeClosed)(c, m)
			m.Attachments = []adapters.Attachment{attachment("Ticket-1042.html", "text/html", []byte("<!DOCTYPE html>"))}
		},
		"sla": func(c *mailout.Config, m *adapters.Outbound) {
			notice(ticket.NoticeSLA)(c, m)
			m.Ticket.Number, m.Ticket.Subject, m.Message.Text = 0, "Ticket #1042 is due: first response", "First response: due on 22 Nov 2026, 10:30."
		},
	} {
		for _, lang := range []string{"de", "en"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				t.Parallel()
				c, m := config(), outbound()
				m.Locale = lang
				change(&c, &m)
				raw := written(t, c, m)
				parse(t, raw)
				require.Zero(t, bytes.Count(raw, []byte("\n"))-bytes.Count(raw, []byte("\r\n")), "bare line ends")
				for line := range strings.SplitSeq(string(raw), "\r\n") {
					require.LessOrEqual(t, len(line), 998)
				}
				for i, b := range boundaryPattern.FindAllSubmatch(raw, -1) { // they are random
					raw = bytes.ReplaceAll(raw, b[1], fmt.Appendf(nil, "boundary-%d", i+1))
				}
				golden := filepath.Join("testdata", name+"."+lang+".eml")
				if *update {
					require.NoError(t, os.WriteFile(golden, raw, 0o644))
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				require.Equal(t, string(want), string(raw))
			})
		}
	}
}

func TestMessageReadsBack(t *testing.T) {
	t.Parallel()
	m := outbound()
	img := attachment("Foto.png", "image/png", []byte("png"))
	img.Inline, img.ContentID = true, "foto-1"
	big := bytes.Repeat([]byte("0123456789abcdef\x00\xff\r\n."), 10_000)
	m.Attachments = []adapters.Attachment{attachment("Prüfung 日本語.bin", "application/x-thing", big), img, attachment("old.eml", "message/rfc822", []byte("Subject: x\n\ny"))}
	raw := written(t, config(), m)
	env := parse(t, raw)

	require.Equal(t, "Re: Drucker im 2. Stock [#1042]", env.GetHeader("Subject"))
	require.Equal(t, "<"+key+"@desk.example>", env.GetHeader("Message-Id"))
	require.Equal(t, "<b@kunde.example>", env.GetHeader("In-Reply-To"))
	require.Equal(t, "<a@kunde.example> <b@kunde.example>", env.GetHeader("References"))
	require.Equal(t, "desk-1", env.GetHeader("X-Ticketkit-Desk"))
	require.Equal(t, "de", env.GetHeader("Content-Language"))
	require.Empty(t, env.GetHeader("Auto-Submitted"))
	date, err := env.Date()
	require.NoError(t, err)
	require.True(t, m.Message.CreatedAt.Equal(date))
	for header, want := range map[string]mail.Address{
		"From": {Name: "Beispiel GmbH Hilfe", Address: "support@desk.example"}, "To": {Name: "Ayşe Öztürk", Address: "ayse@kunde.example"},
		"Cc": {Name: "Bob, Jr.", Address: "bob@kunde.example"}, "Reply-To": {Name: "Beispiel GmbH Hilfe", Address: "support+" + token + "@desk.example"},
	} {
		list, err := env.AddressList(header)
		require.NoError(t, err, header)
		require.Equal(t, []*mail.Address{&want}, list, header)
	}
	require.Equal(t, strings.ReplaceAll(m.Message.Text, "\n", "\r\n")+"\r\n\r\n-- \r\nBeispiel GmbH\r\nhttps://desk.example/hilfe\r\n"+
		"Ticket #1042. Bitte lassen Sie die Nummer beim Antworten im Betreff stehen.\r\n", env.Text)
	require.Contains(t, env.HTML, `bitte &lt;nicht&gt; einschalten &amp; warten.<br>`)
	require.Contains(t, env.HTML, `<a href="https://desk.example/a?b=1&amp;c=2">https://desk.example/a?b=1&amp;c=2</a>.<br>`)
	require.Contains(t, env.HTML, `<img src="cid:foto-1" alt="Foto.png"`)
	require.Contains(t, env.HTML, `<html lang="de">`)

	require.Len(t, env.Attachments, 2)
	require.Equal(t, "Prüfung 日本語.bin", env.Attachments[0].FileName)
	require.Equal(t, "application/x-thing", env.Attachments[0].ContentType)
	require.Equal(t, big, env.Attachments[0].Content)
	require.Equal(t, "application/octet-stream", env.Attachments[1].ContentType, "Base64 is not allowed for message/rfc822")
	require.Len(t, env.Inlines, 1)
	require.Equal(t, "foto-1", env.Inlines[0].ContentID)
	require.Contains(t, string(raw), "filename*=utf-8''Pr%C3%BCfung%20%E6%97%A5", "RFC 2231")
}

func TestSubject(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 250)
	for in, want := range map[string]string{
		"Printer":                     "Re: Printer [#1042]",
		"Re: AW: Re[2]: Printer":      "Re: Printer [#1042]",
		"[#1042] Printer [#1042] bad": "Re: Printer bad [#1042]",
		"WG: Printer":                 "Re: WG: Printer [#1042]",
		"Printer [#7]":                "Re: Printer [#7] [#1042]",
		"":                            "Re: [#1042]",
		"a\r\nBcc: x@evil.example":    "Re: a Bcc: x@evil.example [#1042]",
		"right\u202Etfel\u2028x":      "Re: righttfel x [#1042]",
		long:                          "Re: " + long + " [#1042]",
	} {
		m := outbound()
		m.Ticket.Subject = in
		require.Equal(t, want, parse(t, written(t, config(), m)).GetHeader("Subject"), in)
	}
	m := outbound()
	m.Message.N, m.Ticket.Number = 1, 0
	require.Equal(t, "Drucker im 2. Stock [#1042]", parse(t, written(t, config(), m)).GetHeader("Subject"), "the first message answers nothing")
}

// TestNoInjection puts line ends into everything that comes from outside: no header and no part may come of them.
func TestNoInjection(t *testing.T) {
	t.Parallel()
	const evil = "x\r\nBcc: evil@evil.example\r\n\r\n<script>"
	c, m := config(), outbound()
	c.From.Name, c.Name, c.DeskID, c.Signature = evil, evil, evil, evil
	m.Key, m.Ticket.Subject, m.Message.Text, m.InReplyTo, m.ReplyToken, m.Locale = evil, evil, evil, evil, evil, evil
	m.References = []string{evil, "a@b.example\r\nBcc: evil@evil.example", "good@kunde.example", "<a@b.example>", "a b@c.example"}
	m.To = append(m.To, person(evil, "carl@kunde.example"), person("", "dora@kunde.example>\r\nBcc: <evil@evil.example"), person("", evil))
	bad := attachment(evil+`";a="b.pdf`, "text/html\r\nBcc: evil@evil.example", []byte("x"))
	bad.ContentID, bad.Inline = evil, true
	odd := attachment("..", "image/png", []byte("y"))
	odd.ContentID, odd.Inline = `a" onerror="b`, true
	m.Attachments = []adapters.Attachment{bad, odd}
	raw := written(t, c, m)
	env := parse(t, raw)
	env.Root.DepthMatchAll(func(p *enmime.Part) bool {
		for name := range p.Header {
			require.Contains(t, []string{"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-Id", "References", "Mime-Version", "X-Ticketkit-Desk",
				"Content-Type", "Content-Language", "Content-Transfer-Encoding", "Content-Disposition"}, name)
		}
		return false
	})
	require.Equal(t, "<good@kunde.example>", env.GetHeader("References"))
	require.Empty(t, env.GetHeader("In-Reply-To"))
	require.Regexp(t, `^<[0-9a-f]{64}@desk\.example>$`, env.GetHeader("Message-Id"))
	require.NotContains(t, env.HTML, "<script")
	require.NotContains(t, env.HTML, "onerror")
	to, err := env.AddressList("To")
	require.NoError(t, err)
	require.Len(t, to, 2)
	reply, err := env.AddressList("Reply-To")
	require.NoError(t, err)
	require.Equal(t, "support@desk.example", reply[0].Address)
	require.Len(t, env.Attachments, 2)
	require.Equal(t, "x Bcc_ evil@evil.example _script__;a=_b.pdf", env.Attachments[0].FileName)
	require.Equal(t, "application/octet-stream", env.Attachments[0].ContentType)
	require.Equal(t, "file", env.Attachments[1].FileName)
	require.Empty(t, env.Inlines)
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	m := outbound()
	m.To = []adapters.Recipient{person("", "a@kunde.example"), person("", "A@Kunde.Example"), person("", "demo@x.invalid"),
		{Identity: ticket.Identity{Kind: "discord", Value: "81384788765712384"}}, person("", "jörg@bücher.example")}
	m.Cc = []adapters.Recipient{person("", "a@kunde.example"), person("", "support+"+token+"@desk.example"), person("", "Support@DESK.example"), person("", "no address")}
	env := parse(t, written(t, config(), m))
	to, err := env.AddressList("To")
	require.NoError(t, err)
	require.Equal(t, []*mail.Address{{Address: "a@kunde.example"}, {Address: "jörg@xn--bcher-kva.example"}}, to)
	require.Empty(t, env.GetHeader("Cc"))

	c := config()
	c.OutboxDir = filepath.Join(t.TempDir(), "outbox")
	for _, nobody := range []adapters.Recipient{person("", "demo@x.invalid"), person("", "demo@INVALID."), person("", "support@desk.example"),
		{Identity: ticket.Identity{Kind: "discord", Value: "81384788765712384"}}, {}} {
		m.To, m.Cc = []adapters.Recipient{nobody}, nil
		_, err := newSender(t, c).Send(t.Context(), m)
		require.True(t, adapters.IsPermanent(err), "%v: %v", nobody, err)
	}
	m = outbound()
	m.Ticket.Demo = true
	_, err = newSender(t, c).Send(t.Context(), m)
	require.True(t, adapters.IsPermanent(err))
	require.NoDirExists(t, c.OutboxDir)
}

func TestInbox(t *testing.T) {
	t.Parallel()
	for inbox, want := range map[string]string{
		"":                              "support+" + token + "@desk.example",
		"hilfe@post.example":            "hilfe+" + token + "@post.example",
		"abcdefghijklmnopqrstu@x.test":  "abcdefghijklmnopqrstu+" + token + "@x.test",
		"abcdefghijklmnopqrstuv@x.test": "abcdefghijklmnopqrstuv@x.test", // 65 bytes would be refused
	} {
		c := config()
		c.Inbox = inbox
		reply, err := parse(t, written(t, c, outbound())).AddressList("Reply-To")
		require.NoError(t, err)
		require.Equal(t, want, reply[0].Address)
	}
}

func TestDateWithoutTime(t *testing.T) {
	t.Parallel()
	c, m := config(), outbound()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Now, m.Message.CreatedAt = func() time.Time { return now }, time.Time{}
	date, err := parse(t, written(t, c, m)).Date()
	require.NoError(t, err)
	require.True(t, now.Equal(date))
}

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(os.DirFS("."))
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}
