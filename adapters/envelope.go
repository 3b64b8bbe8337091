package adapters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// Parked bytes are stored in one of two forms, told apart by how they begin: an item as its adapter made it, as JSON behind magic, or
// the bytes as they came, which get one more NUL in front when they begin with NUL themselves. So nobody outside can send
// bytes that are taken for an item with a proven sender.
const magic = "\x00ticketkit-item/1\n"

// maxKept bounds the files that are kept in memory for an item that may have to be parked.
const maxKept = 64 << 20

func escape(raw []byte) []byte {
	if len(raw) > 0 && raw[0] == 0 {
		return append([]byte{0}, raw...)
	}
	return raw
}

// escapeStream is escape for bytes that are not in memory.
func escapeStream(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if first, _ := b.Peek(1); len(first) == 1 && first[0] == 0 { // an error comes again with the next Read
		return io.MultiReader(bytes.NewReader([]byte{0}), b)
	}
	return b
}

// unescape gives what a person should see of stored bytes, and whether that is an item.
func unescape(stored []byte) (raw []byte, item bool) {
	if rest, ok := bytes.CutPrefix(stored, []byte(magic)); ok {
		return rest, true
	}
	if len(stored) > 0 && stored[0] == 0 {
		return stored[1:], false
	}
	return stored, false
}

// parkedItem is a ticket.Incoming as JSON.
type parkedItem struct {
	Key        string           `json:"key"`
	From       parkedPerson     `json:"from"`
	To         []parkedIdentity `json:"to,omitempty"`
	Cc         []parkedPerson   `json:"cc,omitempty"`
	Subject    string           `json:"subject"`
	Text       string           `json:"text"`
	Quoted     string           `json:"quoted,omitempty"`
	HTML       string           `json:"html,omitempty"`
	Files      []parkedFile     `json:"files,omitempty"`
	Raw        []byte           `json:"raw,omitempty"`
	ExternalID string           `json:"external_id,omitempty"`
	Token      string           `json:"token,omitempty"`
	Refs       []string         `json:"refs,omitempty"`
	Number     int64            `json:"number,omitempty"`
	Forward    bool             `json:"forward,omitempty"`
	Machine    bool             `json:"machine,omitempty"`
	Verified   *bool            `json:"verified,omitempty"`
	Queue      ticket.QueueID   `json:"queue_id,omitempty"`
	Priority   ticket.Priority  `json:"priority,omitempty"`
	Source     string           `json:"source,omitempty"`
	Locale     string           `json:"locale,omitempty"`
	Same       []string         `json:"same,omitempty"`
	Mark       []string         `json:"mark,omitempty"`
	Bounces    []ticket.Bounce  `json:"bounces,omitempty"`

	Protection ticket.Protection `json:"protection,omitempty"`
}

type parkedIdentity struct {
	Kind     string `json:"kind"`
	Value    string `json:"value"`
	Verified bool   `json:"verified,omitempty"`
}

type parkedPerson struct {
	Name     string         `json:"name"`
	Identity parkedIdentity `json:"identity"`
}

type parkedFile struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Inline      bool   `json:"inline,omitempty"`
	ContentID   string `json:"content_id,omitempty"`
	Data        []byte `json:"data"`
	Missing     bool   `json:"missing,omitempty"` // too large to keep, or it could not be read
}

// keeper remembers the files of an item while the Service reads them, for their readers can be read only once.
type keeper struct {
	left  int64 // how much more may be kept
	files []*keptFile
}

type keptFile struct {
	k    *keeper
	src  io.Reader
	buf  bytes.Buffer
	over bool
	end  bool
}

// newKeeper puts itself between the item's files and who reads them. The item's Uploads are replaced, not changed.
func newKeeper(it *ticket.Incoming) *keeper {
	k := &keeper{left: maxKept}
	ups := make([]ticket.Upload, len(it.Uploads))
	for n, u := range it.Uploads {
		f := &keptFile{k: k, src: u.Body}
		if f.src == nil {
			f.src = strings.NewReader("")
		}
		k.files = append(k.files, f)
		u.Body = f
		ups[n] = u
	}
	it.Uploads = ups
	return k
}

// Read implements io.Reader.
func (f *keptFile) Read(p []byte) (int, error) {
	n, err := f.src.Read(p)
	if !f.over && int64(n) > f.k.left {
		f.over = true
		f.k.left += int64(f.buf.Len())
		f.buf = bytes.Buffer{}
	}
	if !f.over {
		f.k.left -= int64(n)
		f.buf.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		f.end = true
	}
	return n, err
}

