package sla

import (
	"cmp"
	"fmt"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Date is a day of a local calendar, without any zone. The zero Date is not valid. It is comparable, and its text form, also as a key of
// a JSON object, is "2006-01-02".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads the form "2006-01-02", years 0001 to 9999.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, ticket.InvalidField("date", "must be a date like 2006-01-02")
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// String gives the form that ParseDate reads.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText gives the form that ParseDate reads.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form that ParseDate reads.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// Valid reports whether the date stands in the Gregorian calendar, in the years 1 to 9999.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 && dateOf(d.days()) == d
}

func (d Date) compare(o Date) int {
	return cmp.Or(d.Year-o.Year, int(d.Month-o.Month), d.Day-o.Day)
}

// days counts from 1970-01-01. UTC has no gaps, so package time can be trusted with it.
func (d Date) days() int64 {
	return floorDiv(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix(), daySeconds)
}

func dateOf(days int64) Date {
	t := time.Unix(days*daySeconds, 0).UTC()
	return Date{t.Year(), t.Month(), t.Day()}
}

const daySeconds = 86400

// floorDiv rounds towards minus infinity, for instants before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
