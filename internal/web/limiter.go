package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets bounds the memory of a limiter: some 2 MB. The bucket that was not used for longest goes first; it is full again by
// then, unless more clients than this came in the meantime.
const maxBuckets = 10_000

// Limiter holds one bucket per key. It may be used concurrently; nil never refuses.
type Limiter struct {
	limit rate.Limit
	burst int

	mu      sync.Mutex
	order   *list.List // of *bucket, the newest in front
	buckets map[string]*list.Element
}

type bucket struct {
	key string
	lim *rate.Limiter
}

// NewLimiter makes a Limiter of so many calls per second, 0 is 10 and less is no limit, and bursts of so many, 0 is 20.
func NewLimiter(perSecond float64, burst int) *Limiter {
	if perSecond < 0 {
		return nil
	}
	if perSecond == 0 {
		perSecond = 10
	}
	if burst <= 0 {
		burst = 20
	}
	return &Limiter{limit: rate.Limit(perSecond), burst: burst, order: list.New(), buckets: map[string]*list.Element{}}
}

// Take takes one call from the bucket of key, or says after how long there will be one; 0 is that it was taken.
func (l *Limiter) Take(key string, now time.Time) time.Duration {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	res := l.bucket(key).ReserveN(now, 1)
	wait := res.DelayFrom(now)
	if wait <= 0 {
		return 0
	}
	res.CancelAt(now)
	return wait
}

func (l *Limiter) bucket(key string) *rate.Limiter {
	if e, ok := l.buckets[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*bucket).lim
	}
	if len(l.buckets) >= maxBuckets {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.buckets, last.Value.(*bucket).key)
	}
	b := &bucket{key, rate.NewLimiter(l.limit, l.burst)}
	l.buckets[key] = l.order.PushFront(b)
	return b.lim
}

// AddressKey is the key of a client that has no other: what it can easily change of its address, the lower half of an IPv6 address, is
// taken off.
func AddressKey(addr netip.Addr) string {
	if addr.Is6() {
		p, _ := addr.Prefix(64) // 64 bits fit into every IPv6 address
		return "address " + p.String()
	}
	return "address " + addr.String()
}

// AccountKey is the key of who has signed in.
func AccountKey(id string) string { return "account " + id }
