package pages_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// evil is what a stranger might type into any field.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}javascript:alert(3)`

var pngFile = func() string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		panic(err)
	}
	return b.String()
}()

func regexpFind(t *testing.T, s, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindString(s)
	require.NotEmpty(t, found, pattern)
	return found
}

// TestHostileContent puts script into every field there is and looks at every page. What the pages show is checked by page.check.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	d := setup(t, func(c *pages.Config) { c.Name = evil })
	no := false
	r := d.mail(ticket.Incoming{From: ticket.Person{Name: evil, Identity: ticket.Identity{Kind: "email", Value: `"<script>"@customer.example`}},
		Subject: evil, Text: evil + " http://a.example/\"onmouseover=alert(1) https://<b>x", Quoted: evil, HTML: "<p>" + evil + "</p>", Verified: &no,
		Cc:      []ticket.Person{{Name: evil, Identity: ticket.Identity{Kind: "email", Value: "cc@customer.example"}}},
		Uploads: []ticket.Upload{{Name: evil + ".png", ContentType: "image/png", Body: strings.NewReader(evil)}, {Name: "x.html", ContentType: "text/html", Body: strings.NewReader(evil)}}})
	tk := d.get(r.TicketID)
	q, err := d.svc.CreateQueue(t.Context(), system, `<script>alert("queue")</script>`)
	require.NoError(t, err)
	fields := map[string]any{`<b>"name"`: evil}
	subject := evil + " 2"
	_, err = d.svc.Edit(t.Context(), system, tk.ID, 0, ticket.Edit{Queue: &q.ID, Fields: fields, Subject: &subject, Tags: &[]string{"<script>alert(1)</script>"}})
	require.NoError(t, err)
	_, err = d.svc.Escalate(t.Context(), d.actor("anna"), tk.ID, 0, evil)
	require.NoError(t, err)
	m, err := d.svc.Reply(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: evil})
	require.NoError(t, err)
	require.NoError(t, d.svc.DeliveryFailed(t.Context(), system, m.ID, evil))
	_, err = d.svc.Note(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: evil})
	require.NoError(t, err)
	require.NoError(t, d.store.ParkItem(t.Context(), &adapters.Parked{Channel: "imap", Key: "1", Reason: evil, Sender: evil, Subject: evil, Raw: []byte(evil)}))
	d.user(`<img src=x>`, evil, rbac.RoleAdmin)
	admin := d.as(`<img src=x>`)
	_, _, err = d.acc.CreateToken(t.Context(), d.actor(`<img src=x>`), rbac.NewToken{Name: evil, Scopes: []ticket.Op{ticket.OpTicketRead}})
	require.NoError(t, err)
	for _, lang := range []string{"en", "de"} {
		admin.head.Set("Accept-Language", lang)
		admin.head.Set("User-Agent", evil)
		for _, path := range []string{"/", "/?view=all&q=" + "%22%3E%3Cscript%3E", "/?status=%3Cscript%3E", "/?sort=%3Cscript%3E&cursor=%22%3E", number(tk), number(tk) + "/delete",
			"/tickets/new?subject=%22%3E%3Cscript%3Ealert(1)&email=%22onfocus=alert(1)&name=%3C", "/audit", "/audit?type=%22%3E%3Cscript%3E", "/audit?ticket=%22%3E",
			"/users", "/users?after=%3Cscript%3E", "/users/" + string(d.users[`<img src=x>`].ID), "/parked", "/profile", "/?done=%3Cscript%3E", "/users/%3Cscript%3E", "/%3Cscript%3Ealert(1)%3C/script%3E",
			"/password?next=javascript:alert(1)", "/tickets/%22%3E", "/audit?from=%22%3E&to=x&actor=%22%3E"} {
			p := admin.get(path)
			require.Less(t, p.code, 500, path)
			require.NotContains(t, p.body, "<script", path)
			require.NotContains(t, p.body, "<img src=x", path)
		}
	}
	p := admin.ok(number(tk))
	require.Contains(t, p.text(), `<script>alert(1)</script>`, "shown as what it is: text")
	require.Contains(t, p.links("http://a.example"), "http://a.example/", "a quote ends an address")
	p = admin.post("/login", form("username", evil, "password", evil))
	require.Equal(t, evil, p.value("username"))
}

