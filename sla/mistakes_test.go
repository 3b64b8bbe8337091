package sla_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// Each test here is a mistake that some other desk has made.

func TestMistakeABreachIsErasedByChangingThePolicy(t *testing.T) {
	t.Parallel()
	edited := promise(sla.FirstResponse, 8*hour, func(p *sla.Policy) { p.Version, p.ValidFrom = 2, jan5(11, 0) })
	for _, word := range []string{"priority:low", "queue:q2", "recomputed"} {
		rs := story(t, jan5(13, 0), sla.FirstResponse, []sla.Policy{promise(sla.FirstResponse, hour), edited},
			moment{jan5(9, 0), "created_by_customer"}, moment{jan5(12, 0), word}, moment{jan5(12, 30), "agent_public_reply"})
		require.Len(t, rs, 1)
		require.Equal(t, []any{sla.Missed, jan5(10, 0), jan5(10, 0), "", int64(1), int64(hour)},
			[]any{rs[0].State, *rs[0].Due, *rs[0].BreachedAt, rs[0].Cause, rs[0].PolicyVersion, rs[0].Target}, word)
	}
}

func TestMistakeMetExactlyAtTheDeadlineIsLeftPending(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(23, 0), sla.FirstResponse, []sla.Policy{promise(sla.FirstResponse, hour)},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(10, 0), "agent_public_reply"})
	require.Equal(t, []any{sla.Met, int64(0)}, []any{rs[0].State, rs[0].Remaining})
	require.Nil(t, rs[0].BreachedAt)
}

func TestMistakeAveragesDropWhatWasMissed(t *testing.T) {
	t.Parallel()
	rs := story(t, jan5(23, 0), sla.NextResponse, []sla.Policy{promise(sla.NextResponse, hour)},
		moment{jan5(9, 0), "created_by_customer"}, moment{jan5(9, 1), "agent_public_reply"},
		moment{jan5(10, 0), "customer_reply"}, moment{jan5(10, 30), "agent_public_reply"},
		moment{jan5(11, 0), "customer_reply"}, moment{jan5(14, 0), "agent_public_reply"}, // late
		moment{jan5(15, 0), "customer_reply"}) // late and unanswered
	var seconds []int64
	for _, r := range rs {
		seconds = append(seconds, r.Elapsed)
	}
	require.Equal(t, []int64{hour / 2, 3 * hour, 8 * hour}, seconds, "every cycle says how long it took or takes")
	require.Equal(t, []sla.ClockState{sla.Met, sla.Missed, sla.Missed}, []sla.ClockState{rs[0].State, rs[1].State, rs[2].State})
}

func TestMistakeAlertsForClosedOrMergedTickets(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"resolved", "closed", "merged", "spam", "deleted"} {
		p := promise(sla.FirstResponse, hour, func(p *sla.Policy) {
			for _, c := range sla.Clocks() {
				p.Targets[c] = sla.Target{All: 2 * hour}
			}
		}, rungs)
		for _, late := range []bool{false, true} {
			c := climb(t, nil, p)
			c.do(jan5(9, 0), "created_by_customer")
			at := jan5(9, 30)
			if late {
				at = jan5(11, 30)
				require.NotEmpty(t, c.until(at))
			}
			c.do(at, end)
			require.Zero(t, c.rules.Next(&c.state, at), end)
			c.fired = nil
			if end != "deleted" {
				c.do(jan5(23, 0), "tick")
			}
			require.Empty(t, c.fired, end)
		}
	}
}

func TestMistakePausesAreKeptPerMinute(t *testing.T) {
	t.Parallel()
	at := jan5(9, 0)
	ms := []moment{{at, "created_by_customer"}}
	for range 120 { // 20 seconds of work, 40 of waiting
		ms = append(ms, moment{at.Add(20 * time.Second), "pending"}, moment{at.Add(60 * time.Second), "open"})
		at = at.Add(time.Minute)
	}
	rs := story(t, at, sla.Resolution, []sla.Policy{promise(sla.Resolution, hour)}, ms...)
	require.EqualValues(t, 120*20, rs[0].Elapsed)
	require.Equal(t, at.Add(20*time.Minute), *rs[0].Due)
}

func TestMistakeAlwaysOpenLosesAMinuteAtMidnight(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"} {
		s := schedule(t, everyDay(zone, sla.Window{Open: 0, Close: day}))
		start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
		for d := range 366 {
			from := start.AddDate(0, 0, d)
			require.EqualValues(t, day, s.Elapsed(from, from.Add(24*time.Hour), nil), "%s %s", zone, from)
		}
		require.Equal(t, start.Add(366*24*time.Hour), due(t, s, start, 366*day, nil))
	}
}

func TestMistakeLongClosuresAndNightHoursFail(t *testing.T) {
	t.Parallel()
	c := everyDay("Europe/Berlin", sla.Window{Open: 22 * hour, Close: day}, sla.Window{Open: 0, Close: 6 * hour})
	night := schedule(t, c)
	require.Equal(t, jan5(24+5, 0), due(t, night, jan5(21, 0), 8*hour, nil), "one night: until six in Berlin")
	require.Equal(t, jan5(48+4, 0), due(t, night, jan5(21, 0), 15*hour, nil), "and seven hours of the next")
	first := sla.Date{Year: 2026, Month: 1, Day: 1}
	for d := range 10 * 365 { // ten years closed
		u := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC)
		c.Holidays = append(c.Holidays, sla.Holiday{Date: sla.Date{Year: u.Year(), Month: u.Month(), Day: u.Day()}})
	}
	require.Equal(t, first, c.Holidays[0].Date)
	require.NoError(t, c.Validate())
	last := c.Holidays[len(c.Holidays)-1].Date
	at := due(t, schedule(t, c), jan5(21, 0), hour, nil)
	require.Equal(t, time.Date(last.Year, last.Month, last.Day+1, 0, 0, 0, 0, time.UTC), at, "01:00 in Berlin on the day after")
}

// TestMistakeTheZoneOfTheServerIsUsed runs some of these tests again where the machine is somewhere else.
func TestMistakeTheZoneOfTheServerIsUsed(t *testing.T) {
	t.Parallel()
	s := schedule(t, everyDay("America/New_York", sla.Window{Open: 9 * hour, Close: 17 * hour}))
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	got := due(t, s, jan5(9, 0).In(tokyo), hour, nil)
	require.Equal(t, jan5(15, 0), got)
	require.Equal(t, time.UTC, got.Location())
	for _, zone := range []string{"", "Local"} {
		_, err := sla.NewSchedule(everyDay(zone, sla.Window{Open: 0, Close: hour}))
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "zone"}, "the zone must be named")
	}
	if os.Getenv("TZ") == "Pacific/Auckland" {
		return // this is the inner run
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^(TestMistake|TestOwnCases|TestPriority|TestEdits)", "-test.count=1")
	cmd.Env = append(os.Environ(), "TZ=Pacific/Auckland")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PASS")
}

// TestLastDayOfLeapYears: package time names an end of the zone's span that has passed already, from 2040 on.
func TestLastDayOfLeapYears(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"} {
		s := schedule(t, everyDay(zone, sla.Window{Open: 0, Close: day}))
		for year := 2036; year < 2101; year += 4 {
			start := time.Date(year, 12, 30, 12, 0, 0, 0, time.UTC)
			require.Equal(t, start.Add(72*time.Hour), due(t, s, start, 3*day, nil), "%s %d", zone, year)
		}
	}
}
