package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
)

// Standing is where a ticket stands: what audiences are compared with, and what they are told of it beside the event. Only Service makes one.
type Standing struct {
	Number  int64
	Version Version
	Gone    bool // the ticket was deleted: nobody sees it any more

	at place
}

// place is what decides in whose scope a ticket is.
type place struct {
	queue     QueueID
	assignee  AccountID
	requester ContactID
}

func placeOf(t *Ticket) place {
	p := place{queue: t.Queue.ID, requester: t.Requester.ID}
	if t.Assignee != nil {
		p.assignee = t.Assignee.ID
	}
	return p
}

// Followed is an event on its way to everybody who may learn of it. Event has no private part.
type Followed struct {
	Event  Event
	About  ID        // the ticket, also when the desk's chain tells of its deletion; "" for what happened to the desk itself
	Ticket *Standing // of About by now; nil for what happened to the desk itself

	before *place // where the ticket stood before the event, when that was elsewhere or it was deleted
}

// Sight is what an audience learns of an event.
type Sight int

// The sights. Whoever could see a ticket learns that it has left, and nothing else of the event that took it away.
const (
	Unseen Sight = iota
	Seen
	Left
)

// Audience is the sealed right to follow the desk: what of it an actor may learn. Only Service makes one; the zero Audience learns nothing.
// It is as old as the claims of its actor: who keeps one asks for it anew from time to time.
type Audience struct {
	tickets, notes Scope
	desk           bool
}

// Audience gives what an actor may follow: events of the tickets in its scope of ticket:read, notes only where note:read reaches, and events
// of the desk itself if audit:read reaches everything. It is Denied without ticket:read.
func (s *Service) Audience(ctx context.Context, a Actor) (Audience, error) {
	var out Audience
	var err error
	if out.tickets, err = s.scope(ctx, s.cfg.Store, a, OpTicketRead); err != nil {
		return Audience{}, err
	}
	if out.notes, err = s.scope(ctx, s.cfg.Store, a, OpNoteRead); err != nil && KindOf(err) != Denied {
		return Audience{}, err
	}
	audit, err := s.scope(ctx, s.cfg.Store, a, OpAuditRead)
	if err != nil && KindOf(err) != Denied {
		return Audience{}, err
	}
	out.desk = audit.all
	return out, nil
}

// Equal reports whether both learn the same.
func (a Audience) Equal(b Audience) bool {
	return a.tickets.equal(b.tickets) && a.notes.equal(b.notes) && a.desk == b.desk
}

// Reaches reports whether the audience may see a ticket.
func (a Audience) Reaches(st *Standing) bool {
	return st != nil && !st.Gone && a.tickets.reaches(st.at)
}

// Sees decides what the audience learns of an event. The ticket's standing by now decides, as it does for Service.History: who has lost a
// ticket learns nothing of what happened to it before, and who has gained it may read all of that anyway. So f.Ticket must be the newest
// that is known.
func (a Audience) Sees(f *Followed) Sight {
	switch {
	case f.About == "":
		if a.desk {
			return Seen
		}
		return Unseen
	case a.Reaches(f.Ticket):
		if f.Event.Type == EventNoted && !a.notes.reaches(f.Ticket.at) {
			return Unseen
		}
		return Seen
	case f.Ticket.Gone && f.Event.Type != EventDeleted: // the deletion itself comes yet
		return Unseen
	case f.before != nil && a.tickets.reaches(*f.before):
		return Left
	case f.Event.Type == EventDeleted && a.tickets.all:
		return Left
	}
	return Unseen
}

// followMost bounds one call of Follow.
const followMost = 1000

// Follow gives the events of the whole desk behind a Seq in rising order, or with a negative after the newest ones, each with what decides
// who may learn of it: at most limit, and at most 1000. A ticket is read once, however many events it has. Only the live stream of the desk
// may ask, as a system actor; it shows an event to an Audience only.
func (s *Service) Follow(ctx context.Context, a Actor, after int64, limit int) ([]Followed, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the live stream follows the desk")
	}
	q := EventQuery{After: after, Limit: min(max(limit, 1), followMost)}
	if after < 0 {
		q.After, q.Reverse = 0, true
	}
	es, err := s.cfg.Store.Events(ctx, Scope{all: true}, q)
	if err != nil {
		return nil, err
	}
	if q.Reverse {
		slices.Reverse(es)
	}
	seen := map[ID]*Standing{}
	out := make([]Followed, len(es))
	for i := range es {
		f := &out[i]
		f.Event, f.About = es[i], es[i].TicketID
		f.Event.Private = nil
		var moved struct {
			Ticket   ID        `json:"ticket_id"`
			From     *string   `json:"from_id"`
			Queue    QueueID   `json:"queue_id"`
			Assignee AccountID `json:"assignee_id"`
		}
		switch f.Event.Type {
		case EventDeleted, EventQueueChanged, EventAssigned, EventUnclaimed:
			if json.Unmarshal(f.Event.Data, &moved) != nil {
				moved.From = nil // never written by this program
			}
		}
		if f.Event.Type == EventDeleted && f.About == "" {
			f.About = moved.Ticket
			f.before = &place{queue: moved.Queue, assignee: moved.Assignee}
		}
		if f.About == "" {
			continue
		}
		if seen[f.About] == nil {
			if seen[f.About], err = s.standing(ctx, f.About); err != nil {
				return nil, err
			}
		}
		f.Ticket = seen[f.About]
		if f.before == nil && moved.From != nil && !f.Ticket.Gone {
			was := f.Ticket.at
			if f.Event.Type == EventQueueChanged {
				was.queue = QueueID(*moved.From)
			} else {
				was.assignee = AccountID(*moved.From)
			}
			f.before = &was
		}
	}
	return out, nil
}

// standing reads where a ticket stands. One that is not there is gone.
func (s *Service) standing(ctx context.Context, id ID) (*Standing, error) {
	t, err := s.cfg.Store.Ticket(ctx, Scope{all: true}, id)
	if errors.Is(err, errNotFound) {
		return &Standing{Gone: true}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Standing{Number: t.Number, Version: t.Version, at: placeOf(t)}, nil
}
