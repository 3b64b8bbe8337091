package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/ticket"
)

// Exchange is what is known of one request and its answer, for error pages and for the log. Who handles the request fills in the rest.
type Exchange struct {
	ID           string     // of the request; a trusted proxy may have given it
	Path         string     // as the client sees it, mount point included, without the query
	Peer, Client netip.Addr // the other end of the connection, and who is behind trusted proxies
	Secure       bool       // over TLS, as far as this server or a trusted proxy knows

	Route   string           // the pattern of the path
	Account ticket.AccountID // who asked
	Err     error            // why it failed
}

type exchangeKey struct{}

// ExchangeOf gives the exchange that a Door put into the context; an empty one when somebody calls a handler without it.
func ExchangeOf(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		return x
	}
	return &Exchange{}
}

// Door is what every request to a site passes first: it gives it an id, an address and headers, recovers from panics and writes one line
// into the log. All fields are needed but Trusted.
type Door struct {
	Name     string            // of the lines in the log
	Header   map[string]string // of every answer, unless a handler sets another
	Trusted  []netip.Prefix    // proxies that are believed what they say of the client
	Now      func() time.Time
	Observer observe.Observer // hears of each request; nil is nobody
	Log      *slog.Logger
	Fail     func(w http.ResponseWriter, r *http.Request, err error) // answers with an error
	Panicked error                                                   // what Fail gets when a handler panicked
}

// Wrap puts the door before next, which gets a *Recorder.
func (d *Door) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := d.Now()
		x := d.exchange(r, began)
		rec := &Recorder{ResponseWriter: w}
		ctx, end := observe.Begin(context.WithValue(r.Context(), exchangeKey{}, x), d.Observer, observe.Work{Kind: observe.Request, ID: x.ID, Method: r.Method})
		r = r.WithContext(ctx)
		h := rec.Header()
		h.Set("X-Request-Id", x.ID)
		for name, value := range d.Header {
			h.Set(name, value)
		}
		defer func() { end(x.result(rec)) }()
		defer func() { d.line(r, rec, d.Now().Sub(began)) }()
		defer func() {
			if v := recover(); v != nil {
				d.recovered(rec, r, v)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// result is how a request ended. One that was cut off, or never answered, has failed.
func (x *Exchange) result(w *Recorder) observe.Result {
	out := observe.Result{Name: x.Route, Status: w.Status, Outcome: observe.OK, Stream: strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream")}
	if w.Status >= 500 || w.Status < 200 || x.Err != nil && w.Status < 400 {
		out.Outcome = observe.Failed
	}
	return out
}

func (d *Door) exchange(r *http.Request, now time.Time) *Exchange {
	x := &Exchange{Path: clientPath(r), Peer: PeerAddress(r), Secure: r.TLS != nil}
	x.Client = clientBehind(r, x.Peer, d.Trusted)
	if trusts(d.Trusted, x.Peer) {
		if id := r.Header.Get("X-Request-Id"); ValidRequestID(id) {
			x.ID = id
		}
		x.Secure = x.Secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	}
	if x.ID == "" {
		x.ID = ticket.NewID(now)
	}
	return x
}

// clientPath is the path that the client asked for, whatever prefixes muxes have taken off since.
func clientPath(r *http.Request) string {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		return u.EscapedPath()
	}
	return r.URL.EscapedPath()
}

// recovered answers for a handler that panicked. When part of an answer is out already, the connection is cut so that nobody takes
// it for whole.
func (d *Door) recovered(w *Recorder, r *http.Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	d.Log.ErrorContext(r.Context(), "a handler panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
		"request_id", ExchangeOf(r.Context()).ID)
	if w.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	d.Fail(w, r, d.Panicked)
}

// line writes one line without anything that people wrote: no query, no body, and the route instead of the path.
func (d *Door) line(r *http.Request, w *Recorder, took time.Duration) {
	x := ExchangeOf(r.Context())
	level := slog.LevelDebug
	failed := x.Err != nil && (w.Status >= 500 || w.Status < 400) // the latter broke off in the middle
	switch {
	case failed && r.Context().Err() != nil: // the client went away
	case failed:
		level = slog.LevelError
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		level = slog.LevelInfo
	}
	if !d.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", x.Route), slog.Int("status", w.Status),
		slog.Int64("bytes", w.Bytes), slog.Duration("took", took), slog.String("request_id", x.ID), slog.String("address", x.Client.String())}
	if x.Account != "" {
		attrs = append(attrs, slog.String("account_id", string(x.Account)))
	}
	if failed {
		attrs = append(attrs, slog.String("error", x.Err.Error()))
	}
	d.Log.LogAttrs(r.Context(), level, d.Name, attrs...)
}
