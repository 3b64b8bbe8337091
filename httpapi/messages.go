package httpapi

import (
	"net/http"
	"strconv"

	"github.com/ticketkit/ticketkit/ticket"
)

// listMessages is GET tickets/{id}/messages, always in rising order of n. Pages run forwards from the beginning, or with newest from the
// end backwards; the letter in a cursor says which.
func (c *call) listMessages() error {
	params := c.r.URL.Query()
	limit, err := c.limit(50)
	if err != nil {
		return err
	}
	q := ticket.MessageQuery{Limit: limit + 1, Newest: params.Get("newest") == "true"}
	if err := messagesFrom(&q, params.Get("cursor"), params.Get("after")); err != nil {
		return err
	}
	if q.Ticket, err = c.ticketID(); err != nil {
		return err
	}
	ms, err := c.api.service.Messages(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	limit = within(ms, limit, q.Newest)
	out := page[messageDTO]{Items: make([]messageDTO, 0, len(ms))}
	if len(ms) > limit {
		next := ""
		if q.Newest {
			ms = ms[len(ms)-limit:]
			next = "b" + strconv.Itoa(ms[0].N)
		} else {
			ms = ms[:limit]
			next = "a" + strconv.Itoa(ms[limit-1].N)
		}
		out.Next = &next
	}
	for i := range ms {
		out.Items = append(out.Items, c.api.messageOf(&ms[i]))
	}
	return c.json(http.StatusOK, out)
}

// pageBytes is how much text a page of messages holds, so that a stranger's long mails make a page short instead of heavy.
const pageBytes = 2 << 20

// within gives how many of the messages, at least one and at most limit, fit into a page, counted from the end that the page begins at.
func within(ms []ticket.Message, limit int, newest bool) int {
	size, n := 0, 0
	for n < min(limit, len(ms)) {
		m := &ms[n]
		if newest {
			m = &ms[len(ms)-1-n]
		}
		if size += len(m.Text) + len(m.Quoted); size > pageBytes && n > 0 {
			return n
		}
		n++
	}
	return limit
}

// messagesFrom reads where a page begins: a cursor, or the n of the last message that a client has.
func messagesFrom(q *ticket.MessageQuery, cursor, after string) error {
	if cursor != "" && after != "" {
		return ticket.InvalidField("after", "cannot be given together with cursor")
	}
	if after != "" {
		n, err := strconv.Atoi(after)
		if err != nil || n < 0 {
			return ticket.InvalidField("after", "must be the n of a message")
		}
		q.After = n
		return nil
	}
	if cursor == "" {
		return nil
	}
	n, err := strconv.Atoi(cursor[1:])
	switch {
	case err != nil || n < 1:
	case cursor[0] == 'a' && !q.Newest:
		q.After = n
		return nil
	case cursor[0] == 'b':
		q.Before, q.Newest = n, true
		return nil
	}
	return ticket.InvalidField("cursor", "is not a cursor of this list")
}

// newMessageDTO is what POST tickets/{id}/messages takes.
type newMessageDTO struct {
	Kind        string                `json:"kind" required:"true" enum:"reply,note"`
	Body        string                `json:"body" doc:"may be empty only with attachments"`
	Attachments []ticket.AttachmentID `json:"attachment_ids" doc:"uploaded before by the same account to the same ticket"`
	Close       bool                  `json:"close" doc:"closes the ticket in the same step"`
	Status      ticket.Status         `json:"status" doc:"what the ticket becomes in the same step"`
}

func (c *call) createMessage() error {
	var in newMessageDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	n := ticket.NewMessage{Body: in.Body, Attachments: in.Attachments, Status: in.Status}
	if in.Close {
		if in.Status != "" && in.Status != ticket.Status(ticket.Closed) {
			return ticket.InvalidField("status", "contradicts close")
		}
		n.Status = ticket.Status(ticket.Closed)
	}
	write := c.api.service.Reply
	switch in.Kind {
	case "reply":
	case "note":
		write = c.api.service.Note
	default:
		return ticket.InvalidField("kind", "must be reply or note")
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	m, err := write(c.ctx(), c.actor(), id, v, n)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, c.api.messageOf(m))
}
