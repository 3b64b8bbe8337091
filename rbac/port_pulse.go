package rbac

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Pulse is what of a session or an API token, and of its account, can change while both are there. Everything else of them stays as long as
// Version and Rights do.
type Pulse struct {
	Account        ticket.AccountID
	Username, Name string
	Active         bool
	Version        int64
	Rights         int64
	Seen           time.Time // when the session was last seen, or the token last used
}

// PulseReader reads the little that every request must read anew; who was seen before is known beyond it. Each is one query for few
// columns, and gives what SessionAccount and TokenAccount would give at that moment.
type PulseReader interface {
	SessionPulse(ctx context.Context, session string) (Pulse, error)
	TokenPulse(ctx context.Context, hash string) (Pulse, error)
}

// pulse is what a full reading shows of it.
func (acc *Account) pulse(seen time.Time) Pulse {
	return Pulse{acc.ID, acc.Username, acc.Name, acc.Active, acc.Version, acc.Rights, seen}
}

// same reports whether nothing but the last use has changed.
func (p Pulse) same(q Pulse) bool {
	p.Seen, q.Seen = time.Time{}, time.Time{}
	return p == q
}
