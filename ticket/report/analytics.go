package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Interval is the span [From,To) and the zone in which its days are.
type Interval struct {
	From, To time.Time
	Zone     *time.Location // nil is UTC
}

// maxDays bounds an interval.
const maxDays = 366

func (i *Interval) check() error {
	if !i.From.Before(i.To) || i.To.Sub(i.From) > (maxDays+1)*24*time.Hour {
		return ticket.InvalidField("to", "must lie after from, by at most %d days", maxDays)
	}
	if i.Zone == nil {
		i.Zone = time.UTC
	}
	return nil
}

// Durations are how long something took, by nearest rank. The percentiles are nil when N is 0.
type Durations struct {
	N           int64  `json:"n"`
	P50         *int64 `json:"p50_seconds"`
	P90         *int64 `json:"p90_seconds"`
	BusinessP50 *int64 `json:"business_p50_seconds"`
	BusinessP90 *int64 `json:"business_p90_seconds"`
}

// Share is a part of a whole; the rate is nil when the whole is 0.
type Share struct {
	N    int64    `json:"n"`
	Of   int64    `json:"of"`
	Rate *float64 `json:"rate"`
}

func share(n, of int64) Share {
	s := Share{N: n, Of: of}
	if of > 0 {
		r := float64(n) / float64(of)
		s.Rate = &r
	}
	return s
}

// Day is what happened on one local day, and the backlog at its end, or at the end of the interval if that comes before.
type Day struct {
	Date     string `json:"date"` // 2026-01-31
	Created  int64  `json:"created"`
	Resolved int64  `json:"resolved"`
	Reopened int64  `json:"reopened"`
	Removed  int64  `json:"removed"`
	Backlog  int64  `json:"backlog"`
}

// Balance is the backlog and what changed it: To = From + Created + Reopened − Resolved − Removed.
type Balance struct {
	From     int64 `json:"from"`
	Created  int64 `json:"created"`
	Reopened int64 `json:"reopened"`
	Resolved int64 `json:"resolved"`
	Removed  int64 `json:"removed"` // became spam or were merged for a while; what still is counts nowhere
	To       int64 `json:"to"`
}

// Waiting are the tickets that wait for a first answer now.
type Waiting struct {
	Open          int64  `json:"open"`
	OldestSeconds *int64 `json:"oldest_seconds"`
}

// Age is how many open tickets are how old now.
type Age struct {
	Below   *int64 `json:"below_seconds"` // nil: any that is older than the row before says
	Tickets int64  `json:"tickets"`
}

// Breakdown is one value of a property, as the tickets have it now.
type Breakdown struct {
	Key           string     `json:"key"`
	Created       int64      `json:"created"`
	Resolved      int64      `json:"resolved"`
	Reopened      int64      `json:"reopened"`
	FirstResponse *Durations `json:"first_response"` // nil for tags
	Resolution    *Durations `json:"resolution"`
}

// Analytics are the numbers of an interval. Everything is counted by the time of its event.
type Analytics struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Zone string    `json:"zone"`

	Days    []Day   `json:"days"`
	Backlog Balance `json:"backlog"`
	Ages    []Age   `json:"ages"` // of the backlog now

	FirstResponse   Durations `json:"first_response"`
	NextResponse    Durations `json:"next_response"`
	FirstResolution Durations `json:"first_resolution"` // a ticket's first in its life
	LastResolution  Durations `json:"last_resolution"`  // those that still hold
	Waiting         Waiting   `json:"waiting"`

	OneTouch   Share  `json:"one_touch"`   // resolved with exactly one public answer
	ReopenRate Share  `json:"reopen_rate"` // resolved, and back within seven days
	Rating     *Share `json:"rating"`      // nil: nobody is asked for one

	Channels   []Breakdown `json:"channels"`
	Queues     []Breakdown `json:"queues"`
	Priorities []Breakdown `json:"priorities"`
	Tags       []Breakdown `json:"tags"` // a ticket counts in each of its tags

	HeatCreated [7][24]int64 `json:"heat_created"` // by local hour, Monday first
	HeatAsked   [7][24]int64 `json:"heat_asked"`
}

// reopenWithin is how soon a ticket must come back to count in the reopen rate.
const reopenWithin = 7 * 24 * time.Hour

// Analyze computes the numbers of an interval. now is the present, up to which the backlog is known; To may lie behind it.
func Analyze(ctx context.Context, st Store, s ticket.Scope, i Interval, f Filter, now time.Time) (*Analytics, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	a := &Analytics{From: i.From.UTC(), To: i.To.UTC(), Zone: i.Zone.String(), Tags: []Breakdown{}}
	t := newTotals(i)
	if err := st.Facts(ctx, s, FactQuery{From: i.From, To: i.To, Filter: f}, t.add); err != nil {
		return nil, err
	}
	open, err := a.backlog(ctx, st, s, f, now)
	if err != nil {
		return nil, err
	}
	// The backlog is known for the present alone; what has changed it since leads back.
	f2 := f
	f2.Agent = "" // a backlog is nobody's deed
	since, err := st.FactCounts(ctx, s, FactQuery{From: i.To, To: now.AddDate(100, 0, 0), Kinds: moving(), Filter: f2})
	if err != nil {
		return nil, err
	}
	within := t.kinds
	if f.Agent != "" {
		if within, err = st.FactCounts(ctx, s, FactQuery{From: i.From, To: i.To, Kinds: moving(), Filter: f2}); err != nil {
			return nil, err
		}
	}
	b := Balance{Created: within[FactCreated], Reopened: within[FactReopened], Resolved: within[FactResolved], Removed: within[FactRemoved]}
	b.To = open - since[FactCreated] - since[FactReopened] + since[FactResolved] + since[FactRemoved]
	b.From = b.To - b.Created - b.Reopened + b.Resolved + b.Removed
	a.Backlog = b
	tags, err := st.TagFacts(ctx, s, FactQuery{From: i.From, To: i.To, Kinds: moving(), Filter: f})
	if err != nil {
		return nil, err
	}
	t.fill(a)
	a.Tags = tagSplits(tags)
	return a, nil
}