// rest reads what nobody has read yet, and reports whether the whole file is kept. The file may be the very reason why its item is
// parked, so a panic in it means no more than that it cannot be kept.
func (f *keptFile) rest() (whole bool) {
	defer func() {
		if recover() != nil {
			whole = false
		}
	}()
	if !f.end && !f.over {
		_, _ = io.Copy(io.Discard, io.LimitReader(f, maxKept+1)) // an error leaves end false
	}
	return f.end && !f.over
}

// envelope gives the stored form of the item.
func (k *keeper) envelope(it *ticket.Incoming) []byte {
	p := parkedItem{Key: it.Key, From: parkPerson(it.From), Subject: it.Subject, Text: it.Text, Quoted: it.Quoted, HTML: it.HTML, Raw: it.Raw,
		ExternalID: it.ExternalID, Token: it.Token, Refs: it.Refs, Number: it.Number, Forward: it.Forward, Machine: it.Machine,
		Verified: it.Verified, Queue: it.Queue, Priority: it.Priority, Source: it.Source, Locale: it.Locale,
		Same: it.Same, Mark: it.Mark, Bounces: it.Bounces, Protection: it.Protection}
	for _, i := range it.To {
		p.To = append(p.To, parkIdentity(i))
	}
	for _, c := range it.Cc {
		p.Cc = append(p.Cc, parkPerson(c))
	}
	for n, u := range it.Uploads {
		f := parkedFile{Name: u.Name, ContentType: u.ContentType, Inline: u.Inline, ContentID: u.ContentID}
		if k.files[n].rest() {
			f.Data = k.files[n].buf.Bytes()
		} else {
			f.Missing = true
		}
		p.Files = append(p.Files, f)
	}
	b, err := json.Marshal(p) // strings, numbers and bytes only: it cannot fail, and broken UTF-8 is mended
	if err != nil {
		b = fmt.Appendf(nil, "{\"key\":%q}", it.Key)
	}
	return append([]byte(magic), b...)
}

func parkIdentity(i ticket.Identity) parkedIdentity {
	return parkedIdentity{Kind: i.Kind, Value: i.Value, Verified: i.Verified}
}

func (i parkedIdentity) identity() ticket.Identity {
	return ticket.Identity{Kind: i.Kind, Value: i.Value, Verified: i.Verified}
}

func parkPerson(p ticket.Person) parkedPerson {
	return parkedPerson{Name: p.Name, Identity: parkIdentity(p.Identity)}
}

// incoming turns the JSON of an item back into the item. A file that could not be kept becomes one that says so.
func incoming(b []byte) (ticket.Incoming, error) {
	var p parkedItem
	if err := json.Unmarshal(b, &p); err != nil {
		return ticket.Incoming{}, fmt.Errorf("read parked item: %w", err)
	}
	it := ticket.Incoming{Key: p.Key, From: unparkPerson(p.From), Subject: p.Subject, Text: p.Text, Quoted: p.Quoted, HTML: p.HTML, Raw: p.Raw,
		ExternalID: p.ExternalID, Token: p.Token, Refs: p.Refs, Number: p.Number, Forward: p.Forward, Machine: p.Machine,
		Verified: p.Verified, Queue: p.Queue, Priority: p.Priority, Source: p.Source, Locale: p.Locale,
		Aliases: ticket.Aliases{Same: p.Same, Mark: p.Mark}, Bounces: p.Bounces, Protection: p.Protection}
	for _, i := range p.To {
		it.To = append(it.To, i.identity())
	}
	for _, c := range p.Cc {
		it.Cc = append(it.Cc, unparkPerson(c))
	}
	for _, f := range p.Files {
		u := ticket.Upload{Name: f.Name, ContentType: f.ContentType, Inline: f.Inline, ContentID: f.ContentID, Body: bytes.NewReader(f.Data)}
		if f.Missing {
			u.Name, u.ContentType, u.Inline = f.Name+".missing.txt", "text/plain", false
			u.Body = strings.NewReader("This file could not be kept while its message was parked.\n")
		}
		it.Uploads = append(it.Uploads, u)
	}
	return it, nil
}

func unparkPerson(p parkedPerson) ticket.Person {
	return ticket.Person{Name: p.Name, Identity: p.Identity.identity()}
}

// oneLine makes text from anywhere fit for a line of a list: at most limit bytes, without control characters.
func oneLine(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
	if len(s) <= limit {
		return s
	}
	cut := limit - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
