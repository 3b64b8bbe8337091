package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ticketkit/ticketkit/internal/web"
)

// Panel is a program for browsers. It is called concurrently.
type Panel interface {
	// Handler serves its files below /panel/, with all headers that they need.
	http.Handler
	// Index is the page that starts it, for a desk below base in the language lang ("de" or "en"). Attributes are name, short (the name where
	// there is little room), logo and logo-dark (paths on this host, "" for none), icon, theme ("auto", "light", "dark") and the colours of the
	// desk.
	Index(base, lang string, attributes map[string]string) []byte
}

// panelRoutes are the pages of the panel: it finds by itself what to show at a path. One that it does not know is not found here either.
func panelRoutes() []route {
	var out []route
	for _, path := range []string{"/", "/tickets", "/tickets/{number}", "/audit", "/analytics", "/ranking", "/contacts", "/contacts/{id}", "/profile", "/settings", "/settings/{page}", "/users", "/users/{id}", "/parked"} {
		out = append(out, route{"GET", path, signedIn, 0, (*view).panel})
	}
	return out
}

// panel answers with the page that starts the panel, looking as this browser wants it from the first moment on.
func (v *view) panel() error {
	p := v.look.palette
	icon := cmp.Or(v.look.favicon, "data:image/svg+xml,"+url.PathEscape(p.icon())) // in the page: one question less at the start
	body := v.site.cfg.Panel.Index(v.site.cfg.BasePath, v.Lang, map[string]string{
		"name": v.look.name, "short": v.look.short, "logo": v.look.logo, "logo-dark": v.look.logoDark, "icon": icon, "theme": v.Theme,
		"fill": p.fill.String(), "on-fill": p.onFill.String(), "fill-hover": mix(p.fill, black, 0.14).String(),
		"accent": fmt.Sprintf("light-dark(%s, %s)", p.lightText, p.darkText), "tint": fmt.Sprintf("light-dark(%s, %s)", p.lightTint, p.darkTint),
	})
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	v.w.WriteHeader(http.StatusOK)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(body) // a failure to write is the client's
	}
	return nil
}

// panelFile serves a file of the panel.
func (s *site) panelFile(w http.ResponseWriter, r *http.Request) {
	web.ExchangeOf(r.Context()).Route = "/panel"
	s.cfg.Panel.ServeHTTP(w, r)
}
