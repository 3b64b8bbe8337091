package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

// asksHealth runs the command with an environment and nothing else, as a container does.
func asksHealth(t *testing.T, listen string) (code int, said string) {
	t.Helper()
	var out, errOut safeBuffer
	code = server.Run(t.Context(), server.Preset{Name: "ticketkit"}, []string{"health"}, []string{"LISTEN_ADDR=" + listen}, &out, &errOut, nil)
	return code, out.String() + errOut.String()
}

// TestHealthAsksTheRunningDesk: by its own address also where it listens on all, and nothing else counts as the desk.
func TestHealthAsksTheRunningDesk(t *testing.T) {
	t.Parallel()
	d := start(t, t.TempDir())
	_, port, err := net.SplitHostPort(d.addr.HTTP)
	require.NoError(t, err)
	for _, listen := range []string{d.addr.HTTP, "0.0.0.0:" + port, ":" + port, "[::]:" + port, "localhost:" + port} {
		code, said := asksHealth(t, listen)
		require.Zero(t, code, said)
		require.Equal(t, "ready\n", said)
	}
	require.Zero(t, d.stop())
	code, said := asksHealth(t, d.addr.HTTP)
	require.Equal(t, 1, code)
	require.Contains(t, said, d.addr.HTTP)

	answer := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				status = http.StatusTeapot
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		code, said := asksHealth(t, s.Listener.Addr().String())
		require.Equal(t, 1, code, said)
		return said
	}
	require.Contains(t, answer(503, `{"status":"draining"}`), "not ready: draining")
	require.Contains(t, answer(503, `{"status":"database"}`), "not ready: database")
	require.Contains(t, answer(200, "<html>"), "200 OK")
	code, _ = asksHealth(t, testservers.FreeAddr(t))
	require.Equal(t, 1, code)
}
