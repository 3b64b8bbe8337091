package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// mailLogo reads the logo that mails carry. One that mail programs do not show, such as SVG, or that is too large for every mail to
// carry, is left out: mails then show the name.
func mailLogo(c *Config, log *slog.Logger) []byte {
	name, ok := strings.CutPrefix(c.LogoURL, "/static/")
	if !ok || c.StaticDir == "" {
		return nil
	}
	root, err := os.OpenRoot(c.StaticDir)
	if err != nil {
		log.Warn("mails go without the logo", "err", err)
		return nil
	}
	defer func() { _ = root.Close() }()
	b, err := root.ReadFile(name)
	if err != nil {
		log.Warn("mails go without the logo", "err", err)
		return nil
	}
	switch typ := http.DetectContentType(b); {
	case len(b) > 200<<10:
		log.Warn("mails go without the logo: every mail would carry it, and it has more than 200 KiB", "file", name)
		return nil
	case typ != "image/png" && typ != "image/jpeg" && typ != "image/gif":
		log.Warn("mails go without the logo: mail programs show PNG, JPEG and GIF", "file", name)
		return nil
	}
	return b
}

// contactLook shows the contact form as the desk's admins have set.
func contactLook(st *store.Store) func(context.Context) (webform.Look, error) {
	return func(ctx context.Context) (webform.Look, error) {
		b, err := ticket.ReadBranding(ctx, st)
		if err != nil {
			return webform.Look{}, err
		}
		return webform.Look{Title: b.Name, Logo: b.LogoLight, Icon: b.Favicon, Colour: b.Primary, Locale: b.DefaultLocale, Imprint: b.ImprintURL, Privacy: b.PrivacyURL}, nil
	}
}

// ticketLink gives the address of a ticket's page for mails to colleagues; nil when ALLOWED_HOSTS does not say where the pages are.
func ticketLink(c *Config) func(*ticket.Ticket) string {
	if len(c.AllowedHosts) == 0 {
		return nil
	}
	host := c.AllowedHosts[0]
	return func(t *ticket.Ticket) string { return fmt.Sprintf("https://%s/tickets/%d", host, t.Number) }
}
