package webform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// errMediaType is a body that is neither a form nor JSON.
var errMediaType = errors.New("the body must be a form or application/json")

func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// read takes a request apart. It also fills r.PostForm, for the captcha. An error of *http.MaxBytesError means that the body is too
// large to be read at all, a fieldError that a field was reached with which nothing can be accepted.
func (f *Form) read(w http.ResponseWriter, r *http.Request) (*submission, error) {
	s := &submission{}
	limit := func(n int64) { r.Body = http.MaxBytesReader(w, r.Body, n) }
	t, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch t {
	case "application/json":
		limit((f.cfg.MaxBytes+2)/3*4 + maxField) // files are in base64
		if err := f.json(r, s); err != nil {
			return nil, err
		}
	case "application/x-www-form-urlencoded":
		limit(maxField) // the longest message takes 12 bytes for a code point, if none of them is ASCII
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
		// Files a little over their limit are still read, and thrown away: a browser shows no answer to a request that it could not
		// finish.
		limit(f.cfg.MaxBytes + 1<<20)
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

// json reads one object, member by member: what is too much ends it before it is in memory.
func (f *Form) json(r *http.Request, s *submission) error {
	dec := json.NewDecoder(r.Body)
	if err := opens(dec, '{'); err != nil {
		return err
	}
	r.PostForm = url.Values{}
	for n := 0; dec.More(); n++ {
		if n == maxParts {
			return fmt.Errorf("more than %d members", maxParts)
		}
		name, err := dec.Token() // of an object, the decoder gives strings only
		if err != nil {
			return err
		}
		switch key := fmt.Sprint(name); key {
		case "files":
			err = f.jsonFiles(dec, s)
		case "key", "name", "email", "subject", "message", "lang", "website":
			var v string
			err = dec.Decode(&v)
			r.PostForm.Set(key, v)
		default:
			var v loose
			err = dec.Decode(&v)
			r.PostForm.Set(key, string(v))
		}
		if err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // the brace
		return err
	}
	switch _, err := dec.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return errors.New("there is something behind the JSON object")
	}
}

func (f *Form) jsonFiles(dec *json.Decoder, s *submission) error {
	if err := opens(dec, '['); errors.Is(err, errNull) {
		return nil
	} else if err != nil {
		return err
	}
	var sum int64
	for dec.More() {
		if len(s.Files) >= f.cfg.MaxFiles {
			return fieldError{"files", "too_many"}
		}
		var one file
		if err := dec.Decode(&one); err != nil {
			return err
		}
		if sum += int64(len(one.Data)); sum > f.cfg.MaxBytes {
			return fieldError{"files", "too_large"}
		}
		s.Files = append(s.Files, one)
	}
	_, err := dec.Token() // the bracket
	return err
}

// errNull is a null where an array may be.
var errNull = errors.New("null")

// opens reads the beginning of an object or array.
func opens(dec *json.Decoder, want json.Delim) error {
	switch t, err := dec.Token(); {
	case err != nil:
		return err
	case t == nil:
		return errNull
	case t != want:
		return fmt.Errorf("%v instead of %v", t, want)
	}
	return nil
}

// loose is a member that is none of ours, such as the answer to a captcha: its text, or "" when it is anything but a string.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}
