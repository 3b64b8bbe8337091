package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/search"
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
	found, err := search.Parse(params.Get("q"))
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
func (c *call) filter(q *ticket.Query, s *search.Text, params url.Values) error {
	find := search.Finder{Desk: c.api.service, Actor: c.actor(), Now: c.api.now}
	for _, name := range search.Filters() {
		var given []string
		for _, v := range params[name] {
			given = append(given, strings.FieldsFunc(v, func(r rune) bool { return r == ',' })...)
		}
		if len(given) > 0 && len(s.Filters[name]) > 0 {
			return ticket.InvalidField(name, "is given in q, too")
		}
		if len(given) > search.MaxTerms {
			return ticket.InvalidField(name, "has more than %d values", search.MaxTerms)
		}
		if len(given) > 0 {
			s.Filters[name] = given
		}
	}
	if err := find.Apply(c.ctx(), q, *s); err != nil {
		return err
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
