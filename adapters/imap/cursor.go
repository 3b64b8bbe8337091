package imap

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// cursor is what is remembered of a mailbox: everything below Next is safe in the desk, but for Again, which the desk could not take.
type cursor struct {
	Validity uint32 `json:"validity"` // UIDVALIDITY: with another one the UIDs mean nothing
	Next     uint32 `json:"next"`     // UID
	// Resync is the last UID that was there when UIDVALIDITY changed: up to it a mail may be one that is known already.
	Resync uint32  `json:"resync,omitempty"`
	Done   uidList `json:"done,omitempty"`   // safe, but not yet moved or whatever After says
	Failed uidList `json:"failed,omitempty"` // parked, likewise
	Again  uidList `json:"again,omitempty"`
}

// maxOpen bounds Done, Failed and Again: more is a mailbox that cannot be written to, or a desk that takes nothing.
const maxOpen = 2000

// uidList is a list of UIDs, written as ranges: "1:5,9".
type uidList []imap.UID

// MarshalText implements encoding.TextMarshaler.
func (l uidList) MarshalText() ([]byte, error) {
	var b strings.Builder
	s := slices.Compact(slices.Sorted(slices.Values(l)))
	for i := 0; i < len(s); {
		j := i
		for j+1 < len(s) && s[j+1] == s[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(uint64(s[i]), 10))
		if j > i {
			b.WriteString(":" + strconv.FormatUint(uint64(s[j]), 10))
		}
		i = j + 1
	}
	return []byte(b.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *uidList) UnmarshalText(b []byte) error {
	*l = nil
	for part := range strings.SplitSeq(string(b), ",") {
		if part == "" {
			continue
		}
		first, last, isRange := strings.Cut(part, ":")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 32)
		if err != nil {
			return err
		}
		to, err := strconv.ParseUint(last, 10, 32)
		if err != nil {
			return err
		}
		if to < from || to-from > 10*maxOpen {
			return fmt.Errorf("%q is no range", part)
		}
		for n := from; n <= to; n++ {
			*l = append(*l, imap.UID(n))
		}
	}
	return nil
}

// without gives the list less those that gone has.
func (l uidList) without(gone []imap.UID) uidList {
	return slices.DeleteFunc(slices.Clone(l), func(u imap.UID) bool { return slices.Contains(gone, u) })
}

// capped keeps the newest.
func (l uidList) capped() uidList { return l[max(0, len(l)-maxOpen):] }

func (m *Mailbox) cursorName() string { return Name + "/cursor/" + m.place() }

func (w *worker) loadCursor(ctx context.Context) (cursor, error) {
	var c cursor
	s, err := w.a.cfg.State.Get(ctx, w.m.cursorName())
	if err != nil {
		return c, fmt.Errorf("read where the mailbox was: %w", err)
	}
	if s == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(s), &c); err != nil {
		// Beginning anew is safe: what is known is known by its bytes too.
		w.log.WarnContext(ctx, "imap: what was remembered of the mailbox is damaged; all of it is looked at again", "error", err)
		return cursor{}, nil
	}
	return c, nil
}

func (w *worker) saveCursor(ctx context.Context, c *cursor) error {
	c.Done, c.Failed, c.Again = c.Done.capped(), c.Failed.capped(), c.Again.capped()
	b, err := json.Marshal(c)
	if err == nil {
		err = w.a.cfg.State.Set(ctx, w.m.cursorName(), string(b))
	}
	if err != nil {
		return fmt.Errorf("remember where the mailbox is: %w", err)
	}
	return nil
}
