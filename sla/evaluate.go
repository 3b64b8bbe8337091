package sla

import (
	"cmp"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Result is what the history of one ticket amounts to.
type Result struct {
	State   TicketState // equal to the one that was kept event by event
	Records []Record    // every cycle with a target, in order of clock and cycle, as it stands now
	Fired   []Firing    // what the timer events of the history handed out
	Next    time.Time   // see Rules.Next
}

// Evaluate works out the clocks of one ticket from its whole history. The events may come in any order and more than once; policies and
// calendars are all their versions. now only says until when what is open is counted; before the last event it is that event's time.
func Evaluate(events []ticket.Event, policies []Policy, calendars []Calendar, now time.Time) (*Result, error) {
	r, err := NewRules(policies, calendars)
	if err != nil {
		return nil, err
	}
	return r.Evaluate(events, now)
}

// Simulate answers what would have been if these policies and calendars had been in force from the beginning: ValidFrom is not looked at,
// and of several versions the newest counts.
func Simulate(events []ticket.Event, policies []Policy, calendars []Calendar, now time.Time) (*Result, error) {
	policies, calendars = slices.Clone(policies), slices.Clone(calendars)
	for i := range policies {
		policies[i].ValidFrom = time.Time{}
	}
	for i := range calendars {
		calendars[i].ValidFrom = time.Time{}
	}
	return Evaluate(events, policies, calendars, now)
}

// Evaluate is the function Evaluate for rules that are compiled already.
func (r *Rules) Evaluate(events []ticket.Event, now time.Time) (*Result, error) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b ticket.Event) int {
		return cmp.Or(cmp.Compare(place(&a), place(&b)), cmp.Compare(a.N, b.N))
	})
	var out Result
	cycles := map[cycle]Record{}
	for i := range events {
		c, err := r.Apply(&out.State, &events[i])
		if err != nil {
			return nil, err
		}
		for _, rec := range c.Records {
			cycles[cycle{rec.Clock, rec.Cycle}] = rec
		}
		out.Fired = append(out.Fired, c.Fired...)
	}
	now = later(out.State.At, now)
	for _, rec := range r.Records(&out.State, now) {
		cycles[cycle{rec.Clock, rec.Cycle}] = rec
	}
	for _, rec := range cycles {
		if rec.Target > 0 {
			out.Records = append(out.Records, rec)
		}
	}
	slices.SortFunc(out.Records, func(a, b Record) int {
		return cmp.Or(a.Clock.place()-b.Clock.place(), a.Cycle-b.Cycle)
	})
	out.Next = r.Next(&out.State, now)
	return &out, nil
}

type cycle struct {
	clock Clock
	n     int
}

// place puts the deletion, which counts in another chain, behind everything else.
func place(e *ticket.Event) int {
	if e.Type == ticket.EventDeleted {
		return 1
	}
	return 0
}

// Records gives the newest cycle of each clock that has a target, as it stands now.
func (r *Rules) Records(s *TicketState, now time.Time) []Record {
	now = later(s.At, now)
	var out []Record
	for _, c := range Clocks() {
		if rec := s.record(c); rec != nil && rec.Target > 0 {
			out = append(out, r.at(rec, now))
		}
	}
	return out
}
