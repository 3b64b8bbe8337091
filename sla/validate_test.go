package sla_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

const goodCalendar = `{"id":"c1","version":3,"valid_from":"2026-01-01T00:00:00Z","name":"Büro","zone":"Europe/Berlin",
	"week":{"mon":[{"open":"08:00","close":"12:00"},{"open":"13:00","close":"17:30"}],"sat":[{"open":"00:00","close":"24:00"}],"sun":[]},
	"holidays":["2026-12-25",{"date":"2026-12-26","name":"Zweiter Weihnachtsfeiertag"}],
	"overrides":{"2026-12-24":[{"open":"08:00:30","close":"12:00"}]},"breaks":{"2026-06-01":[{"open":"10:00","close":"11:00"}]}}`

func TestCalendarsComeAndGoAsJSON(t *testing.T) {
	t.Parallel()
	var c sla.Calendar
	require.NoError(t, json.Unmarshal([]byte(goodCalendar), &c))
	require.NoError(t, c.Validate())
	require.Equal(t, []sla.Window{{Open: 8 * hour, Close: 12 * hour}, {Open: 13 * hour, Close: 17*hour + 1800}}, c.Week["mon"])
	require.Equal(t, 8*hour+30, c.Overrides[sla.Date{Year: 2026, Month: 12, Day: 24}][0].Open)
	require.Equal(t, "2026-12-25", c.Holidays[0].Date.String())
	b, err := json.Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(b), `"sat":[{"open":"00:00","close":"24:00"}]`)
	require.Contains(t, string(b), `"2026-12-24":[{"open":"08:00:30","close":"12:00"}]`)
	require.Contains(t, string(b), `{"date":"2026-12-25"}`)
	var again sla.Calendar
	require.NoError(t, json.Unmarshal(b, &again))
	require.Equal(t, c, again)
}

func TestCalendarJSONRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, w := range []string{`null`, `{}`, `{"open":"8:00","close":"12:00"}`, `{"open":"08:00","close":"24:01"}`, `{"open":"08:60","close":"12:00"}`, `{"open":"-1:00","close":"12:00"}`,
		`{"open":"08:00","close":"24:00:01"}`, `{"open":"08","close":"12:00"}`, `{"open":"08:00:00:00","close":"12:00"}`, `{"open":"+8:00","close":"12:00"}`, `["08:00","12:00"]`} {
		var win sla.Window
		require.Error(t, json.Unmarshal([]byte(w), &win), w)
	}
	for _, d := range []string{"2026-02-30", "2026-2-3", "", "0000-01-01", "10000-01-01", "2026-01-01T00:00:00Z"} {
		_, err := sla.ParseDate(d)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "date"}, d)
	}
	require.False(t, sla.Date{}.Valid())
	require.False(t, sla.Date{Year: 2026, Month: 2, Day: 30}.Valid())
	require.True(t, sla.Date{Year: 2028, Month: 2, Day: 29}.Valid())
}

