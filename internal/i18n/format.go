package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The functions here take any language tag, as T does. A nil location means UTC.

// FormatDateTime returns "22.11.2026, 14:05" or "22 Nov 2026, 14:05", in the time zone loc.
func FormatDateTime(lang string, t time.Time, loc *time.Location) string {
	return FormatDate(lang, t, loc) + ", " + FormatTime(lang, t, loc)
}

// FormatDate returns "22.11.2026" or "22 Nov 2026". The English month is a word, because 3/4/2026 means two different
// days.
func FormatDate(lang string, t time.Time, loc *time.Location) string {
	if normal(lang) == German {
		return in(t, loc).Format("02.01.2006")
	}
	return in(t, loc).Format("2 Jan 2006")
}

// FormatTime returns "14:05" in either language.
func FormatTime(_ string, t time.Time, loc *time.Location) string { return in(t, loc).Format("15:04") }

func in(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc)
}

// Age says how long t lies before or after now: "vor 3 Minuten", "in 2 hours". It counts full units, the largest
// that fits; a month is 30 days and a year 365. Less than a minute is "gerade eben" or "just now" in both
// directions. Catalogs made by Load have the texts.
func (c *Catalog) Age(lang string, t, now time.Time) string {
	d, key := now.Sub(t), "age.ago."
	if d < 0 {
		d, key = t.Sub(now), "age.in." // not −d: Sub stops at the ends of Duration, and the lower one has no positive twin
	}
	const day = 24 * time.Hour
	for _, u := range [...]struct {
		name string
		unit time.Duration
	}{{"years", 365 * day}, {"months", 30 * day}, {"days", day}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		if d >= u.unit {
			return c.T(lang, key+u.name, Args{"count": int64(d / u.unit)})
		}
	}
	return c.T(lang, "age.now")
}

// Bytes returns a size in decimal units as file managers show them: "999 B", "1,5 MB" or "1.5 MB", "25 MB". There is one
// decimal below ten, unless it is zero. A negative size, which stands for an unknown one in some interfaces, is "0 B".
func Bytes(lang string, n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", max(n, 0))
	}
	value, unit := float64(n)/1000, 0
	units := [...]string{"kB", "MB", "GB", "TB", "PB", "EB"}
	// Compared after rounding, so that 999,999 bytes are 1 MB and not 1000 kB.
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	decimals := 0
	if value < 9.95 {
		decimals = 1
	}
	s := strings.TrimSuffix(strconv.FormatFloat(value, 'f', decimals, 64), ".0")
	if normal(lang) == German {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + " " + units[unit]
}
