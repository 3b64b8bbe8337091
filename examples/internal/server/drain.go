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
	freshGrace = time.Second           // how long one that was let in may take to say what it wants
	readGrace  = 20 * time.Millisecond // from there until http.Server knows that it is at work
	drainLook  = 5 * time.Millisecond
)

// drain ends a server without dropping anybody whom it has let in. http.Server.Shutdown alone closes connections whose first request has not been read
// when it is called, or was read a moment later.
type drain struct {
	net.Listener
	closed sync.Once
	fresh  sync.Map // connections that have not asked for anything yet
}

// Close stops letting in. Only the first call does anything.
func (d *drain) Close() (err error) {
	d.closed.Do(func() { err = d.Listener.Close() })
	return err
}

// state is for http.Server.ConnState.
func (d *drain) state(c net.Conn, s http.ConnState) {
	if s == http.StateNew {
		d.fresh.Store(c, nil)
		return
	}
	d.fresh.Delete(c)
}

// end lets nobody in any more, serves those who are, and shuts the server down, until ctx ends.
func (d *drain) end(ctx context.Context, srv *http.Server) error {
	err := d.Close()
	srv.SetKeepAlivesEnabled(false)
	late := time.NewTimer(freshGrace)
	defer late.Stop()
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
	time.Sleep(readGrace)
	return errors.Join(err, srv.Shutdown(ctx))
}
