package adapters

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// Channel is an adapter and how it fares.
type Channel struct {
	Status
	Sends   bool // carries answers
	Sources []SourceStatus
}

// Channels lists the adapters with what they say of their sources. The actor needs adapter:read.
func (h *Hub) Channels(ctx context.Context, a ticket.Actor) ([]Channel, error) {
	if err := h.cfg.Service.Require(ctx, a, ticket.OpAdapterRead); err != nil {
		return nil, err
	}
	return h.Standing(), nil
}

// Standing is Channels for the program that runs the desk, which asks for no rights. It does no I/O.
func (h *Hub) Standing() []Channel {
	var out []Channel
	for n, s := range h.Status() {
		c := Channel{Status: s}
		_, c.Sends = h.cfg.Adapters[n].(Sender)
		if m, ok := h.cfg.Adapters[n].(Monitored); ok {
			c.Sources = m.Sources()
		}
		out = append(out, c)
	}
	return out
}

// Troubled reports whether a source of some adapter has stopped until somebody mends it, for a health check. It does no I/O.
func (h *Hub) Troubled() bool {
	for _, a := range h.cfg.Adapters {
		if m, ok := a.(Monitored); ok {
			for _, s := range m.Sources() {
				if s.State == SourceStopped {
					return true
				}
			}
		}
	}
	return false
}
