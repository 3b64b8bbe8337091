package sla_test

import (
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
)

// clockwork is what the wall showed at every step of a stretch of time. It is found by looking, one step after the other, and knows nothing of
// offsets before and after: the oracle that the arithmetic is compared with.
type clockwork struct {
	from int64   // unix seconds
	step int64   // seconds
	max  []int64 // the latest that the wall has shown so far, in local seconds since 1970
}

func watch(loc *time.Location, from, to, step int64) *clockwork {
	w := &clockwork{from: from, step: step, max: make([]int64, 0, (to-from)/step+1)}
	for u := from; u <= to; u += step {
		_, off := time.Unix(u, 0).In(loc).Zone()
		local := u + int64(off)
		if n := len(w.max); n > 0 {
			local = max(local, w.max[n-1])
		}
		w.max = append(w.max, local)
	}
	return w
}

// first is the first instant at which the wall showed local or later.
func (w *clockwork) first(local int64) int64 {
	i := sort.Search(len(w.max), func(i int) bool { return w.max[i] >= local })
	return w.from + int64(i)*w.step
}

// counter counts open steps one by one.
type counter struct {
	w    *clockwork
	open []bool
	sums []int64
}

// count looks up every local date within the watched time by its own reading of the calendar.
func count(t testing.TB, w *clockwork, c *sla.Calendar) *counter {
	k := &counter{w: w, open: make([]bool, len(w.max))}
	day := time.Unix(w.max[0], 0).UTC().AddDate(0, 0, 1)
	last := time.Unix(w.max[len(w.max)-1], 0).UTC()
	for ; day.Before(last); day = day.AddDate(0, 0, 1) {
		d := sla.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}
		midnight := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix()
		ws, over := c.Overrides[d]
		if !over {
			ws = c.Week[[]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[day.Weekday()]]
		}
		if slices.ContainsFunc(c.Holidays, func(h sla.Holiday) bool { return h.Date == d }) {
			ws = nil
		}
		mark := func(ws []sla.Window, open bool) {
			for _, win := range ws {
				from, to := w.first(midnight+int64(win.Open)), w.first(midnight+int64(win.Close))
				for u := from; u < to; u += w.step {
					k.open[(u-w.from)/w.step] = open
				}
			}
		}
		mark(ws, true)
		mark(c.Breaks[d], false)
	}
	return k
}

func (k *counter) pause(pauses []sla.Interval) {
	for i := range k.open {
		u := time.Unix(k.w.from+int64(i)*k.w.step, 0)
		for _, p := range pauses {
			if !u.Before(p.From) && u.Before(p.To) {
				k.open[i] = false
			}
		}
	}
}

// total counts, once: its [i] is the open time before step i.
func (k *counter) total() []int64 {
	if k.sums == nil {
		k.sums = make([]int64, len(k.open)+1)
		for i, open := range k.open {
			k.sums[i+1] = k.sums[i]
			if open {
				k.sums[i+1] += k.w.step
			}
		}
	}
	return k.sums
}

func (k *counter) elapsed(from, to int64) int64 {
	return k.total()[(to-k.w.from)/k.w.step] - k.total()[(from-k.w.from)/k.w.step]
}

// due is the earliest instant; false: not within the watched time.
func (k *counter) due(from, seconds int64) (int64, bool) {
	want := k.elapsed(k.w.from, from) + seconds
	i := sort.Search(len(k.total()), func(i int) bool { return k.total()[i] >= want })
	return max(from, k.w.from+int64(i)*k.w.step), i < len(k.total())
}

func unix(s int64) time.Time { return time.Unix(s, 0).UTC() }

func schedule(t testing.TB, c *sla.Calendar) *sla.Schedule {
	t.Helper()
	s, err := sla.NewSchedule(c)
	require.NoError(t, err)
	return s
}
