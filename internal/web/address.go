package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress is the address of who made a request: the peer, or what trusted proxies say of it. It reads X-Forwarded-For from
// the right and believes an entry only when each hop behind it is in trusted, so that nobody can claim an address. The zero Addr
// means that it is not known.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	return clientBehind(r, PeerAddress(r), trusted)
}

// PeerAddress is the other end of the connection; the zero Addr when it is not known.
func PeerAddress(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

func clientBehind(r *http.Request, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	if !trusts(trusted, peer) {
		return peer
	}
	client := peer
	lines := r.Header.Values("X-Forwarded-For")
	hops := strings.Split(strings.Join(lines, ","), ",")
	for i := len(hops) - 1; i >= 0 && len(lines) > 0; i-- {
		addr, ok := hopAddr(hops[i])
		if !ok {
			break // whoever wrote this cannot be told from a liar
		}
		client = addr
		if !trusts(trusted, addr) {
			break
		}
	}
	return client
}

// hopAddr reads an entry of X-Forwarded-For, which some proxies write with a port.
func hopAddr(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	addr, err := netip.ParseAddr(s)
	if err != nil {
		host, _, err := net.SplitHostPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		if addr, err = netip.ParseAddr(host); err != nil {
			return netip.Addr{}, false
		}
	}
	return addr.Unmap().WithZone(""), true
}

func trusts(trusted []netip.Prefix, addr netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
