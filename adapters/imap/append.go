package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailauth"
)

// copyPause is how long copies wait for a mailbox that lets nobody in.
const copyPause = 30 * time.Minute

// errClosed says that a mailbox is known to let nobody in, so that nobody tried.
var errClosed = errors.New("the mailbox does not let the desk in; see its own error")

// KeepsSent implements adapters.SentKeeper: it is true until the mailboxes are known, and then when one of them wants copies.
func (a *Adapter) KeepsSent() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.listed {
		return true
	}
	for _, w := range a.workers {
		if w.m.SentCopy {
			return true
		}
	}
	return false
}

// KeepSent implements adapters.SentKeeper: it puts the mail into the folder for sent mail of the mailbox that it came from, marked as read, if
// that mailbox wants copies and the folder has no mail of that Message-ID. It works on a connection of its own and
// ends with ctx.
func (a *Adapter) KeepSent(ctx context.Context, mail adapters.SentMail) error {
	list, err := a.cfg.Source.Mailboxes(ctx)
	if err != nil {
		return fmt.Errorf("list of mailboxes: %w", err)
	}
	n := slices.IndexFunc(list, func(m Mailbox) bool { return m.SentCopy && strings.EqualFold(m.Address, mail.From) })
	if n < 0 {
		return nil
	}
	m := &list[n]
	if err := m.Check(); err != nil {
		return adapters.Permanent(err)
	}
	if a.closed(m) { // a server that counts wrong passwords locks the account
		return adapters.RetryAfter(errClosed, copyPause)
	}
	err = a.keep(ctx, m, mail)
	if _, refused := errors.AsType[*authError](err); refused || mailauth.Lasting(err) {
		a.mu.Lock()
		a.shut[m.place()] = time.Now().Add(refusedPause)
		a.mu.Unlock()
		return adapters.RetryAfter(err, copyPause)
	}
	return err
}

// closed reports whether a mailbox has just refused, here or to who reads it.
func (a *Adapter) closed(m *Mailbox) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.workers[m.ID]; w != nil && w.snapshot().State == adapters.SourceStopped {
		return true
	}
	return time.Now().Before(a.shut[m.place()])
}

func (a *Adapter) keep(ctx context.Context, m *Mailbox, mail adapters.SentMail) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := a.dial(ctx, m)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.login(ctx, m); err != nil {
		return err
	}
	folder, err := c.sentFolder(m.Sent)
	if err != nil {
		return err
	}
	there, err := c.has(folder, mail)
	if err != nil || there {
		return err
	}
	err = c.do(func() error {
		cmd := c.Append(folder, int64(len(mail.Raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: mail.At})
		if _, err := cmd.Write(mail.Raw); err != nil {
			_ = cmd.Close()
			return err
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		_, err := cmd.Wait()
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a copy in %s: %w", folder, err)
	}
	return nil
}

// has reports whether a folder has a mail already, from an earlier try or because the SMTP server keeps copies by itself. It looks at what came
// since a while before the mail left only, for some servers read every mail to answer.
func (c *client) has(folder string, mail adapters.SentMail) (there bool, err error) {
	const slack = 48 * time.Hour // IMAP knows days only, in the zone of the server
	err = c.do(func() error {
		if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
			return err
		}
		found, err := c.UIDSearch(&imap.SearchCriteria{Since: mail.At.Add(-slack), Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: mail.ID}}}, nil).Wait()
		if err != nil {
			return err
		}
		there = len(found.AllUIDs()) > 0
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("look for the mail in %s: %w", folder, err)
	}
	return there, nil
}

// sentNames are what people and programs call the folder for sent mail, in lower case.
var sentNames = []string{"sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten",
	"éléments envoyés", "elementos enviados", "posta inviata", "verzonden items", "wysłane"}

// sentFolder finds the folder for sent mail: the one that is configured, that the server marks (RFC 6154), or that people know.
func (c *client) sentFolder(name string) (string, error) {
	var marked, known string
	err := c.do(func() error {
		list, err := c.List("", "*", &imap.ListOptions{ReturnSpecialUse: c.caps.Has(imap.CapSpecialUse) && c.caps.Has(imap.CapListExtended)}).Collect()
		for _, l := range list {
			if slices.Contains(l.Attrs, imap.MailboxAttrSent) {
				marked = l.Mailbox
			}
			base := l.Mailbox
			if l.Delim != 0 {
				base = base[strings.LastIndexByte(base, byte(l.Delim))+1:] // below INBOX, or below [Gmail]
			}
			if known == "" && slices.Contains(sentNames, strings.ToLower(base)) && !slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) {
				known = l.Mailbox
			}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if name == "" {
		name = or(marked, or(known, "Sent"))
	}
	name, found, err := findFolder(c, name)
	if err != nil || found {
		return name, err
	}
	return name, c.do(func() error { return c.Create(name, nil).Wait() })
}
