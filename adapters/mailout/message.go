package mailout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// letter is a message ready to be written, with its envelope.
type letter struct {
	id        string // Message-ID without angle brackets
	key       string // the part of id before the domain; safe in a file name
	number    int64
	time      time.Time
	automatic bool
	to, cc    []addressee              // of the header
	only      map[ticket.Identity]bool // whom it is handed on to; nil is everybody
	utf8      bool                     // an address needs SMTPUTF8 (RFC 6531)
	size      int64                    // about how many bytes write writes, at least
	// write writes the message with CRLF line ends. It may be called several times, each time opening the attachments anew.
	write func(ctx context.Context, w io.Writer) error
}

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// letter builds the message for m, or says why it can never be sent.
func (s *Sender) letter(m *adapters.Outbound) (*letter, error) {
	seen := map[string]bool{}
	l := &letter{key: m.Key, number: m.Ticket.Number, to: s.addresses(m.To, seen), cc: s.addresses(m.Cc, seen)}
	if len(l.to) == 0 {
		return nil, errors.New("no recipient has a mail address that can be written to")
	}
	if !keyPattern.MatchString(l.key) {
		sum := sha256.Sum256([]byte(m.Key))
		l.key = hex.EncodeToString(sum[:])
	}
	l.id = l.key + "@" + domainOf(s.from.Address)
	l.utf8 = !ascii(s.from.Address)
	for _, a := range slices.Concat(l.to, l.cc) {
		l.utf8 = l.utf8 || !ascii(a.Address.Address)
	}
	for _, i := range m.Only {
		if l.only == nil {
			l.only = map[ticket.Identity]bool{}
		}
		l.only[ticket.Identity{Kind: i.Kind, Value: i.Value}] = true
	}
	if l.time = m.Message.CreatedAt; l.time.IsZero() {
		l.time = s.cfg.Now()
	}
	l.automatic = automatic(m)
	subject, text, html, err := s.body(m)
	if err != nil {
		return nil, err
	}
	l.size = size(m, text, html)
	l.write = func(ctx context.Context, w io.Writer) error {
		_, err := s.mime(ctx, m, l, subject, text, html).WriteTo(w)
		return err
	}
	return l, nil
}

// size is about how many bytes a message has, rather less than more: attachments are in Base64, in lines of 76 (RFC 2045 section 6.8).
func size(m *adapters.Outbound, text, html string) int64 {
	n := int64(len(text) + len(html))
	for i := range m.Attachments {
		coded := (m.Attachments[i].Size + 2) / 3 * 4
		n += coded + coded/76*2
	}
	return n
}

// mime arranges the message. It is made anew for each writing, because go-mail keeps state in it.
func (s *Sender) mime(ctx context.Context, m *adapters.Outbound, l *letter, subject, text, html string) *gomail.Msg {
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from, reply := s.from, s.replyTo(m.ReplyToken)
	if name := oneLine(m.Message.Author.Name); s.cfg.FromAgent && name != "" && !l.automatic {
		from.Name = name
		if s.from.Name != "" {
			from.Name += " (" + s.from.Name + ")"
		}
	}
	g.FromMailAddress(&from)
	g.ToMailAddress(headerOf(l.to)...)
	if len(l.cc) > 0 {
		g.CcMailAddress(headerOf(l.cc)...)
	}
	if !internal(m) {
		g.ReplyToMailAddress(&reply)
	}
	g.Subject(subject)
	g.SetDateWithValue(l.time)
	g.SetMessageIDWithValue(l.id)
	parent, refs := references(m)
	if parent != "" {
		g.SetGenHeader(gomail.HeaderInReplyTo, parent)
	}
	if refs != "" {
		g.SetGenHeader(gomail.HeaderReferences, refs)
	}
	if s.cfg.DeskID != "" {
		g.SetGenHeader("X-Ticketkit-Desk", s.cfg.DeskID)
	}
	if l.automatic { // RFC 3834: nobody's vacation program answers it
		how := "auto-generated"
		if m.Notice == ticket.NoticeReceipt {
			how = "auto-replied"
		}
		g.SetGenHeader("Auto-Submitted", how)
		g.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
		g.SetGenHeader(gomail.HeaderPrecedence, "bulk") // for programs older than that RFC
	}
	g.SetGenHeader("Content-Language", s.language(m))
	g.SetBodyString(gomail.TypeTextPlain, text)
	g.AddAlternativeString(gomail.TypeTextHTML, html)
	var embeds, attachments []*gomail.File
	if logo := s.head(m).file(); logo != nil {
		embeds = append(embeds, logo)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if f := file(ctx, a); inline(a) {
			embeds = append(embeds, f)
		} else {
			attachments = append(attachments, f)
		}
	}
	g.SetEmbeds(embeds)
	g.SetAttachments(attachments)
	return g
}

