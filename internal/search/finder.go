package search

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Finder makes filters of what was typed, with the rights of an actor: a name that the actor must not know is none.
type Finder struct {
	Desk  *ticket.Service
	Actor ticket.Actor
	Now   func() time.Time // for ages; nil is time.Now
}

// Filters lists the names that Text.Filters can have and that take any value, in the order in which they are applied.
func Filters() []string {
	return []string{"status", "priority", "channel", "tag", "queue", "sla", "assignee"}
}

// Apply adds what s asks for to q. Each error is Invalid with the name of the filter.
func (f Finder) Apply(ctx context.Context, q *ticket.Query, s Text) error {
	q.Words, q.Number = s.Words, s.Number
	q.Escalated = q.Escalated || s.Escalated
	if s.Active && q.Active == nil {
		q.Active = &s.Active
	}
	if s.Mentioned {
		q.Mentioned = f.Actor.Account
	}
	for _, v := range s.Filters["requester"] {
		if err := f.requester(ctx, q, v); err != nil {
			return err
		}
	}
	for _, v := range s.Filters["created"] {
		if err := f.created(q, v); err != nil {
			return err
		}
	}
	for _, v := range s.Filters["is"] {
		q.Category = append(q.Category, ticket.Category(v))
	}
	for _, name := range Filters() {
		for _, v := range s.Filters[name] {
			if err := f.filter(ctx, q, name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f Finder) filter(ctx context.Context, q *ticket.Query, name, v string) error {
	switch name {
	case "status":
		return f.status(q, v)
	case "priority":
		p := ticket.Priority(strings.ToLower(v))
		if !p.Valid() {
			return ticket.InvalidField("priority", "unknown priority %q", v)
		}
		q.Priority = append(q.Priority, p)
	case "channel":
		q.Channel = append(q.Channel, strings.ToLower(v))
	case "tag":
		q.Tag = append(q.Tag, strings.ToLower(v))
	case "queue":
		return f.queue(ctx, q, v)
	case "sla":
		return wantClock(q, v)
	case "assignee":
		return f.assignee(ctx, q, v)
	}
	return nil
}

// maxRequesters bounds how many people one name may mean.
const maxRequesters = 20

// requester takes the id of a contact as it is and looks anything else up among the contacts that the actor may read.
func (f Finder) requester(ctx context.Context, q *ticket.Query, v string) error {
	if ticket.ValidID(v) {
		q.Requesters = append(q.Requesters, ticket.ContactID(v))
		return nil
	}
	list, _, err := f.Desk.ListContacts(ctx, f.Actor, ticket.ContactQuery{Text: v, Limit: maxRequesters})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ticket.InvalidField("requester", "nobody is called %q", v)
	}
	for _, c := range list {
		q.Requesters = append(q.Requesters, c.ID)
	}
	return nil
}

// created reads how old a ticket is: <7d is made within seven days, >7d before that.
func (f Finder) created(q *ticket.Query, v string) error {
	d, good := time.Duration(0), false
	if len(v) > 1 {
		d, good = spanOf(v[1:])
	}
	now := time.Now
	if f.Now != nil {
		now = f.Now
	}
	switch {
	case good && v[0] == '<':
		q.CreatedFrom = now().Add(-d)
	case good && v[0] == '>':
		q.CreatedTo = now().Add(-d)
	default:
		return ticket.InvalidField("created", "must be an age such as <1h, <7d or >7d")
	}
	return nil
}

func (f Finder) status(q *ticket.Query, v string) error {
	st := ticket.Status(strings.ToLower(v))
	if !slices.ContainsFunc(f.Desk.States(), func(s ticket.State) bool { return s.Status == st }) {
		return ticket.InvalidField("status", "unknown state %q", v)
	}
	q.Status = append(q.Status, st)
	return nil
}

// queue takes an id as it is and looks a name up among the queues that the actor may read.
func (f Finder) queue(ctx context.Context, q *ticket.Query, v string) error {
	if ticket.ValidID(v) {
		q.Queue = append(q.Queue, ticket.QueueID(v))
		return nil
	}
	all, err := f.Desk.Queues(ctx, f.Actor)
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

// assignee knows me, none, ids, usernames and names; a name that several people have means any of them.
func (f Finder) assignee(ctx context.Context, q *ticket.Query, v string) error {
	switch {
	case strings.EqualFold(v, "me"):
		q.Assignee = append(q.Assignee, f.Actor.Account)
		return nil
	case strings.EqualFold(v, "none"):
		q.Assignee = append(q.Assignee, "")
		return nil
	case ticket.ValidID(v):
		q.Assignee = append(q.Assignee, ticket.AccountID(v))
		return nil
	}
	all, err := f.Desk.Agents(ctx, f.Actor)
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
