package ticket

import (
	"context"
	"io"
	"iter"
)

// Get gives one ticket.
func (s *Service) Get(ctx context.Context, a Actor, id ID) (*Ticket, error) {
	return s.readable(ctx, a, OpTicketRead, id)
}

// GetNumber gives one ticket by the number that people say.
func (s *Service) GetNumber(ctx context.Context, a Actor, number int64) (*Ticket, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.TicketByNumber(ctx, scope, number)
}

// List gives a page of tickets and the cursor of the next one, which is zero behind the last.
func (s *Service) List(ctx context.Context, a Actor, q Query) ([]Ticket, Cursor, error) {
	if err := q.check(); err != nil {
		return nil, Cursor{}, err
	}
	scope, err := s.searching(ctx, a, &q)
	if err != nil {
		return nil, Cursor{}, err
	}
	limit := q.Limit
	q.Limit++ // one more tells whether there is a next page, without a count
	ts, err := s.cfg.Store.Tickets(ctx, scope, q)
	if err != nil {
		return nil, Cursor{}, err
	}
	if len(ts) <= limit {
		return ts, Cursor{}, nil
	}
	ts = ts[:limit]
	return ts, CursorOf(q.Sort, &ts[limit-1]), nil
}

// searching gives the scope of a list and completes its query: what words may match, the present, what fields mean.
func (s *Service) searching(ctx context.Context, a Actor, q *Query) (Scope, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return Scope{}, err
	}
	q.SearchNotes = false
	if len(q.Words) > 0 {
		messages, err := s.scope(ctx, s.cfg.Store, a, OpMessageRead)
		if err != nil {
			return Scope{}, err
		}
		notes, err := s.scope(ctx, s.cfg.Store, a, OpNoteRead)
		if err != nil && KindOf(err) != Denied {
			return Scope{}, err
		}
		scope = scope.within(messages) // nobody finds out by searching what they may not read
		// Notes are searched only if they may be read wherever is searched; a finer answer is not worth a second index.
		q.SearchNotes = notes.covers(scope)
	}
	q.Now = s.now()
	q.Field, err = s.wanted(ctx, q.Field)
	return scope, err
}

// Messages gives a page of the conversation in order of N. Notes are absent for who may not read them.
func (s *Service) Messages(ctx context.Context, a Actor, q MessageQuery) ([]Message, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, s.cfg.Limits.HistoryPerQuery)
	scope, kinds, err := s.mayRead(ctx, a, OpMessageRead, q.Ticket, q.Kinds)
	if err != nil {
		return nil, err
	}
	if q.Kinds = kinds; len(kinds) == 0 {
		return nil, nil
	}
	return s.cfg.Store.Messages(ctx, scope, q)
}

// mayRead checks that the ticket is in scope and leaves of kinds (empty: all) those that the actor may see.
func (s *Service) mayRead(ctx context.Context, a Actor, op Op, id ID, kinds []MessageKind) (Scope, []MessageKind, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, op)
	if err != nil {
		return Scope{}, nil, err
	}
	t, err := s.cfg.Store.Ticket(ctx, scope, id)
	if err != nil {
		return Scope{}, nil, err
	}
	notes, err := s.scope(ctx, s.cfg.Store, a, OpNoteRead)
	if err != nil && KindOf(err) != Denied {
		return Scope{}, nil, err
	}
	if len(kinds) == 0 {
		kinds = []MessageKind{Public, Note, Notice}
	}
	var out []MessageKind
	for _, k := range kinds {
		if k == Public || notes.Sees(t) {
			out = append(out, k)
		}
	}
	return scope, out, nil
}

// AllMessages streams the whole conversation, a page at a time, so that no transaction stays open. The sequence ends with the first
// error.
func (s *Service) AllMessages(ctx context.Context, a Actor, op Op, id ID, kinds ...MessageKind) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		scope, kinds, err := s.mayRead(ctx, a, op, id, kinds)
		if err != nil {
			yield(Message{}, err)
			return
		}
		if len(kinds) == 0 {
			return
		}
		q := MessageQuery{Ticket: id, Kinds: kinds, Limit: s.cfg.Limits.HistoryPerQuery}
		for {
			ms, err := s.cfg.Store.Messages(ctx, scope, q)
			if err != nil {
				yield(Message{}, err)
				return
			}
			for _, m := range ms {
				if !yield(m, nil) {
					return
				}
				q.After = m.N
			}
			if len(ms) < q.Limit {
				return
			}
		}
	}
}

// Message gives one message with its HTML.
func (s *Service) Message(ctx context.Context, a Actor, id MessageID) (*Message, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpMessageRead)
	if err != nil {
		return nil, err
	}
	m, err := s.cfg.Store.Message(ctx, scope, id)
	if err != nil || m.Kind == Public {
		return m, err
	}
	notes, err := s.scope(ctx, s.cfg.Store, a, OpNoteRead)
	if KindOf(err) == Denied {
		return nil, Errorf(NotFound, "the message does not exist")
	}
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.Message(ctx, notes, id)
}

