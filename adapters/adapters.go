// Package adapters is the contract between a channel (mail, Discord, a web form, anything) and the desk.
//
// An adapter is two methods: Name and Run. Run hands what it receives to an Intake and acknowledges to its source only after Intake
// has returned nil. An adapter that can carry answers out also is a Sender. Everything else is optional and found by type
// assertion: Checker, Routes, Retrier. Package adaptertest holds the suite that every adapter passes.
package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Adapter brings tickets in.
type Adapter interface {
	// Name is a short constant word, [a-z0-9-]{1,32}, unique in a desk. It is stored with every ticket, so it never changes.
	Name() string
	// Run serves until ctx ends and then returns nil, after it has stopped taking new items and finished those it began. It
	// is called once, in a goroutine of its own. An error means that the channel cannot go on; the desk reports it, waits and
	// calls Run again with the same Intake.
	Run(ctx context.Context, in Intake) error
}

// Intake takes items in. It may be called concurrently.
type Intake interface {
	// Receive returns nil once the item is safe: it became a ticket or a message, it was known already, or it can never
	// succeed and was parked with its bytes and the reason. Only then may the adapter acknowledge to its source. An error
	// means "try the same item again later".
	Receive(ctx context.Context, it ticket.Incoming) error
	// Park keeps an item that could not even be read, with its bytes and the reason, for a person to look at.
	Park(ctx context.Context, p Parked) error
}

// Sender carries answers out. Send may be called concurrently.
type Sender interface {
	// Send hands m to the next hop and returns what the channel calls it (Message-ID, snowflake). The worker calls it at
	// least once for each message, perhaps again with the same Key after a crash: use Key to make a repeat harmless. Send
	// returns soon after ctx ends. Permanent(err) gives up at once, RetryAfter(err, d) waits d; other errors are retried with
	// back-off. m and everything it points to belong to the worker: do not keep or change them.
	Send(ctx context.Context, m Outbound) (externalID string, err error)
}

// Outbound is one public message on its way to people.
type Outbound struct {
	Key         string // the same for each attempt of the same message; 36 characters of an id
	Ticket      ticket.Ticket
	Message     ticket.Message // Attachments without bytes: Open gives them
	To          []Recipient    // at least one
	Cc          []Recipient
	InReplyTo   string   // external id of the newest message from outside; "" when there is none
	References  []string // external ids of earlier public messages, oldest first
	ReplyToken  string   // lets an answer find its ticket; see ticket.Service.ReplyToken
	Locale      string   // "de" or "en"
	Attachments []Attachment

	Notice     ticket.NoticeKind // what the desk says by itself; "" for a message of the conversation
	Signature  *string           // below the message, as plain text; nil is what the channel is configured with
	Letterhead ticket.Letterhead // what the desk's admins have set of how it looks; empty fields are what the channel is configured with
	Previous   *ticket.Message   // the public message before, for who quotes; nil when there is none
	By         string            // who did what a notice to a colleague tells
	Reason     string            // why something came back, for NoticeBounced

	// Only are the recipients that have not got the message yet, when others have; nil is everybody. Who writes headers names all of To and
	// Cc and hands the message on to these alone.
	Only []ticket.Identity
}

// Recipient is one address of a channel.
type Recipient struct {
	Name     string
	Identity ticket.Identity
}

// Attachment is a file of an outbound message.
type Attachment struct {
	ticket.Attachment
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Checker is optional: what `doctor` and the channel page show. It returns within ctx and changes nothing.
type Checker interface {
	Check(ctx context.Context) []Finding
}

// Routes is optional: a handler for what others post to /api/intake/{name}. It is called without a session; the adapter itself
// authenticates its callers.
type Routes interface {
	Routes(in Intake) http.Handler
}

// Retrier is optional: it reads parked bytes again, after somebody has mended the cause. It calls in.Receive or in.Park, with p.Key when
// that is the item's, in the goroutine of Retry. Items that were read well and refused afterwards can be retried without a Retrier,
// unless they have Incoming.Raw and there is one.
type Retrier interface {
	Retry(ctx context.Context, in Intake, p Parked) error
}

// Parked is an item that could not become a ticket.
type Parked struct {
	ID      string // filled by State
	Channel string
	Key     string // the item's own id within its channel, as in Incoming.Key; the same key parks once; "" when parking means the hash of Raw
	Reason  string // a sentence for an agent
	Sender  string // as far as known
	Subject string // as far as known
	Raw     []byte // filled when parking; State keeps it as a blob and leaves it nil in lists
	// Body, if not nil, is read instead of Raw when parking, for an item that is too large for memory. It needs a Key.
	// When parking fails it is used up.
	Body      io.Reader
	RawSHA256 string
	Size      int64
	At        time.Time
}

// State is the port for what adapters must remember across restarts. Package store implements it.
type State interface {
	// Get answers "" for a name that was never set. Cursors and rotated secrets live here; a name starts with the adapter's
	// and has at most 200 bytes.
	Get(ctx context.Context, name string) (string, error)
	Set(ctx context.Context, name, value string) error
	// ParkItem keeps p; the same channel and key again only updates reason and time, and keeps the id. With Body it fills
	// RawSHA256 and Size.
	ParkItem(ctx context.Context, p *Parked) error
	// ParkedItems lists, newest first, at most limit items older than before (an id; "" begins).
	ParkedItems(ctx context.Context, before string, limit int) ([]Parked, error)
	// ParkedItem gives one item, with Raw when the state can reach its bytes. It and DeleteParked answer NotFound.
	ParkedItem(ctx context.Context, id string) (*Parked, error)
	DeleteParked(ctx context.Context, id string) error
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

type retryError struct {
	err   error
	after time.Duration
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

type holdError struct {
	err   error
	every time.Duration
}

func (e *holdError) Error() string { return e.err.Error() }
func (e *holdError) Unwrap() error { return e.err }

// Permanent marks an error of Send that no repetition mends: the address does not exist, the channel is gone.
func Permanent(err error) error { return &permanentError{err} }

// IsPermanent reports whether err was marked by Permanent.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// Hold marks an error of Send that has nothing to do with the message and that somebody must mend: a sign-in that was revoked, a permission that
// is missing. The message waits, shows the reason and is tried again every d; it is never given up for that.
func Hold(err error, d time.Duration) error { return &holdError{err, d} }

// HoldDelay gives the time that Hold put into err.
func HoldDelay(err error) (time.Duration, bool) {
	if e, ok := errors.AsType[*holdError](err); ok {
		return e.every, true
	}
	return 0, false
}

// PartlyError is an error of Send for a message that has left, but not to everybody. The others were refused: those for good are shown to
// the agent as if the message had come back from them, those for now get it later, by a Send with Outbound.Only.
type PartlyError struct {
	ExternalID string // what Send would have returned
	Refused    []Refused
}

// Refused is a recipient who did not get a message. Permanent marks Err when no repetition helps.
type Refused struct {
	Identity ticket.Identity
	Err      error
}

func (e *PartlyError) Error() string {
	errs := make([]error, len(e.Refused))
	for i, r := range e.Refused {
		errs[i] = fmt.Errorf("%s: %w", r.Identity.Value, r.Err)
	}
	return fmt.Sprintf("sent, but not to everybody: %v", errors.Join(errs...))
}

// RetryAfter marks an error of Send with the time that the other side asked for.
func RetryAfter(err error, d time.Duration) error { return &retryError{err, d} }

// RetryDelay gives the time that RetryAfter put into err.
func RetryDelay(err error) (time.Duration, bool) {
	if e, ok := errors.AsType[*retryError](err); ok {
		return e.after, true
	}
	return 0, false
}
