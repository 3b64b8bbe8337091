package web

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLimiterIsBounded floods the limiter with keys.
func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := NewLimiter(0, 0)
	for i := range maxBuckets + 500 {
		require.Zero(t, l.Take(string(rune(i)), now))
	}
	require.Len(t, l.buckets, maxBuckets)
	require.Equal(t, maxBuckets, l.order.Len())
	for range 20 {
		require.Zero(t, l.Take("new", now))
	}
	wait := l.Take("new", now)
	require.Equal(t, 100*time.Millisecond, wait, "ten a second")
	require.Zero(t, l.Take("new", now.Add(wait)), "what was refused costs nothing")
	require.Nil(t, NewLimiter(-1, 0))
	require.Zero(t, (*Limiter)(nil).Take("a", now))
}

func TestNeighboursInAnIPv6NetworkAreOneClient(t *testing.T) {
	t.Parallel()
	key := func(s string) string { return AddressKey(netip.MustParseAddr(s)) }
	require.Equal(t, "address 2001:db8:1:2::/64", key("2001:db8:1:2:3:4:5:6"))
	require.Equal(t, key("2001:db8::1"), key("2001:db8::ffff:2"))
	require.NotEqual(t, key("2001:db8::1"), key("2001:db9::1"))
	require.NotEqual(t, key("192.0.2.1"), key("192.0.2.2"))
	require.NotEqual(t, AddressKey(netip.Addr{}), AccountKey(""))
}
