package mime

import (
	stdmail "net/mail"
	"strconv"
	"strings"
	"time"
)

// parseDate reads a Date header; what cannot be read is the zero time. It takes what RFC 5322 says, the obsolete zones of it, and else
// whatever has a day, a month that has a name, a year and a time of day.
func parseDate(raw string) time.Time {
	raw = strings.Join(strings.Fields(stripComments(oneLine(clean(raw)))), " ")
	if raw == "" || len(raw) > 100 {
		return time.Time{}
	}
	raw = strings.ReplaceAll(raw, `"`, "")
	if i := strings.LastIndexByte(raw, ' '); i < 0 || !hasLetter(raw[i+1:]) || strings.ContainsAny(raw[i+1:], ":-") { // a zone with a name reads as UTC there
		if t, err := stdmail.ParseDate(raw); err == nil {
			return t.UTC()
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "02.01.2006 15:04:05", "02.01.2006 15:04"} {
		if t, err := time.Parse(layout, raw); err == nil {
			return t.UTC()
		}
	}
	return looseDate(raw)
}

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
}

// looseDate knows the words of a date by their form, in any order.
func looseDate(raw string) time.Time {
	var month time.Month
	day, year, clock, offset, afternoon, morning := 0, -1, time.Duration(-1), 0, false, false
	words := strings.FieldsFunc(raw, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	for i := 0; i < len(words); i++ {
		word := words[i]
		if parts := strings.Split(word, "-"); len(parts) == 3 && parts[0] != "" && parts[2] != "" && monthNamed(parts[1]) != 0 { // 23-Nov-26
			words = append(append(append([]string{}, words[:i]...), parts...), words[i+1:]...)
			word = words[i]
		}
		upper := strings.ToUpper(word)
		switch n, err := strconv.Atoi(strings.TrimRight(word, ".")); {
		case (word[0] == '+' || word[0] == '-') && clock >= 0:
			offset = zoneOffset(word, offset)
		case err == nil && n > 0 && n <= 31 && day == 0:
			day = n
		case err == nil && year < 0 && len(word) >= 2:
			year = n
		case clock < 0 && strings.ContainsAny(word, ":.") && clockTime(word) >= 0:
			clock = clockTime(word)
		case upper == "AM" || upper == "PM":
			morning, afternoon = upper == "AM", upper == "PM"
		case monthNamed(word) != 0 && (day != 0 || i+1 < len(words) && words[i+1][0] >= '0' && words[i+1][0] <= '9'): // a later one counts: "mar." is also a Tuesday
			month = monthNamed(word)
		case clock >= 0:
			offset = zoneOffset(upper, offset)
		}
	}
	switch { // RFC 5322 section 4.3
	case year < 0:
	case year < 50:
		year += 2000
	case year < 1000:
		year += 1900
	}
	if month == 0 || day == 0 || year < 1900 || year > 9999 || clock < 0 {
		return time.Time{}
	}
	if afternoon && clock < 12*time.Hour {
		clock += 12 * time.Hour
	} else if morning && clock >= 12*time.Hour && clock < 13*time.Hour {
		clock -= 12 * time.Hour
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day {
		return time.Time{}
	}
	return t.Add(clock - time.Duration(offset)*time.Minute)
}

// clockTime reads 10:15, 10:15:12 and 10.15.12; -1 when it is none.
func clockTime(s string) time.Duration {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '.' })
	if len(parts) < 2 || len(parts) > 4 {
		return -1
	}
	most, sum := [...]int{23, 59, 60}, time.Duration(0)
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		if i >= len(parts) {
			break
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 || n > most[i] || len(parts[i]) > 2 {
			return -1
		}
		sum += time.Duration(n) * unit
	}
	return sum
}

// zoneOffset gives the minutes east of Greenwich of +0100, +01:00, GMT+1 and the zones that have had a name in mails; def when unknown.
func zoneOffset(s string, def int) int {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "GMT"), "UTC")
	if s == "" || s == "Z" || s == "UT" {
		return 0
	}
	if s[0] == '+' || s[0] == '-' {
		digits := strings.ReplaceAll(s[1:], ":", "")
		if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
			digits = digits[:i]
		}
		n, err := strconv.Atoi(digits)
		if err != nil || len(digits) > 4 {
			return def
		}
		if len(digits) <= 2 {
			n *= 100
		}
		minutes := n/100*60 + n%100
		if s[0] == '-' {
			return -minutes
		}
		return minutes
	}
	switch s {
	case "EDT":
		return -4 * 60
	case "EST", "CDT":
		return -5 * 60
	case "CST", "MDT":
		return -6 * 60
	case "MST", "PDT":
		return -7 * 60
	case "PST":
		return -8 * 60
	case "WEST", "BST", "CET", "MET", "MEZ":
		return 60
	case "CEST", "MEST", "MESZ", "EET", "SAST":
		return 2 * 60
	case "EEST", "MSK":
		return 3 * 60
	case "HKT":
		return 8 * 60
	case "JST", "KST":
		return 9 * 60
	}
	return def
}

// monthNamed knows the English months by their first letters, and those of other languages that differ; 0: none.
func monthNamed(s string) time.Month {
	s = strings.NewReplacer("é", "e", "ä", "a", "û", "u").Replace(strings.ToLower(strings.TrimRight(s, ".")))
	if len(s) < 3 {
		return 0
	}
	switch {
	case strings.HasPrefix(s, "juil"):
		return time.July
	case strings.HasPrefix(s, "juin"):
		return time.June
	}
	switch s[:3] {
	case "jan", "ene", "gen":
		return time.January
	case "feb", "fev":
		return time.February
	case "mar", "mrz", "mae":
		return time.March
	case "apr", "avr", "abr":
		return time.April
	case "may", "mai", "mag", "maj", "mei":
		return time.May
	case "jun", "giu":
		return time.June
	case "jul", "lug":
		return time.July
	case "aug", "ago", "aou":
		return time.August
	case "sep", "set":
		return time.September
	case "oct", "okt", "ott", "out":
		return time.October
	case "nov":
		return time.November
	case "dec", "dez", "dic":
		return time.December
	}
	return 0
}
