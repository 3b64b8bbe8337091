package store

import (
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

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

		TicketID ticket.ID `bun:",pk"`
		Tag      string    `bun:",pk"`
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
	}

	accountQueueRow struct {
		bun.BaseModel `bun:"table:account_queues,alias:aq"`

		AccountID ticket.AccountID `bun:",pk"`
		QueueID   ticket.QueueID   `bun:",pk"`
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

// table is what the prepared statements need to know of one row type. Its columns come from bun's reading of the type.
type table[R any] struct {
	name    string // with prefix
	columns []string
	fields  []*schema.Field
	insert  string // INSERT INTO name (columns) VALUES (?, …)
}

func newTable[R any](db *bun.DB, prefix string) table[R] {
	bt := db.Table(reflect.TypeFor[R]())
	t := table[R]{name: prefix + bt.Name, fields: bt.Fields}
	for _, f := range bt.Fields {
		t.columns = append(t.columns, f.Name)
	}
	t.insert = "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
	return t
}

// update writes every column of the rows that meet where.
func (t *table[R]) update(where string) string {
	return "UPDATE " + t.name + " SET " + strings.Join(t.columns, " = ?, ") + " = ? WHERE " + where
}

// of lists the columns of an alias for a SELECT.
func (t *table[R]) of(alias string) string {
	return alias + "." + strings.Join(t.columns, ", "+alias+".")
}

// values are the row's columns as arguments.
func (t *table[R]) values(row *R) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.fields))
	for i, f := range t.fields {
		out[i] = f.Value(v).Interface()
	}
	return out
}

// dest are the row's columns to scan into, with room for more behind.
func (t *table[R]) dest(row *R, more ...any) []any {
	v := reflect.ValueOf(row).Elem()
	out := make([]any, len(t.fields), len(t.fields)+len(more))
	for i, f := range t.fields {
		out[i] = f.Value(v).Addr().Interface()
	}
	return append(out, more...)
}

type tables struct {
	tickets      table[ticketRow]
	tags         table[tagRow]
	queues       table[queueRow]
	contacts     table[contactRow]
	identities   table[identityRow]
	participants table[participantRow]
	messages     table[messageRow]
	html         table[htmlRow]
	attachments  table[attachmentRow]
	refs         table[refRow]
	receipts     table[receiptRow]
	events       table[eventRow]
	private      table[privateRow]
	desk         table[deskRow]
	jobs         table[jobRow]
	accounts     table[accountRow]
	limits       table[accountQueueRow]
	sessions     table[sessionRow]
	tokens       table[tokenRow]
	state        table[stateRow]
	parked       table[parkedRow]
}

func newTables(db *bun.DB, prefix string) tables {
	return tables{
		tickets:      newTable[ticketRow](db, prefix),
		tags:         newTable[tagRow](db, prefix),
		queues:       newTable[queueRow](db, prefix),
		contacts:     newTable[contactRow](db, prefix),
		identities:   newTable[identityRow](db, prefix),
		participants: newTable[participantRow](db, prefix),
		messages:     newTable[messageRow](db, prefix),
		html:         newTable[htmlRow](db, prefix),
		attachments:  newTable[attachmentRow](db, prefix),
		refs:         newTable[refRow](db, prefix),
		receipts:     newTable[receiptRow](db, prefix),
		events:       newTable[eventRow](db, prefix),
		private:      newTable[privateRow](db, prefix),
		desk:         newTable[deskRow](db, prefix),
		jobs:         newTable[jobRow](db, prefix),
		accounts:     newTable[accountRow](db, prefix),
		limits:       newTable[accountQueueRow](db, prefix),
		sessions:     newTable[sessionRow](db, prefix),
		tokens:       newTable[tokenRow](db, prefix),
		state:        newTable[stateRow](db, prefix),
		parked:       newTable[parkedRow](db, prefix),
	}
}
