package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// apiCSP is for answers that no browser shows as a page.
const apiCSP = "default-src 'none'; frame-ancestors 'none'"

// entry is the outermost handler: what a Door does, then which hosts and origins are served.
func (a *api) entry(next http.Handler) http.Handler {
	door := &web.Door{
		Name: "request", Trusted: a.cfg.TrustedProxies, Now: a.now, Observer: a.cfg.Observer, Log: a.log, Fail: a.problem, Panicked: ticket.Errorf(ticket.Internal, "a handler panicked"),
		Header: map[string]string{"Content-Security-Policy": apiCSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
	}
	return door.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.hosts.Allow(r.Host) && !(web.ExchangeOf(r.Context()).Client.IsLoopback() && a.isHealth(r)) {
			a.problem(w, r, errHost)
			return
		}
		if a.cors(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// isHealth reports whether GET health is asked for, wherever the API is mounted, and not something of an adapter that ends alike.
func (a *api) isHealth(r *http.Request) bool {
	path := r.URL.Path
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePath != "" { // below chi's Mount the path is still whole
		path = c.RoutePath
	}
	return path == "/health"
}

const (
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
	corsExposed = "Content-Disposition, ETag, Idempotency-Replayed, Location, Retry-After, X-Request-Id"
)

// cors marks answers for the listed origins and answers preflights; true means that the request is done. Cookies never count across
// origins, so credentials are not allowed: other sites send a bearer token.
func (a *api) cors(w http.ResponseWriter, r *http.Request) bool {
	if len(a.cfg.CORSOrigins) == 0 {
		return false
	}
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(a.cfg.CORSOrigins, origin) {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// allowedMethods lists the methods that the router knows for the path of r.
func (a *api) allowedMethods(r *http.Request) string {
	path := r.URL.EscapedPath()
	if rc := chi.RouteContext(r.Context()); rc != nil && rc.RoutePath != "" {
		path = rc.RoutePath
	}
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if a.router.Match(chi.NewRouteContext(), m, path) {
			out = append(out, m)
		}
	}
	return strings.Join(append(out, http.MethodOptions), ", ")
}

// methodNotAllowed answers OPTIONS, and refuses other methods that a path does not have.
func (a *api) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", a.allowedMethods(r))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	a.problem(w, r, errNoMethod)
}

func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	a.problem(w, r, ticket.Errorf(ticket.NotFound, "there is no such call"))
}
