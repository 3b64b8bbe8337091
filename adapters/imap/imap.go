// Package imap takes mail in from mailboxes by IMAP (RFC 3501, RFC 9051): it waits with IDLE, polls beside it, and remembers where it was by
// UIDVALIDITY and UID. What people do with a mailbox beside it, such as reading a mail, changes nothing.
//
// One Adapter looks after all mailboxes of a desk, each in a goroutine and on a connection of its own, so that the trouble of one
// never stops another. Of several processes with one database, one reads a mailbox: a lease decides.
package imap

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/ticket"
)

// Name is the channel of every ticket that comes in here.
const Name = "imap"

// Security says how a connection is encrypted.
type Security string

// The ways. The zero value is TLS on port 993, none on this machine, and STARTTLS elsewhere.
const (
	TLS      Security = "tls"      // from the first byte
	StartTLS Security = "starttls" // RFC 8314 prefers TLS
	Plain    Security = "none"     // only on this machine
)

// After is what happens to a mail once it is safe in the desk.
type After string

// The ways. The zero value is Move.
const (
	Move   After = "move"   // to Mailbox.Processed, or to Mailbox.Failed when it was parked
	Flag   After = "flag"   // marked as read; one that was parked is flagged too
	Delete After = "delete" // removed; one that was parked stays, marked as read and flagged
	Leave  After = "leave"  // nothing
)

// Mailbox is one mailbox and how to get in. ID, Address and Server are required, and one of Password and Tokens.
type Mailbox struct {
	ID      string // constant; names the mailbox in the state of the desk and in logs: [a-zA-Z0-9-]{1,64}
	Address string // whose mailbox it is, and one of the desk's own addresses
	// User signs in when it is somebody else than Address: with Password it is the name to log in with. With Tokens the mailbox that is
	// opened always is Address, and whose the token is the issuer knows.
	User     string
	Password string
	Tokens   mailauth.Tokens

	Server   string // host:port
	Security Security
	TLS      *tls.Config // nil: the system's certificates and the host of Server

	Folder    string         // "" is INBOX
	Queue     ticket.QueueID // of mail whose recipients have none; "" is the default queue
	After     After
	Processed string // folder; "" is Processed
	Failed    string // folder; "" is Failed
	Sent      string // folder for SentCopy; "" is the one that the server marks as \Sent, else one that is called so, else Sent
	// SentCopy keeps a copy of each mail that left from Address in Sent. It is for SMTP servers that do not do that by themselves, as those of
	// Gmail and Exchange do.
	SentCopy bool
	// Sends says that replies leave by the same Tokens, so that Check asks for one to send with too.
	Sends bool

	// Revision changes whenever anything above does that cannot be compared, such as what Tokens does. A mailbox that is
	// changed is connected to anew.
	Revision string
}

// Source lists the mailboxes of the desk. It is asked again every Config.Refresh and after Adapter.Wake, so that a mailbox that was added,
// changed or removed is noticed without a restart.
type Source interface {
	Mailboxes(ctx context.Context) ([]Mailbox, error)
}

// Static is a Source that never changes.
type Static []Mailbox

// Mailboxes implements Source.
func (s Static) Mailboxes(context.Context) ([]Mailbox, error) { return s, nil }

// Config is what an Adapter is made of. Source and State are required.
type Config struct {
	Source Source
	State  adapters.Shared // remembers where each mailbox was, and leases

	// Recipients are further addresses of the desk, and the queue of their mail; those of the mailboxes are known.
	Recipients map[string]ticket.QueueID
	// AuthServers, DeskID and Locale are those of mailin.Source.
	AuthServers []string
	DeskID      string
	Locale      string
	Zone        *time.Location // in which times of calendar events are shown; nil shows them as they came
	// Out carries answers out. With nil what New returns is no Sender.
	Out adapters.Sender

	MaxBytes     int64                                                             // of a mail that becomes a ticket; zero is 50 MiB. A larger one is parked and stays in the mailbox
	HardMaxBytes int64                                                             // of a mail that is parked whole, not only its header; zero is MaxBytes: none is read for that
	Workers      int                                                               // mails of one mailbox that are taken in at the same time, and so share a commit of SQLite; zero is 32
	Poll         time.Duration                                                     // how often to look without having been told; zero is 2 minutes. IDLE ends with it, so it is at most 9
	Refresh      time.Duration                                                     // how often to ask Source; zero is 10 seconds
	Timeout      time.Duration                                                     // for the server to say something when it should; zero is 60 seconds
	Backoff      time.Duration                                                     // after a first failure, doubled with each further one up to 5 minutes; zero is a second
	Lease        time.Duration                                                     // zero is 15 seconds: when this one dies, another process goes on after that and at most three eighths more
	Drain        time.Duration                                                     // for mails under way once Run's context has ended; zero is 5 seconds
	Dial         func(ctx context.Context, network, addr string) (net.Conn, error) // nil is net.Dialer

	Now func() time.Time // for what people see; nil is time.Now
	Log *slog.Logger     // nil discards
}

// Adapter reads the mailboxes of a desk. All methods may be called concurrently.
type Adapter struct {
	cfg   Config
	log   *slog.Logger
	texts *i18n.Catalog
	// holder names this Adapter in leases.
	holder string
	wake   chan struct{}

	mu      sync.Mutex
	workers map[string]*worker // by Mailbox.ID, while Run runs
	own     mailin.Desk
	trouble string               // why Source does not answer
	listed  bool                 // it has answered
	shut    map[string]time.Time // by Mailbox.place: until when copies are not offered to who has refused
}

