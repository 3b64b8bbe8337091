package live

import (
	"cmp"
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// Subscription says what a client wants.
type Subscription struct {
	Audience ticket.Audience
	Account  ticket.AccountID // whose rights are to be checked again when they may have changed
	Ticket   ticket.ID        // only this one; "" is all
	// After is the last event that the client knows; "" begins with what happens from now on. One that is unknown, or too far behind,
	// makes the stream begin with a reset.
	After string
}

// Stream is what one client follows. Its owner waits for Ready and takes until nothing is left. Only Close may be called from another
// goroutine.
type Stream struct {
	hub  *Hub
	sub  Subscription
	wake chan struct{} // capacity 1

	// Guarded by hub.mu.
	at       Position // everything up to here was taken, or is nothing for this client
	waiting  bool     // there is something behind at
	catching bool     // at is before what the hub keeps: goes on from the database
	reset    bool
	check    bool
	company  map[ticket.ID]*Company // the newest of each ticket, not taken yet
	err      error
}

// Sighting is an item as its stream's client may see it: never Unseen. Number and Version are the ticket's by then; what Item.Ticket
// points to goes on changing.
type Sighting struct {
	*Item
	Sight   ticket.Sight
	Number  int64
	Version ticket.Version
}

// Batch is what a client takes at once.
type Batch struct {
	Reset   bool // the client must read everything anew; it has missed events
	Check   bool // the client's rights may have changed: they are to be checked before anything of this batch is shown
	Events  []Sighting
	Company []*Company
	At      Position // where the client goes on after this batch; also when there was nothing for it
	More    bool     // there is more to take at once
}

// Subscribe makes a stream, from the moment it is called or behind sub.After. It waits for the desk to be read when nobody listened before.
// Without Run it answers ErrStopped. The caller closes the stream.
func (h *Hub) Subscribe(ctx context.Context, sub Subscription) (*Stream, error) {
	s := &Stream{hub: h, sub: sub, wake: make(chan struct{}, 1), company: map[ticket.ID]*Company{}}
	after, ok := ParsePosition(sub.After)
	s.reset = sub.After != "" && !ok

	h.mu.Lock()
	defer h.mu.Unlock()
	h.joining++
	defer func() { h.joining-- }()
	// Another process may be ahead of this one by a look; so what is not known yet is looked for, twice because a look may have begun before.
	for n := 0; !h.known || !h.running || ok && after.Seq > h.at.Seq && n < 2; n++ {
		if !h.running {
			return nil, ErrStopped
		}
		if n > 0 && !h.known && h.failure != nil {
			return nil, h.failure
		}
		round := h.round
		h.mu.Unlock()
		h.Wake()
		select {
		case <-round:
		case <-ctx.Done():
		}
		h.mu.Lock()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	s.at = h.at
	if ok {
		if err := s.resume(ctx, after); err != nil {
			return nil, err
		}
	}
	if !h.running { // while the database was asked
		return nil, ErrStopped
	}
	if c := h.there[sub.Ticket]; c != nil && sub.Audience.Reaches(c.standing) {
		s.company[sub.Ticket] = c
	}
	h.streams[s] = struct{}{}
	s.signal()
	return s, nil
}

// resume sets the stream behind a position if that one is known. h.mu is held; it is given up while the database is asked.
func (s *Stream) resume(ctx context.Context, after Position) error {
	h := s.hub
	if after.Seq > h.at.Seq || h.at.Seq-after.Seq > h.cfg.Behind {
		s.reset = true
		return nil
	}
	known := after == Position{}
	if i := h.from(after.Seq - 1); after.Seq > h.floor {
		known = i < len(h.items) && h.items[i].Position() == after
	} else if !known {
		h.mu.Unlock()
		es, err := h.fromDatabase(ctx, after.Seq-1, 1)
		h.mu.Lock()
		if err != nil {
			return err
		}
		known = len(es) == 1 && positionOf(&es[0].Event) == after
	}
	if !known {
		s.reset, s.at = true, h.at
		return nil
	}
	s.at, s.waiting, s.catching = after, true, after.Seq < h.floor
	return nil
}

// fromDatabase reads for one client, of few at the same time.
func (h *Hub) fromDatabase(ctx context.Context, after int64, limit int) ([]ticket.Followed, error) {
	select {
	case h.catch <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.catch }()
	return h.cfg.Source.Follow(ctx, follower, after, limit)
}

// Close ends the stream. It may be called more than once.
func (s *Stream) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.end(ErrStopped)
}

// end makes the next Take answer err. hub.mu is held.
func (s *Stream) end(err error) {
	delete(s.hub.streams, s)
	if s.err == nil {
		s.err = err
	}
	s.signal()
}

// Position is where the client goes on: it rises also when there is nothing for the client.
func (s *Stream) Position() Position {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.at
}

// Ready gives a value when there may be something to take.
func (s *Stream) Ready() <-chan struct{} { return s.wake }

func (s *Stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sees decides what this client learns of an event.
func (s *Stream) sees(f *ticket.Followed) ticket.Sight {
	if s.sub.Ticket != "" && f.About != s.sub.Ticket {
		return ticket.Unseen
	}
	return s.sub.Audience.Sees(f)
}

// offer notes a new item. hub.mu is held.
func (s *Stream) offer(it *Item) {
	switch {
	case it.Event.Seq <= s.at.Seq || s.waiting: // seen already, or found when the client gets there
	case s.sees(&it.Followed) == ticket.Unseen:
		s.at = it.Position()
	default:
		s.waiting = true
		s.signal()
	}
}

// show puts an item into a batch if the client may see it. hub.mu is held.
func (s *Stream) show(it *Item, b *Batch) {
	sight := s.sees(&it.Followed)
	if sight == ticket.Unseen {
		return
	}
	out := Sighting{Item: it, Sight: sight}
	if it.Ticket != nil {
		out.Number, out.Version = it.Ticket.Number, it.Ticket.Version
	}
	b.Events = append(b.Events, out)
}

// takeMost bounds a batch, so that its bytes fit into one write.
const takeMost = 100

// Take gives what has come since the last time, without waiting for more. A client that came back reads from the database until it has caught
// up; only that can block. ErrSlow and ErrStopped end the stream, as does an error of the Source.
func (s *Stream) Take(ctx context.Context) (Batch, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.err != nil {
		return Batch{}, s.err
	}
	b := Batch{Reset: s.reset, Check: s.check}
	s.reset, s.check = false, false
	for id, c := range s.company {
		b.Company = append(b.Company, c)
		delete(s.company, id)
	}
	slices.SortFunc(b.Company, func(x, y *Company) int { return cmp.Compare(x.Ticket, y.Ticket) })
	var err error
	switch {
	case s.catching:
		err = s.catchUp(ctx, &b)
	case s.waiting && s.at.Seq < h.floor:
		h.dropped++
		err = ErrSlow
	default:
		s.drain(&b)
	}
	if err != nil {
		s.end(err)
		return Batch{}, err
	}
	b.At = s.at
	if b.More = s.waiting; b.More {
		s.signal()
	}
	return b, nil
}

// drain takes from what the hub keeps. hub.mu is held.
func (s *Stream) drain(b *Batch) {
	for i := s.hub.from(s.at.Seq); i < len(s.hub.items); i++ {
		if len(b.Events) == takeMost {
			return
		}
		it := s.hub.items[i]
		s.show(it, b)
		s.at = it.Position()
	}
	s.waiting = false
}

// catchUp takes from the database until what the hub keeps follows. hub.mu is held; it is given up while the database is asked.
func (s *Stream) catchUp(ctx context.Context, b *Batch) error {
	after := s.at.Seq
	s.hub.mu.Unlock()
	es, err := s.hub.fromDatabase(ctx, after, takeMost)
	s.hub.mu.Lock()
	if s.err != nil {
		return s.err
	}
	if err != nil {
		return err
	}
	for i := range es {
		it := &Item{Followed: es[i]}
		s.show(it, b)
		s.at = it.Position()
	}
	s.catching = s.at.Seq < s.hub.floor && len(es) > 0
	return nil
}
