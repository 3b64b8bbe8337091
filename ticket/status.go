package ticket

import "slices"

// Category is the fixed meaning of a state. Desks may name more states, but each belongs to one of these, and only the category
// decides what is possible.
type Category string

// The categories.
const (
	New      Category = "new"      // nobody has worked on it
	Open     Category = "open"     // an agent has to act
	Pending  Category = "pending"  // the requester or a third party has to act
	Snoozed  Category = "snoozed"  // hidden until a time
	Resolved Category = "resolved" // answered; the requester may come back
	Closed   Category = "closed"   // over
	Merged   Category = "merged"   // lives on in another ticket
	Spam     Category = "spam"     // unwanted
)

// Categories lists all categories in the order of a ticket's life.
func Categories() []Category {
	return []Category{New, Open, Pending, Snoozed, Resolved, Closed, Merged, Spam}
}

// Valid reports whether c is one of the fixed categories.
func (c Category) Valid() bool { return slices.Contains(Categories(), c) }

// Active reports whether work may still be needed: new, open, pending or snoozed.
func (c Category) Active() bool { return c == New || c == Open || c == Pending || c == Snoozed }

// CanBecome is the transition table. Staying in the same category is always allowed (another state of it), except for merged,
// which is final.
func (c Category) CanBecome(to Category) bool {
	if !c.Valid() || !to.Valid() || c == Merged {
		return false
	}
	if c == to {
		return true
	}
	switch c {
	case New, Open, Pending, Snoozed:
		return to != New
	case Resolved:
		return to == Open || to == Closed || to == Merged || to == Spam
	case Closed, Spam:
		return to == Open
	}
	return false
}

// Status is the name of a state, as stored and as the API spells it.
type Status string

// State is a named state of a category. A desk has one built-in state for each category, named like it, and may add more, such as
// {"waiting_supplier", Pending}.
type State struct {
	Status   Status
	Category Category
}

// Priority orders the work.
type Priority string

// The priorities. The zero value stands for Normal where a new ticket is described.
const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// Priorities lists the priorities from the lowest to the highest.
func Priorities() []Priority { return []Priority{Low, Normal, High, Urgent} }

// Valid reports whether p is one of the four priorities.
func (p Priority) Valid() bool { return p.Rank() > 0 }

// Rank is 1 for low up to 4 for urgent, and 0 for anything else. Stores keep it to sort by.
func (p Priority) Rank() int { return slices.Index(Priorities(), p) + 1 }

// Raised is the next higher priority; urgent stays urgent.
func (p Priority) Raised() Priority {
	all := Priorities()
	return all[min(max(p.Rank(), 0), len(all)-1)]
}
