package sla

import (
	"slices"
	"time"
)

// record finds the newest cycle of a clock; nil while it is idle.
func (s *TicketState) record(c Clock) *Record {
	for i := range s.Records {
		if s.Records[i].Clock == c {
			return &s.Records[i]
		}
	}
	return nil
}

func (f *fold) touch(rec *Record) {
	if !f.seen(rec.Clock) {
		f.touched = append(f.touched, rec.Clock)
	}
}

func (f *fold) seen(c Clock) bool { return slices.Contains(f.touched, c) }

// start begins the next cycle of a clock.
func (f *fold) start(c Clock, since time.Time) {
	fresh := Record{Clock: c, Cycle: 1, State: Running, Start: since}
	rec := f.s.record(c)
	if rec == nil {
		f.s.Records = append(f.s.Records, fresh)
		rec = &f.s.Records[len(f.s.Records)-1]
	} else {
		fresh.Cycle = rec.Cycle + 1
		if f.seen(c) {
			f.ended = append(f.ended, f.r.at(rec, f.at))
		}
		*rec = fresh
		f.s.forget(c)
	}
	f.pin(rec)
	if f.held(rec) {
		rec.PausedSince = &since
	}
	f.settle(rec)
}

// pin gives the record the definitions that are in force.
func (f *fold) pin(rec *Record) {
	rec.PolicyID, rec.PolicyVersion, rec.CalendarID, rec.CalendarVersion, rec.Target = "", 0, "", 0, 0
	p := f.r.choose(f.at, f.s.Priority, f.s.Queue, f.s.Channel)
	if p == nil {
		return
	}
	rec.PolicyID, rec.PolicyVersion, rec.Target = p.ID, p.Version, p.Target(rec.Clock, f.s.Priority)
	if p.CalendarID != "" {
		rec.CalendarID, rec.CalendarVersion = p.CalendarID, f.r.calendar(p.CalendarID, f.at).Version
	}
}

// repin gives an open, not yet missed record the definitions in force and judges it by them: a due time that now lies in the past was
// nobody's fault.
func (f *fold) repin(rec *Record) {
	f.pin(rec)
	f.hold(rec)
	f.settle(rec)
	if rec.Due != nil && rec.Due.Before(f.at) {
		rec.State, rec.BreachedAt, rec.Cause = Missed, &f.at, CausePolicyChange
	}
}

// held reports whether the ticket's state pauses the clock.
func (f *fold) held(rec *Record) bool {
	return f.r.policy(rec).pauses(rec.Clock, f.s.Status, f.s.Category)
}

// hold begins or ends a pause of an open record, as the ticket's state demands.
func (f *fold) hold(rec *Record) {
	if !rec.Open() || f.held(rec) == (rec.PausedSince != nil) {
		return
	}
	if rec.PausedSince == nil {
		rec.PausedSince = &f.at
	} else {
		f.release(rec)
	}
	f.settle(rec)
}

// release turns a running pause into a past one.
func (f *fold) release(rec *Record) {
	if rec.PausedSince == nil {
		return
	}
	rec.pause(*rec.PausedSince, f.at)
	rec.PausedSince = nil
}

// pause adds a past pause behind the others. One without length is none.
func (r *Record) pause(from, to time.Time) {
	if !from.Before(to) {
		return
	}
	r.Pauses = slices.Clone(r.Pauses) // copies of the record are about
	if n := len(r.Pauses); n > 0 && r.Pauses[n-1].To.Equal(from) {
		r.Pauses[n-1].To = to
		return
	}
	r.Pauses = append(r.Pauses, Interval{from, to})
}

// settle works out State and Due of an open record. What was missed stays as it was recorded. A clock whose time was used up before its pause
// began, or just when it began, is due at that moment, pause or not.
func (f *fold) settle(rec *Record) {
	f.touch(rec)
	if rec.State == Missed {
		return
	}
	rec.State, rec.Due = Running, nil
	s := f.r.schedule(rec)
	if rec.PausedSince != nil && (rec.Target == 0 || s.elapsed(micros(rec.Start), micros(*rec.PausedSince), rec.Pauses) < rec.Target*second) {
		rec.State = Paused
		return
	}
	if rec.Target == 0 {
		return
	}
	if due, err := s.Due(rec.Start, rec.Target, rec.Pauses); err == nil { // else the calendar never gives that much time
		rec.Due = &due
	}
}

// stop ends an open record by what it waited for.
func (f *fold) stop(rec *Record) {
	f.release(rec)
	f.settle(rec)
	rec.StoppedAt = &f.at
	if rec.State != Missed { // lapse has seen to what is late
		rec.State = Met
	}
}

// cancel ends an open record by the end of its ticket.
func (f *fold) cancel(rec *Record) {
	f.release(rec)
	f.settle(rec)
	rec.CancelledAt = &f.at
	if rec.State != Missed {
		rec.State = Cancelled
	}
}

// resume lets an ended record go on; the time since its end becomes a pause.
func (f *fold) resume(rec *Record) {
	end := rec.StoppedAt
	if end == nil {
		end = rec.CancelledAt
	}
	rec.pause(*end, f.at)
	rec.StoppedAt, rec.CancelledAt = nil, nil
	if rec.State != Missed {
		rec.State = Running
		if rec.Outdated {
			f.repin(rec)
		}
	}
	rec.Outdated = false
	f.hold(rec)
	f.settle(rec)
}

// lapse records what was missed by now. It asks no poll: the breach is at the due time.
func (f *fold) lapse() {
	for i := range f.s.Records {
		if rec := &f.s.Records[i]; rec.lapsed(f.at) {
			rec.lapse()
			f.touch(rec)
		}
	}
}

func (r *Record) lapsed(now time.Time) bool {
	return r.State == Running && r.Due != nil && r.Due.Before(now)
}

func (r *Record) lapse() {
	due := *r.Due
	r.State, r.BreachedAt = Missed, &due
}

// change lists what the event touched, brought up to its instant.
func (f *fold) change() Change {
	out := Change{Records: f.ended}
	for i := range f.s.Records {
		rec := &f.s.Records[i]
		if !f.seen(rec.Clock) {
			continue
		}
		*rec = f.r.at(rec, f.at)
		out.Records = append(out.Records, *rec)
	}
	return out
}

// at is the record as it stands at an instant: missed by then or not, and with the time it has taken.
func (r *Rules) at(rec *Record, now time.Time) Record {
	out := *rec
	if out.lapsed(now) {
		out.lapse()
	}
	end := now
	switch {
	case out.StoppedAt != nil:
		end = *out.StoppedAt
	case out.CancelledAt != nil:
		end = *out.CancelledAt
	case out.PausedSince != nil && out.PausedSince.Before(now):
		end = *out.PausedSince
	}
	out.Elapsed = r.schedule(rec).Elapsed(out.Start, end, out.Pauses)
	out.Remaining = 0
	if out.Target > 0 {
		out.Remaining = out.Target - out.Elapsed
	}
	return out
}
