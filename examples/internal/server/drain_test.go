package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDrainDropsNobody changes servers on one socket, again and again, while people come as fast as they can: each is served by one of them.
func TestDrainDropsNobody(t *testing.T) {
	t.Parallel()
	first, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	kept, err := first.(*net.TCPListener).File()
	require.NoError(t, err)
	t.Cleanup(func() { _ = kept.Close() })
	require.NoError(t, first.Close())
	start := func() (stop func()) {
		l, err := net.FileListener(kept)
		require.NoError(t, err)
		srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("served")) })}
		door := newDrain(l, srv)
		done := make(chan error, 1)
		go func() { done <- srv.Serve(door) }()
		return func() {
			require.NoError(t, door.end(t.Context(), srv))
			require.Error(t, <-done)
		}
	}
	ctx, enough := context.WithCancel(t.Context())
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	var asked atomic.Int64
	var mu sync.Mutex
	var lost []string
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+first.Addr().String(), nil)
				if err == nil {
					var res *http.Response
					if res, err = client.Do(req); err == nil {
						err = res.Body.Close()
					}
				}
				if err != nil {
					mu.Lock()
					lost = append(lost, err.Error())
					mu.Unlock()
				}
				asked.Add(1)
			}
		})
	}
	stop := start()
	for range 50 {
		before := asked.Load()
		require.Eventually(t, func() bool { return asked.Load() > before+20 }, time.Minute, time.Millisecond)
		stop()
		stop = start()
	}
	enough()
	all.Wait()
	stop()
	require.Empty(t, lost, "%d of %d: %s", len(lost), asked.Load(), strings.Join(lost[:min(len(lost), 5)], "\n"))
}

// TestDrainWaitsForWords: who was let in and has not spoken yet is heard, and who never speaks does not hold the end up for long.
func TestDrainWaitsForWords(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("served")) })}
	door := newDrain(l, srv)
	go func() { _ = srv.Serve(door) }()
	dial := func() net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	speaks, silent := dial(), dial()
	letIn := func() (n int) {
		door.fresh.Range(func(any, any) bool { n++; return true })
		return n
	}
	require.Eventually(t, func() bool { return letIn() == 2 }, time.Minute, time.Millisecond)
	ended := make(chan error, 1)
	go func() { ended <- door.end(t.Context(), srv) }()
	<-door.last
	_, err = fmt.Fprintf(speaks, "GET / HTTP/1.1\r\nHost: desk.example\r\n\r\n")
	require.NoError(t, err)
	answer := make([]byte, 15)
	_, err = speaks.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 200 OK", string(answer))
	require.NoError(t, <-ended)
	_, err = silent.Read(answer)
	require.Error(t, err, "it was closed")
}
