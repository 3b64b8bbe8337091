package ticket

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// UndoFor is how long a bulk change can be taken back.
const UndoFor = 60 * time.Second

// causeUndo is the cause of a change of state that takes another one back.
const causeUndo = "undo"

// undoBody is what is kept of a bulk change.
type undoBody struct {
	Action  BulkAction `json:"action"`
	Tickets []undoItem `json:"tickets"`
}

// undoItem is how a ticket was before, and the version that the change has made of it.
type undoItem struct {
	ID         ID        `json:"id"`
	Version    Version   `json:"version"`
	Assignee   AccountID `json:"assignee"`
	Status     Status    `json:"status"`
	Until      time.Time `json:"until,omitzero"`
	Priority   Priority  `json:"priority"`
	Tags       []string  `json:"tags"`
	Queue      QueueID   `json:"queue"`
	Escalation int       `json:"escalation"`
}

// undoOps are the permissions that take an action back: those that it needed itself. What is not here cannot be taken back.
var undoOps = map[BulkAction]Op{BulkClaim: OpTicketClaim, BulkUnclaim: OpTicketClaim, BulkAssign: OpTicketAssign, BulkStatus: OpTicketUpdate,
	BulkPriority: OpPriorityUpdate, BulkTags: OpTicketTag, BulkQueue: OpTicketUpdate, BulkClose: OpTicketClose, BulkReopen: OpTicketReopen,
	BulkSnooze: OpTicketSnooze, BulkSpam: OpTicketSpam}

// KeepUndo keeps what takes a bulk change back, for UndoFor and for the actor alone, and gives the token for Undo. It gives "" when nothing was
// changed that can be taken back: not after a merge or a deletion. Results are those that Bulk has just given to the same actor.
func (s *Service) KeepUndo(ctx context.Context, a Actor, action BulkAction, results []BulkResult) (token string, err error) {
	if err := s.Require(ctx, a, OpTicketBulk); err != nil {
		return "", err
	}
	if undoOps[action] == "" || a.Kind != ActorAccount {
		return "", nil
	}
	b := undoBody{Action: action}
	for _, r := range results {
		if r.Err != nil || r.Ticket == nil || r.Was == nil || r.Ticket.Version == r.Was.Version {
			continue
		}
		it := undoItem{ID: r.ID, Version: r.Ticket.Version, Status: r.Was.Status, Until: r.Was.SnoozedUntil, Priority: r.Was.Priority, Tags: r.Was.Tags,
			Queue: r.Was.Queue.ID, Escalation: r.Was.Escalation}
		if r.Was.Assignee != nil {
			it.Assignee = r.Was.Assignee.ID
		}
		b.Tickets = append(b.Tickets, it)
	}
	if len(b.Tickets) == 0 {
		return "", nil
	}
	body, err := json.Marshal(b)
	if err != nil {
		return "", &Error{Kind: Internal, Op: "undo", Msg: "the change cannot be kept", Err: err}
	}
	var secret [24]byte
	_, _ = rand.Read(secret[:]) // it never fails
	now := s.now()
	v := &Saved{Kind: SavedUndo, ID: hex.EncodeToString(secret[:]), Account: a.Account, Body: body, Version: 1, CreatedAt: now, UpdatedAt: now}
	return v.ID, s.cfg.Store.Update(ctx, func(tx Tx) error { return tx.PutSaved(ctx, v, 0) })
}

// Undo takes a bulk change back, once and within UndoFor; only who has made it can, with the permissions that it needed. Each ticket is a
// transaction of its own. One that has changed since is Stale and stays as it is. NotFound: there is no such change, or not any more.
func (s *Service) Undo(ctx context.Context, a Actor, token string) ([]BulkResult, error) {
	gone := Errorf(NotFound, "there is no such change, or it can no longer be undone")
	var b undoBody
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpTicketBulk); err != nil {
			return err
		}
		it, err := tx.SavedItem(ctx, SavedUndo, token)
		if KindOf(err) == NotFound || err == nil && (it.Account != a.Account || it.Account == "" || s.now().Sub(it.CreatedAt) > UndoFor) {
			return gone
		}
		if err != nil {
			return err
		}
		b = undoBody{}
		if err := json.Unmarshal(it.Body, &b); err != nil {
			return &Error{Kind: Internal, Op: "undo", Msg: "the change cannot be read", Err: err}
		}
		return tx.DropSaved(ctx, SavedUndo, token)
	})
	if err != nil {
		return nil, err
	}
	out := make([]BulkResult, len(b.Tickets))
	for i, it := range b.Tickets {
		out[i].ID = it.ID
		out[i].Ticket, out[i].Err = s.update(ctx, a, undoOps[b.Action], it.ID, it.Version, func(ctx context.Context, c *change) error {
			return c.undo(ctx, b.Action, it)
		})
	}
	return out, nil
}

// undo brings back what an action may have changed.
func (c *change) undo(ctx context.Context, action BulkAction, was undoItem) error {
	switch action {
	case BulkPriority:
		c.setPriority(was.Priority)
		return nil
	case BulkTags:
		c.setTags(slices.Clone(was.Tags))
		return nil
	case BulkQueue:
		return c.s.move(ctx, c, was.Queue)
	case BulkClaim, BulkUnclaim, BulkAssign:
		if err := c.s.assign(ctx, c, was.Assignee); err != nil {
			return err
		}
	}
	if c.t.Status == was.Status {
		return nil
	}
	if c.s.states[was.Status] == Snoozed {
		if !was.Until.After(c.now) {
			return nil // it would have been woken by now
		}
		c.event(EventSnoozed, data{"from": c.t.Status, "from_category": c.t.Category, "until": was.Until, "cause": causeUndo}, nil)
		if !c.t.Category.Active() {
			c.t.ResolvedAt = time.Time{}
		}
		c.t.Status, c.t.Category, c.t.SnoozedUntil = was.Status, Snoozed, was.Until
		return c.timer(ctx, timerSnooze, was.Until)
	}
	typ := EventStatusChanged
	switch cat := c.s.states[was.Status]; {
	case !c.t.Category.Active() && cat.Active():
		typ = EventReopened
	case cat == Closed:
		typ = EventClosed
	}
	if err := c.setStatus(ctx, was.Status, typ, causeUndo, ""); err != nil {
		return err
	}
	c.t.Escalation = was.Escalation
	return nil
}
