package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// mailboxSource lists the mailbox of the configuration and those that were set up at the desk. It keeps what signs in to them, so that a mailbox
// that was not changed stays connected.
type mailboxSource struct {
	env   *imap.Mailbox // nil without
	store *store.Store
	box   *keys.Box
	log   *slog.Logger
	smtp  string // where replies leave
	book  *adapters.Mailboxes

	mu    sync.Mutex
	known map[string]knownMailbox // by id
}

type knownMailbox struct {
	version int64
	m       imap.Mailbox
}

// mailboxes makes the adapter that reads all mailboxes, and what looks after those that are not in the configuration.
func (c *Config) mailboxes(st *store.Store, tokens mailauth.Tokens, out adapters.Sender, log *slog.Logger) (*adapters.Mailboxes, adapters.Adapter, error) {
	box, err := c.box()
	if err != nil {
		return nil, nil, err
	}
	src := &mailboxSource{store: st, box: box, log: log, smtp: c.SMTPAddr, known: map[string]knownMailbox{}}
	var fixed []adapters.Mailbox
	if c.Mail.IMAPAddr != "" {
		src.env = c.envMailbox(tokens)
		signIn := adapters.SignInPassword
		if c.Mail.oauth() {
			signIn = adapters.SignInOAuth
		}
		fixed = append(fixed, adapters.Mailbox{ID: envMailbox, Address: c.MailUser, User: c.Mail.AuthUser, Server: c.Mail.IMAPAddr, SignIn: signIn, After: string(c.Mail.After),
			TenantID: c.Mail.Tenant, ClientID: c.Mail.ClientID})
	}
	reader, both, err := imap.New(imap.Config{Source: src, State: st, Out: out, DeskID: deskID(c.Secret), AuthServers: c.Mail.AuthServers, Locale: c.Locale, Zone: c.Zone, Log: log})
	if err != nil {
		return nil, nil, err
	}
	src.book, err = adapters.NewMailboxes(adapters.MailboxesConfig{Store: st, Box: box, Fixed: fixed, Changed: reader.Wake,
		Verify: func(m adapters.OpenMailbox) error {
			got, err := src.open(m)
			if err == nil {
				err = got.Check()
			}
			return err
		},
		Check: func(ctx context.Context, m adapters.OpenMailbox) []adapters.Finding {
			if m.ID == envMailbox && src.env != nil {
				return reader.CheckMailbox(ctx, *src.env)
			}
			got, err := src.reuse(m)
			if err != nil {
				return []adapters.Finding{{Level: "error", Check: imap.Name, Text: err.Error(), Fix: "correct the settings of the mailbox",
					German: adapters.Words{Fix: "die Einstellungen des Postfachs berichtigen"}}}
			}
			return reader.CheckMailbox(ctx, got)
		},
		Login: func(ctx context.Context, m adapters.OpenMailbox, begin bool) (adapters.MailboxLogin, error) {
			tokens, err := src.source(c, m)
			if err != nil {
				return adapters.MailboxLogin{}, &ticket.Error{Kind: ticket.Conflict, Msg: err.Error()}
			}
			return login(ctx, tokens, begin)
		}})
	if err != nil {
		return nil, nil, err
	}
	return src.book, both, nil
}

// Mailboxes implements imap.Source.
func (s *mailboxSource) Mailboxes(ctx context.Context) ([]imap.Mailbox, error) {
	list, err := s.book.Open(ctx)
	if err != nil {
		return nil, err
	}
	var out []imap.Mailbox
	if s.env != nil {
		out = append(out, *s.env)
	}
	for _, m := range list {
		got, err := s.reuse(m)
		if err != nil { // it was checked when it was set up; the adapter shows what is wrong
			got = imap.Mailbox{ID: m.ID, Address: m.Address, Server: m.Server}
		}
		out = append(out, got)
	}
	return out, nil
}

// reuse gives what was made of the same version of a mailbox before.
func (s *mailboxSource) reuse(m adapters.OpenMailbox) (imap.Mailbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.known[m.ID]; ok && k.version == m.Version {
		return k.m, nil
	}
	got, err := s.open(m)
	if err == nil {
		s.known[m.ID] = knownMailbox{m.Version, got}
	}
	return got, err
}

// open makes of a mailbox what the adapter takes.
func (s *mailboxSource) open(m adapters.OpenMailbox) (imap.Mailbox, error) {
	out := imap.Mailbox{ID: m.ID, Address: m.Address, User: m.User, Server: m.Server, Security: imap.Security(m.Security), Folder: m.Folder, Queue: m.Queue,
		After: imap.After(m.After), Processed: m.Processed, Failed: m.Failed, Sent: m.Sent, Revision: fmt.Sprint(m.Version)}
	var ok bool
	if out.SentCopy, ok = copyWanted(m.SentCopy, s.smtp); !ok {
		return out, fmt.Errorf("sent_copy: %q is none of auto, on and off", m.SentCopy)
	}
	switch m.SignIn {
	case adapters.SignInPassword:
		out.Password = m.Secret.Password
		return out, nil
	case adapters.SignInOAuth:
	default:
		return out, fmt.Errorf("the sign-in %q is neither password nor oauth", m.SignIn)
	}
	tokens, err := s.tokens(m)
	if err != nil {
		return out, err
	}
	out.Tokens = tokens
	return out, nil
}

// source is what a person signs in for.
func (s *mailboxSource) source(c *Config, m adapters.OpenMailbox) (*mailauth.Source, error) {
	if m.ID == envMailbox {
		return c.source(s.store, s.log)
	}
	return s.tokens(m)
}

// login begins to sign in, or asks how that stands.
func login(ctx context.Context, s *mailauth.Source, begin bool) (adapters.MailboxLogin, error) {
	if begin {
		in, err := s.BeginSignIn(ctx)
		if errors.Is(err, mailauth.ErrNoDevice) {
			err = &ticket.Error{Kind: ticket.Conflict, Msg: err.Error()}
		} else if err != nil {
			err = &ticket.Error{Kind: ticket.Unavailable, Msg: "the issuer of mail tokens does not begin a sign-in", Err: err}
		}
		return adapters.MailboxLogin{State: string(mailauth.SignInWaiting), URL: in.URL, Code: in.Code, ExpiresAt: in.Expires}, err
	}
	in, state, err := s.AskSignIn(ctx)
	if err != nil {
		return adapters.MailboxLogin{}, &ticket.Error{Kind: ticket.Unavailable, Msg: "the issuer of mail tokens does not say how the sign-in stands", Err: err}
	}
	out := adapters.MailboxLogin{State: string(state)}
	if state == mailauth.SignInWaiting {
		out.URL, out.Code, out.ExpiresAt = in.URL, in.Code, in.Expires
	}
	return out, nil
}

// tokens are what signs in to a mailbox that was set up at the desk. Without a refresh token somebody has to sign in first.
func (s *mailboxSource) tokens(m adapters.OpenMailbox) (*mailauth.Source, error) {
	p, err := mailauth.ProviderOf(m.TenantID, m.TokenURL, m.Server)
	if err != nil {
		return nil, err
	}
	if m.ClientID == "" {
		return nil, errors.New("signing in by OAuth needs a client id")
	}
	return mailauth.New(mailauth.Config{Name: "mailbox/" + m.ID, Provider: p, ClientID: m.ClientID, ClientSecret: m.Secret.ClientSecret,
		Refresh: m.Secret.RefreshToken, Store: s.store, Box: s.box, Log: s.log})
}
