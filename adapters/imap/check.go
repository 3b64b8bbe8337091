package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

//go:embed de.json en.json
var texts embed.FS

// explain says what to do about an error, and whether somebody has to.
func (w *worker) explain(err error) (fix string, lasting bool) {
	key, lasting := diagnose(&w.m, err)
	if !lasting {
		return "", false
	}
	return w.a.finding(&w.m, key, err).Fix, true
}

// diagnose gives the text about an error, and whether somebody has to act.
func diagnose(m *Mailbox, err error) (key string, lasting bool) {
	if _, ok := errors.AsType[*mailauth.RevokedError](err); ok {
		return "revoked", true
	}
	if _, ok := errors.AsType[*mailauth.ScopeError](err); ok {
		return "scope", true
	}
	if _, ok := errors.AsType[*mailauth.ClientError](err); ok {
		return "client", true
	}
	if _, ok := errors.AsType[*authError](err); ok {
		if m.Tokens != nil {
			return "refused", true
		}
		return "password", true
	}
	if certificate(err) {
		return "certificate", true
	}
	if _, ok := errors.AsType[*folderError](err); ok {
		if notConnected(err) {
			return "shared", true
		}
		return "folder", true
	}
	if _, ok := errors.AsType[net.Error](err); ok { // also a name that DNS does not know
		return "unreachable", false
	}
	return "trouble", false
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

// finding words an error about a mailbox.
func (a *Adapter) finding(m *Mailbox, key string, err error) adapters.Finding {
	args := i18n.Args{"address": m.Address, "user": or(m.User, m.Address), "server": m.Server, "folder": m.folder(), "id": m.ID, "error": err}
	if s, ok := errors.AsType[*mailauth.ScopeError](err); ok {
		args["missing"] = s.Missing
	}
	return adapters.Find(a.texts, "error", checkOf(m), Name+"."+key, args)
}

func checkOf(m *Mailbox) string { return Name + " " + m.Address }

// Check connects to every mailbox by itself, looks, and changes nothing. Mailboxes are looked at side by side.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	list, err := a.cfg.Source.Mailboxes(ctx)
	if err != nil {
		return []adapters.Finding{adapters.Find(a.texts, "error", Name, "imap.list", i18n.Args{"error": err})}
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
	if err := m.Check(); err != nil {
		return []adapters.Finding{a.finding(&m, "settings", err)}
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
		out = append(out, a.finding(&m, a.whose(ctx, &m, err), err))
	} else {
		out = append(out, a.look(c, &m)...)
	}
	if m.Sends && m.Tokens != nil {
		out = append(out, a.smtpScope(ctx, &m))
	}
	return out
}

// whose looks closer at a token that was refused for somebody else's mailbox: if it opens the mailbox of its owner, only the right to the
// other one is missing.
func (a *Adapter) whose(ctx context.Context, m *Mailbox, err error) (key string) {
	key, _ = diagnose(m, err)
	if key != "refused" || m.User == "" || strings.EqualFold(m.User, m.Address) {
		return key
	}
	own := *m
	own.Address = m.User
	c, err := a.dial(ctx, &own)
	if err != nil {
		return key
	}
	defer c.close()
	err = c.login(ctx, &own)
	if err == nil {
		return "shared"
	}
	if _, ok := errors.AsType[*authError](err); ok {
		return "foreign"
	}
	return key
}

// look reports on a mailbox that is signed in to.
func (a *Adapter) look(c *client, m *Mailbox) []adapters.Finding {
	var box *imap.SelectData
	err := c.do(func() (err error) {
		box, err = c.Select(m.folder(), &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if e := (*imap.Error)(nil); errors.As(err, &e) {
		err = &folderError{m.folder(), err}
	}
	bad := func(err error) adapters.Finding {
		key, _ := diagnose(m, err)
		return a.finding(m, key, err)
	}
	if err != nil {
		return []adapters.Finding{bad(err)}
	}
	found := func(level, key string, args i18n.Args) adapters.Finding {
		return adapters.Find(a.texts, level, checkOf(m), Name+"."+key, args)
	}
	out := []adapters.Finding{found("ok", "good", i18n.Args{"server": m.Server, "user": m.user(), "folder": m.folder(), "mails": box.NumMessages})}
	if !c.caps.Has(imap.CapIdle) && !c.caps.Has(imap.CapIMAP4rev2) {
		out = append(out, found("warning", "idle", i18n.Args{"poll": a.cfg.Poll}))
	}
	if m.after() != Move {
		return out
	}
	for _, folder := range []string{m.processed(), m.failed()} {
		if _, there, err := findFolder(c, folder); err != nil {
			out = append(out, bad(fmt.Errorf("list folders: %w", err)))
		} else if !there {
			out = append(out, found("warning", "missing", i18n.Args{"folder": folder}))
		}
	}
	return out
}

// smtpScope asks for a token to send with: a sign-in for reading alone is common, and replies wait then.
func (a *Adapter) smtpScope(ctx context.Context, m *Mailbox) adapters.Finding {
	check := "smtp " + m.Address
	_, err := m.Tokens.Token(ctx, mailauth.SMTP)
	if err == nil {
		return adapters.Find(a.texts, "ok", check, "imap.sending")
	}
	f := a.finding(m, "sending.scope", err)
	if _, ok := errors.AsType[*mailauth.ScopeError](err); !ok {
		key, _ := diagnose(m, err)
		f = a.finding(m, key, err)
	}
	f.Check = check
	return f
}
