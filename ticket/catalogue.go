package ticket

import (
	"context"
	"errors"
	"slices"
)

// TagCounts lists the tags of the tickets that the actor may read, each with how many of these have it.
func (s *Service) TagCounts(ctx context.Context, a Actor) ([]TagCount, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.TagCounts(ctx, scope)
}

// batch is how many tickets one transaction changes when all tickets with some property are changed.
const batch = 50

// RenameTag gives every ticket that has a tag another one in its place; a tag that exists already is joined by it. It needs
// settings:write for the whole desk. Tickets are changed in batches, each in its own transaction: after an error, or when ctx ends, the
// same call goes on where it stopped. It returns how many tickets it has changed.
func (s *Service) RenameTag(ctx context.Context, a Actor, from, to string) (int, error) {
	names, err := s.tags([]string{to})
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return 0, InvalidField("name", "%s", e.Msg)
		}
		return 0, err
	}
	return s.replaceTag(ctx, a, from, names)
}

// DeleteTag takes a tag off every ticket that has it; it is RenameTag otherwise.
func (s *Service) DeleteTag(ctx context.Context, a Actor, tag string) (int, error) {
	return s.replaceTag(ctx, a, tag, nil)
}

func (s *Service) replaceTag(ctx context.Context, a Actor, from string, to []string) (int, error) {
	old, err := s.tags([]string{from})
	if err != nil {
		return 0, Errorf(NotFound, "no ticket has the tag")
	}
	if slices.Equal(old, to) {
		return 0, InvalidField("name", "is the name that it has already")
	}
	if err := s.everywhere(ctx, a, OpSettingsWrite); err != nil {
		return 0, err
	}
	n, err := s.each(ctx, a, Query{Tag: old}, func(_ context.Context, c *change) error {
		next := append(without(c.t.Tags, old), to...)
		slices.Sort(next)
		c.setTags(slices.Compact(next))
		return nil
	})
	if err != nil || n == 0 {
		if err == nil {
			err = Errorf(NotFound, "no ticket has the tag")
		}
		return n, err
	}
	typ, private := EventTagDeleted, data{"name": old[0]}
	if len(to) > 0 {
		typ, private = EventTagRenamed, data{"from": old[0], "to": to[0]}
	}
	return n, s.cfg.Store.Update(ctx, func(tx Tx) error { return s.deskEvent(ctx, tx, a, typ, data{"tickets": n}, private) })
}

// everywhere demands a permission for the whole desk.
func (s *Service) everywhere(ctx context.Context, a Actor, op Op) error {
	scope, err := s.scope(ctx, s.cfg.Store, a, op)
	if err == nil && !scope.all {
		err = &Error{Kind: Denied, Op: string(op), Msg: "the permission " + string(op) + " must reach the whole desk"}
	}
	return err
}

// each changes every ticket that a query selects, in batches; fn must make the ticket leave the selection. The caller has checked the
// permission. It returns how many tickets were changed.
func (s *Service) each(ctx context.Context, a Actor, q Query, fn func(ctx context.Context, c *change) error) (int, error) {
	q.Sort, q.Limit = ByNumberAsc, batch
	total := 0
	for {
		var cs []*change
		err := s.again(true, func() error {
			return s.cfg.Store.Update(ctx, func(tx Tx) error {
				cs = nil
				ts, err := tx.Tickets(ctx, Scope{all: true}, q)
				if err != nil {
					return err
				}
				for i := range ts {
					c := &change{s: s, tx: tx, actor: a, now: s.now(), t: &ts[i], was: ts[i].Version, from: ts[i].Category}
					if err := fn(ctx, c); err != nil {
						return err
					}
					if err := c.finish(ctx); err != nil {
						return err
					}
					cs = append(cs, c)
				}
				return nil
			})
		})
		if err != nil {
			return total, err
		}
		for _, c := range cs {
			s.committed(c)
		}
		if total += len(cs); len(cs) < batch {
			return total, nil
		}
	}
}

// QueueEdit changes a queue; a nil member stays as it is.
type QueueEdit struct {
	Name    *string
	Default *bool // only true: another queue becomes the default by being made it
}

