// Package mime reads mail as it really arrives.
//
// Parse turns the bytes of one message into a Mail. It repairs what mail programs get wrong, decodes every charset it
// knows, folds the quoted history away from what is new, and tells machine mail from a person's. It refuses only what
// is empty or exceeds a limit; everything else becomes a Mail, if need be one with an empty sender and the whole body
// as text. No input makes it panic. All functions are pure and may run concurrently.
package mime

import (
	"strings"
	"time"
)

// Mail is one parsed message. All strings are valid UTF-8 without NUL.
type Mail struct {
	MessageID  string   `json:"message_id"` // without angle brackets; one mail in five has none
	InReplyTo  []string `json:"in_reply_to,omitempty"`
	References []string `json:"references,omitempty"` // oldest first, as in the header

	From    []Address `json:"from,omitempty"` // empty, or an entry with an empty Email, when it cannot be read
	Sender  []Address `json:"sender,omitempty"`
	ReplyTo []Address `json:"reply_to,omitempty"`
	To      []Address `json:"to,omitempty"`
	Cc      []Address `json:"cc,omitempty"`
	// Recipients are all addresses that the mail reached or was meant for, each once: Delivered-To, X-Original-To,
	// Envelope-To, To, Cc, Bcc and their Resent forms.
	Recipients []Address `json:"recipients,omitempty"`

	Date     time.Time `json:"date,omitzero"` // UTC; zero when missing or unreadable
	Subject  string    `json:"subject"`       // decoded, one line
	Priority Priority  `json:"priority,omitempty"`

	// Text is what the sender wrote, with LF line ends. From HTML-only mail it is made by htmltext.Text.
	Text string `json:"text"`
	// Quoted is what was folded away: the quoted history, signatures and list footers. Text and Quoted together hold
	// everything; when in doubt, and always for a forwarded mail, all of it is in Text.
	Quoted string `json:"quoted,omitempty"`
	HTML   string `json:"html,omitempty"` // the whole HTML body, through htmltext.Sanitize
	// Truncated says that Text and Quoted are without their end, because of Limits.Text, or HTML is empty because it
	// exceeds Limits.HTML. Text that is made from such HTML is made from its beginning.
	Truncated bool `json:"truncated,omitempty"`

	Attachments []Attachment `json:"attachments,omitempty"`

	Machine       bool          `json:"machine,omitempty"` // never answer, never reopen
	MachineReason MachineReason `json:"machine_reason,omitempty"`
	LoopID        string        `json:"loop_id,omitempty"` // header X-Ticketkit-Desk: which desk sent this; the caller knows its own
	Forward       bool          `json:"forward,omitempty"`
	// Failures and Reported are what a report of delivery says: whom a mail did not reach, and the ids that this mail may have, the
	// likeliest first, without angle brackets. Anybody can write such a report.
	Failures []Failure `json:"failures,omitempty"`
	Reported []string  `json:"reported,omitempty"`

	Protection Protection `json:"protection,omitempty"`
	Events     []Event    `json:"events,omitempty"` // from calendar files, which are attachments too; at most 5
	// AuthResults are the Authentication-Results headers, the topmost first, as they stand. Anybody can write one: whether it counts
	// depends on who wrote it, and on its place.
	AuthResults   []string `json:"auth_results,omitempty"`
	SubjectNumber int64    `json:"subject_number,omitempty"` // from "[#1042]" in the subject; 0: none
}

// Attachment is one part of a mail that is not its text.
type Attachment struct {
	// Name is safe to show and to use as a file name: no path, no control, bidirectional or invisible characters,
	// at most 150 bytes, never empty.
	Name        string `json:"name"`
	ContentType string `json:"content_type"`         // lower case, without parameters; sniffed when the mail does not say
	ContentID   string `json:"content_id,omitempty"` // without angle brackets
	Inline      bool   `json:"inline,omitempty"`     // the HTML shows it, or the mail says so
	Data        []byte `json:"-"`
	SHA256      string `json:"sha256"` // of Data, hex
	smime       string // parameter smime-type of its content type
	location    string // header Content-Location
}

// Address is one mailbox. Name is decoded. Email is empty when it cannot be read; its domain is in lower case.
type Address struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}

// Key is the form of the address to compare and index by: all lower case.
func (a Address) Key() string { return strings.ToLower(a.Email) }

// Priority is what the sender thinks of the mail's urgency.
type Priority string

// The priorities. The empty Priority means that the mail does not say, or says "normal".
const (
	PriorityHigh Priority = "high"
	PriorityLow  Priority = "low"
)

// MachineReason says by what a mail was recognised as machine mail.
type MachineReason string

// The reasons, in the order in which they are looked for.
const (
	ReasonReport           MachineReason = "report"            // multipart/report and parts of it
	ReasonFailedRecipients MachineReason = "failed_recipients" // X-Failed-Recipients
	ReasonNullReturnPath   MachineReason = "null_return_path"  // Return-Path: <>
	ReasonDaemon           MachineReason = "daemon"            // mailer-daemon, postmaster
	ReasonAutoSubmitted    MachineReason = "auto_submitted"    // RFC 3834, and what was used before it
	ReasonNoReply          MachineReason = "no_reply"          // no-reply@…, unless Reply-To names somebody else
	ReasonAutoSubject      MachineReason = "auto_subject"      // "Out of office: …", "Undelivered Mail …"
	ReasonList             MachineReason = "list"              // List-Id, List-Unsubscribe
	ReasonPrecedence       MachineReason = "precedence"        // bulk, junk, list, auto_reply
	ReasonSuppress         MachineReason = "suppress"          // X-Auto-Response-Suppress
)
