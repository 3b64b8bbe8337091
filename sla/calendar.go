package sla

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// CalendarID identifies a calendar over all its versions. "" stands for no calendar: every hour counts.
type CalendarID string

// ErrNoWorkingTime is wrapped by the error for a week without any window, and returned by Schedule.Due when the working time that is left
// before the year 10000 does not suffice.
var ErrNoWorkingTime = errors.New("no working time")

// Limits of a calendar: enough for decades, and small enough to check and compile at once.
const (
	maxName    = 80
	maxDates   = 10000 // holidays, overrides and breaks each
	maxWindows = 48    // of one day
)

// Calendar says when a desk works: a week that repeats, and dates that differ from it. On one date a holiday beats an override, an override
// replaces the week, and breaks are taken from what is left.
//
// A calendar is immutable in each version. An edit makes the next version, in force from ValidFrom.
type Calendar struct {
	ID        CalendarID `json:"id"`
	Version   int64      `json:"version"`    // from 1
	ValidFrom time.Time  `json:"valid_from"` // when this version came into force; zero is always
	Name      string     `json:"name"`
	Zone      string     `json:"zone"` // IANA name, such as Europe/Berlin

	Week      map[string][]Window `json:"week"` // by "mon" to "sun"; a day that is missing is closed
	Holidays  []Holiday           `json:"holidays,omitempty"`
	Overrides map[Date][]Window   `json:"overrides,omitempty"` // windows instead of the week's; none is closed
	Breaks    map[Date][]Window   `json:"breaks,omitempty"`    // windows taken away
}

// Window is a span of local time of one day, from Open up to but without Close, both in seconds since midnight by the clock on the wall.
// In JSON they are "08:00" or "08:00:30"; Close may be "24:00". What goes on after midnight is a second window on the next day.
type Window struct {
	Open  int
	Close int
}

// Holiday is a date without work. In JSON it may also be the bare date.
type Holiday struct {
	Date Date   `json:"date"`
	Name string `json:"name,omitempty"`
}

// Days lists the keys of Calendar.Week, Monday first.
func Days() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

type windowJSON struct {
	Open  string `json:"open"`
	Close string `json:"close"`
}

// MarshalJSON gives {"open":"08:00","close":"24:00"}.
func (w Window) MarshalJSON() ([]byte, error) {
	return json.Marshal(windowJSON{clockText(w.Open), clockText(w.Close)})
}

// UnmarshalJSON reads what MarshalJSON gives. Whether the window makes sense is Calendar.Validate's question.
func (w *Window) UnmarshalJSON(b []byte) error {
	var j windowJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	open, err := parseClock("open", j.Open)
	if err != nil {
		return err
	}
	closes, err := parseClock("close", j.Close)
	if err != nil {
		return err
	}
	*w = Window{open, closes}
	return nil
}

// UnmarshalJSON reads an object, or the bare date.
func (h *Holiday) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*h = Holiday{}
		return json.Unmarshal(b, &h.Date)
	}
	type plain Holiday
	return json.Unmarshal(b, (*plain)(h))
}

func clockText(s int) string {
	if s%60 != 0 {
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/3600, s/60%60)
}

// parseClock reads "HH:MM" or "HH:MM:SS", up to "24:00".
func parseClock(field, s string) (int, error) {
	bad := ticket.InvalidField(field, "must be a time of day like 08:00, at most 24:00")
	parts := strings.Split(s, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, bad
	}
	sum := 0
	for i, max := range []int{24, 59, 59}[:len(parts)] {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil || len(parts[i]) != 2 || int(n) > max {
			return 0, bad
		}
		sum += int(n) * []int{3600, 60, 1}[i]
	}
	if sum > daySeconds {
		return 0, bad
	}
	return sum, nil
}

// Validate checks what a person wrote and names the field at fault. ID, Version and ValidFrom are the store's business and are not looked
// at. A week without any window is refused, even with overrides, for such a desk would run out of working time.
func (c *Calendar) Validate() error {
	if strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > maxName {
		return ticket.InvalidField("name", "must have 1 to %d characters", maxName)
	}
	_, err := c.validateHours()
	return err
}

// validateHours is Validate without the name.
func (c *Calendar) validateHours() (*time.Location, error) {
	loc, err := loadZone(c.Zone)
	if err != nil {
		return nil, err
	}
	some := false
	for _, day := range slices.Sorted(maps.Keys(c.Week)) {
		if !slices.Contains(Days(), day) {
			return nil, ticket.InvalidField("week."+day, "is no day; days are mon to sun")
		}
		if err := checkWindows("week."+day, c.Week[day]); err != nil {
			return nil, err
		}
		some = some || len(c.Week[day]) > 0
	}
	if !some {
		return nil, &ticket.Error{Kind: ticket.Invalid, Field: "week", Msg: "has no working time at all", Err: ErrNoWorkingTime}
	}
	if len(c.Holidays) > maxDates {
		return nil, ticket.InvalidField("holidays", "must be at most %d", maxDates)
	}
	for i, h := range c.Holidays {
		if !h.Date.Valid() {
			return nil, ticket.InvalidField(fmt.Sprintf("holidays[%d].date", i), "is no date")
		}
		if utf8.RuneCountInString(h.Name) > maxName {
			return nil, ticket.InvalidField(fmt.Sprintf("holidays[%d].name", i), "must have at most %d characters", maxName)
		}
	}
	if err := checkDates("overrides", c.Overrides); err != nil {
		return nil, err
	}
	return loc, checkDates("breaks", c.Breaks)
}

// loadZone finds an IANA zone. Names that mean "here" are refused: the server's zone is nobody's business hours.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, ticket.InvalidField("zone", "must be the name of a time zone like Europe/Berlin")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &ticket.Error{Kind: ticket.Invalid, Field: "zone", Msg: "must be the name of a time zone like Europe/Berlin", Err: err}
	}
	return loc, nil
}

func checkDates(field string, dates map[Date][]Window) error {
	if len(dates) > maxDates {
		return ticket.InvalidField(field, "must be at most %d dates", maxDates)
	}
	for _, d := range slices.SortedFunc(maps.Keys(dates), Date.compare) { // in order, so that the same field is named each time
		name := field + "." + d.String()
		if !d.Valid() {
			return ticket.InvalidField(name, "is no date")
		}
		if err := checkWindows(name, dates[d]); err != nil {
			return err
		}
	}
	return nil
}

// checkWindows accepts windows in any order that touch but do not overlap.
func checkWindows(field string, ws []Window) error {
	if len(ws) > maxWindows {
		return ticket.InvalidField(field, "must have at most %d windows", maxWindows)
	}
	for i, w := range ws {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case w.Open < 0 || w.Open > daySeconds:
			return ticket.InvalidField(at+".open", "must be a time of day")
		case w.Close < 0 || w.Close > daySeconds:
			return ticket.InvalidField(at+".close", "must be a time of day, at most 24:00")
		case w.Close <= w.Open:
			return ticket.InvalidField(at+".close", "must be after %s; hours over midnight are two windows, up to 24:00 and from 00:00 of the next day", clockText(w.Open))
		}
	}
	sorted := sortedWindows(ws)
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Open < sorted[i-1].Close {
			return ticket.InvalidField(field, "windows overlap at %s", clockText(sorted[i].Open))
		}
	}
	return nil
}

func sortedWindows(ws []Window) []Window {
	out := slices.Clone(ws)
	slices.SortFunc(out, func(a, b Window) int { return a.Open - b.Open })
	return out
}
