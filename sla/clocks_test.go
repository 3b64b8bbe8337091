package sla_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// jan5 is 2026-01-05 at h:m UTC.
func jan5(h, m int) time.Time { return time.Date(2026, 1, 5, h, m, 0, 0, time.UTC) }

// promise is a policy without a calendar that promises one time.
func promise(c sla.Clock, seconds int64, change ...func(*sla.Policy)) sla.Policy {
	p := sla.Policy{ID: "p", Version: 1, Name: "Promise", Targets: map[sla.Clock]sla.Target{c: {All: seconds}}}
	for _, f := range change {
		f(&p)
	}
	return p
}

// story evaluates a ticket and gives the records of one clock.
func story(t *testing.T, now time.Time, c sla.Clock, ps []sla.Policy, ms ...moment) []sla.Record {
	t.Helper()
	for i := range ps {
		require.NoError(t, ps[i].Validate())
	}
	res, err := sla.Evaluate(events(t, ms), ps, nil, now)
	require.NoError(t, err)
	var out []sla.Record
	for _, r := range res.Records {
		if r.Clock == c {
			out = append(out, r)
		}
	}
	return out
}

func urgentIn(seconds int64) func(*sla.Policy) {
	return func(p *sla.Policy) {
		for c, t := range p.Targets {
			t.ByPriority = map[ticket.Priority]int64{ticket.Urgent: seconds}
			p.Targets[c] = t
		}
	}
}

func TestPriorityChangesTargetButNotStartAndPauses(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(12, 0), sla.Resolution, []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(4*hour))},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 30), "pending"}, moment{jan5(11, 30), "open"}, moment{jan5(12, 0), "priority:urgent"})
	require.Len(t, rs, 1)
	require.Equal(t, jan5(9, 0), rs[0].Start)
	require.Equal(t, []sla.Interval{{From: jan5(9, 30), To: jan5(11, 30)}}, rs[0].Pauses)
	require.Equal(t, jan5(15, 0), *rs[0].Due, "four hours and the pause of two")
	require.Equal(t, sla.Running, rs[0].State)
}

func TestPolicyChangeIntoThePastIsABreachOfItsOwnKind(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(20, 0), sla.Resolution, []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(hour))},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(12, 0), "priority:urgent"})
	require.Equal(t, sla.Missed, rs[0].State)
	require.Equal(t, jan5(10, 0), *rs[0].Due)
	require.Equal(t, jan5(12, 0), *rs[0].BreachedAt, "when it was changed, not when it would have been due")
	require.Equal(t, sla.CausePolicyChange, rs[0].Cause)

	rs = story(t, jan5(10, 0), sla.Resolution, []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(hour))},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "priority:urgent"}, moment{jan5(10, 0), "resolved"})
	require.Equal(t, sla.Met, rs[0].State, "a new due time of right now is not in the past")
}

func TestPolicyChangeWhilePaused(t *testing.T) {
	t.Parallel()
	ps := []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(2*hour))}
	rs := story(t, jan5(20, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "pending"}, moment{jan5(15, 0), "priority:urgent"})
	require.Equal(t, sla.Paused, rs[0].State)
	require.Nil(t, rs[0].Due)
	require.EqualValues(t, hour, rs[0].Remaining, "of the new target")
	ps = []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(hour/2))}
	rs = story(t, jan5(20, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "pending"}, moment{jan5(15, 0), "priority:urgent"})
	require.Equal(t, []any{sla.Missed, jan5(9, 30), jan5(15, 0), sla.CausePolicyChange}, []any{rs[0].State, *rs[0].Due, *rs[0].BreachedAt, rs[0].Cause})
}

