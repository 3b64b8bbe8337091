package ticket

import (
	"context"
	"maps"
	"reflect"
	"slices"
)

// Edit changes several properties of a ticket in one step; a nil field stays as it is. Each needs the permission that its own
// method needs.
type Edit struct {
	Subject  *string
	Status   *Status
	Priority *Priority
	Queue    *QueueID // id or name; the target queue must be in the actor's scope of ticket:update
	Assignee *AccountID
	Tags     *[]string      // replaces all
	Fields   map[string]any // sets the named fields; nil as a value removes one
}

// Edit applies e, all or nothing.
func (s *Service) Edit(ctx context.Context, a Actor, id ID, v Version, e Edit) (*Ticket, error) {
	var err error
	if e.Subject != nil {
		v, err := line("subject", *e.Subject, s.cfg.Limits.Subject, true)
		if err != nil {
			return nil, err
		}
		e.Subject = &v
	}
	if e.Priority != nil && !e.Priority.Valid() {
		return nil, InvalidField("priority", "unknown priority %q", string(*e.Priority))
	}
	if e.Tags != nil {
		t, err := s.tags(*e.Tags)
		if err != nil {
			return nil, err
		}
		e.Tags = &t
	}
	if e.Fields, err = s.fields(e.Fields); err != nil {
		return nil, err
	}
	var cat Category
	if e.Status != nil {
		var ok bool
		if cat, ok = s.states[*e.Status]; !ok {
			return nil, InvalidField("status", "unknown state %q", string(*e.Status))
		}
		if cat == Snoozed || cat == Merged {
			return nil, InvalidField("status", "a ticket becomes %s by its own action", cat)
		}
	}
	ops := e.ops(cat)
	return s.update(ctx, a, ops[0], id, v, func(ctx context.Context, c *change) error {
		for _, op := range ops[1:] {
			if err := c.allowed(ctx, op); err != nil {
				return err
			}
		}
		if e.Queue != nil {
			if err := s.move(ctx, c, *e.Queue); err != nil {
				return err
			}
		}
		if e.Subject != nil && *e.Subject != c.t.Subject {
			c.event(EventSubjectChanged, nil, data{"from": c.t.Subject, "to": *e.Subject})
			c.t.Subject = *e.Subject
		}
		if e.Priority != nil {
			c.setPriority(*e.Priority)
		}
		if e.Assignee != nil {
			if err := s.assign(ctx, c, *e.Assignee); err != nil {
				return err
			}
		}
		if e.Tags != nil {
			c.setTags(*e.Tags)
		}
		if len(e.Fields) > 0 {
			fields, err := c.typed(ctx, e.Fields)
			if err != nil {
				return err
			}
			if err := s.setFields(c, fields); err != nil {
				return err
			}
		}
		if e.Status == nil {
			return nil
		}
		typ := EventStatusChanged
		switch {
		case cat == Closed:
			typ = EventClosed
		case !c.t.Category.Active() && cat.Active():
			typ = EventReopened
			if err := c.allowed(ctx, OpTicketReopen); err != nil {
				return err
			}
		}
		return c.setStatus(ctx, *e.Status, typ, "agent", "")
	})
}

// ops are the permissions that the edit needs, at least one.
func (e *Edit) ops(cat Category) []Op {
	var ops []Op
	if e.Subject != nil || e.Queue != nil || len(e.Fields) > 0 {
		ops = append(ops, OpTicketUpdate)
	}
	if e.Status != nil {
		switch cat {
		case Closed:
			ops = append(ops, OpTicketClose)
		case Spam:
			ops = append(ops, OpTicketSpam)
		default:
			ops = append(ops, OpTicketUpdate)
		}
	}
	if e.Priority != nil {
		ops = append(ops, OpPriorityUpdate)
	}
	if e.Assignee != nil {
		ops = append(ops, OpTicketAssign)
	}
	if e.Tags != nil {
		ops = append(ops, OpTicketTag)
	}
	if len(ops) == 0 {
		ops = append(ops, OpTicketUpdate)
	}
	return ops
}

// allowed checks one more permission for the ticket of a running change.
func (c *change) allowed(ctx context.Context, op Op) error {
	scope, err := c.s.scope(ctx, c.tx, c.actor, op)
	if err != nil {
		return err
	}
	if !scope.Sees(c.t) {
		return &Error{Kind: Denied, Op: string(op), Msg: "the permission " + string(op) + " is missing for this ticket"}
	}
	return nil
}

func (s *Service) move(ctx context.Context, c *change, to QueueID) error {
	q, err := s.queue(ctx, c.tx, to)
	if err != nil {
		return err
	}
	if q.ID == c.t.Queue.ID {
		return nil
	}
	scope, err := s.scope(ctx, c.tx, c.actor, OpTicketUpdate)
	if err != nil {
		return err
	}
	if !scope.Sees(&Ticket{Queue: QueueRef{ID: q.ID}}) {
		return InvalidField("queue", "does not exist or is not yours")
	}
	c.toQueue(q)
	return nil
}

func (c *change) toQueue(q *Queue) {
	c.event(EventQueueChanged, data{"from_id": c.t.Queue.ID, "to_id": q.ID}, data{"from": c.t.Queue.Name, "to": q.Name})
	c.t.Queue = QueueRef{ID: q.ID, Name: q.Name}
}

func (s *Service) setFields(c *change, set map[string]any) error {
	next := maps.Clone(c.t.Fields)
	if next == nil {
		next = map[string]any{}
	}
	changed := data{}
	for _, k := range slices.Sorted(maps.Keys(set)) {
		if v := set[k]; v == nil {
			if _, had := next[k]; had {
				delete(next, k)
				changed[k] = nil
			}
		} else if !reflect.DeepEqual(next[k], v) {
			next[k] = v
			changed[k] = v
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if len(next) > s.cfg.Limits.Fields {
		return InvalidField("fields", "at most %d fields are allowed", s.cfg.Limits.Fields)
	}
	c.t.Fields = next
	c.event(EventFieldsChanged, nil, changed)
	return nil
}
