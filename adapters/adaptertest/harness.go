package adaptertest

import (
	"context"
	"testing"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// Features say what an adapter can do, and so which clauses it is tested against. The zero value is an adapter that takes in plain text.
// A feature that an adapter shows by an interface (Sender, Routes) must be declared exactly when it has the interface.
type Features struct {
	Sends       bool // implements adapters.Sender
	Routes      bool // implements adapters.Routes; items come in by HTTP, with Run or without
	Attachments bool // brings files, and sends them if it Sends
	Threads     bool // an answer carries the reply token or the external ids that it answers
	HTML        bool // brings HTML beside the text
	Machine     bool // recognises what was written by a program
	Verifies    bool // can tell a proven sender
	NoSubject   bool // the channel has no subjects: what arrives as one is the adapter's choice
	NoSender    bool // the channel has no names or no identities of senders

	// Patience bounds every single step that must happen; 0 means 10 seconds.
	Patience time.Duration
	// Settle is how long the suite looks for what must not happen, such as an acknowledgement; 0 means 250 milliseconds.
	Settle time.Duration
	// Through, if not nil, puts a real intake behind the suite's own, such as that of an adapters.Hub over a database: what
	// the suite does not make fail itself is passed on to it, and its answer counts.
	Through func(t testing.TB, channel string) adapters.Intake
}

// New makes a fresh adapter in a fresh world. in is for adapters with Routes, which the harness mounts; for the others it is enough that
// the suite passes it to Run. New may end the test by t when it cannot set up its world.
type New func(t testing.TB, in adapters.Intake) Harness

// Harness is one adapter and the world around it. Adapter and Inject are required, Sent and To when the adapter sends.
type Harness struct {
	Adapter adapters.Adapter

	// Inject offers an item to the adapter as the world outside would, through the real protocol, and reports whether the source
	// was told that it is safe (250 after DATA, a 2xx, a mail marked as seen, a cursor moved on). It waits until the
	// adapter serves, and gives up with acked false and no error when ctx ends without an answer. err is for a broken
	// harness only.
	//
	// An item with the ID of an earlier one is that same item: a source that was told OK delivers it a second time, and
	// one that was not offers it again. Inject is called concurrently.
	Inject func(ctx context.Context, it Item) (acked bool, err error)

	// Sent gives what has left so far, read back where it arrived, oldest first. A receiver that drops repeats may do so.
	Sent func(ctx context.Context) ([]Sent, error)
	// To is somebody whom the adapter can reach.
	To adapters.Recipient
	// Origin is the external id of an item that came in before, which outgoing messages answer; "" for none. A channel that
	// answers in place (a chat) needs it.
	Origin string
	// FailSends, if not nil, makes the world refuse everything that is sent from now on in this way; nil leaves the clauses about
	// refusals out.
	FailSends func(Refusal)
	// Break, if not nil, makes a running Run fail with an error, as a lost connection would, and returns at once; nil leaves the
	// clause about going on afterwards out.
	Break func()
}

// Item is one thing that comes from outside.
type Item struct {
	ID      string // identity at the source, fit for any protocol: letters, digits and hyphens
	Name    string // of the sender
	Address string // of the sender, as a mail address; other channels make their own identity of it
	Subject string
	Text    string
	HTML    string // only with Features.HTML
	Files   []File // only with Features.Attachments
	Machine bool   // written by a program; only with Features.Machine
	Proven  bool   // the channel can prove the sender; only with Features.Verifies

	// Answers, if not nil, is what somebody answers to by the means of the channel: the reply button of a mail program.
	Answers *Answers
}

// Answers names what an Item answers.
type Answers struct {
	Token      string // adapters.Outbound.ReplyToken of the message
	ExternalID string // what Send called it; the adapter's own choice when it does not send
}

// File is a file of an Item or a Sent.
type File struct {
	Name        string
	ContentType string
	Data        []byte
}

// Sent is a message that arrived outside.
type Sent struct {
	ExternalID string // as the receiver sees it: a repeat is recognised by it; "" when the channel shows none
	To         []string
	Subject    string
	Text       string
	Files      []File
	ReplyToken string // where an answer would go: the token as it is found in the address, say; "" when the channel has no place for it
}

// Refusal is a way in which the world refuses a message.
type Refusal int

// The refusals.
const (
	Accept      Refusal = iota // as usual
	Temporarily                // try again later
	Permanently                // never
)

func (f Features) withDefaults() Features {
	if f.Patience <= 0 {
		f.Patience = 10 * time.Second
	}
	if f.Settle <= 0 {
		f.Settle = 250 * time.Millisecond
	}
	return f
}

// identity is how the clauses compare senders.
func identity(it ticket.Incoming) string { return it.From.Identity.Kind + ":" + it.From.Identity.Value }
