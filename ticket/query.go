package ticket

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// Sort is the order of a list of tickets.
type Sort string

// The orders. Each has an index in exactly that order; Number breaks ties.
const (
	ByUpdated     Sort = "-updated_at" // newest change first; the default
	ByUpdatedAsc  Sort = "updated_at"
	ByCreated     Sort = "-created_at"
	ByCreatedAsc  Sort = "created_at"
	ByNumber      Sort = "-number"
	ByNumberAsc   Sort = "number"
	ByPriority    Sort = "-priority" // urgent first
	ByPriorityAsc Sort = "priority"
)

// Sorts lists every order.
func Sorts() []Sort {
	return []Sort{ByUpdated, ByUpdatedAsc, ByCreated, ByCreatedAsc, ByNumber, ByNumberAsc, ByPriority, ByPriorityAsc}
}

// Descending reports whether the order runs downwards.
func (s Sort) Descending() bool { return len(s) > 0 && s[0] == '-' }

// Key is the value that the order compares for t: microseconds, the number or the rank.
func (s Sort) Key(t *Ticket) int64 {
	switch s {
	case ByUpdated, ByUpdatedAsc, "":
		return t.UpdatedAt.UnixMicro()
	case ByCreated, ByCreatedAsc:
		return t.CreatedAt.UnixMicro()
	case ByPriority, ByPriorityAsc:
		return int64(t.Priority.Rank())
	}
	return t.Number
}

// MaxLimit bounds every page.
const MaxLimit = 100

// Query selects tickets. Empty fields select everything; several values in one field mean any of them; fields are joined by and.
type Query struct {
	Status      []Status
	Category    []Category
	Active      *bool // active categories only, or the others only
	Queue       []QueueID
	Assignee    []AccountID // "" stands for unassigned
	Priority    []Priority
	Channel     []string
	Tag         []string     // all of them
	Field       []FieldValue // all of them
	Requester   ContactID
	Requesters  []ContactID
	Mentioned   AccountID // in whose notes this account is mentioned
	CreatedFrom time.Time // made at or after; zero is no bound
	CreatedTo   time.Time // made before; zero is no bound
	Escalated   bool
	Demo        *bool
	Words       []string // each word or phrase occurs in subject, a message or the requester; a trailing * matches beginnings
	Number      int64
	SLA         ClockFilter
	DueWithin   time.Duration // with Due: at most so long from now; 0 is any time
	Now         time.Time     // for SLA; Service sets it
	SearchNotes bool          // whether Words may match notes; Service sets it from the actor's grant

	Sort  Sort   // "" is ByUpdated
	Limit int    // 1 to MaxLimit; 0 is 30
	After Cursor // continue behind this position; the zero Cursor begins
}

// ClockFilter selects by the clocks of the service level that a store keeps beside the tickets.
type ClockFilter string

// The filters.
const (
	Breached     ClockFilter = "breached" // a clock was missed and is not stopped
	Due          ClockFilter = "due"      // a clock runs that was not missed so far
	WithoutClock ClockFilter = "none"     // no policy applies
)

// FieldValue selects tickets with a value in a custom field; see FieldTerm for what compares equal.
type FieldValue struct{ Name, Value string }

// Cursor is a position in a sorted list.
type Cursor struct {
	Sort   Sort
	Key    int64
	Number int64
}

// IsZero reports whether c is the beginning.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// CursorOf is the position of t in the order s.
func CursorOf(s Sort, t *Ticket) Cursor {
	if s == "" {
		s = ByUpdated
	}
	return Cursor{Sort: s, Key: s.Key(t), Number: t.Number}
}

// String encodes the position for a URL; the zero Cursor is "".
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	b := []byte{1, byte(slices.Index(Sorts(), c.Sort))}
	b = binary.BigEndian.AppendUint64(b, uint64(c.Key))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Number))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String wrote for a list in the order s. Anything else is Invalid with the field "cursor".
func ParseCursor(s string, sort Sort) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 18 || b[0] != 1 || int(b[1]) >= len(Sorts()) {
		return Cursor{}, InvalidField("cursor", "is not a cursor of this list")
	}
	c := Cursor{Sort: Sorts()[b[1]], Key: int64(binary.BigEndian.Uint64(b[2:])), Number: int64(binary.BigEndian.Uint64(b[10:]))}
	if sort == "" {
		sort = ByUpdated
	}
	if c.Sort != sort {
		return Cursor{}, InvalidField("cursor", "belongs to a list sorted by %s", c.Sort)
	}
	return c, nil
}

func (q *Query) check() error {
	if q.Sort == "" {
		q.Sort = ByUpdated
	}
	if !slices.Contains(Sorts(), q.Sort) {
		return InvalidField("sort", "unknown order %q", string(q.Sort))
	}
	if q.Limit == 0 {
		q.Limit = 30
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return InvalidField("limit", "must be between 1 and %d", MaxLimit)
	}
	if !q.After.IsZero() && q.After.Sort != q.Sort {
		return InvalidField("cursor", "belongs to a list sorted by %s", q.After.Sort)
	}
	switch q.SLA {
	case "", Breached, Due, WithoutClock:
	default:
		return InvalidField("sla", "unknown filter %q", string(q.SLA))
	}
	for _, c := range q.Category {
		if !c.Valid() {
			return InvalidField("status", "unknown category %q", string(c))
		}
	}
	for _, p := range q.Priority {
		if !p.Valid() {
			return InvalidField("priority", "unknown priority %q", string(p))
		}
	}
	return nil
}

// MessageQuery selects messages of one ticket in order of N.
type MessageQuery struct {
	Ticket ID
	Kinds  []MessageKind // empty selects all
	After  int           // only messages with a greater N
	Before int           // only messages with a smaller N; 0 is no bound
	Newest bool          // the last Limit instead of the first; the answer is in rising order all the same
	Limit  int           // 0 is 100
}

// EventQuery selects events.
type EventQuery struct {
	Ticket  ID          // "" selects across tickets
	Desk    bool        // only the desk's own chain
	Types   []EventType // empty selects all
	Actor   string      // actor's id
	Since   time.Time   // at or after
	Until   time.Time   // before
	After   int64       // only a greater Seq (with Ticket or Desk: a greater N)
	Before  int64       // only a smaller Seq (or N); 0 is no bound
	Reverse bool        // newest first
	Limit   int         // 0 is 100
}
