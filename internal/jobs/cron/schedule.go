package cron

import (
	"fmt"
	"time"
)

// Schedule says when work is due. Next gives the first instant after after, in UTC; it is a pure function, so that every replica
// names the same run by the same instant.
type Schedule interface {
	Next(after time.Time) time.Time
}

// Every is due at all whole multiples of an interval since 1970 UTC, whenever the process was started. An interval below one second
// counts as one second.
func Every(interval time.Duration) Schedule {
	return every(max(interval.Truncate(time.Second), time.Second))
}

type every time.Duration

func (e every) Next(after time.Time) time.Time {
	sec, n := after.Unix(), int64(time.Duration(e)/time.Second)
	over := sec % n
	if over < 0 { // before 1970, where % rounds the other way
		over += n
	}
	return time.Unix(sec-over+n, 0).UTC()
}

// DailyAt is due once on each local date, when the clocks of zone first show that time or a later one: a time that the change to
// summer time skips is due at the change, and one that the change back repeats is due at its first occurrence. A nil zone is UTC.
// DailyAt refuses what is no time of day.
func DailyAt(hour, minute int, zone *time.Location) (Schedule, error) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return nil, fmt.Errorf("cron: %02d:%02d is no time of day", hour, minute)
	}
	if zone == nil {
		zone = time.UTC
	}
	return daily{hour, minute, zone}, nil
}

type daily struct {
	hour, minute int
	zone         *time.Location
}

func (d daily) Next(after time.Time) time.Time {
	y, m, day := after.In(d.zone).Date()
	// From the day before, for a date may begin twice. Dates are stepped as dates: a day has not always 24 hours.
	for n := -1; ; n++ {
		wall := time.Date(y, m, day+n, d.hour, d.minute, 0, 0, time.UTC)
		if at := first(wall, d.zone); at.After(after) {
			return at
		}
	}
}

// first is the first instant at which the clocks of zone show wall (given as if it were UTC) or a later time. It goes from one period of
// constant offset to the next instead of asking time.Date, whose answer in a gap depends on the zone.
func first(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-48 * time.Hour) // no clock is that far ahead
	for {
		local := at.In(zone)
		_, offset := local.Zone()
		due := wall.Add(-time.Duration(offset) * time.Second)
		_, end := local.ZoneBounds()
		if end.IsZero() || due.Before(end) {
			if due.Before(at) { // skipped: the period begins behind it
				due = at
			}
			return due.UTC()
		}
		at = end
	}
}
