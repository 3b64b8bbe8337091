package ticketkit_test

import (
	"context"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/ticket"
)

// visitor is a browser without scripts at https://desk.example.
type visitor struct {
	*testing.T
	h  http.Handler
	at *url.URL
}

func newVisitor(t *testing.T, h http.Handler) *visitor {
	return &visitor{t, h, &url.URL{Scheme: "https", Host: "desk.example", Path: "/"}}
}

func (v *visitor) send(method, ref, typ, body string, headers ...string) *httptest.ResponseRecorder {
	v.Helper()
	to, err := v.at.Parse(ref)
	require.NoError(v, err)
	r := httptest.NewRequestWithContext(v.Context(), method, to.RequestURI(), strings.NewReader(body))
	r.Host = to.Host
	if typ != "" {
		r.Header.Set("Content-Type", typ)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	v.at = to
	return w
}

var attribute = map[string]*regexp.Regexp{
	"style":  regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`),
	"action": regexp.MustCompile(`<form method="post" action="([^"]+)"`),
	"lang":   regexp.MustCompile(`<nav><a href="([^"]+)"`),
}

func (v *visitor) find(w *httptest.ResponseRecorder, what string) string {
	v.Helper()
	m := attribute[what].FindStringSubmatch(w.Body.String())
	require.NotNil(v, m, "%s at %s in %d %s", what, v.at, w.Code, w.Body)
	return html.UnescapeString(m[1])
}

// complete requires that a page at the current place has its style sheet, its other language and something to post to.
func (v *visitor) complete(w *httptest.ResponseRecorder) {
	v.Helper()
	place := v.at
	css := v.send("GET", v.find(w, "style"), "", "")
	require.Equal(v, http.StatusOK, css.Code, v.at)
	require.Equal(v, "text/css; charset=utf-8", css.Header().Get("Content-Type"))
	v.at = place
	other := v.send("GET", v.find(w, "lang"), "", "")
	require.Equal(v, http.StatusOK, other.Code, v.at)
	require.NotEqual(v, w.Header().Get("Content-Language"), other.Header().Get("Content-Language"))
	v.at = place
	csp := w.Header().Get("Content-Security-Policy")
	require.Contains(v, csp, "style-src 'self'")
	require.Contains(v, csp, "form-action 'self'")
}

func filled(t *testing.T, email, message string) (typ, body string) {
	var b strings.Builder
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"key", "page-1"}, {"name", "Erika"}, {"email", email}, {"subject", "Drucker"}, {"message", message}, {"lang", "en"}} {
		require.NoError(t, w.WriteField(f[0], f[1]))
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.String()
}

func newContact(t *testing.T, form webform.Config, change ...func(*ticketkit.Config)) *ticketkit.Desk {
	t.Helper()
	f, err := webform.New(form)
	require.NoError(t, err)
	return newDesk(t, append([]func(*ticketkit.Config){func(c *ticketkit.Config) {
		c.Adapters, c.AllowedHosts = []adapters.Adapter{f}, []string{"desk.example"}
	}}, change...)...)
}

func opened(t *testing.T, d *ticketkit.Desk) []ticket.Ticket {
	t.Helper()
	ts, _, err := d.Tickets().List(t.Context(), ticket.SystemActor("test"), ticket.Query{Limit: 10})
	require.NoError(t, err)
	return ts
}

func TestContactFormFromPageToTicket(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, at string
		mount    func(http.Handler) http.Handler
	}{
		"at the root":      {"", "/contact", func(h http.Handler) http.Handler { return h }},
		"with a slash":     {"", "/contact/", func(h http.Handler) http.Handler { return h }},
		"below a prefix":   {"/my/desk", "/my/desk/contact", func(h http.Handler) http.Handler { return h }},
		"prefix taken off": {"/my/desk", "/my/desk/contact", func(h http.Handler) http.Handler { return http.StripPrefix("/my/desk", h) }},
		"below chi": {"/my/desk", "/my/desk/contact/", func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Mount("/my/desk", h)
			return r
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := newContact(t, webform.Config{}, func(cfg *ticketkit.Config) { cfg.BasePath = c.base })
			v := newVisitor(t, c.mount(desk.Handler()))
			german := v.send("GET", c.at, "", "", "Accept-Language", "de")
			require.Contains(t, german.Body.String(), "Absenden")
			head := v.send("HEAD", c.at, "", "")
			require.Equal(t, http.StatusOK, head.Code)
			page := v.send("GET", c.at, "", "", "Accept-Language", "en")
			require.Contains(t, page.Body.String(), ">Send<")
			v.complete(page)

			// A mistake, shown where the form was posted to; then the same page once more, and the ticket.
			typ, body := filled(t, "erika(at)kunde", "Er brennt.")
			again := v.send("POST", v.find(page, "action"), typ, body)
			require.Equal(t, http.StatusBadRequest, again.Code)
			require.Contains(t, again.Body.String(), "Er brennt.")
			v.complete(again)
			typ, body = filled(t, "erika@kunde.example", "Er brennt.")
			sent := v.send("POST", v.find(again, "action"), typ, body)
			require.Equal(t, http.StatusSeeOther, sent.Code, sent.Body)
			thanks := v.send("GET", sent.Header().Get("Location"), "", "")
			require.Contains(t, thanks.Body.String(), "Thank you")
			v.complete(thanks)
			require.Len(t, opened(t, desk), 1)

			// Posting to the page's own address is the same.
			v.at.RawQuery = ""
			again = v.send("POST", c.at, typ, strings.Replace(body, "erika@", "erika", 1))
			require.Equal(t, http.StatusBadRequest, again.Code)
			v.complete(again)
			typ, body = filled(t, "erika@kunde.example", "Noch immer.")
			require.Equal(t, http.StatusSeeOther, v.send("POST", v.find(again, "action"), typ, body).Code)
			v.at = &url.URL{Scheme: "https", Host: "desk.example", Path: "/"}
			typ, body = filled(t, "erika@kunde.example", "Immer noch.")
			sent = v.send("POST", c.at, typ, body)
			require.Equal(t, http.StatusSeeOther, sent.Code)
			require.Contains(t, v.send("GET", sent.Header().Get("Location"), "", "").Body.String(), "Thank you")
			require.Len(t, opened(t, desk), 3)
		})
	}
}

