package search

import (
	"context"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Finder makes filters of what was typed, with the rights of an actor: a name that the actor must not know is none.
type Finder struct {
	Desk  *ticket.Service
	Actor ticket.Actor
}

// Filters lists the names that Text.Filters can have and that take any value, in the order in which they are applied.
func Filters() []string {
	return []string{"status", "priority", "channel", "tag", "queue", "sla", "assignee"}
}

// Apply adds what s asks for to q. Each error is Invalid with the name of the filter.
func (f Finder) Apply(ctx context.Context, q *ticket.Query, s Text) error {
	q.Words, q.Number = s.Words, s.Number
	q.Escalated = q.Escalated || s.Escalated
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
