package mime

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ownZone = `BEGIN:VTIMEZONE
TZID:Office
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`

func TestInstantsOfEvents(t *testing.T) {
	t.Parallel()
	for zone, times := range map[string][2]string{ // of 9 o'clock, in winter and in summer
		"Europe/Berlin":                         {"08:00", "07:00"},
		"America/New_York":                      {"14:00", "13:00"},
		"W. Europe Standard Time":               {"08:00", "07:00"},
		"Eastern Standard Time":                 {"14:00", "13:00"},
		"India Standard Time":                   {"03:30", "03:30"},
		"/mozilla.org/20050126_1/Europe/Vienna": {"08:00", "07:00"},
		"/freeassociation.sourceforge.net/Tzfile/America/Los_Angeles":            {"17:00", "16:00"},
		"(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna": {"08:00", "07:00"},
		"Office": {"08:00", "07:00"},
		"UTC":    {"09:00", "09:00"},
		"Local":  {"", ""}, "Moon": {"", ""}, "../../etc/passwd": {"", ""}, "": {"", ""},
	} {
		for n, day := range []string{"20261124", "20260707"} {
			param := ";TZID=\"" + zone + "\":"
			if zone == "" {
				param = ":"
			}
			file := "BEGIN:VCALENDAR\n" + ownZone + "BEGIN:VEVENT\nUID:x\nDTSTART" + param + day + "T090000\nEND:VEVENT\nEND:VCALENDAR\n"
			events := readCalendar([]byte(strings.ReplaceAll(file, "\n", "\r\n")), "", "")
			require.Len(t, events, 1, zone)
			at := events[0].Start.At
			if times[n] == "" {
				require.True(t, at.IsZero(), "%s: %s", zone, at)
				continue
			}
			require.Equal(t, times[n], at.Format("15:04"), "%s on %s", zone, day)
		}
	}
}

func TestWindowsZonesExist(t *testing.T) {
	t.Parallel()
	for name, iana := range windowsZones {
		_, err := time.LoadLocation(iana)
		require.NoError(t, err, name)
		require.Equal(t, strings.ToLower(name), name)
	}
}

// Broken definitions of zones give no times that are wrong, and never fail.
func FuzzZones(f *testing.F) {
	f.Add(ownZone)
	f.Add("BEGIN:VTIMEZONE\nTZID:A\nBEGIN:STANDARD\nDTSTART:00010101T000000\nTZOFFSETTO:-9999\nRRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=5SU\nEND:STANDARD\nEND:VTIMEZONE")
	f.Fuzz(func(t *testing.T, s string) {
		for id, rules := range readZones(s) {
			_, _ = zones{id: rules}.instant(time.Date(2026, 2, 29, 9, 0, 0, 0, time.UTC), id)
		}
	})
}
