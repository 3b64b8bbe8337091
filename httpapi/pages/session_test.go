package pages_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open()
	b := d.browser()

	p := b.get("/?view=mine&q=a%20b")
	require.Equal(t, http.StatusSeeOther, p.code)
	require.Equal(t, "/desk/login?next="+url.QueryEscape("/?view=mine&q=a%20b"), p.head.Get("Location"))
	p = b.ok("/login?next=" + url.QueryEscape("/?view=mine"))
	require.Contains(t, p.body, `name="next" value="/?view=mine"`)

	p = b.post("/login", form("username", "anna", "password", "wrong", "next", "/?view=mine"))
	require.Equal(t, http.StatusUnauthorized, p.code)
	p.has("The username or the password is wrong.")
	require.Equal(t, "anna", p.value("username"), "what was typed stays")
	require.Contains(t, p.body, `value="/?view=mine"`)
	require.NotContains(t, p.body, "wrong\"", "the password does not come back")
	require.Empty(t, b.cookies["ticketkit_session"])

	p = b.post("/login", form("username", "anna", "password", password, "next", "/?view=mine"))
	require.Equal(t, "/desk/?view=mine", p.head.Get("Location"))
	c := b.set["ticketkit_session"]
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/desk", c.Path)
	require.False(t, c.Secure, "plain HTTP")
	b.ok("/").has("Anna Berger", "Printer on fire")

	first := b.cookies["ticketkit_session"]
	p = b.post("/login", form("username", "anna", "password", password))
	require.Equal(t, http.StatusSeeOther, p.code)
	require.NotEqual(t, first, b.cookies["ticketkit_session"], "always a new session")
	_, err := d.acc.Authenticate(t.Context(), first)
	require.Equal(t, ticket.Unauthenticated, ticket.KindOf(err), "the one before has ended")
	require.Equal(t, http.StatusSeeOther, b.get("/login").code, "who is signed in needs no sign-in")

	second := b.cookies["ticketkit_session"]
	b.goes(b.post("/logout", nil), "/login").has("You are signed out.")
	require.Empty(t, b.cookies["ticketkit_session"])
	_, err = d.acc.Authenticate(t.Context(), second)
	require.Equal(t, ticket.Unauthenticated, ticket.KindOf(err))
}

func TestLoginThrottle(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.browser().german()
	for range 50 {
		p := b.post("/login", form("username", "nobody", "password", "wrong"))
		if p.code == http.StatusTooManyRequests {
			require.NotEmpty(t, p.head.Get("Retry-After"))
			p.has("Zu viele Versuche. Bitte warten Sie " + p.head.Get("Retry-After") + " Sekunden.")
			return
		}
		require.Equal(t, http.StatusUnauthorized, p.code)
	}
	require.Fail(t, "never throttled")
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	d := setup(t, func(c *pages.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	b := d.browser()
	b.tls = true
	b.post("/login", form("username", "anna", "password", password))
	require.True(t, b.set["ticketkit_session"].Secure, "a trusted proxy says that it came over TLS")

	d = setup(t)
	b = d.browser()
	b.tls = true
	b.post("/login", form("username", "anna", "password", password))
	require.False(t, b.set["ticketkit_session"].Secure, "anybody can write that header")
}

func TestOpenRedirect(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, `\\evil.example`, "/%5cevil.example/..", "javascript:alert(1)",
		"/\t/evil.example", "http:evil.example", "evil.example", "", "/%2fevil.example", "///evil.example"} {
		b := d.browser()
		p := b.post("/login", form("username", "anna", "password", password, "next", next))
		require.Equal(t, http.StatusSeeOther, p.code)
		require.Regexp(t, `^/desk/[^/\\]*$`, p.head.Get("Location"), "next=%q", next)
		p = b.post("/theme", form("theme", "dark", "back", next))
		require.Regexp(t, `^/desk/[^/\\]*$`, p.head.Get("Location"), "back=%q", next)
	}
	b := d.as("anna")
	p := b.get("/tickets?q=//evil.example")
	require.Equal(t, "/desk/?q=//evil.example", p.head.Get("Location"))
	p = b.get("//evil.example/?lang=de")
	require.NotContains(t, p.head.Get("Location"), "//evil.example")
}

func TestForcedPassword(t *testing.T) {
	t.Parallel()
	d := setup(t)
	u := d.users["anna"]
	require.NoError(t, d.store.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		a, err := tx.AccountByID(t.Context(), u.ID)
		if err != nil {
			return err
		}
		a.MustChange = true
		return tx.UpdateAccount(t.Context(), a, a.Version)
	}))
	tk := d.open()
	b := d.browser()
	p := b.post("/login", form("username", "anna", "password", password, "next", "/profile"))
	require.Equal(t, "/desk/password?next=%2Fprofile", p.head.Get("Location"))
	for _, path := range []string{"/", number(tk), "/profile", "/audit", "/tickets/new", "/transcripts/1"} {
		p := b.get(path)
		require.Equal(t, "/desk/password", p.head.Get("Location"), path)
	}
	require.Equal(t, http.StatusForbidden, b.post(number(tk)+"/claim", form("version", "1")).code)
	require.Nil(t, d.get(tk.ID).Assignee)
	b.get("/nothing").lacks("New ticket")

	b.ok("/password?next=%2Fprofile").has("choose a password of your own").lacks("All tickets")
	for _, c := range []struct{ old, new, repeat, want string }{
		{password, "short", "short", "New password"},
		{password, "Zwölf Enten schweigen", "Zwölf Enten reden", "does not match"},
		{"wrong", "Zwölf Enten schweigen", "Zwölf Enten schweigen", "is wrong"},
		{password, password, password, "must not be the current one"},
	} {
		p = b.post("/password", form("old_password", c.old, "password", c.new, "repeat", c.repeat, "next", "/profile"))
		require.Equal(t, http.StatusUnprocessableEntity, p.code)
		p.has(c.want)
	}
	p = b.post("/password", form("old_password", password, "password", "Zwölf Enten schweigen", "repeat", "Zwölf Enten schweigen", "next", "/profile"))
	b.goes(p, "/profile").has("The password was changed.", "All tickets")
}

