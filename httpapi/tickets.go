package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// ticketID reads {id}: an id, or the number that people say, which is looked up among what the actor may read.
func (c *call) ticketID() (ticket.ID, error) { return c.ticketRef("", c.r.PathValue("id")) }

// ticketRef is ticketID for any input; field names it in the error.
func (c *call) ticketRef(field, s string) (ticket.ID, error) {
	if ticket.ValidID(s) {
		return ticket.ID(s), nil
	}
	n, ok := ticketNumber(s)
	if !ok {
		return "", &ticket.Error{Kind: ticket.NotFound, Field: field, Msg: noTicket}
	}
	t, err := c.api.service.GetNumber(c.ctx(), c.actor(), n)
	if ticket.KindOf(err) == ticket.NotFound {
		return "", &ticket.Error{Kind: ticket.NotFound, Field: field, Msg: noTicket}
	}
	if err != nil {
		return "", err
	}
	return t.ID, nil
}

const noTicket = "the ticket does not exist"

func ticketNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && s[0] != '+'
}

func errNoTicket() error { return ticket.Errorf(ticket.NotFound, noTicket) }

// entityTag is the ETag of a version (RFC 9110 section 8.8.3).
func entityTag(v ticket.Version) string { return `"` + strconv.FormatInt(int64(v), 10) + `"` }

// ifMatch reads the version that a write expects; 0, for an absent header or *, is any. A tag that no version ever has is Stale at
// once: a version of 0 would mean "any" to the service.
func (c *call) ifMatch() (ticket.Version, error) {
	h := strings.TrimSpace(strings.Join(c.r.Header.Values("If-Match"), ","))
	switch {
	case h == "" && len(c.r.Header.Values("If-Match")) == 0, h == "*":
		return 0, nil
	case strings.Contains(h, ","):
		return 0, ticket.InvalidField("If-Match", "must be one entity tag, or *")
	}
	strong, weak := strings.CutPrefix(h, "W/")
	if len(strong) < 2 || strong[0] != '"' || strong[len(strong)-1] != '"' || strings.Contains(strong[1:len(strong)-1], `"`) {
		return 0, ticket.InvalidField("If-Match", "must be one entity tag, such as \"7\", or *")
	}
	n, err := strconv.ParseInt(strong[1:len(strong)-1], 10, 64)
	if err != nil || n < 1 || weak || entityTag(ticket.Version(n)) != strong { // a weak tag never matches a write
		return 0, ticket.Errorf(ticket.Stale, "nothing here ever had that entity tag")
	}
	return ticket.Version(n), nil
}

// noneMatch reports whether If-None-Match names tag, so that 304 is the answer. Comparison is weak (RFC 9110 section 13.1.2).
func noneMatch(r *http.Request, tag string) bool {
	for _, h := range r.Header.Values("If-None-Match") {
		for t := range strings.SplitSeq(h, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// ticket answers with one ticket and its entity tag.
func (c *call) ticket(status int, t *ticket.Ticket) error {
	clocks, err := c.clocks(*t)
	if err != nil {
		return err
	}
	c.w.Header().Set("ETag", entityTag(t.Version))
	return c.json(status, ticketOf(t, clocks[t.ID]))
}

func (c *call) getTicket() error {
	s := c.r.PathValue("id")
	var t *ticket.Ticket
	err := errNoTicket()
	if n, ok := ticketNumber(s); ok {
		t, err = c.api.service.GetNumber(c.ctx(), c.actor(), n)
	} else if ticket.ValidID(s) {
		t, err = c.api.service.Get(c.ctx(), c.actor(), ticket.ID(s))
	}
	if err != nil {
		return err
	}
	if tag := entityTag(t.Version); noneMatch(c.r, tag) {
		c.w.Header().Set("ETag", tag)
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return c.ticket(http.StatusOK, t)
}

// newTicketDTO is what POST tickets takes.
type newTicketDTO struct {
	Subject   string          `json:"subject" required:"true"`
	Body      string          `json:"body" doc:"the requester's words"`
	Requester newRequesterDTO `json:"requester" required:"true"`
	Queue     ticket.QueueID  `json:"queue" doc:"id or name; left out: the default queue"`
	Priority  ticket.Priority `json:"priority" enum:"low,normal,high,urgent"`
	Tags      []string        `json:"tags"`
	Fields    map[string]any  `json:"fields" doc:"values are text, numbers, true, false, null or lists of texts"`
	Source    string          `json:"source" doc:"where the problem came from: phone, chat …; left out: api"`
}

// newRequesterDTO is for whom a ticket is opened.
type newRequesterDTO struct {
	Name  string `json:"name"`
	Email string `json:"email" required:"true"`
}

func (c *call) createTicket() error {
	var in newTicketDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	n := ticket.NewTicket{Subject: in.Subject, Body: in.Body, Queue: in.Queue, Priority: in.Priority, Tags: in.Tags, Fields: in.Fields,
		Source: in.Source, Key: c.callID, Requester: ticket.Person{Name: in.Requester.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: in.Requester.Email}}}
	t, err := c.api.service.Open(c.ctx(), c.actor(), n)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "tickets/"+string(t.ID)) // relative to …/tickets, so it holds below any prefix
	return c.ticket(http.StatusCreated, t)
}

// editTicketDTO is what PATCH tickets/{id} takes.
type editTicketDTO struct {
	Subject  *string          `json:"subject"`
	Status   *ticket.Status   `json:"status" doc:"name of a state; snoozed and merged have their own calls"`
	Priority *ticket.Priority `json:"priority" enum:"low,normal,high,urgent"`
	Queue    *ticket.QueueID  `json:"queue" doc:"id or name"`
	Assignee json.RawMessage  `json:"assignee" schema:"string,null" doc:"id of an account, me, or null for nobody"`
	Tags     *[]string        `json:"tags" doc:"replaces all"`
	Fields   map[string]any   `json:"fields" doc:"sets the named fields; null removes one"`
}

func (c *call) editTicket() error {
	var in editTicketDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	e := ticket.Edit{Subject: in.Subject, Status: in.Status, Priority: in.Priority, Queue: in.Queue, Tags: in.Tags, Fields: in.Fields}
	if in.Assignee != nil {
		to, err := c.assignee(in.Assignee)
		if err != nil {
			return err
		}
		e.Assignee = &to
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Edit(c.ctx(), c.actor(), id, v, e)
	})
}

// assignee reads who is to have a ticket: an id, me, or null for nobody.
func (c *call) assignee(raw json.RawMessage) (ticket.AccountID, error) {
	if bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", ticket.InvalidField("assignee", "must be text or null")
	}
	if s == "me" {
		return c.who.Account.ID, nil
	}
	return ticket.AccountID(s), nil
}

