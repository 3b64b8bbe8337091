package smtpd

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// gateLimits are what a gate allows. All are required.
type gateLimits struct {
	conns     int           // at the same time
	peerConns int           // of them from one address that is not loopback
	command   time.Duration // to wait for one command
	transfer  time.Duration // for one mail, from its beginning
	tls       bool          // STARTTLS is offered
}

// gate is a listener that limits its connections and their command lines. It can end those that wait for a command, without
// disturbing those that transfer a mail.
type gate struct {
	net.Listener
	lim gateLimits

	mu      sync.Mutex
	changed sync.Cond // with mu: a connection ended, or a transfer
	conns   map[*conn]bool
	peers   map[netip.Prefix]int // connections
	busy    int                  // transfers, also of connections that have ended meanwhile
	closing bool
}

func newGate(l net.Listener, lim gateLimits) *gate {
	g := &gate{Listener: l, lim: lim, conns: map[*conn]bool{}, peers: map[netip.Prefix]int{}}
	g.changed.L = &g.mu
	return g
}

// Accept turns away what is too much.
func (g *gate) Accept() (net.Conn, error) {
	for {
		raw, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := g.admit(raw); c != nil {
			return c, nil
		}
		_ = raw.SetDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(raw, "421 4.3.2 Too many connections, try again later\r\n")
		_ = raw.Close()
	}
}

func (g *gate) admit(raw net.Conn) *conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	peer := peerOf(raw.RemoteAddr())
	if g.closing || len(g.conns) >= g.lim.conns || peer.IsValid() && g.peers[peer] >= g.lim.peerConns {
		return nil
	}
	c := &conn{Conn: raw, g: g, peer: peer}
	c.lines.tls = g.lim.tls
	g.conns[c] = true
	if peer.IsValid() {
		g.peers[peer]++
	}
	return c
}

// peerOf gives whom a connection counts for: an IPv4 address, or the /64 of an IPv6 address, of which one host has all. It
// is zero for this machine itself.
func peerOf(addr net.Addr) netip.Prefix {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil { // a Unix socket
		return netip.Prefix{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	if ip.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // fails for wrong bits only
	return p
}

// shut stops listening and ends every connection as soon as it transfers nothing.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closing = true
	_ = g.Listener.Close()
	for c := range g.conns {
		c.expire()
	}
}

// kill closes all connections.
func (g *gate) kill() {
	g.mu.Lock()
	conns := make([]*conn, 0, len(g.conns))
	for c := range g.conns {
		conns = append(conns, c)
	}
	g.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// wait returns true once nothing is open or under way, or false after d.
func (g *gate) wait(d time.Duration) bool {
	late := false
	t := time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		late = true
		g.changed.Broadcast()
	})
	defer t.Stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for !late && len(g.conns)+g.busy > 0 {
		g.changed.Wait()
	}
	return len(g.conns)+g.busy == 0
}

// conn is a connection of a gate.
type conn struct {
	net.Conn
	g     *gate
	peer  netip.Prefix
	lines lineLimit
	busy  bool // with g.mu
}

var longAgo = time.Unix(1, 0)

// Read fails with smtp.ErrTooLongLine, to which go-smtp answers 500 before it closes the connection.
func (c *conn) Read(p []byte) (int, error) {
	if c.lines.exceeded() {
		return 0, smtp.ErrTooLongLine
	}
	n, err := c.Conn.Read(p)
	if !c.lines.read(p[:n]) {
		return 0, smtp.ErrTooLongLine
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.lines.answered(len(p))
	return c.Conn.Write(p)
}

// SetReadDeadline lets nobody wait for a command any more once the gate is shut, and not for long before: go-smtp has one
// time for commands and mails.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	if !c.busy {
		if limit := time.Now().Add(c.g.lim.command); t.IsZero() || t.After(limit) {
			t = limit
		}
		if c.g.closing {
			t = longAgo
		}
	}
	return c.Conn.SetReadDeadline(t)
}

// expire is called with g.mu held.
func (c *conn) expire() {
	if !c.busy {
		_ = c.Conn.SetReadDeadline(longAgo)
	}
}

// begin marks a transfer, in chunks (BDAT) or by DATA, and gives it its time; end must be called after it.
func (c *conn) begin(chunks bool) {
	if !chunks {
		c.lines.beginData()
	}
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	if !c.g.closing {
		_ = c.Conn.SetReadDeadline(time.Now().Add(c.g.lim.transfer))
	}
	c.busy = true
	c.g.busy++
}

func (c *conn) end() {
	c.lines.endData()
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	c.busy = false
	c.g.busy--
	if c.g.closing {
		c.expire()
	}
	c.g.changed.Broadcast()
}

// Close may be called several times.
func (c *conn) Close() error {
	c.g.mu.Lock()
	if c.g.conns[c] {
		delete(c.g.conns, c)
		if c.g.peers[c.peer]--; c.g.peers[c.peer] <= 0 {
			delete(c.g.peers, c.peer)
		}
	}
	c.g.changed.Broadcast()
	c.g.mu.Unlock()
	return c.Conn.Close()
}

// gated gives the connection of a gate that raw is, or wraps.
func gated(raw net.Conn) *conn {
	if t, ok := raw.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	c, _ := raw.(*conn)
	return c
}
