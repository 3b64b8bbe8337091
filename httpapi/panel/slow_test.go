//go:build !no_panel

package panel_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// slowness is TICKETKIT_SLOW, how many times slower than it is a test takes the machine to be: 4 shows what goes wrong on a busy one. A page then
// computes so much slower, and each answer of the server waits for up to 50 ms as often, so that answers overtake each other. 0 is not at all.
func slowness(t testing.TB) float64 {
	t.Helper()
	said := os.Getenv("TICKETKIT_SLOW")
	if said == "" {
		return 0
	}
	n, err := strconv.ParseFloat(said, 64)
	require.NoError(t, err, "TICKETKIT_SLOW")
	return n
}

// slowPage makes what a page computes slow.
func slowPage(t testing.TB, page context.Context) {
	t.Helper()
	if n := slowness(t); n > 1 {
		_, err := chromedp.Call(page, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: n})
		require.NoError(t, err)
	}
}

// slowServer makes a server wait before it hears.
func slowServer(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	n := slowness(t)
	if n == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(time.Duration(rand.Float64() * n * float64(50*time.Millisecond))): //nolint:gosec // any number will do
		case <-r.Context().Done():
		}
		next.ServeHTTP(w, r)
	})
}
