package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is a listener whose connections are pipes: a server on it lives in the time of a test.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.done)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

// dial connects as somebody to the stream and sends the request.
func (p *pipes) dial(t *testing.T, token string) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	p.conns <- theirs
	_, err := fmt.Fprintf(ours, "GET /api/events HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer %s\r\n\r\n", token)
	require.NoError(t, err)
	return ours
}

func serve(d *desk) (*pipes, *http.Server) {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: d.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second}
	go func() { _ = srv.Serve(p) }()
	return p, srv
}

func splitBlocks(body string) (out []string) {
	for text := range strings.SplitSeq(body, "\n\n") {
		if strings.TrimSpace(text) != "" {
			out = append(out, strings.Trim(text, "\n"))
		}
	}
	return out
}

// TestStreamOutlivesTheServersTimeouts: they are for requests; a stream is none.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, withHeartbeat(0))
		d.runLive()
		p, srv := serve(d)
		conn := p.dial(t, d.bearer("sam"))
		beats, ended := make(chan time.Time, 100), make(chan struct{})
		go func() {
			defer close(ended)
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				if lines.Text() == ":" {
					beats <- time.Now()
				}
			}
		}()
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		require.Len(t, beats, 40)
		drain, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		d.stopLive()
		require.NoError(t, srv.Shutdown(drain), "no stream holds up the end")
		<-ended
	})
}

// TestSlowReader: who does not read holds up nobody, and is cut off.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t, withHeartbeat(0))
		d.runLive()
		p, srv := serve(d)
		slow, quick := p.dial(t, d.bearer("sam")), p.dial(t, d.bearer("vera"))
		events, ended := make(chan string, 1000), make(chan struct{})
		go func() {
			defer close(ended)
			for lines := bufio.NewScanner(quick); lines.Scan(); {
				if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
					events <- name // vera sees no events of the desk
				}
			}
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		for range 20 {
			d.open("Drucker")
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Len(t, events, 20)
		require.Equal(t, 2, d.live.Stats().Clients)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, d.live.Stats().Clients)
		require.NoError(t, slow.Close())
		d.stopLive()
		require.NoError(t, srv.Shutdown(t.Context()))
		<-ended
	})
}
