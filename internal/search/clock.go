package search

import (
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxDueWithin bounds how far ahead a due time can be asked for.
const maxDueWithin = 366 * 24 * time.Hour

// wantClock reads breached, due, none or <1h. What is over, merged or spam has no clock that anybody could still meet.
func wantClock(q *ticket.Query, v string) error {
	if q.SLA != "" {
		return ticket.InvalidField("sla", "takes one value")
	}
	switch v = strings.ToLower(v); v {
	case string(ticket.Breached), string(ticket.Due):
		q.SLA = ticket.ClockFilter(v)
	case string(ticket.WithoutClock):
		q.SLA = ticket.WithoutClock
		return nil
	default:
		span, ok := strings.CutPrefix(v, "<")
		d, good := spanOf(span)
		if !ok || !good {
			return ticket.InvalidField("sla", "must be breached, due, none, or a time such as <30m, <1h or <2d")
		}
		q.SLA, q.DueWithin = ticket.Due, d
	}
	if q.Active == nil {
		active := true
		q.Active = &active
	}
	return nil
}

// spanOf reads 30m, 4h or 2d, at least a minute and at most a year.
func spanOf(s string) (time.Duration, bool) {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	if len(s) < 2 {
		return 0, false
	}
	unit, ok := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if !ok || err != nil || n < 1 || n > uint64(maxDueWithin/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
