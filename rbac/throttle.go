package rbac

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Throttled is the cause inside a ticket.Error of kind RateLimited: how long to wait before the next attempt can succeed.
type Throttled struct{ After time.Duration }

// Error names the wait in whole seconds, rounded up, as Retry-After wants it.
func (t *Throttled) Error() string { return fmt.Sprintf("retry after %d s", t.Seconds()) }

// Seconds is the wait in whole seconds, rounded up and at least 1, as Retry-After wants it (RFC 9110 section 10.2.3).
func (t *Throttled) Seconds() int64 {
	return max(1, int64((t.After+time.Second-1)/time.Second))
}

func errThrottled(after time.Duration) error {
	return &ticket.Error{Kind: ticket.RateLimited, Op: "rbac.signin", Msg: "too many attempts; try again later",
		Err: &Throttled{After: after}}
}

// gate says how failures turn into waiting: some are free, then the wait doubles with each up to a maximum.
type gate struct {
	free      int
	base, max time.Duration
}

func (g gate) delay(fails int) time.Duration {
	if fails <= g.free {
		return 0
	}
	d := g.base
	for range fails - g.free - 1 {
		if d *= 2; d >= g.max {
			return g.max
		}
	}
	return d
}

// The gates. Everything they count is forgotten after forgetAfter without an attempt, so nothing is for ever; the slowest guessing that
// no gate sees is as slow as the fastest that the gates let through.
//
// An account has two lanes, which wait independently: one for networks that have often failed at it, one for networks that have not.
// Who attacks from many networks closes both, but each network can use the second lane only a few times a week. So the owner, coming
// from an address never seen before, gets through even while the attack goes on, at the latest when the attacker runs out of networks.
const (
	forgetAfter  = time.Hour
	freshTries   = 3
	strangeAfter = 7 * 24 * time.Hour // a network that has not been back for so long is new to the account again
)

func pairGate() gate    { return gate{free: 5, base: time.Second, max: 15 * time.Minute} }     // one network at one account
func laneGate() gate    { return gate{free: 10, base: time.Second, max: 5 * time.Minute} }     // all others that failed at the account
func freshGate() gate   { return gate{free: 10, base: time.Second, max: time.Minute} }         // networks new to the account
func addressGate() gate { return gate{free: 20, base: time.Second, max: 15 * time.Minute} }    // a host at any accounts
func networkGate() gate { return gate{free: 200, base: time.Second, max: 5 * time.Minute} }    // its neighbourhood
func changeGate() gate  { return gate{free: 5, base: 2 * time.Second, max: 15 * time.Minute} } // the old password, asked again

// origin is where an attempt comes from: the narrow prefix is what one subscriber has (/32, or /64 of IPv6), the wide one what an
// attacker rents as a whole (/24, or /48). The zero origin is an address that is not known.
type origin struct{ narrow, wide netip.Prefix }

func originOf(address string) origin {
	a, err := netip.ParseAddr(address)
	if err != nil {
		p, err := netip.ParseAddrPort(address)
		if err != nil {
			return origin{}
		}
		a = p.Addr()
	}
	a = a.Unmap().WithZone("")
	narrow, wide := 32, 24
	if a.Is6() {
		narrow, wide = 64, 48
	}
	n, errN := a.Prefix(narrow)
	w, errW := a.Prefix(wide)
	if errN != nil || errW != nil {
		return origin{}
	}
	return origin{narrow: n, wide: w}
}

type lane string

const (
	seenLane   lane = "seen"
	freshLane  lane = "fresh"
	changeLane lane = "change"
)

type laneKey struct {
	account string
	lane    lane
}

type pairKey struct {
	account string
	net     netip.Prefix
}

// counter is how often something failed of late and how long it has to wait.
type counter struct {
	fails int
	until time.Time
	last  time.Time
}

// throttle slows guessing down. Its memory is bounded: what was not used for longest is forgotten first. Accounts that exist have a
// list of their own, so that inventing names does not push them out. Refused attempts leave no trace.
type throttle struct {
	mu      sync.Mutex
	known   *lru[laneKey, *counter]
	names   *lru[laneKey, *counter]
	pairs   *lru[pairKey, *counter] // by narrow prefix
	strange *lru[pairKey, *counter] // by wide prefix: whether a network is new to an account
	nets    *lru[netip.Prefix, *counter]
}

func newThrottle() *throttle {
	return &throttle{
		known:   newLRU[laneKey, *counter](8192),
		names:   newLRU[laneKey, *counter](8192),
		pairs:   newLRU[pairKey, *counter](16384),
		strange: newLRU[pairKey, *counter](16384),
		nets:    newLRU[netip.Prefix, *counter](16384),
	}
}

