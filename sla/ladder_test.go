package sla_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// rungs is a ladder of two warnings and two escalations.
func rungs(p *sla.Policy) {
	tell := []sla.Action{{Type: sla.NotifyAssignee}}
	for c := range p.Targets {
		p.Steps = append(p.Steps,
			sla.Step{Clock: c, Kind: sla.Warn, Lead: hour, Actions: tell}, sla.Step{Clock: c, Kind: sla.Warn, Lead: hour / 2, Actions: tell},
			sla.Step{Clock: c, Kind: sla.Escalate, Actions: []sla.Action{{Type: sla.RaisePriority}}}, sla.Step{Clock: c, Kind: sla.Escalate, After: hour, Actions: tell})
	}
}

// climber applies events one by one and lets the timer fire whenever Rules.Next asks for it.
type climber struct {
	*testing.T
	rules *sla.Rules
	state sla.TicketState
	h     *history
	fired []string
}

func climb(t *testing.T, calendars []sla.Calendar, ps ...sla.Policy) *climber {
	for i := range ps {
		require.NoError(t, ps[i].Validate())
	}
	r, err := sla.NewRules(ps, calendars)
	require.NoError(t, err)
	return &climber{T: t, rules: r, h: &history{t: t}}
}

func (c *climber) do(at time.Time, word string) {
	c.Helper()
	c.h.add(at, word)
	change, err := c.rules.Apply(&c.state, &c.h.events[len(c.h.events)-1])
	require.NoError(c, err)
	for _, f := range change.Fired {
		c.fired = append(c.fired, fmt.Sprintf("%s %s %s", f.At.Format("15:04:05.999999"), f.Clock, f.Level))
	}
}

// until lets timers fire on time up to an instant and gives what they handed out.
func (c *climber) until(now time.Time) []string {
	c.Helper()
	c.fired = nil
	last := c.state.At
	for range 50 {
		next := c.rules.Next(&c.state, last)
		if next.IsZero() || next.After(now) {
			return c.fired
		}
		if next.Before(last) {
			next = last
		}
		last = next
		c.do(next, "tick")
	}
	c.Fatal("the timer never comes to rest")
	return nil
}

func TestLadderFiresEachStepOnce(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.FirstResponse, 4*hour, rungs))
	c.do(jan5(9, 0), "created_by_customer")
	require.Equal(t, jan5(12, 0), c.rules.Next(&c.state, jan5(9, 0)))
	require.Equal(t, []string{"12:00:00 first_response warn_1", "12:30:00 first_response warn_2", "13:00:00.000001 first_response breach",
		"13:00:00.000001 first_response escalate_1", "14:00:00 first_response escalate_2"}, c.until(jan5(23, 0)))
	c.do(jan5(23, 0), "tick")
	require.Empty(t, c.fired[5:])
	require.Zero(t, c.rules.Next(&c.state, jan5(23, 0)))
}

func TestNothingFiresAtTheDueTimeItself(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.FirstResponse, 4*hour, func(p *sla.Policy) {
		p.Steps = []sla.Step{{Clock: sla.FirstResponse, Kind: sla.Escalate, Actions: []sla.Action{{Type: sla.RaisePriority}}}}
	}))
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(13, 0), "tick")
	require.Empty(t, c.fired, "an answer in this instant would be in time")
	c.do(jan5(13, 0), "agent_public_reply")
	require.Empty(t, c.until(jan5(23, 0)))
}

func TestDowntimeHandsOutInOrderOfTheInstants(t *testing.T) {
	t.Parallel()
	p := promise(sla.FirstResponse, 4*hour, func(p *sla.Policy) { p.Targets[sla.Resolution] = sla.Target{All: 4*hour + 600} }, rungs)
	c := climb(t, nil, p)
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(13, 5), "tick")
	require.Equal(t, []string{"12:00:00 first_response warn_1", "12:10:00 resolution warn_1", "12:30:00 first_response warn_2", "12:40:00 resolution warn_2",
		"13:00:00.000001 first_response breach", "13:00:00.000001 first_response escalate_1"}, c.fired)
	c.do(jan5(13, 5), "tick")
	require.Len(t, c.fired, 6, "not twice")
}

func TestDueTimesThatMoveAreWarnedOfAgain(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.Resolution, 4*hour, rungs))
	c.do(jan5(9, 0), "created_by_customer")
	require.Equal(t, []string{"12:00:00 resolution warn_1"}, c.until(jan5(12, 10)))
	c.do(jan5(12, 15), "pending")
	require.Zero(t, c.rules.Next(&c.state, jan5(12, 15)), "nothing is due while paused")
	c.do(jan5(12, 15), "open")
	require.Equal(t, []string{"12:30:00 resolution warn_2"}, c.until(jan5(12, 45)), "the same due time: only what is new")
	c.do(jan5(12, 45), "pending")
	c.do(jan5(15, 45), "open")
	require.Equal(t, []string{"12:00:00 resolution warn_1", "12:30:00 resolution warn_2"}, c.until(jan5(15, 50)), "another due time")
	require.Equal(t, jan5(16, 0).Add(time.Microsecond), c.rules.Next(&c.state, jan5(15, 50)))
}

func TestLeadLongerThanTheTargetIsAtOnce(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.FirstResponse, 60, rungs))
	c.do(jan5(9, 0), "created_by_customer")
	require.Equal(t, []string{"09:00:00 first_response warn_1", "09:00:00 first_response warn_2"}, c.until(jan5(9, 1)))
}