func TestLosingAndGainingAPromise(t *testing.T) {
	t.Parallel()
	ps := []sla.Policy{promise(sla.Resolution, 8*hour, func(p *sla.Policy) { p.Match.Queues = []ticket.QueueID{"q2"} })}
	rs := story(t, jan5(20, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "pending"}, moment{jan5(11, 0), "open"})
	require.Empty(t, rs, "nothing is promised in q1")
	rs = story(t, jan5(12, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "pending"}, moment{jan5(11, 0), "open"}, moment{jan5(12, 0), "queue:q2"})
	require.Equal(t, []any{sla.Running, jan5(9, 0), jan5(18, 0)}, []any{rs[0].State, rs[0].Start, *rs[0].Due}, "what happened before counts")
	rs = story(t, jan5(23, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 0), "queue:q2"}, moment{jan5(12, 0), "queue:q1"})
	require.Empty(t, rs, "no promise, no breach")
	rs = story(t, jan5(23, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 0), "queue:q2"}, moment{jan5(19, 0), "queue:q1"})
	require.Equal(t, []any{sla.Missed, jan5(17, 0)}, []any{rs[0].State, *rs[0].BreachedAt}, "moving away does not undo a breach")
}

func TestPriorityChangedBetweenResolutionAndReopening(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(15, 0), sla.Resolution, []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(4*hour))},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "resolved"}, moment{jan5(11, 0), "priority:urgent"}, moment{jan5(14, 0), "reopened"})
	require.Equal(t, jan5(17, 0), *rs[0].Due, "three hours are left of the four for urgent tickets")
	rs = story(t, jan5(15, 0), sla.Resolution, []sla.Policy{promise(sla.Resolution, 8*hour, urgentIn(4*hour))},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "resolved"}, moment{jan5(11, 0), "priority:urgent"})
	require.Equal(t, []any{sla.Met, int64(8 * hour)}, []any{rs[0].State, rs[0].Target}, "what was met stays met by the promise of its time")
}

func TestEditsWaitForARecompute(t *testing.T) {
	t.Parallel()
	edited := promise(sla.Resolution, 4*hour, func(p *sla.Policy) { p.Version, p.ValidFrom = 2, jan5(10, 0) })
	ps := []sla.Policy{edited, promise(sla.Resolution, 8*hour)}
	created := moment{jan5(9, 0), "created_by_customer"}
	rs := story(t, jan5(12, 0), sla.Resolution, ps, created)
	require.Equal(t, []any{int64(1), jan5(17, 0)}, []any{rs[0].PolicyVersion, *rs[0].Due}, "the edit leaves open clocks alone")
	rs = story(t, jan5(12, 0), sla.Resolution, ps, created, moment{jan5(11, 0), "recomputed"})
	require.Equal(t, []any{int64(2), jan5(13, 0)}, []any{rs[0].PolicyVersion, *rs[0].Due})
	rs = story(t, jan5(12, 0), sla.Resolution, ps, created, moment{jan5(9, 30), "recomputed"})
	require.Equal(t, int64(1), rs[0].PolicyVersion, "what comes into force later does not count yet")
	rs = story(t, jan5(12, 0), sla.Resolution, ps, moment{jan5(10, 0), "created_by_customer"})
	require.Equal(t, int64(2), rs[0].PolicyVersion, "a ticket of that very moment")

	restart := func(p *sla.Policy) { p.Reopen = sla.Restart }
	restart(&ps[0])
	restart(&ps[1])
	rs = story(t, jan5(12, 0), sla.Resolution, ps, created, moment{jan5(11, 0), "resolved"}, moment{jan5(12, 0), "reopened"})
	require.Equal(t, []int64{1, 2}, []int64{rs[0].PolicyVersion, rs[1].PolicyVersion}, "a new cycle takes what is in force")
}

func TestRetiredPoliciesTakeNoNewTickets(t *testing.T) {
	t.Parallel()
	gone := promise(sla.Resolution, 8*hour, func(p *sla.Policy) { p.Version, p.ValidFrom, p.Retired = 2, jan5(10, 0), true })
	other := promise(sla.Resolution, 6*hour, func(p *sla.Policy) { p.ID, p.Position = "q", 5 })
	ps := []sla.Policy{promise(sla.Resolution, 8*hour), gone, other}
	rs := story(t, jan5(12, 0), sla.Resolution, ps, moment{jan5(9, 0), "created_by_customer"})
	require.EqualValues(t, "p", rs[0].PolicyID)
	rs = story(t, jan5(12, 0), sla.Resolution, ps, moment{jan5(10, 0), "created_by_customer"})
	require.EqualValues(t, "q", rs[0].PolicyID)
}

