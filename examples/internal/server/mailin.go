package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/store"
)

// MailConfig is the mailbox of the configuration, and how to sign in to it.
type MailConfig struct {
	IMAPAddr string // "" is off
	AuthUser string // who signs in, when it is not MAIL_USER; the token of OAuth is theirs
	Password string
	After    imap.After
	// AuthServers are the authserv-ids (RFC 8601) whose verdict on senders is believed.
	AuthServers []string
	// SentCopy keeps copies of what left in the mailbox's folder for sent mail.
	SentCopy         bool
	Quote, FromAgent bool // see mailout.Config

	Tenant, ClientID, ClientSecret, RefreshToken string
	Provider                                     mailauth.Provider // of OAuth
}

// oauth reports whether mail is signed in to by OAuth 2.
func (m *MailConfig) oauth() bool { return m.ClientID != "" }

// mailbox of the environment, as it is named in logs and in the API.
const envMailbox = "env"

// mail reads the variables of mail. Providers that are known by OAUTH_TENANT_ID or OAUTH_TOKEN_URL bring their hosts along.
func (c *Config) mail(e *Env) error {
	m := &c.Mail
	*m = MailConfig{IMAPAddr: e.get("IMAP_ADDR", ""), AuthUser: e.get("MAIL_AUTH_USER", ""), Password: e.values["MAIL_PASSWORD"],
		After: imap.After(e.get("MAIL_AFTER_IMPORT", string(imap.Move))), AuthServers: e.list("MAIL_AUTH_SERVERS"), Tenant: e.get("OAUTH_TENANT_ID", ""), ClientID: e.get("OAUTH_CLIENT_ID", ""),
		ClientSecret: strings.TrimSpace(e.values["OAUTH_CLIENT_SECRET"]), RefreshToken: strings.TrimSpace(e.values["OAUTH_REFRESH_TOKEN"])}
	tokenURL := e.get("OAUTH_TOKEN_URL", "")
	for _, key := range []string{"OAUTH_TENANT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_REFRESH_TOKEN", "OAUTH_TOKEN_URL"} {
		if e.get(key, "") != "" && m.ClientID == "" {
			return e.bad(key, "is of no use without OAUTH_CLIENT_ID, the application that signs in")
		}
	}
	if m.oauth() {
		var err error
		if m.Provider, err = mailauth.ProviderOf(m.Tenant, tokenURL, m.IMAPAddr); err != nil {
			key := "OAUTH_TENANT_ID"
			if tokenURL != "" {
				key = "OAUTH_TOKEN_URL"
			}
			return e.bad(key, "%v", err)
		}
	}
	imapHost, smtpHost := "", ""
	switch {
	case m.Tenant != "":
		imapHost, smtpHost = "outlook.office365.com", "smtp.office365.com"
	case strings.Contains(tokenURL, "googleapis.com"):
		imapHost, smtpHost = "imap.gmail.com", "smtp.gmail.com"
	}
	m.IMAPAddr = withPort(cmp.Or(m.IMAPAddr, imapHost), "993")
	c.SMTPAddr = withPort(cmp.Or(c.SMTPAddr, smtpHost), "587")
	var err error
	if m.SentCopy, err = sentCopy(e, c.SMTPAddr); err != nil {
		return err
	}
	if m.Quote, err = e.yes("MAIL_QUOTE"); err != nil {
		return err
	}
	if m.FromAgent, err = e.yes("MAIL_FROM_AGENT"); err != nil {
		return err
	}
	if m.IMAPAddr == "" {
		if m.Password != "" {
			return e.bad("MAIL_PASSWORD", "is of no use without IMAP_ADDR, the server of the mailbox")
		}
		return nil
	}
	if e.get("MAIL_USER", "") == "" {
		return e.bad("IMAP_ADDR", "needs MAIL_USER, the address of the mailbox")
	}
	if !m.oauth() && m.Password == "" {
		return e.bad("IMAP_ADDR", "needs MAIL_PASSWORD, or OAUTH_CLIENT_ID and what belongs to it")
	}
	host, _, _ := net.SplitHostPort(c.SMTPAddr)
	if ip := net.ParseIP(host); c.SMTPAddr != "" && c.SMTPUser == "" && c.SMTPPassword == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		c.SMTPUser, c.SMTPPassword = cmp.Or(m.AuthUser, c.MailUser), m.Password // the account of the mailbox sends too
	}
	if err := c.envMailbox(errTokens{}).Check(); err != nil {
		key := "IMAP_ADDR"
		if strings.Contains(err.Error(), "delete and leave") {
			key = "MAIL_AFTER_IMPORT"
		}
		return e.bad(key, "%v", err)
	}
	return nil
}

// The values of MAIL_SENT_COPY and of the setting of a mailbox; "" is copyAuto.
const (
	copyAuto = "auto" // unless the SMTP server does it by itself
	copyOn   = "on"
	copyOff  = "off"
)

// sentCopy reads MAIL_SENT_COPY.
func sentCopy(e *Env, smtpAddr string) (bool, error) {
	v := e.get("MAIL_SENT_COPY", copyAuto)
	keep, ok := copyWanted(v, smtpAddr)
	if !ok {
		return false, e.bad("MAIL_SENT_COPY", "%q is none of auto, on and off", v)
	}
	return keep, nil
}

