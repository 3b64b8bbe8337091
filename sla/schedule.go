package sla

import (
	"math"
	"slices"
	"time"
)

const weekSeconds = 7 * daySeconds

// Schedule is a Calendar made ready for arithmetic. It never changes and may be used concurrently. The zero Schedule, and a nil one, is
// open always.
type Schedule struct {
	loc     *time.Location // nil: open always
	week    [7][]Window    // Monday first; sorted, without touching neighbours
	weekSum int64          // seconds of a week without any special day or change of the clocks
	special []int64        // days, counted from 1970-01-01, that differ from the week; sorted
	days    map[int64][]Window
}

// NewSchedule compiles a calendar; nil gives the schedule that is always open. The error is the one of Calendar.Validate, whose name and
// bookkeeping do not matter here.
func NewSchedule(c *Calendar) (*Schedule, error) {
	if c == nil {
		return &Schedule{}, nil
	}
	loc, err := c.validateHours()
	if err != nil {
		return nil, err
	}
	s := &Schedule{loc: loc, days: make(map[int64][]Window, len(c.Holidays)+len(c.Overrides)+len(c.Breaks))}
	for i, day := range Days() {
		s.week[i] = join(c.Week[day])
		for _, w := range s.week[i] {
			s.weekSum += int64(w.Close - w.Open)
		}
	}
	for d, ws := range c.Overrides {
		s.days[d.days()] = join(ws)
	}
	for _, h := range c.Holidays {
		s.days[h.Date.days()] = nil
	}
	for d, breaks := range c.Breaks {
		day := d.days()
		s.days[day] = without(s.windows(day), join(breaks))
	}
	s.special = make([]int64, 0, len(s.days))
	for day := range s.days {
		s.special = append(s.special, day)
	}
	slices.Sort(s.special)
	return s, nil
}

// windows are the hours of one local date.
func (s *Schedule) windows(day int64) []Window {
	if ws, ok := s.days[day]; ok {
		return ws
	}
	return s.week[weekday(day)]
}

// weekday is 0 for Monday. 1970-01-01 was a Thursday.
func weekday(day int64) int64 { return day + 3 - 7*floorDiv(day+3, 7) }

// regularWeeks is for how many whole weeks from day on nothing differs from the week.
func (s *Schedule) regularWeeks(day int64) int64 {
	i, _ := slices.BinarySearch(s.special, day)
	if i == len(s.special) {
		return math.MaxInt64
	}
	return (s.special[i] - day) / 7
}

// join sorts windows and makes one of those that touch.
func join(ws []Window) []Window {
	var out []Window
	for _, w := range sortedWindows(ws) {
		if n := len(out); n > 0 && w.Open <= out[n-1].Close {
			out[n-1].Close = max(out[n-1].Close, w.Close)
			continue
		}
		out = append(out, w)
	}
	return out
}

// without takes breaks from windows; both are as join gives them.
func without(ws, breaks []Window) []Window {
	var out []Window
	for _, w := range ws {
		for _, b := range breaks {
			if b.Close <= w.Open || b.Open >= w.Close {
				continue
			}
			if b.Open > w.Open {
				out = append(out, Window{w.Open, b.Open})
			}
			w.Open = min(b.Close, w.Close)
		}
		if w.Open < w.Close {
			out = append(out, w)
		}
	}
	return out
}

// span is a stretch of time, in seconds since 1970, in which a zone keeps one offset.
type span struct {
	start, end int64 // [start, end)
	off        int64
}

func spanAt(loc *time.Location, unix int64) span {
	t := time.Unix(unix, 0).In(loc)
	s := span{start: math.MinInt64, end: math.MaxInt64}
	from, to := t.ZoneBounds()
	if !from.IsZero() {
		s.start = from.Unix()
	}
	if !to.IsZero() {
		s.end = to.Unix()
	}
	if s.end <= unix {
		// ZoneBounds takes every year for one of 365 days where only the zone's rule is left, so that on the last of December of leap
		// years the end lies in the past. No zone changes on that day.
		s.end = (floorDiv(unix, daySeconds) + 1) * daySeconds
	}
	_, off := t.Zone()
	s.off = int64(off)
	return s
}

// wall finds instants for the clock on the wall, going forward: no call may ask for less than the one before it.
type wall struct {
	loc *time.Location
	span
}

// newWall begins a day early enough for every offset that POSIX allows.
func newWall(loc *time.Location, local int64) wall {
	return wall{loc, spanAt(loc, local-daySeconds)}
}

// instant is the first at which the wall shows local or later, both in seconds: the first occurrence of what is shown twice, the change
// itself for what is skipped. Package time's own answer for skipped times depends on the zone and can lie on the day before.
func (w *wall) instant(local int64) int64 {
	for {
		t := local - w.off
		if t < w.start {
			return w.start // skipped by the change that began this span
		}
		if t < w.end {
			return t
		}
		w.span = spanAt(w.loc, w.end)
	}
}
