package httpapi

import (
	"time"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// RateLimit bounds how often one identity, or one address without an identity, may call. The zero RateLimit is 10 calls per second
// and bursts of 20; a negative PerSecond is no limit.
type RateLimit struct {
	PerSecond float64 // 0 is 10
	Burst     int     // 0 is 20
}

// newLimiter is the limiter that r describes; nil never refuses.
func newLimiter(r RateLimit) *web.Limiter { return web.NewLimiter(r.PerSecond, r.Burst) }

// take takes one call from the bucket of key, or says with RateLimited when there will be one.
func (a *api) take(key string, now time.Time) error {
	if wait := a.limiter.Take(key, now); wait > 0 {
		return TooMany(wait)
	}
	return nil
}

// TooMany is the error for who may come again after wait.
func TooMany(wait time.Duration) error {
	return &ticket.Error{Kind: ticket.RateLimited, Msg: "too many requests; try again in a moment", Err: &rbac.Throttled{After: wait}}
}
