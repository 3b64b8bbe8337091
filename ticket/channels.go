package ticket

import "context"

// Events of the desk's own chain about its mailboxes.
const (
	EventMailboxCreated EventType = "mailbox.created" // [mailbox_id]
	EventMailboxUpdated EventType = "mailbox.updated" // [mailbox_id]
	EventMailboxDeleted EventType = "mailbox.deleted" // [mailbox_id]
)

// RecordMailbox notes on the desk's chain that an actor made, changed or deleted a mailbox. It needs adapter:manage. Package adapters calls
// it, which keeps mailboxes.
func (s *Service) RecordMailbox(ctx context.Context, a Actor, typ EventType, id string) error {
	if typ != EventMailboxCreated && typ != EventMailboxUpdated && typ != EventMailboxDeleted {
		return Errorf(Internal, "%s says nothing about a mailbox", typ)
	}
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpAdapterManage); err != nil {
			return err
		}
		now := s.now()
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: typ, Actor: eventActor(a), At: now, Data: encode(data{"mailbox_id": id})})
	})
}
