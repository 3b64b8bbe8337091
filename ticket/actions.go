package ticket

import (
	"context"
	"slices"
	"time"
)

// Claim gives the ticket to the actor. A ticket of somebody else is a Conflict; one's own is left as it is. A new ticket opens.
func (s *Service) Claim(ctx context.Context, a Actor, id ID, v Version) (*Ticket, error) {
	return s.update(ctx, a, OpTicketClaim, id, v, func(ctx context.Context, c *change) error {
		if a.Kind != ActorAccount {
			return Errorf(Invalid, "only a person who works at the desk can claim a ticket")
		}
		if err := c.workable(); err != nil {
			return err
		}
		switch {
		case c.t.Assignee == nil:
		case c.t.Assignee.ID == a.Account:
			return nil
		default:
			return Errorf(Conflict, "%s was faster and has the ticket", c.t.Assignee.Name)
		}
		name := a.Name
		if s.cfg.Directory != nil {
			acc, err := s.cfg.Directory.Account(ctx, c.tx, a.Account)
			if err != nil {
				return err
			}
			name = acc.Name
		}
		c.t.Assignee = &AccountRef{ID: a.Account, Name: name}
		c.event(EventClaimed, data{"assignee_id": a.Account}, data{"assignee": name})
		if c.t.Category == New {
			return c.setStatus(ctx, Status(Open), EventStatusChanged, "claim", "")
		}
		return nil
	})
}

// Unclaim gives the ticket back to its queue. Without an assignee it changes nothing; another's ticket needs ticket:assign.
func (s *Service) Unclaim(ctx context.Context, a Actor, id ID, v Version) (*Ticket, error) {
	return s.update(ctx, a, OpTicketClaim, id, v, func(ctx context.Context, c *change) error {
		if c.t.Assignee == nil {
			return nil
		}
		if c.t.Assignee.ID != a.Account {
			if _, err := s.grant(ctx, c.tx, a, OpTicketAssign); err != nil {
				return err
			}
		}
		c.event(EventUnclaimed, data{"from_id": c.t.Assignee.ID}, data{"from": c.t.Assignee.Name})
		c.t.Assignee = nil
		return nil
	})
}

// Assign gives the ticket to an account that may claim it; "" takes it from whoever has it.
func (s *Service) Assign(ctx context.Context, a Actor, id ID, v Version, to AccountID) (*Ticket, error) {
	return s.update(ctx, a, OpTicketAssign, id, v, func(ctx context.Context, c *change) error {
		return s.assign(ctx, c, to)
	})
}

func (s *Service) assign(ctx context.Context, c *change, to AccountID) error {
	var from AccountRef
	if c.t.Assignee != nil {
		from = *c.t.Assignee
	}
	if from.ID == to {
		return nil
	}
	if to == "" {
		c.t.Assignee = nil
		c.event(EventAssigned, data{"from_id": from.ID, "assignee_id": ""}, data{"from": from.Name})
		return nil
	}
	if s.cfg.Directory == nil {
		return InvalidField("assignee", "this desk has no directory of people")
	}
	acc, err := s.cfg.Directory.Account(ctx, c.tx, to)
	if KindOf(err) == NotFound || err == nil && !acc.Active {
		return InvalidField("assignee", "is not a person who works here")
	}
	if err != nil {
		return err
	}
	g, err := s.cfg.Policy.Grant(ctx, c.tx, AccountActor(to, acc.Name), OpTicketClaim)
	if err != nil {
		return err
	}
	if !newScope(Actor{}, g).Sees(c.t) {
		return InvalidField("assignee", "may not work on tickets of this queue")
	}
	c.t.Assignee = &AccountRef{ID: to, Name: acc.Name}
	c.event(EventAssigned, data{"from_id": from.ID, "assignee_id": to}, data{"from": from.Name, "assignee": acc.Name})
	return nil
}

// Escalate raises the priority by one step and the level of escalation by one. The reason may be empty.
func (s *Service) Escalate(ctx context.Context, a Actor, id ID, v Version, reason string) (*Ticket, error) {
	reason, err := s.text("reason", reason, false)
	if err != nil {
		return nil, err
	}
	return s.update(ctx, a, OpTicketEscalate, id, v, func(ctx context.Context, c *change) error {
		if err := c.workable(); err != nil {
			return err
		}
		c.t.Escalation++
		c.event(EventEscalated, data{"level": c.t.Escalation}, reasonData(reason))
		c.setPriority(c.t.Priority.Raised())
		return nil
	})
}

