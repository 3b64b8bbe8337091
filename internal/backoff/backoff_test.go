package backoff_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/internal/backoff"
)

func fixed(f float64) func() float64 { return func() float64 { return f } }

func ExampleDelay() {
	half := func() float64 { return 0.5 }
	for attempt := 1; attempt <= 5; attempt++ {
		fmt.Println(backoff.Delay(attempt, 10*time.Second, time.Minute, half))
	}
	// Output:
	// 5s
	// 10s
	// 20s
	// 30s
	// 30s
}

func TestDelayStaysBelowItsCeiling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.Int().Draw(t, "attempt")
		base := time.Duration(rapid.Int64().Draw(t, "base"))
		limit := time.Duration(rapid.Int64().Draw(t, "max"))
		f := rapid.Float64().Draw(t, "rnd")
		d := backoff.Delay(attempt, base, limit, fixed(f))
		ceiling := backoff.Ceiling(attempt, base, limit)
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.LessOrEqual(t, d, ceiling)
		require.LessOrEqual(t, ceiling, max(limit, 0))
	})
}

// The ceiling equals the formula computed with floating point numbers wherever those are exact enough.
func TestCeilingDoubles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, 60).Draw(t, "attempt")
		base := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "base"))
		limit := time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "max"))
		want := math.Min(float64(limit), float64(base)*math.Pow(2, float64(attempt-1)))
		require.InDelta(t, want, float64(backoff.Ceiling(attempt, base, limit)), 0.5)
	})
}

func TestDelayGrowsWithTheRandomNumberAndTheAttempt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, 100).Draw(t, "attempt")
		base := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "base"))
		limit := time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "max"))
		a := rapid.Float64Range(0, 1).Draw(t, "a")
		b := rapid.Float64Range(a, 1).Draw(t, "b")
		require.LessOrEqual(t, backoff.Delay(attempt, base, limit, fixed(a)), backoff.Delay(attempt, base, limit, fixed(b)))
		require.LessOrEqual(t, backoff.Delay(attempt, base, limit, fixed(a)), backoff.Delay(attempt+1, base, limit, fixed(a)))
	})
}

func TestDelayEdges(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, c := range []struct {
		name      string
		attempt   int
		base, max time.Duration
		rnd       float64
		want      time.Duration
	}{
		{"first failure", 1, s, time.Minute, 1, s},
		{"attempts below one count as one", -5, s, time.Minute, 1, s},
		{"third failure", 3, s, time.Minute, 1, 4 * s},
		{"capped", 30, s, time.Minute, 1, time.Minute},
		{"cap below base", 1, time.Hour, s, 1, s},
		{"no base", 3, 0, time.Minute, 1, 0},
		{"negative base", 3, -s, time.Minute, 1, 0},
		{"no max", 3, s, 0, 1, 0},
		{"no overflow", math.MaxInt, 1, math.MaxInt64, 1, math.MaxInt64},
		{"no overflow by rounding", math.MaxInt, 1, math.MaxInt64, math.Nextafter(1, 0), time.Duration(math.Nextafter(1, 0) * math.MaxInt64)},
		{"too small", 1, s, s, -3, 0},
		{"too large", 1, s, s, 7, s},
		{"not a number", 1, s, s, math.NaN(), s},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, backoff.Delay(c.attempt, c.base, c.max, fixed(c.rnd)))
		})
	}
}

// Full jitter means uniform over the whole range: each tenth gets its share.
func TestDelayIsUniform(t *testing.T) {
	t.Parallel()
	const n = 20_000
	rnd := rand.New(rand.NewPCG(1, 2))
	var tenths [10]int
	for range n {
		d := backoff.Delay(4, time.Second, time.Minute, rnd.Float64)
		tenths[int(d*10/(8*time.Second))]++
	}
	for i, got := range tenths {
		require.InDelta(t, n/10, got, n/100, "tenth %d", i)
	}
}

func TestDelayWithoutASource(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 50 {
		d := backoff.Delay(1, time.Hour, time.Hour, nil)
		require.Less(t, d, time.Hour)
		seen[d] = true
	}
	require.Greater(t, len(seen), 1)
}
