package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// entry is a mail as the server lists it.
type entry struct {
	uid  imap.UID
	size int64 // as the server counts, which need not be right
	date time.Time
}

// items are all that is ever fetched. The server's view of a mail's structure is never asked for: of a broken mail it breaks the
// library's parser, and with it the connection.
func items() *imap.FetchOptions {
	return &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true, Flags: true}
}

var errNoUID = errors.New("the server has answered a UID FETCH without UIDs")

// list gives the mails that are not in yet, in order of their UIDs.
func (s *session) list(ctx context.Context) ([]entry, error) {
	var set imap.UIDSet
	set.AddRange(imap.UID(s.cur.Next), 0) // n:*
	if len(s.cur.Again) > 0 {
		set.AddNum(s.cur.Again...)
	}
	var out []entry
	err := s.c.do(func() error {
		cmd := s.c.Fetch(set, items())
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			e, err := readEntry(msg)
			if err != nil {
				_ = cmd.Close()
				return err
			}
			// The server answers n:* with the last mail even when its UID is below n.
			if uint32(e.uid) >= s.cur.Next || slices.Contains(s.cur.Again, e.uid) {
				out = append(out, e)
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	slices.SortFunc(out, func(a, b entry) int { return int(int64(a.uid) - int64(b.uid)) })
	out = slices.CompactFunc(out, func(a, b entry) bool { return a.uid == b.uid })
	s.forgetGone(out)
	return out, ctx.Err()
}

// there tells which of the mails the folder still has.
func (s *session) there(uids []imap.UID) (map[imap.UID]bool, error) {
	out := map[imap.UID]bool{}
	err := s.c.do(func() error {
		cmd := s.c.Fetch(imap.UIDSetNum(uids...), items())
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			if e, err := readEntry(msg); err == nil {
				out[e.uid] = true
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	return out, nil
}

// forgetGone drops what was to be tried again and is no longer there.
func (s *session) forgetGone(list []entry) {
	s.cur.Again = slices.DeleteFunc(s.cur.Again, func(u imap.UID) bool {
		return !slices.ContainsFunc(list, func(e entry) bool { return e.uid == u })
	})
}

func readEntry(msg *imapclient.FetchMessageData) (e entry, err error) {
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			e.uid = item.UID
		case imapclient.FetchItemDataRFC822Size:
			e.size = item.Size
		case imapclient.FetchItemDataInternalDate:
			e.date = item.Time
		}
	}
	if e.uid == 0 {
		return e, errNoUID
	}
	return e, nil
}

// body is a mail whose bytes are about to be read. r is nil when the server has none.
type body struct {
	uid imap.UID
	r   imap.LiteralReader
}

// bodies fetches the bodies of mails, or only their headers, and calls each for every mail that was asked for, in the order of the
// server. What each does not read is skipped.
func (s *session) bodies(uids []imap.UID, part imap.PartSpecifier, each func(body) error) error {
	opts := items()
	opts.BodySection = []*imap.FetchItemBodySection{{Specifier: part, Peek: true}}
	return s.c.do(func() error {
		cmd := s.c.Fetch(imap.UIDSetNum(uids...), opts)
		var failed error
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			var open *literal
			if open, failed = readBody(msg, part, uids, each); failed != nil { // the rest is not worth its bytes
				s.c.unhook()
				_ = s.c.conn.Close()
				if open != nil {
					_, _ = io.Copy(io.Discard, open) // the library waits until its literal was read
				}
				if open != nil && open.n < open.Size() { // it goes on by itself then, and the literal must not be touched before its end
					<-s.c.Closed()
				}
				break
			}
		}
		if err := cmd.Close(); failed == nil && err != nil {
			failed = fmt.Errorf("fetch mails: %w", err)
		}
		return failed
	})
}

// literal is not read again after an error: the library goes on with the connection then, in a goroutine of its own.
type literal struct {
	imap.LiteralReader
	n   int64 // bytes read
	err error
}

func (l *literal) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.LiteralReader.Read(p)
	l.n, l.err = l.n+int64(n), err
	return n, err
}

// readBody gives the body of a mail to each. With an error it tells which literal is still open, if one is.
func readBody(msg *imapclient.FetchMessageData, part imap.PartSpecifier, uids []imap.UID, each func(body) error) (*literal, error) {
	var b body
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			b.uid = item.UID
		case imapclient.FetchItemDataBodySection:
			if item.Section == nil || item.Section.Specifier != part || len(item.Section.Part) > 0 || !slices.Contains(uids, b.uid) {
				continue
			}
			var open *literal
			if b.r = nil; item.Literal != nil {
				open = &literal{LiteralReader: item.Literal}
				b.r = open
			}
			if err := each(b); err != nil {
				return open, err
			}
			if open != nil {
				if _, err := io.Copy(io.Discard, open); err != nil { // to its end, which the library wants to see
					return open, fmt.Errorf("the mail broke off: %w", err)
				}
			}
		}
	}
	return nil, nil
}

// readAll reads a literal whose size is announced.
func readAll(r imap.LiteralReader) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	b := make([]byte, r.Size())
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("the mail broke off: %w", err)
	}
	return b, nil
}