func TestCalendarValidateNamesTheField(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*sla.Calendar){
		"name":     func(c *sla.Calendar) { c.Name = " " },
		"zone":     func(c *sla.Calendar) { c.Zone = "Europe/Bielefeld" },
		"week":     func(c *sla.Calendar) { c.Week = map[string][]sla.Window{"mon": {}} },
		"week.Mon": func(c *sla.Calendar) { c.Week["Mon"] = nil },
		"week.mon": func(c *sla.Calendar) { c.Week["mon"] = []sla.Window{{Open: 3, Close: 9}, {Open: 1, Close: 4}} },
		"week.mon[1].close": func(c *sla.Calendar) {
			c.Week["mon"] = []sla.Window{{Open: 3, Close: 9}, {Open: 22 * hour, Close: 6 * hour}}
		},
		"week.mon[0].close": func(c *sla.Calendar) { c.Week["mon"] = []sla.Window{{Open: 3, Close: 3}} },
		"week.tue[0].close": func(c *sla.Calendar) { c.Week["tue"] = []sla.Window{{Open: 3, Close: 25 * hour}} },
		"week.tue[0].open":  func(c *sla.Calendar) { c.Week["tue"] = []sla.Window{{Open: -1, Close: hour}} },
		"week.wed":          func(c *sla.Calendar) { c.Week["wed"] = make([]sla.Window, 100) },
		"holidays[2].date":  func(c *sla.Calendar) { c.Holidays = append(c.Holidays, sla.Holiday{}) },
		"holidays[0].name":  func(c *sla.Calendar) { c.Holidays[0].Name = strings.Repeat("x", 81) },
		"holidays":          func(c *sla.Calendar) { c.Holidays = make([]sla.Holiday, 20000) },
		"overrides.2026-12-24": func(c *sla.Calendar) {
			c.Overrides[sla.Date{Year: 2026, Month: 12, Day: 24}] = []sla.Window{{Open: 0, Close: 9}, {Open: 8, Close: 10}}
		},
		"overrides.2026-02-31": func(c *sla.Calendar) { c.Overrides[sla.Date{Year: 2026, Month: 2, Day: 31}] = nil },
		"breaks.2026-06-01[0].close": func(c *sla.Calendar) {
			c.Breaks[sla.Date{Year: 2026, Month: 6, Day: 1}] = []sla.Window{{Open: 9, Close: 8}}
		},
	} {
		var c sla.Calendar
		require.NoError(t, json.Unmarshal([]byte(goodCalendar), &c))
		change(&c)
		require.ErrorIs(t, c.Validate(), &ticket.Error{Kind: ticket.Invalid, Field: field})
		if field != "name" {
			_, err := sla.NewSchedule(&c)
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: field})
		}
	}
	var c sla.Calendar
	require.NoError(t, json.Unmarshal([]byte(goodCalendar), &c))
	c.Week["mon"] = []sla.Window{{Open: 12 * hour, Close: 13 * hour}, {Open: 8 * hour, Close: 12 * hour}}
	require.NoError(t, c.Validate(), "touching is not overlapping, and the order does not matter")
}

func TestPolicyValidateNamesTheField(t *testing.T) {
	t.Parallel()
	good := func() sla.Policy {
		return promise(sla.Resolution, hour, urgentIn(60), rungs, func(p *sla.Policy) {
			p.Pauses = map[string][]sla.Clock{"waiting": {sla.Update}}
			p.Match = sla.Match{Priorities: ticket.Priorities(), Queues: []ticket.QueueID{"q"}, Channels: []string{"email"}}
		})
	}
	p := good()
	require.NoError(t, p.Validate())
	act := func(a sla.Action) func(*sla.Policy) {
		return func(p *sla.Policy) { p.Steps[0].Actions = []sla.Action{a} }
	}
	for field, change := range map[string]func(*sla.Policy){
		"name":                                  func(p *sla.Policy) { p.Name = "" },
		"match":                                 func(p *sla.Policy) { p.Match.Queues = make([]ticket.QueueID, 501) },
		"match.priorities[0]":                   func(p *sla.Policy) { p.Match.Priorities = []ticket.Priority{"asap"} },
		"match.queues":                          func(p *sla.Policy) { p.Match.Queues = []ticket.QueueID{""} },
		"match.channels":                        func(p *sla.Policy) { p.Match.Channels = []string{""} },
		"targets":                               func(p *sla.Policy) { p.Targets = map[sla.Clock]sla.Target{sla.Update: {}} },
		"targets.lunch":                         func(p *sla.Policy) { p.Targets["lunch"] = sla.Target{All: 1} },
		"targets.resolution.all":                func(p *sla.Policy) { p.Targets[sla.Resolution] = sla.Target{All: -1} },
		"targets.update.all":                    func(p *sla.Policy) { p.Targets[sla.Update] = sla.Target{All: math.MaxInt64} },
		"targets.resolution.by_priority.asap":   func(p *sla.Policy) { p.Targets[sla.Resolution].ByPriority["asap"] = 1 },
		"targets.resolution.by_priority.urgent": func(p *sla.Policy) { p.Targets[sla.Resolution].ByPriority[ticket.Urgent] = -1 },
		"steps":                                 func(p *sla.Policy) { p.Steps = make([]sla.Step, 51) },
		"steps[0].clock":                        func(p *sla.Policy) { p.Steps[0].Clock = "lunch" },
		"steps[0].kind":                         func(p *sla.Policy) { p.Steps[0].Kind = "shout" },
		"steps[0].lead":                         func(p *sla.Policy) { p.Steps[0].Lead = 0 },
		"steps[0].after":                        func(p *sla.Policy) { p.Steps[0].After = 1 },
		"steps[2].lead":                         func(p *sla.Policy) { p.Steps[2].Lead = 1 },
		"steps[2].after":                        func(p *sla.Policy) { p.Steps[2].After = -1 },
		"steps[0].actions":                      func(p *sla.Policy) { p.Steps[0].Actions = nil },
		"steps[0].actions[0].type":              act(sla.Action{Type: "shout"}),
		"steps[0].actions[0].to":                act(sla.Action{Type: sla.NotifyMail}),
		"reopen":                                func(p *sla.Policy) { p.Reopen = "never" },
		"pauses":                                func(p *sla.Policy) { p.Pauses = many() },
		"pauses.waiting":                        func(p *sla.Policy) { p.Pauses["waiting"] = []sla.Clock{sla.FirstResponse} },
		"pauses.resolved":                       func(p *sla.Policy) { p.Pauses["resolved"] = []sla.Clock{sla.Update} },
	} {
		p := good()
		change(&p)
		require.ErrorIs(t, p.Validate(), &ticket.Error{Kind: ticket.Invalid, Field: field})
	}
	for _, typ := range sla.ActionTypes() {
		p := good()
		act(sla.Action{Type: typ, To: "x"})(&p)
		with := p.Validate()
		act(sla.Action{Type: typ})(&p)
		without := p.Validate()
		require.True(t, with == nil || without == nil, "%s can be used", typ)
		act(sla.Action{Type: typ, To: strings.Repeat("x", 300)})(&p)
		require.Error(t, p.Validate(), typ)
	}
}