func TestLateClocksStandStillWhilePaused(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.Resolution, hour, rungs))
	c.do(jan5(9, 0), "created_by_customer")
	require.Len(t, c.until(jan5(10, 30)), 4)
	c.do(jan5(10, 30), "pending")
	require.Empty(t, c.until(jan5(20, 0)), "nobody can act")
	c.do(jan5(20, 0), "open")
	require.Equal(t, []string{"20:30:00 resolution escalate_2"}, c.until(jan5(22, 0)))
}

func TestPolicyChangeEscalatesAtTheChange(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.Resolution, 8*hour, urgentIn(hour), func(p *sla.Policy) {
		p.Steps = []sla.Step{{Clock: sla.Resolution, Kind: sla.Escalate, After: 600, Actions: []sla.Action{{Type: sla.NotifyQueue}}}}
	}))
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(12, 0), "priority:urgent")
	require.Equal(t, []string{"12:00:00 resolution breach", "12:00:00 resolution escalate_1"}, c.until(jan5(12, 0)))
}

func TestOnlyInHours(t *testing.T) {
	t.Parallel()
	cal := everyDay("UTC", sla.Window{Open: 9 * hour, Close: 17 * hour})
	p := promise(sla.FirstResponse, 8*hour, func(p *sla.Policy) {
		p.CalendarID = "c"
		p.Steps = []sla.Step{
			{Clock: sla.FirstResponse, Kind: sla.Escalate, Actions: []sla.Action{{Type: sla.NotifyMail, To: "chief@desk.example"}}, OnlyInHours: true},
			{Clock: sla.FirstResponse, Kind: sla.Escalate, Actions: []sla.Action{{Type: sla.NotifyMail, To: "night@desk.example"}}},
		}
	})
	c := climb(t, []sla.Calendar{*cal}, p)
	c.do(jan5(9, 0), "created_by_customer")
	require.Equal(t, []string{"17:00:00.000001 first_response breach", "17:00:00.000001 first_response escalate_2"}, c.until(jan5(23, 0)))
	require.Equal(t, jan5(33, 0), c.rules.Next(&c.state, jan5(23, 0)), "waits for nine o'clock")
	c.do(jan5(32, 59), "tick")
	require.Len(t, c.fired, 2)
	require.Equal(t, []string{"17:00:00.000001 first_response escalate_1"}, c.until(jan5(33, 0)))

	c = climb(t, []sla.Calendar{*cal}, p) // a downtime that ends at night
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(26, 0), "tick")
	require.Len(t, c.fired, 2)
	require.Equal(t, jan5(33, 0), c.rules.Next(&c.state, jan5(26, 0)))
}

func TestEvaluateBeforeTheLastEventMeansThatEvent(t *testing.T) {
	t.Parallel()
	cal := everyDay("UTC", sla.Window{Open: 9 * hour, Close: 17 * hour})
	p := promise(sla.FirstResponse, 8*hour, func(p *sla.Policy) {
		p.CalendarID = "c"
		p.Steps = []sla.Step{{Clock: sla.FirstResponse, Kind: sla.Escalate, Actions: []sla.Action{{Type: sla.NotifyQueue}}, OnlyInHours: true}}
	})
	res, err := sla.Evaluate(events(t, []moment{{jan5(9, 0), "created_by_customer"}, {jan5(18, 0), "tick"}, {jan5(34, 0), "customer_reply"}}),
		[]sla.Policy{p}, []sla.Calendar{*cal}, time.Time{})
	require.NoError(t, err)
	require.EqualValues(t, 9*hour, res.Records[0].Elapsed)
	require.Equal(t, jan5(34, 0), res.Next, "what waits for working hours is handed out now")
}

func TestNewCyclesHaveTheirOwnLadder(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.NextResponse, hour, func(p *sla.Policy) {
		p.Steps = []sla.Step{{Clock: sla.NextResponse, Kind: sla.Warn, Lead: 600, Actions: []sla.Action{{Type: sla.NotifyAssignee}}}}
	}))
	c.do(jan5(9, 0), "created_by_customer")
	c.do(jan5(9, 5), "agent_public_reply")
	for _, h := range []int{10, 12} {
		c.do(jan5(h, 0), "customer_reply")
		require.Equal(t, []string{fmt.Sprintf("%d:50:00 next_response warn_1", h)}, c.until(jan5(h, 55)))
		c.do(jan5(h, 55), "agent_public_reply")
		require.Empty(t, c.until(jan5(h+1, 30)))
	}
	require.LessOrEqual(t, len(c.state.Delivered), 1, "marks of cycles that are gone are dropped")
	require.LessOrEqual(t, len(c.state.Records), 4)
}

func TestKeysNameTicketClockCycleLevelAndDue(t *testing.T) {
	t.Parallel()
	d := sla.Delivered{Clock: sla.Update, Cycle: 2, Level: "warn_1", Due: jan5(9, 0)}
	require.Equal(t, "sla:t1:update:2:warn_1:1767603600000000", d.Key("t1"))
}

func TestForeignTimersAndRepeatsFireNothing(t *testing.T) {
	t.Parallel()
	c := climb(t, nil, promise(sla.FirstResponse, hour, rungs))
	c.do(jan5(9, 0), "created_by_customer")
	c.h.push(jan5(20, 0), ticket.EventTimer, ticket.ActorSystem, map[string]any{"name": "snooze", "due": jan5(20, 0)})
	change, err := c.rules.Apply(&c.state, &c.h.events[1])
	require.NoError(t, err)
	require.Empty(t, change)
	require.EqualValues(t, 2, c.state.N)
}
