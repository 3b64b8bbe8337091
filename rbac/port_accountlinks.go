package rbac

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// AccountLink says that somebody whom another login or a channel knows is the person of an account.
type AccountLink struct {
	Subject   string // theirs, such as discord:123; at most 255 bytes
	AccountID ticket.AccountID
	CreatedAt time.Time
}

// AccountLinkReader reads links. Absence is NotFound.
type AccountLinkReader interface {
	// AccountByLink gives the account that a subject was linked to.
	AccountByLink(ctx context.Context, subject string) (*Account, error)
	// AccountLinks lists the links of an account, sorted by subject.
	AccountLinks(ctx context.Context, id ticket.AccountID) ([]AccountLink, error)
}

// AccountLinkTx changes links. They end with their account.
type AccountLinkTx interface {
	// PutAccountLink links a subject to an account, in place of what it was linked to before.
	PutAccountLink(ctx context.Context, l AccountLink) error
	// DeleteAccountLink answers NotFound when the account has no such link.
	DeleteAccountLink(ctx context.Context, id ticket.AccountID, subject string) error
}
