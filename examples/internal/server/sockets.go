package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// passedSocket is one that a service manager has opened for the process and keeps open over a restart, so that whoever connects meanwhile waits
// instead of being refused: sd_listen_fds(3).
type passedSocket struct {
	addr *net.TCPAddr
	file *os.File
}

const (
	firstPassed = 3   // SD_LISTEN_FDS_START
	maxPassed   = 100 // more is no number of sockets
)

// passedSockets gives the sockets that environ tells of, none when they are meant for another process.
func passedSockets(environ []string) ([]passedSocket, error) {
	env := managed(environ)
	if env["LISTEN_PID"] != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(env["LISTEN_FDS"])
	if err != nil || n < 0 || n > maxPassed {
		return nil, fmt.Errorf("LISTEN_FDS: %q is not a number of sockets", env["LISTEN_FDS"])
	}
	var out []passedSocket
	for fd := firstPassed; fd < firstPassed+n; fd++ {
		file := os.NewFile(uintptr(fd), "LISTEN_FD_"+strconv.Itoa(fd))
		l, err := net.FileListener(file)
		if err != nil {
			return nil, fmt.Errorf("LISTEN_FDS: the service manager passes what nobody can connect to: %w", err)
		}
		addr, ok := l.Addr().(*net.TCPAddr)
		if err := l.Close(); err != nil { // a copy of its own
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("LISTEN_FDS: the service manager passes a socket at %s; write ListenStream=HOST:PORT", l.Addr())
		}
		out = append(out, passedSocket{addr, file})
	}
	return out, nil
}

// at says whether it is the one for an address as it is configured.
func (s passedSocket) at(addr string) bool {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil || a.Port != s.addr.Port {
		return false
	}
	anywhere := func(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }
	return a.IP.Equal(s.addr.IP) || anywhere(a.IP) && anywhere(s.addr.IP)
}

// listen gives the socket that was passed for an address, or opens one.
func (p *program) listen(ctx context.Context, key, addr string) (net.Listener, error) {
	for _, s := range p.passed {
		if s.at(addr) {
			return net.FileListener(s.file)
		}
	}
	return listen(ctx, key, addr)
}

// checkPassed refuses sockets that nothing would answer at.
func (p *program) checkPassed(addrs ...string) error {
	var errs []error
	for _, s := range p.passed {
		known := false
		for _, a := range addrs {
			known = known || a != "" && s.at(a)
		}
		if !known {
			errs = append(errs, fmt.Errorf("LISTEN_ADDR: the service manager passes a socket for %s, and this program is to listen on %s; write the same into ListenStream", s.addr,
				strings.TrimSpace(strings.Join(addrs, " "))))
		}
	}
	return errors.Join(errs...)
}
