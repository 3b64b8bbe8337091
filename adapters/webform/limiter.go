package webform

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses bounds the memory of a limiter: some 2 MB. The address that was not seen for longest is forgotten first.
const maxAddresses = 10_000

// attemptsPerMessage is how often somebody may get a message wrong, before and between those that can be taken in.
const attemptsPerMessage = 4

// limiter holds one bucket for each address. It may be used concurrently; nil never refuses.
type limiter struct {
	limit rate.Limit
	burst int

	mu    sync.Mutex
	order *list.List // of *bucket, the newest in front
	known map[netip.Prefix]*list.Element
}

type bucket struct {
	addr netip.Prefix
	*rate.Limiter
}

func newLimiter(perHour, burst int) *limiter {
	if perHour < 0 {
		return nil
	}
	return &limiter{limit: rate.Limit(float64(perHour) / time.Hour.Seconds()), burst: burst, order: list.New(), known: map[netip.Prefix]*list.Element{}}
}

// take allows one message now, or says after what time there will be one.
func (l *limiter) take(addr netip.Prefix, now time.Time) (wait time.Duration) {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.known[addr]
	if e == nil {
		if l.order.Len() >= maxAddresses {
			old := l.order.Back()
			delete(l.known, l.order.Remove(old).(*bucket).addr)
		}
		e = l.order.PushFront(&bucket{addr, rate.NewLimiter(l.limit, l.burst)})
		l.known[addr] = e
	}
	l.order.MoveToFront(e)
	res := e.Value.(*bucket).ReserveN(now, 1)
	if wait = res.DelayFrom(now); wait > 0 {
		res.CancelAt(now)
	}
	return wait
}

// network is whom a request counts for: one address, or the network that a household has with IPv6. An unknown address is one of
// its own.
func (f *Form) network(r *http.Request) netip.Prefix {
	var addr netip.Addr
	if f.cfg.ClientAddr != nil {
		addr = f.cfg.ClientAddr(r)
	} else if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		addr = ap.Addr()
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
