package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/web"
)

func TestMethods(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	a := d.as("anna", http.StatusMethodNotAllowed, "PUT", "/tickets", "{}")
	require.Equal(t, "GET, HEAD, POST, OPTIONS", a.header.Get("Allow"))
	require.Equal(t, "method", a.problem())
	require.Equal(t, "GET, HEAD, PATCH, DELETE, OPTIONS", d.as("anna", 405, post, ticketPath(tk, ""), nil).header.Get("Allow"))
	require.Equal(t, "POST, OPTIONS", d.as("", 405, get, "/auth/login", nil).header.Get("Allow"))
	require.Equal(t, "POST, OPTIONS", d.as("", 204, "OPTIONS", "/auth/login", nil).header.Get("Allow"))
	require.Equal(t, 405, d.call("", "PROPFIND", "/tickets", nil).status)

	h := d.as("anna", 200, "HEAD", ticketPath(tk, ""), nil)
	require.Equal(t, `"1"`, h.header.Get("ETag"))
	require.Equal(t, 401, d.call("", "HEAD", ticketPath(tk, ""), nil).status)
	for _, path := range []string{"/nope", "/tickets/1/nope", "/", "", "/tickets/", "/api/tickets"} {
		require.Equal(t, "not_found", d.as("anna", 404, get, path, nil).problem(), path)
	}
}

// TestMounts reaches the same call below other prefixes, by the means of several muxes.
func TestMounts(t *testing.T) {
	t.Parallel()
	d := setup(t)
	bare := apiOf(d.handler)
	std := http.NewServeMux()
	std.Handle("/desk/api/", http.StripPrefix("/desk/api", bare))
	sub := chi.NewRouter()
	var cfg Config
	inner := setup(t, withAPI(func(c *Config) { cfg = *c }))
	h, err := New(cfg)
	require.NoError(t, err)
	sub.Mount("/{tenant}/v1", h)
	for prefix, handler := range map[string]http.Handler{"": bare, "/desk/api": std} {
		d.prefix, d.handler = prefix, handler
		d.as("anna", 200, get, "/auth/me", nil)
		require.Equal(t, prefix+"/tickets/7", d.as("anna", 404, get, "/tickets/7", nil).json()["instance"])
	}
	inner.prefix, inner.handler = "/acme/v1", sub
	inner.as("anna", 200, get, "/auth/me", nil)
	tk := inner.open("Drucker")
	require.Equal(t, string(tk.ID), inner.as("anna", 200, get, ticketPath(tk, ""), nil).json()["id"])
	require.Equal(t, "GET, HEAD, POST, OPTIONS", inner.as("anna", 405, del, "/tickets", nil).header.Get("Allow"))
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) {
		c.AllowedHosts = []string{"Desk.example", "*.intern.example", ".beides.example", "[2001:db8::1]"}
	}))
	for host, status := range map[string]int{
		"desk.example": 200, "DESK.EXAMPLE:8443": 200, "desk.example.": 200, "a.intern.example": 200, "beides.example": 200, "a.beides.example": 200, "abeides.example": 421, "[2001:db8::1]:80": 200,
		"intern.example": 421, "evil.example": 421, "desk.example.evil.example": 421, "xdesk.example": 421, "": 421, "127.0.0.1": 421,
	} {
		for _, path := range []string{"/health", "/openapi.json", "/nope"} {
			want := status
			if path == "/nope" && want == 200 {
				want = 404
			}
			a := d.call("", get, path, nil, header{"Host", host})
			require.Equal(t, want, a.status, "%s %s", host, path)
		}
	}
	// Loopback asks for health by whatever name it likes, and for nothing else; a proxy on this machine does not lend its place.
	for _, remote := range []string{"127.0.0.1:5000", "[::1]:5000", "[::ffff:127.0.0.1]:5000"} {
		require.Equal(t, 200, d.call("", get, "/health", nil, header{"Host", "127.0.0.1:8001"}, header{"Remote", remote}).status)
		require.Equal(t, 421, d.call("", get, "/openapi.json", nil, header{"Host", "127.0.0.1:8001"}, header{"Remote", remote}).status)
	}
	_, err := web.NewHosts([]string{"https://desk.example/"})
	require.Error(t, err)
}

