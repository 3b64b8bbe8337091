package sla_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
)

// hours are business hours as the cases write them.
type hours struct {
	Zone      string                 `json:"tz"`
	Week      map[string][][2]string `json:"week"`
	Holidays  []sla.Holiday          `json:"holidays"`
	Overrides map[sla.Date][][2]string
	Breaks    map[sla.Date][][2]string
}

// arithmeticCase is one deadline, span or refusal.
type arithmeticCase struct {
	ID   string
	Kind string
	Note string
	hours
	Start    time.Time
	End      time.Time
	Duration int64
	Pauses   [][2]time.Time
	Expect   any
}

func (h *hours) calendar(t testing.TB) *sla.Calendar {
	t.Helper()
	windows := func(in [][2]string) (out []sla.Window) {
		for _, w := range in {
			b, err := json.Marshal(map[string]string{"open": w[0], "close": w[1]})
			require.NoError(t, err)
			var win sla.Window
			require.NoError(t, json.Unmarshal(b, &win))
			out = append(out, win)
		}
		return out
	}
	c := &sla.Calendar{ID: "hours", Version: 1, Name: "Hours", Zone: h.Zone, Week: map[string][]sla.Window{}, Holidays: h.Holidays,
		Overrides: map[sla.Date][]sla.Window{}, Breaks: map[sla.Date][]sla.Window{}}
	for day, ws := range h.Week {
		c.Week[day] = windows(ws)
	}
	for d, ws := range h.Overrides {
		c.Overrides[d] = windows(ws)
	}
	for d, ws := range h.Breaks {
		c.Breaks[d] = windows(ws)
	}
	return c
}

func (c *arithmeticCase) run(t *testing.T) {
	cal := c.calendar(t)
	s, err := sla.NewSchedule(cal)
	if c.Kind == "error" {
		require.ErrorIs(t, err, sla.ErrNoWorkingTime)
		require.ErrorIs(t, cal.Validate(), sla.ErrNoWorkingTime)
		return
	}
	require.NoError(t, err)
	require.NoError(t, cal.Validate())
	var pauses []sla.Interval
	for _, p := range c.Pauses {
		pauses = append(pauses, sla.Interval{From: p[0], To: p[1]})
	}
	switch c.Kind {
	case "deadline":
		due, err := s.Due(c.Start, c.Duration, pauses)
		require.NoError(t, err)
		require.Equal(t, c.Expect, due.Format(time.RFC3339), c.Note)
	case "elapsed":
		require.EqualValues(t, c.Expect, s.Elapsed(c.Start, c.End, pauses), c.Note)
	default:
		t.Fatalf("unknown kind %q", c.Kind)
	}
}

// caseFile is a file of cases, our own in testdata or the public one.
type caseFile struct {
	Cases     []arithmeticCase
	Timelines []timeline
}

func loadCases(t *testing.T, path string) caseFile {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var f caseFile
	require.NoError(t, json.Unmarshal(b, &f))
	require.NotEmpty(t, f.Cases)
	require.NotEmpty(t, f.Timelines)
	return f
}

func (f caseFile) run(t *testing.T) {
	for _, c := range f.Cases {
		t.Run(c.ID, func(t *testing.T) { t.Parallel(); c.run(t) })
	}
	for _, tl := range f.Timelines {
		t.Run(tl.ID, func(t *testing.T) { t.Parallel(); tl.run(t) })
	}
}

func TestOwnCases(t *testing.T) {
	t.Parallel()
	loadCases(t, "testdata/cases.json").run(t)
}

func TestPublicCases(t *testing.T) {
	t.Parallel()
	path := os.Getenv("TICKETKIT_SLA_CASES")
	if path == "" {
		t.Skip("TICKETKIT_SLA_CASES names no file: the public cases are not run")
	}
	loadCases(t, path).run(t)
}
