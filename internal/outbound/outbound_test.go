package outbound_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/outbound"
)

const knownSignature = "v1,D02an1ddM5PolF1MHyb6O2h5V/uJXeUE6ot1PIrnR9M="

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// server is a receiver with a certificate, and what trusts it.
func server(t *testing.T, h http.HandlerFunc) (url string, trust *tls.Config) {
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return s.URL, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestPostIsSigned(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	got := make(chan *http.Request, 1)
	var body string
	url, trust := server(t, func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		got <- r
	})
	c := outbound.New(outbound.Config{Allow: loopback, TLS: trust, Now: func() time.Time { return now }})
	require.NoError(t, c.Post(t.Context(), outbound.Delivery{URL: url + "/desk", ID: "d-1", Secret: []byte("key"), Body: []byte(`{"a":1}`)}))
	r := <-got
	require.Equal(t, `{"a":1}`, body)
	require.Equal(t, http.MethodPost, r.Method)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, "d-1", r.Header.Get("Webhook-Id"))
	require.Equal(t, "1700000000", r.Header.Get("Webhook-Timestamp"))
	// openssl: printf 'd-1.1700000000.{"a":1}' | openssl dgst -sha256 -hmac key -binary | base64
	require.Equal(t, knownSignature, r.Header.Get("Webhook-Signature"))
	require.NotEqual(t, knownSignature, outbound.Sign([]byte("key"), "d-2", now, []byte(`{"a":1}`)))
	require.NotEqual(t, knownSignature, outbound.Sign([]byte("key"), "d-1", now.Add(time.Second), []byte(`{"a":1}`)))
}

func TestPrivateAddressesAreNotDialled(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	url, trust := server(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	c := outbound.New(outbound.Config{TLS: trust})
	port := url[strings.LastIndexByte(url, ':'):]
	for _, target := range []string{url, "https://localhost" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port,
		"https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "https://[fd00::1]/", "https://0.0.0.0" + port} {
		err := c.Post(t.Context(), outbound.Delivery{URL: target, ID: "x", Secret: []byte("k"), Body: []byte("{}")})
		require.ErrorIs(t, err, outbound.ErrBlocked, target)
	}
	require.Zero(t, hits.Load())
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	inner, _ := server(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	url, trust := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner, http.StatusTemporaryRedirect) })
	c := outbound.New(outbound.Config{Allow: loopback, TLS: trust})
	err := c.Post(t.Context(), outbound.Delivery{URL: url, ID: "x", Secret: []byte("k"), Body: []byte("{}")})
	e, ok := errors.AsType[*outbound.StatusError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 307, e.Code)
	require.True(t, e.Permanent())
	require.Zero(t, hits.Load())
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for code, permanent := range map[int]bool{400: true, 401: true, 404: true, 408: false, 410: true, 425: false, 429: false, 500: false, 503: false} {
		url, trust := server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(code)
		})
		c := outbound.New(outbound.Config{Allow: loopback, TLS: trust})
		err := c.Post(t.Context(), outbound.Delivery{URL: url, ID: "x", Secret: []byte("k"), Body: []byte("{}")})
		e, ok := errors.AsType[*outbound.StatusError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, outbound.StatusError{Code: code, RetryAfter: 7 * time.Second}, *e)
		require.Equal(t, permanent, e.Permanent(), code)
	}
}

func TestErrorsKeepTheAddressToThemselves(t *testing.T) {
	t.Parallel()
	url, _ := server(t, func(http.ResponseWriter, *http.Request) {})
	c := outbound.New(outbound.Config{Allow: loopback}) // does not trust the certificate
	err := c.Post(t.Context(), outbound.Delivery{URL: url + "/?token=geheim", ID: "x", Secret: []byte("k"), Body: []byte("{}")})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "geheim")
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	c := outbound.New(outbound.Config{})
	require.NoError(t, c.CheckURL("https://hooks.example/desk?x=1"))
	for _, bad := range []string{"", "hooks.example", "http://hooks.example/", "file:///etc/passwd", "https://", "https://:443/", "https://a:b@hooks.example/",
		"https://hooks.example/#x", "https://127.0.0.1/", "https://[::1]/", "https://[fe80::1%25eth0]/", "https://hooks.example/" + strings.Repeat("x", 2000), "https://%zz/"} {
		require.Error(t, c.CheckURL(bad), bad)
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{"1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"} {
		require.True(t, outbound.Public(netip.MustParseAddr(ip)), ip)
	}
	for _, ip := range []string{"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.168.0.1", "198.19.0.1", "224.0.0.1",
		"240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "fc00::1", "fd12::1", "fe80::1",
		"fe80::1%eth0", "ff02::1", "2001:db8::1"} {
		require.False(t, outbound.Public(netip.MustParseAddr(ip)), ip)
	}
	require.False(t, outbound.Public(netip.Addr{}))
}
