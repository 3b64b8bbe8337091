package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// limit reads the parameter limit: 1 to 100, standard when it is absent.
func (c *call) limit(standard int) (int, error) {
	s := c.r.URL.Query().Get("limit")
	if s == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > ticket.MaxLimit {
		return 0, ticket.InvalidField("limit", "must be a number between 1 and %d", ticket.MaxLimit)
	}
	return n, nil
}

// listTickets is GET tickets: filters as parameters, as text in q, or both.
func (c *call) listTickets() error {
	params := c.r.URL.Query()
	q := ticket.Query{Sort: ticket.Sort(params.Get("sort"))}
	var err error
	if q.Limit, err = c.limit(30); err != nil {
		return err
	}
	if q.After, err = ticket.ParseCursor(params.Get("cursor"), q.Sort); err != nil {
		return err
	}
	found, err := parseSearch(params.Get("q"))
	if err != nil {
		return err
	}
	if err := c.filter(&q, &found, params); err != nil {
		return err
	}
	ts, next, err := c.api.service.List(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	clocks, err := c.clocks(ts...)
	if err != nil {
		return err
	}
	out := page[ticketDTO]{Items: make([]ticketDTO, 0, len(ts))}
	for i := range ts {
		out.Items = append(out.Items, ticketOf(&ts[i], clocks[ts[i].ID]))
	}
	if !next.IsZero() {
		s := next.String()
		out.Next = &s
	}
	return c.json(http.StatusOK, out)
}

// filter turns the text of q and the parameters into a query. A filter that is named in both is refused: they could only contradict
// each other.
func (c *call) filter(q *ticket.Query, s *search, params url.Values) error {
	q.Words, q.Number, q.Escalated = s.words, s.number, s.escalated
	value := func(name string) ([]string, error) {
		var given []string
		for _, v := range params[name] {
			given = append(given, strings.FieldsFunc(v, func(r rune) bool { return r == ',' })...)
		}
		if len(given) > 0 && len(s.filters[name]) > 0 {
			return nil, ticket.InvalidField(name, "is given in q, too")
		}
		if len(given) > maxQueryTerms {
			return nil, ticket.InvalidField(name, "has more than %d values", maxQueryTerms)
		}
		return append(given, s.filters[name]...), nil
	}
	for _, v := range s.filters["is"] {
		q.Category = append(q.Category, ticket.Category(v))
	}
	for _, f := range []struct {
		name string
		set  func(v string) error
	}{
		{"status", func(v string) error { return c.wantStatus(q, v) }},
		{"priority", func(v string) error {
			p := ticket.Priority(strings.ToLower(v))
			if !p.Valid() {
				return ticket.InvalidField("priority", "unknown priority %q", v)
			}
			q.Priority = append(q.Priority, p)
			return nil
		}},
		{"channel", func(v string) error { q.Channel = append(q.Channel, strings.ToLower(v)); return nil }},
		{"tag", func(v string) error { q.Tag = append(q.Tag, strings.ToLower(v)); return nil }},
		{"queue", func(v string) error { return c.wantQueue(q, v) }},
		{"sla", func(v string) error { return wantClock(q, v) }},
		{"assignee", func(v string) error { return c.wantAssignee(q, v) }},
	} {
		values, err := value(f.name)
		if err != nil {
			return err
		}
		for _, v := range values {
			if err := f.set(v); err != nil {
				return err
			}
		}
	}
	wantFields(q, params)
	if v := params.Get("requester"); v != "" {
		if !ticket.ValidID(v) {
			return ticket.InvalidField("requester", "must be the id of a contact")
		}
		q.Requester = ticket.ContactID(v)
	}
	return nil
}

func (c *call) wantStatus(q *ticket.Query, v string) error {
	st := ticket.Status(strings.ToLower(v))
	if !slices.ContainsFunc(c.api.service.States(), func(s ticket.State) bool { return s.Status == st }) {
		return ticket.InvalidField("status", "unknown state %q", v)
	}
	q.Status = append(q.Status, st)
	return nil
}

// wantQueue takes an id as it is and looks a name up among the queues that the actor may read.
func (c *call) wantQueue(q *ticket.Query, v string) error {
	if ticket.ValidID(v) {
		q.Queue = append(q.Queue, ticket.QueueID(v))
		return nil
	}
	all, err := c.api.service.Queues(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	for _, known := range all {
		if strings.EqualFold(known.Name, v) {
			q.Queue = append(q.Queue, known.ID)
			return nil
		}
	}
	return ticket.InvalidField("queue", "there is no queue %q", v)
}

// wantAssignee knows me, none, ids, usernames and names; a name that several people have means any of them.
func (c *call) wantAssignee(q *ticket.Query, v string) error {
	switch {
	case strings.EqualFold(v, "me"):
		q.Assignee = append(q.Assignee, c.who.Account.ID)
		return nil
	case strings.EqualFold(v, "none"):
		q.Assignee = append(q.Assignee, "")
		return nil
	case ticket.ValidID(v):
		q.Assignee = append(q.Assignee, ticket.AccountID(v))
		return nil
	}
	all, err := c.api.service.Agents(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	before := len(q.Assignee)
	for _, a := range all {
		if strings.EqualFold(a.Username, v) || strings.EqualFold(a.Name, v) {
			q.Assignee = append(q.Assignee, a.ID)
		}
	}
	if len(q.Assignee) == before {
		return ticket.InvalidField("assignee", "nobody here is called %q", v)
	}
	return nil
}
