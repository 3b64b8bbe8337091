package webform

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l := newLimiter(1, 1)
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	net := func(n int) netip.Prefix {
		return netip.MustParsePrefix(fmt.Sprintf("10.%d.%d.%d/32", n>>16, n>>8&255, n&255))
	}
	for n := range maxAddresses {
		require.Zero(t, l.take(net(n), now))
	}
	require.Positive(t, l.take(net(0), now)) // now the newest
	require.Zero(t, l.take(net(maxAddresses), now))
	require.Len(t, l.known, maxAddresses)
	require.Equal(t, maxAddresses, l.order.Len())
	require.Positive(t, l.take(net(0), now), "was seen not long ago")
	require.Zero(t, l.take(net(1), now), "was forgotten")
}
