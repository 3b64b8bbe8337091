package ticket

import "context"

// ReviseTx is the part of Tx that changes what a message says.
type ReviseTx interface {
	// ReviseMessage writes the kind and the text of a message, without HTML; everything else of it stays. It is found by the new text alone.
	// NotFound without such a message.
	ReviseMessage(ctx context.Context, id MessageID, kind MessageKind, text string) error
}
