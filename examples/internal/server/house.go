package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

// house is the process: all its desks behind one listener.
type house struct {
	p        *program
	desks    []*station
	log      *slog.Logger
	texts    *i18n.Catalog
	notify   *notifier
	begun    chan struct{} // closed when the start has succeeded, so that no desk works before all may
	draining atomic.Bool
}

const (
	// firstTry bounds how long the start waits for desks that take their time to open.
	firstTry = 20 * time.Second
	// shutdownGrace bounds what happens between the signal and the exit, but for SHUTDOWN_DELAY and the two seconds that traces get, and workGrace what of it the desks
	// have to finish their work.
	shutdownGrace = 7500 * time.Millisecond
	workGrace     = 5500 * time.Millisecond
)

// house reads the configuration of all desks and starts nothing.
func (p *program) house(demo bool) (*house, error) {
	texts, err := i18n.Load(serverTexts)
	if err != nil {
		return nil, err
	}
	list, err := p.tenants()
	if err != nil {
		return nil, err
	}
	h := &house{p: p, log: p.logger(list[0].c), texts: texts, notify: newNotifier(p.environ), begun: make(chan struct{})}
	p.env.warn(h.log)
	for _, t := range list {
		s := &station{tenant: t, demo: demo && len(p.desks) == 0, log: t.p.logger(t.c)}
		if len(p.desks) > 0 {
			t.p.env.warn(s.log)
		}
		s.log.Info("starting", "name", t.c.ProjectName, "time_zone", t.c.Zone.String(), "data", t.c.DataDir, "database", t.c.Database.Name)
		h.desks = append(h.desks, s)
	}
	return h, nil
}

// several reports whether desks are told apart by host, even when there is only one by now.
func (h *house) several() bool { return len(h.p.desks) > 0 }

// serve opens the desks and serves them until ctx ends; then it ends in this order: not ready any more, no intake, work finished or given back, live
// streams closed, requests answered, databases closed.
func (h *house) serve(ctx context.Context, web net.Listener, w *watch) error {
	defer w.close()
	defer h.close()
	shown, hide := context.WithCancel(context.WithoutCancel(ctx)) // up to the end, which is worth to be seen
	defer hide()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	abort := context.AfterFunc(ctx, stop) // until all is open, the end needs no order
	failed, done := h.begin(work, web.Addr().String(), w)
	at, err := h.opened(work)
	if err == nil {
		close(h.begun)
	}
	if !abort() || err != nil {
		stop()
		<-done
		return errors.Join(err, web.Close())
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)}
	door := newDrain(web, srv)
	serving := make(chan error, 2)
	go func() { serving <- srv.Serve(door) }()
	go func() {
		if err := w.serve(shown); err != nil {
			serving <- err
		}
	}()
	if at.Metrics = w.addr(); h.p.started != nil {
		h.p.started(at)
	}
	h.notify.ready(work, "http://"+web.Addr().String()+"/healthz")
	select {
	case err = <-serving:
	case err = <-failed:
	case <-ctx.Done():
	}
	err = errors.Join(err, h.end(srv, door, stop, done))
	select {
	case late := <-failed: // at the end
		err = errors.Join(err, late)
	default:
	}
	return err
}

// begin starts to open and run every desk. failed gets the first error of a desk that ends the process; done is closed when all have ended.
func (h *house) begin(ctx context.Context, at string, w *watch) (failed chan error, done chan struct{}) {
	failed, done = make(chan error, 1), make(chan struct{})
	var all sync.WaitGroup
	for _, s := range h.desks {
		s.first, s.begun, s.watch = make(chan error, 1), h.begun, w
		all.Go(func() {
			err := s.run(ctx, at)
			if err == nil {
				return
			}
			select {
			case failed <- err:
			default:
			}
		})
	}
	go func() {
		all.Wait()
		close(done)
	}()
	return failed, done
}

