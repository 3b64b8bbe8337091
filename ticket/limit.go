package ticket

import (
	"context"
	"fmt"
)

// room refuses a new ticket of a requester who has as many active ones as the desk allows in the channel. Of several calls at once, no more get
// through than there is room for.
func (s *Service) room(ctx context.Context, tx Tx, id ContactID, channel string) error {
	q, most := Query{Requester: id}, s.cfg.MaxOpenPerRequester
	if n, own := s.cfg.MaxOpenByChannel[channel]; own {
		q.Channel, most = []string{channel}, n
	}
	if most <= 0 {
		return nil
	}
	if err := tx.Guard(ctx, "requester:"+string(id)); err != nil {
		return err
	}
	active := true
	q.Active, q.Limit = &active, most
	ts, err := tx.Tickets(ctx, Scope{all: true}, q)
	if err != nil || len(ts) < most {
		return err
	}
	return &Error{Kind: Conflict, Field: "requester", Msg: fmt.Sprintf("has %d open tickets already, and more are not allowed", len(ts))}
}
