package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/web"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	h, err := web.NewHosts([]string{" Desk.example ", "*.team.example", ".both.example", "[::1]"})
	require.NoError(t, err)
	for host, ok := range map[string]bool{
		"desk.example": true, "DESK.example:8443": true, "desk.example.": true, "x.desk.example": false, "desk.example.evil": false,
		"team.example": false, "a.team.example": true, "evilteam.example": false, "both.example": true, "a.both.example:80": true,
		"[::1]:80": true, "": false, ".team.example": false,
	} {
		require.Equal(t, ok, h.Allow(host), host)
	}
	for _, bad := range []string{"", "a b", "https://desk.example", "a*b"} {
		_, err := web.NewHosts([]string{bad})
		require.Error(t, err, bad)
	}
	for _, all := range [][]string{nil, {"*"}} {
		h, err := web.NewHosts(all)
		require.NoError(t, err)
		require.True(t, h.Allow("whatever.example"))
	}
	require.False(t, web.Hosts{}.Allow("desk.example"))
}

func TestSniffBelievesBytes(t *testing.T) {
	t.Parallel()
	png := "\x89PNG\r\n\x1a\n"
	for _, c := range []struct{ head, claimed, want string }{
		{png, "text/html", "image/png"},
		{"plain", "text/html", "text/plain"},
		{"plain", "text/csv; charset=utf-8", "text/csv"},
		{"plain", "image/svg+xml", "text/plain"},
		{"plain", "application/javascript", "text/plain"},
		{"<?xml version='1.0'?><SVG onload=x>", "image/png", "image/svg+xml"},
		{"\x00\x01\x02", "application/vnd.ms-excel", "application/vnd.ms-excel"},
		{"\x00\x01\x02", "application/pdf", "application/octet-stream"},
		{"%PDF-1.7", "text/plain", "application/pdf"},
		{"plain", "nonsense", "text/plain"},
	} {
		require.Equal(t, c.want, web.Sniff([]byte(c.head), c.claimed), "%q %s", c.head, c.claimed)
	}
	require.Equal(t, "image/png", web.Picture([]byte(png)))
	require.Empty(t, web.Picture([]byte("<svg/>")))
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	under := httptest.NewRecorder()
	rec := &web.Recorder{ResponseWriter: under}
	require.Zero(t, rec.Status)
	_, err := rec.Write([]byte("four"))
	require.NoError(t, err)
	rec.WriteHeader(http.StatusTeapot)
	require.Equal(t, http.StatusOK, rec.Status)
	require.EqualValues(t, 4, rec.Bytes)
	hint := &web.Recorder{ResponseWriter: httptest.NewRecorder()}
	hint.WriteHeader(http.StatusEarlyHints)
	require.Zero(t, hint.Status, "an informational answer is not the answer")
	require.Equal(t, under, rec.Unwrap())
	require.True(t, web.ValidRequestID("a.B-3_"))
	require.False(t, web.ValidRequestID("a\nb"))
	require.False(t, web.ValidRequestID(""))
}
