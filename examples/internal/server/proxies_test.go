package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatAProxySaysIsBelievedOnlyOfATrustedOne: who asks, and whether over TLS, is what the connection says unless its other end is in
// TRUSTED_PROXIES. Nobody is believed a host, nor what the header Forwarded says, which proxies pass on as clients send it.
func TestWhatAProxySaysIsBelievedOnlyOfATrustedOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		proxies string
		trusted bool
	}{
		"by default":  {"", true}, // a loopback listener
		"named":       {"TRUSTED_PROXIES=127.0.0.1, 192.0.2.0/24", true},
		"another one": {"TRUSTED_PROXIES=192.0.2.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, t.TempDir(), "RATE_LIMIT=1/m", "ALLOWED_HOSTS=desk.example", "ADMIN_PASSWORD="+deskPassword, c.proxies)
			ask := func(method, path, body string, header ...string) *http.Response {
				r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.addr.HTTP+path, strings.NewReader(body))
				require.NoError(t, err)
				r.Host = "desk.example"
				for i := 0; i < len(header); i += 2 {
					if header[i] == "Host" {
						r.Host = header[i+1]
					}
					r.Header.Set(header[i], header[i+1])
				}
				res, err := http.DefaultTransport.RoundTrip(r)
				require.NoError(t, err)
				_, err = io.Copy(io.Discard, res.Body)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				return res
			}
			limited := func(header string, value func(n int) string) bool {
				for n := range 8 { // one a minute makes bursts of two or less
					if ask("GET", "/api/tickets", "", header, value(n)).StatusCode == http.StatusTooManyRequests {
						return true
					}
				}
				return false
			}
			changing := func(n int) string { return fmt.Sprintf("203.0.113.%d", n) }
			require.Equal(t, !c.trusted, limited("X-Forwarded-For", changing), "every address has a limit of its own, if it is believed")
			require.True(t, limited("X-Forwarded-For", func(n int) string { return changing(100+n) + ", 198.51.100.1" }), "what stands on the left is the client's own claim")
			require.True(t, limited("Forwarded", func(n int) string { return "for=" + changing(200+n) + ";proto=https;host=desk.example" }))
			require.Equal(t, http.StatusMisdirectedRequest, ask("GET", "/api/tickets", "", "Host", "evil.example", "X-Forwarded-Host", "desk.example").StatusCode)
			for proto, secure := range map[string]bool{"https": c.trusted, "http": false} {
				for n, header := range []string{"X-Forwarded-Proto", "Forwarded"} {
					res := ask("POST", "/login", "username=admin&password=sieben+blaue+Fahrr%C3%A4der", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin",
						header, map[bool]string{true: proto, false: "proto=" + proto}[n == 0], "X-Forwarded-For", changing(50+n+10*len(proto)))
					if !c.trusted && res.StatusCode == http.StatusTooManyRequests {
						continue // all are one address here
					}
					require.Equal(t, http.StatusSeeOther, res.StatusCode)
					require.NotEmpty(t, res.Cookies())
					require.Equal(t, secure && n == 0, res.Cookies()[0].Secure, "%s: %s", header, proto)
				}
			}
		})
	}
}
