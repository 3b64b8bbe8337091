package ticket

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Outgoing is a public message with everything that a channel needs to carry it.
type Outgoing struct {
	Ticket     Ticket
	Message    Message
	To, Cc     []Person
	InReplyTo  string   // external id of the newest message from outside
	References []string // external ids of earlier public messages, oldest first, at most 20
	ReplyToken string
	Locale     string
	Previous   *Message // public, a person's, before this one; nil when there is none
	Signature  *string  // that the queue or the desk has chosen; nil: neither has
	Letterhead Letterhead
}

// Outgoing gathers what the delivery of a message needs. Only system actors may call it.
func (s *Service) Outgoing(ctx context.Context, a Actor, id MessageID) (*Outgoing, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the delivery worker may ask")
	}
	all := Scope{all: true}
	m, err := s.cfg.Store.Message(ctx, all, id)
	if err != nil {
		return nil, err
	}
	t, err := s.cfg.Store.Ticket(ctx, all, m.TicketID)
	if err != nil {
		return nil, err
	}
	out := &Outgoing{Ticket: *t, Message: *m, ReplyToken: s.ReplyToken(t.ID), Locale: t.Locale}
	requester, err := s.cfg.Store.Contact(ctx, t.Requester.ID)
	if err != nil {
		return nil, err
	}
	out.Locale = s.localeOf(t, requester)
	rules, err := s.mailRules(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	out.Signature = rules.signature(t.Queue.ID)
	if out.Letterhead, err = s.letterhead(ctx, s.cfg.Store); err != nil {
		return nil, err
	}
	for _, i := range m.To { // the addresses were fixed when the agent sent; names are looked up
		p := Person{Identity: i}
		if slices.ContainsFunc(requester.Identities, func(r Identity) bool { return r.Kind == i.Kind && r.Value == i.Value }) {
			p.Name = requester.Name
			out.To = append(out.To, p)
			continue
		}
		if c, err := s.cfg.Store.ContactByIdentity(ctx, i.Kind, i.Value); err == nil {
			p.Name = c.Name
		} else if !errors.Is(err, errNotFound) {
			return nil, err
		}
		out.Cc = append(out.Cc, p)
	}
	if len(out.To) == 0 {
		out.To, out.Cc = out.Cc, nil
	}
	before, err := s.cfg.Store.Messages(ctx, all, MessageQuery{Ticket: t.ID, Kinds: []MessageKind{Public}, Before: m.N, Newest: true, Limit: 20})
	if err != nil {
		return nil, err
	}
	for i, b := range before {
		if !b.Machine {
			out.Previous = &before[i]
		}
	}
	out.InReplyTo, out.References = references(before)
	return out, nil
}

// OpenBlob gives the bytes of an outgoing attachment to the delivery worker.
func (s *Service) OpenBlob(ctx context.Context, a Actor, sha string) (io.ReadCloser, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the delivery worker may ask")
	}
	if s.cfg.Blobs == nil {
		return nil, Errorf(NotFound, "this desk keeps no attachments")
	}
	return s.cfg.Blobs.Open(ctx, sha)
}

// Delivered notes that the next hop took a message, and what the channel calls it, so that answers find the ticket. Saying it twice
// changes nothing.
func (s *Service) Delivered(ctx context.Context, a Actor, id MessageID, externalID string) error {
	return s.delivery(ctx, a, id, Delivery{State: Sent}, externalID, nil)
}

// Undelivered is a recipient whom the next hop refused while it took the message for others.
type Undelivered struct {
	To     Identity
	Reason string
	Final  bool // no repetition helps
}

// DeliveredPartly is Delivered for a message that did not leave for everybody. Who was refused for now gets a delivery of their own, in the
// same transaction; who was refused for good is treated as by Bounced.
func (s *Service) DeliveredPartly(ctx context.Context, a Actor, id MessageID, externalID string, left []Undelivered) error {
	d := Delivery{State: Sent}
	for _, u := range left {
		reason := mendLine(u.To.Value+": "+u.Reason, 500)
		if u.Final {
			d.State = Bounced
			d.Returned = &Returned{Recipient: mendLine(u.To.Value, 254), Status: statusCode(u.Reason), Diagnostic: mendLine(u.Reason, 500)}
		}
		if u.Final || d.Reason == "" {
			d.Reason = reason
		}
	}
	return s.delivery(ctx, a, id, d, externalID, left)
}

