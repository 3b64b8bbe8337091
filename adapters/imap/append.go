package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// ErrNoMailbox is answered by AppendSent for an address that is no mailbox of the desk.
var ErrNoMailbox = errors.New("imap: the desk has no such mailbox")

// AppendSent puts a copy of a mail that has left into the folder for sent mail of the mailbox from, marked as read. at is when it left. A repeat
// makes a second copy: the caller knows whether it was done. It works on a connection of its own and ends with ctx; an error that Lasting
// mailauth errors or a missing folder cause is explained by Check.
func (a *Adapter) AppendSent(ctx context.Context, from string, raw []byte, at time.Time) error {
	list, err := a.cfg.Source.Mailboxes(ctx)
	if err != nil {
		return fmt.Errorf("list of mailboxes: %w", err)
	}
	n := slices.IndexFunc(list, func(m Mailbox) bool { return strings.EqualFold(m.Address, from) })
	if n < 0 {
		return fmt.Errorf("%w: %s", ErrNoMailbox, from)
	}
	m := &list[n]
	if err := m.Check(); err != nil {
		return err
	}
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
	err = c.do(func() error {
		cmd := c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: at})
		if _, err := cmd.Write(raw); err != nil {
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

// sentFolder finds the folder for sent mail: the one that is configured, that the server marks (RFC 6154), or that people know.
func (c *client) sentFolder(name string) (string, error) {
	var marked, known string
	err := c.do(func() error {
		list, err := c.List("", "*", nil).Collect()
		for _, l := range list {
			if slices.Contains(l.Attrs, imap.MailboxAttrSent) {
				marked = l.Mailbox
			}
			if slices.Contains([]string{"sent", "sent items", "sent messages", "gesendete elemente", "gesendet"}, strings.ToLower(l.Mailbox)) {
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
