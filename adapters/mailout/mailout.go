// Package mailout carries answers out by mail: over SMTP to the next hop, or as .eml files into a folder. It is the
// Sender of every channel that is answered by mail.
package mailout

import (
	"cmp"
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/ticket"
)

//go:embed de.json en.json
var texts embed.FS

// TLS says how the connection to the SMTP server is encrypted.
type TLS string

// The ways of encryption.
const (
	// TLSAuto is TLSImplicit on port 465 and TLSStart on every other, save that loopback is spoken to in the clear:
	// nobody is in between, and the certificate of a local server names something else.
	TLSAuto     TLS = ""
	TLSImplicit TLS = "implicit" // TLS from the first byte (RFC 8314)
	TLSStart    TLS = "starttls" // STARTTLS (RFC 3207), which the server must offer unless Config.AllowPlain
)

// Config says from whom mail comes and where it goes. From is required, and either SMTPAddr or OutboxDir.
type Config struct {
	From  mail.Address // header From and envelope sender
	Inbox string       // where answers are received; the reply token is added to its local part. "" is From.Address

	SMTPAddr   string // host:port of the next hop; "" writes files into OutboxDir
	TLS        TLS
	TLSConfig  *tls.Config // nil checks the certificate of the host in SMTPAddr against the system's authorities
	AllowPlain bool        // go on unencrypted when the server offers no STARTTLS. A password is never sent that way, save to loopback
	Username   string      // "" signs in to nobody
	Password   string
	// Tokens signs in with OAuth 2 (XOAUTH2, or OAUTHBEARER) as Username instead of Password; nil: Password.
	Tokens  mailauth.Tokens
	Helo    string        // how the sender introduces itself; "" is the domain of From
	Timeout time.Duration // of one whole Send over SMTP; zero is 5 minutes

	OutboxDir string // folder for .eml files; made when the first is written

	DeskID    string // value of the header X-Ticketkit-Desk, by which a desk recognises its own mail; "" leaves it out
	Name      string // name of the desk above the HTML part; "" is From.Name
	Accent    string // main colour of the HTML part, "#rrggbb"; "" is a dark blue
	LogoURL   string // https address of a logo above the HTML part; "" shows Logo, or else Name
	Logo      []byte // the logo itself, PNG, JPEG or GIF of at most 200 KiB, which each mail then carries
	Signature string // plain text below each message to people outside, where Outbound.Signature says nothing; "" is none
	FromAgent bool   // answers show the name of who wrote them: "Anna (Support)"; the address stays
	Quote     bool   // answers repeat the message before below themselves

	Locale string         // of mails that name no language: "de" (the zero value) or "en"
	Zone   *time.Location // of times in mails; nil is UTC
	// Link gives the address of a ticket's page, for mails to colleagues; nil leaves it out.
	Link func(t *ticket.Ticket) string
	// Templates replace the built-in ones: a file for each mail and part, such as receipt.html and receipt.txt, or receipt.de.txt for one
	// language. See Mail for what they get. They are read by New only. A .txt file may define the template "subject".
	Templates fs.FS

	Now func() time.Time // dates messages that carry no time; nil is time.Now
	Log *slog.Logger     // nil discards
}

// Sender implements adapters.Sender and adapters.Checker. It keeps no connection open and may be used concurrently.
type Sender struct {
	cfg   Config
	log   *slog.Logger
	texts *i18n.Catalog
	forms map[formKey]*form
	from  mail.Address // domain in ASCII
	inbox mail.Address
	host  string // of SMTPAddr

	logoType string // of cfg.Logo
}

var (
	_ adapters.Sender   = (*Sender)(nil)
	_ adapters.Checker  = (*Sender)(nil)
	_ adapters.Composer = (*Sender)(nil)
)

var accentPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// New checks c and does no I/O.
func New(c Config) (*Sender, error) {
	from, err := readAddress(c.From.Address)
	if err != nil {
		return nil, fmt.Errorf("mailout: From %q: %w", c.From.Address, err)
	}
	c.From.Name = oneLine(c.From.Name)
	s := &Sender{log: c.Log, from: mail.Address{Name: c.From.Name, Address: from}}
	inbox, err := readAddress(cmp.Or(c.Inbox, from))
	if err != nil {
		return nil, fmt.Errorf("mailout: Inbox %q: %w", c.Inbox, err)
	}
	s.inbox = mail.Address{Name: c.From.Name, Address: inbox}
	switch {
	case c.SMTPAddr == "" && c.OutboxDir == "":
		return nil, errors.New("mailout: SMTPAddr or OutboxDir is required")
	case c.SMTPAddr != "":
		host, port, err := net.SplitHostPort(c.SMTPAddr)
		if err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("mailout: SMTPAddr %q is not host:port", c.SMTPAddr)
		}
		s.host = host
		if c.TLS == TLSAuto && port == "465" {
			c.TLS = TLSImplicit
		}
	}
	if c.TLS != TLSAuto && c.TLS != TLSImplicit && c.TLS != TLSStart {
		return nil, fmt.Errorf("mailout: TLS %q is neither empty nor %q nor %q", c.TLS, TLSImplicit, TLSStart)
	}
	if c.Tokens != nil && c.Username == "" {
		return nil, errors.New("mailout: Tokens need a Username, the mailbox that sends")
	}
	if c.Accent = cmp.Or(c.Accent, "#1f3a5f"); !accentPattern.MatchString(c.Accent) {
		return nil, fmt.Errorf("mailout: Accent %q is not of the form #rrggbb", c.Accent)
	}
	c.Helo = cmp.Or(c.Helo, domainOf(from))
	if strings.ContainsFunc(c.Helo, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("mailout: Helo %q is not a host name", c.Helo)
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Minute
	}
	c.DeskID = oneLine(c.DeskID)
	c.Name = oneLine(cmp.Or(c.Name, c.From.Name))
	if c.Now == nil {
		c.Now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if c.Locale = cmp.Or(c.Locale, i18n.German); c.Locale != i18n.German && c.Locale != i18n.English {
		return nil, fmt.Errorf("mailout: Locale %q is neither de nor en", c.Locale)
	}
	if err := s.checkLogo(&c); err != nil {
		return nil, fmt.Errorf("mailout: %w", err)
	}
	if s.texts, err = i18n.Load(texts); err != nil {
		return nil, fmt.Errorf("mailout: %w", err)
	}
	if s.forms, err = parseForms(c.Templates, s.texts); err != nil {
		return nil, fmt.Errorf("mailout: %w", err)
	}
	s.cfg = c
	return s, nil
}

// Addresses are those that mail comes from and that answers go to, in lower case.
func (s *Sender) Addresses() []string {
	return []string{strings.ToLower(s.from.Address), strings.ToLower(s.inbox.Address)}
}

// Send hands m to the SMTP server, or writes it into the outbox, and returns its Message-ID without angle brackets. The
// Message-ID and the date follow from m alone, so that a repeat is recognised as one by mail programs; in the
// outbox it replaces the same file.
//
// Written to are the recipients whose identity is a mail address, each once, without those that end in .invalid and
// without the desk's own. When nobody of To is left, and for a ticket made for show, the error is permanent.
//
// Over SMTP the message counts as sent when the server took it for at least one of To. When others were refused, the
// error is an *adapters.PartlyError that names them. When all of To are refused, nobody gets
// the message and the error says why: permanent when each of them was refused with a 5xx reply. Replies of 5xx to the
// sender or to the message are permanent too. What keeps the desk out — password, token, missing scope, certificate — is
// marked by adapters.Hold, for it can be mended without touching the message. Everything else, the network above all, is temporary.
func (s *Sender) Send(ctx context.Context, m adapters.Outbound) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if m.Ticket.Demo {
		return "", adapters.Permanent(errors.New("mailout: a ticket made for show is never mailed"))
	}
	l, err := s.letter(&m)
	if err != nil {
		return "", adapters.Permanent(fmt.Errorf("mailout: %w", err))
	}
	if s.cfg.SMTPAddr == "" {
		err = s.file(ctx, l)
	} else {
		err = s.transmit(ctx, l)
	}
	if err != nil {
		return "", fmt.Errorf("mailout: %w", err)
	}
	return l.id, nil
}

// Compose implements adapters.Composer: it writes m as Send would, wherever that sends it.
func (s *Sender) Compose(ctx context.Context, m adapters.Outbound, w io.Writer) (from, externalID string, err error) {
	l, err := s.letter(&m)
	if err != nil {
		return "", "", adapters.Permanent(fmt.Errorf("mailout: %w", err))
	}
	if err := l.write(ctx, w); err != nil {
		return "", "", fmt.Errorf("mailout: %w", err)
	}
	return s.from.Address, l.id, nil
}

// KeepsCopies reports whether the SMTP server at addr, host or host:port, puts what it takes into the sender's folder for sent mail by itself,
// as those of Gmail and Exchange Online do.
func KeepsCopies(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	switch host {
	case "smtp.gmail.com", "smtp.googlemail.com", "smtp.office365.com", "smtp-mail.outlook.com", "outlook.office365.com", "outlook.office.com":
		return true
	}
	return false
}

// missing reports whether err says that the bytes of an attachment are gone, which no repetition mends.
func missing(err error) bool { return errors.Is(err, &ticket.Error{Kind: ticket.NotFound}) }
