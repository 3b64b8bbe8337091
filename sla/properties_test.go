package sla_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/sla"
)

// The numbers in the names are those of the properties that the model lists; 11 is in zones_test.go, 12 to 16 also in histories_test.go.

// zonesOfInterest have gaps at midnight, half-hour changes, odd offsets, a date that does not exist, or none of these.
var zonesOfInterest = []string{"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "America/Sao_Paulo",
	"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin", "Africa/Monrovia", "Antarctica/Troll"}

// draw is a schedule with instants to ask about.
type draw struct {
	cal  *sla.Calendar
	s    *sla.Schedule
	base int64 // all instants lie within some days of it
}

func drawWindows(rt *rapid.T, label string, least int) (out []sla.Window) {
	n := rapid.IntRange(least, 3).Draw(rt, label)
	edges := rapid.SliceOfNDistinct(rapid.IntRange(0, day), 2*n, 2*n, rapid.ID[int]).Draw(rt, label+" edges")
	slices.Sort(edges)
	for i := 0; i < len(edges); i += 2 {
		out = append(out, sla.Window{Open: edges[i], Close: edges[i+1]})
	}
	return out
}

func drawSchedule(rt *rapid.T) draw {
	zone := rapid.SampledFrom(zonesOfInterest).Draw(rt, "zone")
	loc, err := time.LoadLocation(zone)
	require.NoError(rt, err)
	base := rapid.Int64Range(0, 2_500_000_000).Draw(rt, "base")
	if changes := zoneChanges(loc); len(changes) > 0 && rapid.Bool().Draw(rt, "near a change") {
		base = rapid.SampledFrom(changes).Draw(rt, "change").at
	}
	c := everyDay(zone)
	for _, d := range sla.Days() {
		c.Week[d] = drawWindows(rt, d, 0)
	}
	c.Week["wed"] = drawWindows(rt, "wed", 1)
	date := func(label string) sla.Date {
		u := time.Unix(base, 0).UTC().AddDate(0, 0, rapid.IntRange(-2, 12).Draw(rt, label))
		return sla.Date{Year: u.Year(), Month: u.Month(), Day: u.Day()}
	}
	c.Overrides, c.Breaks = map[sla.Date][]sla.Window{}, map[sla.Date][]sla.Window{}
	for range rapid.IntRange(0, 2).Draw(rt, "holidays") {
		c.Holidays = append(c.Holidays, sla.Holiday{Date: date("holiday")})
	}
	for range rapid.IntRange(0, 2).Draw(rt, "overrides") {
		c.Overrides[date("override")] = drawWindows(rt, "override", 0)
	}
	for range rapid.IntRange(0, 2).Draw(rt, "breaks") {
		c.Breaks[date("break")] = drawWindows(rt, "break", 1)
	}
	require.NoError(rt, c.Validate())
	s, err := sla.NewSchedule(c)
	require.NoError(rt, err)
	return draw{c, s, base}
}

// at draws an instant, in whole seconds.
func (d *draw) at(rt *rapid.T, label string) time.Time {
	return unix(d.base + rapid.Int64Range(-3*day, 21*day).Draw(rt, label))
}

func (d *draw) pauses(rt *rapid.T, label string) (out []sla.Interval) {
	for range rapid.IntRange(0, 4).Draw(rt, label) {
		from := d.at(rt, label+" from")
		out = append(out, sla.Interval{From: from, To: from.Add(time.Duration(rapid.IntRange(-100, 3*day).Draw(rt, label+" length")) * time.Second)})
	}
	return out
}

func due(rt require.TestingT, s *sla.Schedule, from time.Time, d int64, p []sla.Interval) time.Time {
	at, err := s.Due(from, d, p)
	require.NoError(rt, err)
	return at
}

func check(t *testing.T, fn func(rt *rapid.T, d draw)) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) { fn(rt, drawSchedule(rt)) })
}

var targets = rapid.Int64Range(1, 30*day)

func TestProperty01DueIsTheEarliestInstant(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), d.pauses(rt, "pauses"), targets.Draw(rt, "D")
		at := due(rt, d.s, s, want, p)
		require.Equal(rt, want, d.s.Elapsed(s, at, p))
		require.Equal(rt, want-1, d.s.Elapsed(s, at.Add(-time.Second), p))
		require.Equal(rt, want-1, d.s.Elapsed(s, at.Add(-time.Microsecond), p), "not even a moment earlier")
	})
}

