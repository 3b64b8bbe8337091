// Package backoff computes how long to wait before trying again.
package backoff

import (
	"math"
	"math/rand/v2"
	"time"
)

// Delay returns the pause before the next try: exponential with full jitter, that is, uniformly distributed
// between zero and a ceiling that doubles with each failure. Full jitter spreads clients that failed together,
// which a fixed delay would bring back together.
//
// attempt is the number of tries that have failed so far, 1 after the first; anything lower counts as 1. The
// ceiling is base after the first failure and never exceeds max. When base or max is not positive the delay is 0.
//
// rnd returns numbers in [0,1) and is called exactly once when the ceiling is positive; nil means math/rand/v2,
// which is safe for concurrent use. A number outside of [0,1] or NaN is moved to the nearest bound (NaN to 1), so
// that a faulty source can neither cause a negative delay nor a busy loop.
func Delay(attempt int, base, max time.Duration, rnd func() float64) time.Duration {
	ceiling := Ceiling(attempt, base, max)
	if ceiling == 0 {
		return 0
	}
	if rnd == nil {
		rnd = rand.Float64
	}
	f := rnd()
	switch {
	case math.IsNaN(f) || f >= 1:
		return ceiling
	case f <= 0:
		return 0
	}
	return time.Duration(f * float64(ceiling))
}

// Ceiling returns the longest delay that Delay can return for the same arguments: min(max, base·2^(attempt−1)),
// without overflow.
func Ceiling(attempt int, base, max time.Duration) time.Duration {
	if base <= 0 || max <= 0 {
		return 0
	}
	ceiling := min(base, max)
	for n := 1; n < attempt && ceiling < max; n++ {
		if ceiling > max/2 {
			return max
		}
		ceiling *= 2
	}
	return ceiling
}