// copyWanted reports whether copies of what leaves through an SMTP server are kept. Files in the outbox have not left.
func copyWanted(setting, smtpAddr string) (keep, ok bool) {
	switch strings.ToLower(cmp.Or(setting, copyAuto)) {
	case copyAuto:
		return smtpAddr != "" && !mailout.KeepsCopies(smtpAddr), true
	case copyOn:
		return smtpAddr != "", true
	case copyOff:
		return false, true
	}
	return false, false
}

// withPort adds the port that everybody uses to a host without one.
func withPort(addr, port string) string {
	if addr == "" || strings.Contains(addr, ":") {
		return addr
	}
	return net.JoinHostPort(addr, port)
}

// envMailbox is the mailbox of the configuration.
func (c *Config) envMailbox(tokens mailauth.Tokens) *imap.Mailbox {
	m := &imap.Mailbox{ID: envMailbox, Address: c.MailUser, User: c.Mail.AuthUser, Server: c.Mail.IMAPAddr, After: c.Mail.After, SentCopy: c.Mail.SentCopy,
		Sends: c.SMTPAddr != "" && c.SMTPUser != "" && c.SMTPPassword == ""}
	if c.Mail.oauth() {
		m.Tokens = tokens
	} else {
		m.Password = c.Mail.Password
	}
	return m
}

// errTokens stand for those of a configuration that is only looked at.
type errTokens struct{ mailauth.Tokens }

// box opens the secrets that are kept in the database.
func (c *Config) box() (*keys.Box, error) {
	ring, err := keys.New(c.Secret)
	if err == nil {
		ring, err = ring.WithPrevious(c.PreviousSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("JWT_SECRET: %w", err)
	}
	return ring.Box(keys.LabelStateSecrets), nil
}

// source gives the tokens of the configuration; nil without OAuth.
func (c *Config) source(st *store.Store, log *slog.Logger) (*mailauth.Source, error) {
	m := &c.Mail
	if !m.oauth() {
		return nil, nil
	}
	box, err := c.box()
	if err != nil {
		return nil, err
	}
	return mailauth.New(mailauth.Config{Name: envMailbox, Provider: m.Provider, ClientID: m.ClientID, ClientSecret: m.ClientSecret, Refresh: m.RefreshToken,
		Store: st, Box: box, Log: log})
}

// tokens is source as what adapters take.
func (c *Config) tokens(st *store.Store, log *slog.Logger) (mailauth.Tokens, error) {
	s, err := c.source(st, log)
	if s == nil || err != nil {
		return nil, err
	}
	return s, nil
}

// sendTokens are those to send with: none when SMTP has a password or no server.
func (c *Config) sendTokens(t mailauth.Tokens) mailauth.Tokens {
	if c.SMTPAddr == "" || c.SMTPUser == "" || c.SMTPPassword != "" {
		return nil
	}
	return t
}

type oauthCmd struct {
	Login oauthLoginCmd `cmd:"" help:"Sign in once; the token is kept in the desk's database, encrypted."`
}

type oauthLoginCmd struct {
	Browser bool   `help:"Use a browser on this machine instead of a code that is typed in on any."`
	Mailbox string `help:"Sign in to this mailbox that was set up at the desk, instead of that of the configuration." placeholder:"ID" default:"env"`
}

var errNoOAuth = errors.New("OAUTH_CLIENT_ID is not set: there is nothing to sign in to")

func (o oauthLoginCmd) Run(p *program) error {
	return p.withStore(func(c *Config, st *store.Store) error {
		if o.Mailbox == envMailbox && !c.Mail.oauth() {
			return errNoOAuth
		}
		if c.Database.sqlite {
			if err := st.Migrate(p.ctx); err != nil {
				return err
			}
		} else if err := p.upToDate(c, st); err != nil {
			return err
		}
		s, who, err := o.credential(p, c, st)
		if err != nil {
			return err
		}
		say := func(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }
		if o.Browser {
			err = s.LoginBrowser(p.ctx, func(url string) { say("Open this address on this machine and sign in as %s:\n\n  %s\n", who, url) })
		} else {
			err = s.LoginDevice(p.ctx, func(url, code string) {
				say("Open %s on any machine, type %s and sign in as %s.", url, code, who)
			})
		}
		if err != nil {
			return err
		}
		say("Signed in. A running desk notices within a minute.")
		return nil
	})
}

// credential is what somebody signs in for, and who that should be.
func (o oauthLoginCmd) credential(p *program, c *Config, st *store.Store) (*mailauth.Source, string, error) {
	if o.Mailbox == envMailbox {
		s, err := c.source(st, p.logger(c))
		return s, cmp.Or(c.Mail.AuthUser, c.MailUser), err
	}
	box, err := c.box()
	if err != nil {
		return nil, "", err
	}
	src := &mailboxSource{store: st, box: box, log: p.logger(c)}
	book, err := adapters.NewMailboxes(adapters.MailboxesConfig{Store: st, Box: box, Verify: func(adapters.OpenMailbox) error { return nil }})
	if err != nil {
		return nil, "", err
	}
	list, err := book.Open(p.ctx)
	if err != nil {
		return nil, "", err
	}
	for _, m := range list {
		if m.ID == o.Mailbox || strings.EqualFold(m.Address, o.Mailbox) {
			if m.SignIn != adapters.SignInOAuth {
				return nil, "", fmt.Errorf("the mailbox %s is opened with a password", m.Address)
			}
			s, err := src.tokens(m)
			return s, cmp.Or(m.User, m.Address), err
		}
	}
	return nil, "", fmt.Errorf("there is no mailbox %q that is on; its id stands in the list of mailboxes, and its address does too", o.Mailbox)
}
