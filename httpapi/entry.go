package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

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

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// entry is the outermost handler: it gives each request its id, its address and its headers, recovers from panics and writes the log.
func (a *api) entry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.now()
		x := &exchange{peer: peerOf(r), path: clientPath(r)}
		x.client = clientOf(r, x.peer, a.cfg.TrustedProxies)
		if id := r.Header.Get("X-Request-Id"); trusts(a.cfg.TrustedProxies, x.peer) && requestID.MatchString(id) {
			x.id = id
		} else {
			x.id = ticket.NewID(began)
		}
		rec := &recorder{ResponseWriter: w}
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
		if !a.hosts.allow(r.Host) && !(x.client.IsLoopback() && strings.HasSuffix(r.URL.Path, "/health")) {
			a.problem(rec, r, errHost)
			return
		}
		if a.cors(rec, r) {
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// recovered answers for a handler that panicked. When part of an answer is out already, the connection is cut so that nobody takes
// it for whole.
func (a *api) recovered(w *recorder, r *http.Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	a.log.ErrorContext(r.Context(), "a handler panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
		"request_id", exchangeOf(r.Context()).id)
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.problem(w, r, ticket.Errorf(ticket.Internal, "a handler panicked"))
}

// logRequest writes one line without anything that people wrote: no query, no body, and the route instead of the path.
func (a *api) logRequest(r *http.Request, w *recorder, took time.Duration) {
	x := exchangeOf(r.Context())
	level := slog.LevelDebug
	failed := x.err != nil && (w.status >= 500 || w.status < 400) // the latter broke off in the middle
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
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", x.route), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.Duration("took", took), slog.String("request_id", x.id), slog.String("address", x.client.String())}
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

// hostList says for which hosts the desk answers.
type hostList struct {
	any      bool
	exact    map[string]bool
	suffixes []string // with their leading dot
}

func newHostList(hosts []string) (hostList, error) {
	l := hostList{any: len(hosts) == 0, exact: map[string]bool{}}
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSpace(h))
		switch {
		case h == "*":
			l.any = true
		case strings.HasPrefix(h, "*.") && len(h) > 2:
			l.suffixes = append(l.suffixes, h[1:])
		case strings.HasPrefix(h, ".") && len(h) > 1:
			l.suffixes, l.exact[h[1:]] = append(l.suffixes, h), true
		case h == "" || strings.ContainsAny(h, "*/ "):
			return hostList{}, ticket.InvalidField("allowed_hosts", "%q is not a host", h)
		default:
			l.exact[hostName(h)] = true
		}
	}
	return l, nil
}

// hostName is a host without port, brackets and final dot, in lower case.
func hostName(hostport string) string {
	h := hostport
	if i := strings.LastIndexByte(h, ':'); i >= 0 && (strings.Count(h, ":") == 1 || strings.HasSuffix(h[:i], "]")) {
		h = h[:i]
	}
	h = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]")
	return strings.ToLower(strings.TrimSuffix(h, "."))
}

func (l hostList) allow(hostport string) bool {
	if l.any {
		return true
	}
	h := hostName(hostport)
	return l.exact[h] || slices.ContainsFunc(l.suffixes, func(s string) bool { return len(h) > len(s) && strings.HasSuffix(h, s) })
}

const (
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
	corsExposed = "Content-Disposition, ETag, Location, Retry-After, X-Request-Id"
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