func TestExpiredPost(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open()
	b := d.as("anna")
	v := b.ok(number(tk)).version()
	d.clock.Add(13 * time.Hour)
	p := b.upload(number(tk)+"/reply", form("version", v, "body", "A long answer <b>"))
	require.Equal(t, http.StatusUnauthorized, p.code)
	require.Equal(t, "A long answer <b>", p.value("typed"), "nothing that was written is lost")
	require.Contains(t, p.links("/login"), "/login?next="+url.QueryEscape(number(tk)))
	require.Len(t, d.messages(tk.ID), 1)
}

// hostLogin signs everybody in as one account, as a host's own login might.
type hostLogin struct{ d *desk }

func (h hostLogin) Authenticate(r *http.Request) (rbac.Principal, error) {
	if r.Header.Get("X-Host-User") == "" {
		return rbac.Principal{}, ticket.Errorf(ticket.Unauthenticated, "sign in first")
	}
	return h.d.acc.EnsureExternal(r.Context(), "host:1", r.Header.Get("X-Host-User"), "Hanna Host", rbac.RoleSupport)
}

func TestHostLogin(t *testing.T) {
	t.Parallel()
	h := &hostLogin{}
	d := setup(t, func(c *pages.Config) { c.Authenticator = h })
	h.d = d
	b := d.browser()
	require.Equal(t, http.StatusUnauthorized, b.get("/").code)
	b.ok("/login").has("the system that this desk is part of")
	require.Equal(t, http.StatusNotFound, b.post("/login", form("username", "anna", "password", password)).code)
	b.head.Set("X-Host-User", "hanna")
	p := b.ok("/").has("Hanna Host")
	require.NotContains(t, p.forms(), "/desk/logout")
	b.ok("/password").has("belongs to another system")
	b.ok("/profile").lacks("Sessions")
}

func TestLanguageAndTheme(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.browser()
	b.ok("/login").has("Sign in")
	b.german().ok("/login").has("Anmelden")
	p := b.get("/login?next=%2Fprofile&lang=en")
	require.Equal(t, "/desk/login?next=%2Fprofile", p.head.Get("Location"))
	require.Contains(t, b.ok("/login").has("Sign in").body, `<html lang="en" data-theme="auto">`, "the cookie counts more than the browser")
	b.post("/theme", form("theme", "dark", "back", "/login"))
	require.Contains(t, b.ok("/login").body, `data-theme="dark"`)
	b.post("/theme", form("theme", `"><script>`, "back", "/login"))
	require.Contains(t, b.ok("/login").body, `data-theme="dark"`)
	b.head.Del("Accept-Language")
	delete(b.cookies, "ticketkit_lang")
	b.ok("/login").has("Anmelden")
}

// TestLooksFollow: who is signed in finds their language and theme in every browser, and a browser keeps them for its sign-in page.
func TestLooksFollow(t *testing.T) {
	t.Parallel()
	d := setup(t)
	first, second := d.as("anna"), d.as("anna")
	first.post("/theme", form("theme", "dark", "back", "/"))
	require.Equal(t, http.StatusSeeOther, first.get("/?lang=de").code)
	for _, b := range []*browser{first, second} {
		require.Contains(t, b.ok("/").body, `<html lang="de" data-theme="dark">`)
	}
	require.Contains(t, d.as("vera").ok("/").body, `<html lang="en" data-theme="auto">`, "each has their own")
	second.post("/theme", form("theme", "light", "back", "/"))
	second.get("/?lang=en")
	require.Contains(t, second.ok("/").body, `<html lang="en" data-theme="light">`)
	first.post("/theme", form("theme", "neon", "back", "/"))
	require.Contains(t, first.ok("/").body, `<html lang="en" data-theme="light">`)
	first.post("/logout", form())
	require.Contains(t, first.ok("/login").body, `<html lang="en" data-theme="light">`, "the cookies have followed")
}

// TestPagesHaveARate: whoever asks too often waits, a stranger in the name of his address and an agent in their own; the small parts that a
// page loads by itself do not count.
func TestPagesHaveARate(t *testing.T) {
	t.Parallel()
	d := setup(t, func(c *pages.Config) { c.RateLimit = httpapi.RateLimit{} })
	tk := d.open()
	m := d.messages(tk.ID)[0]
	anna := d.as("anna")
	stranger := d.browser()
	last := func(b *browser, path string, n int) (code int) {
		for range n {
			code = b.get(path).code
		}
		return code
	}
	require.Equal(t, http.StatusOK, last(stranger, "/login", 20))
	p := stranger.get("/login")
	require.Equal(t, http.StatusTooManyRequests, p.code)
	require.Equal(t, "1", p.head.Get("Retry-After"))
	require.Equal(t, http.StatusTooManyRequests, stranger.get("/no-such-page").code)
	require.Equal(t, http.StatusOK, last(anna, "/", 20), "who has signed in is not hurt by neighbours")
	require.Equal(t, http.StatusTooManyRequests, anna.get("/").code)
	require.NotEqual(t, http.StatusTooManyRequests, last(anna, "/messages/"+string(m.ID)+"/html", 30))
	d.clock.Add(time.Second)
	anna.ok("/")
	require.Equal(t, http.StatusOK, stranger.get("/login").code)
}