func TestMailHTML(t *testing.T) {
	t.Parallel()
	d := setup(t)
	r := d.mail(ticket.Incoming{Subject: "Pictures", Text: "see", HTML: `<p onclick="x()" style="color:red">Hello <b>you</b></p><script>alert(1)</script>` +
		`<img src="cid:one"><img src="cid:two"><img src="https://tracker.example/p.gif"><a href="javascript:alert(1)">no</a><a href="https://ok.example">yes</a>` +
		`<iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name="p"></form><link rel="stylesheet" href="https://evil.example"><meta http-equiv="refresh" content="0;url=https://evil.example">`,
		Uploads: []ticket.Upload{{Name: "one.png", ContentType: "image/png", ContentID: "one", Body: strings.NewReader(pngFile)},
			{Name: "two.png", ContentType: "image/png", ContentID: "two", Body: strings.NewReader("<svg onload=alert(1)>")}}})
	b := d.as("vera")
	page := b.ok(number(d.get(r.TicketID)))
	links := page.links("/html")
	require.Len(t, links, 2, "the frame, and a link with images")
	for i, link := range []string{links[0], links[0] + "?images=1"} {
		p := b.get(link)
		require.Equal(t, http.StatusOK, p.code)
		csp := p.head.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "sandbox allow-popups", "frame-ancestors 'self'", "form-action 'none'", "base-uri 'none'"} {
			require.Contains(t, csp, part)
		}
		require.NotContains(t, csp, "script")
		require.NotContains(t, csp, "unsafe")
		require.NotContains(t, csp, "same-origin")
		require.Equal(t, "no-referrer", p.head.Get("Referrer-Policy"))
		require.Equal(t, i == 1, strings.Contains(p.body, ` src="https://tracker.example/p.gif"`), "from the web only when asked")
		require.Equal(t, i == 1, strings.Contains(csp, "https:"))
		require.Contains(t, p.body, `src="data:image/png;base64,`)
		require.Contains(t, p.body, `src="cid:two"`, "what is no picture is not put in")
		doc, err := html.Parse(strings.NewReader(p.body))
		require.NoError(t, err)
		for n := range doc.Descendants() {
			require.NotContains(t, []string{"script", "iframe", "form", "input", "link", "svg"}, n.Data)
			if n.Data == "style" {
				sum := sha256.Sum256([]byte(n.FirstChild.Data))
				require.Contains(t, csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "the one style sheet that is ours")
			}
			for _, a := range n.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style", a.Key)
				require.NotContains(t, a.Val, "javascript:")
			}
		}
	}
	m := d.messages(r.TicketID)[0]
	require.Equal(t, http.StatusNotFound, d.as("bert").get("/messages/"+string(m.ID)+"/html").code)
	require.Equal(t, http.StatusNotFound, b.get("/messages/abc/html").code)
	require.Equal(t, http.StatusNotFound, b.get("/messages/"+string(d.messages(d.open().ID)[0].ID)+"/html").code)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk, other := d.open(), d.open()
	b := d.as("anna")
	p := b.upload(number(tk)+"/note", form("version", b.ok(number(tk)).version(), "body", "files"),
		file{"photo.png", "image/png", pngFile}, file{"page.html", "image/png", "<html><script>alert(1)</script>"},
		file{"draw.svg", "image/png", "<svg onload=alert(1)>"}, file{"data.csv", "text/csv", "a;b"}, file{"fake.png", "image/png", "no picture at all"})
	p = b.goes(p, number(tk))
	links, thumbs := p.links("/attachments/"), p.links("/thumbnails/")
	require.Len(t, links, 5)
	require.Len(t, thumbs, 1, "only what is a picture by its bytes")
	for i, want := range []string{"image/png", "application/octet-stream", "application/octet-stream", "text/csv", "text/plain"} {
		f := b.get(links[i])
		require.Equal(t, http.StatusOK, f.code)
		require.Equal(t, want, f.head.Get("Content-Type"))
		require.True(t, strings.HasPrefix(f.head.Get("Content-Disposition"), "attachment"))
		require.Contains(t, f.head.Get("Content-Security-Policy"), "sandbox")
		require.Equal(t, "nosniff", f.head.Get("X-Content-Type-Options"))
		require.Equal(t, f.head.Get("Content-Length"), b.do("HEAD", links[i], nil, "").head.Get("Content-Length"))
	}
	thumb := b.get(thumbs[0])
	require.Equal(t, "image/png", thumb.head.Get("Content-Type"))
	require.Equal(t, pngFile, thumb.body)
	require.Equal(t, http.StatusNotFound, b.get(strings.Replace(links[1], "/attachments/", "/thumbnails/", 1)).code, "HTML is never inline")
	require.Equal(t, http.StatusNotFound, b.get(strings.Replace(links[2], "/attachments/", "/thumbnails/", 1)).code, "SVG is never inline")
	require.Equal(t, http.StatusNotFound, b.get(strings.Replace(links[0], number(tk), number(other), 1)).code, "an id works only through its own ticket")
	require.Equal(t, http.StatusNotFound, d.as("bert").get(links[0]).code)
	require.Equal(t, http.StatusNotFound, b.get(number(tk)+"/attachments/1").code)

	p = b.upload(number(tk)+"/note", form("version", b.ok(number(tk)).version(), "body", "too much"), file{"big.bin", "application/octet-stream", strings.Repeat("x", 1<<20+1)})
	require.Equal(t, http.StatusRequestEntityTooLarge, p.code)
	require.Equal(t, "too much", p.value("note-body"), "the text is still there")
	p.has("a file is too large")
	p = b.upload(number(tk)+"/note", form("version", "1", "body", "x"), file{"huge.bin", "application/octet-stream", strings.Repeat("x", 3<<20)})
	require.Equal(t, http.StatusRequestEntityTooLarge, p.code)
}

func TestPictureBomb(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, image.NewGray(image.Rect(0, 0, 9000, 9000))))
	p := b.goes(b.upload(number(tk)+"/note", form("version", "1", "body", "x"), file{"bomb.png", "image/png", buf.String()}), number(tk))
	require.Equal(t, http.StatusNotFound, b.get(p.links("/thumbnails/")[0]).code)
}
