package pages

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/web"
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

// entry is the outermost handler: it gives each request its id, its address and its headers, refuses foreign hosts and foreign posts,
// recovers from panics and writes the log.
func (s *site) entry(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.now()
		x := &exchange{id: ticket.NewID(began), client: httpapi.ClientAddress(r, s.cfg.TrustedProxies), secure: r.TLS != nil}
		if s.fromProxy(r) {
			if id := r.Header.Get("X-Request-Id"); web.ValidRequestID(id) {
				x.id = id
			}
			x.secure = x.secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
		}
		rec := &web.Recorder{ResponseWriter: w}
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
		case !s.hosts.Allow(r.Host):
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
func (s *site) recovered(w *web.Recorder, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // what was panicked with, not what it wraps
		panic(v)
	}
	s.log.ErrorContext(r.Context(), "a page panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
		"request_id", exchangeOf(r.Context()).id)
	if w.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.fail(w, r, ticket.Errorf(ticket.Internal, "a page panicked"))
}

// logRequest writes one line without anything that people wrote: no query, no body, and the route instead of the path.
func (s *site) logRequest(r *http.Request, w *web.Recorder, took time.Duration) {
	x := exchangeOf(r.Context())
	level := slog.LevelDebug
	switch {
	case w.Status >= 500:
		level = slog.LevelError
	case r.Method == http.MethodPost:
		level = slog.LevelInfo
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", x.route), slog.Int("status", w.Status),
		slog.Duration("took", took), slog.String("request_id", x.id), slog.String("address", x.client.String())}
	if x.account != "" {
		attrs = append(attrs, slog.String("account_id", string(x.account)))
	}
	if x.err != nil && w.Status >= 500 {
		attrs = append(attrs, slog.String("error", x.err.Error()))
	}
	s.log.LogAttrs(r.Context(), level, "page", attrs...)
}
