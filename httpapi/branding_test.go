package httpapi

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestImagesOfTheBranding: an admin uploads a logo, everybody sees it without a sign-in, and nothing in it runs.
func TestImagesOfTheBranding(t *testing.T) {
	t.Parallel()
	d := setup(t)
	logo := []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="4"/></svg>`)
	add := func(who string, status int, content []byte) *answer {
		raw, h := form(t, "file", "logo.svg", "image/svg+xml", content)
		return d.as(who, status, post, "/branding/images", raw, h)
	}
	img := add("anna", 201, logo).json()
	require.Equal(t, "image/svg+xml", img["content_type"])
	require.EqualValues(t, len(logo), img["size"])
	path := "/branding/images/" + img["id"].(string)
	seen := d.call("", get, path, nil).is(200)
	require.Equal(t, logo, seen.body)
	require.Equal(t, "image/svg+xml", seen.header.Get("Content-Type"))
	require.Contains(t, seen.header.Get("Content-Security-Policy"), "sandbox")
	require.NotContains(t, seen.header.Get("Content-Security-Policy"), "script-src")
	require.NotContains(t, seen.header.Get("Content-Security-Policy"), "allow-")
	d.call("", get, "/branding/images/"+img["id"].(string)[1:]+"0", nil).is(404)
	add("sam", 403, logo)
	require.Equal(t, []string{"file"}, add("anna", 400, []byte("<html><script>alert(1)</script></html>")).fields())
	require.Equal(t, []string{"file"}, add("anna", 400, append(logo, bytes.Repeat([]byte(" "), ticket.MaxImage)...)).fields())
	d.as("anna", http.StatusUnsupportedMediaType, post, "/branding/images", map[string]any{"file": "x"})
	d.as("anna", 200, put, "/branding", map[string]any{"logo_light": "/api" + path})
}
