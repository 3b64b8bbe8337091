package sla

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	second  = int64(1e6)                   // microseconds
	horizon = 253402300799*second + 999999 // the last microsecond of the year 9999, behind which JSON has no times
	genesis = -62135596800 * second        // the first of the year 1
)

// micros clamps an instant to what the arithmetic covers.
func micros(t time.Time) int64 {
	switch y := t.UTC().Year(); {
	case y < 1:
		return genesis
	case y > 9999:
		return horizon
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// Elapsed is the working time in [from, to) without the pauses, in whole seconds; what is left of a second is dropped. It is 0 if to is not
// after from. Pauses may overlap, come in any order and reach beyond; one that ends before it begins is none.
func (s *Schedule) Elapsed(from, to time.Time, pauses []Interval) int64 {
	return s.elapsed(micros(from), micros(to), pauses) / second
}

func (s *Schedule) elapsed(from, to int64, pauses []Interval) int64 {
	sum := int64(0)
	for _, p := range union(pauses, from, to) {
		got, _ := s.run(from, p.from, math.MaxInt64)
		sum += got
		from = p.to
	}
	got, _ := s.run(from, to, math.MaxInt64)
	return sum + got
}

// Due is the earliest instant, from start on, by which seconds of working time have passed; with 0 seconds it is start itself. A target
// that is used up exactly when a window closes is due at that moment. ErrNoWorkingTime: the years up to 9999 do not have that much.
func (s *Schedule) Due(start time.Time, seconds int64, pauses []Interval) (time.Time, error) {
	if seconds <= 0 {
		return instant(micros(start)), nil
	}
	from := micros(start)
	if seconds > (horizon-genesis)/second {
		return time.Time{}, ErrNoWorkingTime
	}
	want := seconds * second
	for _, p := range union(pauses, from, horizon) {
		got, at := s.run(from, p.from, want)
		if got == want {
			return instant(at), nil
		}
		want -= got
		from = p.to
	}
	if got, at := s.run(from, horizon, want); got == want {
		return instant(at), nil
	}
	return time.Time{}, ErrNoWorkingTime
}

// Open reports whether t lies in working time.
func (s *Schedule) Open(t time.Time) bool {
	_, open := s.nextOpen(micros(t))
	return open
}

// NextOpen is the first instant of working time from t on: t itself inside of it. ErrNoWorkingTime: there is none up to the year 9999.
func (s *Schedule) NextOpen(t time.Time) (time.Time, error) {
	at, _ := s.nextOpen(micros(t))
	if at == math.MinInt64 {
		return time.Time{}, ErrNoWorkingTime
	}
	return instant(at), nil
}

func (s *Schedule) nextOpen(t int64) (at int64, open bool) {
	got, at := s.run(t, horizon, 1)
	if got == 0 {
		return math.MinInt64, false
	}
	return at - 1, at-1 == t
}

// run adds up working time from one instant until another or, if that comes first, until it amounts to want ≥ 1; at is where it stopped.
// All are microseconds. Whole weeks in which nothing special happens are taken in one step, so that the cost grows with the special days and
// the changes of the clocks in between, not with the years.
func (s *Schedule) run(from, to, want int64) (got, at int64) {
	if to <= from {
		return 0, from
	}
	if s == nil || s.loc == nil {
		got = min(to-from, want)
		return got, from + got
	}
	unix := floorDiv(from, second)
	day := floorDiv(unix+spanAt(s.loc, unix).off, daySeconds) // windows of earlier dates have ended by now
	for w := newWall(s.loc, day*daySeconds); ; day++ {
		midnight := day * daySeconds
		begin := w.instant(midnight)
		if begin*second >= to {
			return got, to
		}
		if begin*second >= from && begin == midnight-w.off {
			weeks := min(s.regularWeeks(day), (to-begin*second)/(weekSeconds*second), (want-got-1)/(s.weekSum*second))
			if w.end != math.MaxInt64 {
				weeks = min(weeks, (w.end-1-begin)/weekSeconds)
			}
			if weeks > 0 {
				got += weeks * s.weekSum * second
				day += weeks*7 - 1
				continue
			}
		}
		for _, win := range s.windows(day) {
			open := max(w.instant(midnight+int64(win.Open))*second, from)
			shut := min(w.instant(midnight+int64(win.Close))*second, to)
			if open >= shut {
				continue
			}
			if shut-open >= want-got {
				return want, open + want - got
			}
			got += shut - open
		}
	}
}

// pause is an Interval in microseconds.
type pause struct{ from, to int64 }

// union cuts pauses to [from, to), sorts them and makes one of those that overlap or touch.
func union(in []Interval, from, to int64) []pause {
	if len(in) == 0 {
		return nil
	}
	cut := make([]pause, 0, len(in))
	for _, i := range in {
		p := pause{max(micros(i.From), from), min(micros(i.To), to)}
		if p.from < p.to {
			cut = append(cut, p)
		}
	}
	slices.SortFunc(cut, func(a, b pause) int { return cmp.Compare(a.from, b.from) })
	out := cut[:0]
	for _, p := range cut {
		if n := len(out); n > 0 && p.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}
