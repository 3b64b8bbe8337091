package pages

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/ticket"
)

// pageCSP is the policy of every page. There is no script, and no style beside the two files.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// exchange is what is known of one request and its answer.
type exchange struct {
	id      string
	client  netip.Addr
	secure  bool // over TLS, as far as this server or a trusted proxy knows
	route   string
	account ticket.AccountID
	err     error
}

type exchangeKey struct{}

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
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that an answer has begun.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// entry is the outermost handler: it gives each request its id, its address and its headers, refuses foreign hosts and foreign posts,
// recovers from panics and writes the log.
func (s *site) entry(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.now()
		x := &exchange{id: ticket.NewID(began), client: httpapi.ClientAddress(r, s.cfg.TrustedProxies), secure: r.TLS != nil}
		if s.fromProxy(r) {
			if id := r.Header.Get("X-Request-Id"); requestID.MatchString(id) {
				x.id = id
			}
			x.secure = x.secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
		}
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		h := rec.Header()
		h.Set("X-Request-Id", x.id)
		h.Set("Content-Security-Policy", pageCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		defer func() {
			if v := recover(); v != nil {
				s.recovered(rec, r, v)
			}
			s.logRequest(r, rec, s.now().Sub(began))
		}()
		switch {
		case !s.hosts.allow(r.Host):
			s.fail(rec, r, errHost)
		case guard.Check(r) != nil:
			s.fail(rec, r, errForeign)
		default:
			next.ServeHTTP(rec, r)
		}
	})
}

// fromProxy reports whether the other end of the connection is a trusted proxy.
func (s *site) fromProxy(r *http.Request) bool {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	peer := ap.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer) })
}

// recovered answers for a handler that panicked. When part of an answer is out already, the connection is cut so that nobody takes
// it for whole.
func (s *site) recovered(w *recorder, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // what was panicked with, not what it wraps
		panic(v)
	}
	s.log.ErrorContext(r.Context(), "a page panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
		"request_id", exchangeOf(r.Context()).id)
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.fail(w, r, ticket.Errorf(ticket.Internal, "a page panicked"))
}

// logRequest writes one line without anything that people wrote: no query, no body, and the route instead of the path.
func (s *site) logRequest(r *http.Request, w *recorder, took time.Duration) {
	x := exchangeOf(r.Context())
	level := slog.LevelDebug
	switch {
	case w.status >= 500:
		level = slog.LevelError
	case r.Method == http.MethodPost:
		level = slog.LevelInfo
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", x.route), slog.Int("status", w.status),
		slog.Duration("took", took), slog.String("request_id", x.id), slog.String("address", x.client.String())}
	if x.account != "" {
		attrs = append(attrs, slog.String("account_id", string(x.account)))
	}
	if x.err != nil && w.status >= 500 {
		attrs = append(attrs, slog.String("error", x.err.Error()))
	}
	s.log.LogAttrs(r.Context(), level, "page", attrs...)
}

// hostList says for which hosts the pages answer.
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
