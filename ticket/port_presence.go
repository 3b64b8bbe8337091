package ticket

import (
	"context"
	"time"
)

// PresenceReader is the part of Reader for who is at a ticket.
type PresenceReader interface {
	// Presences gives who is at the ticket t, or with "" at any ticket in scope, and ends after now: in order of ticket, beginning and
	// account. Names are left to the Directory.
	Presences(ctx context.Context, s Scope, t ID, now time.Time) ([]Presence, error)
}

// PresenceTx is the part of Tx for who is at a ticket. It is no part of a ticket's history, and may be lost.
type PresenceTx interface {
	// PutPresence writes or replaces what is known of one account at one ticket, and removes what of any ended before stale.
	PutPresence(ctx context.Context, p Presence, stale time.Time) error
	// DropPresence removes an account from a ticket; it is content when it is not there.
	DropPresence(ctx context.Context, t ID, account AccountID) error
}
