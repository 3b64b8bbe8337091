package report

import (
	"context"
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

	OneTouch   Share    `json:"one_touch"`   // resolved with exactly one public answer
	ReopenRate Share    `json:"reopen_rate"` // resolved, and back within seven days
	Rating     *Ratings `json:"rating"`      // nil: nobody has rated

	Channels   []Breakdown `json:"channels"`
	Queues     []Breakdown `json:"queues"`
	Priorities []Breakdown `json:"priorities"`
	Tags       []Breakdown `json:"tags"` // a ticket counts in each of its tags

	HeatCreated [7][24]int64 `json:"heat_created"` // by local hour, Monday first
	HeatAsked   [7][24]int64 `json:"heat_asked"`
	// HeatBreached counts the clocks that were missed, by the local hour in which they ran out.
	HeatBreached [7][24]int64 `json:"heat_breached"`
}

// reopenWithin is how soon a ticket must come back to count in the reopen rate.
const reopenWithin = 7 * 24 * time.Hour

// Analyze computes the numbers of an interval. now is the present, up to which the backlog is known; To may lie behind it.
func Analyze(ctx context.Context, st Store, s ticket.Scope, i Interval, f Filter, now time.Time) (*Analytics, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	a := &Analytics{From: i.From.UTC(), To: i.To.UTC(), Zone: i.Zone.String()}
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
	within := t.moved()
	if f.Agent != "" {
		if within, err = st.FactCounts(ctx, s, FactQuery{From: i.From, To: i.To, Kinds: moving(), Filter: f2}); err != nil {
			return nil, err
		}
	}
	b := Balance{Created: within[FactCreated], Reopened: within[FactReopened], Resolved: within[FactResolved], Removed: within[FactRemoved]}
	b.To = open - since[FactCreated] - since[FactReopened] + since[FactResolved] + since[FactRemoved]
	b.From = b.To - b.Created - b.Reopened + b.Resolved + b.Removed
	a.Backlog = b
	err = st.Breaches(ctx, s, f, i.From, i.To, func(at int64) {
		weekday, hour := t.zone.at(at)
		a.HeatBreached[weekday][hour]++
	})
	if err != nil {
		return nil, err
	}
	t.fill(a)
	return a, nil
}

// moving are the kinds that change the backlog.
func moving() []FactKind { return []FactKind{FactCreated, FactResolved, FactReopened, FactRemoved} }

// ageSteps are the bounds of Analytics.Ages.
var ageSteps = []time.Duration{24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// backlog counts what is open now.
func (a *Analytics) backlog(ctx context.Context, st Store, s ticket.Scope, f Filter, now time.Time) (int64, error) {
	since := make([]time.Time, len(ageSteps))
	for i, d := range ageSteps {
		since[i] = now.Add(-d)
	}
	f.Agent = ""
	b, err := st.Backlog(ctx, s, f, since)
	if err != nil {
		return 0, err
	}
	a.Ages = make([]Age, len(ageSteps)+1)
	younger := int64(0)
	for i, d := range ageSteps {
		seconds := int64(d / time.Second)
		a.Ages[i] = Age{Below: &seconds, Tickets: b.Since[i] - younger}
		younger = b.Since[i]
	}
	a.Ages[len(ageSteps)].Tickets = b.Open - younger
	a.Waiting.Open = b.Waiting
	if !b.WaitingSince.IsZero() {
		seconds := int64(max(now.Sub(b.WaitingSince), 0) / time.Second)
		a.Waiting.OldestSeconds = &seconds
	}
	return b.Open, nil
}