func TestContactFormIsProtectedLikeTheAPI(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	form := webform.Config{Captcha: func(context.Context, *http.Request) error { panic("captcha") }}
	fresh := func(change ...func(*ticketkit.Config)) (*ticketkit.Desk, *visitor) {
		d := newContact(t, form, change...)
		return d, newVisitor(t, d.Handler())
	}
	const urlencoded = "application/x-www-form-urlencoded"

	t.Run("hosts", func(t *testing.T) {
		t.Parallel()
		_, v := fresh()
		for _, at := range []string{"/contact", "/contact/", "/contact/style.css", "/contact/health", "/contact/x"} {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
				w := v.send(method, "https://evil.example"+at, urlencoded, "email=a@b.example")
				require.Equal(t, http.StatusMisdirectedRequest, w.Code, method+" "+at)
				require.NotContains(t, w.Body.String(), `name="message"`)
			}
			r := httptest.NewRequestWithContext(t.Context(), "GET", at, nil)
			r.Host, r.RemoteAddr = "evil.example", "127.0.0.1:5000"
			w := httptest.NewRecorder()
			v.h.ServeHTTP(w, r)
			require.Equal(t, http.StatusMisdirectedRequest, w.Code, at)
		}
	})
	t.Run("methods", func(t *testing.T) {
		t.Parallel()
		_, v := fresh()
		w := v.send("PUT", "/contact", urlencoded, "x=y")
		require.Equal(t, http.StatusMethodNotAllowed, w.Code)
		require.Equal(t, "GET, HEAD, POST", w.Header().Get("Allow"))
	})
	t.Run("rate", func(t *testing.T) {
		t.Parallel()
		_, v := fresh(func(c *ticketkit.Config) {
			c.RateLimit, c.Now = httpapi.RateLimit{PerSecond: 1, Burst: 3}, func() time.Time { return now }
		})
		for range 3 {
			require.Equal(t, http.StatusOK, v.send("GET", "/contact", "", "").Code)
		}
		require.Equal(t, http.StatusTooManyRequests, v.send("GET", "/contact", "", "").Code)
		require.Equal(t, http.StatusTooManyRequests, v.send("POST", "/api/intake/webform", urlencoded, "x=y").Code, "the same bucket")
	})
	t.Run("panics", func(t *testing.T) {
		t.Parallel()
		desk, v := fresh()
		typ, body := filled(t, "erika@kunde.example", "Er brennt.")
		w := v.send("POST", "/contact", typ, body)
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		require.NotEmpty(t, w.Header().Get("X-Request-Id"))
		require.Empty(t, opened(t, desk))
	})
	t.Run("sizes", func(t *testing.T) {
		t.Parallel()
		_, v := fresh()
		require.Equal(t, http.StatusRequestEntityTooLarge, v.send("POST", "/contact", urlencoded, "x="+strings.Repeat("x", 300<<10)).Code)
		require.Equal(t, http.StatusRequestEntityTooLarge, v.send("POST", "/contact", "application/json", `{"x":"`+strings.Repeat("x", 2<<20)+`"}`).Code)
	})
}

func TestContactFormTakesAsManyFilesAsItSays(t *testing.T) {
	t.Parallel()
	desk := newContact(t, webform.Config{})
	var b strings.Builder
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"email", "erika@kunde.example"}, {"subject", "Drucker"}, {"message", "Er brennt."}} {
		require.NoError(t, w.WriteField(f[0], f[1]))
	}
	p, err := w.CreateFormFile("files", "log.bin")
	require.NoError(t, err)
	_, err = p.Write(make([]byte, 10<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	sent := newVisitor(t, desk.Handler()).send("POST", "/contact", w.FormDataContentType(), b.String())
	require.Equal(t, http.StatusSeeOther, sent.Code)
	require.Len(t, opened(t, desk), 1)
}