// moving are the kinds that change the backlog.
func moving() []FactKind { return []FactKind{FactCreated, FactResolved, FactReopened, FactRemoved} }

// ageSteps are the bounds of Analytics.Ages.
var ageSteps = []time.Duration{24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// backlog counts what is open now.
func (a *Analytics) backlog(ctx context.Context, st Store, s ticket.Scope, f Filter, now time.Time) (int64, error) {
	a.Ages = make([]Age, len(ageSteps)+1)
	for i, d := range ageSteps {
		seconds := int64(d / time.Second)
		a.Ages[i].Below = &seconds
	}
	var open int64
	var oldest time.Time
	f.Agent = ""
	err := st.Backlog(ctx, s, f, func(t OpenTicket) {
		open++
		age := now.Sub(t.CreatedAt)
		i := slices.IndexFunc(ageSteps, func(d time.Duration) bool { return age < d })
		if i < 0 {
			i = len(ageSteps)
		}
		a.Ages[i].Tickets++
		if t.WaitingSince.IsZero() || t.Answered {
			return
		}
		a.Waiting.Open++
		if oldest.IsZero() || t.WaitingSince.Before(oldest) {
			oldest = t.WaitingSince
		}
	})
	if !oldest.IsZero() {
		seconds := int64(max(now.Sub(oldest), 0) / time.Second)
		a.Waiting.OldestSeconds = &seconds
	}
	return open, err
}

// totals collects facts.
type totals struct {
	i     Interval
	zone  *clockFace
	days  []Day
	first []int64 // beginning of each day and the end of the last, in microseconds
	kinds map[FactKind]int64

	firstResponse, nextResponse, firstResolution, lastResolution spans
	oneTouch, reopened                                           int64
	channels, queues, priorities                                 map[string]*part
	heat                                                         map[FactKind]*[7][24]int64
}

// part is one value of a property.
type part struct {
	kinds                 [8]int64
	firstResponse, solved spans
}

// spans are times that something took: in calendar and in business seconds.
type spans struct{ calendar, business []int64 }

func (s *spans) add(r *FactRow) {
	s.calendar, s.business = append(s.calendar, r.Seconds), append(s.business, r.Business)
}

// durations sorts what was collected.
func (s *spans) durations() Durations {
	slices.Sort(s.calendar)
	slices.Sort(s.business)
	return Durations{N: int64(len(s.calendar)), P50: rank(s.calendar, 50), P90: rank(s.calendar, 90), BusinessP50: rank(s.business, 50), BusinessP90: rank(s.business, 90)}
}

// rank is the percentile p of rising values by nearest rank; nil of none.
func rank(values []int64, p int) *int64 {
	if len(values) == 0 {
		return nil
	}
	v := values[(p*len(values)+99)/100-1]
	return &v
}

func newTotals(i Interval) *totals {
	t := &totals{i: i, zone: newClockFace(i.Zone), kinds: map[FactKind]int64{}, channels: map[string]*part{}, queues: map[string]*part{}, priorities: map[string]*part{},
		heat: map[FactKind]*[7][24]int64{FactCreated: {}, FactAsked: {}}}
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

func partOf(m map[string]*part, key string) *part {
	p := m[key]
	if p == nil {
		p = &part{}
		m[strings.Clone(key)] = p
	}
	return p
}

// add takes one fact in.
func (t *totals) add(r *FactRow) {
	if r.Kind < FactCreated || r.Kind > FactAsked {
		return
	}
	t.kinds[r.Kind]++
	day, found := slices.BinarySearch(t.first, r.At)
	if !found {
		day--
	}
	if day < 0 || day >= len(t.days) {
		return
	}
	if h := t.heat[r.Kind]; h != nil {
		weekday, hour := t.zone.at(r.At)
		h[weekday][hour]++
	}
	d := &t.days[day]
	switch r.Kind {
	case FactCreated:
		d.Created++
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
	for m, key := range map[*map[string]*part]string{&t.channels: r.Channel, &t.queues: string(r.Queue), &t.priorities: string(r.Priority)} {
		p := partOf(*m, key)
		p.kinds[r.Kind]++
		switch r.Kind {
		case FactFirstResponse:
			p.firstResponse.add(r)
		case FactResolved:
			p.solved.add(r)
		}
	}
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
	a.Channels, a.Queues, a.Priorities = splits(t.channels), splits(t.queues), splits(t.priorities)
	a.HeatCreated, a.HeatAsked = *t.heat[FactCreated], *t.heat[FactAsked]
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

func tagSplits(list []TagFact) []Breakdown {
	at := map[string]int{}
	out := []Breakdown{}
	for _, f := range list {
		i, known := at[f.Tag]
		if !known {
			i = len(out)
			at[f.Tag] = i
			out = append(out, Breakdown{Key: f.Tag})
		}
		switch f.Kind {
		case FactCreated:
			out[i].Created += f.N
		case FactResolved:
			out[i].Resolved += f.N
		case FactReopened:
			out[i].Reopened += f.N
		}
	}
	sortSplits(out)
	return out
}
