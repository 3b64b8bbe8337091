package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// apiCSP is for answers that no browser shows as a page.
const apiCSP = "default-src 'none'; frame-ancestors 'none'"

// exchange is what is known of one request and its answer, for problems and for the log.
type exchange struct {
	id      string
	path    string // as the client sees it, mount point included, without the query
	peer    netip.Addr
	client  netip.Addr
	route   string
	account ticket.AccountID
	err     error
}

type exchangeKey struct{}

// exchangeOf gives the exchange that entry put into the context; an empty one when somebody calls a handler without it.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// entry is the outermost handler: it gives each request its id, its address and its headers, recovers from panics and writes the log.
func (a *api) entry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.now()
		x := &exchange{peer: peerOf(r), path: clientPath(r)}
		x.client = clientOf(r, x.peer, a.cfg.TrustedProxies)
		if id := r.Header.Get("X-Request-Id"); trusts(a.cfg.TrustedProxies, x.peer) && web.ValidRequestID(id) {
			x.id = id
		} else {
			x.id = ticket.NewID(began)
		}
		rec := &web.Recorder{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		h := rec.Header()
		h.Set("X-Request-Id", x.id)
		h.Set("Content-Security-Policy", apiCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		defer func() { a.logRequest(r, rec, a.now().Sub(began)) }()
		defer func() {
			if v := recover(); v != nil {
				a.recovered(rec, r, v)
			}
		}()
		if !a.hosts.Allow(r.Host) && !(x.client.IsLoopback() && a.isHealth(r)) {
			a.problem(rec, r, errHost)
			return
		}
		if a.cors(rec, r) {
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// isHealth reports whether GET health is asked for, wherever the API is mounted, and not something of an adapter that ends alike.
func (a *api) isHealth(r *http.Request) bool {
	path := r.URL.Path
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePath != "" { // below chi's Mount the path is still whole
		path = c.RoutePath
	}
	return path == "/health"
}

// recovered answers for a handler that panicked. When part of an answer is out already, the connection is cut so that nobody takes
// it for whole.
func (a *api) recovered(w *web.Recorder, r *http.Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	a.log.ErrorContext(r.Context(), "a handler panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
		"request_id", exchangeOf(r.Context()).id)
	if w.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.problem(w, r, ticket.Errorf(ticket.Internal, "a handler panicked"))
}

// logRequest writes one line without anything that people wrote: no query, no body, and the route instead of the path.
func (a *api) logRequest(r *http.Request, w *web.Recorder, took time.Duration) {
	x := exchangeOf(r.Context())
	level := slog.LevelDebug
	failed := x.err != nil && (w.Status >= 500 || w.Status < 400) // the latter broke off in the middle
	switch {
	case failed && r.Context().Err() != nil: // the client went away
	case failed:
		level = slog.LevelError
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		level = slog.LevelInfo
	}
	if !a.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", x.route), slog.Int("status", w.Status),
		slog.Int64("bytes", w.Bytes), slog.Duration("took", took), slog.String("request_id", x.id), slog.String("address", x.client.String())}
	if x.account != "" {
		attrs = append(attrs, slog.String("account_id", string(x.account)))
	}
	if failed {
		attrs = append(attrs, slog.String("error", x.err.Error()))
	}
	a.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// clientPath is the path that the client asked for, whatever prefixes muxes have taken off since.
func clientPath(r *http.Request) string {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		return u.EscapedPath()
	}
	return r.URL.EscapedPath()
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
