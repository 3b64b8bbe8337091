package sla

import (
	"context"
	"math"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxSimulated bounds how many tickets a simulation looks at.
const maxSimulated = 200

// Simulation compares what happened with what would have happened.
type Simulation struct {
	Tickets   int  // looked at
	Truncated bool // there were more in the period
	Clocks    []Comparison
}

// Comparison is one clock. Open ones were neither met nor missed so far.
type Comparison struct {
	Clock                             Clock
	Met, Missed, Open                 int // as it was
	WouldMeet, WouldMiss, WouldBeOpen int // under the policy in question
}

// Simulate answers what would have become of the tickets that were created in [from,to) if p had been the only policy from the beginning: of
// the first 200 that the actor may read, merged and spam left out. cal, if not nil, is the calendar that p goes by, else CalendarID
// names one of the desk's. Nothing is written. The actor needs sla:read.
func (s *Service) Simulate(ctx context.Context, a ticket.Actor, p Policy, cal *Calendar, from, to time.Time) (*Simulation, error) {
	if !from.Before(to) || to.Sub(from) > 366*24*time.Hour {
		return nil, ticket.InvalidField("to", "must lie after from, by at most 366 days")
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	scope, err := s.cfg.Tickets.Scope(ctx, a, ticket.OpSLARead)
	if err != nil {
		return nil, err
	}
	b, err := s.open(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	rules, err := trial(b, p, cal)
	if err != nil {
		return nil, err
	}
	at := map[Clock]*Comparison{}
	out := &Simulation{}
	for _, c := range Clocks() {
		at[c] = &Comparison{Clock: c}
	}
	now := s.now()
	q := ticket.Query{Sort: ticket.ByCreatedAsc, Limit: ticket.MaxLimit,
		After: ticket.Cursor{Sort: ticket.ByCreatedAsc, Key: from.UnixMicro() - 1, Number: math.MaxInt64}}
	for {
		ts, next, err := s.cfg.Tickets.List(ctx, a, q)
		if err != nil {
			return nil, err
		}
		for i := range ts {
			t := &ts[i]
			switch {
			case !t.CreatedAt.Before(to):
				return out.done(at), nil
			case !scope.Sees(t) || t.Category == ticket.Merged || t.Category == ticket.Spam:
				continue
			case out.Tickets == maxSimulated:
				out.Truncated = true
				return out.done(at), nil
			}
			out.Tickets++
			if err := s.compare(ctx, t.ID, b.rules, rules, now, at); err != nil {
				return nil, err
			}
		}
		if q.After = next; next.IsZero() {
			return out.done(at), nil
		}
	}
}

// trial are the rules of a world in which there is one policy, and always was.
func trial(b *book, p Policy, cal *Calendar) (*Rules, error) {
	p.ID, p.Version, p.ValidFrom, p.Retired = "trial", 1, time.Time{}, false
	var calendars []Calendar
	switch versions := b.calendars[p.CalendarID]; {
	case cal != nil:
		if err := cal.Validate(); err != nil {
			return nil, err
		}
		c := *cal
		c.ID, c.Version, c.ValidFrom = "trial", 1, time.Time{}
		p.CalendarID, calendars = c.ID, []Calendar{c}
	case p.CalendarID == "":
	case len(versions) == 0:
		return nil, ticket.InvalidField("policy.calendar_id", "does not exist")
	default:
		c := versions[len(versions)-1]
		c.ValidFrom = time.Time{}
		calendars = []Calendar{c}
	}
	return NewRules([]Policy{p}, calendars)
}

func (s *Service) compare(ctx context.Context, id ticket.ID, was, would *Rules, now time.Time, at map[Clock]*Comparison) error {
	var trial []Record
	res, err := s.evaluate(ctx, id, func(es []ticket.Event) (*Result, error) {
		other, err := would.Evaluate(es, now)
		if err != nil {
			return nil, err
		}
		trial = other.Records
		return was.Evaluate(es, now)
	})
	if err != nil {
		return err
	}
	tally(res.Records, func(r *Record) (met, missed, open *int) {
		c := at[r.Clock]
		return &c.Met, &c.Missed, &c.Open
	})
	tally(trial, func(r *Record) (met, missed, open *int) {
		c := at[r.Clock]
		return &c.WouldMeet, &c.WouldMiss, &c.WouldBeOpen
	})
	return nil
}

// tally counts records; cancelled ones count nowhere.
func tally(recs []Record, of func(*Record) (met, missed, open *int)) {
	for i := range recs {
		met, missed, open := of(&recs[i])
		switch {
		case recs[i].BreachedAt != nil:
			*missed++
		case recs[i].State == Met:
			*met++
		case recs[i].Open():
			*open++
		}
	}
}

func (s *Simulation) done(at map[Clock]*Comparison) *Simulation {
	for _, c := range Clocks() {
		s.Clocks = append(s.Clocks, *at[c])
	}
	return s
}
