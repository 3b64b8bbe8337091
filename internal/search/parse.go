// Package search reads what people type to find tickets, for the API and the pages alike, and makes a ticket.Query of it.
package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// Bounds of the search text.
const (
	MaxBytes = 500
	MaxTerms = 20
)

// Text is what a search asks for. Names are as typed: a Finder looks queues and people up.
type Text struct {
	Words     []string
	Number    int64
	Escalated bool
	Active    bool                // new, open, pending or snoozed
	Mentioned bool                // who asks is mentioned in a note
	Filters   map[string][]string // by canonical operator, values as typed

	lenient bool
}

// operators are the filters that q may name, with the parameter that each stands for. Nothing else reaches the database.
var operators = map[string]string{
	"is": "is", "assignee": "assignee", "prio": "priority", "priority": "priority", "tag": "tag", "queue": "queue",
	"channel": "channel", "status": "status", "sla": "sla", "requester": "requester", "created": "created",
}

// operatorNames is for the message to who named another.
const operatorNames = "is, assignee, prio, tag, queue, channel, status, sla, requester, created"

// categories are the values of is: that name a category.
var categories = []ticket.Category{ticket.Open, ticket.Closed, ticket.Pending, ticket.New, ticket.Resolved, ticket.Snoozed, ticket.Spam, ticket.Merged}

// Parse reads words, "phrases", #1042 and operators such as is:open or tag:"two words". Each error is Invalid with the field q.
//
//	query    = { term }
//	term     = "#" digits | operator ":" value | value
//	value    = word | '"' any characters but '"' '"'
//	operator = letters
func Parse(q string) (Text, error) { return Text{Filters: map[string][]string{}}.parse(q) }

// ParseLenient is Parse for a box into which people type whatever they remember: what only looks like an operator is a word, such as
// "Re: invoice", and a quote that does not end reaches to the end.
func ParseLenient(q string) (Text, error) {
	return Text{Filters: map[string][]string{}, lenient: true}.parse(q)
}

func (s Text) parse(q string) (Text, error) {
	switch {
	case len(q) > MaxBytes:
		return s, ticket.InvalidField("q", "has more than %d bytes", MaxBytes)
	case !utf8.ValidString(q) || strings.ContainsRune(q, 0):
		return s, ticket.InvalidField("q", "is not valid text")
	}
	for n := 0; ; n++ {
		q = strings.TrimLeftFunc(q, unicode.IsSpace)
		if q == "" {
			return s, nil
		}
		if n == MaxTerms {
			return s, ticket.InvalidField("q", "has more than %d terms", MaxTerms)
		}
		var err error
		if q, err = s.term(q); err != nil {
			return s, err
		}
	}
}

// term reads one term from the beginning of q, which is no blank, and gives the rest.
func (s *Text) term(q string) (rest string, err error) {
	if op, after, ok := cutOperator(q); ok && (!s.lenient || operators[op] != "") {
		name, known := operators[op]
		if !known {
			return "", ticket.InvalidField("q", "unknown operator %s: there are %s; put text with a colon into quotes", op, operatorNames)
		}
		value, rest, err := s.cutValue(after)
		if err != nil {
			return "", err
		}
		if value == "" {
			return "", ticket.InvalidField("q", "operator %s: needs a value", op)
		}
		return rest, s.filter(name, value)
	}
	quoted := q[0] == '"'
	value, rest, err := s.cutValue(q)
	if err != nil {
		return "", err
	}
	if digits, ok := strings.CutPrefix(value, "#"); ok && !quoted {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 {
			if s.Number != 0 && s.Number != n {
				return "", ticket.InvalidField("q", "names two ticket numbers")
			}
			s.Number = n
			return rest, nil
		}
	}
	if value = strings.Join(strings.Fields(value), " "); value != "" {
		s.Words = append(s.Words, value)
	}
	return rest, nil
}

func (s *Text) filter(name, value string) error {
	if name != "is" {
		s.add(name, value)
		return nil
	}
	switch v := strings.ToLower(value); {
	case v == "escalated":
		s.Escalated = true
	case v == "active":
		s.Active = true
	case v == "mentioned":
		s.Mentioned = true
	case v == "mine":
		s.add("assignee", "me")
	case v == "unassigned":
		s.add("assignee", "none")
	case slices.Contains(categories, ticket.Category(v)):
		s.add("is", v)
	default:
		return ticket.InvalidField("q", "operator is: does not know %q", value)
	}
	return nil
}

func (s *Text) add(name, value string) {
	if !slices.Contains(s.Filters[name], value) {
		s.Filters[name] = append(s.Filters[name], value)
	}
}

// cutOperator splits "name:rest" when it begins with letters and a colon.
func cutOperator(q string) (op, rest string, ok bool) {
	i := strings.IndexFunc(q, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	if i <= 0 || q[i] != ':' {
		return "", "", false
	}
	return strings.ToLower(q[:i]), q[i+1:], true
}

// cutValue reads a quoted phrase or everything up to the next blank.
func (s *Text) cutValue(q string) (value, rest string, err error) {
	if strings.HasPrefix(q, `"`) {
		end := strings.IndexByte(q[1:], '"')
		if end < 0 && s.lenient {
			return q[1:], "", nil
		}
		if end < 0 {
			return "", "", ticket.InvalidField("q", "has a quote that does not end")
		}
		return q[1 : end+1], q[end+2:], nil
	}
	if i := strings.IndexFunc(q, unicode.IsSpace); i >= 0 {
		return q[:i], q[i:], nil
	}
	return q, "", nil
}
