package httpapi

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// RateLimit bounds how often one identity, or one address without an identity, may call. The zero RateLimit is 10 calls per second
// and bursts of 20; a negative PerSecond is no limit.
type RateLimit struct {
	PerSecond float64 // 0 is 10
	Burst     int     // 0 is 20
}

// maxBuckets bounds the memory of a limiter: some 2 MB. The bucket that was not used for longest goes first; it is full again by
// then, unless more clients than this came in the meantime.
const maxBuckets = 10_000

// limiter holds one bucket per key. It may be used concurrently; nil never refuses.
type limiter struct {
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

func newLimiter(r RateLimit) *limiter {
	if r.PerSecond < 0 {
		return nil
	}
	if r.PerSecond == 0 {
		r.PerSecond = 10
	}
	if r.Burst <= 0 {
		r.Burst = 20
	}
	return &limiter{limit: rate.Limit(r.PerSecond), burst: r.Burst, order: list.New(), buckets: map[string]*list.Element{}}
}

// take takes one call from the bucket of key, or says with RateLimited when there will be one.
func (l *limiter) take(key string, now time.Time) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	res := l.bucket(key).ReserveN(now, 1)
	wait := res.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	res.CancelAt(now)
	return tooMany(wait)
}

func (l *limiter) bucket(key string) *rate.Limiter {
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

func tooMany(wait time.Duration) error {
	return &ticket.Error{Kind: ticket.RateLimited, Msg: "too many requests; try again in a moment", Err: &rbac.Throttled{After: wait}}
}
