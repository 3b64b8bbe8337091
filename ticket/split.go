package ticket

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Split says what becomes a ticket of its own.
type Split struct {
	Messages []MessageID // of the conversation; at most 100, and one message has to stay
	Subject  string      // "" is that of the old ticket
	Queue    QueueID     // id or name; "" is that of the old ticket
}

// maxSplit bounds how many messages one call moves.
const maxSplit = 100

// Split makes a new ticket of some messages of a conversation. They move there with their files, in their order, and with what leads
// answers to them; the old ticket keeps a notice, and the two are linked. The requester is who wrote the first of the messages, if that
// is somebody from outside, else that of the old ticket. The actor needs ticket:split on the old ticket and ticket:create for the queue.
// What comes back is the new ticket.
func (s *Service) Split(ctx context.Context, a Actor, id ID, v Version, sp Split) (*Ticket, error) {
	if len(sp.Messages) == 0 || len(sp.Messages) > maxSplit {
		return nil, InvalidField("message_ids", "must name 1 to %d messages", maxSplit)
	}
	if sp.Subject != "" {
		var err error
		if sp.Subject, err = line("subject", sp.Subject, s.cfg.Limits.Subject, true); err != nil {
			return nil, err
		}
	}
	var src, dst *change
	err := s.again(v == 0, func() error {
		return s.cfg.Store.Update(ctx, func(tx Tx) error {
			scope, err := s.scope(ctx, tx, a, OpTicketSplit)
			if err != nil {
				return err
			}
			if src, err = s.load(ctx, tx, scope, a, id, v); err != nil {
				return err
			}
			if err := src.alive(); err != nil {
				return err
			}
			dst = &change{s: s, tx: tx, actor: a, now: src.now}
			return s.split(ctx, src, dst, sp)
		})
	})
	if err != nil {
		return nil, err
	}
	s.committed(src)
	s.committed(dst)
	return dst.t, nil
}

func (s *Service) split(ctx context.Context, src, dst *change, sp Split) error {
	ms, err := src.chosen(ctx, sp.Messages)
	if err != nil {
		return err
	}
	if err := s.beginSplit(ctx, src, dst, ms, sp); err != nil {
		return err
	}
	dst.event(EventSplitReceived, data{"ticket_id": src.t.ID, "number": src.t.Number, "messages": len(ms)}, nil)
	src.event(EventSplit, data{"ticket_id": dst.t.ID, "number": dst.t.Number, "messages": len(ms)}, nil)
	if err := src.notice(ctx, fmt.Sprintf(s.say("Nachrichten von hier sind jetzt im Ticket #%d (%d).", "Messages from here are in ticket #%d now (%d)."),
		dst.t.Number, len(ms))); err != nil {
		return err
	}
	var ids []MessageID
	var refs []string
	for _, m := range ms {
		ids = append(ids, m.ID)
		if m.ExternalID != "" {
			refs = append(refs, m.ExternalID)
		}
		if p := previewOf(m.Text); m.Kind == Public && p != "" {
			dst.t.Preview = p
		}
	}
	dst.t.MessageCount = len(ms)
	left, err := newestPublic(ctx, src.tx, src.t.ID, ids)
	if err != nil {
		return err
	}
	if src.t.Preview = ""; left != nil {
		src.t.Preview = previewOf(left.Text)
	}
	if err := saveAll(ctx, src, dst); err != nil {
		return err
	}
	tx := src.tx
	if err := tx.MoveMessages(ctx, src.t.ID, dst.t.ID, ids, 1); err != nil {
		return err
	}
	if len(refs) > 0 {
		if err := tx.MoveRefs(ctx, src.t.ID, dst.t.ID, refs); err != nil {
			return err
		}
	}
	if err := tx.AddLink(ctx, Link{From: dst.t.ID, To: src.t.ID, Kind: LinkRelated, CreatedAt: src.now}); err != nil {
		return err
	}
	return tellAll(ctx, src, dst)
}

// chosen reads messages of the ticket and brings them into their order. Those of another ticket are as good as absent.
func (c *change) chosen(ctx context.Context, ids []MessageID) ([]*Message, error) {
	var out []*Message
	for _, id := range ids {
		m, err := c.tx.Message(ctx, Scope{all: true}, id)
		switch {
		case KindOf(err) == NotFound || err == nil && m.TicketID != c.t.ID:
			return nil, &Error{Kind: NotFound, Field: "message_ids", Msg: "the message does not exist"}
		case err != nil:
			return nil, err
		case m.Kind == Notice:
			return nil, InvalidField("message_ids", "a notice stays with its ticket")
		case slices.ContainsFunc(out, func(o *Message) bool { return o.ID == id }):
			return nil, InvalidField("message_ids", "names a message twice")
		}
		if m.Kind == Note {
			if err := c.allowed(ctx, OpNoteRead); err != nil {
				return nil, &Error{Kind: NotFound, Field: "message_ids", Msg: "the message does not exist", Err: err}
			}
		}
		out = append(out, m)
	}
	all, err := c.tx.Messages(ctx, Scope{all: true}, MessageQuery{Ticket: c.t.ID, Kinds: []MessageKind{Public, Note}, Limit: len(out) + 1})
	if err != nil {
		return nil, err
	}
	if len(all) == len(out) {
		return nil, InvalidField("message_ids", "must leave a message where they are")
	}
	slices.SortFunc(out, func(a, b *Message) int { return cmp.Compare(a.N, b.N) })
	return out, nil
}

// beginSplit fills dst with the new ticket.
func (s *Service) beginSplit(ctx context.Context, src, dst *change, ms []*Message, sp Split) error {
	n := NewTicket{Subject: cmp.Or(sp.Subject, src.t.Subject), Queue: cmp.Or(sp.Queue, src.t.Queue.ID), Priority: src.t.Priority,
		Channel: src.t.Channel, Source: src.t.Source, Locale: src.t.Locale, Demo: src.t.Demo}
	requester := src.t.Requester.ID
	if author := ms[0].Author; author.Type == ActorContact && author.ID != "" {
		requester, n.Channel = ContactID(author.ID), ms[0].Channel
	}
	ct, err := src.tx.Contact(ctx, requester)
	if KindOf(err) == NotFound {
		ct, err = src.tx.Contact(ctx, src.t.Requester.ID)
	}
	if err != nil {
		return err
	}
	if err := s.begin(ctx, dst, ct, n); err != nil {
		return err
	}
	scope, err := s.scope(ctx, src.tx, src.actor, OpTicketCreate)
	if err != nil {
		return err
	}
	if !scope.Sees(dst.t) {
		return InvalidField("queue", "does not exist or is not yours")
	}
	return nil
}
