package rbac

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

func never() bool { return false }

func TestDelay(t *testing.T) {
	t.Parallel()
	g := gate{free: 3, base: time.Second, max: 10 * time.Second}
	for fails, want := range []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 10, 10} {
		require.Equal(t, want*time.Second, g.delay(fails), fails)
	}
	require.Equal(t, 10*time.Second, g.delay(1<<40), "no overflow, and quick")
}

func TestOriginOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7":               "192.0.2.7/32 192.0.2.0/24",
		"192.0.2.7:4711":          "192.0.2.7/32 192.0.2.0/24",
		"::ffff:192.0.2.7":        "192.0.2.7/32 192.0.2.0/24",
		"[::ffff:192.0.2.7]:80":   "192.0.2.7/32 192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6":    "2001:db8:1:2::/64 2001:db8:1::/48",
		"[2001:db8:1:2::9]:443":   "2001:db8:1:2::/64 2001:db8:1::/48",
		"fe80::1%eth0":            "fe80::/64 fe80::/48",
		"":                        "invalid Prefix invalid Prefix",
		"@":                       "invalid Prefix invalid Prefix",
		"192.0.2.7, 198.51.100.1": "invalid Prefix invalid Prefix",
	} {
		o := originOf(address)
		require.Equal(t, want, o.narrow.String()+" "+o.wide.String(), address)
	}
}

// TestThrottleOneAddress: the waits for one address at one account grow, end, and are gone after success.
func TestThrottleOneAddress(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	var waits []time.Duration
	for range 12 {
		a, wait := th.begin(now, "u", true, from, never)
		if a == nil {
			waits = append(waits, wait)
			now = now.Add(wait)
			a, wait = th.begin(now, "u", true, from, never)
		}
		require.NotNil(t, a, "after the wait that was named")
		require.Zero(t, wait)
	}
	require.Equal(t, "[1s 2s 4s 8s 16s 32s]", fmt.Sprint(waits))

	now = now.Add(64 * time.Second)
	a, _ := th.begin(now, "u", true, from, never)
	require.NotNil(t, a)
	a.succeeded()
	for range 5 {
		a, _ = th.begin(now, "u", true, from, never)
		require.NotNil(t, a, "a success forgets")
	}
}

// TestThrottleOfTwoAtOnce: of two attempts at the same time the one that looked at the clock first may be counted last. Neither has to wait.
func TestThrottleOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	first, _ := th.begin(now.Add(time.Millisecond), "a", true, from, never)
	require.NotNil(t, first)
	second, wait := th.begin(now, "a", true, from, never)
	require.NotNil(t, second, "it would wait %s", wait)
	first.succeeded()
	second.succeeded()
}

func TestThrottleForgets(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	for range 6 {
		a, _ := th.begin(now, "u", true, from, never)
		require.NotNil(t, a)
	}
	a, _ := th.begin(now, "u", true, from, never)
	require.Nil(t, a)
	now = now.Add(forgetAfter)
	for range 6 {
		a, _ := th.begin(now, "u", true, from, never)
		require.NotNil(t, a)
	}
}

// TestThrottleManyAtOnce: attempts count from their start, so a thousand in parallel are no more than the free ones.
func TestThrottleManyAtOnce(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	var admitted atomic.Int64
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if a, _ := th.begin(now, "u", true, from, never); a != nil {
				admitted.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, pairGate().free+1, admitted.Load())
}

// TestThrottleChangingAddresses: another address, or another network, for each attempt does not help.
func TestThrottleChangingAddresses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		th, start := newThrottle(), time.Unix(1e9, 0)
		now, admitted := start, 0
		for now.Sub(start) < time.Hour {
			a, _ := th.begin(now, "u", true, originOf(fmt.Sprintf("10.%d.%d.%d", rapid.IntRange(0, 50).Draw(rt, "b"),
				rapid.IntRange(0, 250).Draw(rt, "c"), rapid.IntRange(1, 250).Draw(rt, "d"))), never)
			if a != nil {
				admitted++
			}
			now = now.Add(10 * time.Second)
		}
		// Free ones, the doubling, and from then on one a minute in one lane and one in five minutes in the other.
		if limit := 2*(freshGate().free+1) + 6 + 60 + 9 + 12; admitted > limit {
			rt.Fatalf("%d of 360 attempts were admitted, more than %d", admitted, limit)
		}
	})
}

// TestThrottleOneNetworkManyNames: spraying one password over many accounts is slowed down by address and by network.
func TestThrottleOneNetworkManyNames(t *testing.T) {
	t.Parallel()
	th, now, admitted := newThrottle(), time.Unix(1e9, 0), 0
	for i := range 1000 {
		if a, _ := th.begin(now, fmt.Sprint("name ", i), false, originOf("192.0.2.7"), never); a != nil {
			admitted++
		}
	}
	require.Equal(t, addressGate().free+1, admitted)
	admitted = 0
	for i := range 1000 {
		from := originOf(fmt.Sprintf("2001:db8:7:%x::1", i))
		if a, _ := th.begin(now, fmt.Sprint("name ", i), false, from, never); a != nil {
			admitted++
		}
	}
	require.Equal(t, networkGate().free+1, admitted)
}

