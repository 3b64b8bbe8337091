package adapters

import (
	"context"
	"time"
)

// Shared is what adapters need of State when several processes serve one desk. Package store implements it.
type Shared interface {
	State
	// SwapState sets a value if it still is old, and reports whether it did; "" stands for a name that was never set.
	SwapState(ctx context.Context, name, old, value string) (swapped bool, err error)
	// TakeLease gives holder the lease of that name for d from now, or prolongs it, unless somebody else's has not ended. Name has at
	// most 200 bytes, holder 64. The time is the database's where it has a clock of its own.
	TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error)
	// DropLease ends the holder's lease; without one it does nothing.
	DropLease(ctx context.Context, name, holder string) error
}
