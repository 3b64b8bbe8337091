package ticket

import "context"

// Events of the desk's own chain about the panels of its chats.
const (
	EventPanelCreated EventType = "panel.created" // [panel_id]
	EventPanelUpdated EventType = "panel.updated" // [panel_id]
	EventPanelDeleted EventType = "panel.deleted" // [panel_id]
)

// RecordPanel notes on the desk's chain that an actor made, changed or deleted a panel. It needs adapter:manage. Package adapters calls it,
// which keeps panels.
func (s *Service) RecordPanel(ctx context.Context, a Actor, typ EventType, id string) error {
	if typ != EventPanelCreated && typ != EventPanelUpdated && typ != EventPanelDeleted {
		return Errorf(Internal, "%s says nothing about a panel", typ)
	}
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpAdapterManage); err != nil {
			return err
		}
		now := s.now()
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: typ, Actor: eventActor(a), At: now, Data: encode(data{"panel_id": id})})
	})
}
