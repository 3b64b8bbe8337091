package ticket

import (
	"context"
	"encoding/json"
	"fmt"
)

// VerifyAll checks every chain of the desk: its own, that of each ticket, and what is left of deleted tickets. It returns how many events
// it has seen; the error names the first one at fault. It may run beside normal work: what is appended meanwhile is not looked at.
// The actor needs audit:export everywhere.
func (s *Service) VerifyAll(ctx context.Context, a Actor) (events int64, err error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpAuditExport)
	if err != nil {
		return 0, err
	}
	if !scope.All() {
		return 0, &Error{Kind: Denied, Op: string(OpAuditExport), Msg: "the permission audit:export must reach the whole desk"}
	}
	q := Query{Sort: ByNumberAsc, Limit: MaxLimit}
	for {
		ts, err := s.cfg.Store.Tickets(ctx, scope, q)
		if err != nil {
			return events, err
		}
		for i := range ts {
			t, err := s.cfg.Store.Ticket(ctx, scope, ts[i].ID)
			if KindOf(err) == NotFound {
				continue // deleted meanwhile: its end is in the desk's chain
			}
			if err != nil {
				return events, err
			}
			if _, err := s.verifyChain(ctx, scope, EventQuery{Ticket: t.ID}, t.Head, &events); err != nil {
				return events, fmt.Errorf("ticket #%d: %w", t.Number, err)
			}
			q.After = CursorOf(ByNumberAsc, t)
		}
		if len(ts) < q.Limit {
			break
		}
	}
	head, err := s.cfg.Store.DeskHead(ctx)
	if err != nil {
		return events, err
	}
	desk, err := s.verifyChain(ctx, scope, EventQuery{Desk: true}, head, &events)
	if err != nil {
		return events, fmt.Errorf("the desk's own history: %w", err)
	}
	for _, e := range desk {
		if e.Type != EventDeleted {
			continue
		}
		var gone struct {
			TicketID ID     `json:"ticket_id"`
			Number   int64  `json:"number"`
			Count    int64  `json:"count"`
			Head     []byte `json:"head"`
		}
		if err := json.Unmarshal(e.Data, &gone); err != nil {
			return events, fmt.Errorf("event %s: %w", e.ID, err)
		}
		if _, err := s.verifyChain(ctx, scope, EventQuery{Ticket: gone.TicketID}, Head{Count: gone.Count, MAC: gone.Head}, &events); err != nil {
			return events, fmt.Errorf("deleted ticket #%d: %w", gone.Number, err)
		}
	}
	return events, nil
}

// verifyChain reads one chain up to a head that was read before, and checks it.
func (s *Service) verifyChain(ctx context.Context, scope Scope, q EventQuery, head Head, seen *int64) ([]Event, error) {
	q.Before, q.Limit = head.Count+1, s.cfg.Limits.HistoryPerQuery
	var all []Event
	for {
		es, err := s.cfg.Store.Events(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		all = append(all, es...)
		if len(es) < q.Limit {
			break
		}
		q.After = es[len(es)-1].N
	}
	*seen += int64(len(all))
	return all, s.chain.Verify(all, head)
}