// SetPriority changes the priority.
func (s *Service) SetPriority(ctx context.Context, a Actor, id ID, v Version, p Priority) (*Ticket, error) {
	if !p.Valid() {
		return nil, InvalidField("priority", "unknown priority %q", string(p))
	}
	return s.update(ctx, a, OpPriorityUpdate, id, v, func(_ context.Context, c *change) error {
		c.setPriority(p)
		return nil
	})
}

func (c *change) setPriority(p Priority) {
	if c.t.Priority == p {
		return
	}
	c.event(EventPriorityChanged, data{"from": c.t.Priority, "to": p}, nil)
	c.t.Priority = p
}

// SetStatus moves the ticket to a state, if the transition table allows it. Closing needs ticket:close, spam ticket:spam, opening what
// is over ticket:reopen, everything else ticket:update. Snoozing has a time and therefore its own method.
func (s *Service) SetStatus(ctx context.Context, a Actor, id ID, v Version, st Status) (*Ticket, error) {
	cat, ok := s.states[st]
	if !ok {
		return nil, InvalidField("status", "unknown state %q", string(st))
	}
	op := OpTicketUpdate
	switch cat {
	case Snoozed:
		return nil, InvalidField("status", "a ticket is snoozed until a time: use snooze")
	case Merged:
		return nil, InvalidField("status", "a ticket is merged into another one: use merge")
	case Closed:
		op = OpTicketClose
	case Spam:
		op = OpTicketSpam
	}
	return s.update(ctx, a, op, id, v, func(ctx context.Context, c *change) error {
		if !c.t.Category.Active() && cat.Active() {
			if _, err := s.grant(ctx, c.tx, a, OpTicketReopen); err != nil {
				return err
			}
			return c.setStatus(ctx, st, EventReopened, "agent", "")
		}
		if cat == Closed {
			return c.setStatus(ctx, st, EventClosed, "agent", "")
		}
		return c.setStatus(ctx, st, EventStatusChanged, "agent", "")
	})
}

// Close ends the ticket. The reason may be empty; it is for the desk, not for the requester.
func (s *Service) Close(ctx context.Context, a Actor, id ID, v Version, reason string) (*Ticket, error) {
	reason, err := s.text("reason", reason, false)
	if err != nil {
		return nil, err
	}
	return s.update(ctx, a, OpTicketClose, id, v, func(ctx context.Context, c *change) error {
		return c.setStatus(ctx, Status(Closed), EventClosed, "agent", reason)
	})
}

// Reopen brings back what is resolved, closed or spam, and wakes what is snoozed. An open ticket is left as it is.
func (s *Service) Reopen(ctx context.Context, a Actor, id ID, v Version) (*Ticket, error) {
	return s.update(ctx, a, OpTicketReopen, id, v, func(ctx context.Context, c *change) error {
		if c.t.Category.Active() && c.t.Category != Snoozed {
			return nil
		}
		return c.setStatus(ctx, Status(Open), EventReopened, "agent", "")
	})
}

// Snooze hides the ticket until a time, at most a year ahead, and then opens it again.
func (s *Service) Snooze(ctx context.Context, a Actor, id ID, v Version, until time.Time) (*Ticket, error) {
	until = until.UTC().Truncate(time.Microsecond)
	return s.update(ctx, a, OpTicketSnooze, id, v, func(ctx context.Context, c *change) error {
		if !until.After(c.now) || until.After(c.now.AddDate(1, 0, 1)) {
			return InvalidField("until", "must lie in the future, at most a year ahead")
		}
		if !c.t.Category.CanBecome(Snoozed) {
			return Errorf(Conflict, "a ticket that is %s cannot be snoozed", c.t.Category)
		}
		c.event(EventSnoozed, data{"from": c.t.Status, "from_category": c.t.Category, "until": until}, nil)
		c.t.Status, c.t.Category, c.t.SnoozedUntil = Status(Snoozed), Snoozed, until
		return c.timer(ctx, timerSnooze, until)
	})
}

