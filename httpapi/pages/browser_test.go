package pages_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// browser keeps cookies as a browser does. It does not follow redirects by itself.
type browser struct {
	*desk
	cookies map[string]string
	set     map[string]*http.Cookie // as they were set last
	head    http.Header             // of every request
	host    string
	tls     bool
}

func (d *desk) browser() *browser {
	return &browser{desk: d, cookies: map[string]string{}, set: map[string]*http.Cookie{}, head: http.Header{"Accept-Language": {"en"}}, host: "desk.example"}
}

// as gives a browser that is signed in.
func (d *desk) as(username string) *browser {
	d.Helper()
	b := d.browser()
	out, err := d.acc.Login(d.Context(), username, password, rbac.LoginMeta{Address: "192.0.2.1", Panel: true})
	require.NoError(d, err)
	b.cookies["ticketkit_session"] = out.Token
	return b
}

// german switches the language.
func (b *browser) german() *browser {
	b.head.Set("Accept-Language", "de")
	return b
}

// page is an answer.
type page struct {
	*testing.T
	code int
	head http.Header
	body string
	doc  *html.Node
}

func (b *browser) do(method, path string, body io.Reader, contentType string) *page {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), method, "http://"+b.host+"/desk"+path, body)
	r.RemoteAddr = "192.0.2.1:4711"
	if b.tls {
		r.Header.Set("X-Forwarded-Proto", "https")
	}
	for k, v := range b.head {
		r.Header[k] = v
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
		if r.Header.Get("Sec-Fetch-Site") == "" {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.set[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	p := &page{T: b.T, code: res.StatusCode, head: res.Header, body: w.Body.String()}
	if method != http.MethodHead && strings.HasPrefix(p.head.Get("Content-Type"), "text/html") && !strings.Contains(p.head.Get("Content-Security-Policy"), "sandbox") &&
		!strings.HasPrefix(path, "/transcripts/") {
		p.check()
	}
	return p
}

func (b *browser) get(path string) *page {
	b.Helper()
	return b.do("GET", path, nil, "")
}

// ok gets a page that must be there.
func (b *browser) ok(path string) *page {
	b.Helper()
	p := b.get(path)
	require.Equal(b, http.StatusOK, p.code, "%s: %s", path, p.text())
	return p
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func (b *browser) post(path string, v url.Values) *page {
	b.Helper()
	return b.do("POST", path, strings.NewReader(v.Encode()), "application/x-www-form-urlencoded")
}

// file is an upload.
type file struct{ name, media, body string }

func (b *browser) upload(path string, v url.Values, files ...file) *page {
	b.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for k, list := range v {
		for _, s := range list {
			require.NoError(b, w.WriteField(k, s))
		}
	}
	for _, f := range files {
		part, err := w.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="files"; filename="` + f.name + `"`}, "Content-Type": {f.media}})
		require.NoError(b, err)
		_, err = io.WriteString(part, f.body)
		require.NoError(b, err)
	}
	require.NoError(b, w.Close())
	return b.do("POST", path, &buf, w.FormDataContentType())
}

// goes asserts a redirect after a post and gives the page that it leads to.
func (b *browser) goes(p *page, to string) *page {
	b.Helper()
	require.Equal(b, http.StatusSeeOther, p.code, "%s", p.text())
	at := p.head.Get("Location")
	require.True(b, strings.HasPrefix(at, "/desk"+to), "redirects to %s, not %s", at, to)
	at, _, _ = strings.Cut(at, "#") // a browser does not send it
	return b.ok(strings.TrimPrefix(at, "/desk"))
}

// version is the version that a form of the page carries.
func (p *page) version() string {
	p.Helper()
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "input" && attr(n, "name") == "version" {
			return attr(n, "value")
		}
	}
	require.Fail(p, "the page has no version")
	return ""
}

// text is what a reader sees, blanks joined.
func (p *page) text() string {
	if p.doc == nil {
		return p.body
	}
	var b strings.Builder
	for n := range p.doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (p *page) has(texts ...string) *page {
	p.Helper()
	for _, s := range texts {
		require.Contains(p, p.text(), s)
	}
	return p
}

func (p *page) lacks(texts ...string) *page {
	p.Helper()
	for _, s := range texts {
		require.NotContains(p, p.text(), s)
	}
	return p
}

// value is what a field shows: of an input, a textarea or a select.
func (p *page) value(id string) string {
	p.Helper()
	n := p.byID(id)
	require.NotNil(p, n, "there is no #%s", id)
	switch n.Data {
	case "textarea":
		if n.FirstChild == nil {
			return ""
		}
		return n.FirstChild.Data
	case "select":
		for o := range n.Descendants() {
			if o.Type == html.ElementNode && o.Data == "option" && hasAttr(o, "selected") {
				return attr(o, "value")
			}
		}
		return ""
	}
	return attr(n, "value")
}

func (p *page) byID(id string) *html.Node {
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// forms lists where the forms of the page post to.
func (p *page) forms() (out []string) {
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && attr(n, "method") == "post" {
			out = append(out, attr(n, "action"))
		}
	}
	return out
}

// links lists the addresses of the page that contain a part, without those that only switch the language.
func (p *page) links(part string) (out []string) {
	for n := range p.doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, name := range []string{"href", "src"} {
			if v := attr(n, name); strings.Contains(v, part) && !hasAttr(n, "hreflang") {
				out = append(out, strings.TrimPrefix(v, "/desk"))
			}
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func number(t *ticket.Ticket) string { return "/tickets/" + strconv.FormatInt(t.Number, 10) }