func TestProperty02ElapsedIsAdditive(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		a := []time.Time{d.at(rt, "a"), d.at(rt, "b"), d.at(rt, "c")}
		slices.SortFunc(a, time.Time.Compare)
		p := d.pauses(rt, "pauses")
		require.Equal(rt, d.s.Elapsed(a[0], a[2], p), d.s.Elapsed(a[0], a[1], p)+d.s.Elapsed(a[1], a[2], p))
	})
}

func TestProperty03ElapsedIsBoundedAndMonotone(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, u, p := d.at(rt, "s"), d.at(rt, "t"), d.pauses(rt, "pauses")
		more := time.Duration(rapid.IntRange(0, 5*day).Draw(rt, "more")) * time.Second
		e := d.s.Elapsed(s, u, p)
		require.GreaterOrEqual(rt, e, int64(0))
		require.LessOrEqual(rt, e, max(0, int64(u.Sub(s)/time.Second)))
		require.GreaterOrEqual(rt, d.s.Elapsed(s, u.Add(more), p), e, "monotone in t")
		require.LessOrEqual(rt, d.s.Elapsed(s.Add(more), u, p), e, "antitone in s")
	})
}

func TestProperty04DueIsMonotone(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), d.pauses(rt, "pauses"), targets.Draw(rt, "D")
		more := rapid.Int64Range(0, 5*day).Draw(rt, "more")
		at := due(rt, d.s, s, want, p)
		require.False(rt, due(rt, d.s, s.Add(time.Duration(more)*time.Second), want, p).Before(at), "in s")
		require.False(rt, due(rt, d.s, s, want+more, p).Before(at), "in D")
	})
}

func TestProperty05SplittingAWindowChangesNothing(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), d.pauses(rt, "pauses"), targets.Draw(rt, "D")
		split := func(ws []sla.Window) (out []sla.Window) {
			for _, w := range ws {
				if w.Close-w.Open < 2 {
					out = append(out, w)
					continue
				}
				m := rapid.IntRange(w.Open+1, w.Close-1).Draw(rt, "split")
				out = append(out, sla.Window{Open: m, Close: w.Close}, sla.Window{Open: w.Open, Close: m})
			}
			return out
		}
		c := *d.cal
		c.Week, c.Overrides = map[string][]sla.Window{}, map[sla.Date][]sla.Window{}
		for day, ws := range d.cal.Week {
			c.Week[day] = split(ws)
		}
		for date, ws := range d.cal.Overrides {
			c.Overrides[date] = split(ws)
		}
		require.NoError(rt, c.Validate())
		other, err := sla.NewSchedule(&c)
		require.NoError(rt, err)
		at := due(rt, d.s, s, want, p)
		require.Equal(rt, at, due(rt, other, s, want, p))
		require.Equal(rt, d.s.Elapsed(s, at, p), other.Elapsed(s, at, p))
	})
}

func TestProperty06AHolidayOrPauseNeverLowersDue(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), d.pauses(rt, "pauses"), targets.Draw(rt, "D")
		at := due(rt, d.s, s, want, p)
		require.False(rt, due(rt, d.s, s, want, append(d.pauses(rt, "more"), p...)).Before(at), "pause")
		c := *d.cal
		day := d.at(rt, "holiday")
		c.Holidays = append(slices.Clone(c.Holidays), sla.Holiday{Date: sla.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}})
		other, err := sla.NewSchedule(&c)
		require.NoError(rt, err)
		require.False(rt, due(rt, other, s, want, p).Before(at), "holiday")
	})
}

func TestProperty07PausesAreTheirUnion(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, u, want := d.at(rt, "s"), d.at(rt, "t"), targets.Draw(rt, "D")
		p := append(d.pauses(rt, "pauses"), d.pauses(rt, "more")...)
		shuffled := rapid.Permutation(p).Draw(rt, "order")
		require.Equal(rt, d.s.Elapsed(s, u, p), d.s.Elapsed(s, u, shuffled))
		require.Equal(rt, due(rt, d.s, s, want, p), due(rt, d.s, s, want, shuffled))
		var union []sla.Interval // by hand: grow each interval until nothing overlaps it any more
		for _, i := range p {
			if !i.From.Before(i.To) {
				continue
			}
			for k := 0; k < len(union); {
				if o := union[k]; !i.To.Before(o.From) && !o.To.Before(i.From) {
					if o.From.Before(i.From) {
						i.From = o.From
					}
					if i.To.Before(o.To) {
						i.To = o.To
					}
					union, k = slices.Delete(union, k, k+1), 0
					continue
				}
				k++
			}
			union = append(union, i)
		}
		require.Equal(rt, d.s.Elapsed(s, u, union), d.s.Elapsed(s, u, p))
		require.Equal(rt, due(rt, d.s, s, want, union), due(rt, d.s, s, want, p))
	})
}

