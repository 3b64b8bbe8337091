package store

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// What a transaction reads in order to change it stays as it was read, as if there were one writer: a ticket, a contact, the head of the
// desk's chain. Two transactions that lock in different orders end in a deadlock, which the database finds and Update runs again.

// Ticket implements ticket.Reader.
func (tx *Tx) Ticket(ctx context.Context, sc ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	if err := tx.lockTicket(ctx, sc, "t.id = ?", id); err != nil {
		return nil, err
	}
	return tx.reader.Ticket(ctx, sc, id)
}

// TicketByNumber implements ticket.Reader.
func (tx *Tx) TicketByNumber(ctx context.Context, sc ticket.Scope, number int64) (*ticket.Ticket, error) {
	if err := tx.lockTicket(ctx, sc, "t.number = ?", number); err != nil {
		return nil, err
	}
	return tx.reader.TicketByNumber(ctx, sc, number)
}

// lockTicket leaves alone what is out of scope.
func (tx *Tx) lockTicket(ctx context.Context, sc ticket.Scope, where string, arg any) error {
	if tx.s.flavor.lock == "" {
		return nil
	}
	clause, args := scopeWhere(sc, nil)
	found, err := tx.lock(ctx, "SELECT t.number FROM {tickets} t WHERE "+where+and(clause), append([]any{arg}, args...)...)
	if err == nil && !found {
		err = notFound("ticket")
	}
	return err
}

// Contact implements ticket.Reader.
func (tx *Tx) Contact(ctx context.Context, id ticket.ContactID) (*ticket.Contact, error) {
	found, err := tx.lock(ctx, "SELECT c.id FROM {contacts} c WHERE c.id = ?", id)
	if err == nil && !found {
		err = notFound("contact")
	}
	if err != nil {
		return nil, err
	}
	return tx.reader.Contact(ctx, id)
}

// ContactByIdentity implements ticket.Reader.
func (tx *Tx) ContactByIdentity(ctx context.Context, kind, value string) (*ticket.Contact, error) {
	found, err := tx.lock(ctx, "SELECT c.id FROM {contacts} c WHERE c.id ="+
		" (SELECT k.contact_id FROM {contact_identities} k WHERE k.kind = ? AND k.value = ?)", kind, value)
	if err == nil && !found {
		err = notFound("contact")
	}
	if err != nil {
		return nil, err
	}
	return tx.reader.ContactByIdentity(ctx, kind, value)
}

// DeskHead implements ticket.Reader. It locks the desk: rules over several accounts or queues rest on that.
func (tx *Tx) DeskHead(ctx context.Context) (ticket.Head, error) {
	if err := tx.lockDesk(ctx); err != nil {
		return ticket.Head{}, err
	}
	return tx.reader.DeskHead(ctx)
}

// CountActive implements rbac.Reader. Who counts before a change does so because the number matters.
func (tx *Tx) CountActive(ctx context.Context, role string) (int, error) {
	if err := tx.lockDesk(ctx); err != nil {
		return 0, err
	}
	return tx.reader.CountActive(ctx, role)
}

func (tx *Tx) lockDesk(ctx context.Context) error {
	found, err := tx.lock(ctx, "SELECT d.id FROM {desk} d WHERE d.id = 1")
	if err == nil && !found {
		err = op("desk", errNoDesk)
	}
	return err
}
