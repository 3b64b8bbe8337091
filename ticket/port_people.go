package ticket

import "context"

// IdentityMerged is the kind of identity under which a contact keeps the id of one that was merged into it: old links lead on, and erasing
// the person finds what was written under the other id. No channel has it.
const IdentityMerged = "merged"

// ContactQuery selects contacts, the newest first.
type ContactQuery struct {
	// Text is words, each of which begins a word of the name or of an identity, whatever the case and the diacritics; "" selects all.
	Text  string
	After ContactID // only behind this one; "" begins
	Limit int       // 1 to MaxLimit; 0 is 30
}

// PeopleReader is the part of Reader for looking contacts up.
type PeopleReader interface {
	// ListedContacts gives at most q.Limit contacts in falling order of their ids. A scope that does not reach all sees who has requested a
	// ticket in it.
	ListedContacts(ctx context.Context, s Scope, q ContactQuery) ([]Contact, error)
}

// PeopleTx is the part of Tx for making one contact of two.
type PeopleTx interface {
	// AbsorbContact gives everything of one contact to another one: the tickets that it requested, its places in copy, what it wrote, its
	// identities, behind those that the other has, and its id as one of kind IdentityMerged. The first contact is removed. Both must exist.
	// It returns how many tickets changed hands.
	AbsorbContact(ctx context.Context, from, into ContactID) (tickets int, err error)
}
