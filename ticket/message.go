package ticket

import (
	"context"
	"errors"
	"mime"
	"path"
	"strings"
	"unicode"
)

// message gives m its id and place, writes it and updates what the ticket shows of its newest message. The ticket is written by
// finish.
func (c *change) message(ctx context.Context, m *Message) error {
	c.t.MessageCount++
	m.ID, m.TicketID, m.N, m.CreatedAt = MessageID(NewID(c.now)), c.t.ID, c.t.MessageCount, c.now
	m.HasHTML = m.HTML != ""
	for i := range m.Attachments {
		a := &m.Attachments[i]
		a.TicketID, a.MessageID = c.t.ID, m.ID
		if a.ID == "" {
			a.ID, a.CreatedAt = AttachmentID(NewID(c.now)), c.now
		}
	}
	if m.Kind == Public {
		if p := previewOf(m.Text); p != "" || c.t.Preview == "" {
			c.t.Preview = p
		}
	}
	err := c.tx.InsertMessage(ctx, m)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Conflict && e.Field == "" {
		return &Error{Kind: Stale, Msg: "the ticket has changed since", Err: err} // somebody else has the place
	}
	return err
}

// FileName makes a name from outside fit to show and to save: the last path element, without control, invisible and bidirectional
// characters (which can disguise an ending), at most 200 bytes, never empty.
func FileName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1
		case strings.ContainsRune(`/:*?"<>|`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimSpace(strings.TrimLeft(name, "."))
	if len(name) > 200 {
		ext := path.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		name = mend(strings.TrimSuffix(name, ext), 200-len(ext)) + ext
	}
	if name == "" || name == "_" {
		return "file"
	}
	return name
}

// contentType keeps a well-formed media type without parameters and replaces anything else.
func contentType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil || len(t) > 100 || strings.Count(t, "/") != 1 {
		return "application/octet-stream"
	}
	return t
}