// opened waits until each desk is open or in trouble. What a person has to change is an error.
func (h *house) opened(ctx context.Context) (Addresses, error) {
	late, cancel := context.WithCancel(ctx)
	if h.several() {
		late, cancel = context.WithTimeout(ctx, firstTry)
	}
	defer cancel()
	var errs []error
	for _, s := range h.desks {
		var err error
		select {
		case err = <-s.first:
		case <-late.Done():
			select {
			case err = <-s.first:
			default:
				s.log.Warn("this desk takes its time to open; the others are served")
			}
		}
		switch {
		case err == nil:
		case !h.several():
			return Addresses{}, err
		case refused(err):
			errs = append(errs, fmt.Errorf("desk %s: %w", s.p.env.desk, err))
		}
	}
	at := h.desks[0].addresses()
	if h.several() {
		at = Addresses{HTTP: at.HTTP, Desks: map[string]Addresses{}}
		for _, s := range h.desks {
			if a := s.addresses(); a.HTTP != "" {
				at.HTTP, at.Desks[s.p.env.desk] = a.HTTP, a
			}
		}
	}
	return at, errors.Join(errs...)
}

func (s *station) addresses() Addresses {
	if o := s.open.Load(); o != nil {
		return o.at
	}
	return Addresses{}
}

// end ends what serve has begun, within shutdownGrace after the delay that was asked for.
func (h *house) end(srv *http.Server, door *drain, stop func(), done <-chan struct{}) error {
	h.draining.Store(true)
	h.notify.stopping()
	h.log.Info("stopping")
	if d := h.desks[0].c.ShutdownDelay; d > 0 { // whoever asks /readyz sends nothing more, and what was sent is still served
		linger := time.NewTimer(d)
		defer linger.Stop()
		select {
		case <-linger.C:
		case <-done: // there is nothing to serve with
		}
	}
	over, cancel := context.WithTimeout(context.Background(), cmp.Or(h.p.preset.shutdownGrace, shutdownGrace))
	defer cancel()
	stop()
	patience := time.NewTimer(cmp.Or(h.p.preset.workGrace, workGrace))
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		h.log.Warn("some work takes its time; requests are ended meanwhile")
	}
	var err error
	if err = door.end(over, srv); err != nil {
		err = errors.Join(fmt.Errorf("some requests were cut off: %w", err), srv.Close())
	}
	select {
	case <-done:
	case <-over.Done():
		err = errors.Join(err, errors.New("some work was cut off; its leases run out by themselves"))
	}
	return err
}

func (h *house) close() {
	for _, s := range h.desks {
		s.close()
	}
}

// at is the desk of a host; nil when none answers for it, or when desks are not told apart.
func (h *house) at(host string) *station {
	if !h.several() {
		return nil
	}
	for _, s := range h.desks {
		if s.hosts.Allow(host) {
			return s
		}
	}
	return nil
}

// ServeHTTP gives each request to the desk of its host. How the process fares is told to everybody, for those who ask know its address alone.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.draining.Load() {
		w.Header().Set("Connection", "close") // the next request goes where somebody stays
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		switch r.URL.Path {
		case "/healthz":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte("ok\n"))
			return
		case "/readyz":
			h.readyz(w, r)
			return
		}
	}
	s := h.at(r.Host)
	if !h.several() {
		s = h.desks[0]
	}
	switch {
	case s == nil && r.URL.Path == "/api/health" && fromHere(r):
		writeJSON(w, "application/json", http.StatusOK, map[string]string{"status": "ok", "service": h.p.preset.Name})
	case s == nil:
		h.refuse(w, r, nil, http.StatusMisdirectedRequest, "host")
	default:
		o := s.open.Load()
		if o == nil {
			w.Header().Set("Retry-After", "30")
			h.refuse(w, r, s, http.StatusServiceUnavailable, "unavailable")
			return
		}
		o.handler.ServeHTTP(w, r)
	}
}

// refuse answers for a desk that is not there, or for nobody, in the language of the visitor.
func (h *house) refuse(w http.ResponseWriter, r *http.Request, s *station, status int, word string) {
	lang := i18n.German
	if s != nil {
		lang = s.c.Locale
	}
	text := h.texts.T(i18n.Match(r.Header.Get("Accept-Language"), lang), "serve."+word)
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeJSON(w, "application/problem+json", status, map[string]any{"type": "urn:ticketkit:problem:" + word, "title": http.StatusText(status), "status": status,
			"detail": h.texts.T(i18n.English, "serve."+word), "instance": r.URL.EscapedPath()})
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
