// Package smtpd takes mail in by a small SMTP or LMTP server of its own: for trying a desk out without any mail account,
// and behind a mail server that hands mail on.
//
// It is no mail exchanger for the internet. It relays nothing, offers no sign-in, and checks no senders: whoever
// listens on more than loopback puts a real mail server in front.
package smtpd

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// Name is the channel of every ticket that comes in here.
const Name = "smtpd"

// Config says where to listen and for whom. The zero Config takes mail for support@localhost on 127.0.0.1:2525 and cannot
// answer.
type Config struct {
	Addr     string       // host:port; "" is 127.0.0.1:2525
	Listener net.Listener // used instead of Addr when not nil, for one Run, which closes it
	LMTP     bool         // speak LMTP (RFC 2033) instead of SMTP
	Domain   string       // how the server greets; "" is "localhost"

	// Inbox is the desk's own address; "" is support@ and Domain. It is always taken in, as is any form of it with a
	// tag, such as the reply token: support+abc@localhost.
	Inbox string
	// Recipients are further addresses of the desk, with the queue that their mail goes to: "" is the default queue. The
	// Inbox may be among them. Required when others than this machine can connect.
	Recipients map[string]ticket.QueueID
	// AcceptAny takes mail for every address in, so that a test may write to whomever it likes. Only on loopback: elsewhere
	// anybody could fill the desk.
	AcceptAny bool

	MaxBytes      int           // of one mail; zero is 25 MiB. A mail that exceeds another limit of its reading is parked
	MaxRecipients int           // of one mail; zero is 100
	MaxConns      int           // at the same time, more are turned away for a while; zero is 32
	MaxPeerConns  int           // of MaxConns from one address (IPv6: one /64) that is not loopback; zero is 8
	ReadTimeout   time.Duration // for one whole mail; zero is 5 minutes. A command has as long, but at most a minute
	DrainTimeout  time.Duration // how long Run waits for mail under way once its context has ended; zero is 10 seconds
	TLSConfig     *tls.Config   // offers STARTTLS when not nil

	// Out carries answers out. With nil what New returns is no Sender.
	Out adapters.Sender
	// AuthServers are the authserv-ids (RFC 8601) of the mail server in front, whose verdict on senders is believed; see
	// ticket.Message.Verified. That server must remove such headers of its name from what it takes in. Empty: nobody can say.
	AuthServers []string
	// Locale is the language of the desk's notes on a mail whose own is not clear: "de" or "en"; "" is "en".
	Locale string
	// Zone is where times of calendar events are shown; nil shows them as they came.
	Zone *time.Location
	// DeskID marks mail as the desk's own when its header X-Ticketkit-Desk has this value; see mailout.Config.DeskID.
	DeskID string

	Now func() time.Time // dates the trace of a mail; nil is time.Now
	Log *slog.Logger     // nil discards
}

// receiver is the adapter without a Sender.
type receiver struct {
	cfg   Config
	own   mailin.Desk
	log   *slog.Logger
	texts *i18n.Catalog
}

// duplex is the adapter that can answer.
type duplex struct {
	*receiver
	adapters.Sender
}

// Check adds what the Sender says of itself.
func (d *duplex) Check(ctx context.Context) []adapters.Finding {
	out := d.receiver.Check(ctx)
	if c, ok := d.Sender.(adapters.Checker); ok {
		out = append(out, c.Check(ctx)...)
	}
	return out
}

var (
	_ adapters.Checker = (*receiver)(nil)
	_ adapters.Retrier = (*receiver)(nil)
	_ adapters.Sender  = (*duplex)(nil)
)

// New checks c and does no I/O. What it returns also is an adapters.Checker and an adapters.Retrier, and exactly if c.Out
// is not nil an adapters.Sender.
func New(c Config) (adapters.Adapter, error) {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:2525")
	c.Domain = cmp.Or(c.Domain, "localhost")
	if strings.ContainsFunc(c.Domain, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("smtpd: Domain %q is not a host name", c.Domain)
	}
	c.Inbox = cmp.Or(c.Inbox, "support@"+c.Domain)
	own, err := newDesk(c.Inbox, c.Recipients)
	if err != nil {
		return nil, fmt.Errorf("smtpd: %w", err)
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("smtpd: Addr %q is not host:port", c.Addr)
	}
	local := loopback(host)
	if c.Listener != nil {
		host, _, err := net.SplitHostPort(c.Listener.Addr().String())
		local = err != nil || loopback(host) // a Unix socket has no port
	}
	if !local && c.AcceptAny {
		return nil, errors.New("smtpd: AcceptAny is for loopback only: on another address anybody could fill the desk")
	}
	if !local && len(c.Recipients) == 0 {
		return nil, errors.New("smtpd: Recipients is required when others than this machine can connect")
	}
	c.MaxBytes = orDefault(c.MaxBytes, 25<<20)
	c.MaxRecipients = orDefault(c.MaxRecipients, 100)
	c.MaxConns = orDefault(c.MaxConns, 32)
	c.MaxPeerConns = orDefault(c.MaxPeerConns, 8)
	c.ReadTimeout = orDefault(c.ReadTimeout, 5*time.Minute)
	c.DrainTimeout = orDefault(c.DrainTimeout, 10*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	r := &receiver{cfg: c, own: own, log: c.Log}
	if r.texts, err = i18n.Load(texts); err != nil {
		return nil, fmt.Errorf("smtpd: %w", err)
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if c.Out == nil {
		return r, nil
	}
	return &duplex{r, c.Out}, nil
}

// Name implements adapters.Adapter.
func (r *receiver) Name() string { return Name }

// Retry reads parked bytes again, with the key that they were parked with and the envelope that stands before them.
func (r *receiver) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	e, raw := cutTrace(p.Raw)
	it, err := r.read(raw, e)
	if err != nil {
		p.Reason = mailin.Reason(err)
		return in.Park(ctx, p)
	}
	it.Key, it.Raw = cmp.Or(p.Key, it.Key), p.Raw
	return in.Receive(ctx, it)
}

// read makes an item of the bytes of a mail. An error means that the mail cannot be read, now or later.
func (r *receiver) read(raw []byte, e envelope) (ticket.Incoming, error) {
	return mailin.Convert(raw, mailin.Source{
		Channel: Name, Key: e.key(raw), Own: r.own, DeskID: r.cfg.DeskID,
		From: e.from, NullFrom: e.null, To: e.to, AuthServers: r.cfg.AuthServers, Locale: r.cfg.Locale, Zone: r.cfg.Zone,
		Limits: mime.Limits{Size: r.cfg.MaxBytes},
	})
}

// newDesk makes the inbox one of the recipients.
func newDesk(inbox string, recipients map[string]ticket.QueueID) (mailin.Desk, error) {
	all := map[string]ticket.QueueID{inbox: ""} // the default queue
	for address, queue := range recipients {
		if strings.EqualFold(address, inbox) {
			address = inbox
		}
		all[address] = queue
	}
	return mailin.NewDesk(all)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func orDefault[T int | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