func (c *call) deleteTicket() error {
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	if err := c.api.service.Delete(c.ctx(), c.actor(), id, v); err != nil {
		return err
	}
	return c.empty()
}

// change runs a write on {id} under If-Match and answers with the ticket.
func (c *call) change(fn func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error)) error {
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	t, err := fn(id, v)
	if err != nil {
		return err
	}
	return c.ticket(http.StatusOK, t)
}

func (c *call) claim() error {
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Claim(c.ctx(), c.actor(), id, v)
	})
}

func (c *call) unclaim() error {
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Unclaim(c.ctx(), c.actor(), id, v)
	})
}

// assignDTO is what POST tickets/{id}/assign takes.
type assignDTO struct {
	Assignee json.RawMessage `json:"assignee" required:"true" schema:"string,null" doc:"id of an account, me, or null for nobody"`
}

func (c *call) assign() error {
	var in assignDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Assignee == nil {
		return ticket.InvalidField("assignee", "is required")
	}
	to, err := c.assignee(in.Assignee)
	if err != nil {
		return err
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Assign(c.ctx(), c.actor(), id, v, to)
	})
}

// reasonDTO is what POST tickets/{id}/escalate and close take.
type reasonDTO struct {
	Reason string `json:"reason" doc:"for the desk, not for the requester"`
}

// reason reads an optional body.
func (c *call) reason() (string, error) {
	var in reasonDTO
	if c.r.ContentLength == 0 && c.r.Header.Get("Content-Type") == "" {
		return "", nil
	}
	err := c.decode(&in)
	return in.Reason, err
}

func (c *call) escalate() error {
	reason, err := c.reason()
	if err != nil {
		return err
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Escalate(c.ctx(), c.actor(), id, v, reason)
	})
}

func (c *call) closeTicket() error {
	reason, err := c.reason()
	if err != nil {
		return err
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Close(c.ctx(), c.actor(), id, v, reason)
	})
}

func (c *call) reopen() error {
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Reopen(c.ctx(), c.actor(), id, v)
	})
}

func (c *call) spam() error {
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.SetStatus(c.ctx(), c.actor(), id, v, ticket.Status(ticket.Spam))
	})
}

// snoozeDTO is what POST tickets/{id}/snooze takes.
type snoozeDTO struct {
	Until time.Time `json:"until" required:"true" doc:"in the future, at most a year ahead"`
}

func (c *call) snooze() error {
	var in snoozeDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Snooze(c.ctx(), c.actor(), id, v, in.Until)
	})
}

// tagsDTO is what POST tickets/{id}/tags takes.
type tagsDTO struct {
	Add    []string `json:"add"`
	Remove []string `json:"remove"`
}

func (c *call) tag() error {
	var in tagsDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		return c.api.service.Tag(c.ctx(), c.actor(), id, v, in.Add, in.Remove)
	})
}
