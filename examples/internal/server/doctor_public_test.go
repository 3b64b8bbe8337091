package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/keys"
)

func TestDoctorTexts(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(serverTexts)
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}

// What browsers see is looked at by the name that they know.
func TestDoctorLooksFromOutside(t *testing.T) {
	t.Parallel()
	var service atomic.Value
	service.Store("ticketkit")
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok", "service": service.Load().(string)})
	}))
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	look := func(known *tls.Config, addr, host string) string {
		env, err := LoadEnv([]string{}, []string{"JWT_SECRET=" + keys.Generate(), "DATA_DIR=" + t.TempDir(), "LISTEN_ADDR=127.0.0.1:0", "ALLOWED_HOSTS=" + host, "LOCALE=en"})
		require.NoError(t, err)
		var out bytes.Buffer
		p := &program{ctx: t.Context(), env: env, out: &out, errOut: &out, tls: known, preset: Preset{Name: "email"}, dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}}
		err = doctorCmd{}.Run(p)
		if err != nil {
			return out.String() + err.Error()
		}
		return out.String()
	}
	addr := srv.Listener.Addr().String()
	require.Contains(t, look(&tls.Config{RootCAs: roots}, addr, "example.com"), "ok       tls: https://example.com leads here; the certificate is good until 20")
	require.Contains(t, look(nil, addr, "example.com"), "ERROR    tls: the certificate of example.com is not valid")
	require.Contains(t, look(&tls.Config{RootCAs: roots}, addr, "desk.example"), "the certificate of desk.example is not valid")
	require.Contains(t, look(nil, "127.0.0.1:1", "desk.example"), "ok       tls: https://desk.example does not answer while the desk does not run")
	service.Store("Another Desk")
	require.Contains(t, look(&tls.Config{RootCAs: roots}, addr, "example.com"), "WARNING  tls: something else than this desk answers")
}