const guardQueues = "queues"

// EditQueue renames a queue, or makes it the default one. It needs queue:manage for the whole desk.
func (s *Service) EditQueue(ctx context.Context, a Actor, id QueueID, e QueueEdit) (*Queue, error) {
	if e.Name != nil {
		name, err := line("name", *e.Name, 80, true)
		if err != nil {
			return nil, err
		}
		e.Name = &name
	}
	if err := s.everywhere(ctx, a, OpQueueManage); err != nil {
		return nil, err
	}
	var q *Queue
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		if err := tx.Guard(ctx, guardQueues); err != nil {
			return err
		}
		var err error
		if q, err = tx.Queue(ctx, id); err != nil {
			return err
		}
		was := *q
		if e.Default != nil && !*e.Default && q.Default {
			return &Error{Kind: Conflict, Field: "default", Msg: "make another queue the default one instead"}
		}
		if e.Default != nil && *e.Default && !q.Default {
			if err := s.dropDefault(ctx, tx); err != nil {
				return err
			}
			q.Default = true
		}
		set(&q.Name, e.Name)
		if *q == was {
			return nil
		}
		if err := tx.UpdateQueue(ctx, q); err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventQueueUpdated, data{"queue_id": id, "default": q.Default}, data{"from": was.Name, "to": q.Name})
	})
	if err != nil {
		return nil, err
	}
	return q, nil
}

// dropDefault makes the default queue an ordinary one.
func (s *Service) dropDefault(ctx context.Context, tx Tx) error {
	all, err := tx.Queues(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Default {
			all[i].Default = false
			if err := tx.UpdateQueue(ctx, &all[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// DeleteQueue takes a queue away. Its tickets go to the queue moveTo first, by id or name, in batches; with "" it is a Conflict when there
// are any. It is a Conflict for the default queue, while accounts have rights that name the queue, and while a field that is not archived
// belongs to it. The actor needs queue:manage for the whole desk. It returns how many tickets were moved.
func (s *Service) DeleteQueue(ctx context.Context, a Actor, id QueueID, moveTo QueueID) (int, error) {
	if err := s.everywhere(ctx, a, OpQueueManage); err != nil {
		return 0, err
	}
	var to *Queue
	check := func(tx Tx) error {
		q, err := tx.Queue(ctx, id)
		if err != nil {
			return err
		}
		if q.Default {
			return Errorf(Conflict, "it is the default queue; make another one the default first")
		}
		if n, err := tx.QueueGrants(ctx, id); err != nil || n > 0 {
			if err == nil {
				err = Errorf(Conflict, "%d accounts have rights for this queue; change the accounts first", n)
			}
			return err
		}
		defs, err := tx.FieldDefinitions(ctx)
		if err != nil {
			return err
		}
		for _, f := range defs {
			if !f.Archived && slices.Contains(f.Queues, id) {
				return Errorf(Conflict, "the field %s belongs to the queue; change the field first", f.Name)
			}
		}
		if moveTo == "" {
			return nil
		}
		if to, err = s.queue(ctx, tx, moveTo); KindOf(err) == Invalid || err == nil && to.ID == id {
			return InvalidField("move_to", "must be another queue")
		}
		return err
	}
	drop := func(tx Tx) error {
		if err := tx.Guard(ctx, guardQueues); err != nil {
			return err
		}
		if err := check(tx); err != nil {
			return err
		}
		q, err := tx.Queue(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteQueue(ctx, id); err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventQueueDeleted, data{"queue_id": id}, data{"name": q.Name})
	}
	if moveTo == "" {
		return 0, s.cfg.Store.Update(ctx, drop)
	}
	if err := s.cfg.Store.Update(ctx, check); err != nil {
		return 0, err
	}
	n, err := s.each(ctx, a, Query{Queue: []QueueID{id}}, func(_ context.Context, c *change) error {
		c.toQueue(to)
		return nil
	})
	if err != nil {
		return n, err
	}
	return n, s.cfg.Store.Update(ctx, drop)
}
