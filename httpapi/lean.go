package httpapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The answers that are asked for most write themselves, in a quarter of the time that reflection takes. Each gives byte for byte what
// encoding/json gives; a test compares them for whatever the shapes hold.

// leanly is the JSON of v, with the line end that an Encoder adds; ok is false for a shape that does not write itself.
func leanly(v any) (b []byte, ok bool, err error) {
	switch v := v.(type) {
	case ticketDTO:
		b, err = v.append(make([]byte, 0, 1024))
	case page[ticketDTO]:
		b = append(make([]byte, 0, 64+1024*len(v.Items)), `{"items":`...)
		if v.Items == nil {
			b = append(b, "null"...)
		} else {
			b = append(b, '[')
			for i := range v.Items {
				if i > 0 {
					b = append(b, ',')
				}
				if b, err = v.Items[i].append(b); err != nil {
					return nil, true, err
				}
			}
			b = append(b, ']')
		}
		b = appendPointer(append(b, `,"next_cursor":`...), v.Next, appendText)
		b = append(b, '}')
	default:
		return nil, false, nil
	}
	return append(b, '\n'), true, err
}

func (t *ticketDTO) append(b []byte) (_ []byte, err error) {
	b = appendText(append(b, `{"id":`...), t.ID)
	b = strconv.AppendInt(append(b, `,"number":`...), t.Number, 10)
	b = appendText(append(b, `,"subject":`...), t.Subject)
	b = appendText(append(b, `,"status":`...), t.Status)
	b = appendText(append(b, `,"category":`...), t.Category)
	b = appendText(append(b, `,"priority":`...), t.Priority)
	b = appendText(append(b, `,"queue":`...), t.Queue)
	b = appendText(append(b, `,"queue_id":`...), t.QueueID)
	b = appendText(append(b, `,"channel":`...), t.Channel)
	b = appendText(append(b, `,"source":`...), t.Source)
	b = appendText(append(b, `,"requester":{"id":`...), t.Requester.ID)
	b = appendText(append(b, `,"name":`...), t.Requester.Name)
	b = appendText(append(b, `,"email":`...), t.Requester.Email)
	b = appendPointer(append(b, `},"assignee":`...), t.Assignee, func(b []byte, a assigneeDTO) []byte {
		b = appendText(append(b, `{"id":`...), a.ID)
		return append(appendText(append(b, `,"name":`...), a.Name), '}')
	})
	b = appendTexts(append(b, `,"tags":`...), t.Tags)
	b = append(b, `,"fields":`...)
	if t.Fields != nil && len(t.Fields) == 0 {
		b = append(b, "{}"...)
	} else {
		fields, err := json.Marshal(t.Fields)
		if err != nil {
			return nil, err
		}
		b = append(b, fields...)
	}
	b = appendText(append(b, `,"preview":`...), t.Preview)
	b = strconv.AppendInt(append(b, `,"escalation":`...), int64(t.Escalation), 10)
	times := timeWriter{}
	b = times.append(append(b, `,"created_at":`...), &t.CreatedAt)
	b = times.append(append(b, `,"updated_at":`...), &t.UpdatedAt)
	b = times.append(append(b, `,"first_response_at":`...), t.FirstResponseAt)
	b = times.append(append(b, `,"resolved_at":`...), t.ResolvedAt)
	b = times.append(append(b, `,"snoozed_until":`...), t.SnoozedUntil)
	b = appendPointer(append(b, `,"merged_into":`...), t.MergedInto, appendText)
	b = strconv.AppendBool(append(b, `,"demo":`...), t.Demo)
	b = strconv.AppendInt(append(b, `,"version":`...), int64(t.Version), 10)
	b = appendText(append(b, `,"sla":{"state":`...), t.SLA.State)
	b = appendText(append(b, `,"clock":`...), t.SLA.Clock)
	b = times.append(append(b, `,"due_at":`...), t.SLA.DueAt)
	b = times.append(append(b, `,"soon_at":`...), t.SLA.SoonAt)
	b = appendPointer(append(b, `,"remaining_seconds":`...), t.SLA.Remaining, func(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) })
	b = strconv.AppendBool(append(b, `,"breached":`...), t.SLA.Breached)
	return append(b, "}}"...), times.err
}

// appendPointer writes null for nil.
func appendPointer[T any](b []byte, p *T, fn func([]byte, T) []byte) []byte {
	if p == nil {
		return append(b, "null"...)
	}
	return fn(b, *p)
}

func appendTexts(b []byte, list []string) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

// appendText writes a string. What has anything to be escaped goes the long way.
func appendText[S ~string](b []byte, s S) []byte {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&':
			return appendEscaped(b, string(s))
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && (!utf8.ValidString(string(s)) || strings.ContainsAny(string(s), "\u2028\u2029")) {
		return appendEscaped(b, string(s))
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	out, _ := json.Marshal(s) // a string cannot fail
	return append(b, out...)
}

// timeWriter keeps the first error: a year of five digits has no form in RFC 3339.
type timeWriter struct{ err error }

func (w *timeWriter) append(b []byte, s *stamp) []byte {
	if s == nil {
		return append(b, "null"...)
	}
	b = append(b, '"')
	out, err := time.Time(*s).UTC().AppendText(b)
	if err != nil {
		w.err = err
		return b
	}
	return append(out, '"')
}
