package ticket

import (
	"context"
	"errors"
)

// timerSnooze is the timer that wakes a snoozed ticket.
const timerSnooze = "snooze"

// Fire handles a timer that is due. The worker calls it at least once for each; a timer that was replaced or has fired already does
// nothing. The service's own timers act; any other is told to the hooks as EventTimer.
func (s *Service) Fire(ctx context.Context, a Actor, p TimerPayload) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only the worker fires timers")
	}
	_, err := s.updateAny(ctx, a, OpTicketUpdate, p.TicketID, 0, func(ctx context.Context, c *change) error {
		ok, err := c.tx.TakeTimer(ctx, p.TicketID, p.Name, p.At)
		if err != nil || !ok || c.t.Category == Merged {
			return err
		}
		if p.Name == timerSnooze {
			if c.t.Category != Snoozed {
				return nil
			}
			return c.setStatus(ctx, Status(Open), EventReopened, "timer", "")
		}
		if known, err := c.due(ctx, p.Name); known || err != nil {
			return err
		}
		c.quiet = true // whatever a hook makes of it is a change of its own
		c.event(EventTimer, data{"name": p.Name, "due": p.At}, nil)
		return nil
	})
	if errors.Is(err, errNotFound) {
		return nil // deleted since
	}
	return err
}
