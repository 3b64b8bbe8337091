package webform

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// The limits of the text fields, in code points.
const (
	maxName    = 100
	maxSubject = 200
	maxMessage = 20_000
	maxField   = 256 << 10 // bytes of one field as it is read; what is longer is cut, and over its limit anyway
	maxParts   = 100       // of a body, fields and files together
)

// submission is what somebody filled in. As JSON it is the body of the call, and the form in which it is parked.
type submission struct {
	Key     string `json:"key,omitempty"` // the same for each attempt to send the same message; may be empty
	Name    string `json:"name,omitempty"`
	Email   string `json:"email"`
	Subject string `json:"subject"`
	Message string `json:"message"`
	Lang    string `json:"lang,omitempty"`    // de or en
	Website string `json:"website,omitempty"` // people do not see this field and leave it empty; programs fill it in
	Files   []file `json:"files,omitempty"`

	tooLarge bool // files were left out because of their size
	tooMany  bool // or of their number
}

type file struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Data        []byte `json:"data"` // base64 in JSON
}

// fieldError is one thing to mend. Key names the text for it.
type fieldError struct {
	Field string
	Key   string
}

// Error makes a fieldError what reading can end with, too.
func (e fieldError) Error() string { return e.Field + ": " + e.Key }

// mend tidies what was filled in, and check says what is wrong with it, in the order of the page.
func (s *submission) mend() {
	for _, p := range []*string{&s.Key, &s.Name, &s.Email, &s.Subject, &s.Message, &s.Website} {
		*p = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(*p, "\uFFFD"), "\x00", ""))
	}
	s.Message = strings.ReplaceAll(s.Message, "\r\n", "\n")
	for _, p := range []*string{&s.Name, &s.Subject} {
		*p = strings.Join(strings.Fields(*p), " ")
	}
}

func (s *submission) check() []fieldError {
	var out []fieldError
	long := func(v string, limit int) bool { return utf8.RuneCountInString(v) > limit }
	line := func(field, v string, limit int, required bool) {
		switch {
		case v == "" && required:
			out = append(out, fieldError{field, "required"})
		case strings.ContainsFunc(v, turns):
			out = append(out, fieldError{field, "direction"})
		case limit > 0 && long(v, limit):
			out = append(out, fieldError{field, "too_long"})
		case field == "email" && v != "" && !isAddress(v):
			out = append(out, fieldError{field, "no_address"})
		}
	}
	line("name", s.Name, maxName, false)
	line("email", s.Email, 0, true)
	line("subject", s.Subject, maxSubject, true)
	switch {
	case s.Message == "":
		out = append(out, fieldError{"message", "required"})
	case long(s.Message, maxMessage):
		out = append(out, fieldError{"message", "too_long"})
	}
	switch {
	case s.tooLarge:
		out = append(out, fieldError{"files", "too_large"})
	case s.tooMany:
		out = append(out, fieldError{"files", "too_many"})
	}
	return out
}

// isAddress says whether v is one mail address and nothing else. An address literal, user@[192.0.2.1], names a machine and not a
// mail domain: an answer to it would go to whatever machine of ours the visitor picks.
func isAddress(v string) bool {
	a, err := mail.ParseAddress(v)
	return err == nil && a.Address == v && len(v) <= 254 && !strings.HasSuffix(v, "]")
}

// turns reports the characters that turn the direction of what follows (Unicode Standard Annex 9), which make one line read as
// another.
func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// itemKey is the same for the same message sent twice, by a double click or because the first answer was lost, and another one when
// somebody goes back, changes the message and sends it from the same page.
func (s *submission) itemKey() string {
	h := sha256.New()
	put := func(b string) { _, _ = fmt.Fprintf(h, "%d:%s", len(b), b) }
	for _, v := range []string{s.Name, s.Email, s.Subject, s.Message} {
		put(v)
	}
	for _, f := range s.Files {
		put(f.Name)
		put(string(f.Data))
	}
	key := cmp.Or(s.Key, newKey())
	if len(key) > 100 {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:])
	}
	return key + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}

// incoming is the item that the submission becomes.
func (f *Form) incoming(s *submission) ticket.Incoming {
	it := ticket.Incoming{
		Key:     s.itemKey(),
		From:    ticket.Person{Name: s.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: strings.ToLower(s.Email)}},
		Subject: s.Subject,
		Text:    s.Message,
		Queue:   f.cfg.Queue,
		Source:  "web",
		Locale:  s.Lang,

		Interactive: true,
	}
	for _, file := range s.Files {
		it.Uploads = append(it.Uploads, ticket.Upload{Name: file.Name, ContentType: file.ContentType, Body: bytes.NewReader(file.Data)})
	}
	return it
}
