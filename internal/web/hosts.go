// Package web holds what the API and the pages have in common at the edge: for which hosts they answer, what a file really is, how often
// somebody may ask, and what was answered.
package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Hosts says for which hosts a desk answers. The zero Hosts is none; make it with NewHosts.
type Hosts struct {
	any      bool
	exact    map[string]bool
	suffixes []string // with their leading dot
}

// NewHosts reads exact names, *.example.org for everything below a domain, and .example.org for the domain too. No name at all, or "*",
// is any host.
func NewHosts(hosts []string) (Hosts, error) {
	l := Hosts{any: len(hosts) == 0, exact: map[string]bool{}}
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSpace(h))
		switch {
		case h == "*":
			l.any = true
		case strings.HasPrefix(h, "*.") && len(h) > 2:
			l.suffixes = append(l.suffixes, h[1:])
		case strings.HasPrefix(h, ".") && len(h) > 1:
			l.suffixes, l.exact[h[1:]] = append(l.suffixes, h), true
		case h == "" || strings.ContainsAny(h, "*/ "):
			return Hosts{}, ticket.InvalidField("allowed_hosts", "%q is not the name of a host such as desk.example, without https:// and without a path", h)
		default:
			l.exact[hostName(h)] = true
		}
	}
	return l, nil
}

// hostName is a host without port, brackets and final dot, in lower case.
func hostName(hostport string) string {
	h := hostport
	if i := strings.LastIndexByte(h, ':'); i >= 0 && (strings.Count(h, ":") == 1 || strings.HasSuffix(h[:i], "]")) {
		h = h[:i]
	}
	h = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]")
	return strings.ToLower(strings.TrimSuffix(h, "."))
}

// Allow compares a Host header, with or without a port.
func (l Hosts) Allow(hostport string) bool {
	if l.any {
		return true
	}
	h := hostName(hostport)
	return l.exact[h] || slices.ContainsFunc(l.suffixes, func(s string) bool { return len(h) > len(s) && strings.HasSuffix(h, s) })
}

// Overlap gives a name for which both lists answer, and whether there is one.
func (l Hosts) Overlap(other Hosts) (string, bool) {
	if l.any || other.any {
		return "*", true
	}
	for _, pair := range [][2]Hosts{{l, other}, {other, l}} {
		for _, h := range slices.Sorted(maps.Keys(pair[0].exact)) {
			if pair[1].Allow(h) {
				return h, true
			}
		}
		for _, s := range pair[0].suffixes { // of two domains, all below the longer one is below the shorter one too
			if slices.ContainsFunc(pair[1].suffixes, func(o string) bool { return strings.HasSuffix(s, o) }) {
				return "*" + s, true
			}
		}
	}
	return "", false
}

// Any reports whether every host is answered for.
func (l Hosts) Any() bool { return l.any }
