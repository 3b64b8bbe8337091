package ticketkit

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/observe"
)

// Counts counts what the database knows, for metrics; see observe.Counts for what that costs. It is for whoever runs the desk and asks for no
// rights: it gives numbers alone.
func (d *Desk) Counts(ctx context.Context) (observe.Counts, error) {
	now := time.Now
	if d.cfg.Now != nil {
		now = d.cfg.Now
	}
	return d.cfg.Store.Counts(ctx, now())
}

// State tells how the desk stands in this process, for metrics. It does no I/O.
func (d *Desk) State() observe.State {
	live := d.live.Stats()
	out := observe.State{Pools: d.cfg.Store.Pools(), Live: observe.Live{Clients: live.Clients, Dropped: live.Dropped}}
	for _, c := range d.hub.Standing() {
		out.Channels = append(out.Channels, observe.Channel{Name: c.Name, Running: c.Status.State == adapters.Running, Restarts: c.Restarts, Received: c.Received, Parked: c.Parked})
		for _, s := range c.Sources {
			out.Sources = append(out.Sources, observe.Source{Channel: c.Name, Name: s.Name, Mailbox: s.ID != adapters.GatewaySource, State: string(s.State), Lag: s.Lag, LastContact: s.LastContact})
		}
	}
	return out
}