func TestProperty08APauseOutsideOfHoursChangesNothing(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, want := d.at(rt, "s"), targets.Draw(rt, "D")
		p := d.pauses(rt, "pauses")
		from := d.at(rt, "from")
		to, err := d.s.NextOpen(from)
		require.NoError(rt, err)
		require.Zero(rt, d.s.Elapsed(from, to, nil), "closed until then")
		require.True(rt, d.s.Open(to))
		require.Equal(rt, from.Equal(to), d.s.Open(from))
		require.Equal(rt, due(rt, d.s, s, want, p), due(rt, d.s, s, want, append(p, sla.Interval{From: from, To: to})))
	})
}

func TestProperty09AlwaysOpenIsPlainAddition(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		want := targets.Draw(rt, "D")
		s := d.at(rt, "s").Add(time.Duration(rapid.Int64Range(0, 999_999).Draw(rt, "µs")) * time.Microsecond)
		always, err := sla.NewSchedule(nil)
		require.NoError(rt, err)
		allDay, err := sla.NewSchedule(everyDay(d.cal.Zone, sla.Window{Open: 0, Close: day}))
		require.NoError(rt, err)
		for _, x := range []*sla.Schedule{nil, {}, always, allDay} {
			require.Equal(rt, s.Add(time.Duration(want)*time.Second), due(rt, x, s, want, nil))
			require.Equal(rt, want, x.Elapsed(s, s.Add(time.Duration(want)*time.Second), nil))
			require.True(rt, x.Open(s))
		}
	})
}

func TestProperty10EqualsASecondCounter(t *testing.T) {
	drawn := 0
	check(t, func(rt *rapid.T, d draw) {
		if drawn++; raceEnabled && drawn%20 != 0 {
			return // counting seconds is slow enough without the race detector
		}
		loc, err := time.LoadLocation(d.cal.Zone)
		require.NoError(rt, err)
		from := d.base + rapid.Int64Range(-day, day).Draw(rt, "s")
		to := from + rapid.Int64Range(0, 2*day).Draw(rt, "length")
		k := count(t, watch(loc, from-2*day-4*hour, to+2*day+4*hour, 1), d.cal)
		var p []sla.Interval
		for range rapid.IntRange(0, 3).Draw(rt, "pauses") {
			a := from + rapid.Int64Range(-day, 2*day).Draw(rt, "pause")
			p = append(p, sla.Interval{From: unix(a), To: unix(a + rapid.Int64Range(0, day).Draw(rt, "length of pause"))})
		}
		k.pause(p)
		require.Equal(rt, k.elapsed(from, to), d.s.Elapsed(unix(from), unix(to), p))
		for u := from; u < to; u += max(1, (to-from)/50) {
			require.Equal(rt, k.elapsed(u, u+1) == 1, d.s.Elapsed(unix(u), unix(u+1), p) == 1, "open at %s", unix(u))
		}
		want := rapid.Int64Range(1, 2*day).Draw(rt, "D")
		if at, ok := k.due(from, want); ok && at <= to {
			require.Equal(rt, unix(at), due(rt, d.s, unix(from), want, p))
		}
	})
}

func TestProperty16PauseAndResumeAtOnceIsNothing(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), d.pauses(rt, "pauses"), targets.Draw(rt, "D")
		at := d.at(rt, "pause")
		require.Equal(rt, due(rt, d.s, s, want, p), due(rt, d.s, s, want, append(p, sla.Interval{From: at, To: at})))
	})
}

func TestProperty17RemainingLeadsToTheSameDue(t *testing.T) {
	check(t, func(rt *rapid.T, d draw) {
		s, p, want := d.at(rt, "s"), []sla.Interval(nil), targets.Draw(rt, "D")
		for range rapid.IntRange(1, 3).Draw(rt, "pauses") {
			from := d.at(rt, "pause")
			if len(p) > 0 {
				from = p[len(p)-1].To.Add(time.Duration(rapid.IntRange(0, 3*day).Draw(rt, "work")) * time.Second)
			} else if from.Before(s) {
				from = s
			}
			remaining := want - d.s.Elapsed(s, from, p)
			if remaining <= 0 {
				return // due before the pause
			}
			now := from.Add(time.Duration(rapid.IntRange(0, 3*day).Draw(rt, "pause")) * time.Second)
			p = append(p, sla.Interval{From: from, To: now})
			require.Equal(rt, due(rt, d.s, now, remaining, nil), due(rt, d.s, s, want, p))
		}
	})
}
