package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxDepth bounds how deep a body may nest. No call needs more than four levels.
const maxDepth = 16

// decode reads the body into v, a pointer to a struct. It is stricter than encoding/json: names count exactly and once, unknown ones
// are named in the error, and what encoding/json would silently replace (invalid UTF-8, half a surrogate pair) is refused, as is NUL,
// which some databases drop.
func (c *call) decode(v any) error {
	mt, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return errMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.api.limits.Body))
	if err != nil {
		return bodyError(err)
	}
	return decodeJSON(raw, v)
}

// bodyError says what went wrong while a body was read.
func bodyError(err error) error {
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return ticket.Errorf(ticket.TooLarge, "the request has more than %d bytes", big.Limit)
	}
	return &ticket.Error{Kind: ticket.Invalid, Msg: "the body could not be read", Err: err}
}

func decodeJSON(raw []byte, v any) error {
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return ticket.Errorf(ticket.Invalid, "the body is empty")
	case !utf8.Valid(raw):
		return ticket.Errorf(ticket.Invalid, "the body is not valid UTF-8")
	case loneSurrogate(raw):
		return ticket.Errorf(ticket.Invalid, "the body has an escaped surrogate without its other half")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := walk(dec, reflect.TypeOf(v), nil, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return ticket.Errorf(ticket.Invalid, "something follows the JSON value")
	}
	err := json.Unmarshal(raw, v)
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return ticket.InvalidField(te.Field, "must be %s, not %s", jsonWord(te.Type), te.Value)
	}
	if _, ok := errors.AsType[*ticket.Error](err); err != nil && !ok {
		return &ticket.Error{Kind: ticket.Invalid, Msg: "the body has a value of the wrong form", Err: err}
	}
	return err
}

// place is where a value stands in the body. It becomes text only for an error: a body may have half a million values.
type place struct {
	in    *place
	name  string
	index int // of an element; -1 for a member
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.index >= 0:
		return fmt.Sprintf("%s[%d]", p.in, p.index)
	case p.in == nil:
		return p.name
	}
	return p.in.String() + "." + p.name
}

// maxName bounds the name of a member in bytes. No field's is nearly as long.
const maxName = 200

// walk reads one value and compares its names with those of t, which is nil where anything goes. It stops at the first value of the wrong
// kind, so what lies below one costs nothing.
func walk(dec *json.Decoder, t reflect.Type, at *place, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Msg: "the body is not valid JSON", Err: err}
	}
	if depth > maxDepth {
		return ticket.InvalidField(at.String(), "nests too deep")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == rawType || t != nil && t.Kind() == reflect.Interface {
		t = nil
	}
	switch tok {
	case nil:
		if t != nil {
			return ticket.InvalidField(at.String(), "must not be null; leave it out instead")
		}
		return nil
	case json.Delim('{'):
		if t != nil && (t == timeType || t.Kind() != reflect.Struct && t.Kind() != reflect.Map) {
			return ticket.InvalidField(at.String(), "must be %s, not object", jsonWord(t))
		}
		err = walkObject(dec, t, at, depth)
	case json.Delim('['):
		var elem reflect.Type
		if t != nil {
			if t.Kind() != reflect.Slice {
				return ticket.InvalidField(at.String(), "must be %s, not array", jsonWord(t))
			}
			elem = t.Elem()
		}
		for i := 0; err == nil && dec.More(); i++ {
			err = walk(dec, elem, &place{at, "", i}, depth+1)
		}
	default:
		return checkScalar(tok, t, at, depth)
	}
	if err != nil {
		return err
	}
	if _, err := dec.Token(); err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Msg: "the body is not valid JSON", Err: err}
	}
	return nil
}

// checkScalar refuses text that no database keeps whole, and times that encoding/json would refuse without naming the field.
func checkScalar(tok json.Token, t reflect.Type, at *place, depth int) error {
	s, isText := tok.(string)
	switch {
	case depth == 0:
		return ticket.Errorf(ticket.Invalid, "the body must be a JSON object")
	case isText && strings.ContainsRune(s, 0):
		return ticket.InvalidField(at.String(), "must not contain the character NUL")
	case t == timeType:
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return ticket.InvalidField(at.String(), "must be a time such as 2026-01-31T09:00:00Z (RFC 3339)")
		}
	}
	return nil
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

func walkObject(dec *json.Decoder, t reflect.Type, in *place, depth int) error {
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return &ticket.Error{Kind: ticket.Invalid, Msg: "the body is not valid JSON", Err: err}
		}
		name, _ := tok.(string) // a decoder gives only strings here
		if len(name) > maxName {
			return ticket.InvalidField(in.String(), "has a name of more than %d bytes", maxName)
		}
		at := &place{in, name, -1}
		if strings.ContainsRune(name, 0) {
			return ticket.InvalidField(in.String(), "must not contain the character NUL")
		}
		if seen[name] {
			return ticket.InvalidField(at.String(), "is given twice")
		}
		seen[name] = true
		elem, known := memberType(t, name)
		if !known {
			return ticket.InvalidField(at.String(), "is not a known field")
		}
		if err := walk(dec, elem, at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// memberType gives the type of the member called name of a struct or a map; nil is "anything goes".
func memberType(t reflect.Type, name string) (elem reflect.Type, known bool) {
	if t == nil {
		return nil, true
	}
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), true
	case reflect.Struct:
		for f := range t.Fields() {
			if jsonName(f) == name {
				return f.Type, true
			}
		}
		return nil, false
	}
	return nil, true // the wrong type, which Unmarshal reports
}

// jsonName is the member name of a struct field, "" for one that is not encoded.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// jsonWord names what JSON calls a Go type.
func jsonWord(t reflect.Type) string {
	if t == timeType {
		return "a time"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}

// loneSurrogate reports whether an escape such as \ud83d stands without the other half of its pair.
func loneSurrogate(raw []byte) bool {
	high := false // the escape before was the first half
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			if high {
				return true
			}
			continue
		}
		i++
		if raw[i] != 'u' || i+4 >= len(raw) {
			if high {
				return true
			}
			continue
		}
		half := hexOf(raw[i+1 : i+5])
		i += 4
		switch {
		case half >= 0xDC00 && half <= 0xDFFF:
			if !high {
				return true
			}
			high = false
		case high:
			return true
		default:
			high = half >= 0xD800 && half <= 0xDBFF
		}
	}
	return high
}

// hexOf reads four hexadecimal digits; 0 for anything else, which the JSON decoder refuses later.
func hexOf(b []byte) int {
	n := 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | int(c-'A'+10)
		default:
			return 0
		}
	}
	return n
}