// OpenRaw gives the original bytes of a message. The caller closes the reader. It needs attachment:read beside message:read, for the
// attachments are in there.
func (s *Service) OpenRaw(ctx context.Context, a Actor, id MessageID) (*Message, io.ReadCloser, error) {
	m, err := s.Message(ctx, a, id)
	if err != nil {
		return nil, nil, err
	}
	files, err := s.scope(ctx, s.cfg.Store, a, OpAttachmentRead)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.cfg.Store.Ticket(ctx, files, m.TicketID); err != nil {
		return nil, nil, err
	}
	if m.RawSHA256 == "" || s.cfg.Blobs == nil {
		return nil, nil, Errorf(NotFound, "the message has no original")
	}
	r, err := s.cfg.Blobs.Open(ctx, m.RawSHA256)
	return m, r, err
}

// History gives a page of a ticket's events.
func (s *Service) History(ctx context.Context, a Actor, q EventQuery) ([]Event, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, s.cfg.Limits.HistoryPerQuery)
	scope, kinds, err := s.mayRead(ctx, a, OpTicketRead, q.Ticket, nil)
	if err != nil {
		return nil, err
	}
	es, err := s.cfg.Store.Events(ctx, scope, q)
	if err == nil && len(kinds) < 3 {
		hideReasons(es)
	}
	return es, err
}

// hideReasons leaves of events what who may not read notes sees anyway: names and properties of the ticket. That there is a note, or
// a reason, is no secret; what it says is.
func hideReasons(es []Event) {
	for i := range es {
		switch es[i].Type {
		case EventCreated, EventClaimed, EventUnclaimed, EventAssigned, EventTagged, EventSubjectChanged, EventQueueChanged, EventFieldsChanged, EventAttached:
		default:
			es[i].Private = nil
		}
	}
}

// AllHistory streams a ticket's whole history in order of N.
func (s *Service) AllHistory(ctx context.Context, a Actor, id ID) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		q := EventQuery{Ticket: id, Limit: s.cfg.Limits.HistoryPerQuery}
		for {
			es, err := s.History(ctx, a, q)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range es {
				if !yield(e, nil) {
					return
				}
				q.After = e.N
			}
			if len(es) < q.Limit {
				return
			}
		}
	}
}

// Audit gives events across the desk: those of tickets in scope of audit:read, and the desk's own for a scope that reaches all.
func (s *Service) Audit(ctx context.Context, a Actor, q EventQuery) ([]Event, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, s.cfg.Limits.HistoryPerQuery)
	scope, err := s.scope(ctx, s.cfg.Store, a, OpAuditRead)
	if err != nil {
		return nil, err
	}
	notes, err := s.scope(ctx, s.cfg.Store, a, OpNoteRead)
	if err != nil && KindOf(err) != Denied {
		return nil, err
	}
	es, err := s.cfg.Store.Events(ctx, scope, q)
	if err == nil && !notes.covers(scope) {
		hideReasons(es)
	}
	condense(es)
	return es, err
}

// Participants lists who gets copies beside the requester.
func (s *Service) Participants(ctx context.Context, a Actor, id ID) ([]Participant, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	if _, err := s.cfg.Store.Ticket(ctx, scope, id); err != nil {
		return nil, err
	}
	return s.cfg.Store.Participants(ctx, scope, id)
}

// Agents lists the people to whom tickets can be assigned, in order of their names.
func (s *Service) Agents(ctx context.Context, a Actor) ([]Account, error) {
	if err := s.Require(ctx, a, OpTicketRead); err != nil {
		return nil, err
	}
	if s.cfg.Directory == nil {
		return nil, nil
	}
	return s.cfg.Directory.Accounts(ctx, s.cfg.Store)
}

// Queues lists the queues whose tickets the actor may read.
func (s *Service) Queues(ctx context.Context, a Actor) ([]Queue, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Store.Queues(ctx)
	if err != nil {
		return nil, err
	}
	var out []Queue
	for _, q := range all {
		if scope.Sees(&Ticket{Queue: QueueRef{ID: q.ID}}) {
			out = append(out, q)
		}
	}
	return out, nil
}

// CreateQueue makes a queue. The first queue of a desk becomes the default.
func (s *Service) CreateQueue(ctx context.Context, a Actor, name string) (*Queue, error) {
	name, err := line("name", name, 80, true)
	if err != nil {
		return nil, err
	}
	var q *Queue
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpQueueManage); err != nil {
			return err
		}
		if _, err := tx.DeskHead(ctx); err != nil { // of two first queues made at once only one is the default
			return err
		}
		all, err := tx.Queues(ctx)
		if err != nil {
			return err
		}
		q, err = s.insertQueue(ctx, tx, a, name, len(all) == 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.changed()
	return q, nil
}

// FirstQueue is the name of the queue that a desk begins with.
const FirstQueue = "Support"

func (s *Service) insertQueue(ctx context.Context, tx Tx, a Actor, name string, first bool) (*Queue, error) {
	now := s.now()
	q := &Queue{ID: QueueID(NewID(now)), Name: name, Default: first, CreatedAt: now}
	if err := tx.InsertQueue(ctx, q); err != nil {
		return nil, err
	}
	return q, s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: EventQueueCreated, Actor: eventActor(a), At: now,
		Data: encode(data{"queue_id": q.ID, "default": q.Default}), Private: encode(data{"name": name})})
}
