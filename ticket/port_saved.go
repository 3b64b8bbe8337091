package ticket

import (
	"context"
	"encoding/json"
	"time"
)

// SavedKind says what a Saved is.
type SavedKind string

// The kinds.
const (
	SavedView        SavedKind = "view"
	SavedMacro       SavedKind = "macro"
	SavedSetting     SavedKind = "setting"
	SavedUndo        SavedKind = "undo"        // what takes a bulk change back
	SavedLastView    SavedKind = "last_view"   // the view that an account looked at last
	SavedPreferences SavedKind = "preferences" // how an account wants what it sees
	SavedImage       SavedKind = "image"       // a picture of the branding
)

// Saved is something that people keep beside the tickets. Its key is kind and id.
type Saved struct {
	Kind      SavedKind
	ID        string    // at most 64 bytes
	Account   AccountID // whose it is; "" is everybody's
	Name      string
	Body      json.RawMessage
	Position  int
	Version   int64 // counts the changes, from 1
	CreatedAt time.Time
	UpdatedAt time.Time
}

// PersonalKind says what a Personal is.
type PersonalKind string

// The kinds.
const (
	DraftReply PersonalKind = "reply"
	DraftNote  PersonalKind = "note"
	SeenMark   PersonalKind = "seen" // how far a ticket was read
)

// Personal is what one account keeps of one ticket. Its key is account, ticket and kind.
type Personal struct {
	Account   AccountID
	TicketID  ID
	Kind      PersonalKind
	Body      string
	Version   int64
	UpdatedAt time.Time
}

// SavedReader is the part of Reader for what people keep. Whose it is, Service checks.
type SavedReader interface {
	// SavedItems gives what the account has and what is everybody's, in order of position, making and id.
	SavedItems(ctx context.Context, kind SavedKind, account AccountID) ([]Saved, error)
	// SavedItem gives one item, whoever's it is. NotFound: there is none. In a transaction it is not changed by anybody else before the end.
	SavedItem(ctx context.Context, kind SavedKind, id string) (*Saved, error)
	// PersonalItems gives what an account keeps of the kinds, of these tickets or with none of any, in order of ticket and kind. A ticket must be
	// in scope.
	PersonalItems(ctx context.Context, s Scope, account AccountID, kinds []PersonalKind, tickets []ID) ([]Personal, error)
	// CountTickets counts the tickets that q selects, up to most. Sort, Limit and After of q are not looked at.
	CountTickets(ctx context.Context, s Scope, q Query, most int) (int, error)
}

// SavedTx is the part of Tx for what people keep.
type SavedTx interface {
	// PutSaved writes an item: a new one when was is 0, else in place of the version was. Stale: that is not there; Conflict: a new one is there
	// already.
	PutSaved(ctx context.Context, v *Saved, was int64) error
	// DropSaved is content with what is not there.
	DropSaved(ctx context.Context, kind SavedKind, id string) error
	// PutPersonal writes or replaces.
	PutPersonal(ctx context.Context, p Personal) error
	// DropPersonal is content with what is not there.
	DropPersonal(ctx context.Context, account AccountID, t ID, kind PersonalKind) error
	// AddMention notes that an account was mentioned in a ticket; once is enough.
	AddMention(ctx context.Context, account AccountID, number int64, at time.Time) error
}
