package store

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

// micros is a time in microseconds since 1970 UTC; 0 is the zero time.
type micros int64

func toMicros(t time.Time) micros {
	if t.IsZero() {
		return 0
	}
	return micros(t.UnixMicro())
}

func (m micros) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// The rows. Their columns are the columns of the migrations; a test compares them.
type (
	ticketRow struct {
		bun.BaseModel `bun:"table:tickets,alias:t"`

		Number       int64 `bun:",pk"`
		ID           ticket.ID
		Subject      string
		Status       ticket.Status
		Category     ticket.Category
		Active       bool // follows from category
		Priority     ticket.Priority
		PriorityRank int // follows from priority
		QueueID      ticket.QueueID
		Channel      string
		Source       string
		RequesterID  ticket.ContactID
		AssigneeID   ticket.AccountID // "" while nobody has it
		AssigneeName string           // shown when the account is gone, or is not ours
		Tags         string           // JSON array; the rows of ticket_tags are for finding
		Fields       string           // JSON object
		Preview      string
		Locale       string
		Escalation   int
		SnoozedUntil micros
		MergedInto   ticket.ID
		Demo         bool

		CreatedAt       micros
		UpdatedAt       micros
		FirstResponseAt micros
		ResolvedAt      micros
		Version         ticket.Version
		MessageCount    int
		EventCount      int64
		EventMac        []byte
	}

	tagRow struct {
		bun.BaseModel `bun:"table:ticket_tags,alias:g"`

		Tag    string `bun:",pk"`
		Number int64  `bun:",pk"` // of the ticket
	}

	queueRow struct {
		bun.BaseModel `bun:"table:queues,alias:q"`

		ID        ticket.QueueID `bun:",pk"`
		Name      string
		IsDefault bool
		CreatedAt micros
	}

	contactRow struct {
		bun.BaseModel `bun:"table:contacts,alias:c"`

		ID        ticket.ContactID `bun:",pk"`
		Name      string
		Email     string // first identity of kind email
		Locale    string
		CreatedAt micros
	}

	identityRow struct {
		bun.BaseModel `bun:"table:contact_identities,alias:i"`

		Kind      string `bun:",pk"`
		Value     string `bun:",pk"`
		ContactID ticket.ContactID
		Position  int
		Verified  bool
		BouncedAt micros
	}

	participantRow struct {
		bun.BaseModel `bun:"table:participants,alias:p"`

		TicketID  ticket.ID        `bun:",pk"`
		ContactID ticket.ContactID `bun:",pk"`
		Role      string
		Position  int
	}

	messageRow struct {
		bun.BaseModel `bun:"table:messages,alias:m"`

		ID             ticket.MessageID `bun:",pk"`
		TicketID       ticket.ID
		N              int
		Kind           ticket.MessageKind
		AuthorType     ticket.ActorKind
		AuthorID       string
		AuthorName     string
		AuthorEmail    string
		Channel        string
		Body           string
		Quoted         string
		HasHTML        bool `bun:"has_html"`
		Machine        bool
		Verified       int // 0 unknown, 1 no, 2 yes
		ExternalID     string
		RawSha256      string
		Recipients     string // JSON array
		DeliveryState  ticket.DeliveryState
		DeliveryReason string
		DeliveryAt     micros
		Files          int // number of attachments
		CreatedAt      micros
		Protection     ticket.Protection
		Bounce         string // JSON of what a report said, or ""
	}

	htmlRow struct {
		bun.BaseModel `bun:"table:message_html,alias:h"`

		MessageID ticket.MessageID `bun:",pk"`
		HTML      string           `bun:"html"`
	}

	attachmentRow struct {
		bun.BaseModel `bun:"table:attachments,alias:f"`

		ID          ticket.AttachmentID `bun:",pk"`
		TicketID    ticket.ID
		MessageID   ticket.MessageID
		Position    int // within its message
		Name        string
		ContentType string
		Size        int64
		Sha256      string
		Inline      bool
		ContentID   string
		UploadedBy  ticket.AccountID
		CreatedAt   micros
	}

	refRow struct {
		bun.BaseModel `bun:"table:thread_refs,alias:r"`

		Hash     []byte `bun:",pk"` // SHA-256 of the reference
		TicketID ticket.ID
	}

	receiptRow struct {
		bun.BaseModel `bun:"table:receipts,alias:x"`

		Channel   string `bun:",pk"`
		KeyHash   []byte `bun:",pk"` // SHA-256 of the key
		TicketID  ticket.ID
		MessageID ticket.MessageID
		CreatedAt micros
	}

	eventRow struct {
		bun.BaseModel `bun:"table:events,alias:e"`

		Seq         int64 `bun:",pk"` // 0 is stamped by the database
		ID          ticket.EventID
		TicketID    ticket.ID // "" for the desk's own chain
		N           int64
		Type        ticket.EventType
		ActorType   ticket.ActorKind
		ActorID     string
		CreatedAt   micros
		Data        string
		PrivateHash []byte
		Mac         []byte
	}

	privateRow struct {
		bun.BaseModel `bun:"table:event_private,alias:v"`

		EventID   ticket.EventID `bun:",pk"`
		ActorName string
		Salt      []byte
		Private   *string
	}

	// deskRow is the one row of what belongs to the desk as a whole.
	deskRow struct {
		bun.BaseModel `bun:"table:desk,alias:d"`

		ID         int   `bun:",pk"` // 1
		Number     int64 // newest ticket number
		EventCount int64 // head of the desk's own chain
		EventMac   []byte
	}

	presenceRow struct {
		bun.BaseModel `bun:"table:presence,alias:w"`

		TicketID  ticket.ID        `bun:",pk"`
		AccountID ticket.AccountID `bun:",pk"`
		State     ticket.PresenceState
		BeganAt   micros
		EndsAt    micros
	}

	jobRow struct {
		bun.BaseModel `bun:"table:jobs,alias:j"`

		ID          string `bun:",pk"`
		Kind        string
		JobKey      string
		LiveKey     *string // job_key while the job is live, if it has one: unique
		State       string
		RunAt       micros
		Attempt     int
		MaxAttempts int
		Payload     string
		LeaseToken  string
		LeaseUntil  micros
		LastError   string
		FinishedAt  micros
	}

	accountRow struct {
		bun.BaseModel `bun:"table:accounts,alias:a"`

		ID           ticket.AccountID `bun:",pk"`
		Username     string
		UsernameFold string // lower case: unique
		Name         string
		Role         string
		PasswordHash string
		MustChange   bool
		Active       bool
		External     *string // unique
		Version      int64
		CreatedAt    micros
		LastLoginAt  micros
		Rights       int64
		Email        string
	}

	grantRow struct {
		bun.BaseModel `bun:"table:account_grants,alias:ag"`

		AccountID ticket.AccountID `bun:",pk"`
		Role      string           `bun:",pk"`
		QueueID   ticket.QueueID   `bun:",pk"` // "" is the whole desk
	}

	roleRow struct {
		bun.BaseModel `bun:"table:roles,alias:r"`

		Name        string `bun:",pk"`
		Description string
		Permissions string // JSON array of arrays: name and scope
		Version     int64
		CreatedAt   micros
		UpdatedAt   micros
	}

	sessionRow struct {
		bun.BaseModel `bun:"table:sessions,alias:s"`

		ID        string `bun:",pk"`
		AccountID ticket.AccountID
		CreatedAt micros
		ExpiresAt micros
		LastSeen  micros
		Address   string
		UserAgent string
		Panel     bool
	}

	tokenRow struct {
		bun.BaseModel `bun:"table:api_tokens,alias:k"`

		ID        string `bun:",pk"`
		AccountID ticket.AccountID
		Name      string
		Prefix    string
		Hash      string
		Scopes    string // JSON array
		CreatedAt micros
		ExpiresAt micros
		LastUsed  micros
	}

	stateRow struct {
		bun.BaseModel `bun:"table:adapter_state,alias:z"`

		Name  string `bun:",pk"`
		Value string
	}

	parkedRow struct {
		bun.BaseModel `bun:"table:parked,alias:p"`

		ID        string `bun:",pk"`
		Channel   string
		KeyHash   []byte // SHA-256 of item_key
		ItemKey   string
		Reason    string
		Sender    string
		Subject   string
		RawSha256 string
		Size      int64
		CreatedAt micros
	}
)