// duplex is an Adapter that can answer.
type duplex struct {
	*Adapter
	adapters.Sender
}

// Check adds what the Sender says of itself.
func (d *duplex) Check(ctx context.Context) []adapters.Finding {
	out := d.Adapter.Check(ctx)
	if c, ok := d.Sender.(adapters.Checker); ok {
		out = append(out, c.Check(ctx)...)
	}
	return out
}

var (
	_ adapters.Adapter   = (*Adapter)(nil)
	_ adapters.Retrier   = (*Adapter)(nil)
	_ adapters.Checker   = (*Adapter)(nil)
	_ adapters.Monitored = (*Adapter)(nil)
	_ adapters.Sender    = (*duplex)(nil)

	_ adapters.SentKeeper = (*Adapter)(nil)
)

// New checks c and does no I/O. The second result is what a desk's configuration takes as its adapter: the Adapter itself, or with
// Config.Out the two together.
func New(c Config) (*Adapter, adapters.Adapter, error) {
	if c.Source == nil || c.State == nil {
		return nil, nil, errors.New("imap: Source and State are required")
	}
	own, err := mailin.NewDesk(c.Recipients)
	if err != nil {
		return nil, nil, fmt.Errorf("imap: Recipients: %w", err)
	}
	c.MaxBytes = orDefault(c.MaxBytes, 50<<20)
	c.HardMaxBytes = orDefault(c.HardMaxBytes, c.MaxBytes)
	c.Workers = orDefault(c.Workers, 32)
	c.Poll = min(orDefault(c.Poll, 2*time.Minute), 9*time.Minute) // a server may end what idles for half an hour (RFC 2177), a NAT much sooner
	c.Refresh, c.Timeout = orDefault(c.Refresh, 10*time.Second), orDefault(c.Timeout, time.Minute)
	c.Backoff = orDefault(c.Backoff, time.Second)
	c.Lease, c.Drain = orDefault(c.Lease, 15*time.Second), orDefault(c.Drain, 5*time.Second)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	catalog, err := i18n.Load(texts)
	if err != nil {
		return nil, nil, fmt.Errorf("imap: %w", err)
	}
	a := &Adapter{cfg: c, log: c.Log, texts: catalog, holder: newHolder(), wake: make(chan struct{}, 1), workers: map[string]*worker{}, own: own, shut: map[string]time.Time{}}
	if c.Out == nil {
		return a, a, nil
	}
	return a, &duplex{a, c.Out}, nil
}

// Name implements adapters.Adapter.
func (a *Adapter) Name() string { return Name }

// Wake makes a running Adapter ask its Source now. It never blocks.
func (a *Adapter) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Check reports what a mailbox lacks.
func (m *Mailbox) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("mailbox %s: "+format, append([]any{m.ID}, args...)...)
	}
	if !adapters.ValidMailboxID(m.ID) {
		return fmt.Errorf("%q is no id of a mailbox", m.ID)
	}
	if _, err := mailin.NewDesk(map[string]ticket.QueueID{m.Address: ""}); err != nil {
		return bad("%w", err)
	}
	if host, port, err := net.SplitHostPort(m.Server); err != nil || host == "" || port == "" {
		return bad("the server %q is not host:port", m.Server)
	}
	switch m.Security {
	case "", TLS, StartTLS:
	case Plain:
		if host, _, _ := net.SplitHostPort(m.Server); !loopback(host) {
			return bad("a password is not sent to another machine without encryption")
		}
	default:
		return bad("the security %q is none of tls, starttls and none", m.Security)
	}
	switch m.After {
	case "", Move, Flag, Delete, Leave:
	default:
		return bad("%q is none of move, flag, delete and leave", m.After)
	}
	if m.Password == "" && m.Tokens == nil {
		return bad("there is neither a password nor an OAuth sign-in")
	}
	for _, folder := range []string{m.Folder, m.Processed, m.Failed, m.Sent} {
		if len(folder) > 200 || strings.ContainsAny(folder, "\x00\r\n*%") {
			return bad("%q is no name of a folder", folder)
		}
	}
	if m.folder() == m.processed() || m.folder() == m.failed() {
		return bad("mail cannot be moved to the folder that it is taken from")
	}
	return nil
}

func (m *Mailbox) folder() string    { return or(m.Folder, "INBOX") }
func (m *Mailbox) processed() string { return or(m.Processed, "Processed") }
func (m *Mailbox) failed() string    { return or(m.Failed, "Failed") }
func (m *Mailbox) after() After      { return After(or(string(m.After), string(Move))) }

func (m *Mailbox) user() string {
	if m.Tokens != nil {
		return m.Address
	}
	return or(m.User, m.Address)
}

func (m *Mailbox) security() Security {
	if m.Security != "" {
		return m.Security
	}
	switch host, port, _ := net.SplitHostPort(m.Server); {
	case port == "993":
		return TLS
	case loopback(host): // nobody is in between, and the certificate of a local server names something else
		return Plain
	}
	return StartTLS
}

// account names the mailbox itself, wherever it is served from: its mails stay the same when it moves to another server.
func (m *Mailbox) account() string { return short(strings.ToLower(m.Address), m.folder()) }

// place names the mailbox on its server, for UIDs mean nothing elsewhere.
func (m *Mailbox) place() string {
	return short(strings.ToLower(m.Address), m.folder(), strings.ToLower(m.Server))
}

// same reports whether a running connection still serves n.
func (m *Mailbox) same(n *Mailbox) bool { return *m == *n }

func short(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:10])
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func orDefault[T int | int64 | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
