package imap

import (
	"net"
	"sync/atomic"
)

// answering lets an empty answer to a challenge through as what it is: an empty line, as Google and Microsoft ask for it. The library writes "="
// for it, which RFC 4959 has for the first response alone, and which is no Base64.
type answering struct {
	net.Conn
	on atomic.Bool // while signing in
}

// Write implements io.Writer. The library writes each answer at once.
func (c *answering) Write(p []byte) (int, error) {
	if c.on.Load() && string(p) == "=\r\n" {
		if _, err := c.Conn.Write([]byte("\r\n")); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.Conn.Write(p)
}
