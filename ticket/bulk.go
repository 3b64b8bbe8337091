package ticket

import (
	"context"
	"slices"
	"time"
)

// BulkAction is what Bulk does to each ticket. Each is the method of that name, with its permission.
type BulkAction string

// The actions, with the arguments of Bulk that they take.
const (
	BulkClaim    BulkAction = "claim"
	BulkUnclaim  BulkAction = "unclaim"
	BulkAssign   BulkAction = "assign"   // Assignee
	BulkStatus   BulkAction = "status"   // Status
	BulkPriority BulkAction = "priority" // Priority
	BulkTags     BulkAction = "tags"     // Add, Remove
	BulkQueue    BulkAction = "queue"    // Queue
	BulkClose    BulkAction = "close"    // Reason
	BulkReopen   BulkAction = "reopen"
	BulkSnooze   BulkAction = "snooze" // Until
	BulkSpam     BulkAction = "spam"
	BulkMerge    BulkAction = "merge" // Into
	BulkDelete   BulkAction = "delete"
)

// BulkActions lists the actions.
func BulkActions() []BulkAction {
	return []BulkAction{BulkClaim, BulkUnclaim, BulkAssign, BulkStatus, BulkPriority, BulkTags, BulkQueue, BulkClose, BulkReopen, BulkSnooze,
		BulkSpam, BulkMerge, BulkDelete}
}

// MaxBulk bounds the tickets of one call of Bulk.
const MaxBulk = 100

// Bulk is one action for many tickets.
type Bulk struct {
	Action   BulkAction
	Tickets  []ID           // 1 to MaxBulk, each once
	Versions map[ID]Version // what the caller last saw of some of them; others may be at any version

	Assignee    AccountID
	Status      Status
	Priority    Priority
	Add, Remove []string
	Queue       QueueID
	Reason      string
	Until       time.Time
	Into        ID
}

// BulkResult is what became of one ticket.
type BulkResult struct {
	ID     ID
	Ticket *Ticket // as it is now, for a merge the one that lives on; nil after an error or a deletion
	Was    *Ticket // as it was before; nil when it could not be read
	Err    error   // as the single method would have returned it; nil when it was done
}

// Bulk does one action to many tickets, one after the other, each in a transaction of its own: what was done stays done when another
// ticket refuses. It needs ticket:bulk for each ticket, beside the permission of the action, which is asked for as if each ticket were
// changed alone. Results come in the order of the tickets; the error is for the call as a whole, and then nothing was changed.
func (s *Service) Bulk(ctx context.Context, a Actor, b Bulk) ([]BulkResult, error) {
	if !slices.Contains(BulkActions(), b.Action) {
		return nil, InvalidField("action", "unknown action %q", string(b.Action))
	}
	if len(b.Tickets) == 0 || len(b.Tickets) > MaxBulk {
		return nil, InvalidField("ids", "must name 1 to %d tickets", MaxBulk)
	}
	seen := map[ID]bool{}
	for _, id := range b.Tickets {
		if seen[id] {
			return nil, InvalidField("ids", "names a ticket twice")
		}
		seen[id] = true
	}
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketBulk)
	if err != nil {
		return nil, err
	}
	out := make([]BulkResult, len(b.Tickets))
	for i, id := range b.Tickets {
		out[i].ID = id
		if out[i].Was, err = s.cfg.Store.Ticket(ctx, scope, id); err != nil {
			out[i].Err = err
			continue
		}
		out[i].Ticket, out[i].Err = s.one(ctx, a, id, b.Versions[id], &b)
	}
	return out, nil
}

// one does the action to one ticket.
func (s *Service) one(ctx context.Context, a Actor, id ID, v Version, b *Bulk) (*Ticket, error) {
	switch b.Action {
	case BulkClaim:
		return s.Claim(ctx, a, id, v)
	case BulkUnclaim:
		return s.Unclaim(ctx, a, id, v)
	case BulkAssign:
		return s.Assign(ctx, a, id, v, b.Assignee)
	case BulkStatus:
		return s.SetStatus(ctx, a, id, v, b.Status)
	case BulkPriority:
		return s.SetPriority(ctx, a, id, v, b.Priority)
	case BulkTags:
		return s.Tag(ctx, a, id, v, b.Add, b.Remove)
	case BulkQueue:
		if b.Queue == "" {
			return nil, InvalidField("queue", "must not be empty")
		}
		return s.Edit(ctx, a, id, v, Edit{Queue: &b.Queue})
	case BulkClose:
		return s.Close(ctx, a, id, v, b.Reason)
	case BulkReopen:
		return s.Reopen(ctx, a, id, v)
	case BulkSnooze:
		return s.Snooze(ctx, a, id, v, b.Until)
	case BulkSpam:
		return s.SetStatus(ctx, a, id, v, Status(Spam))
	case BulkMerge:
		return s.Merge(ctx, a, id, v, b.Into, 0)
	}
	return nil, s.Delete(ctx, a, id, v)
}
