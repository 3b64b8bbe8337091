package discord

import (
	"testing"
	"time"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// Observe is for the tests of package discord_test.
func Observe(t testing.TB) func(discordtest.Exchange) { return observe(t) }

// Lease shortens how long a process keeps its right to be connected.
func Lease(d *Discord, ttl time.Duration) { d.lease = ttl }

// Stamp is a time of Discord, in whole seconds since 1970.
func Stamp(at int64) string { return discordTime(time.Unix(at, 0), "f") }

// Hurry shortens the pauses between attempts to connect, and lets what the machine alone may be slow with take its time.
func Hurry(d *Discord) {
	d.pause, d.openDeadline, d.answerIn = time.Millisecond, 10*time.Second, patience
	d.showIn, d.offerIn = patience, patience
}

// Brisk takes the last part of Hurry back, for tests in which something stands still for good.
func Brisk(d *Discord) { d.showIn, d.offerIn = showWithin, completeWait }

// CaughtUp reports whether the run that goes on has heard everything that happened before.
func CaughtUp(d *Discord) bool {
	w := d.current.Load()
	return w != nil && w.caughtUp.Load()
}
