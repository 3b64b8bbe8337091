package ticket

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// FieldID identifies the definition of a custom field.
type FieldID string

// FieldType says what the values of a custom field are.
type FieldType string

// The types of field, with what a value is in Ticket.Fields.
const (
	FieldText        FieldType = "text"         // string, one line, at most 255 code points
	FieldLongText    FieldType = "long_text"    // string, at most 4096 bytes
	FieldNumber      FieldType = "number"       // float64
	FieldInteger     FieldType = "integer"      // float64 without fraction, within ±2^53
	FieldBoolean     FieldType = "boolean"      // bool
	FieldDate        FieldType = "date"         // string, 2026-01-31
	FieldDateTime    FieldType = "datetime"     // string, RFC 3339 in UTC
	FieldSelect      FieldType = "select"       // string, the value of one option
	FieldMultiSelect FieldType = "multi_select" // []any of such strings, in the order of the options, each once
	FieldURL         FieldType = "url"          // string, an absolute http or https address
	FieldEmail       FieldType = "email"        // string, a mail address in lower case
)

// FieldTypes lists the types.
func FieldTypes() []FieldType {
	return []FieldType{FieldText, FieldLongText, FieldNumber, FieldInteger, FieldBoolean, FieldDate, FieldDateTime, FieldSelect,
		FieldMultiSelect, FieldURL, FieldEmail}
}

// FieldRequired says when an agent has to fill a field in. What comes from outside and what a program opens is never refused for it.
type FieldRequired string

// The choices.
const (
	RequiredNever   FieldRequired = ""
	RequiredCreate  FieldRequired = "create"  // when an agent opens a ticket
	RequiredResolve FieldRequired = "resolve" // when an agent resolves or closes one
)

// Labels is a text that people read, in both languages. An empty one is shown as the other, and both as the name.
type Labels struct {
	De string `json:"de"`
	En string `json:"en"`
}

// FieldOption is one choice of a select or multi_select.
type FieldOption struct {
	Value string `json:"value"`
	Label Labels `json:"label"`
}

// Field defines a custom field of tickets.
type Field struct {
	ID        FieldID
	Name      string // key in Ticket.Fields: a–z, 0–9 and _, at most 64; never changes
	Label     Labels
	Type      FieldType // never changes
	Options   []FieldOption
	Required  FieldRequired
	Queues    []QueueID // where it applies; empty is everywhere
	Position  int
	Archived  bool // keeps its values, takes no new ones
	CreatedAt time.Time
}

// AppliesTo reports whether tickets of a queue have the field.
func (f *Field) AppliesTo(q QueueID) bool { return len(f.Queues) == 0 || slices.Contains(f.Queues, q) }

// Check gives the form in which a value is kept; nil, which removes a value, stays nil. An error is Invalid and names fields.<name>.
func (f *Field) Check(v any) (any, error) {
	at := "fields." + f.Name
	if v == nil {
		return nil, nil
	}
	switch f.Type {
	case FieldNumber, FieldInteger:
		n, ok := numberOf(v)
		if !ok || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, InvalidField(at, "must be a number")
		}
		if f.Type == FieldInteger && (n != math.Trunc(n) || math.Abs(n) > 1<<53) {
			return nil, InvalidField(at, "must be a whole number")
		}
		return n, nil
	case FieldBoolean:
		if _, ok := v.(bool); !ok {
			return nil, InvalidField(at, "must be true or false")
		}
		return v, nil
	case FieldMultiSelect:
		return f.checkChoices(at, v)
	}
	s, ok := v.(string)
	if !ok {
		return nil, InvalidField(at, "must be text")
	}
	return f.checkText(at, s)
}

func (f *Field) checkText(at, s string) (any, error) {
	switch f.Type {
	case FieldLongText:
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return nil, InvalidField(at, "is not valid text")
		}
		if len(s) > maxFieldText {
			return nil, InvalidField(at, "is longer than %d bytes", maxFieldText)
		}
		return s, nil
	case FieldDate:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, InvalidField(at, "must be a date such as 2026-01-31")
		}
		return s, nil
	case FieldDateTime:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return nil, InvalidField(at, "must be a time such as 2026-01-31T09:00:00Z (RFC 3339)")
		}
		return t.UTC().Format(time.RFC3339Nano), nil
	case FieldSelect:
		if !f.hasOption(s) {
			return nil, InvalidField(at, "is not one of the options")
		}
		return s, nil
	case FieldURL:
		s = strings.TrimSpace(s)
		if u, err := url.Parse(s); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 2000 {
			return nil, InvalidField(at, "must be an address that begins with http:// or https://")
		}
		return line(at, s, 2000, true)
	case FieldEmail:
		return email(at, s)
	}
	return line(at, s, 255, false)
}

func (f *Field) checkChoices(at string, v any) (any, error) {
	var in []any
	switch x := v.(type) {
	case []any:
		in = x
	case []string:
		for _, s := range x {
			in = append(in, s)
		}
	default:
		return nil, InvalidField(at, "must be a list of options")
	}
	chosen := map[string]bool{}
	for _, c := range in {
		s, ok := c.(string)
		if !ok || !f.hasOption(s) {
			return nil, InvalidField(at, "is not one of the options")
		}
		chosen[s] = true
	}
	out := []any{}
	for _, o := range f.Options {
		if chosen[o.Value] {
			out = append(out, o.Value)
		}
	}
	return out, nil
}

func (f *Field) hasOption(v string) bool {
	return slices.ContainsFunc(f.Options, func(o FieldOption) bool { return o.Value == v })
}

// maxFieldText bounds the text of one field.
const maxFieldText = 4096

func numberOf(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case json.Number:
		n, err := x.Float64()
		return n, err == nil
	}
	return 0, false
}

// filled reports whether a value says anything.
func filled(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case string:
		return strings.TrimSpace(x) != ""
	case []any:
		return len(x) > 0
	}
	return true
}

// FieldTerm is what a ticket is found by that has a value in a field: stores keep it, or a hash of it, for each of FieldTerms. Text
// compares without regard to case; numbers, truth values and times compare as they are written in JSON.
func FieldTerm(name, value string) string { return name + "\x00" + strings.ToLower(value) }

// FieldTerms are the terms of a ticket's fields, sorted, each once. Text of more than 500 bytes has none.
func FieldTerms(fields map[string]any) []string {
	var out []string
	add := func(name string, v any) {
		if s, ok := fieldWord(v); ok && len(s) <= 500 {
			out = append(out, FieldTerm(name, s))
		}
	}
	for name, v := range fields {
		if list, ok := v.([]any); ok {
			for _, x := range list {
				add(name, x)
			}
			continue
		}
		add(name, v)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func fieldWord(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case bool:
		return strconv.FormatBool(x), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	}
	return fmt.Sprint(v), false
}