// setStatus moves the ticket along the transition table and keeps what hangs on it: snooze timer, resolution time, escalation. Typ is
// the event that tells it best.
func (c *change) setStatus(ctx context.Context, st Status, typ EventType, cause, reason string) error {
	cat := c.s.states[st]
	if c.t.Status == st {
		return nil
	}
	if !c.t.Category.CanBecome(cat) && cause != causeUndo {
		return Errorf(Conflict, "a ticket that is %s cannot become %s", c.t.Category, cat)
	}
	if cause != causeUndo && c.t.Category.Active() && (cat == Resolved || cat == Closed) {
		if err := c.required(ctx, RequiredResolve); err != nil {
			return err
		}
	}
	c.event(typ, data{"from": c.t.Status, "to": st, "from_category": c.t.Category, "to_category": cat, "cause": cause}, reasonData(reason))
	if c.t.Category == Snoozed {
		c.t.SnoozedUntil = time.Time{}
		if err := c.timer(ctx, timerSnooze, time.Time{}); err != nil {
			return err
		}
	}
	switch {
	case cat == Resolved || cat == Closed:
		if c.t.ResolvedAt.IsZero() {
			c.t.ResolvedAt = c.now
		}
		c.t.Escalation = 0
	case cat.Active():
		c.t.ResolvedAt = time.Time{}
	}
	c.t.Status, c.t.Category = st, cat
	return nil
}

// Tag adds and removes tags in one step.
func (s *Service) Tag(ctx context.Context, a Actor, id ID, v Version, add, remove []string) (*Ticket, error) {
	add, err := s.tags(add)
	if err != nil {
		return nil, err
	}
	if remove, err = s.tags(remove); err != nil {
		return nil, err
	}
	return s.update(ctx, a, OpTicketTag, id, v, func(_ context.Context, c *change) error {
		next, err := s.tags(append(slices.Clone(c.t.Tags), add...))
		if err != nil {
			return err
		}
		next = slices.DeleteFunc(next, func(t string) bool { return slices.Contains(remove, t) })
		c.setTags(next)
		return nil
	})
}

func (c *change) setTags(next []string) {
	if slices.Equal(next, c.t.Tags) {
		return
	}
	c.event(EventTagged, nil, data{"added": without(next, c.t.Tags), "removed": without(c.t.Tags, next)})
	c.t.Tags = next
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(t string) bool { return slices.Contains(b, t) })
}

// Delete erases the ticket: its content, attachments and the personal part of its history. Skeletons of the events stay, and the desk's
// chain notes who deleted what.
func (s *Service) Delete(ctx context.Context, a Actor, id ID, v Version) error {
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		scope, err := s.scope(ctx, tx, a, OpTicketDelete)
		if err != nil {
			return err
		}
		t, err := tx.Ticket(ctx, scope, id)
		if err != nil {
			return err
		}
		if v != 0 && t.Version != v {
			return Errorf(Stale, "the ticket has changed since: it is at version %d", t.Version)
		}
		now := s.now()
		e := &Event{ID: EventID(NewID(now)), Type: EventDeleted, Actor: eventActor(a), At: now,
			Data: encode(data{"ticket_id": t.ID, "number": t.Number, "queue_id": t.Queue.ID, "assignee_id": placeOf(t).assignee,
				"count": t.Head.Count, "head": t.Head.MAC})}
		if err := s.chain.AppendDesk(ctx, tx, e); err != nil {
			return err
		}
		if err := s.hooks(ctx, tx, e); err != nil {
			return err
		}
		return tx.DeleteTicket(ctx, id)
	})
	if err == nil {
		if len(s.cfg.Hooks) > 0 { // one may have left a job
			s.wake()
		}
		s.changed()
	}
	return err
}

// workable refuses work on what is over.
func (c *change) workable() error {
	if !c.t.Category.Active() {
		return Errorf(Conflict, "the ticket is %s; reopen it first", c.t.Category)
	}
	return nil
}

func reasonData(reason string) data {
	if reason == "" {
		return nil
	}
	return data{"reason": reason}
}
