package sla_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// life is a random ticket with random promises.
type life struct {
	policies  []sla.Policy
	calendars []sla.Calendar
	moments   []moment
	now       time.Time
}

type moment struct {
	at   time.Time
	word string
}

var epoch = time.Date(2026, 3, 26, 6, 0, 0, 0, time.UTC) // three days before Berlin's clocks change

var words = []string{"customer_reply", "customer_reply", "agent_public_reply", "agent_public_reply", "machine_mail", "bot_reply", "note", "open", "pending",
	"pending", "waiting", "snoozed", "open", "resolved", "reopened", "closed", "reopened", "spam", "merged", "priority:urgent", "priority:low",
	"queue:q2", "queue:q1", "recomputed", "deleted"}

func drawLife(rt *rapid.T) life {
	var l life
	clock := epoch
	l.moments = append(l.moments, moment{clock, rapid.SampledFrom([]string{"created_by_customer", "created_by_customer:urgent", "created_by_agent"}).Draw(rt, "created")})
	for range rapid.IntRange(0, 25).Draw(rt, "events") {
		clock = clock.Add(time.Duration(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 2*hour), rapid.IntRange(0, 2*day)).Draw(rt, "wait")) * time.Second)
		w := rapid.SampledFrom(words).Draw(rt, "word")
		l.moments = append(l.moments, moment{clock, w})
		if w == "deleted" {
			break
		}
	}
	l.now = clock.Add(time.Duration(rapid.IntRange(0, 5*day).Draw(rt, "now")) * time.Second)
	for v := range 2 {
		c := everyDay(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Asia/Tokyo"}).Draw(rt, "zone"), drawWindows(rt, "hours", 1)...)
		c.Version, c.ValidFrom = int64(v+1), l.moment(rt, v)
		l.calendars = append(l.calendars, *c)
	}
	for i, m := range []sla.Match{{}, {}, {Priorities: []ticket.Priority{ticket.Urgent}}, {Queues: []ticket.QueueID{"q2"}}} {
		p := sla.Policy{ID: sla.PolicyID(fmt.Sprint("p", max(i, 1))), Version: int64(1 + min(i, 1)), Name: "Any", Position: 9 - i, Match: m, Targets: map[sla.Clock]sla.Target{},
			Reopen: rapid.SampledFrom([]sla.Reopen{"", sla.Continue, sla.Restart, sla.Ignore}).Draw(rt, "reopen"), ValidFrom: l.moment(rt, i)}
		if i > 1 {
			p.Version = 1
		}
		p.CalendarID = rapid.SampledFrom([]sla.CalendarID{"", "c"}).Draw(rt, "calendar")
		p.Retired = i == 1 && rapid.IntRange(0, 9).Draw(rt, "retired") == 0
		for _, c := range sla.Clocks() {
			if d := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 4*hour), rapid.IntRange(1, 5*day)).Draw(rt, string(c)); d > 0 {
				p.Targets[c] = sla.Target{All: int64(d), ByPriority: map[ticket.Priority]int64{ticket.Urgent: int64(d/2 + 1)}}
			}
			p.Steps = append(p.Steps, sla.Step{Clock: c, Kind: sla.Warn, Lead: int64(rapid.IntRange(1, 2*hour).Draw(rt, "lead")), Actions: []sla.Action{{Type: sla.NotifyAssignee}}, OnlyInHours: rapid.Bool().Draw(rt, "in hours")},
				sla.Step{Clock: c, Kind: sla.Escalate, After: int64(rapid.IntRange(0, 2*hour).Draw(rt, "after")), Actions: []sla.Action{{Type: sla.RaisePriority}}})
		}
		if rapid.Bool().Draw(rt, "own pauses") {
			p.Pauses = map[string][]sla.Clock{"pending": {sla.NextResponse}, "waiting_supplier": {sla.Resolution, sla.Update}}
		}
		l.policies = append(l.policies, p)
	}
	return l
}

// moment is when a version comes into force: the first ones always were.
func (l *life) moment(rt *rapid.T, version int) time.Time {
	if version == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(rapid.IntRange(0, 5*day).Draw(rt, "valid from")) * time.Second)
}

func events(t require.TestingT, ms []moment) []ticket.Event {
	h := &history{t: t}
	for _, m := range ms {
		h.add(m.at, m.word)
	}
	return h.events
}

func (l *life) evaluate(t require.TestingT, es []ticket.Event, now time.Time) *sla.Result {
	res, err := sla.Evaluate(es, l.policies, l.calendars, now)
	require.NoError(t, err)
	return res
}

func checkLife(t *testing.T, fn func(rt *rapid.T, l life)) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) { fn(rt, drawLife(rt)) })
}

