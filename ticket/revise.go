package ticket

import "context"

// Events of answers that were changed after they had left.
const (
	EventRevised   EventType = "message.revised"   // [message_id]; private: from
	EventWithdrawn EventType = "message.withdrawn" // [message_id] it is a note now
)

// Revise replaces the text of a public message that the desk has written, where it has arrived too: the channel that carried it follows by the
// event. The text before stays in the history. It needs message:write, and for what another person has written ticket:delete, too; Conflict when the
// message has left by a channel that takes nothing back, such as mail (see Config.Revises), or is on its way. The same text changes nothing.
func (s *Service) Revise(ctx context.Context, a Actor, id MessageID, v Version, text string) (*Message, error) {
	text, err := s.text("body", text, true)
	if err != nil {
		return nil, err
	}
	return s.revise(ctx, a, id, v, func(c *change, m *Message) {
		if m.Text != text {
			c.event(EventRevised, data{"message_id": id}, data{"from": m.Text})
			m.Text = text
		}
	})
}

// Withdraw takes a public message back that the desk has written: it goes where it has arrived, and at the desk it is a note from now on, so that
// nobody outside reads it in transcripts and quotations. What it needs and refuses is as with Revise.
func (s *Service) Withdraw(ctx context.Context, a Actor, id MessageID, v Version) (*Message, error) {
	return s.revise(ctx, a, id, v, func(c *change, m *Message) {
		c.event(EventWithdrawn, data{"message_id": id}, nil)
		m.Kind = Note
	})
}

func (s *Service) revise(ctx context.Context, a Actor, id MessageID, v Version, fn func(*change, *Message)) (*Message, error) {
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
	if a.Kind != ActorAccount && a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only a person who works at the desk can change its answers")
	}
	_, err = s.update(ctx, a, OpMessageWrite, m.TicketID, v, func(ctx context.Context, c *change) error {
		if m, err = c.tx.Message(ctx, Scope{all: true}, id); err != nil {
			return err
		}
		switch {
		case m.TicketID != c.t.ID:
			return Errorf(Stale, "the message has moved to another ticket")
		case m.Kind != Public:
			return Errorf(NotFound, "the message does not exist")
		}
		if err := s.mayRevise(ctx, c, a, m); err != nil {
			return err
		}
		if err := s.revisable(m); err != nil {
			return err
		}
		kind, text := m.Kind, m.Text
		if fn(c, m); m.Kind == kind && m.Text == text {
			return nil
		}
		m.HTML, m.HasHTML = "", false
		if err := c.tx.ReviseMessage(ctx, id, m.Kind, m.Text); err != nil {
			return err
		}
		return c.preview(ctx)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// mayRevise refuses what another person has written to whoever may not delete the ticket either: nobody puts words into a colleague's mouth. What
// the desk has written by itself belongs to nobody.
func (s *Service) mayRevise(ctx context.Context, c *change, a Actor, m *Message) error {
	if a.Kind != ActorAccount || m.Author.Type != ActorAccount || m.Author.ID == string(a.Account) {
		return nil
	}
	scope, err := s.scope(ctx, c.tx, a, OpTicketDelete)
	if KindOf(err) == Denied || err == nil && !scope.Sees(c.t) {
		return Errorf(Denied, "only who has written an answer can change it, or whoever may delete its ticket")
	}
	return err
}

// Revisable reports whether Revise and Withdraw would take a message, as it is now, from whoever has written it.
func (s *Service) Revisable(m *Message) bool { return m.Kind == Public && s.revisable(m) == nil }

// revisable refuses what the desk has not written, and what has left for good.
func (s *Service) revisable(m *Message) error {
	if m.Author.Type != ActorAccount && m.Author.Type != ActorSystem || m.Machine {
		return Errorf(Conflict, "only answers of the desk can be changed")
	}
	if m.Delivery == nil || m.Delivery.State == Failed {
		return nil
	}
	if m.Delivery.State == Queued {
		return Errorf(Conflict, "the message is on its way")
	}
	for _, to := range m.To {
		if s.cfg.Revises == nil || !s.cfg.Revises(to.Kind) {
			return Errorf(Conflict, "the message has left by a channel that takes nothing back")
		}
	}
	return nil
}

// preview shows of the ticket's conversation what is its newest public message now.
func (c *change) preview(ctx context.Context) error {
	ms, err := c.tx.Messages(ctx, Scope{all: true}, MessageQuery{Ticket: c.t.ID, Kinds: []MessageKind{Public}, Newest: true, Limit: 1})
	if err != nil {
		return err
	}
	c.t.Preview = ""
	for _, m := range ms {
		c.t.Preview = previewOf(m.Text)
	}
	return nil
}
