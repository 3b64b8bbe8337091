package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Hub follows the desk for all clients of this process. Make it with New; its methods may be called concurrently.
type Hub struct {
	cfg   Config
	hint  chan struct{} // capacity 1
	catch chan struct{} // held while catching up from the database

	mu      sync.Mutex
	running bool
	joining int // clients that wait for the first look
	streams map[*Stream]struct{}
	round   chan struct{} // closed at the end of the look that runs, or runs next
	failure error         // of the newest look
	dropped int64

	known  bool // what follows is up to date as of the newest look
	items  []*Item
	floor  int64    // every event above this Seq is in items
	at     Position // of the newest event
	places map[ticket.ID]*place
	there  map[ticket.ID]*Company
}

// place is where a ticket of some items stands by now; the items share it.
type place struct {
	standing *ticket.Standing
	items    int
}

// New checks the configuration and makes a Hub. It does no I/O; Subscribe works while Run does.
func New(cfg Config) (*Hub, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Hub{cfg: cfg, hint: make(chan struct{}, 1), catch: make(chan struct{}, catches), streams: map[*Stream]struct{}{},
		round: make(chan struct{})}, nil
}

// Wake says that there may be something new, for example after a commit. It never blocks, is only a hint, and many calls are as good as one.
func (h *Hub) Wake() {
	select {
	case h.hint <- struct{}{}:
	default:
	}
}

// Stats are numbers for those who watch over the program.
type Stats struct {
	Running bool
	Clients int   // streams that are open
	Dropped int64 // streams that were ended because their clients read too slowly
}

// Stats tells the numbers of this moment.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{h.running, len(h.streams), h.dropped}
}

// Run follows the desk until ctx ends, then ends every stream with ErrStopped and returns nil. Errors of the Source are logged and the look is
// repeated. The only error is that the Hub runs already; after a return it may be run again.
func (h *Hub) Run(ctx context.Context) error {
	h.mu.Lock()
	if h.running {
		h.mu.Unlock()
		return errors.New("live: the hub is already running")
	}
	h.running = true
	h.mu.Unlock()
	defer h.stop()
	for failures := 0; ; {
		err := h.look(ctx)
		pause, hint := h.cfg.Idle, h.hint
		if h.wanted() {
			pause = h.cfg.Busy
		}
		if ctx.Err() != nil {
			return nil
		}
		if failures++; err == nil {
			failures = 0
		} else { // a hint is no reason to hammer a database in trouble
			h.cfg.Log.WarnContext(ctx, "live updates wait: the events cannot be read", "error", err)
			hint, pause = nil, min(time.Duration(failures)*h.cfg.Busy, max(h.cfg.Idle, h.cfg.Busy))
		}
		h.turn(err)
		if !wait(ctx, min(settle, pause), nil) || !wait(ctx, pause-settle, hint) {
			return nil
		}
	}
}

// wait reports false once ctx is done.
func wait(ctx context.Context, d time.Duration, hint <-chan struct{}) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-hint:
	case <-t.C:
	}
	return true
}

func (h *Hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = false
	h.forget()
	for s := range h.streams {
		s.end(ErrStopped)
	}
	close(h.round)
	h.round = make(chan struct{})
}

// turn tells those who wait that a look is over.
func (h *Hub) turn(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failure = err
	close(h.round)
	h.round = make(chan struct{})
}

func (h *Hub) wanted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)+h.joining > 0
}

// forget drops what would have to be kept up to date. h.mu is held.
func (h *Hub) forget() {
	h.known, h.items, h.floor, h.at, h.places, h.there = false, nil, 0, Position{}, nil, nil
}

// look reads what is new. Without clients it only keeps the order going.
func (h *Hub) look(ctx context.Context) error {
	if !h.wanted() {
		h.mu.Lock()
		if len(h.streams)+h.joining == 0 {
			h.forget()
		}
		h.mu.Unlock()
		if h.cfg.Sequence == nil {
			return nil
		}
		return h.cfg.Sequence(ctx)
	}
	for {
		h.mu.Lock()
		known, after := h.known, h.at.Seq
		h.mu.Unlock()
		n := portion
		if !known {
			after, n = -1, primed
		}
		news, err := h.cfg.Source.Follow(ctx, follower, after, n)
		if err != nil {
			return err
		}
		h.add(news, !known)
		if !known || len(news) < n {
			break
		}
	}
	return h.attend(ctx)
}

// add appends events to what is kept, first of all or behind the others, and tells the streams.
func (h *Hub) add(news []ticket.Followed, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if first {
		h.forget()
		h.known, h.places, h.there = true, map[ticket.ID]*place{}, map[ticket.ID]*Company{}
		if len(news) > 0 {
			h.floor = news[0].Event.Seq - 1
		}
	}
	for i := range news {
		it := &Item{Followed: news[i]}
		h.locate(it)
		h.items = append(h.items, it)
		h.at = it.Position()
	}
	for _, it := range h.items[len(h.items)-len(news):] { // with the newest standing of each ticket
		whose := rightsIn(&it.Event)
		for s := range h.streams {
			s.offer(it)
			if whose.concerns(s.sub.Account) {
				s.check = true
				s.signal()
			}
		}
	}
	if over := len(h.items) - h.cfg.Keep; over > h.cfg.Keep {
		h.floor = h.items[over-1].Event.Seq
		for _, it := range h.items[:over] {
			if p := h.places[it.About]; p != nil {
				if p.items--; p.items == 0 {
					delete(h.places, it.About)
				}
			}
		}
		h.items = slices.Clone(h.items[over:])
	}
}

// locate makes all items of a ticket share its newest standing, so that who resumes is not shown what was in reach once. h.mu is held.
func (h *Hub) locate(it *Item) {
	if it.Ticket == nil {
		return
	}
	p := h.places[it.About]
	if p == nil {
		p = &place{standing: new(ticket.Standing)}
		h.places[it.About] = p
	}
	p.items++
	*p.standing = *it.Ticket
	it.Ticket = p.standing
}

// holders are those whose rights an event may have changed.
type holders struct {
	all     bool
	account ticket.AccountID
}

func (w holders) concerns(a ticket.AccountID) bool {
	return w.all || w.account != "" && w.account == a
}

// rightsIn reads them from an event of the desk's own chain: the account that it names, or everybody when it names none and may be about roles.
// A stream whose rights ended otherwise is found by the check that its owner makes every few seconds.
func rightsIn(e *ticket.Event) holders {
	if e.TicketID != "" || e.Type == ticket.EventDeleted || e.Type == ticket.EventQueueCreated {
		return holders{}
	}
	var about struct {
		Account ticket.AccountID `json:"account_id"`
	}
	if json.Unmarshal(e.Data, &about) == nil && about.Account != "" {
		return holders{account: about.Account}
	}
	return holders{all: !strings.HasPrefix(string(e.Type), "session.")} // a failed sign-in of nobody changes nothing
}

// from is the index of the first item behind a Seq. h.mu is held.
func (h *Hub) from(seq int64) int {
	i, _ := slices.BinarySearchFunc(h.items, seq+1, func(it *Item, want int64) int { return cmp.Compare(it.Event.Seq, want) })
	return i
}
