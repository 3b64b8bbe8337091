package mailout_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/ticket"
)

func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

func TestOwnTemplates(t *testing.T) {
	t.Parallel()
	c, m := config(), outbound()
	c.Templates = files("receipt.txt", `{{define "subject"}}Got it: {{.Number}}{{end}}Thanks, #{{.Number}}, {{t "mailout.receipt.next"}}`,
		"receipt.de.txt", "Danke, <{{.Number}}>", "receipt.html", `<p class="own">{{.Desk.Name}} & {{.Subject}}</p>`, "notes.md", "not a template")
	m.Notice = ticket.NoticeReceipt
	german := parse(t, written(t, c, m))
	require.True(t, strings.HasPrefix(german.Text, "Danke, <1042>\r\n"), german.Text)
	require.Equal(t, "Drucker im 2. Stock [#1042]", german.GetHeader("Subject"), "this template says nothing about it")
	m.Locale = "en"
	english := parse(t, written(t, c, m))
	require.True(t, strings.HasPrefix(english.Text, "Thanks, #1042, If you want to add something"), english.Text)
	require.Equal(t, "Got it: 1042", english.GetHeader("Subject"))
	require.Contains(t, english.HTML, `<p class="own">Beispiel GmbH Hilfe & Got it: 1042</p>`)
	require.Contains(t, english.HTML, `<html lang="en">`, "the frame is still ours")

	c.Templates = files("layout.html", `<html><body>{{template "content" .}}</body></html>`, "layout.txt", `[{{template "content" .}}]`)
	bare := parse(t, written(t, c, m))
	require.True(t, strings.HasPrefix(bare.HTML, "<html><body>"), bare.HTML)
	require.NotContains(t, bare.HTML, "<table")
	require.True(t, strings.HasPrefix(bare.Text, "[Hello,"), bare.Text)
}

// TestBrokenTemplates: what is wrong shows when the program starts, with file and line.
func TestBrokenTemplates(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]fstest.MapFS{
		"receipt.html:2":  files("receipt.html", "<p>\n{{.Number</p>"),
		"reply.txt:3:":    files("reply.txt", "a\nb\n{{.Nummer}}"),
		"reply.de.html:2": files("reply.de.html", "a\n{{.Nummer}}"),
		"closed.txt:1":    files("closed.txt", `{{t "mailout.nothing"}}`),
		"layout.html:1":   files("layout.html", `{{range}}`),
		"no such mail":    files("reciept.txt", "x"),
		"quittung.html":   files("quittung.html", "x"),
		"receipt.fr.txt":  files("receipt.fr.txt", "x"),
		"in pairs":        files("closed.txt", `{{t "mailout.open" "number"}}`),
		"attribute name":  files("sla.html", `<a href="`),
	} {
		c := config()
		c.OutboxDir, c.Templates = "outbox", f
		_, err := mailout.New(c)
		require.ErrorContains(t, err, "mailout: ", want)
		require.ErrorContains(t, err, want)
	}
}

func TestLogo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mailout.Config){
		"http": func(c *mailout.Config) { c.LogoURL = "http://desk.example/logo.png" },
		"path": func(c *mailout.Config) { c.LogoURL = "/static/logo.png" },
		"both": func(c *mailout.Config) {
			c.LogoURL, c.Logo = "https://desk.example/logo.png", []byte("\x89PNG\r\n\x1a\n")
		},
		"svg":   func(c *mailout.Config) { c.Logo = []byte("<svg/>") },
		"large": func(c *mailout.Config) { c.Logo = []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 1<<20)) },
	} {
		c := config()
		c.OutboxDir = "outbox"
		change(&c)
		_, err := mailout.New(c)
		require.ErrorContains(t, err, "Logo", name)
	}
	c := config()
	c.Logo = []byte("\x89PNG\r\n\x1a\n")
	env := parse(t, written(t, c, outbound()))
	require.Contains(t, env.HTML, `<img src="cid:logo@ticketkit" alt="Beispiel GmbH Hilfe"`)
	require.Len(t, env.Inlines, 1)
	require.Equal(t, "logo@ticketkit", env.Inlines[0].ContentID)
	require.Equal(t, c.Logo, env.Inlines[0].Content)
	m, own := outbound(), &ticket.Image{ContentType: "image/gif", Data: []byte("GIF89a own")}
	m.Letterhead = ticket.Letterhead{Name: "Zweirad Süd", Primary: "#7a1f5c", Logo: own}
	for _, change := range []func(){func() {}, func() { c.Logo, c.LogoURL = nil, "https://desk.example/logo.png" }, func() { c.LogoURL = "" }} {
		change()
		env = parse(t, written(t, c, m))
		require.Contains(t, env.HTML, `<img src="cid:logo@ticketkit" alt="Zweirad Süd"`, "what admins have set comes before the configuration")
		require.Contains(t, env.HTML, "#7a1f5c")
		require.Len(t, env.Inlines, 1)
		require.Equal(t, own.Data, env.Inlines[0].Content)
		require.Equal(t, own.ContentType, env.Inlines[0].ContentType)
	}
	m.Letterhead = ticket.Letterhead{Primary: "red;}"}
	require.NotContains(t, parse(t, written(t, c, m)).HTML, "red;}")
	c.Logo, c.LogoURL = nil, "https://desk.example/logo.png"
	require.Contains(t, parse(t, written(t, c, outbound())).HTML, `<img src="https://desk.example/logo.png"`)
}

func TestSignatureOfTheQueue(t *testing.T) {
	t.Parallel()
	m := outbound()
	own, none := "Technik <intern>\nTel. 1", ""
	m.Signature = &own
	env := parse(t, written(t, config(), m))
	require.Contains(t, env.Text, "-- \r\nTechnik <intern>\r\nTel. 1\r\nTicket #1042")
	require.Contains(t, env.HTML, "Technik &lt;intern&gt;<br>")
	require.NotContains(t, env.Text, "hilfe")
	m.Signature = &none
	require.Contains(t, parse(t, written(t, config(), m)).Text, "-- \r\nTicket #1042")
}

// TestHeadersByKind: only what a program wrote says so, and colleagues are not asked to answer.
func TestHeadersByKind(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ticket.NoticeKind]string{"": "", ticket.NoticeReceipt: "auto-replied", ticket.NoticeClosed: "auto-generated",
		ticket.NoticeAssigned: "auto-generated", ticket.NoticeSLA: "auto-generated"} {
		m := outbound()
		m.Notice = kind
		env := parse(t, written(t, config(), m))
		require.Equal(t, want, env.GetHeader("Auto-Submitted"), kind)
		require.Equal(t, want != "", env.GetHeader("X-Auto-Response-Suppress") == "All", kind)
		require.Equal(t, want != "", env.GetHeader("Precedence") == "bulk", kind)
		require.Equal(t, kind != ticket.NoticeAssigned && kind != ticket.NoticeSLA, env.GetHeader("Reply-To") != "", kind)
		require.Equal(t, "desk-1", env.GetHeader("X-Ticketkit-Desk"))
	}
}
