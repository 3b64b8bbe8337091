package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// resume settles what an earlier connection left, as far as it is still in the folder: some servers answer a MOVE of nothing in a way that
// the library does not understand.
func (s *session) resume(ctx context.Context) error {
	if open := slices.Concat(s.cur.Done, s.cur.Failed); len(open) > 0 {
		there, err := s.there(open)
		if err != nil {
			return err
		}
		gone := func(u imap.UID) bool { return !there[u] }
		s.cur.Done, s.cur.Failed = slices.DeleteFunc(s.cur.Done, gone), slices.DeleteFunc(s.cur.Failed, gone)
		if err := s.w.saveCursor(s.work, &s.cur); err != nil {
			return err
		}
	}
	return s.settle(ctx)
}

// settle does what After says with the mails that are safe. What fails stays noted and is tried again; mails are taken in all the same.
// The error is of the connection.
func (s *session) settle(ctx context.Context) error {
	if len(s.cur.Done) == 0 && len(s.cur.Failed) == 0 || ctx.Err() != nil {
		return nil
	}
	done, failed := s.cur.Done, s.cur.Failed
	err := s.act(done, false)
	if err == nil {
		s.cur.Done = nil
		if err = s.act(failed, true); err == nil {
			s.cur.Failed = nil
		}
	}
	if e := (*imap.Error)(nil); errors.As(err, &e) { // the server lives, and does not want to
		s.w.fail(fmt.Errorf("mails stay in the folder although they are in the desk: %w", err), "let the desk write to the mailbox, or set MAIL_AFTER_IMPORT=leave")
	} else if err != nil {
		return err
	}
	return s.w.saveCursor(s.work, &s.cur)
}

// act does it with some mails.
func (s *session) act(uids uidList, failed bool) error {
	if len(uids) == 0 {
		return nil
	}
	m, set := &s.w.m, imap.UIDSetNum(uids...)
	switch m.after() {
	case Leave:
		return nil
	case Move:
		folder := m.processed()
		if failed {
			folder = m.failed()
		}
		return s.move(set, folder)
	case Delete:
		if !failed {
			if err := s.store(set, imap.FlagDeleted); err != nil {
				return err
			}
			return s.expunge(set)
		}
	}
	flags := []imap.Flag{imap.FlagSeen}
	if failed {
		flags = append(flags, imap.FlagFlagged)
	}
	return s.store(set, flags...)
}

func (s *session) store(set imap.UIDSet, flags ...imap.Flag) error {
	return s.c.do(func() error {
		return s.c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close()
	})
}

// expunge removes only our own: without UIDPLUS (RFC 4315) what other people have marked as deleted would go too, so ours stay marked.
func (s *session) expunge(set imap.UIDSet) error {
	if !s.c.caps.Has(imap.CapUIDPlus) && !s.c.caps.Has(imap.CapIMAP4rev2) {
		return nil
	}
	return s.c.do(func() error { return s.c.UIDExpunge(set).Close() })
}

// move brings mails to a folder, which is made when it is missing. The library's own way round a missing MOVE would remove what other
// people have marked as deleted.
func (s *session) move(set imap.UIDSet, folder string) error {
	name, err := s.ensure(folder)
	if err != nil {
		return err
	}
	if s.c.caps.Has(imap.CapMove) || s.c.caps.Has(imap.CapIMAP4rev2) {
		return s.c.do(func() error {
			_, err := s.c.Move(set, name).Wait()
			return err
		})
	}
	err = s.c.do(func() error {
		_, err := s.c.Copy(set, name).Wait()
		return err
	})
	if err != nil {
		return err
	}
	if err := s.store(set, imap.FlagSeen, imap.FlagDeleted); err != nil {
		return err
	}
	return s.expunge(set)
}

// ensure gives the name under which the server knows a folder, and makes it when it is missing. Some servers have everything below a
// prefix such as "INBOX.".
func (s *session) ensure(folder string) (string, error) {
	if name, ok := s.folders[folder]; ok {
		return name, nil
	}
	name, found, err := findFolder(s.c, folder)
	if err == nil && !found {
		s.w.log.Info("imap: making a folder", "folder", name)
		err = s.c.do(func() error { return s.c.Create(name, nil).Wait() })
		if e := (*imap.Error)(nil); errors.As(err, &e) && e.Code == imap.ResponseCodeAlreadyExists {
			err = nil
		}
		if err == nil {
			err = s.c.do(func() error { return s.c.Subscribe(name).Wait() }) // so that mail programs show it
			if e := (*imap.Error)(nil); errors.As(err, &e) {
				err = nil
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("folder %q: %w", name, err)
	}
	s.folders[folder] = name
	return name, nil
}

// findFolder gives the server's name for a folder, and whether it is there.
func findFolder(c *client, folder string) (name string, found bool, err error) {
	var names []string
	prefix := ""
	err = c.do(func() error {
		list, err := c.List("", "*", nil).Collect()
		if err != nil {
			return err
		}
		for _, l := range list {
			if !slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) && !slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) {
				names = append(names, l.Mailbox)
			}
		}
		if c.caps.Has(imap.CapNamespace) || c.caps.Has(imap.CapIMAP4rev2) {
			ns, err := c.Namespace().Wait()
			if err != nil {
				return err
			}
			if len(ns.Personal) > 0 {
				prefix = ns.Personal[0].Prefix
			}
		}
		return nil
	})
	if err != nil {
		return folder, false, err
	}
	if slices.Contains(names, folder) {
		return folder, true, nil
	}
	if prefix != "" && !strings.HasPrefix(folder, prefix) && !strings.EqualFold(folder, "INBOX") {
		folder = prefix + folder
	}
	return folder, slices.Contains(names, folder), nil
}
