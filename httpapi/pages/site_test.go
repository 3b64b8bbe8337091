package pages_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

func TestNewChecksItsConfiguration(t *testing.T) {
	t.Parallel()
	d := setup(t)
	good := pages.Config{Service: d.svc, Accounts: d.acc}
	_, err := pages.New(good)
	require.NoError(t, err)
	for field, change := range map[string]func(*pages.Config){
		"service":       func(c *pages.Config) { c.Service = nil },
		"accounts":      func(c *pages.Config) { c.Accounts = nil },
		"locale":        func(c *pages.Config) { c.Locale = "fr" },
		"colour":        func(c *pages.Config) { c.Colour = "red;}" },
		"base_path":     func(c *pages.Config) { c.BasePath = "desk" },
		"allowed_hosts": func(c *pages.Config) { c.AllowedHosts = []string{"a/b"} },
	} {
		c := good
		change(&c)
		_, err := pages.New(c)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: field})
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	d := setup(t, func(c *pages.Config) { c.AllowedHosts = []string{"desk.example", "*.help.example"} })
	b := d.browser()
	for host, want := range map[string]int{"desk.example": 200, "DESK.example:8080": 200, "a.help.example": 200, "help.example": 421, "evil.example": 421, "desk.example.evil.example": 421} {
		b.host = host
		require.Equal(t, want, b.get("/login").code, host)
	}
}

func TestForeignPost(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	b.head.Set("Sec-Fetch-Site", "cross-site")
	b.head.Set("Origin", "https://evil.example")
	for _, path := range []string{number(tk) + "/claim", "/login", "/logout", "/theme", "/profile/tokens"} {
		p := b.post(path, form("version", "1"))
		require.Equal(t, http.StatusForbidden, p.code, path)
		p.has("Sent from another site")
	}
	b.head.Set("Sec-Fetch-Site", "same-site")
	require.Equal(t, http.StatusForbidden, b.post(number(tk)+"/claim", form("version", "1")).code, "a sister domain is another site, too")
	require.Nil(t, d.get(tk.ID).Assignee)
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna")
	p := b.get("/nothing/here")
	require.Equal(t, http.StatusNotFound, p.code)
	p.has("Not found", p.head.Get("X-Request-Id"), "Anna Berger", "To the tickets")
	p = d.browser().get("/nothing")
	require.Equal(t, http.StatusNotFound, p.code)
	p.has("Not found").lacks("All tickets")
	p = b.get(number(d.open()) + "/claim")
	require.Equal(t, http.StatusMethodNotAllowed, p.code)
	require.Equal(t, http.StatusMethodNotAllowed, b.post("/audit", nil).code)
	p = b.post(number(d.get1())+"/explode", form("version", "1"))
	require.Equal(t, http.StatusNotFound, p.code)
	p = b.post("/login", form("username", strings.Repeat("x", 70<<10)))
	require.Equal(t, http.StatusRequestEntityTooLarge, p.code)
	p.has("The form with its files is too large.")
	require.Empty(t, b.do("HEAD", "/", nil, "").body)
}

// brokenReports fails, or panics.
type brokenReports struct {
	report.Store
	err error
}

func (r brokenReports) KPI(context.Context, ticket.Scope, report.Query) (report.KPI, error) {
	if r.err == nil {
		panic("boom")
	}
	return report.KPI{}, r.err
}

func TestInternalErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reports brokenReports
		code    int
		want    string
	}{
		{brokenReports{}, 500, "Something went wrong"},
		{brokenReports{err: ticket.Errorf(ticket.Internal, "secret table is gone")}, 500, "Something went wrong"},
		{brokenReports{err: context.DeadlineExceeded}, 500, "Something went wrong"},
		{brokenReports{err: &ticket.Error{Kind: ticket.Unavailable, Msg: "the database is locked", Err: context.Canceled}}, 503, "Not available right now"},
	} {
		d := setup(t, func(cfg *pages.Config) { cfg.Reports = c.reports })
		p := d.as("anna").get("/?view=all")
		require.Equal(t, c.code, p.code)
		p.has(c.want, p.head.Get("X-Request-Id"), "Try again").lacks("secret", "boom", "deadline")
		require.Equal(t, []string{"/?view=all"}, p.links("/?view=all")[len(p.links("/?view=all"))-1:])
		require.Contains(t, d.log.String(), p.head.Get("X-Request-Id"), "the log has it")
		d.log.Reset()
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	d := setup(t, func(c *pages.Config) { c.Colour = "#ffcc00" })
	b := d.browser()
	links := b.ok("/login").links("/assets/")
	require.Len(t, links, 4, "style, colours, icon in the head and in the page")
	for _, l := range links {
		p := b.get(l)
		require.Equal(t, http.StatusOK, p.code)
		require.Equal(t, "public, max-age=31536000, immutable", p.head.Get("Cache-Control"))
		require.Equal(t, "nosniff", p.head.Get("X-Content-Type-Options"))
	}
	css := b.get(links[2]).body
	require.Contains(t, css, "--fill:#ffcc00")
	require.Contains(t, css, "--on-fill:#0b0d12", "white on yellow cannot be read")
	other := regexp.MustCompile(`/assets/[0-9a-f]{16}/`).ReplaceAllString(links[0], "/assets/0000000000000000/")
	require.Equal(t, http.StatusNotFound, b.get(other).code)
	require.Equal(t, http.StatusNotFound, b.get("/assets/x/../../etc/passwd").code)
}

func TestRoot(t *testing.T) {
	t.Parallel()
	d := setup(t)
	h, err := pages.New(pages.Config{Service: d.svc, Accounts: d.acc, Logo: "/logo.svg"})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	require.Equal(t, "/login", w.Header().Get("Location"))
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/login", nil))
	require.Contains(t, w.Body.String(), `lang="de"`, "the desk's own language")
	require.Contains(t, w.Body.String(), `src="/logo.svg"`)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/login", strings.NewReader("username=anna&password="+strings.ReplaceAll(password, " ", "+")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, "/", w.Result().Cookies()[0].Path)
}

// TestEveryPageInBothLanguages opens all there is. What is missing in a language is found by page.check and by the log.
func TestEveryPageInBothLanguages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	closed := d.open()
	_, err := d.svc.Close(t.Context(), d.actor("admin"), closed.ID, 0, "done")
	require.NoError(t, err)
	for _, lang := range []string{"de", "en"} {
		for _, who := range []string{"admin", "anna", "vera", "bert"} {
			b := d.as(who)
			b.head.Set("Accept-Language", lang)
			for _, path := range []string{"/", "/?view=mine", "/?view=unassigned", "/?view=pending", "/?view=snoozed", "/?view=escalated", "/?view=done", "/?view=spam", "/?view=all", "/?view=active",
				"/tickets/new", number(tk), number(closed), number(tk) + "/delete", "/audit", "/users", "/users/" + string(d.users["vera"].ID), "/users/" + string(d.users["vera"].ID) + "/delete",
				"/parked", "/profile", "/password", "/nowhere"} {
				p := b.get(path)
				require.Less(t, p.code, 500)
				require.Contains(t, p.body, `<html lang="`+lang+`"`)
				if lang == "de" {
					p.lacks("Something", "ticket(s)", " the ", "must ", "Tickets of")
				}
			}
		}
		b := d.browser()
		b.head.Set("Accept-Language", lang)
		b.ok("/login")
	}
}
