package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// What a desk can be, as GET /readyz says it.
const (
	isReady    = "ready"
	isDraining = "draining" // the process is about to end
	isAway     = "unavailable"
	noDatabase = "database" // it does not answer
	noRoom     = "full"     // the disk has no room for changes
	oldSchema  = "schema"   // its tables are behind this program
)

// readiness remembers for a moment whether a database can be worked with, so that nobody wears it out by asking.
type readiness struct {
	store *store.Store
	blobs *store.FileBlobs

	mu    sync.Mutex
	state string
	until time.Time
}

// readyWithin bounds one look, and readyFor is how long its result counts.
const (
	readyWithin = 2 * time.Second
	readyFor    = 500 * time.Millisecond
)

// look says isReady, or what is missing.
func (r *readiness) look(ctx context.Context) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Now().Before(r.until) {
		return r.state
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	state := r.ask(ctx)
	if ctx.Err() == nil || state == isReady { // who gave up says nothing about the database
		r.state, r.until = state, time.Now().Add(readyFor)
	}
	return state
}

func (r *readiness) ask(ctx context.Context) string {
	err := r.store.Ready(ctx)
	if err == nil {
		err = r.blobs.Ready(ctx)
	}
	switch {
	case errors.Is(err, ticket.ErrNoRoom):
		return noRoom
	case err != nil:
		return noDatabase
	}
	steps, err := r.store.MigrationStatus(ctx)
	switch {
	case errors.Is(err, store.ErrSchema): // a newer program has added to it, which this one need not know
		return isReady
	case err != nil:
		return noDatabase
	}
	for _, s := range steps {
		if s.Applied.IsZero() {
			return oldSchema
		}
	}
	return isReady
}

// readyJSON is the answer of GET /readyz. Desks are named only to who asks from this machine.
type readyJSON struct {
	Status string            `json:"status"`
	Desks  map[string]string `json:"desks,omitempty"`
}

// readyz tells whether this process can be sent requests: to the desk of the host, or to any.
func (h *house) readyz(w http.ResponseWriter, r *http.Request) {
	out := readyJSON{Status: isAway}
	if s := h.at(r.Host); s != nil {
		out.Status = s.state(r.Context())
	} else {
		out.Desks = map[string]string{}
		for _, s := range h.desks { // one that is away does not take the others with it
			state := s.state(r.Context())
			if out.Desks[s.p.env.desk] = state; state == isReady {
				out.Status = isReady
			}
		}
		if !h.several() {
			out.Status, out.Desks = h.desks[0].state(r.Context()), nil
		} else if !fromHere(r) {
			out.Desks = nil
		}
	}
	if h.draining.Load() {
		out.Status = isDraining
	}
	status := http.StatusOK
	if out.Status != isReady {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, "application/json", status, out)
}

func (s *station) state(ctx context.Context) string {
	o := s.open.Load()
	if o == nil {
		return isAway
	}
	return o.ready.look(ctx)
}

// fromHere reports whether a request comes from this machine itself and not through a proxy on it.
func fromHere(r *http.Request) bool {
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return web.PeerAddress(r).IsLoopback()
}

// writeJSON answers with a document that nobody keeps.
func writeJSON(w http.ResponseWriter, media string, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