func TestProperty12IndependentOfPolls(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		polled := slices.Clone(l.moments)
		for range rapid.IntRange(1, 10).Draw(rt, "polls") {
			i := rapid.IntRange(1, len(polled)).Draw(rt, "where")
			if polled[i-1].word == "deleted" {
				continue
			}
			span := l.now.Sub(polled[i-1].at)
			if i < len(polled) {
				span = polled[i].at.Sub(polled[i-1].at)
			}
			at := polled[i-1].at.Add(time.Duration(rapid.Int64Range(0, int64(span/time.Second)).Draw(rt, "when")) * time.Second)
			polled = slices.Insert(polled, i, moment{at, "tick"})
		}
		want := l.evaluate(rt, events(rt, l.moments), l.now)
		got := l.evaluate(rt, events(rt, polled), l.now)
		require.Equal(rt, want.Records, got.Records)
		require.Equal(rt, want.State.Records, got.State.Records)
	})
}

func TestProperty13OrderAndRepetitionDoNotMatter(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		es := events(rt, l.moments)
		want := l.evaluate(rt, es, l.now)
		es = append(es, rapid.SliceOf(rapid.SampledFrom(es)).Draw(rt, "again")...)
		require.Equal(rt, want, l.evaluate(rt, rapid.Permutation(es).Draw(rt, "order"), l.now))
	})
}

func TestProperty14ReplayEqualsTheCache(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		for i := len(l.moments) - 1; i > 0; i-- {
			if l.moments[i].word != "deleted" && rapid.IntRange(0, 3).Draw(rt, "tick") == 0 {
				l.moments = slices.Insert(l.moments, i, moment{l.moments[i].at, "tick"})
			}
		}
		es := events(rt, l.moments)
		rules, err := sla.NewRules(l.policies, l.calendars)
		require.NoError(rt, err)
		kept, rows := []byte(`{}`), map[string]sla.Record{}
		var fired []sla.Firing
		for i := range es {
			var s sla.TicketState
			require.NoError(rt, json.Unmarshal(kept, &s))
			c, err := rules.Apply(&s, &es[i])
			require.NoError(rt, err)
			for _, r := range c.Records {
				rows[fmt.Sprint(r.Clock, r.Cycle)] = r
			}
			fired = append(fired, c.Fired...)
			again, err := rules.Apply(&s, &es[i])
			require.NoError(rt, err)
			require.Empty(rt, again, "an event counts once")
			kept, err = json.Marshal(s)
			require.NoError(rt, err)
			part := l.evaluate(rt, es[:i+1], es[i].At)
			whole, err := json.Marshal(part.State)
			require.NoError(rt, err)
			require.JSONEq(rt, string(whole), string(kept))
		}
		var s sla.TicketState
		require.NoError(rt, json.Unmarshal(kept, &s))
		want := l.evaluate(rt, es, l.now)
		require.Equal(rt, want.Fired, fired)
		require.Equal(rt, want.Next, rules.Next(&s, later(s.At, l.now)))
		for _, r := range rules.Records(&s, l.now) {
			rows[fmt.Sprint(r.Clock, r.Cycle)] = r
		}
		for _, r := range want.Records {
			require.Equal(rt, r, rows[fmt.Sprint(r.Clock, r.Cycle)])
			delete(rows, fmt.Sprint(r.Clock, r.Cycle))
		}
		for _, r := range rows {
			require.Zero(rt, r.Target, "only what has no target is left out")
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestProperty15BreachesNeverFallAndNeverChange(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		es := events(rt, l.moments)
		known := map[string]sla.Record{}
		look := func(res *sla.Result) {
			got := map[string]sla.Record{}
			for _, r := range res.Records {
				if r.BreachedAt != nil {
					got[fmt.Sprint(r.Clock, r.Cycle)] = r
				}
			}
			for k, was := range known {
				is, ok := got[k]
				require.True(rt, ok, "the breach of %s is gone", k)
				require.Equal(rt, sla.Missed, is.State)
				require.Equal(rt, []any{was.BreachedAt, was.Due, was.Target, was.Cause, was.PolicyID, was.PolicyVersion, was.CalendarVersion, was.Start},
					[]any{is.BreachedAt, is.Due, is.Target, is.Cause, is.PolicyID, is.PolicyVersion, is.CalendarVersion, is.Start})
			}
			known = got
		}
		for i := range es {
			look(l.evaluate(rt, es[:i+1], es[i].At))
			if i+1 < len(es) {
				look(l.evaluate(rt, es[:i+1], es[i+1].At.Add(-time.Microsecond)))
			}
		}
		look(l.evaluate(rt, es, l.now))
		look(l.evaluate(rt, es, l.now.Add(100*24*time.Hour)))
	})
}

