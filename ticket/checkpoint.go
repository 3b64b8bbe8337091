package ticket

import (
	"context"
	"encoding/json"
	"log/slog"
)

// EventCheckpoint, on the desk's chain, holds the heads of the tickets that have changed since the one before, up to a place in the
// whole history. So whoever cuts off the newest events of a ticket, together with its head or with the ticket itself, would have to
// cut the desk's chain too.
const EventCheckpoint EventType = "chain.checkpoint" // [seq heads]; heads: [ticket_id count head]

// checkpoint is the data of EventCheckpoint.
type checkpoint struct {
	Seq   int64        `json:"seq"`
	Heads []pinnedHead `json:"heads"`
}

// pinnedHead is the head of one ticket's chain as it was. EventDeleted has the same keys.
type pinnedHead struct {
	TicketID ID     `json:"ticket_id"`
	Count    int64  `json:"count"`
	Head     []byte `json:"head"`
}

const (
	checkpointTickets = 200    // tickets of one checkpoint
	checkpointRead    = 512    // places read at once: a ticket often has one or two new events, so more would be read for nothing
	checkpointScan    = 20_000 // places looked at for one checkpoint, at most
)

// Checkpoint pins the heads of all tickets that have changed since the last one, in as many events as it needs, and tells how many tickets
// there were. Several processes may do it at once. Only the program itself may.
func (s *Service) Checkpoint(ctx context.Context, a Actor) (tickets int, err error) {
	if a.Kind != ActorSystem {
		return 0, Errorf(Denied, "only the program itself makes checkpoints")
	}
	for {
		n, more, err := s.checkpoint(ctx, a)
		tickets += n
		if err != nil || !more {
			return tickets, err
		}
	}
}

// checkpoint appends one event, if there is anything to pin.
func (s *Service) checkpoint(ctx context.Context, a Actor) (n int, more bool, err error) {
	last, err := s.pinnedSeq(ctx, s.cfg.Store)
	if err != nil {
		return 0, false, err
	}
	ids, upTo, more, err := s.changedSince(ctx, last)
	if err != nil || upTo == last {
		return 0, false, err
	}
	if len(ids) == 0 && !more { // only the desk itself has changed, and its chain needs no other
		return 0, false, nil
	}
	c := checkpoint{Seq: upTo, Heads: []pinnedHead{}}
	heads, err := s.cfg.Store.Heads(ctx, ids) // a head that has gone on since its place was read is pinned here and, being behind upTo, once more
	if err != nil {
		return 0, false, err
	}
	for _, id := range ids {
		if h, ok := heads[id]; ok { // else it was deleted: its end is in the desk's chain
			c.Heads = append(c.Heads, pinnedHead{id, h.Count, h.MAC})
		}
	}
	var head Head
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		n, head = 0, Head{}
		if _, err := tx.DeskHead(ctx); err != nil { // first, so that no other checkpoint comes between
			return err
		}
		if now, err := s.pinnedSeq(ctx, tx); err != nil || now != last {
			return err // another process was faster
		}
		n = len(c.Heads)
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		now := s.now()
		e := &Event{ID: EventID(NewID(now)), Type: EventCheckpoint, Actor: eventActor(a), At: now, Data: raw}
		if err := s.chain.AppendDesk(ctx, tx, e); err != nil {
			return err
		}
		head = Head{Count: e.N, MAC: e.MAC}
		return nil
	})
	if err == nil && head.Count > 0 {
		// A log that is kept elsewhere is what tells when the desk's own chain was cut.
		s.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "ticket: history pinned", slog.Int("tickets", n), slog.Int64("desk_events", head.Count), slog.String("head", hexOf(head.MAC)))
	}
	return n, more, err
}

// pinnedSeq is up to where in the whole history the heads are pinned.
func (s *Service) pinnedSeq(ctx context.Context, r Reader) (int64, error) {
	es, err := r.Events(ctx, Scope{all: true}, EventQuery{Desk: true, Types: []EventType{EventCheckpoint}, Reverse: true, Limit: 1})
	if err != nil || len(es) == 0 {
		return 0, err
	}
	var c struct {
		Seq int64 `json:"seq"`
	}
	err = json.Unmarshal(es[0].Data, &c)
	return c.Seq, err
}

// changedSince gives the tickets with events behind a place in the whole history, up to another; more tells that it goes on there.
func (s *Service) changedSince(ctx context.Context, after int64) (ids []ID, upTo int64, more bool, err error) {
	seen := map[ID]bool{}
	upTo = after
	for scanned := 0; ; {
		places, err := s.cfg.Store.Places(ctx, upTo, checkpointRead)
		if err != nil {
			return nil, 0, false, err
		}
		for _, p := range places {
			if p.TicketID != "" && !seen[p.TicketID] {
				if len(ids) == checkpointTickets {
					return ids, upTo, true, nil
				}
				seen[p.TicketID] = true
				ids = append(ids, p.TicketID)
			}
			upTo = p.Seq
		}
		if scanned += len(places); len(places) < checkpointRead {
			return ids, upTo, false, nil
		}
		if scanned >= checkpointScan {
			return ids, upTo, true, nil
		}
	}
}

// condense leaves of checkpoints how much they pin: the heads are for verifying, not for reading.
func condense(es []Event) {
	for i := range es {
		switch es[i].Type {
		case EventCheckpoint:
			var c checkpoint
			if json.Unmarshal(es[i].Data, &c) == nil {
				es[i].Data = encode(data{"seq": c.Seq, "tickets": len(c.Heads)})
			}
		case EventKeysRotated:
			es[i].Private = nil
		}
	}
}
