package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"

	"github.com/ticketkit/ticketkit/internal/htmltext"
)

// unit is one piece of the body in its one or two forms, each within its limit.
type unit struct {
	plain, html       string
	hasPlain, hasHTML bool
	over              bool // html is only a beginning
}

// builder collects the body and the attachments from the tree of parts.
type builder struct {
	lim         Limits
	charset     string // of the whole mail, for raw 8-bit names
	units       []unit
	attachments []Attachment
	spare       string // text of a part that is both, body and named file
	rich        []unit // text out of TNEF containers, for a mail that has no other
	events      []Event
	large       lifted
	truncated   bool  // text was cut
	err         error // a limit was hit
}

// root reads the mail.
func (b *builder) root(p *enmime.Part, body []byte, h header, ct media) {
	b.tree(p, body, h, ct)
	if !slices.ContainsFunc(b.units, func(u unit) bool { return strings.TrimSpace(u.plain+u.html) != "" }) && len(b.rich) > 0 {
		b.units = b.rich
	}
}

// tree reads the tree, or the mail as one part when there is none.
func (b *builder) tree(p *enmime.Part, body []byte, h header, ct media) {
	defer func() {
		if len(b.units) == 0 && b.spare != "" {
			b.units = append(b.units, unit{plain: b.cutText(b.spare), hasPlain: true})
		}
	}()
	if p != nil {
		b.part(p, ct.value, 0)
		return
	}
	if strings.HasPrefix(ct.value, "multipart/") || ct.value == "" || !strings.Contains(ct.value, "/") {
		ct.value = "text/plain" // a multipart without parts still has its text
	}
	l := leaf{ct: ct, disposition: parseMedia(h.get("content-disposition"), b.charset), id: h.get("content-id")}
	l.data, l.own = decodeTransfer(body, h.get("content-transfer-encoding"))
	if strings.HasPrefix(ct.value, "text/") && l.disposition.value != "attachment" {
		ct.params = map[string]string{"charset": ct.params["charset"], "format": ct.params["format"], "delsp": ct.params["delsp"]} // the body of a mail needs no name
		l.ct, l.disposition = ct, media{}
	}
	b.leaf(l)
}

// part reads one node of the tree and those below it. The depth of the tree is bounded by its making.
func (b *builder) part(p *enmime.Part, mtype string, depth int) {
	if b.err != nil || depth > 1000 {
		return
	}
	if p.FirstChild == nil {
		b.leaf(b.newLeaf(p))
		return
	}
	if mtype == "multipart/alternative" {
		b.alternative(p, depth)
		return
	}
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		b.part(c, childType(c, mtype), depth+1)
	}
}

// childType is the content type of a part; in a digest the default is a message (RFC 2046, 5.1.5).
func childType(c *enmime.Part, parent string) string {
	if c.ContentType == "" && parent == "multipart/digest" {
		c.ContentType = "message/rfc822"
	}
	return c.ContentType
}

// alternative makes one unit of several forms of the same text: the last HTML form, and the plain one. Plain forms
// that differ are all kept: then they are no forms of one text.
func (b *builder) alternative(p *enmime.Part, depth int) {
	var u unit
	known := "" // what u.plain says
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		sub := &builder{lim: b.lim, charset: b.charset, large: b.large, attachments: b.attachments, events: b.events}
		sub.part(c, childType(c, "multipart/alternative"), depth+1)
		b.attachments, b.err = sub.attachments, sub.err
		b.rich, b.events = append(b.rich, sub.rich...), sub.events
		b.truncated = b.truncated || sub.truncated
		if b.spare == "" {
			b.spare = sub.spare
		}
		if b.err != nil {
			return
		}
		plain, markup := false, false
		for _, su := range sub.units {
			plain, markup = plain || su.hasPlain, markup || su.hasHTML
		}
		if markup {
			u.html, u.over = sub.markup()
			u.hasHTML = true
			continue
		}
		if !plain {
			continue
		}
		text, _ := sub.text()
		b.truncated = b.truncated || sub.truncated
		if says := squeeze(text); !strings.Contains(known, says) {
			known += " " + says
			u.plain, u.hasPlain = b.cutText(strings.TrimLeft(u.plain+"\n\n"+text, "\n")), true
		}
	}
	if u.hasPlain || u.hasHTML {
		b.units = append(b.units, u)
	}
}

// leaf is a part without children, decoded from its transfer encoding.
type leaf struct {
	ct, disposition media
	id, location    string
	data            []byte
	own             bool // data is shared with nothing
}

func (b *builder) newLeaf(p *enmime.Part) leaf {
	l := leaf{
		ct:          parseMedia(p.Header.Get("Content-Type"), b.charset),
		disposition: parseMedia(p.Header.Get("Content-Disposition"), b.charset),
		id:          p.Header.Get("Content-Id"),
		location:    p.Header.Get("Content-Location"),
	}
	l.data, l.own = decodeTransfer(b.large.content(p.Content), p.Header.Get("Content-Transfer-Encoding"))
	if l.ct.value == "" {
		l.ct.value = p.ContentType // from the digest
	}
	return l
}

func (l leaf) name() string {
	for _, n := range []string{l.disposition.params["filename"], l.ct.params["name"], l.ct.params["filename"], l.ct.params["file"]} {
		if n = cleanName(n); n != "" {
			return n
		}
	}
	return ""
}

