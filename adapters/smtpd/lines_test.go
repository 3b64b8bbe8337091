package smtpd

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// feed gives l all of s in pieces, and reports whether it was content.
func feed(l *lineLimit, s string, piece int) bool {
	for s != "" {
		n := min(piece, len(s))
		if !l.read([]byte(s[:n])) {
			return false
		}
		s = s[n:]
	}
	return true
}

func TestLineLimit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"short lines":            {strings.Repeat("NOOP\r\n", 10_000), true},
		"longest line":           {long[2:] + "\r\n" + long[2:] + "\r\n", true},
		"too long":               {long + "\n", false},
		"without an end":         {long + "x", false},
		"behind another":         {"NOOP\r\n" + long + "x", false},
		"chunk":                  {"BDAT 20000\r\n" + strings.Repeat("x", 20_000) + "NOOP\r\n", true},
		"last chunk":             {"bdat 20000  last \r\n" + strings.Repeat("x", 20_000) + "NOOP\r\n", true},
		"more than the chunk":    {"BDAT 20\r\n" + strings.Repeat("x", 20) + long + "x", false},
		"no chunk: size":         {"BDAT -20000\r\n" + long + "x", false},
		"no chunk: word":         {"BDAT 20000 FIRST\r\n" + long + "x", false},
		"no chunk: words":        {"BDAT 20000 LAST LAST\r\n" + long + "x", false},
		"no chunk: too large":    {"BDAT 4294967296\r\n" + long + "x", false},
		"no chunk: no space":     {"BDAT\t20000\r\n" + long + "x", false},
		"TLS that is not there":  {"STARTTLS\r\n" + long + "x", false},
		"DATA that is not there": {"DATA\r\n" + long + "x", false},
	} {
		for _, piece := range []int{1, 7, 4096, 1 << 20} {
			require.Equal(t, c.ok, feed(&lineLimit{}, c.in, piece), "%s in pieces of %d", name, piece)
		}
	}
}

// TestLineLimitOfMail: a mail has no lines of commands until it has been answered.
func TestLineLimitOfMail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10*maxLine)
	l := &lineLimit{}
	require.True(t, feed(l, "DATA\r\nBDAT 4000000000\r\n", 4096), "the mail was not waited for")
	l.beginData()
	require.True(t, feed(l, long, 4096))
	l.endData()
	require.True(t, feed(l, long, 4096), "the rest of a refused mail")
	l.answered(10)
	require.False(t, feed(l, long, 4096))
	require.True(t, l.exceeded())
	l.answered(10)
	require.False(t, feed(l, "NOOP\r\n", 4096), "for good")
}

func TestLineLimitSealed(t *testing.T) {
	t.Parallel()
	record := strings.Repeat("x", maxSealed/2)
	l := &lineLimit{tls: true}
	require.True(t, feed(l, "starttls now\r\n", 4096))
	for range 10 {
		require.True(t, feed(l, record, 4096))
		l.answered(minSealedAnswer)
	}
	for range 10 {
		require.True(t, feed(l, record, 4096))
		l.progress()
	}
	require.True(t, feed(l, record, 4096))
	l.answered(minSealedAnswer - 1)
	require.False(t, feed(l, record+"x", 4096), "an answer of TLS itself is no sign of progress")
}

// wire is a connection without a network. It notes how long reads may take.
type wire struct {
	net.Conn
	from  net.Addr
	limit time.Duration
}

func (w *wire) RemoteAddr() net.Addr { return w.from }
func (w *wire) Close() error         { return nil }
func (w *wire) SetReadDeadline(t time.Time) error {
	w.limit = time.Until(t)
	return nil
}

func from(addr string) *wire {
	return &wire{from: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))}
}

func TestConnectionsOfOnePeer(t *testing.T) {
	t.Parallel()
	g := newGate(nil, gateLimits{conns: 9, peerConns: 2})
	first := g.admit(from("192.0.2.1:1"))
	require.NotNil(t, first)
	require.NotNil(t, g.admit(from("[::ffff:192.0.2.1]:2")))
	require.Nil(t, g.admit(from("192.0.2.1:3")), "a third")
	require.NotNil(t, g.admit(from("192.0.2.2:1")), "somebody else")

	require.NotNil(t, g.admit(from("[2001:db8::1]:1")))
	require.NotNil(t, g.admit(from("[2001:db8::2]:1")))
	require.Nil(t, g.admit(from("[2001:db8::3]:1")), "the same network")

	for range 2 { // closing twice gives one place
		require.NoError(t, first.Close())
	}
	require.NotNil(t, g.admit(from("192.0.2.1:4")))
	require.Nil(t, g.admit(from("192.0.2.1:5")))

	for _, addr := range []string{"127.0.0.1:1", "127.0.0.1:2", "[::1]:1"} {
		require.NotNil(t, g.admit(from(addr)), "loopback has the total only")
	}
	unix := &wire{from: &net.UnixAddr{Name: "@", Net: "unix"}}
	last := g.admit(unix)
	require.NotNil(t, last)
	require.Nil(t, g.admit(unix), "the total")
	require.NoError(t, last.Close())
	require.NotNil(t, g.admit(unix))

	for c := range g.conns {
		require.NoError(t, c.Close())
	}
	require.Empty(t, g.peers)
}

func TestReadDeadlines(t *testing.T) {
	t.Parallel()
	g := newGate(nil, gateLimits{conns: 1, command: time.Hour, transfer: 10 * time.Hour})
	w := from("127.0.0.1:1")
	c := g.admit(w)
	about := func(want time.Duration) {
		t.Helper()
		require.Greater(t, w.limit, want-30*time.Minute)
		require.LessOrEqual(t, w.limit, want)
	}
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Hour)))
	about(time.Hour)
	require.NoError(t, c.SetReadDeadline(time.Time{}))
	about(time.Hour)
	c.begin(false)
	about(10 * time.Hour)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Hour))) // between chunks
	about(5 * time.Hour)
	c.end()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Hour)))
	about(time.Hour)
}

func TestServerLimits(t *testing.T) {
	t.Parallel()
	a, err := New(Config{})
	require.NoError(t, err)
	r := a.(*receiver)
	require.Equal(t, 8, r.cfg.MaxPeerConns)
	require.Equal(t, gateLimits{conns: 32, peerConns: 8, command: time.Minute, transfer: 5 * time.Minute}, r.gateLimits())
}