func TestProperty16PauseAndResumeAtOnceIsNothingForATicket(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		var where []int // behind which the ticket is open and works
		cat := ticket.New
		for i, m := range l.moments {
			switch m.word {
			case "open", "reopened":
				cat = ticket.Open
			case "pending", "waiting", "snoozed", "resolved", "closed", "spam", "merged", "deleted":
				cat = ticket.Category(m.word)
			}
			if cat == ticket.Open {
				where = append(where, i+1)
			}
		}
		if len(where) == 0 {
			return
		}
		i := rapid.SampledFrom(where).Draw(rt, "where")
		at := l.moments[i-1].at.Add(time.Duration(rapid.IntRange(0, hour).Draw(rt, "when")) * time.Second)
		if i < len(l.moments) && at.After(l.moments[i].at) {
			at = l.moments[i].at
		}
		twitch := slices.Insert(slices.Clone(l.moments), i, moment{at, "pending"}, moment{at, "open"})
		l.now = later(l.now, at)
		require.Equal(rt, l.evaluate(rt, events(rt, l.moments), l.now).Records, l.evaluate(rt, events(rt, twitch), l.now).Records)
	})
}

// TestRecordsThatWereHandedOutStayAsTheyWere: later events do not write into the copies that callers hold.
func TestRecordsThatWereHandedOutStayAsTheyWere(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.Resolution, 8*hour))
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(10, 0), "pending")
	c.do(jan5(11, 0), "resolved")
	held := c.rules.Records(&c.state, jan5(11, 0))
	want := []sla.Interval{{From: jan5(10, 0), To: jan5(11, 0)}}
	require.Equal(t, want, held[0].Pauses)
	c.do(jan5(13, 0), "reopened")
	require.Equal(t, want, held[0].Pauses)
	require.Equal(t, []sla.Interval{{From: jan5(10, 0), To: jan5(13, 0)}}, c.rules.Records(&c.state, jan5(13, 0))[0].Pauses, "the pause goes on without a seam")
}

// TestEveryRecordIsConsistent holds what the states mean against the definitions.
func TestEveryRecordIsConsistent(t *testing.T) {
	checkLife(t, func(rt *rapid.T, l life) {
		es := events(rt, l.moments)
		schedules := map[int64]*sla.Schedule{}
		for i := range l.calendars {
			s, err := sla.NewSchedule(&l.calendars[i])
			require.NoError(rt, err)
			schedules[l.calendars[i].Version] = s
		}
		for n := 1; n <= len(es); n++ {
			now := es[n-1].At
			if n == len(es) {
				now = l.now
			}
			open := map[sla.Clock]int{}
			for _, r := range l.evaluate(rt, es[:n], now).Records {
				about := fmt.Sprintf("%+v", r)
				s := schedules[r.CalendarVersion]
				if r.Open() {
					open[r.Clock]++
				}
				require.Equal(rt, r.Target-r.Elapsed, r.Remaining, about)
				if r.Due != nil {
					at, err := s.Due(r.Start, r.Target, r.Pauses)
					require.NoError(rt, err)
					if !at.Equal(*r.Due) { // a pause that began at the due time or later does not move it
						require.Equal(rt, sla.Missed, r.State, about)
						require.Equal(rt, r.Target, s.Elapsed(r.Start, *r.Due, r.Pauses), about)
					}
				}
				switch r.State {
				case sla.Met:
					require.False(rt, r.StoppedAt.After(*r.Due), about)
					require.Nil(rt, r.BreachedAt, about)
				case sla.Missed:
					require.True(rt, r.StoppedAt == nil || r.StoppedAt.After(*r.Due), about)
					if r.Cause == "" {
						require.Equal(rt, *r.Due, *r.BreachedAt, about)
					} else {
						require.Equal(rt, sla.CausePolicyChange, r.Cause)
						require.True(rt, r.BreachedAt.After(*r.Due), about)
					}
				case sla.Cancelled:
					require.NotNil(rt, r.CancelledAt, about)
					require.Nil(rt, r.StoppedAt, about)
				case sla.Paused:
					require.Nil(rt, r.Due, about)
					require.Positive(rt, r.Remaining, about)
					require.NotEqual(rt, sla.FirstResponse, r.Clock)
				case sla.Running:
					require.False(rt, now.After(*r.Due), about)
				default:
					rt.Fatalf("state %q", r.State)
				}
				if r.Clock == sla.FirstResponse {
					require.Empty(rt, r.Pauses, about)
				}
			}
			for c, k := range open {
				require.Equal(rt, 1, k, "open cycles of %s", c)
			}
		}
	})
}
