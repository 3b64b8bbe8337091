package live

import (
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// attend looks who is at which ticket, and tells of the tickets where that is not as it was at the look before. Nobody says that somebody's
// time is over; it shows here.
func (h *Hub) attend(ctx context.Context) error {
	all, err := h.cfg.Source.AllPresent(ctx, follower)
	if err != nil {
		return err
	}
	now := map[ticket.ID][]ticket.Presence{}
	for _, p := range all {
		now[p.TicketID] = append(now[p.TicketID], p)
	}
	h.mu.Lock()
	var changed []ticket.ID
	for id, people := range now {
		if c := h.there[id]; c == nil || !slices.EqualFunc(c.rows, people, same) {
			changed = append(changed, id)
		}
	}
	for id := range h.there {
		if now[id] == nil {
			changed = append(changed, id)
		}
	}
	h.mu.Unlock()
	slices.Sort(changed)
	for _, id := range changed {
		people, st, err := h.cfg.Source.Attendance(ctx, follower, id)
		if err != nil {
			return err
		}
		h.tell(&Company{Ticket: id, People: people, standing: st, rows: now[id]})
	}
	return nil
}

// same compares what is shown: a stay that was renewed is the same.
func same(a, b ticket.Presence) bool {
	return a.Account == b.Account && a.State == b.State && a.Since.Equal(b.Since)
}

func (h *Hub) tell(c *Company) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.known { // stopped meanwhile
		return
	}
	if len(c.rows) == 0 {
		delete(h.there, c.Ticket)
	} else {
		h.there[c.Ticket] = c
	}
	for s := range h.streams {
		if (s.sub.Ticket == "" || s.sub.Ticket == c.Ticket) && s.sub.Audience.Reaches(c.standing) {
			s.company[c.Ticket] = c
			s.signal()
		}
	}
}
