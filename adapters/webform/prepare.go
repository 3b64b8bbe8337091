package webform

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// prepare reads what is embedded.
func (f *Form) prepare() (err error) {
	if f.texts, err = i18n.Load(assets); err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	if f.page, err = template.ParseFS(assets, "page.html"); err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	if f.style, err = assets.ReadFile("style.css"); err != nil {
		return fmt.Errorf("webform: %w", err)
	}
	csp := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if sites := strings.Join(f.cfg.CaptchaOrigins, " "); sites != "" {
		csp += "; script-src " + sites + "; frame-src " + sites + "; connect-src " + sites
	}
	f.csp = csp
	return nil
}

// onHost reports whether a URL is a path on the same host.
func onHost(path string) bool { return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") }

// look is how the page looks to whom asks now.
func (f *Form) look(ctx context.Context) Look {
	l := Look{Title: f.cfg.Title, Logo: f.cfg.Logo, Colour: f.cfg.Colour, Locale: f.cfg.Locale}
	l.Icon = l.Logo
	if f.cfg.Look == nil {
		return l
	}
	own, err := f.cfg.Look(ctx)
	if err != nil {
		f.cfg.Log.WarnContext(ctx, "webform: how the desk looks could not be read", "error", err)
		return l
	}
	l.Title = cmp.Or(own.Title, l.Title)
	if onHost(own.Logo) {
		l.Logo, l.Icon = own.Logo, own.Logo
	}
	if onHost(own.Icon) {
		l.Icon = own.Icon
	}
	if colour.MatchString(own.Colour) {
		l.Colour = own.Colour
	}
	if own.Locale == i18n.German || own.Locale == i18n.English {
		l.Locale = own.Locale
	}
	l.Imprint, l.Privacy = page(own.Imprint), page(own.Privacy)
	return l
}

// page gives an address back if it is one of the web.
func page(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return address
}

// sheet is the style sheet in a main colour, and its version.
func (f *Form) sheet(main string) (css []byte, version string) {
	text, _, _ := ticket.Contrast(strings.ToLower(main)) // its form was checked
	css = bytes.ReplaceAll(bytes.ReplaceAll(f.style, []byte("#abcdef"), []byte(main)), []byte("#fedcba"), []byte(text))
	sum := sha256.Sum256(css)
	return css, hex.EncodeToString(sum[:6])
}
