package ticket

import (
	"context"
	"time"
)

// LinkKind is how two tickets belong together. All but Related have a direction.
type LinkKind string

// The kinds of link, read from Link.From to Link.To.
const (
	LinkRelated   LinkKind = "related"
	LinkParent    LinkKind = "parent"    // From is the parent of To
	LinkDuplicate LinkKind = "duplicate" // From is a duplicate of To
	LinkBlocks    LinkKind = "blocks"    // To has to wait for From
)

// Link connects two different tickets.
type Link struct {
	From, To  ID
	Kind      LinkKind
	CreatedAt time.Time
}

// Linked is a link as one of its ends sees it.
type Linked struct {
	Link
	Other Ticket // the other end
}

// LinkReader reads links.
type LinkReader interface {
	// Links gives the links of a ticket in order of their making. A link is there only if both its ends are in scope.
	Links(ctx context.Context, s Scope, t ID) ([]Linked, error)
}

// LinkTx writes links.
type LinkTx interface {
	// AddLink is a Conflict when the two tickets have a link of that kind already, in whatever direction. The tickets must exist.
	AddLink(ctx context.Context, l Link) error
	// RemoveLink answers NotFound when there is no such link in that direction; Related has none.
	RemoveLink(ctx context.Context, l Link) error
}

// MoveTx gives what belongs to one ticket to another one. Both must exist already.
type MoveTx interface {
	// MoveMessages moves messages with their attachments; in the order of ids they become the messages n, n+1 … of the other ticket.
	// A message that is not the first ticket's is NotFound, a place that is taken a Conflict.
	MoveMessages(ctx context.Context, from, to ID, ids []MessageID, n int) error
	// MoveRefs makes what led to one ticket lead to the other: these references, or all for nil.
	MoveRefs(ctx context.Context, from, to ID, refs []string) error
	// ClearTimers removes every timer of the ticket.
	ClearTimers(ctx context.Context, t ID) error
}

// GuardTx keeps transactions apart that would otherwise not see each other.
type GuardTx interface {
	// Guard makes sure that of two transactions which guard the same name the second one begins, or runs again, after the first has
	// committed, whatever the isolation of the database. It comes before the reads that it protects. A name has at most 100 bytes.
	Guard(ctx context.Context, name string) error
}
