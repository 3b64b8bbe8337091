package httpapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// relationRoutes are what tickets have to do with each other, and what is done to many at once.
func relationRoutes() []route {
	return []route{
		action("merge", "mergeTicket", "End a ticket that is about the same as another; its conversation moves there, and the answer is that ticket", ticket.OpTicketMerge, mergeDTO{}, false, (*call).merge),
		{method: post, path: "/tickets/{id}/split", id: "splitTicket", summary: "Make a new ticket of some messages, which move there", op: ticket.OpTicketSplit, body: splitDTO{}, status: 201, answer: ticketDTO{}, etag: true, match: true, run: (*call).split},
		{method: get, path: "/tickets/{id}/links", id: "listLinks", summary: "The tickets that belong to this one, as far as one may read them", op: ticket.OpTicketRead, status: 200, answer: page[linkDTO]{}, run: (*call).listLinks},
		{method: post, path: "/tickets/{id}/links", id: "linkTicket", summary: "Link two tickets; the answer is the list", op: ticket.OpTicketLink, body: newLinkDTO{}, status: 201, answer: page[linkDTO]{}, match: true, run: (*call).link},
		{method: del, path: "/tickets/{id}/links/{other}", id: "unlinkTicket", summary: "Take a link away", op: ticket.OpTicketLink, params: []param{
			{"relation", "string", "what the other ticket is to this one: related, parent, child, duplicate_of, duplicated_by, blocks, blocked_by"},
		}, status: 204, match: true, run: (*call).unlink},
		{method: post, path: "/tickets/bulk", id: "bulk", summary: "Do one thing to up to 100 tickets, each for itself, with a result for each", op: ticket.OpTicketBulk, body: bulkDTO{}, status: 200, answer: bulkAnswerDTO{}, run: (*call).bulk},
	}
}

// mergeDTO is what POST tickets/{id}/merge takes.
type mergeDTO struct {
	Into        string         `json:"into" required:"true" doc:"id or number of the ticket that lives on"`
	IntoVersion ticket.Version `json:"into_version" doc:"the version of it that the merge is meant for"`
}

func (c *call) merge() error {
	var in mergeDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.IntoVersion < 0 {
		return ticket.InvalidField("into_version", "must not be negative")
	}
	return c.change(func(id ticket.ID, v ticket.Version) (*ticket.Ticket, error) {
		into, err := c.ticketRef("into", in.Into)
		if err != nil {
			return nil, err
		}
		return c.api.service.Merge(c.ctx(), c.actor(), id, v, into, in.IntoVersion)
	})
}

// splitDTO is what POST tickets/{id}/split takes.
type splitDTO struct {
	MessageIDs []ticket.MessageID `json:"message_ids" required:"true" doc:"1 to 100; one message has to stay"`
	Subject    string             `json:"subject" doc:"left out: that of the old ticket"`
	Queue      ticket.QueueID     `json:"queue" doc:"id or name; left out: that of the old ticket"`
}

func (c *call) split() error {
	var in splitDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	t, err := c.api.service.Split(c.ctx(), c.actor(), id, v, ticket.Split{Messages: in.MessageIDs, Subject: in.Subject, Queue: in.Queue})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "../"+string(t.ID)) // relative to …/tickets/{id}/split
	return c.ticket(http.StatusCreated, t)
}

// linkDTO is a link as this ticket sees it.
type linkDTO struct {
	Relation  ticket.Relation `json:"relation" enum:"related,parent,child,duplicate_of,duplicated_by,blocks,blocked_by" doc:"what the other ticket is to this one"`
	Ticket    linkedDTO       `json:"ticket"`
	CreatedAt stamp           `json:"created_at"`
}

// linkedDTO is the other end of a link.
type linkedDTO struct {
	ID       ticket.ID       `json:"id"`
	Number   int64           `json:"number"`
	Subject  string          `json:"subject"`
	Status   ticket.Status   `json:"status"`
	Category ticket.Category `json:"category"`
	Priority ticket.Priority `json:"priority"`
	Queue    string          `json:"queue"`
	Assignee *assigneeDTO    `json:"assignee"`
}

