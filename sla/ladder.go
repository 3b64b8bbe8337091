package sla

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// rung is a step that a record will reach, or has reached, at an instant.
type rung struct {
	Firing
	schedule *Schedule
	inHours  bool
}

// when is the first instant, not before now, at which the rung may be handed out.
func (g *rung) when(now time.Time) (time.Time, bool) {
	if !g.inHours {
		return g.At, true
	}
	at := g.At
	if at.Before(now) {
		at = now
	}
	open, err := g.schedule.NextOpen(at)
	return open, err == nil
}

// rungs lists what is still to come for the open clocks, in order of the instants. Who is paused, stopped or cancelled gets nothing.
func (r *Rules) rungs(s *TicketState) []rung {
	out := make([]rung, 0, 16)
	for i := range s.Records {
		rec := &s.Records[i]
		if !rec.Open() || rec.Due == nil {
			continue
		}
		out = r.climb(out, s, rec)
	}
	slices.SortStableFunc(out, func(a, b rung) int {
		return cmp.Or(a.At.Compare(b.At), a.Clock.place()-b.Clock.place())
	})
	return out
}

func (r *Rules) climb(out []rung, s *TicketState, rec *Record) []rung {
	p, sched := r.policy(rec), r.schedule(rec)
	pauses := rec.Pauses
	if rec.PausedSince != nil { // late, or due just when the pause began: the time after the target stands still
		pauses = append(slices.Clone(pauses), Interval{*rec.PausedSince, instant(horizon)})
	}
	add := func(level string, at time.Time, st *Step) {
		key := Delivered{Clock: rec.Clock, Cycle: rec.Cycle, Level: level, Due: *rec.Due}
		if slices.ContainsFunc(s.Delivered, key.equal) {
			return
		}
		g := rung{Firing: Firing{Delivered: key, At: at, PolicyID: rec.PolicyID, PolicyVersion: rec.PolicyVersion}, schedule: sched}
		if st != nil {
			g.Actions, g.inHours = st.Actions, st.OnlyInHours
		}
		out = append(out, g)
	}
	breach := rec.Due.Add(time.Microsecond) // the first instant at which stopping is too late
	if rec.BreachedAt != nil && rec.Cause == CausePolicyChange {
		breach = *rec.BreachedAt
	}
	add(LevelBreach, breach, nil)
	var warns, escalations int
	for i := range p.Steps {
		st := &p.Steps[i]
		if st.Clock != rec.Clock {
			continue
		}
		n, target := &escalations, rec.Target+st.After
		if st.Kind == Warn {
			n, target = &warns, max(rec.Target-st.Lead, 0)
		}
		*n++
		level := string(st.Kind) + "_" + strconv.Itoa(*n)
		at, err := sched.Due(rec.Start, target, pauses)
		if err != nil {
			continue // not while this pause lasts
		}
		if st.Kind == Escalate && at.Before(breach) {
			at = breach
		}
		add(level, at, st)
	}
	return out
}

func (d Delivered) equal(o Delivered) bool {
	return d.Clock == o.Clock && d.Cycle == o.Cycle && d.Level == o.Level && d.Due.Equal(o.Due)
}

// Key names the step for ever; a job under it happens once.
func (d Delivered) Key(id ticket.ID) string {
	return fmt.Sprintf("sla:%s:%s:%d:%s:%d", id, d.Clock, d.Cycle, d.Level, d.Due.UnixMicro())
}

// forget drops the marks of cycles that are gone.
func (s *TicketState) forget(c Clock) {
	s.Delivered = slices.DeleteFunc(s.Delivered, func(d Delivered) bool { return d.Clock == c })
}

// Next is the instant for the ticket's timer: when the next warning, breach or escalation happens that was not handed out yet. It lies in the
// past if something waits to be handed out; zero is never. Steps for working hours only wait for the first such moment from now on.
func (r *Rules) Next(s *TicketState, now time.Time) time.Time {
	var next time.Time
	for _, g := range r.rungs(s) {
		if at, ok := g.when(now); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// fire hands out what has come due, and shows which clocks were missed. It leaves the clocks themselves alone, so that it does not
// matter when, and how often, a timer fires.
func (r *Rules) fire(s *TicketState, now time.Time) Change {
	var out Change
	for _, g := range r.rungs(s) {
		if g.At.After(now) || g.inHours && !g.schedule.Open(now) {
			continue
		}
		s.Delivered = append(s.Delivered, g.Delivered)
		out.Fired = append(out.Fired, g.Firing)
	}
	for i := range s.Records {
		if s.Records[i].lapsed(now) {
			out.Records = append(out.Records, r.at(&s.Records[i], now))
		}
	}
	return out
}
