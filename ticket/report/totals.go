package report

import (
	"slices"
	"strings"
	"time"
)

// totals collects facts.
type totals struct {
	zone  *clockFace
	days  []Day
	first []int64 // beginning of each day and the end of the last, in microseconds
	day   int     // of the fact before: most come in the order of their times
	kinds [kinds]int64

	firstResponse, nextResponse, firstResolution, lastResolution spans
	oneTouch, reopened                                           int64
	rated                                                        opinions
	channels, queues, priorities                                 map[string]*part
	tags                                                         map[string]*[kinds]int64
	heatCreated, heatAsked                                       [7][24]int64
}

// kinds bounds the numbers of the kinds that are counted.
const kinds = FactAsked + 1

// part is one value of a property.
type part struct {
	kinds                 [kinds]int64
	firstResponse, solved spans
}

// spans are times that something took: in calendar and in business seconds.
type spans struct{ calendar, business []int64 }

func (s *spans) add(r *FactRow) {
	s.calendar, s.business = append(s.calendar, r.Seconds), append(s.business, r.Business)
}

// durations brings what was collected into another order.
func (s *spans) durations() Durations {
	d := Durations{N: int64(len(s.calendar))}
	d.P50, d.P90 = ranks(s.calendar)
	d.BusinessP50, d.BusinessP90 = ranks(s.business)
	return d
}

// ranks are the percentiles 50 and 90 by nearest rank; nil of none. It brings values into another order.
func ranks(values []int64) (p50, p90 *int64) {
	if len(values) == 0 {
		return nil, nil
	}
	at := func(p int) int { return (p*len(values)+99)/100 - 1 }
	high := nth(values, at(90))
	low := nth(values[:at(90)+1], at(50)) // what comes before the higher one stands before it now
	return &low, &high
}

// nth gives the value that has place k in the order of values. Behind it stands nothing that is less, before it nothing that is more. To sort would take several
// times as long.
func nth(values []int64, k int) int64 {
	v := values
	for range 100 { // by far enough, unless somebody has chosen the values against it
		if len(v) < 32 {
			break
		}
		pivot := max(min(v[0], v[len(v)/2]), min(max(v[0], v[len(v)/2]), v[len(v)-1])) // the median of three
		lo, hi := 0, len(v)
		for i := 0; i < hi; {
			switch x := v[i]; {
			case x < pivot:
				v[i], v[lo] = v[lo], x
				lo++
				i++
			case x > pivot:
				hi--
				v[i], v[hi] = v[hi], x
			default:
				i++
			}
		}
		switch {
		case k < lo:
			v = v[:lo]
		case k >= hi:
			v, k = v[hi:], k-hi
		default:
			return pivot
		}
	}
	slices.Sort(v)
	return v[k]
}

func newTotals(i Interval) *totals {
	t := &totals{zone: newClockFace(i.Zone), channels: map[string]*part{}, queues: map[string]*part{}, priorities: map[string]*part{}, tags: map[string]*[kinds]int64{}}
	for at := i.From; at.Before(i.To); {
		local := at.In(i.Zone)
		t.days = append(t.days, Day{Date: local.Format(time.DateOnly)})
		t.first = append(t.first, at.UnixMicro())
		at = startOfDay(local.Year(), local.Month(), local.Day()+1, i.Zone)
	}
	t.first = append(t.first, i.To.UnixMicro())
	return t
}

