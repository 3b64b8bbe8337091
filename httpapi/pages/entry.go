package pages

import (
	"net/http"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// pageCSP is the policy of every page. There is no script, and no style beside the two files.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// entry is the outermost handler: what a Door does; foreign hosts and foreign posts are refused.
func (s *site) entry(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	door := &web.Door{
		Name: "page", Trusted: s.cfg.TrustedProxies, Now: s.now, Observer: s.cfg.Observer, Log: s.log, Fail: s.fail, Panicked: ticket.Errorf(ticket.Internal, "a page panicked"),
		Header: map[string]string{"Content-Security-Policy": pageCSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"},
	}
	return door.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !s.hosts.Allow(r.Host):
			s.fail(w, r, errHost)
		case guard.Check(r) != nil:
			s.fail(w, r, errForeign)
		default:
			next.ServeHTTP(w, r)
		}
	}))
}