func many() map[string][]sla.Clock {
	out := map[string][]sla.Clock{}
	for i := range 300 {
		out[strings.Repeat("x", i)] = nil
	}
	return out
}

func TestPoliciesComeAndGoAsJSON(t *testing.T) {
	t.Parallel()
	for _, pauses := range []map[string][]sla.Clock{nil, {}, {"waiting": {sla.Update}}} {
		p := promise(sla.Resolution, hour, urgentIn(60), rungs, func(p *sla.Policy) {
			p.Pauses, p.ValidFrom, p.CalendarID, p.Reopen = pauses, jan5(9, 0), "c", sla.Restart
			p.Steps[1].OnlyInHours = true
		})
		b, err := json.Marshal(p)
		require.NoError(t, err)
		var again sla.Policy
		require.NoError(t, json.Unmarshal(b, &again))
		require.Equal(t, p, again)
	}
}

// FuzzCalendar: whatever JSON says, it is refused or it counts.
func FuzzCalendar(f *testing.F) {
	f.Add([]byte(goodCalendar), int64(1_767_603_600), int64(3600))
	f.Add([]byte(`{"name":"x","zone":"America/Santiago","week":{"sun":[{"open":"00:00","close":"00:01"}]}}`), int64(1_725_750_000), int64(61))
	f.Add([]byte(`{"name":"x","zone":"Pacific/Apia","week":{"fri":[{"open":"00:00","close":"24:00"}]},"holidays":["2011-12-30"]}`), int64(1_325_150_000), int64(86400))
	f.Fuzz(func(t *testing.T, in []byte, start, seconds int64) {
		var c sla.Calendar
		if json.Unmarshal(in, &c) != nil || c.Validate() != nil {
			return
		}
		b, err := json.Marshal(c)
		require.NoError(t, err)
		var again sla.Calendar
		require.NoError(t, json.Unmarshal(b, &again), string(b))
		require.NoError(t, again.Validate())
		if !reflect.DeepEqual(c, again) { // empty lists may come back as none
			more, err := json.Marshal(again)
			require.NoError(t, err)
			require.JSONEq(t, string(b), string(more))
		}
		s := schedule(t, &c)
		at := unix(start % (1 << 36))
		due, err := s.Due(at, seconds, nil)
		if err != nil {
			require.ErrorIs(t, err, sla.ErrNoWorkingTime)
			return
		}
		require.Equal(t, max(seconds, 0), s.Elapsed(at, due, nil))
		if seconds > 0 {
			require.Equal(t, seconds-1, s.Elapsed(at, due.Add(-time.Second), nil))
		}
	})
}
