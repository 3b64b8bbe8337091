package adapters

// Reviser is optional for a Sender whose channel changes what it has carried, and takes it back: by the events ticket.EventRevised and
// ticket.EventWithdrawn, in hooks of its own. People are known to it by identities of its name.
type Reviser interface {
	// Revises reports whether it does so now. It does no I/O.
	Revises() bool
}
