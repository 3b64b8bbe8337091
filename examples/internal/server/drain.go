package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	freshGrace = 5 * time.Second // how long one that was let in may take to say what it wants; http.Server waits as long
	drainLook  = 5 * time.Millisecond
)

// drain is a listener that ends a server without dropping anybody whom it has let in. http.Server.Shutdown alone drops a connection whose first request
// has not reached its handler when it is called, even if it was read.
type drain struct {
	net.Listener
	closed sync.Once
	last   chan struct{} // closed when nobody is let in any more
	ended  sync.Once
	fresh  sync.Map // connections of which no handler has begun a request
}

// freshConn is under which key a request carries its connection.
type freshConn struct{}

// newDrain lets srv serve what l takes in. Its handler must be set before.
func newDrain(l net.Listener, srv *http.Server) *drain {
	d := &drain{Listener: l, last: make(chan struct{})}
	h := srv.Handler
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.fresh.Delete(r.Context().Value(freshConn{})) // from here on Shutdown waits for it
		h.ServeHTTP(w, r)
	})
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, freshConn{}, c) }
	srv.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateClosed || s == http.StateHijacked {
			d.fresh.Delete(c)
		}
	}
	return d
}

// Accept notes whom it lets in before anybody else knows of it.
func (d *drain) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	switch {
	case err == nil:
		d.fresh.Store(c, nil)
	case errors.Is(err, net.ErrClosed):
		d.ended.Do(func() { close(d.last) })
	}
	return c, err
}

// Close stops letting in. Only the first call does anything.
func (d *drain) Close() (err error) {
	d.closed.Do(func() { err = d.Listener.Close() })
	return err
}

// end lets nobody in any more, serves those who are, and shuts the server down, until ctx ends.
func (d *drain) end(ctx context.Context, srv *http.Server) error {
	err := d.Close()
	late := time.NewTimer(freshGrace)
	defer late.Stop()
	select {
	case <-d.last:
	case <-late.C: // it does not serve at all
	case <-ctx.Done():
	}
	srv.SetKeepAlivesEnabled(false)
	look := time.NewTicker(drainLook)
	defer look.Stop()
	for waiting := true; waiting; {
		waiting = false
		d.fresh.Range(func(any, any) bool {
			waiting = true
			return false
		})
		if !waiting {
			break
		}
		select {
		case <-look.C:
		case <-late.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	return errors.Join(err, srv.Shutdown(ctx))
}
