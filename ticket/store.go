package ticket

import (
	"context"
	"io"
	"time"
)

// Store keeps a desk. Package store implements it over bun; package tickettest in memory.
//
// Reader's methods on the Store itself each see some committed state. Update runs fn in one transaction: everything or nothing. fn
// may run again after a conflict, so its only effects are on its Tx; it must not use the Store, whose pool may be a single
// connection held by this very transaction. Update commits when fn returns nil and returns fn's error unchanged otherwise. A Tx is
// for one goroutine and dead once fn has returned.
type Store interface {
	Reader
	Update(ctx context.Context, fn func(Tx) error) error
}

// Reader reads. Whatever belongs to a ticket demands a Scope, and what the scope does not reach is NotFound or absent. All methods
// may be called concurrently on a Store. Absence is an *Error of kind NotFound; a database out of reach is Unavailable.
type Reader interface {
	LinkReader
	CatalogueReader

	// Ticket and TicketByNumber give one ticket with all its fields.
	Ticket(ctx context.Context, s Scope, id ID) (*Ticket, error)
	TicketByNumber(ctx context.Context, s Scope, number int64) (*Ticket, error)
	// Tickets gives at most q.Limit tickets in q's order, without counting: a list by one query, a search by few.
	Tickets(ctx context.Context, s Scope, q Query) ([]Ticket, error)
	// Messages gives messages of one ticket in order of N, with their attachments and without HTML.
	Messages(ctx context.Context, s Scope, q MessageQuery) ([]Message, error)
	// Message gives one message with everything, HTML included.
	Message(ctx context.Context, s Scope, id MessageID) (*Message, error)
	Attachment(ctx context.Context, s Scope, t ID, id AttachmentID) (*Attachment, error)
	// Events gives entries of the history in the order that q asks for. Events of the desk itself and of deleted tickets are
	// seen only by a scope that reaches all.
	Events(ctx context.Context, s Scope, q EventQuery) ([]Event, error)
	Participants(ctx context.Context, s Scope, t ID) ([]Participant, error)

	// Contact and ContactByIdentity are not bound to a ticket: Service alone calls them, and shows of a contact only what
	// belongs to a ticket in scope.
	Contact(ctx context.Context, id ContactID) (*Contact, error)
	ContactByIdentity(ctx context.Context, kind, value string) (*Contact, error)
	Queue(ctx context.Context, id QueueID) (*Queue, error)
	// Queues lists all queues in order of their names.
	Queues(ctx context.Context) ([]Queue, error)
	// TicketByRefs finds the ticket that knows the first of refs (ids of messages in their channel) known to any; NotFound
	// when none is. Service calls it for intake only.
	TicketByRefs(ctx context.Context, refs []string) (ID, error)
	// Received finds what an item of a channel became; NotFound when it was never taken in.
	Received(ctx context.Context, channel, key string) (*Receipt, error)
	// DeskHead gives the head of the desk's own chain. In a transaction it also keeps every other one that asks for it waiting until the
	// end, so that a rule over several rows (of queues, of accounts) holds for who asks for it before reading them.
	DeskHead(ctx context.Context) (Head, error)

	PresenceReader
	ChainReader
	JobReader
	MailReader
	PeopleReader
	SavedReader
}