// startOfDay is the first instant on or behind a date in a zone, also where midnight, or the whole day, is skipped. Zones change their offset at
// quarters of an hour.
func startOfDay(y int, m time.Month, d int, zone *time.Location) time.Time {
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if local := t.Add(-time.Nanosecond); t.Format(time.DateOnly) == want && local.Format(time.DateOnly) < want {
		return t
	}
	for t = t.Add(-26 * time.Hour); t.Format(time.DateOnly) < want; {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// of gives what a map has for a key. The key may be part of a row that is used again.
func of[T any](m map[string]*T, key string) *T {
	v := m[key]
	if v == nil {
		v = new(T)
		m[strings.Clone(key)] = v
	}
	return v
}

// dayOf finds the day of an instant.
func (t *totals) dayOf(at int64) (day int, ok bool) {
	if at >= t.first[t.day] && at < t.first[t.day+1] {
		return t.day, true
	}
	day, found := slices.BinarySearch(t.first, at)
	if !found {
		day--
	}
	if day < 0 || day >= len(t.days) {
		return 0, false
	}
	t.day = day
	return day, true
}

// add takes one fact in.
func (t *totals) add(r *FactRow) {
	if r.Kind == FactRated {
		t.rated.add(r)
		return
	}
	if r.Kind < FactCreated || r.Kind > FactAsked {
		return
	}
	t.kinds[r.Kind]++
	day, ok := t.dayOf(r.At)
	if !ok {
		return
	}
	d := &t.days[day]
	switch r.Kind {
	case FactCreated:
		d.Created++
		weekday, hour := t.zone.at(r.At)
		t.heatCreated[weekday][hour]++
	case FactAsked:
		weekday, hour := t.zone.at(r.At)
		t.heatAsked[weekday][hour]++
	case FactReopened:
		d.Reopened++
	case FactRemoved:
		d.Removed++
	case FactFirstResponse:
		t.firstResponse.add(r)
	case FactNextResponse:
		t.nextResponse.add(r)
	case FactResolved:
		d.Resolved++
		t.resolved(r)
	}
	of(t.channels, r.Channel).add(r)
	of(t.queues, string(r.Queue)).add(r)
	of(t.priorities, string(r.Priority)).add(r)
	switch r.Kind {
	case FactCreated, FactResolved, FactReopened, FactRemoved:
		for _, tag := range r.Tags {
			of(t.tags, tag)[r.Kind]++
		}
	}
}

func (t *totals) resolved(r *FactRow) {
	if r.Cycle == 1 {
		t.firstResolution.add(r)
	}
	if r.UndoneAt == 0 {
		t.lastResolution.add(r)
	} else if r.UndoneAt-r.At <= reopenWithin.Microseconds() {
		t.reopened++
	}
	if r.OneTouch {
		t.oneTouch++
	}
}

func (p *part) add(r *FactRow) {
	p.kinds[r.Kind]++
	switch r.Kind {
	case FactFirstResponse:
		p.firstResponse.add(r)
	case FactResolved:
		p.solved.add(r)
	}
}

// moved are the counts of the kinds that change the backlog.
func (t *totals) moved() map[FactKind]int64 {
	out := map[FactKind]int64{}
	for _, k := range moving() {
		out[k] = t.kinds[k]
	}
	return out
}

// fill writes what was collected.
func (t *totals) fill(a *Analytics) {
	level := a.Backlog.From
	for i := range t.days {
		d := &t.days[i]
		level += d.Created + d.Reopened - d.Resolved - d.Removed
		d.Backlog = level
	}
	a.Days = t.days
	a.FirstResponse, a.NextResponse = t.firstResponse.durations(), t.nextResponse.durations()
	a.FirstResolution, a.LastResolution = t.firstResolution.durations(), t.lastResolution.durations()
	resolved := t.kinds[FactResolved]
	a.OneTouch, a.ReopenRate = share(t.oneTouch, resolved), share(t.reopened, resolved)
	a.Rating = t.rated.ratings()
	a.Channels, a.Queues, a.Priorities = splits(t.channels), splits(t.queues), splits(t.priorities)
	a.HeatCreated, a.HeatAsked = t.heatCreated, t.heatAsked
	a.Tags = make([]Breakdown, 0, len(t.tags))
	for tag, n := range t.tags {
		a.Tags = append(a.Tags, Breakdown{Key: tag, Created: n[FactCreated], Resolved: n[FactResolved], Reopened: n[FactReopened]})
	}
	sortSplits(a.Tags)
}

// splits lists what was collected, the largest first.
func splits(m map[string]*part) []Breakdown {
	out := make([]Breakdown, 0, len(m))
	for key, p := range m {
		first, solved := p.firstResponse.durations(), p.solved.durations()
		out = append(out, Breakdown{Key: key, Created: p.kinds[FactCreated], Resolved: p.kinds[FactResolved], Reopened: p.kinds[FactReopened], FirstResponse: &first, Resolution: &solved})
	}
	sortSplits(out)
	return out
}

func sortSplits(list []Breakdown) {
	slices.SortFunc(list, func(a, b Breakdown) int {
		if d := b.Created + b.Resolved - a.Created - a.Resolved; d != 0 {
			return int(max(min(d, 1), -1))
		}
		return strings.Compare(a.Key, b.Key)
	})
}
