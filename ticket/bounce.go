package ticket

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Bounce is what a report says about a message that the desk has sent.
type Bounce struct {
	MessageID  MessageID // of the message; or
	ExternalID string    // what the channel calls it, for mail the Message-ID without angle brackets
	Recipient  string    // whom it did not reach, an address; "" when the report does not say
	Reason     string    // what the other side said, e.g. "550 5.1.1 user unknown"
	Delayed    bool      // nothing is lost yet: the other side goes on trying
}

// Bounced notes that a message came back: the message shows it, the address of the recipient is marked, and the assignee is told by mail
// if the desk mails that (see NoticeBounced). A report about a delay changes the reason that the message shows and nothing else. NotFound
// when the desk has sent no such message; a repeated report changes nothing. Only system actors may call it: whoever reads reports.
//
// Reports can be forged. So an address is marked only if this very message went to it, and the mark only keeps automatic mail from it.
func (s *Service) Bounced(ctx context.Context, a Actor, b Bounce) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only a channel may report what came back")
	}
	b.Reason, b.Recipient = mendLine(b.Reason, 500), strings.ToLower(mendLine(b.Recipient, 254))
	m, err := s.sentMessage(ctx, &b)
	if err != nil {
		return err
	}
	_, err = s.updateAny(ctx, a, OpMessageWrite, m.TicketID, 0, func(ctx context.Context, c *change) error {
		m, err := c.tx.Message(ctx, Scope{all: true}, m.ID)
		if err != nil {
			return err
		}
		if m.TicketID != c.t.ID {
			return Errorf(Stale, "the message has moved to another ticket")
		}
		return c.bounced(ctx, m, b)
	})
	return err
}

// sentMessage finds the message that a report is about.
func (s *Service) sentMessage(ctx context.Context, b *Bounce) (*Message, error) {
	all, missing := Scope{all: true}, Errorf(NotFound, "the desk has sent no such message")
	if b.MessageID != "" {
		m, err := s.cfg.Store.Message(ctx, all, b.MessageID)
		if err == nil && m.Delivery == nil {
			return nil, missing
		}
		return m, err
	}
	if b.ExternalID == "" {
		return nil, InvalidField("external_id", "is required without message_id")
	}
	id, err := s.cfg.Store.TicketByRefs(ctx, []string{b.ExternalID})
	if err != nil {
		if errors.Is(err, errNotFound) {
			err = missing
		}
		return nil, err
	}
	for q := (MessageQuery{Ticket: id, Kinds: []MessageKind{Public}, Limit: s.cfg.Limits.HistoryPerQuery}); ; {
		ms, err := s.cfg.Store.Messages(ctx, all, q)
		if err != nil {
			return nil, err
		}
		for i := range ms {
			if ms[i].ExternalID == b.ExternalID && ms[i].Delivery != nil {
				return &ms[i], nil
			}
			q.After = ms[i].N
		}
		if len(ms) < q.Limit {
			return nil, missing
		}
	}
}

func (c *change) bounced(ctx context.Context, m *Message, b Bounce) error {
	if m.Delivery == nil {
		return nil
	}
	c.quiet = true // like every other news about a delivery
	reason := b.Reason
	if b.Recipient != "" {
		reason = strings.TrimSuffix(b.Recipient+": "+b.Reason, ": ")
	}
	d := Delivery{State: Bounced, Reason: reason, At: c.now, Returned: c.returned(b)}
	if b.Delayed {
		if m.Delivery.State == Bounced || m.Delivery.State == Failed || m.Delivery.Reason == reason {
			return nil
		}
		d.State, d.Returned = m.Delivery.State, nil
		return c.tx.SetDelivery(ctx, m.ID, d, "")
	}
	marked, err := c.markBounced(ctx, m, b.Recipient)
	if err != nil || m.Delivery.State == Bounced && m.Delivery.Reason == reason && !marked {
		return err
	}
	if err := c.tx.SetDelivery(ctx, m.ID, d, ""); err != nil {
		return err
	}
	c.event(EventBounced, data{"message_id": m.ID}, data{"recipient": b.Recipient, "reason": b.Reason})
	return nil
}

// markBounced marks the address that a message did not reach, which is the only one when the report names none.
func (c *change) markBounced(ctx context.Context, m *Message, address string) (changed bool, err error) {
	mails := slices.DeleteFunc(slices.Clone(m.To), func(i Identity) bool {
		return i.Kind != KindEmail || address != "" && i.Value != address
	})
	if len(mails) != 1 {
		return false, nil
	}
	ct, err := c.tx.ContactByIdentity(ctx, KindEmail, mails[0].Value)
	if errors.Is(err, errNotFound) {
		return false, nil // forgotten since
	}
	if err != nil {
		return false, err
	}
	for i := range ct.Identities {
		id := &ct.Identities[i]
		if id.Kind == KindEmail && id.Value == mails[0].Value && id.BouncedAt.IsZero() {
			id.BouncedAt, changed = c.now, true
		}
	}
	if !changed {
		return false, nil
	}
	return true, c.tx.UpdateContact(ctx, ct)
}

// heard takes the mark of a bounce off the identity that somebody has just written from.
func (c *change) heard(ctx context.Context, ct *Contact, from Identity) error {
	for i := range ct.Identities {
		id := &ct.Identities[i]
		if id.Kind == from.Kind && strings.EqualFold(id.Value, from.Value) && !id.BouncedAt.IsZero() {
			id.BouncedAt = time.Time{}
			return c.tx.UpdateContact(ctx, ct)
		}
	}
	return nil
}

// Resend sends a message again that could not be delivered, or came back. It goes to whom it went before, under the same name in the channel.
// It needs message:write; Conflict when the message is on its way, has arrived, or never was to leave the desk.
func (s *Service) Resend(ctx context.Context, a Actor, id MessageID) (*Message, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpMessageWrite)
	if err != nil {
		return nil, err
	}
	m, err := s.cfg.Store.Message(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if m.Kind != Public { // whoever may write answers need not know of notes
		return nil, Errorf(NotFound, "the message does not exist")
	}
	_, err = s.update(ctx, a, OpMessageWrite, m.TicketID, 0, func(ctx context.Context, c *change) error {
		if m, err = c.tx.Message(ctx, Scope{all: true}, id); err != nil {
			return err
		}
		switch {
		case m.TicketID != c.t.ID:
			return Errorf(Stale, "the message has moved to another ticket")
		case m.Delivery == nil:
			return Errorf(Conflict, "the message does not leave the desk")
		case m.Delivery.State != Failed && m.Delivery.State != Bounced:
			return Errorf(Conflict, "the message is %s", m.Delivery.State)
		}
		m.Delivery = &Delivery{State: Queued, At: c.now}
		if err := c.tx.SetDelivery(ctx, id, *m.Delivery, ""); err != nil {
			return err
		}
		c.quiet = true
		c.event(EventResent, data{"message_id": id}, nil)
		return c.enqueue(ctx, Job{Kind: JobDeliver, Key: "deliver:" + string(id), RunAt: c.now, Payload: DeliverPayload{MessageID: id}})
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