// Tx is a transaction. Its reads see its own writes, and what Ticket, TicketByNumber, Contact and ContactByIdentity give is not changed by anybody
// else before its end: a second transaction that reads the same waits, or runs again. A violated uniqueness is an *Error of kind Conflict and ends the transaction.
type Tx interface {
	Reader
	LinkTx
	JobTx
	EraseTx
	ReviseTx
	MoveTx
	GuardTx
	CatalogueTx

	// NextNumber allocates a ticket number; a rolled back transaction may leave a gap.
	NextNumber(ctx context.Context) (int64, error)
	// InsertTicket and UpdateTicket write every field, tags included. UpdateTicket compares and swaps: Stale when the stored
	// version is not was.
	InsertTicket(ctx context.Context, t *Ticket) error
	UpdateTicket(ctx context.Context, t *Ticket, was Version) error
	// DeleteTicket removes the ticket, its messages, attachments, participants, references, timers and the private parts and
	// salts of its events. Event skeletons stay, and so does what Received knows, so that a repeat stays a repeat.
	DeleteTicket(ctx context.Context, id ID) error

	// InsertMessage writes a message and its Attachments; an attachment that was uploaded before (its ID is known) is bound to
	// the message instead.
	InsertMessage(ctx context.Context, m *Message) error
	// SetDelivery updates the delivery of a message and, when externalID is not empty, what the channel calls it.
	SetDelivery(ctx context.Context, id MessageID, d Delivery, externalID string) error
	// InsertAttachment writes an uploaded file that no message has yet.
	InsertAttachment(ctx context.Context, a *Attachment) error

	// InsertContact writes a contact with its identities; Conflict when an identity is somebody else's.
	InsertContact(ctx context.Context, c *Contact) error
	// UpdateContact writes name, locale and identities.
	UpdateContact(ctx context.Context, c *Contact) error
	// AddParticipant does nothing when the contact already takes part.
	AddParticipant(ctx context.Context, t ID, p Participant) error
	InsertQueue(ctx context.Context, q *Queue) error

	// LinkRefs remembers that these ids belong to the ticket. An id that is known already keeps its ticket.
	LinkRefs(ctx context.Context, t ID, refs []string) error
	// MarkReceived remembers an item of a channel; Conflict when it is known already.
	MarkReceived(ctx context.Context, r Receipt) error

	// AppendEvent writes a sealed event and stamps its Seq where the store can.
	AppendEvent(ctx context.Context, e *Event) error
	SetDeskHead(ctx context.Context, h Head) error

	// Enqueue asks for something to happen after the commit. A waiting job of the same key is kept as it is.
	Enqueue(ctx context.Context, j Job) error
	// SetTimer replaces the one timer of that name of the ticket; a zero time removes it.
	SetTimer(ctx context.Context, t ID, name string, at time.Time) error
	// TakeTimer removes the timer if it still is due at that instant and reports whether it was there, so that a timer fires
	// once even if its job runs twice.
	TakeTimer(ctx context.Context, t ID, name string, at time.Time) (bool, error)

	PresenceTx
	MailTx
	PeopleTx
	SavedTx
}

// Receipt is what an item of a channel became.
type Receipt struct {
	Channel   string
	Key       string // the item's own id within the channel, at most 500 bytes
	TicketID  ID
	MessageID MessageID
	At        time.Time
}

// The kinds of job that the ticket domain asks for.
const (
	JobDeliver = "deliver" // payload DeliverPayload
	JobTimer   = "timer"   // payload TimerPayload
)

// Job is something that must happen after a commit. Key makes a repeat harmless: of two jobs with one key only one waits.
type Job struct {
	Kind    string
	Key     string
	RunAt   time.Time
	Payload any // marshalled to JSON
}

// DeliverPayload is the payload of JobDeliver.
type DeliverPayload struct {
	MessageID MessageID  `json:"message_id"`
	Only      []Identity `json:"only,omitempty"` // who has not got it yet, when others have; nil is everybody
}

// TimerPayload is the payload of JobTimer.
type TimerPayload struct {
	TicketID ID        `json:"ticket_id"`
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
}

// Blobs keeps bytes under their SHA-256. All methods may be called concurrently.
type Blobs interface {
	// Put reads r to its end and returns once the bytes are safe on disk. The same bytes twice are one blob.
	Put(ctx context.Context, r io.Reader) (sha256 string, size int64, err error)
	// Open answers NotFound for what is not there. The caller closes.
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
	// Delete is content with what is not there.
	Delete(ctx context.Context, sha256 string) error
}

// Sanitizer makes HTML from outside safe to show.
type Sanitizer func(html string) string

// Hook looks at an event inside its transaction, after everything else of the change was written. An error vetoes the change and is
// returned to who asked for it. It may write through tx, may run again after a conflict, and must not touch anything else.
type Hook func(ctx context.Context, tx Tx, e *Event) error