func (b *builder) leaf(l leaf) {
	name := l.name()
	body := l.disposition.value != "attachment" && name == ""
	switch {
	case body && (l.ct.value == "text/plain" || l.ct.value == "" || l.ct.value == "text"):
		text, files := takeUU(normalize(toUTF8(l.data, l.ct.params["charset"])))
		if strings.EqualFold(l.ct.params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(l.ct.params["delsp"], "yes"))
		}
		b.units = append(b.units, unit{plain: b.cutText(text), hasPlain: true})
		for _, f := range files {
			b.attach(leaf{data: f.data, own: true}, cleanName(f.name))
		}
	case body && l.ct.value == "text/html":
		doc := htmlToUTF8(l.data, l.ct.params["charset"])
		b.units = append(b.units, unit{html: cut(doc, b.lim.HTML), hasHTML: true, over: len(doc) > b.lim.HTML})
	case name == "" && len(bytes.TrimSpace(l.data)) == 0:
		// nothing to keep
	default:
		if b.spare == "" && readable(l.ct.value) && l.disposition.value != "attachment" {
			b.spare = normalize(toUTF8(l.data, l.ct.params["charset"]))
		}
		b.attach(l, name)
	}
}

func (b *builder) attach(l leaf, name string) {
	if isTNEF(l.ct.value, name) && b.unpack(l) {
		return
	}
	switch {
	case len(l.data) > b.lim.AttachmentBytes:
		b.err = &LimitError{LimitAttachmentBytes, b.lim.AttachmentBytes}
		return
	case len(b.attachments) >= b.lim.Attachments:
		b.err = &LimitError{LimitAttachments, b.lim.Attachments}
		return
	}
	ctype := l.ct.value
	if !validType(ctype) || ctype == "application/octet-stream" || ctype == "application/unknown" {
		ctype, _, _ = strings.Cut(http.DetectContentType(l.data), ";")
	}
	if name == "" && (ctype == "message/rfc822" || ctype == "message/global") {
		if h, _, ok := split(l.data, b.lim.HeaderBytes); ok {
			if name = cleanName(strings.ReplaceAll(decodeText(h.get("subject"), b.charset), "/", "-")); name != "" {
				name = cleanName(name + ".eml")
			}
		}
	}
	if name == "" {
		name = fmt.Sprintf("attachment-%d%s", len(b.attachments)+1, extension(ctype))
	}
	if isCalendar(ctype, name) {
		b.noteEvents(l)
	}
	var id string
	if ids := parseIDs(l.id); len(ids) > 0 {
		id = ids[0]
	} else {
		id = strings.Trim(oneLine(clean(l.id)), "<> ")
	}
	if !l.own {
		l.data = bytes.Clone(l.data)
	}
	sum := sha256.Sum256(l.data)
	b.attachments = append(b.attachments, Attachment{
		Name: name, ContentType: ctype, ContentID: id, Inline: l.disposition.value == "inline" && id != "",
		Data: l.data, SHA256: hex.EncodeToString(sum[:]), smime: l.ct.params["smime-type"], location: strings.TrimSpace(oneLine(clean(l.location))),
	})
}

// readable reports the types of text that people can read as it is.
func readable(ctype string) bool {
	switch ctype {
	case "text/plain", "text/markdown", "text/x-markdown", "text/enriched", "text/richtext", "text/text", "text/unknown", "text/ascii", "text/x-plain", "plain/text":
		return true
	}
	return false
}

func validType(s string) bool {
	a, b, ok := strings.Cut(s, "/")
	return ok && a != "" && b != "" && a != "multipart" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 127 || strings.ContainsRune(`()<>@,;:\"[]?=`, r)
	})
}

// text puts the texts of the units together, and gives the quotation as the HTML marks it, from its first line on, if it
// does. It reads no more HTML, and gives no more text, than the limits allow.
func (b *builder) text() (text, quoted string) {
	var texts []string
	left := b.lim.HTML
	for _, u := range b.units {
		plain := u.plain
		if u.hasHTML {
			doc := cut(u.html, left)
			left -= len(doc)
			converted, at := htmltext.TextQuoted(doc)
			if at >= 0 && quoted == "" {
				quoted = converted[at:]
			}
			if strings.TrimSpace(plain) == "" {
				plain = converted
			}
		}
		if strings.TrimSpace(plain) != "" {
			texts = append(texts, strings.Trim(plain, "\n"))
		}
	}
	return b.cutText(strings.Join(texts, "\n\n")), quoted
}

// markup puts the HTML of the units together; it is empty when no unit has any. over means that it exceeds the limit and
// is only a beginning.
func (b *builder) markup() (doc string, over bool) {
	if !slices.ContainsFunc(b.units, func(u unit) bool { return u.hasHTML }) {
		return "", false
	}
	var docs []string
	size := 0
	for _, u := range b.units {
		next := u.html
		switch {
		case u.hasHTML:
			over = over || u.over
		case strings.TrimSpace(u.plain) == "":
			continue
		default:
			next = "<pre>" + html.EscapeString(u.plain) + "</pre>"
		}
		docs = append(docs, next)
		if size += len(next) + 1; size-1 > b.lim.HTML {
			over = true
			break
		}
	}
	return cut(strings.Join(docs, "\n"), b.lim.HTML), over
}

// cutText cuts text to its limit, and notes it.
func (b *builder) cutText(s string) string {
	short := cut(s, b.lim.Text)
	b.truncated = b.truncated || len(short) < len(s)
	return short
}

// cut gives at most n bytes of s, and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n]) // s can be large
}

// normalize makes LF of all line ends and drops control characters other than tabs.
func normalize(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if !hasControl(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, s)
}

func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7F {
			return true
		}
	}
	return false
}