// DeliveryFailed notes that a message was given up, with the reason for the agent.
func (s *Service) DeliveryFailed(ctx context.Context, a Actor, id MessageID, reason string) error {
	return s.delivery(ctx, a, id, Delivery{State: Failed, Reason: mendLine(reason, 500)}, "", nil)
}

// DeliveryDelayed notes why a message still waits; it makes no event.
func (s *Service) DeliveryDelayed(ctx context.Context, a Actor, id MessageID, reason string) error {
	return s.delivery(ctx, a, id, Delivery{State: Queued, Reason: mendLine(reason, 500)}, "", nil)
}

func (s *Service) delivery(ctx context.Context, a Actor, id MessageID, d Delivery, externalID string, left []Undelivered) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only the delivery worker may say so")
	}
	return s.again(true, func() error { return s.deliver(ctx, a, id, d, externalID, left) })
}

func (s *Service) deliver(ctx context.Context, a Actor, id MessageID, d Delivery, externalID string, left []Undelivered) error {
	m, err := s.cfg.Store.Message(ctx, Scope{all: true}, id)
	if err != nil {
		return err
	}
	_, err = s.updateAny(ctx, a, OpMessageWrite, m.TicketID, 0, func(ctx context.Context, c *change) error {
		m, err := c.tx.Message(ctx, Scope{all: true}, id)
		if err != nil {
			return err
		}
		if m.TicketID != c.t.ID {
			return Errorf(Stale, "the message has moved to another ticket")
		}
		if m.Delivery == nil {
			return nil
		}
		c.quiet = true // an agent who writes on while the mail leaves has missed nothing
		if m.Delivery.State == d.State && m.Delivery.Reason == d.Reason {
			return c.rest(ctx, m, left) // the same refusal may leave others than before
		}
		if d.At = c.now; m.Delivery.State == Bounced { // the report was faster than this note
			d = *m.Delivery
		}
		if d.Returned != nil && d.Returned.At.IsZero() {
			d.Returned.At = c.now
		}
		if err := c.tx.SetDelivery(ctx, id, d, externalID); err != nil {
			return err
		}
		if externalID != "" {
			if err := c.tx.LinkRefs(ctx, c.t.ID, []string{externalID}); err != nil {
				return err
			}
			if err := c.copySent(ctx, m); err != nil {
				return err
			}
		}
		if err := c.left(ctx, m, left); err != nil {
			return err
		}
		switch d.State {
		case Sent:
			if m.Delivery.State != Sent {
				c.event(EventDelivered, data{"message_id": id}, nil)
			}
		case Failed:
			c.event(EventDeliveryFailed, data{"message_id": id}, reasonData(d.Reason))
		}
		return nil
	})
	return err
}

// restAfter is when recipients are tried again whom the next hop refused for now; greylisting wants some minutes.
const restAfter = 5 * time.Minute

// left sees to the recipients who did not get a message that left.
func (c *change) left(ctx context.Context, m *Message, left []Undelivered) error {
	for _, u := range left {
		if !u.Final {
			continue
		}
		if _, err := c.markBounced(ctx, m, u.To.Value); err != nil {
			return err
		}
		c.event(EventBounced, data{"message_id": m.ID}, data{"recipient": u.To.Value, "reason": mendLine(u.Reason, 500)})
	}
	return c.rest(ctx, m, left)
}

// rest has a message delivered again to those who were refused for now. Asking for the same again changes nothing.
func (c *change) rest(ctx context.Context, m *Message, left []Undelivered) error {
	var later []Identity
	h := sha256.New()
	for _, u := range left {
		if !u.Final {
			later = append(later, Identity{Kind: u.To.Kind, Value: u.To.Value})
			fmt.Fprintf(h, "%q %q\n", u.To.Kind, u.To.Value)
		}
	}
	if len(later) == 0 {
		return nil
	}
	return c.enqueue(ctx, Job{Kind: JobDeliver, Key: fmt.Sprintf("deliver:%s:%x", m.ID, h.Sum(nil)[:16]), RunAt: c.now.Add(restAfter),
		Payload: DeliverPayload{MessageID: m.ID, Only: later}})
}
