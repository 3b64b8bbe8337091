package ticket

import (
	"io"
	"time"
)

// Ticket is one case of a requester. Times are UTC in whole microseconds, which all supported databases keep.
type Ticket struct {
	ID       ID
	Number   int64 // what people say: #1042. Unique and rising in a desk; gaps are allowed
	Subject  string
	Status   Status
	Category Category
	Priority Priority
	Queue    QueueRef
	Channel  string // the adapter that brought it in, or "api"; replies leave the same way when it can send
	Source   string // problem source: email, web, phone, chat, api …

	Requester ContactRef
	Assignee  *AccountRef // nil while nobody has it
	Tags      []string    // sorted, without repeats
	Fields    map[string]any
	Preview   string // one line of the newest public message
	Locale    string // "de" or "en", the language of mails to the requester; "" is the desk's own

	Escalation   int       // how often it was escalated since it was last resolved
	SnoozedUntil time.Time // zero unless snoozed
	MergedInto   ID        // empty unless merged
	Demo         bool      // made for show; never mailed, removed by `demo clear`

	CreatedAt       time.Time
	UpdatedAt       time.Time
	FirstResponseAt time.Time // first public message of an agent; zero before
	ResolvedAt      time.Time // last time it became resolved or closed; zero while active
	Version         Version

	MessageCount int  // messages ever written or moved here, of any kind; none has a greater N
	Head         Head // newest end of the event chain
}

// QueueRef, ContactRef and AccountRef are what a ticket shows of its neighbours. Writers need only ID; readers get all fields.
type (
	QueueRef struct {
		ID   QueueID
		Name string
	}
	ContactRef struct {
		ID    ContactID
		Name  string
		Email string // "" when the contact has no mail address
	}
	AccountRef struct {
		ID   AccountID
		Name string
	}
)

// Queue is a place where tickets wait for a team.
type Queue struct {
	ID        QueueID
	Name      string // unique in a desk, at most 80 code points
	Default   bool   // takes what names no queue; exactly one is
	CreatedAt time.Time
}

// Identity is one way to reach or recognise a contact. Kind is "email", "discord", "phone" or an adapter's own word; Value is in
// the form that compares equal: addresses in lower case, snowflakes in decimal.
type Identity struct {
	Kind     string
	Value    string
	Verified bool // proven to belong to the person, not merely claimed
	// BouncedAt is when mail to this address was last sent back for good; zero while it arrives. Mail from the address clears it.
	BouncedAt time.Time `json:",omitzero"`
}

// KindEmail is the identity kind of mail addresses.
const KindEmail = "email"

// Contact is a person who writes to the desk, with all the identities known to be theirs.
type Contact struct {
	ID         ContactID
	Name       string
	Locale     string
	Identities []Identity
	CreatedAt  time.Time
}

// Identity finds the contact's first identity of a kind.
func (c *Contact) Identity(kind string) (Identity, bool) {
	for _, i := range c.Identities {
		if i.Kind == kind {
			return i, true
		}
	}
	return Identity{}, false
}

// Participant is a contact who takes part in a ticket beside its requester and gets copies of public replies.
type Participant struct {
	Contact ContactRef
	Role    string // "cc"
}

// MessageKind says who may see a message.
type MessageKind string

// The kinds of message.
const (
	Public MessageKind = "public" // the requester sees it
	Note   MessageKind = "note"   // agents only
	Notice MessageKind = "system" // written by the program, e.g. the reason of a closing; agents only
)

// Author is who wrote a message.
type Author struct {
	Type  ActorKind
	ID    string // AccountID or ContactID; "" for the system
	Name  string
	Email string
}

// Message is one entry of the conversation.
type Message struct {
	ID       MessageID
	TicketID ID
	N        int // position in its ticket, from 1; a message that moves to another ticket leaves a gap
	Kind     MessageKind
	Author   Author
	Channel  string // how it came or goes
	Text     string // the new part
	Quoted   string // what it repeats of earlier messages; shown folded
	HTML     string // sanitized; filled only by Reader.Message, because it may be large
	HasHTML  bool

	Machine    bool  // written by a program: an auto-reply, a bounce, a list
	Verified   *bool // whether the sender was proven (DMARC); nil when the channel cannot say
	Protection Protection
	ExternalID string // what the channel calls it: Message-ID without angle brackets, snowflake
	RawSHA256  string // blob with the original bytes; "" when there is none
	To         []Identity
	Delivery   *Delivery // nil for what does not leave the desk

	Attachments []Attachment
	CreatedAt   time.Time
}

// Protection is how the sender protected a message. Nobody here has checked a signature.
type Protection string

// The kinds of protection. The empty Protection is none.
const (
	Signed    Protection = "signed"    // carries a signature, by S/MIME or PGP
	Encrypted Protection = "encrypted" // its content is in an attachment that the desk cannot read
)

// DeliveryState is how far an outgoing message has come.
type DeliveryState string

// The states of a delivery.
const (
	Queued  DeliveryState = "queued"
	Sent    DeliveryState = "sent"    // the next hop took it
	Failed  DeliveryState = "failed"  // given up; Reason says why
	Bounced DeliveryState = "bounced" // taken by the next hop and sent back later; Reason says by whom and why
)

// Delivery tells how far an outgoing message has come.
type Delivery struct {
	State  DeliveryState
	Reason string // why it failed or waits; "" otherwise
	At     time.Time
	// Returned is what a report said; nil unless the message came back.
	Returned *Returned
}

// Attachment is a file of a message. Its bytes lie in Blobs under SHA256.
type Attachment struct {
	ID          AttachmentID
	TicketID    ID
	MessageID   MessageID // "" while uploaded and not yet sent
	Name        string
	ContentType string // as found out, not as claimed
	Size        int64
	SHA256      string // lower-case hexadecimal
	Inline      bool
	ContentID   string    // Content-ID without angle brackets, for images inside HTML
	UploadedBy  AccountID // who uploaded it; "" when it came from outside
	CreatedAt   time.Time
}

// Upload is a file on its way in. Body is read once, before the transaction begins.
type Upload struct {
	Name        string
	ContentType string
	Inline      bool
	ContentID   string
	Body        io.Reader
}
