package ticketkit

import (
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// commander is an adapter whose channel has commands, such as Discord: it acts at the desk as the people it has identified, and follows what
// happens to its tickets elsewhere.
type commander interface {
	// BindDesk is called once, by New.
	BindDesk(*ticket.Service, *rbac.Accounts)
	// Hook is called behind the hooks of Config, for every event.
	Hook(ctx context.Context, tx ticket.Tx, e *ticket.Event) error
	// Handlers are those of the jobs that Hook leaves.
	Handlers() map[string]jobs.Handler
}

// clockShower is a commander that shows the clocks of tickets.
type clockShower interface {
	// BindSLA is called once, by New, behind BindDesk.
	BindSLA(*sla.Service)
}

func (d *Desk) commanders() (out []commander) {
	for _, a := range d.cfg.Adapters {
		if c, ok := a.(commander); ok {
			out = append(out, c)
		}
	}
	return out
}

// hooks are those of the host and then those of the adapters.
func (d *Desk) hooks() []ticket.Hook {
	out := append([]ticket.Hook(nil), d.cfg.Hooks...)
	for _, c := range d.commanders() {
		out = append(out, c.Hook)
	}
	return out
}

// revises reports whether an adapter changes what it has carried to identities of a kind.
func (d *Desk) revises(kind string) bool {
	return slices.ContainsFunc(d.cfg.Adapters, func(a adapters.Adapter) bool {
		r, ok := a.(adapters.Reviser)
		return ok && a.Name() == kind && r.Revises()
	})
}
