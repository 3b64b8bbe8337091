package smtpd

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"time"
)

// gate is a listener that limits its connections and can end those that wait for a command, without disturbing those that
// transfer a mail.
type gate struct {
	net.Listener
	max int

	mu      sync.Mutex
	changed sync.Cond // with mu: a connection ended, or a transfer
	conns   map[*conn]bool
	busy    int // transfers, also of connections that have ended meanwhile
	closing bool
}

func newGate(l net.Listener, limit int) *gate {
	g := &gate{Listener: l, max: limit, conns: map[*conn]bool{}}
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
	if g.closing || len(g.conns) >= g.max {
		return nil
	}
	c := &conn{Conn: raw, g: g}
	g.conns[c] = true
	return c
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
	g    *gate
	busy bool // with g.mu
}

var longAgo = time.Unix(1, 0)

// SetReadDeadline lets nobody wait for a command any more once the gate is shut.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	if c.g.closing && !c.busy {
		t = longAgo
	}
	return c.Conn.SetReadDeadline(t)
}

// expire is called with g.mu held.
func (c *conn) expire() {
	if !c.busy {
		_ = c.Conn.SetReadDeadline(longAgo)
	}
}

// begin marks a transfer; end must be called after it.
func (c *conn) begin() {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	c.busy = true
	c.g.busy++
}

func (c *conn) end() {
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
	delete(c.g.conns, c)
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
