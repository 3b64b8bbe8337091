package sla

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// dayNames are the days of a week as people write them, in German and English, in lower case; a longer word must begin one of the full
// names.
var dayNames = [7][]string{
	{"montag", "monday", "mo"}, {"dienstag", "tuesday", "di", "tu"}, {"mittwoch", "wednesday", "mi", "we"}, {"donnerstag", "thursday", "do", "th"},
	{"freitag", "friday", "fr"}, {"samstag", "saturday", "sonnabend", "sa"}, {"sonntag", "sunday", "so", "su"},
}

// maxHours bounds what ParseHours looks at.
const maxHours = 1000

// ParseHours reads opening hours as people write them on a door: "Mo-Fr 08:00-18:00", "Mo-Fr 08:00-12:00,13:00-17:00; Sa 9-12",
// "Mon,Wed 9-17". Days are German or English, short or in full. Hours that end before they begin go on after midnight. "24/7", in any
// spelling of the spaces, gives no week at all: every hour counts.
//
//	hours = "24/7" | group { ";" group }
//	group = days ranges
//	days  = day [ "-" day ] { "," day [ "-" day ] }
//	ranges = time "-" time { "," time "-" time }
//	time  = hour [ ":" minute ]
func ParseHours(s string) (week map[string][]Window, err error) {
	if len(s) > maxHours {
		return nil, fmt.Errorf("is longer than %d characters", maxHours)
	}
	s = strings.NewReplacer("–", "-", "—", "-").Replace(strings.ToLower(s))
	s = strings.Join(strings.Fields(s), " ")
	if strings.ReplaceAll(s, " ", "") == "24/7" {
		return nil, nil
	}
	week = map[string][]Window{}
	for group := range strings.SplitSeq(s, ";") {
		if group = strings.TrimSpace(group); group == "" {
			continue
		}
		at := strings.IndexFunc(group, unicode.IsDigit)
		if at < 0 {
			return nil, fmt.Errorf("%q names no hours, as in Mo-Fr 08:00-18:00", group)
		}
		days, err := parseDays(group[:at])
		if err != nil {
			return nil, err
		}
		for r := range strings.SplitSeq(group[at:], ",") {
			open, closes, err := parseRange(r)
			if err != nil {
				return nil, err
			}
			for _, d := range days {
				addHours(week, d, open, closes)
			}
		}
	}
	if len(week) == 0 {
		return nil, fmt.Errorf("names no hours, as in Mo-Fr 08:00-18:00 or 24/7")
	}
	for day, ws := range week {
		week[day] = sortedWindows(ws)
		if err := checkWindows(day, ws); err != nil {
			return nil, fmt.Errorf("hours overlap or stand twice on %s", day)
		}
	}
	return week, nil
}

// addHours adds a window to a day, and what goes on after midnight to the next.
func addHours(week map[string][]Window, day, open, closes int) {
	name, next := Days()[day], Days()[(day+1)%7]
	if closes > open {
		week[name] = append(week[name], Window{open, closes})
		return
	}
	week[name] = append(week[name], Window{open, daySeconds})
	if closes > 0 {
		week[next] = append(week[next], Window{0, closes})
	}
}

// parseDays gives days as numbers from Monday.
func parseDays(s string) (days []int, err error) {
	for part := range strings.SplitSeq(s, ",") {
		from, to, span := strings.Cut(part, "-")
		a, err := parseDay(from)
		if err != nil {
			return nil, err
		}
		b := a
		if span {
			if b, err = parseDay(to); err != nil {
				return nil, err
			}
		}
		for d := a; ; d = (d + 1) % 7 { // Sa-Mo goes over the end of the week
			if slices.Contains(days, d) {
				return nil, fmt.Errorf("%q names a day twice", strings.TrimSpace(s))
			}
			days = append(days, d)
			if d == b {
				break
			}
		}
	}
	return days, nil
}

func parseDay(s string) (int, error) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	found := -1
	for d, names := range dayNames {
		for _, n := range names {
			switch {
			case s == n:
				return d, nil
			case len(s) < 3 || !strings.HasPrefix(n, s) || found == d:
			case found >= 0: // son: Sonntag or Sonnabend
				return 0, fmt.Errorf("%q may be more than one day", s)
			default:
				found = d
			}
		}
	}
	if found >= 0 {
		return found, nil
	}
	return 0, fmt.Errorf("%q is no day; days are Mo, Di, Mi, Do, Fr, Sa, So or Mon to Sun", s)
}

func parseRange(s string) (open, closes int, err error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, fmt.Errorf("%q is no span of hours such as 08:00-18:00", strings.TrimSpace(s))
	}
	if open, err = parseHour(from); err != nil {
		return 0, 0, err
	}
	if closes, err = parseHour(to); err != nil {
		return 0, 0, err
	}
	if open == closes || open == daySeconds {
		return 0, 0, fmt.Errorf("%q is no span of hours; the whole day is 00:00-24:00", strings.TrimSpace(s))
	}
	return open, closes, nil
}

// parseHour reads 8, 08, 8:30 or 24:00.
func parseHour(s string) (int, error) {
	s = strings.TrimSpace(s)
	h, m, _ := strings.Cut(s, ":")
	hour, err := strconv.ParseUint(h, 10, 8)
	minute := uint64(0)
	if err == nil && strings.Contains(s, ":") {
		if minute, err = strconv.ParseUint(m, 10, 8); len(m) != 2 {
			err = strconv.ErrSyntax
		}
	}
	if err != nil || len(h) > 2 || minute > 59 || hour*60+minute > 24*60 {
		return 0, fmt.Errorf("%q is no time of day such as 08:00", s)
	}
	return int(hour*3600 + minute*60), nil
}
