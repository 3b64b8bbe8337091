package ticket

import "context"

// KeepUp sets the timers of Upkeep anew for limit tickets that are not closed, behind the one with the number after, in the order of their
// numbers; it returns the number of the last one, and 0 when there are no more. It is for a desk whose settings have changed while it
// has tickets: every time counts from now, so that nothing is closed the moment somebody switches that on. Only the system may
// do it. Nobody sees a change of the tickets.
func (s *Service) KeepUp(ctx context.Context, a Actor, after int64, limit int) (last int64, err error) {
	if a.Kind != ActorSystem {
		return 0, Errorf(Denied, "only the desk itself sets timers")
	}
	q := Query{Category: []Category{New, Open, Pending, Resolved}, Sort: ByNumberAsc, Limit: min(limit, MaxLimit)}
	if after > 0 {
		q.After = Cursor{Sort: ByNumberAsc, Key: after, Number: after}
	}
	list, _, err := s.List(ctx, a, q)
	if err != nil {
		return 0, err
	}
	for i := range list {
		t := &list[i]
		_, err := s.updateAny(ctx, a, OpTicketUpdate, t.ID, 0, func(ctx context.Context, c *change) error {
			c.anew = true
			return c.keepUp(ctx)
		})
		if err != nil && KindOf(err) != NotFound { // deleted since
			return 0, err
		}
		last = t.Number
	}
	return last, nil
}
