package testservers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
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

// taken holds what keeps a port for this process: a socket of UDP with its number, which nothing here needs otherwise and which ends with the
// process, so that of many tests in many processes no two are given the same.
var taken struct {
	sync.Mutex
	conns []net.PacketConn
}

// FreePort gives the port of such an address. Nobody who asks here is given it again while this process lives.
func FreePort() (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(12000) //nolint:gosec // not a secret
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		var mine net.PacketConn
		if mine, err = net.ListenPacket("udp", addr); err != nil {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err != nil {
			_ = mine.Close()
			continue
		}
		taken.Lock()
		taken.conns = append(taken.conns, mine)
		taken.Unlock()
		return port, l.Close()
	}
	return 0, err
}