// TestThrottleOwnerGetsIn: while an attacker from many networks knocks each second, always a moment earlier, the owner who comes from a
// new address and tries again when told to still gets in.
func TestThrottleOwnerGetsIn(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1e9, 0)
	networks := make([]origin, 200)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range networks {
		networks[i] = originOf(fmt.Sprintf("10.%d.%d.9", i/250, i%250))
	}
	owner, next := originOf("203.0.113.5"), now.Add(time.Hour)
	for second := range 24 * 60 * 60 {
		now = now.Add(time.Second)
		for range 20 {
			th.begin(now, "u", true, networks[random.IntN(len(networks))], never)
		}
		if now.Before(next) {
			continue
		}
		a, wait := th.begin(now, "u", true, owner, never)
		if a != nil {
			t.Logf("after %s", time.Duration(second)*time.Second)
			return
		}
		require.Positive(t, wait)
		require.LessOrEqual(t, wait, 15*time.Minute, "never for good")
		next = now.Add(wait)
	}
	t.Fatal("the owner was locked out for a day")
}

// TestThrottleTrusted: from where the owner has a session, only the owner's own failures count.
func TestThrottleTrusted(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1e9, 0)
	for i := range 200 {
		th.begin(now, "u", true, originOf(fmt.Sprintf("10.0.%d.1", i)), never)
	}
	owner := originOf("203.0.113.5")
	a, wait := th.begin(now, "u", true, owner, never)
	require.Nil(t, a)
	require.Positive(t, wait)
	admitted := 0
	for range 100 {
		if a, _ := th.begin(now, "u", true, owner, func() bool { return true }); a != nil {
			admitted++
		}
	}
	require.Equal(t, pairGate().free+1, admitted, "a trusted network is throttled too")
}

func TestThrottleWithdrawnCostsNothing(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	for range 1000 {
		a, _ := th.begin(now, "u", true, from, never)
		require.NotNil(t, a)
		a.withdrawn()
	}
}

// TestThrottleBusyOffice: many people behind one address, who sign in correctly, do not slow each other down.
func TestThrottleBusyOffice(t *testing.T) {
	t.Parallel()
	th, now, from := newThrottle(), time.Unix(1e9, 0), originOf("192.0.2.7")
	for i := range 1000 {
		a, _ := th.begin(now, fmt.Sprint(i), true, from, never)
		require.NotNil(t, a)
		a.succeeded()
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1e9, 0)
	for range 6 {
		a, _ := th.begin(now, "victim", true, originOf("198.51.100.1"), never)
		require.NotNil(t, a)
	}
	for i := range 60000 {
		from := origin{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32),
			netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), 0}), 24)}
		th.begin(now, fmt.Sprint("name ", i), false, from, never)
	}
	require.LessOrEqual(t, th.names.len(), 8192)
	require.LessOrEqual(t, th.pairs.len(), 16384)
	require.LessOrEqual(t, th.strange.len(), 16384)
	require.LessOrEqual(t, th.nets.len(), 16384)
	_, known := th.known.get(laneKey{"victim", freshLane})
	require.True(t, known, "invented names do not push real accounts out")
}

func TestThrottledSeconds(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]int64{0: 1, time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, time.Minute: 60} {
		require.Equal(t, want, (&Throttled{After: after}).Seconds())
	}
	err := errThrottled(90 * time.Second)
	cause, ok := errors.AsType[*Throttled](err)
	require.True(t, ok)
	require.Equal(t, 90*time.Second, cause.After)
}

func TestFailuresAreAggregated(t *testing.T) {
	t.Parallel()
	f, now := newFailures(), time.Unix(1e9, 0)
	var written []int
	for range 12345 {
		if n, write := f.note(now, "u"); write {
			written = append(written, n)
		}
	}
	require.Equal(t, []int{1, 10, 100, 1000, 10000}, written)
	total := 0
	for i := range 5000 {
		if _, write := f.note(now, ticket.AccountID(fmt.Sprint(i))); write {
			total++
		}
	}
	require.Equal(t, maxFailures-5, total, "all accounts together")
	_, write := f.note(now.Add(failureWindow), "u")
	require.True(t, write)
}

func TestLRU(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := newLRU[int, int](4)
		var order []int // oldest first
		use := func(k int) {
			for i, v := range order {
				if v == k {
					order = append(order[:i:i], order[i+1:]...)
					break
				}
			}
			order = append(order, k)
		}
		for range rapid.IntRange(1, 50).Draw(rt, "steps") {
			k := rapid.IntRange(0, 8).Draw(rt, "key")
			switch rapid.IntRange(0, 2).Draw(rt, "what") {
			case 0:
				l.put(k, k*10)
				if use(k); len(order) > 4 {
					order = order[1:]
				}
			case 1:
				v, ok := l.get(k)
				in := false
				for _, o := range order {
					in = in || o == k
				}
				if ok != in || ok && v != k*10 {
					rt.Fatalf("get %d: %d, %v", k, v, ok)
				}
				if ok {
					use(k)
				}
			case 2:
				l.remove(k)
				for i, v := range order {
					if v == k {
						order = append(order[:i:i], order[i+1:]...)
						break
					}
				}
			}
			if l.len() != len(order) {
				rt.Fatalf("%d entries instead of %d", l.len(), len(order))
			}
		}
	})
}