// attempt is one admitted attempt. It counts as failed from the start, so that many at once gain nothing; succeeded or
// withdrawn takes that back.
type attempt struct {
	t       *throttle
	account laneKey
	from    origin
	known   bool
	charged []charge
}

// charge is what one attempt costs at one counter.
type charge struct {
	c     *counter
	gate  gate
	keep  func()    // puts the counter where later attempts find it
	until time.Time // what the charge set
}

// begin admits an attempt or says how long to wait. account names the account, by its id when it exists (known) and else by what was
// typed. trusted is asked, outside the lock, only when nothing but the account's own lanes stands in the way: it reports whether the
// owner has been coming from there.
func (t *throttle) begin(now time.Time, account string, known bool, from origin, trusted func() bool) (*attempt, time.Duration) {
	a, wait, lanesOnly := t.try(now, account, known, from, false)
	if a == nil && lanesOnly && trusted() {
		a, wait, _ = t.try(now, account, known, from, true)
	}
	return a, wait
}

func (t *throttle) try(now time.Time, account string, known bool, from origin, pass bool) (a *attempt, wait time.Duration, lanesOnly bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	charges := []charge{fetch(t.pairs, pairKey{account, from.narrow}, now, forgetAfter, pairGate())}
	if from.narrow.IsValid() {
		charges = append(charges,
			fetch(t.nets, from.narrow, now, forgetAfter, addressGate()),
			fetch(t.nets, from.wide, now, forgetAfter, networkGate()))
	}
	for _, c := range charges {
		wait = max(wait, c.c.until.Sub(now))
	}
	if wait > 0 {
		return nil, wait, false
	}
	visits := fetch(t.strange, pairKey{account, from.wide}, now, strangeAfter, gate{free: math.MaxInt})
	key, g := laneKey{account, freshLane}, freshGate()
	if visits.c.fails >= freshTries {
		key, g = laneKey{account, seenLane}, laneGate()
	}
	if !pass {
		c := fetch(t.lanes(known), key, now, forgetAfter, g)
		if wait = c.c.until.Sub(now); wait > 0 {
			return nil, wait, true
		}
		charges = append(charges, c)
	}
	a = &attempt{t: t, account: key, from: from, known: known, charged: append(charges, visits)}
	a.charge(now)
	return a, 0, false
}

// beginChange is begin for somebody who is signed in and gives the old password: no stranger can use up these attempts.
func (t *throttle) beginChange(now time.Time, account string) (*attempt, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := laneKey{account, changeLane}
	c := fetch(t.known, key, now, forgetAfter, changeGate())
	if wait := c.c.until.Sub(now); wait > 0 {
		return nil, wait
	}
	a := &attempt{t: t, account: key, known: true, charged: []charge{c}}
	a.charge(now)
	return a, 0
}

func (a *attempt) charge(now time.Time) {
	for i := range a.charged {
		c := &a.charged[i]
		c.keep()
		c.c.fails++
		c.c.last = now
		if d := c.gate.delay(c.c.fails); d > 0 { // a free one sets no wait at all: an attempt at the same time may have looked at the clock before this one
			c.until = now.Add(d)
			c.c.until = c.until
		}
	}
}

// refund takes the charges back. A wait that a later attempt has set stays.
func (a *attempt) refund() {
	for _, c := range a.charged {
		c.c.fails = max(0, c.c.fails-1)
		if c.c.until.Equal(c.until) {
			c.c.until = time.Time{}
		}
	}
}

// succeeded forgets the failures of the account and of this origin at it, and takes the attempt back from the address.
func (a *attempt) succeeded() {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	a.refund()
	lanes := a.t.lanes(a.known)
	if a.account.lane == changeLane {
		lanes.remove(a.account)
		return
	}
	lanes.remove(laneKey{a.account.account, seenLane})
	lanes.remove(laneKey{a.account.account, freshLane})
	a.t.pairs.remove(pairKey{a.account.account, a.from.narrow})
	a.t.strange.remove(pairKey{a.account.account, a.from.wide})
}

// withdrawn takes back an attempt that came to no result: the database was away, or the caller gave up before its turn.
func (a *attempt) withdrawn() {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	a.refund()
}

func (t *throttle) lanes(known bool) *lru[laneKey, *counter] {
	if known {
		return t.known
	}
	return t.names
}

// fetch gives the counter of a key, a fresh one when there is none or it was quiet for long. A fresh one is kept only when charged.
func fetch[K comparable](l *lru[K, *counter], key K, now time.Time, forget time.Duration, g gate) charge {
	c, ok := l.get(key)
	if !ok || now.Sub(c.last) >= forget {
		c = &counter{}
	}
	return charge{c: c, gate: g, keep: func() { l.put(key, c) }}
}
