package sla_test

import (
	"archive/zip"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
)

// zoneNames lists what time/tzdata embeds.
func zoneNames(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/zones.txt")
	require.NoError(t, err)
	return strings.Fields(string(b))
}

func TestZoneListIsThatOfTheToolchain(t *testing.T) {
	t.Parallel()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command: the list of zones is not compared with the toolchain's")
	}
	z, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("the toolchain has no zoneinfo.zip: the list of zones is not compared with it")
	}
	defer z.Close()
	known := map[string]bool{}
	for _, name := range zoneNames(t) {
		known[name] = true
	}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			require.True(t, known[f.Name], "testdata/zones.txt lacks %s", f.Name)
		}
	}
}

// change is a moment at which a zone changes its offset.
type zoneChange struct{ at, before, after int64 }

func zoneChanges(loc *time.Location) (out []zoneChange) {
	end := time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).In(loc); ; {
		_, next := t.ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			return out
		}
		if !next.After(t) {
			next = t.Add(24 * time.Hour) // a fault of ZoneBounds on the last day of leap years
		}
		_, before := t.Zone()
		_, after := next.Zone()
		if before != after {
			out = append(out, zoneChange{next.Unix(), int64(before), int64(after)})
		}
		t = next
	}
}

func everyDay(zone string, ws ...sla.Window) *sla.Calendar {
	c := &sla.Calendar{ID: "c", Version: 1, Name: zone, Zone: zone, Week: map[string][]sla.Window{}}
	for _, d := range sla.Days() {
		c.Week[d] = ws
	}
	return c
}

const (
	hour = 3600
	day  = 24 * hour
)

// TestEveryZoneEveryChange is property 11: every IANA zone, every change of its clocks, two days on both sides, against the oracle. Under
// the race detector it looks at one change in twenty.
func TestEveryZoneEveryChange(t *testing.T) {
	t.Parallel()
	every := 1
	if raceEnabled || testing.Short() {
		every = 20
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	names := zoneNames(t)
	require.Greater(t, len(names), 590)
	for part := range 8 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for i := part; i < len(names); i += 8 {
				loc, err := time.LoadLocation(names[i])
				require.NoError(t, err, names[i])
				changes := zoneChanges(loc)
				mu.Lock()
				key := fmt.Sprint(changes)
				done := seen[key] && len(changes) > 0 // another name of the same zone
				seen[key] = true
				mu.Unlock()
				if done {
					continue
				}
				sweep(t, names[i], loc, changes, every)
			}
		})
	}
}

func sweep(t *testing.T, name string, loc *time.Location, changes []zoneChange, every int) {
	calendars := []*sla.Calendar{
		everyDay(name, sla.Window{Open: 0, Close: day}),
		everyDay(name, sla.Window{Open: 9 * hour, Close: 17 * hour}),
		everyDay(name, sla.Window{Open: 22 * hour, Close: day}, sla.Window{Open: 0, Close: 6 * hour}),
		everyDay(name, sla.Window{Open: 30 * 60, Close: 75 * 60}, sla.Window{Open: 130 * 60, Close: 170 * 60}, sla.Window{Open: 23*hour + 1800, Close: day}),
	}
	schedules := make([]*sla.Schedule, len(calendars))
	for i, c := range calendars {
		schedules[i] = schedule(t, c)
	}
	if len(changes) == 0 {
		changes = []zoneChange{{at: 1_800_000_000}}
	}
	for i, ch := range changes {
		if every > 1 && (i+7)%every != 0 { // the first ones, from local mean time, cost most
			continue
		}
		// A step that divides every offset near by meets every edge exactly.
		step, near := gcd(60, ch.at), int64(4*day+4*hour)
		for _, o := range changes {
			if o.at > ch.at-near && o.at < ch.at+near {
				step = gcd(gcd(gcd(step, o.at), o.before), o.after)
			}
		}
		w := watch(loc, ch.at-3*day-12*hour, ch.at+near, step)
		from, to := ch.at-2*day, ch.at+2*day
		for j, s := range schedules {
			k := count(t, w, calendars[j])
			at := fmt.Sprintf("%s, hours %d, change at %s from %d to %d", name, j, unix(ch.at), ch.before, ch.after)
			sum := k.elapsed(from, to)
			require.Equal(t, sum, s.Elapsed(unix(from), unix(to), nil), at)
			require.Equal(t, k.elapsed(from, ch.at), s.Elapsed(unix(from), unix(ch.at), nil), at)
			require.Equal(t, k.elapsed(ch.at, to), s.Elapsed(unix(ch.at), unix(to), nil), at)
			if j == 0 {
				require.EqualValues(t, 4*day, sum, at)
			}
			for _, d := range []int64{step, sum / 3 / step * step, sum / 2 / step * step, sum} {
				want, ok := k.due(from, d)
				require.True(t, ok, at)
				got, err := s.Due(unix(from), d, nil)
				require.NoError(t, err, at)
				require.Equal(t, unix(want), got, "%s, due after %d", at, d)
			}
		}
	}
}

func gcd(a, b int64) int64 {
	if b < 0 {
		b = -b
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// TestEveryZoneTerminates asks for decades at once, in the past and in a future that only the rules of the zone describe.
func TestEveryZoneTerminates(t *testing.T) {
	t.Parallel()
	start := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range zoneNames(t) {
		if raceEnabled && i%20 != 0 {
			continue
		}
		s := schedule(t, everyDay(name, sla.Window{Open: 0, Close: day}))
		const target = 400 * 366 * day
		due, err := s.Due(start, target, nil)
		require.NoError(t, err, name)
		require.Equal(t, start.Add(200*366*24*time.Hour).Add(200*366*24*time.Hour), due, name)
		require.EqualValues(t, target, s.Elapsed(start, due, nil), name)
		_, err = s.Due(start, math.MaxInt64, nil)
		require.ErrorIs(t, err, sla.ErrNoWorkingTime, name)
		_, err = s.Due(start, 9000*366*day, nil)
		require.ErrorIs(t, err, sla.ErrNoWorkingTime, name)
	}
}
