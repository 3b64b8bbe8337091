package sla

import (
	"context"
	"time"
)

// HoursAt gives the working hours by which the desk as a whole measures a ticket that was made at an instant: those of the calendar from the
// configuration, else of the first one that was made by hand, in the version that was in force then. Nil is every hour; it counts like any other
// Schedule.
func (h *Hook) HoursAt(ctx context.Context, r Reader, created time.Time) (*Schedule, error) {
	_, stamp, err := r.Clocks(ctx, "")
	if err != nil || stamp == "" {
		return nil, err
	}
	b, err := h.bookOf(ctx, r, stamp)
	if err != nil {
		return nil, err
	}
	versions := b.calendars[builtinID]
	for _, d := range b.defs {
		if len(versions) == 0 && d.Kind == KindCalendar {
			versions = b.calendars[CalendarID(d.ID)]
		}
	}
	if len(versions) == 0 {
		return nil, nil
	}
	use := versions[0]
	for _, v := range versions[1:] {
		if !v.ValidFrom.After(created) {
			use = v
		}
	}
	return b.rules.schedule(&Record{CalendarID: use.ID, CalendarVersion: use.Version}), nil
}
