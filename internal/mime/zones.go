package mime

import (
	"strings"
	"time"
)

// maxZones bounds the definitions of zones that one calendar file may have.
const maxZones = 20

// onset is one half of a VTIMEZONE (RFC 5545 section 3.6.5): from an instant of each year on, clocks are so far ahead of UTC.
type onset struct {
	start  time.Time // first onset, as the clocks before it showed
	offset time.Duration
	yearly bool
	month  time.Month
	week   int // 1 to 4, or -1 for the last; 0: the day of start
	day    time.Weekday
}

// zones are the definitions of a calendar file, by TZID.
type zones map[string][]onset

// instant gives the instant of a reading of the clocks of a zone; false when nobody knows the zone.
func (z zones) instant(local time.Time, zone string) (time.Time, bool) {
	if zone == "UTC" {
		return local, true
	}
	if loc := locationOf(zone); loc != nil {
		return time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, loc).UTC(), true
	}
	if rules := z[zone]; len(rules) > 0 {
		if offset, ok := offsetAt(rules, local); ok {
			return local.Add(-offset), true
		}
	}
	return time.Time{}, false
}

// locationOf finds a zone by its name: an IANA name, also behind what some programs put before it, or one of Windows.
func locationOf(name string) *time.Location {
	name = strings.Trim(name, " \"")
	if iana, ok := windowsZones[strings.ToLower(name)]; ok {
		name = iana
	}
	parts := strings.Split(name, "/")
	for n := 0; n < len(parts) && n < 8; n++ { // /mozilla.org/20050126_1/Europe/Berlin
		try := strings.Join(parts[n:], "/")
		if len(try) < 3 || len(try) > 60 || strings.EqualFold(try, "local") || len(parts) > 1 && n == len(parts)-1 {
			continue
		}
		if loc, err := time.LoadLocation(try); err == nil {
			return loc
		}
	}
	return nil
}

// offsetAt finds the rule that was the last to begin.
func offsetAt(rules []onset, local time.Time) (time.Duration, bool) {
	var newest time.Time
	var offset time.Duration
	for _, r := range rules {
		for _, at := range r.onsets(local.Year()) {
			if !at.After(local) && (newest.IsZero() || at.After(newest)) {
				newest, offset = at, r.offset
			}
		}
	}
	if newest.IsZero() && len(rules) == 1 { // before the only one began
		return rules[0].offset, true
	}
	return offset, !newest.IsZero()
}

// onsets are those in a year and in the one before it.
func (r *onset) onsets(year int) []time.Time {
	if !r.yearly {
		return []time.Time{r.start}
	}
	var out []time.Time
	for _, y := range []int{year - 1, year} {
		if y >= r.start.Year() {
			out = append(out, r.in(y))
		}
	}
	return out
}

func (r *onset) in(year int) time.Time {
	clock := r.start.Sub(time.Date(r.start.Year(), r.start.Month(), r.start.Day(), 0, 0, 0, 0, time.UTC))
	day := time.Date(year, r.month, r.start.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case r.week > 0:
		first := time.Date(year, r.month, 1, 0, 0, 0, 0, time.UTC)
		day = first.AddDate(0, 0, (int(r.day-first.Weekday())+7)%7+7*(r.week-1))
	case r.week < 0:
		last := time.Date(year, r.month+1, 0, 0, 0, 0, 0, time.UTC)
		day = last.AddDate(0, 0, -(int(last.Weekday()-r.day)+7)%7)
	}
	return day.Add(clock)
}

// readZones reads the definitions of zones of a calendar file.
func readZones(text string) zones {
	out := zones{}
	id, inZone := "", false
	var cur *onset
	eachCalendarLine(text, func(name string, _ map[string]string, value string) bool {
		switch component := strings.ToUpper(value); {
		case name == "BEGIN" && component == "VTIMEZONE":
			inZone, id = true, ""
		case name == "END" && component == "VTIMEZONE":
			inZone, cur = false, nil
		case !inZone:
		case name == "BEGIN" && (component == "STANDARD" || component == "DAYLIGHT"):
			cur = &onset{}
		case name == "END" && cur != nil:
			if id != "" && !cur.start.IsZero() && len(out[id]) < maxZones && (len(out) < maxZones || out[id] != nil) {
				out[id] = append(out[id], *cur)
			}
			cur = nil
		case name == "TZID" && cur == nil:
			id = calendarText(value)
		case cur != nil:
			cur.property(name, value)
		}
		return true
	})
	return out
}

func (r *onset) property(name, value string) {
	switch name {
	case "DTSTART":
		if t, err := time.Parse("20060102T150405", strings.TrimSuffix(value, "Z")); err == nil {
			r.start = t
			if r.month == 0 {
				r.month = t.Month()
			}
		}
	case "TZOFFSETTO":
		r.offset = calendarOffset(value)
	case "RRULE":
		for part := range strings.SplitSeq(strings.ToUpper(cut(value, 500)), ";") {
			k, v, _ := strings.Cut(part, "=")
			switch k {
			case "FREQ":
				r.yearly = v == "YEARLY"
			case "BYMONTH":
				for m := time.January; m <= time.December; m++ {
					if v == monthNumbers[m-1] {
						r.month = m
					}
				}
			case "BYDAY":
				r.week, r.day = calendarWeekday(v)
			}
		}
	}
}

var monthNumbers = [...]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}

// calendarWeekday reads -1SU or 2MO.
func calendarWeekday(v string) (week int, day time.Weekday) {
	v = strings.TrimPrefix(v, "+")
	sign := 1
	if rest, ok := strings.CutPrefix(v, "-"); ok {
		sign, v = -1, rest
	}
	if len(v) != 3 || v[0] < '1' || v[0] > '5' {
		return 0, 0
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String()[:2], v[1:]) {
			week := sign * int(v[0]-'0')
			if week < 0 || week == 5 {
				week = -1
			}
			return week, d
		}
	}
	return 0, 0
}

// calendarOffset reads +0100 or -033000.
func calendarOffset(v string) time.Duration {
	if len(v) < 5 || v[0] != '+' && v[0] != '-' {
		return 0
	}
	n := [3]int{}
	for i := range 3 {
		if at := 1 + 2*i; at+2 <= len(v) && v[at] >= '0' && v[at] <= '9' && v[at+1] >= '0' && v[at+1] <= '9' {
			n[i] = int(v[at]-'0')*10 + int(v[at+1]-'0')
		}
	}
	d := time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second
	if v[0] == '-' {
		return -d
	}
	return d
}
