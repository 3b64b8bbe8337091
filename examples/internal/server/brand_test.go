package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestMailLogo(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	png := "\x89PNG\r\n\x1a\n"
	for name, content := range map[string]string{"logo.png": png, "logo.svg": "<svg/>", "large.png": png + strings.Repeat("x", 1<<20)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	for logo, want := range map[string]string{"": "", "/static/logo.png": png, "/static/logo.svg": "", "/static/large.png": "", "/static/none.png": "", "/static/../x.png": ""} {
		require.Equal(t, want, string(mailLogo(&Config{StaticDir: dir, LogoURL: logo}, log)), logo)
	}
	require.Empty(t, mailLogo(&Config{LogoURL: "/static/logo.png"}, log))
}

func TestTicketLink(t *testing.T) {
	t.Parallel()
	require.Nil(t, ticketLink(&Config{}))
	require.Equal(t, "https://desk.example/tickets/7", ticketLink(&Config{AllowedHosts: []string{"desk.example", "b.example"}})(&ticket.Ticket{Number: 7}))
}
