package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// explain says what to do about an error, and whether somebody has to.
func (w *worker) explain(err error) (fix string, lasting bool) { return explain(&w.m, err) }

func explain(m *Mailbox, err error) (fix string, lasting bool) {
	if _, ok := errors.AsType[*mailauth.RevokedError](err); ok {
		return "sign in anew: `oauth login`", true
	}
	if s, ok := errors.AsType[*mailauth.ScopeError](err); ok {
		return fmt.Sprintf("give the registered app the permission %s and consent to it, then sign in anew: `oauth login`", s.Missing), true
	}
	if _, ok := errors.AsType[*mailauth.ClientError](err); ok {
		return "compare OAUTH_CLIENT_ID, OAUTH_TENANT_ID and OAUTH_CLIENT_SECRET with the registered app; a secret expires", true
	}
	if _, ok := errors.AsType[*mailauth.ChallengeError](err); ok {
		return fmt.Sprintf("the token is good but does not open %s: sign in as somebody who may, give that account full access to a shared mailbox, and see that IMAP is on for it", m.Address), true
	}
	if _, ok := errors.AsType[*authError](err); ok {
		if m.Tokens != nil {
			return fmt.Sprintf("sign in as somebody who may open %s, and see that IMAP is on for the mailbox", m.Address), true
		}
		return "correct the user or the password; an account with two factors needs an app password or OAuth", true
	}
	if certificate(err) {
		return "compare the host of IMAP_ADDR with the names in the certificate; have it signed by an authority that this machine knows", true
	}
	if _, ok := errors.AsType[*folderError](err); ok {
		if notConnected(err) {
			return fmt.Sprintf("the sign-in worked, but it may not open %s: give MAIL_AUTH_USER full access to the shared mailbox, and wait an hour", m.Address), true
		}
		return fmt.Sprintf("make the folder %q, or correct its name", m.folder()), true
	}
	return "", false
}

// notConnected recognises how Exchange says that a token is good and the mailbox is none of its business.
func notConnected(err error) bool {
	e := (*imap.Error)(nil)
	return errors.As(err, &e) && strings.Contains(strings.ToLower(e.Text), "authenticated but not connected")
}

func certificate(err error) bool {
	_, host := errors.AsType[x509.HostnameError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	return host || authority || invalid || verify
}

// Check connects to every mailbox by itself, looks, and changes nothing. Mailboxes are looked at side by side.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	list, err := a.cfg.Source.Mailboxes(ctx)
	if err != nil {
		return []adapters.Finding{{Level: "error", Check: Name, Text: fmt.Sprintf("the list of mailboxes cannot be read: %v", err), Fix: "see the other findings about the database"}}
	}
	out := make([][]adapters.Finding, len(list))
	var wg sync.WaitGroup
	for n := range list {
		wg.Go(func() { out[n] = a.CheckMailbox(ctx, list[n]) })
	}
	wg.Wait()
	var all []adapters.Finding
	for _, f := range out {
		all = append(all, f...)
	}
	return all
}

// CheckMailbox is Check for one mailbox, which need not be among those of the desk.
func (a *Adapter) CheckMailbox(ctx context.Context, m Mailbox) []adapters.Finding {
	check := "imap " + m.Address
	bad := func(err error) adapters.Finding {
		fix, _ := explain(&m, err)
		if fix == "" {
			fix = "see whether the server is up and reachable from here"
		}
		return adapters.Finding{Level: "error", Check: check, Text: err.Error(), Fix: fix}
	}
	if err := m.Check(); err != nil {
		return []adapters.Finding{{Level: "error", Check: check, Text: err.Error(), Fix: "correct the settings of the mailbox"}}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var out []adapters.Finding
	c, err := a.dial(ctx, &m)
	if err == nil {
		defer c.close()
		err = c.login(ctx, &m)
	}
	if err != nil {
		out = append(out, bad(err))
	} else {
		out = append(out, a.look(c, &m, check, bad)...)
	}
	if m.Tokens != nil {
		out = append(out, smtpScope(ctx, &m)...)
	}
	return out
}

// look reports on a mailbox that is signed in to.
func (a *Adapter) look(c *client, m *Mailbox, check string, bad func(error) adapters.Finding) []adapters.Finding {
	var box *imap.SelectData
	err := c.do(func() (err error) {
		box, err = c.Select(m.folder(), &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if e := (*imap.Error)(nil); errors.As(err, &e) {
		err = &folderError{m.folder(), err}
	}
	if err != nil {
		return []adapters.Finding{bad(err)}
	}
	out := []adapters.Finding{{Level: "ok", Check: check, Text: fmt.Sprintf("signed in to %s as %s; the folder %s has %d mails", m.Server, m.user(), m.folder(), box.NumMessages)}}
	if !c.caps.Has(imap.CapIdle) && !c.caps.Has(imap.CapIMAP4rev2) {
		out = append(out, adapters.Finding{Level: "warning", Check: check, Text: fmt.Sprintf("the server has no IDLE: new mail is noticed only every %s", a.cfg.Poll)})
	}
	if m.after() != Move {
		return out
	}
	for _, folder := range []string{m.processed(), m.failed()} {
		if _, found, err := findFolder(c, folder); err != nil {
			out = append(out, bad(err))
		} else if !found {
			out = append(out, adapters.Finding{Level: "warning", Check: check, Text: fmt.Sprintf("the folder %q is missing", folder),
				Fix: "nothing: it is made with the first mail; make it yourself if the account may not"})
		}
	}
	return out
}

// smtpScope asks for a token to send with: a sign-in for reading alone is common, and replies wait then.
func smtpScope(ctx context.Context, m *Mailbox) []adapters.Finding {
	check := "smtp " + m.Address
	_, err := m.Tokens.Token(ctx, mailauth.SMTP)
	if err == nil {
		return []adapters.Finding{{Level: "ok", Check: check, Text: "the sign-in covers sending"}}
	}
	if s, ok := errors.AsType[*mailauth.ScopeError](err); ok {
		return []adapters.Finding{{Level: "error", Check: check, Text: "the sign-in covers no sending: mail comes in, and replies wait: " + s.Error(),
			Fix: fmt.Sprintf("give the registered app the permission %s and consent to it, then sign in anew: `oauth login`", s.Missing)}}
	}
	fix, _ := explain(m, err)
	return []adapters.Finding{{Level: "error", Check: check, Text: err.Error(), Fix: fix}}
}
