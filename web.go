package ticketkit

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/httpapi/pages"
	"github.com/ticketkit/ticketkit/httpapi/panel"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/transcript"
)

func (d *Desk) web(ring *keys.Ring) error {
	c, intakes := d.cfg, d.hub.Routes()
	seal, err := transcript.NewSeal(ring.Key(keys.LabelTranscript), c.Store, c.Now)
	if err != nil {
		return err
	}
	d.seal = seal
	api, err := httpapi.New(httpapi.Config{
		SLA: d.sla, Service: d.service, Accounts: d.accounts, Reports: c.Store, Parked: d.hub, Channels: d.hub, Mailboxes: d.mailboxes(), Panels: d.panels(), Live: d.live, Brand: transcript.Brand{Name: c.Name}, Seal: seal, Intakes: intakes,
		Authenticator: c.Authenticator, Repeats: c.Store, RepeatsKey: ring.Key(keys.LabelRepeats), ServiceName: c.Name, AllowedHosts: c.AllowedHosts, CORSOrigins: c.CORSOrigins,
		TrustedProxies: c.TrustedProxies, RateLimit: c.RateLimit, Zone: c.Zone, Ready: d.ready, Observer: c.Observer, Now: c.Now, Log: d.log,
	})
	if err != nil {
		return err
	}
	front, err := d.panel()
	if err != nil {
		return err
	}
	site, err := pages.New(pages.Config{
		Panel: front, Service: d.service, Accounts: d.accounts, SLA: d.sla, Reports: c.Store, Parked: d.hub, Seal: seal, Authenticator: c.Authenticator, Name: c.Name, Locale: c.Locale,
		Zone: c.Zone, Logo: c.Logo, Colour: c.Colour, BasePath: strings.TrimRight(c.BasePath, "/"), AllowedHosts: c.AllowedHosts,
		TrustedProxies: c.TrustedProxies, RateLimit: c.RateLimit, Observer: c.Observer, Now: c.Now, Log: d.log,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.Handle("/api/", http.StripPrefix("/api", api))
	if _, ok := intakes["webform"]; ok {
		for _, at := range []string{"/contact", "/contact/{$}", "/contact/style.css"} {
			mux.Handle(at, contact(api))
		}
	}
	d.handler = below(c.BasePath, mux)
	return nil
}

// panel is the program for browsers that the pages start, or nil: the host wants the pages alone, or the build has none.
func (d *Desk) panel() (pages.Panel, error) {
	if d.cfg.PlainPages {
		return nil, nil
	}
	p, err := panel.New()
	if err != nil || p == nil {
		return nil, err
	}
	return p, nil
}

// contact serves the form where people look for it, as the API does below intake: so its hosts, limits, recovery and log hold here too.
// The links of the page start from the path that the browser knows, which stays in RequestURI.
func contact(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := *r.URL
		u.Path, u.RawPath = "/intake/webform"+strings.TrimPrefix(u.Path, "/contact"), ""
		r = r.WithContext(r.Context()) // the host's request keeps its own URL
		r.URL = &u
		api.ServeHTTP(w, r)
	})
}

func (d *Desk) panels() *adapters.PanelDesk {
	if d.cfg.Panels == nil {
		return nil
	}
	return adapters.NewPanelDesk(d.service, d.cfg.Panels)
}

func (d *Desk) mailboxes() *adapters.MailboxDesk {
	if d.cfg.Mailboxes == nil {
		return nil
	}
	return adapters.NewMailboxDesk(d.service, d.cfg.Mailboxes)
}

// ready reports whether the database answers and has room.
func (d *Desk) ready(ctx context.Context) error { return d.cfg.Store.Ready(ctx) }

// below serves h below a prefix, whether or not the host's mux has stripped it. A chi router above leaves its own idea of the path in the
// context, which routers below would follow instead of the URL.
func below(prefix string, h http.Handler) http.Handler {
	prefix = strings.TrimRight(prefix, "/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(chi.RouteCtxKey) != nil {
			r = r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, (*chi.Context)(nil)))
		}
		if rest, ok := strings.CutPrefix(r.URL.Path, prefix); ok && prefix != "" && (rest == "" || rest[0] == '/') {
			if rest == "" {
				http.Redirect(w, r, prefix+"/", http.StatusPermanentRedirect)
				return
			}
			u := *r.URL
			u.Path, u.RawPath = rest, strings.TrimPrefix(u.RawPath, prefix)
			r = r.WithContext(r.Context()) // the host's request keeps its own URL
			r.URL = &u
		}
		h.ServeHTTP(w, r)
	})
}

// Seal signs transcripts and checks them, also those from before the secret was changed.
func (d *Desk) Seal() *transcript.Seal { return d.seal }