func TestCORS(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.CORSOrigins = []string{"https://intranet.example"} }))
	ask := header{"Access-Control-Request-Method", "PATCH"}
	pre := d.call("", "OPTIONS", "/tickets", nil, header{"Origin", "https://intranet.example"}, ask).is(204)
	require.Equal(t, "https://intranet.example", pre.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, pre.header.Get("Access-Control-Allow-Headers"), "If-Match")
	require.Contains(t, pre.header.Get("Access-Control-Allow-Methods"), "PATCH")
	got := d.as("anna", 200, get, "/auth/me", nil, header{"Origin", "https://intranet.example"})
	require.Equal(t, "https://intranet.example", got.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, got.header.Get("Access-Control-Expose-Headers"), "ETag")
	for _, a := range []*answer{pre, got} {
		require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"))
		require.Equal(t, "Origin", a.header.Get("Vary"))
	}
	for _, origin := range []string{"https://evil.example", "https://intranet.example.evil.example", "http://intranet.example", "null", "*"} {
		a := d.call("", "OPTIONS", "/tickets", nil, header{"Origin", origin}, ask)
		require.Empty(t, a.header.Get("Access-Control-Allow-Origin"), origin)
		require.Equal(t, "Origin", a.header.Get("Vary"))
	}
	for _, bad := range []string{"*", "intranet.example", "https://intranet.example/", "https://intranet.example/x", "ftp://x.example", ""} {
		_, err := New(Config{Service: d.service, Accounts: d.accounts, CORSOrigins: []string{bad}})
		require.Error(t, err, bad)
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	for _, c := range []struct {
		peer string
		xff  []string
		want string
	}{
		{"198.51.100.7:1", nil, "198.51.100.7"},
		{"198.51.100.7:1", []string{"203.0.113.9"}, "198.51.100.7"}, // nobody trusts that peer
		{"10.0.0.2:1", nil, "10.0.0.2"},
		{"10.0.0.2:1", []string{""}, "10.0.0.2"},
		{"10.0.0.2:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.2:1", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"}, // the left one is what the client claimed
		{"10.0.0.2:1", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		{"10.0.0.2:1", []string{"203.0.113.9", "10.9.9.9"}, "203.0.113.9"},
		{"10.0.0.2:1", []string{"10.1.1.1, 10.9.9.9"}, "10.1.1.1"},
		{"10.0.0.2:1", []string{"203.0.113.9, nonsense"}, "10.0.0.2"},
		{"10.0.0.2:1", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"10.0.0.2:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"[::ffff:10.0.0.2]:1", []string{"[2001:db8::5]:80"}, "2001:db8::5"},
		{"[2001:db8:ff::1]:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"[fe80::1%eth0]:1", nil, "fe80::1"},
		{"@", []string{"203.0.113.9"}, "invalid IP"},
	} {
		r := httptest.NewRequest(get, "/", nil)
		r.RemoteAddr = c.peer
		for _, v := range c.xff {
			r.Header.Add("X-Forwarded-For", v)
		}
		require.Equal(t, c.want, ClientAddress(r, trusted).String(), "%v", c)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }))
	id := func(h ...header) string { return d.call("", get, "/health", nil, h...).header.Get("X-Request-Id") }
	require.Equal(t, "abc-1", id(header{"X-Request-Id", "abc-1"}, header{"Remote", "10.0.0.1:1"}))
	require.NotEqual(t, "abc-1", id(header{"X-Request-Id", "abc-1"}))
	require.NotContains(t, id(header{"X-Request-Id", "a\tb"}, header{"Remote", "10.0.0.1:1"}), "\t")
	require.NotEqual(t, id(), id())
	a := d.as("", 404, get, "/nope", nil)
	require.Equal(t, a.header.Get("X-Request-Id"), a.json()["request_id"])
}

func TestPanicsAndLog(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	d := setup(t, withAPI(func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.Intakes = map[string]http.Handler{
			"early": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret inside") }),
			"late": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic("too late")
			}),
		}
	}))
	a := d.call("", post, "/intake/early", "{}").is(500)
	require.Equal(t, "internal", a.problem())
	require.NotContains(t, string(a.body), "secret")
	require.Contains(t, lines.String(), "secret inside")
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { d.call("", post, "/intake/late", "{}") })

	lines.Reset()
	d.as("anna", 200, get, "/tickets?q=geheimes", nil)
	d.as("anna", 400, post, "/tickets", `{"subject":"geheimes"}`)
	d.call("", post, "/auth/login", map[string]string{"username": "anna", "password": "geheimes"})
	got := lines.String()
	require.Contains(t, got, "route=/tickets")
	require.Contains(t, got, "account_id="+string(d.users["anna"].ID))
	require.Contains(t, got, "level=INFO")
	require.NotContains(t, got, "geheimes")
	require.NotContains(t, got, d.bearer("anna"))
	require.Equal(t, 3, strings.Count(got, "request_id="))
	require.NotContains(t, got, "level=ERROR")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	var fail error
	d := setup(t, withAPI(func(c *Config) {
		c.ServiceName = "Hilfe"
		c.RateLimit = RateLimit{PerSecond: 1, Burst: 1}
		c.Ready = func(ctx context.Context) error {
			_, bounded := ctx.Deadline()
			require.True(t, bounded)
			return fail
		}
	}))
	for range 5 { // health is not limited
		require.JSONEq(t, `{"status":"ok","service":"Hilfe"}`, string(d.call("", get, "/health", nil).is(200).body))
	}
	fail = errors.New("disk at /var/lib is full")
	a := d.call("", get, "/health", nil).is(503)
	require.NotContains(t, string(a.body), "/var/lib")
	require.NotEmpty(t, a.header.Get("Retry-After"))
}

