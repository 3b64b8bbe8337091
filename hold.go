package ticketkit

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// outgoingState is the name under which it is remembered that nothing may leave; "" lets it.
const outgoingState = "desk.outgoing_held"

// heldFor is how long a delivery waits before it asks again whether it may leave.
const heldFor = 30 * time.Second

// HoldOutgoing keeps everything that would leave the desk: messages, mails and what a chat shows wait, in this process and in all others on the
// database, until ReleaseOutgoing. A desk that was restored from a backup begins so: what it would send may have been sent by the one it is a copy of.
func HoldOutgoing(ctx context.Context, s adapters.State) error {
	return s.Set(ctx, outgoingState, time.Now().UTC().Format(time.RFC3339))
}

// ReleaseOutgoing lets what waits leave, within half a minute.
func ReleaseOutgoing(ctx context.Context, s adapters.State) error {
	return s.Set(ctx, outgoingState, "")
}

// OutgoingHeld tells since when nothing leaves; zero when it does.
func OutgoingHeld(ctx context.Context, s adapters.State) (time.Time, error) {
	v, err := s.Get(ctx, outgoingState)
	if err != nil || v == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return time.Unix(0, 0), nil //nolint:nilerr // somebody wrote something there: held it is
	}
	return at, nil
}

// outgoing are the kinds of jobs whose handlers let something leave.
func (d *Desk) outgoing() []string {
	kinds := []string{ticket.JobDeliver, ticket.JobNotice, sla.JobNotify}
	for _, c := range d.commanders() {
		for kind := range c.Handlers() {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// holdable makes the handlers of what leaves wait while it is held. Waiting costs no attempt.
func (d *Desk) holdable(handlers map[string]jobs.Handler) {
	for _, kind := range d.outgoing() {
		run := handlers[kind]
		if run == nil {
			continue
		}
		handlers[kind] = func(ctx context.Context, job jobs.Job) error {
			held, err := OutgoingHeld(ctx, d.cfg.Store)
			if err != nil {
				return err
			}
			if !held.IsZero() {
				return jobs.Snooze(d.now().Add(heldFor))
			}
			return run(ctx, job)
		}
	}
}
