package ticket

import (
	"context"
	"iter"
)

// Events of an erasure. The first stands on the chain of each ticket that the person had requested, the second on the desk's.
const (
	EventContentErased EventType = "ticket.content_erased" // [contact_id messages]
	EventContactErased EventType = "contact.erased"        // [contact_id tickets messages]
)

// ErasedSubject is what stands in place of a subject that was erased.
const ErasedSubject = "—"

// EraseTx is the part of Tx that forgets people.
type EraseTx interface {
	// EraseConversation empties every message of a ticket for good (text, quotes, HTML, name and address of an outside author, recipients, ids in the
	// channel, files, the original), takes waiting deliveries and the full text back, and removes the private parts and salts of
	// the ticket's events. It returns how many messages there were.
	EraseConversation(ctx context.Context, t ID) (messages int, err error)
	// EraseContact empties the messages that the contact wrote in any ticket, takes the contact out of recipients and participants, removes the
	// private parts and salts of the events that it caused, and parked items it sent. The contact itself stays, for UpdateContact to empty.
	EraseContact(ctx context.Context, c *Contact) (messages int, err error)
}

// Erased tells what an erasure has met.
type Erased struct {
	Tickets  int // requested by the person, with everything that was said in them
	Messages int // emptied, there and in tickets of others
}

// EraseContact forgets a person: name, identities and every word of the tickets that they requested, on both sides, since answers repeat what was
// asked; in tickets of others only what they wrote themselves. What stays are numbers, times, states and assignments, so
// that statistics and service levels hold, and event skeletons, so that the history still verifies. Files and original mails that nobody
// else needs are removed by the next sweep. It cannot be undone. A second call finds nothing more and succeeds; NotFound when there is no such
// contact. The actor needs contact:erase for the whole desk.
func (s *Service) EraseContact(ctx context.Context, a Actor, id ContactID) (out Erased, err error) {
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		out = Erased{}
		scope, err := s.whole(ctx, tx, a, OpContactErase)
		if err != nil {
			return err
		}
		ct, err := tx.Contact(ctx, id)
		if err != nil {
			return err
		}
		now := s.now()
		for q := (Query{Requester: id, Sort: ByNumberAsc, Limit: MaxLimit}); ; {
			page, err := tx.Tickets(ctx, scope, q)
			if err != nil {
				return err
			}
			for i := range page {
				n, err := s.eraseTicket(ctx, tx, a, scope, page[i].ID, id)
				if err != nil {
					return err
				}
				out.Tickets++
				out.Messages += n
				q.After = CursorOf(q.Sort, &page[i])
			}
			if len(page) < q.Limit {
				break
			}
		}
		n, err := tx.EraseContact(ctx, ct)
		if err != nil {
			return err
		}
		out.Messages += n
		ct.Name, ct.Locale, ct.Identities = "", "", nil
		if err := tx.UpdateContact(ctx, ct); err != nil {
			return err
		}
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: EventContactErased, Actor: eventActor(a), At: now,
			Data: encode(data{"contact_id": id, "tickets": out.Tickets, "messages": out.Messages})})
	})
	return out, err
}

// whole is the scope of a permission that must reach the whole desk.
func (s *Service) whole(ctx context.Context, r Reader, a Actor, op Op) (Scope, error) {
	scope, err := s.scope(ctx, r, a, op)
	if err == nil && !scope.All() {
		err = &Error{Kind: Denied, Op: string(op), Msg: "the permission " + string(op) + " must reach the whole desk"}
	}
	return scope, err
}

func (s *Service) eraseTicket(ctx context.Context, tx Tx, a Actor, scope Scope, id ID, by ContactID) (messages int, err error) {
	t, err := tx.Ticket(ctx, scope, id)
	if err != nil {
		return 0, err
	}
	if messages, err = tx.EraseConversation(ctx, id); err != nil {
		return 0, err
	}
	c := &change{s: s, tx: tx, actor: a, now: s.now(), t: t, was: t.Version}
	t.Subject, t.Preview, t.Fields = ErasedSubject, "", nil
	c.event(EventContentErased, data{"contact_id": by, "messages": messages}, nil)
	return messages, c.finish(ctx)
}

// ContactRecord is one piece of what a desk knows about a person. Exactly one field is set.
type ContactRecord struct {
	Contact *Contact
	Ticket  *Ticket  // requested by the person
	Message *Message // public, of the ticket before it
}

// ExportContact gives what the desk knows about a person, in the order in which it would be read: the contact, then each ticket they requested
// with its public messages. It holds one page in memory. Notes are the desk's own and stay out. The actor needs contact:export for the whole desk.
func (s *Service) ExportContact(ctx context.Context, a Actor, id ContactID) iter.Seq2[ContactRecord, error] {
	return func(yield func(ContactRecord, error) bool) {
		fail := func(err error) { yield(ContactRecord{}, err) }
		scope, err := s.whole(ctx, s.cfg.Store, a, OpContactExport)
		if err != nil {
			fail(err)
			return
		}
		ct, err := s.cfg.Store.Contact(ctx, id)
		if err != nil {
			fail(err)
			return
		}
		if !yield(ContactRecord{Contact: ct}, nil) {
			return
		}
		for q := (Query{Requester: id, Sort: ByNumberAsc, Limit: MaxLimit}); ; {
			page, err := s.cfg.Store.Tickets(ctx, scope, q)
			if err != nil {
				fail(err)
				return
			}
			for i := range page {
				q.After = CursorOf(q.Sort, &page[i])
				if !yield(ContactRecord{Ticket: &page[i]}, nil) || !s.exportMessages(ctx, scope, page[i].ID, yield) {
					return
				}
			}
			if len(page) < q.Limit {
				return
			}
		}
	}
}

// exportMessages reports whether more is wanted.
func (s *Service) exportMessages(ctx context.Context, scope Scope, id ID, yield func(ContactRecord, error) bool) bool {
	for q := (MessageQuery{Ticket: id, Kinds: []MessageKind{Public}, Limit: s.cfg.Limits.HistoryPerQuery}); ; {
		page, err := s.cfg.Store.Messages(ctx, scope, q)
		if err != nil {
			yield(ContactRecord{}, err)
			return false
		}
		for i := range page {
			q.After = page[i].N
			if !yield(ContactRecord{Message: &page[i]}, nil) {
				return false
			}
		}
		if len(page) < q.Limit {
			return true
		}
	}
}
