package ticket

import (
	"context"
	"encoding/json"
)

// EventRated is what the requester thinks of how a ticket was handled.
const EventRated EventType = "ticket.rated" // [rating] 1 is the worst, 5 the best; the newest counts

// MaxRating is the best of ratings; 1 is the worst.
const MaxRating = 5

// Rate notes how content the requester is with a ticket that has been resolved or closed. Nobody else can say it: the actor is the requester, or
// a channel for them. It needs ticket:read; Conflict while the ticket is worked on. The same rating again changes nothing.
func (s *Service) Rate(ctx context.Context, a Actor, id ID, rating int) (*Ticket, error) {
	if rating < 1 || rating > MaxRating {
		return nil, InvalidField("rating", "must be between 1 and %d", MaxRating)
	}
	return s.update(ctx, a, OpTicketRead, id, 0, func(ctx context.Context, c *change) error {
		if a.Kind != ActorSystem && (a.Kind != ActorContact || a.Contact != c.t.Requester.ID) {
			return Errorf(Denied, "only the requester can rate")
		}
		if c.t.Category != Resolved && c.t.Category != Closed {
			return Errorf(Conflict, "the ticket is worked on")
		}
		last, err := c.tx.Events(ctx, Scope{all: true}, EventQuery{Ticket: id, Types: []EventType{EventRated}, Reverse: true, Limit: 1})
		if err != nil {
			return err
		}
		for i := range last {
			var was struct {
				Rating int `json:"rating"`
			}
			if err := json.Unmarshal(last[i].Data, &was); err == nil && was.Rating == rating {
				return nil
			}
		}
		c.event(EventRated, data{"rating": rating}, nil)
		return nil
	})
}
