package tickettest

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

func (t *writer) ReviseMessage(_ context.Context, id ticket.MessageID, kind ticket.MessageKind, text string) error {
	m, ok := t.d.messages[id]
	if !ok {
		return missing("the message")
	}
	m.Kind, m.Text, m.HTML, m.HasHTML = kind, text, "", false
	t.d.messages[id] = m
	return nil
}

func (x *tx) ReviseMessage(ctx context.Context, id ticket.MessageID, kind ticket.MessageKind, text string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.ReviseMessage(ctx, id, kind, text))
}
