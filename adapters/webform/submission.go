package webform

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
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
	maxParts   = 100       // of a multipart body, fields and files together
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

// errMediaType is a body that is neither a form nor JSON.
var errMediaType = errors.New("the body must be a form or application/json")

func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// read takes a request apart. It also fills r.PostForm, for the captcha. An error of *http.MaxBytesError means that the body is too
// large to be read at all.
func (f *Form) read(w http.ResponseWriter, r *http.Request) (*submission, error) {
	// Files over their limit are still read, and thrown away: a browser shows no answer to a request that it could not finish.
	r.Body = http.MaxBytesReader(w, r.Body, 4*f.cfg.MaxBytes+maxField)
	s := &submission{}
	t, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch t {
	case "application/json":
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := s.decode(b); err != nil {
			return nil, err
		}
		r.PostForm = stringsOf(b)
		f.bound(s)
		return s, nil
	case "application/x-www-form-urlencoded":
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if r.PostForm, err = url.ParseQuery(string(b)); err != nil {
			return nil, err
		}
	case "multipart/form-data":
		if params["boundary"] == "" {
			return nil, errMediaType
		}
		if err := f.multipart(r, s); err != nil {
			return nil, err
		}
	default:
		return nil, errMediaType
	}
	get := r.PostForm.Get
	s.Key, s.Name, s.Email, s.Subject = get("key"), get("name"), get("email"), get("subject")
	s.Message, s.Lang, s.Website = get("message"), get("lang"), get("website")
	return s, nil
}

// multipart reads fields and files. Fields are kept when files are too large, so that nobody has to write twice.
func (f *Form) multipart(r *http.Request, s *submission) error {
	mr, err := r.MultipartReader()
	if err != nil {
		return err
	}
	r.PostForm = url.Values{}
	left := f.cfg.MaxBytes
	for range maxParts {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, params, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition")); params["filename"] == "" {
			b, err := io.ReadAll(io.LimitReader(part, maxField))
			if err != nil {
				return err
			}
			if part.FormName() != "files" { // a browser sends an empty file when none was chosen
				r.PostForm.Add(part.FormName(), string(b))
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, left+1))
		switch {
		case err != nil:
			return err
		case int64(len(b)) > left:
			s.tooLarge, s.Files, left = true, nil, -1 // all or nothing: half of the files helps nobody
		case len(s.Files) >= f.cfg.MaxFiles:
			s.tooMany = true
		case !s.tooLarge:
			left -= int64(len(b))
			s.Files = append(s.Files, file{Name: fileName(part.Header.Get("Content-Disposition")), ContentType: part.Header.Get("Content-Type"), Data: b})
		}
	}
	return fmt.Errorf("more than %d parts", maxParts)
}

// fileName is the name as it was sent: Part.FileName keeps only the last element, which hides what somebody tried.
func fileName(disposition string) string {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return params["filename"]
}

// bound checks the files of a JSON body against the limits.
func (f *Form) bound(s *submission) {
	var sum int64
	for _, file := range s.Files {
		sum += int64(len(file.Data))
	}
	s.tooLarge, s.tooMany = sum > f.cfg.MaxBytes, len(s.Files) > max(f.cfg.MaxFiles, 0)
}

func (s *submission) decode(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(s); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON object")
	}
	return nil
}

// stringsOf gives the text fields of a JSON object.
func stringsOf(b []byte) url.Values {
	var m map[string]any
	_ = json.Unmarshal(b, &m) // decode has said already what is wrong
	out := url.Values{}
	for k, v := range m {
		if s, ok := v.(string); ok {
			out.Set(k, s)
		}
	}
	return out
}

// fieldError is one thing to mend. Key names the text for it.
type fieldError struct {
	Field string
	Key   string
}

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
	if long(s.Name, maxName) {
		out = append(out, fieldError{"name", "too_long"})
	}
	if s.Email == "" {
		out = append(out, fieldError{"email", "required"})
	} else if a, err := mail.ParseAddress(s.Email); err != nil || a.Address != s.Email || len(s.Email) > 254 {
		out = append(out, fieldError{"email", "no_address"})
	}
	switch {
	case s.Subject == "":
		out = append(out, fieldError{"subject", "required"})
	case long(s.Subject, maxSubject):
		out = append(out, fieldError{"subject", "too_long"})
	}
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
	}
	for _, file := range s.Files {
		it.Uploads = append(it.Uploads, ticket.Upload{Name: file.Name, ContentType: file.ContentType, Body: bytes.NewReader(file.Data)})
	}
	return it
}
