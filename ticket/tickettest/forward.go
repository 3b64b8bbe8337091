package tickettest

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

func (st *Store) reader() reader { return reader{st.snapshot()} }

// Ticket is described at ticket.Reader.
func (st *Store) Ticket(ctx context.Context, s ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Ticket(ctx, s, id)
}

// TicketByNumber is described at ticket.Reader.
func (st *Store) TicketByNumber(ctx context.Context, s ticket.Scope, number int64) (*ticket.Ticket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().TicketByNumber(ctx, s, number)
}

// Tickets is described at ticket.Reader.
func (st *Store) Tickets(ctx context.Context, s ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Tickets(ctx, s, q)
}

// Messages is described at ticket.Reader.
func (st *Store) Messages(ctx context.Context, s ticket.Scope, q ticket.MessageQuery) ([]ticket.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Messages(ctx, s, q)
}

// Message is described at ticket.Reader.
func (st *Store) Message(ctx context.Context, s ticket.Scope, id ticket.MessageID) (*ticket.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Message(ctx, s, id)
}

// Attachment is described at ticket.Reader.
func (st *Store) Attachment(ctx context.Context, s ticket.Scope, t ticket.ID, id ticket.AttachmentID) (*ticket.Attachment, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Attachment(ctx, s, t, id)
}

// Events is described at ticket.Reader.
func (st *Store) Events(ctx context.Context, s ticket.Scope, q ticket.EventQuery) ([]ticket.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Events(ctx, s, q)
}

// Participants is described at ticket.Reader.
func (st *Store) Participants(ctx context.Context, s ticket.Scope, t ticket.ID) ([]ticket.Participant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Participants(ctx, s, t)
}

// Contact is described at ticket.Reader.
func (st *Store) Contact(ctx context.Context, id ticket.ContactID) (*ticket.Contact, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Contact(ctx, id)
}

// ContactByIdentity is described at ticket.Reader.
func (st *Store) ContactByIdentity(ctx context.Context, kind, value string) (*ticket.Contact, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().ContactByIdentity(ctx, kind, value)
}

// Queue is described at ticket.Reader.
func (st *Store) Queue(ctx context.Context, id ticket.QueueID) (*ticket.Queue, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Queue(ctx, id)
}

// Queues is described at ticket.Reader.
func (st *Store) Queues(ctx context.Context) ([]ticket.Queue, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Queues(ctx)
}

// TicketByRefs is described at ticket.Reader.
func (st *Store) TicketByRefs(ctx context.Context, refs []string) (ticket.ID, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return st.reader().TicketByRefs(ctx, refs)
}

// Received is described at ticket.Reader.
func (st *Store) Received(ctx context.Context, channel, key string) (*ticket.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Received(ctx, channel, key)
}

// DeskHead is described at ticket.Reader.
func (st *Store) DeskHead(ctx context.Context) (ticket.Head, error) {
	if err := ctx.Err(); err != nil {
		return ticket.Head{}, err
	}
	return st.reader().DeskHead(ctx)
}
