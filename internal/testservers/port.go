package testservers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// FreeAddr gives an address of 127.0.0.1 for a server that a test starts, ends and starts again on the same port: one below those that
// the system gives to outgoing connections, so that none of these has it when the server comes back.
func FreeAddr(t testing.TB) string {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatalf("testservers: %v", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// FreePort gives the port of such an address.
func FreePort() (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(12000) //nolint:gosec // not a secret
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