// file makes a part of an attachment, which is opened when the part is written. go-mail holds the encoded bytes of one
// attachment at a time.
func file(ctx context.Context, a *adapters.Attachment) *gomail.File {
	disposition, h := "attachment", textproto.MIMEHeader{}
	if inline(a) {
		disposition = "inline"
		h.Set("Content-ID", "<"+a.ContentID+">")
	}
	name := fileName(a.Name)
	params := map[string]string{} // no charset for texts: nobody knows it
	if ascii(name) {
		params["name"] = name // for programs older than RFC 2183
	}
	h.Set("Content-Type", contentType(a.ContentType, params))
	// FormatMediaType writes a name that is not ASCII as RFC 2231 says.
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": name}))
	return &gomail.File{Name: name, Header: h, Enc: gomail.EncodingB64, Writer: func(w io.Writer) (int64, error) {
		if a.Open == nil {
			return 0, fmt.Errorf("attachment %q cannot be opened", name)
		}
		r, err := a.Open(ctx)
		if err != nil {
			return 0, fmt.Errorf("attachment %q: %w", name, err)
		}
		n, err := io.Copy(w, &ctxReader{ctx, r})
		if err = errors.Join(err, r.Close()); err != nil {
			return n, fmt.Errorf("attachment %q: %w", name, err)
		}
		return n, nil
	}}
}

// ctxReader stops reading when ctx ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

var contentIDPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,199}$`)

// inline reports the images that the HTML part shows.
func inline(a *adapters.Attachment) bool {
	return a.Inline && strings.HasPrefix(a.ContentType, "image/") && contentIDPattern.MatchString(a.ContentID)
}

// contentType formats a type. Messages and multiparts are sent as mere bytes, for they must not be in Base64
// (RFC 2046 section 5.2.1, RFC 2045 section 6.4).
func contentType(typ string, params map[string]string) string {
	base, _, err := mime.ParseMediaType(typ)
	if err != nil || !ascii(base) || strings.HasPrefix(base, "message/") || strings.HasPrefix(base, "multipart/") || !strings.Contains(base, "/") {
		base = "application/octet-stream"
	}
	if out := mime.FormatMediaType(base, params); out != "" {
		return out
	}
	return "application/octet-stream"
}

// fileName is a name without a path and without what mail programs stumble over; never empty.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:"<>|?*`, r) {
			return '_'
		}
		return r
	}, oneLine(name))
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	if r := []rune(name); len(r) > 70 { // of up to 12 bytes each when encoded, in a line of at most 998 (RFC 5322 section 2.1.1)
		name = string(r[:50]) + "_" + string(r[len(r)-19:])
	}
	return name
}

var replyPrefix = regexp.MustCompile(`(?i)^\s*(re|aw|antw|antwort|sv|vs)\s*(\[\d+\])?\s*[:：]\s*`)

// bareSubject is that of the ticket without prefixes of answers and without the number.
func bareSubject(m *adapters.Outbound) string {
	s := oneLine(m.Ticket.Subject)
	if tag := numberTag(m); tag != "" {
		s = strings.Join(strings.Fields(strings.ReplaceAll(s, tag, " ")), " ")
	}
	for {
		cut := replyPrefix.FindString(s)
		if cut == "" {
			return s
		}
		s = s[len(cut):]
	}
}

func numberTag(m *adapters.Outbound) string {
	if m.Ticket.Number > 0 {
		return fmt.Sprintf("[#%d]", m.Ticket.Number)
	}
	return ""
}

// conversationSubject is that of the ticket with one "Re: ", unless the message begins the ticket, and one "[#1042]".
func conversationSubject(m *adapters.Outbound) string {
	if m.Notice == ticket.NoticeSLA { // says its own number
		return oneLine(m.Ticket.Subject)
	}
	words := []string{"Re:", bareSubject(m), numberTag(m)}
	if m.Message.N == 1 || m.Notice != "" {
		words = words[1:]
	}
	return oneLine(strings.Join(words, " "))
}

var idPattern = regexp.MustCompile(`^[!-;=?-~]{1,400}@[!-;=?-~]{1,400}$`)

// references writes the fields In-Reply-To and References (RFC 5322 section 3.6.4). Ids that are no Message-IDs, such
// as those of other channels, are left out.
func references(m *adapters.Outbound) (parent, refs string) {
	seen := map[string]bool{}
	var all []string
	for _, id := range append(append([]string{}, m.References...), m.InReplyTo) {
		if idPattern.MatchString(id) && !seen[id] {
			seen[id] = true
			all = append(all, "<"+id+">")
		}
	}
	if idPattern.MatchString(m.InReplyTo) {
		parent = "<" + m.InReplyTo + ">"
	}
	return parent, strings.Join(all, " ")
}
