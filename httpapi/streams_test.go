package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/ticket"
)

// runLive runs the live updates from now until the test ends, once.
func (d *desk) runLive() {
	d.t.Helper()
	if d.live.Stats().Running {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.live.Run(ctx) }()
	for !d.live.Stats().Running {
		runtime.Gosched()
	}
	d.stopLive = func() {
		cancel()
		require.NoError(d.t, <-done)
		d.stopLive = func() {}
	}
	d.t.Cleanup(func() { d.stopLive() })
}

// newest is the place of the newest event.
func (d *desk) newest() live.Position {
	d.t.Helper()
	es, err := d.service.Follow(context.Background(), system, -1, 1)
	require.NoError(d.t, err)
	return (&live.Item{Followed: es[0]}).Position()
}

// block is what stands between two empty lines of a stream.
type block struct {
	id, event, retry string
	data             map[string]any
	comment          bool
}

// tap is a ResponseWriter that hands on the blocks of a stream as they are flushed.
type tap struct {
	*httptest.ResponseRecorder
	blocks chan block

	mu   sync.Mutex
	rest string
}

func newTap() *tap {
	return &tap{ResponseRecorder: httptest.NewRecorder(), blocks: make(chan block, 1<<14)}
}

func (w *tap) Write(b []byte) (int, error) {
	w.mu.Lock()
	w.rest += string(b)
	w.mu.Unlock()
	return w.ResponseRecorder.Write(b)
}

func (w *tap) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		text, rest, ok := strings.Cut(w.rest, "\n\n")
		if !ok {
			return
		}
		w.rest = rest
		w.blocks <- parseBlock(text)
	}
}

func parseBlock(text string) (b block) {
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, ":"):
			b.comment = true
		case name == "id":
			b.id = value
		case name == "event":
			b.event = value
		case name == "retry":
			b.retry = value
		case name == "data":
			if err := json.Unmarshal([]byte(value), &b.data); err != nil {
				panic(err)
			}
		default:
			panic("no line of a stream: " + line)
		}
	}
	return b
}

// once serves a request for the stream until there is nothing more to see, as a client that then goes away.
func (d *desk) once(req *http.Request) *httptest.ResponseRecorder {
	d.t.Helper()
	d.runLive()
	end := d.newest().Seq
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	w, done := newTap(), make(chan struct{})
	go func() {
		defer close(done)
		d.handler.ServeHTTP(w, req.WithContext(ctx))
	}()
	for {
		select {
		case b := <-w.blocks:
			if p, _ := live.ParsePosition(b.id); b.comment && p.Seq >= end {
				cancel()
			}
		case <-done:
			return w.ResponseRecorder
		}
	}
}

// listener is somebody connected to the stream.
type listener struct {
	*tap
	d      *desk
	cancel context.CancelFunc
	done   chan struct{}
}

// listen connects.
func (d *desk) listen(token, query string, headers ...header) *listener {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req := httptest.NewRequestWithContext(ctx, get, "http://desk.example"+d.prefix+"/events"+query, nil)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		req.Header.Set(h[0], h[1])
	}
	l := &listener{tap: newTap(), d: d, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		d.handler.ServeHTTP(l.tap, req)
	}()
	d.t.Cleanup(l.leave)
	return l
}

func (l *listener) leave() {
	l.cancel()
	<-l.done
}

// next gives the next event; false when the stream has ended. Heartbeats are left out.
func (l *listener) next() (block, bool) {
	l.d.t.Helper()
	for {
		select {
		case b := <-l.blocks:
			if b.event != "" {
				return b, true
			}
		case <-l.done:
			if len(l.blocks) == 0 {
				return block{}, false
			}
		case <-time.After(2 * time.Minute):
			require.Fail(l.d.t, "nothing comes")
		}
	}
}

// nextOf is the next event of a name, and of a type unless that is empty; what is between is passed over: sign-ins of the test itself.
func (l *listener) nextOf(name, typ string) block {
	l.d.t.Helper()
	for {
		b, ok := l.next()
		require.True(l.d.t, ok, "the stream has ended: %s", l.Body)
		if b.event == name && (typ == "" || b.data["type"] == typ) {
			return b
		}
	}
}

// ends waits for the end of the stream and gives what came before.
func (l *listener) ends() (events []block) {
	l.d.t.Helper()
	for {
		b, ok := l.next()
		if !ok {
			return events
		}
		events = append(events, b)
	}
}

// connected waits until the stream has begun.
func (l *listener) connected() block {
	l.d.t.Helper()
	select {
	case b := <-l.blocks:
		return b
	case <-l.done:
		require.Fail(l.d.t, "refused", "%d %s", l.Code, l.Body)
	case <-time.After(2 * time.Minute):
		require.Fail(l.d.t, "nothing comes")
	}
	return block{}
}

// ticketsIn names the tickets that a stream told of.
func ticketsIn(body string) (seen []ticket.ID) {
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 1<<20)
	for name := ""; lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = v
		}
		if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok && name == "ticket" {
			var d struct {
				ID ticket.ID `json:"ticket_id"`
			}
			if json.Unmarshal([]byte(v), &d) == nil {
				seen = append(seen, d.ID)
			}
		}
	}
	return seen
}
