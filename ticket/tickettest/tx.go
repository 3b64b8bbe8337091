package tickettest

import (
	"context"
	"errors"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// tx guards a writer as databases do: nothing runs once the closure has returned, after a failed statement, or when the context is done.
type tx struct {
	w      *writer
	dead   bool
	failed error // of the first statement that failed; the transaction cannot commit after it
}

var errOver = errors.New("tickettest: the transaction is over")

func (x *tx) enter(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case x.dead:
		return errOver
	}
	return x.failed
}

// leave notes an error after which nothing may follow. What is absent or stale is an answer, not a failure.
func (x *tx) leave(err error) error {
	if k := ticket.KindOf(err); err != nil && x.failed == nil && k != ticket.NotFound && k != ticket.Stale {
		x.failed = err
	}
	return err
}

func (x *tx) Ticket(ctx context.Context, s ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Ticket(ctx, s, id)
	return v0, x.leave(err)
}

func (x *tx) TicketByNumber(ctx context.Context, s ticket.Scope, number int64) (*ticket.Ticket, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.TicketByNumber(ctx, s, number)
	return v0, x.leave(err)
}

func (x *tx) Tickets(ctx context.Context, s ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Tickets(ctx, s, q)
	return v0, x.leave(err)
}

func (x *tx) Messages(ctx context.Context, s ticket.Scope, q ticket.MessageQuery) ([]ticket.Message, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Messages(ctx, s, q)
	return v0, x.leave(err)
}

func (x *tx) Message(ctx context.Context, s ticket.Scope, id ticket.MessageID) (*ticket.Message, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Message(ctx, s, id)
	return v0, x.leave(err)
}

func (x *tx) Attachment(ctx context.Context, s ticket.Scope, t ticket.ID, id ticket.AttachmentID) (*ticket.Attachment, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Attachment(ctx, s, t, id)
	return v0, x.leave(err)
}

func (x *tx) Events(ctx context.Context, s ticket.Scope, q ticket.EventQuery) ([]ticket.Event, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Events(ctx, s, q)
	return v0, x.leave(err)
}

func (x *tx) Participants(ctx context.Context, s ticket.Scope, t ticket.ID) ([]ticket.Participant, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Participants(ctx, s, t)
	return v0, x.leave(err)
}

func (x *tx) Contact(ctx context.Context, id ticket.ContactID) (*ticket.Contact, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Contact(ctx, id)
	return v0, x.leave(err)
}

func (x *tx) ContactByIdentity(ctx context.Context, kind, value string) (*ticket.Contact, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.ContactByIdentity(ctx, kind, value)
	return v0, x.leave(err)
}

func (x *tx) Queue(ctx context.Context, id ticket.QueueID) (*ticket.Queue, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Queue(ctx, id)
	return v0, x.leave(err)
}

func (x *tx) Queues(ctx context.Context) ([]ticket.Queue, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Queues(ctx)
	return v0, x.leave(err)
}

func (x *tx) TicketByRefs(ctx context.Context, refs []string) (ticket.ID, error) {
	if err := x.enter(ctx); err != nil {
		return "", err
	}
	v0, err := x.w.TicketByRefs(ctx, refs)
	return v0, x.leave(err)
}

func (x *tx) Received(ctx context.Context, channel, key string) (*ticket.Receipt, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Received(ctx, channel, key)
	return v0, x.leave(err)
}

func (x *tx) DeskHead(ctx context.Context) (ticket.Head, error) {
	if err := x.enter(ctx); err != nil {
		return ticket.Head{}, err
	}
	v0, err := x.w.DeskHead(ctx)
	return v0, x.leave(err)
}

func (x *tx) NextNumber(ctx context.Context) (int64, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	v0, err := x.w.NextNumber(ctx)
	return v0, x.leave(err)
}

func (x *tx) InsertTicket(ctx context.Context, v *ticket.Ticket) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertTicket(ctx, v))
}

func (x *tx) UpdateTicket(ctx context.Context, v *ticket.Ticket, was ticket.Version) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.UpdateTicket(ctx, v, was))
}

func (x *tx) DeleteTicket(ctx context.Context, id ticket.ID) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.DeleteTicket(ctx, id))
}

func (x *tx) InsertMessage(ctx context.Context, m *ticket.Message) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertMessage(ctx, m))
}

func (x *tx) SetDelivery(ctx context.Context, id ticket.MessageID, d ticket.Delivery, externalID string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.SetDelivery(ctx, id, d, externalID))
}

func (x *tx) InsertAttachment(ctx context.Context, a *ticket.Attachment) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertAttachment(ctx, a))
}

func (x *tx) InsertContact(ctx context.Context, c *ticket.Contact) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertContact(ctx, c))
}

func (x *tx) UpdateContact(ctx context.Context, c *ticket.Contact) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.UpdateContact(ctx, c))
}

func (x *tx) AddParticipant(ctx context.Context, id ticket.ID, p ticket.Participant) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.AddParticipant(ctx, id, p))
}

func (x *tx) InsertQueue(ctx context.Context, q *ticket.Queue) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertQueue(ctx, q))
}

func (x *tx) LinkRefs(ctx context.Context, id ticket.ID, refs []string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.LinkRefs(ctx, id, refs))
}

func (x *tx) MarkReceived(ctx context.Context, r ticket.Receipt) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.MarkReceived(ctx, r))
}

func (x *tx) AppendEvent(ctx context.Context, e *ticket.Event) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.AppendEvent(ctx, e))
}

func (x *tx) SetDeskHead(ctx context.Context, h ticket.Head) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.SetDeskHead(ctx, h))
}

func (x *tx) Enqueue(ctx context.Context, j ticket.Job) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.Enqueue(ctx, j))
}

func (x *tx) SetTimer(ctx context.Context, id ticket.ID, name string, at time.Time) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.SetTimer(ctx, id, name, at))
}

func (x *tx) TakeTimer(ctx context.Context, id ticket.ID, name string, at time.Time) (bool, error) {
	if err := x.enter(ctx); err != nil {
		return false, err
	}
	v0, err := x.w.TakeTimer(ctx, id, name, at)
	return v0, x.leave(err)
}