func (c *call) listLinks() error {
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	return c.links(http.StatusOK, id)
}

func (c *call) links(status int, id ticket.ID) error {
	ls, err := c.api.service.Links(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	out := page[linkDTO]{Items: make([]linkDTO, 0, len(ls))}
	for i := range ls {
		t := ticketOf(&ls[i].Other, sla.Summary{})
		out.Items = append(out.Items, linkDTO{Relation: ls[i].Relation(), CreatedAt: stamp(ls[i].CreatedAt), Ticket: linkedDTO{ID: t.ID, Number: t.Number,
			Subject: t.Subject, Status: t.Status, Category: t.Category, Priority: t.Priority, Queue: t.Queue, Assignee: t.Assignee}})
	}
	return c.json(status, out)
}

// newLinkDTO is what POST tickets/{id}/links takes.
type newLinkDTO struct {
	Ticket   string          `json:"ticket" required:"true" doc:"id or number of the other ticket"`
	Relation ticket.Relation `json:"relation" enum:"related,parent,child,duplicate_of,duplicated_by,blocks,blocked_by" doc:"what the other ticket is to this one; left out: related"`
}

func (c *call) link() error {
	var in newLinkDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	v, id, other, err := c.bothEnds("ticket", in.Ticket)
	if err != nil {
		return err
	}
	if _, err := c.api.service.Link(c.ctx(), c.actor(), id, v, other, cmp.Or(in.Relation, ticket.Related)); err != nil {
		return err
	}
	return c.links(http.StatusCreated, id)
}

func (c *call) unlink() error {
	v, id, other, err := c.bothEnds("", c.r.PathValue("other"))
	if err != nil {
		return err
	}
	rel := cmp.Or(ticket.Relation(c.r.URL.Query().Get("relation")), ticket.Related)
	if _, err := c.api.service.Unlink(c.ctx(), c.actor(), id, v, other, rel); err != nil {
		return err
	}
	return c.empty()
}

// bothEnds reads the expected version and the two tickets of a link.
func (c *call) bothEnds(field, ref string) (v ticket.Version, id, other ticket.ID, err error) {
	if v, err = c.ifMatch(); err != nil {
		return
	}
	if id, err = c.ticketID(); err != nil {
		return
	}
	other, err = c.ticketRef(field, ref)
	return
}

// bulkDTO is what POST tickets/bulk takes.
type bulkDTO struct {
	Action   ticket.BulkAction         `json:"action" required:"true" enum:"claim,unclaim,assign,status,priority,tags,queue,close,reopen,snooze,spam,merge,delete"`
	IDs      []string                  `json:"ids" required:"true" doc:"1 to 100 ids or numbers"`
	Versions map[string]ticket.Version `json:"versions" doc:"by what stands in ids: the version that the change is meant for"`
	Assignee json.RawMessage           `json:"assignee" schema:"string,null" doc:"for assign: id of an account, me, or null for nobody"`
	Status   ticket.Status             `json:"status" doc:"for status"`
	Priority ticket.Priority           `json:"priority" enum:"low,normal,high,urgent" doc:"for priority"`
	Add      []string                  `json:"add" doc:"for tags"`
	Remove   []string                  `json:"remove" doc:"for tags"`
	Queue    ticket.QueueID            `json:"queue" doc:"for queue: id or name"`
	Reason   string                    `json:"reason" doc:"for close"`
	Until    *time.Time                `json:"until" doc:"for snooze"`
	Into     string                    `json:"into" doc:"for merge: id or number"`
}

// bulkResultDTO is what became of one ticket.
type bulkResultDTO struct {
	ID      string      `json:"id" doc:"as it was given"`
	Status  int         `json:"status" doc:"what the single call would have answered"`
	Ticket  *ticketDTO  `json:"ticket" doc:"as it is now; for a merge the one that lives on"`
	Problem *problemDTO `json:"problem"`
}

func (c *call) bulk() error {
	var in bulkDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	b := ticket.Bulk{Action: in.Action, Versions: map[ticket.ID]ticket.Version{}, Status: in.Status, Priority: in.Priority, Add: in.Add, Remove: in.Remove,
		Queue: in.Queue, Reason: in.Reason}
	if len(in.IDs) > ticket.MaxBulk {
		return ticket.InvalidField("ids", "must name 1 to %d tickets", ticket.MaxBulk)
	}
	if in.Until != nil {
		b.Until = *in.Until
	}
	if err := c.bulkArguments(&in, &b); err != nil {
		return err
	}
	if err := c.api.service.Require(c.ctx(), c.actor(), ticket.OpTicketBulk); err != nil {
		return err // before numbers are looked up
	}
	for _, ref := range in.IDs {
		id, err := c.ticketRef("ids", ref)
		if ticket.KindOf(err) == ticket.NotFound {
			id = ticket.ID(ref) // its own result will say so
		} else if err != nil {
			return err
		}
		b.Tickets = append(b.Tickets, id)
		if v := in.Versions[ref]; v > 0 {
			b.Versions[id] = v
		} else if v < 0 {
			return ticket.InvalidField("versions", "must not be negative")
		}
	}
	for ref := range in.Versions {
		if !slices.Contains(in.IDs, ref) {
			return ticket.InvalidField("versions", "names a ticket that ids does not")
		}
	}
	results, err := c.api.service.Bulk(c.ctx(), c.actor(), b)
	if err != nil {
		return err
	}
	token, err := c.api.service.KeepUndo(c.ctx(), c.actor(), b.Action, results)
	if err != nil { // what was done stays done
		c.api.log.ErrorContext(c.ctx(), "a bulk change cannot be undone", "error", err, "request_id", web.ExchangeOf(c.ctx()).ID)
	}
	out, err := c.bulkPage(results, in.IDs)
	if err != nil {
		return err
	}
	answer := bulkAnswerDTO{Items: out.Items}
	if token != "" {
		answer.Undo = &token
	}
	return c.json(http.StatusOK, answer)
}

// bulkAnswerDTO tells what became of each ticket.
type bulkAnswerDTO struct {
	Items []bulkResultDTO `json:"items"`
	Next  *string         `json:"next_cursor"`
	Undo  *string         `json:"undo" doc:"token for POST tickets/bulk/undo, for 60 seconds; null when nothing can be taken back"`
}

// bulkPage makes the answer of results; refs are the tickets as the caller names them.
func (c *call) bulkPage(results []ticket.BulkResult, refs []string) (page[bulkResultDTO], error) {
	var changed []ticket.Ticket
	for _, r := range results {
		if r.Ticket != nil {
			changed = append(changed, *r.Ticket)
		}
	}
	clocks, err := c.clocks(changed...)
	if err != nil {
		return page[bulkResultDTO]{}, err
	}
	out := page[bulkResultDTO]{Items: make([]bulkResultDTO, 0, len(results))}
	for i, r := range results {
		item := bulkResultDTO{ID: refs[i], Status: http.StatusOK}
		switch {
		case r.Err != nil:
			p := problemOf(r.Err)
			x := web.ExchangeOf(c.ctx())
			p.Instance, p.RequestID = x.Path, x.ID
			item.Status, item.Problem = p.Status, &p
			if p.Status >= 500 {
				c.api.log.ErrorContext(c.ctx(), "a ticket of a bulk change failed", "ticket", string(r.ID), "error", r.Err, "request_id", x.ID)
			}
		case r.Ticket == nil:
			item.Status = http.StatusNoContent
		default:
			t := ticketOf(r.Ticket, clocks[r.Ticket.ID])
			item.Ticket = &t
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// bulkArguments reads what only some actions take, and refuses the call when it is missing.
func (c *call) bulkArguments(in *bulkDTO, b *ticket.Bulk) (err error) {
	switch in.Action {
	case ticket.BulkAssign:
		if in.Assignee == nil {
			return ticket.InvalidField("assignee", "is required")
		}
		b.Assignee, err = c.assignee(in.Assignee)
	case ticket.BulkMerge:
		b.Into, err = c.ticketRef("into", in.Into)
	case ticket.BulkSnooze:
		if in.Until == nil {
			return ticket.InvalidField("until", "is required")
		}
	}
	return err
}