func TestCalendarsAreVersioned(t *testing.T) {
	t.Parallel()
	morning, night := everyDay("UTC", sla.Window{Open: 9 * hour, Close: 12 * hour}), everyDay("UTC", sla.Window{Open: 20 * hour, Close: 24 * hour})
	night.Version, night.ValidFrom = 2, jan5(10, 0)
	ps := []sla.Policy{promise(sla.Resolution, 2*hour, func(p *sla.Policy) { p.CalendarID = "c" })}
	due := func(ms ...moment) (time.Time, int64) {
		res, err := sla.Evaluate(events(t, ms), ps, []sla.Calendar{*night, *morning}, jan5(9, 0))
		require.NoError(t, err)
		return *res.Records[0].Due, res.Records[0].CalendarVersion
	}
	at, v := due(moment{jan5(9, 0), "created_by_customer"})
	require.Equal(t, []any{jan5(11, 0), int64(1)}, []any{at, v})
	at, v = due(moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 30), "recomputed"})
	require.Equal(t, []any{jan5(22, 0), int64(2)}, []any{at, v}, "S is the new one, from the start")
}

func TestStatesSayWhatTheyPause(t *testing.T) {
	t.Parallel()
	p := promise(sla.Resolution, 8*hour, func(p *sla.Policy) {
		p.Pauses = map[string][]sla.Clock{"waiting_supplier": {sla.Resolution}, "pending": {sla.NextResponse}}
	})
	during := func(word string) sla.ClockState {
		return story(t, jan5(10, 0), sla.Resolution, []sla.Policy{p}, moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 0), word})[0].State
	}
	require.Equal(t, sla.Paused, during("waiting"), "by name")
	require.Equal(t, sla.Running, during("pending"), "pauses another clock only")
	require.Equal(t, sla.Running, during("snoozed"), "is not named")
	delete(p.Pauses, "waiting_supplier")
	require.Equal(t, sla.Running, during("waiting"), "by its category")
	p.Pauses["pending"] = []sla.Clock{sla.Resolution}
	require.Equal(t, sla.Paused, during("waiting"), "by its category")
	p.Pauses = map[string][]sla.Clock{}
	require.Equal(t, sla.Running, during("pending"), "empty is not the default")
	p.Pauses = nil
	require.Equal(t, sla.Paused, during("pending"))
	require.Equal(t, sla.DefaultPauses(), map[string][]sla.Clock{"pending": {sla.NextResponse, sla.Update, sla.Resolution}, "snoozed": {sla.NextResponse, sla.Update, sla.Resolution}})
}

func TestChoose(t *testing.T) {
	t.Parallel()
	ps := []sla.Policy{
		{ID: "z", Position: 3},
		{ID: "b", Position: 2, Match: sla.Match{Channels: []string{"discord"}}},
		{ID: "a", Position: 2, Match: sla.Match{Channels: []string{"discord", "email"}, Priorities: []ticket.Priority{ticket.Urgent}}},
		{ID: "q", Position: 1, Match: sla.Match{Queues: []ticket.QueueID{"vip"}}},
		{ID: "old", Position: 0, Retired: true},
	}
	for _, c := range []struct {
		prio    ticket.Priority
		queue   ticket.QueueID
		channel string
		want    sla.PolicyID
	}{
		{ticket.Normal, "one", "email", "z"}, {ticket.Normal, "one", "discord", "b"}, {ticket.Urgent, "one", "discord", "a"},
		{ticket.Urgent, "vip", "discord", "q"}, {ticket.Urgent, "one", "web", "z"},
	} {
		require.Equal(t, c.want, sla.Choose(ps, c.prio, c.queue, c.channel).ID, "%+v", c)
	}
	require.Nil(t, sla.Choose(ps[1:], ticket.Low, "one", "web"))
}

func TestSimulateAsksWhatIf(t *testing.T) {
	t.Parallel()
	es := events(t, []moment{{jan5(9, 0), "created_by_customer"}, {jan5(11, 0), "agent_public_reply"}})
	strict := promise(sla.FirstResponse, hour, func(p *sla.Policy) { p.ValidFrom = jan5(20, 0) })
	res, err := sla.Evaluate(es, []sla.Policy{strict}, nil, jan5(23, 0))
	require.NoError(t, err)
	require.Empty(t, res.Records, "it was not in force")
	res, err = sla.Simulate(es, []sla.Policy{strict}, nil, jan5(23, 0))
	require.NoError(t, err)
	require.Equal(t, sla.Missed, res.Records[0].State)
	require.Equal(t, jan5(20, 0), strict.ValidFrom, "the caller's policies stay as they are")
}

func TestRulesRefuseWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	cal := everyDay("UTC", sla.Window{Open: 0, Close: hour})
	p := promise(sla.FirstResponse, hour, func(p *sla.Policy) { p.CalendarID = "gone" })
	for name, try := range map[string]func() (*sla.Rules, error){
		"calendar twice": func() (*sla.Rules, error) { return sla.NewRules(nil, []sla.Calendar{*cal, *cal}) },
		"policy twice": func() (*sla.Rules, error) {
			return sla.NewRules([]sla.Policy{promise(sla.Update, 1), promise(sla.Update, 1)}, nil)
		},
		"unknown calendar": func() (*sla.Rules, error) { return sla.NewRules([]sla.Policy{p}, []sla.Calendar{*cal}) },
		"no hours":         func() (*sla.Rules, error) { return sla.NewRules(nil, []sla.Calendar{{ID: "c", Zone: "UTC"}}) },
		"policy nameless":  func() (*sla.Rules, error) { return sla.NewRules([]sla.Policy{{}}, nil) },
		"calendar nameless": func() (*sla.Rules, error) {
			c := *cal
			c.ID = ""
			return sla.NewRules(nil, []sla.Calendar{c})
		},
	} {
		_, err := try()
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid}, name)
	}
}

func TestApplyRefusesAHistoryItCannotFollow(t *testing.T) {
	t.Parallel()
	rules, err := sla.NewRules([]sla.Policy{promise(sla.FirstResponse, hour)}, nil)
	require.NoError(t, err)
	es := events(t, []moment{{jan5(9, 0), "created_by_customer"}, {jan5(10, 0), "agent_public_reply"}})
	var s sla.TicketState
	_, err = rules.Apply(&s, &es[1])
	require.Error(t, err, "does not begin with the creation")
	require.Equal(t, sla.TicketState{}, s)
	_, err = rules.Apply(&s, &es[0])
	require.NoError(t, err)
	before := s
	broken := es[1]
	broken.Data = []byte("{")
	_, err = rules.Apply(&s, &broken)
	require.Equal(t, ticket.Internal, ticket.KindOf(err))
	require.Equal(t, before, s)
	other, err := sla.NewRules(nil, nil)
	require.NoError(t, err)
	_, err = other.Apply(&s, &es[1])
	require.ErrorContains(t, err, "version 1 of policy p is missing")
	require.Equal(t, before, s)
}

// TestClocksOfTwoMachines: the chain orders events, whatever the clocks of the machines that wrote them say.
func TestClocksOfTwoMachines(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(12, 0), sla.FirstResponse, []sla.Policy{promise(sla.FirstResponse, hour)},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 20), "note"}, moment{jan5(9, 30), "priority:low"}, moment{jan5(9, 29), "agent_public_reply"})
	require.Equal(t, jan5(9, 30), *rs[0].StoppedAt)
	rs = story(t, jan5(12, 0), sla.FirstResponse, []sla.Policy{promise(sla.FirstResponse, hour)},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 1), "tick"}, moment{jan5(10, 0), "agent_public_reply"})
	require.Equal(t, sla.Met, rs[0].State, "a poll by a fast clock decides nothing")
}

func TestFractionsOfASecondCount(t *testing.T) {
	t.Parallel()
	start := jan5(9, 0).Add(123456 * time.Microsecond)
	ps := []sla.Policy{promise(sla.FirstResponse, hour)}
	rs := story(t, jan5(12, 0), sla.FirstResponse, ps, moment{start, "created_by_customer"}, moment{start.Add(time.Hour), "agent_public_reply"})
	require.Equal(t, []any{sla.Met, start.Add(time.Hour), int64(hour)}, []any{rs[0].State, *rs[0].Due, rs[0].Elapsed})
	rs = story(t, jan5(12, 0), sla.FirstResponse, ps, moment{start, "created_by_customer"}, moment{start.Add(time.Hour + time.Microsecond), "agent_public_reply"})
	require.Equal(t, sla.Missed, rs[0].State)
}