// troubled is a desk one of whose channels has stopped.
type troubled struct{ *adapters.Hub }

func (troubled) Troubled() bool { return true }

func TestHealthOfAStoppedChannel(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.ServiceName, c.Channels = "Hilfe", troubled{} }))
	require.JSONEq(t, `{"status":"degraded","service":"Hilfe"}`, string(d.call("", get, "/health", nil).is(200).body))
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.RateLimit = RateLimit{PerSecond: 0.01, Burst: 3} }))
	anna, vera := d.bearer("anna"), d.bearer("vera")
	for range 3 {
		d.call(anna, get, "/auth/me", nil, header{"Remote", "192.0.2.1:1"}).is(200)
	}
	a := d.call(anna, get, "/auth/me", nil, header{"Remote", "192.0.2.99:1"}).is(429) // another address is the same identity
	require.Equal(t, "rate_limited", a.problem())
	require.Equal(t, "100", a.header.Get("Retry-After"))
	d.call(vera, get, "/auth/me", nil, header{"Remote", "192.0.2.1:1"}).is(200)

	for i := range 3 { // an address without identity, whatever tokens it tries
		d.call("tk_"+strings.Repeat("a", i), get, "/auth/me", nil, header{"Remote", "[2001:db8::1]:1"}).is(401)
	}
	d.call("tk_x", get, "/auth/me", nil, header{"Remote", "[2001:db8::2]:1"}).is(429) // its neighbour in the same network
	d.call(vera, get, "/auth/me", nil, header{"Remote", "[2001:db8::1]:1"}).is(200)   // who can prove it is not hurt by neighbours
	d.call("", post, "/auth/login", "{}", header{"Remote", "[2001:db8::1]:1"}).is(429)
	d.call("", post, "/intake/x", "{}", header{"Remote", "[2001:db8::1]:1"}).is(429)
	d.call("tk_x", get, "/auth/me", nil, header{"Remote", "[2001:db9::1]:1"}).is(401)
	require.Equal(t, 200, d.call("", get, "/health", nil, header{"Remote", "[2001:db8::1]:1"}).status)
}

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for name, cfg := range map[string]Config{
		"service":  {Accounts: d.accounts},
		"accounts": {Service: d.service},
		"intakes":  {Service: d.service, Accounts: d.accounts, Intakes: map[string]http.Handler{"../x": http.NotFoundHandler()}},
		"hosts":    {Service: d.service, Accounts: d.accounts, AllowedHosts: []string{"a b"}},
	} {
		_, err := New(cfg)
		require.Error(t, err, name)
	}
	h, err := New(Config{Service: d.service, Accounts: d.accounts})
	require.NoError(t, err)
	require.NotNil(t, h)
}

func TestOnlyHealthItselfIsForEveryHost(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) {
		c.AllowedHosts = []string{"desk.example"}
		c.Intakes = map[string]http.Handler{"form": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	}))
	for path, status := range map[string]int{"/health": 200, "/intake/form/health": http.StatusMisdirectedRequest, "/auth/me": http.StatusMisdirectedRequest} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://evil.example"+d.prefix+path, nil)
		r.RemoteAddr = "127.0.0.1:5000"
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, path)
	}
}
