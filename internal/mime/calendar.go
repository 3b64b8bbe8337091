package mime

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// Event is one event of a calendar file (RFC 5545), as far as a reader of the mail needs it. Texts are one line.
type Event struct {
	Method    string `json:"method,omitempty"` // upper case: REQUEST, CANCEL, REPLY, PUBLISH, COUNTER, …
	Summary   string `json:"summary,omitempty"`
	Location  string `json:"location,omitempty"`
	Organizer string `json:"organizer,omitempty"` // "Name <address>", or the one of them that is known
	Start     Moment `json:"start,omitzero"`
	End       Moment `json:"end,omitzero"`     // exclusive, as in the file; zero when not said
	Repeat    string `json:"repeat,omitempty"` // FREQ of the rule, upper case: DAILY, WEEKLY, …
	// Answer is what the only attendee of a REPLY or COUNTER says, upper case: ACCEPTED, DECLINED, TENTATIVE, …
	Answer   string `json:"answer,omitempty"`
	Attendee string `json:"attendee,omitempty"` // who says it
	uid      string
}

// Moment is a time as a calendar file writes it: on the clocks of a zone, which may be unknown here.
type Moment struct {
	Local  time.Time `json:"local"`             // the reading of the clock, in UTC
	Zone   string    `json:"zone,omitempty"`    // as the file names it; "UTC"; "" floats: wherever the reader is
	AllDay bool      `json:"all_day,omitempty"` // Local is a date
	// At is the instant, when the zone is one that has a name everywhere, one of Windows, or is defined in the file; else zero.
	At time.Time `json:"at,omitzero"`
}

const (
	maxCalendar     = 1 << 20 // bytes that are looked at
	maxCalendarLine = 10_000
	maxEvents       = 5
)

// readCalendar finds the first events of a calendar file. What it does not understand it leaves out.
func readCalendar(b []byte, charset, method string) []Event {
	text := toUTF8(b[:min(len(b), maxCalendar)], charset)
	known := readZones(text)
	var out []Event
	var cur *Event
	depth := 0 // components inside of the event, such as its alarm
	var length time.Duration
	eachCalendarLine(text, func(name string, params map[string]string, value string) bool {
		switch {
		case name == "METHOD" && cur == nil:
			method = value
		case name == "BEGIN" && strings.EqualFold(value, "VEVENT") && cur == nil:
			cur, depth, length = &Event{}, 0, 0
		case cur == nil:
		case name == "BEGIN":
			depth++
		case name == "END" && depth > 0:
			depth--
		case name == "END":
			if cur.End.Local.IsZero() && length > 0 && !cur.Start.Local.IsZero() {
				cur.End = cur.Start
				cur.End.Local = cur.Start.Local.Add(length)
			}
			if !slices.ContainsFunc(out, func(e Event) bool { return e.uid != "" && e.uid == cur.uid }) { // else an exception to a repeated one
				out = append(out, *cur)
			}
			cur = nil
			return len(out) < maxEvents
		case depth == 0:
			cur.property(name, params, value, &length)
		}
		return true
	})
	method = strings.ToUpper(oneLine(cut(method, 40)))
	for i := range out {
		out[i].Method = method
		for _, m := range []*Moment{&out[i].Start, &out[i].End} {
			if at, ok := known.instant(m.Local, m.Zone); ok && !m.AllDay && !m.Local.IsZero() && m.Zone != "" {
				m.At = at
			}
		}
		if method != "REPLY" && method != "COUNTER" && method != "DECLINECOUNTER" {
			out[i].Answer, out[i].Attendee = "", ""
		}
	}
	return out
}

func (e *Event) property(name string, params map[string]string, value string, length *time.Duration) {
	switch name {
	case "UID":
		e.uid = cut(value, 500)
	case "SUMMARY":
		e.Summary = calendarText(value)
	case "LOCATION":
		e.Location = calendarText(value)
	case "ORGANIZER":
		e.Organizer = calendarPerson(params, value)
	case "ATTENDEE":
		e.Attendee, e.Answer = calendarPerson(params, value), strings.ToUpper(oneLine(cut(params["PARTSTAT"], 40)))
	case "DTSTART":
		e.Start = calendarTime(params, value)
	case "DTEND":
		e.End = calendarTime(params, value)
	case "DURATION":
		*length = calendarDuration(value)
	case "RRULE":
		for part := range strings.SplitSeq(strings.ToUpper(cut(value, 500)), ";") {
			if freq, ok := strings.CutPrefix(part, "FREQ="); ok {
				e.Repeat = oneLine(freq)
			}
		}
	}
}

// eachCalendarLine unfolds the lines of a calendar and takes them apart, until fn is satisfied.
func eachCalendarLine(text string, fn func(name string, params map[string]string, value string) bool) {
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "", "\r\n", "\n", "\r", "\n").Replace(text)
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > maxCalendarLine {
			line = cut(line, maxCalendarLine)
		}
		head, value, ok := cutOutsideQuotes(line, ':')
		if !ok {
			continue
		}
		name, rest, _ := cutOutsideQuotes(head, ';')
		params := map[string]string{}
		for rest != "" && len(params) < 20 {
			var p string
			p, rest, _ = cutOutsideQuotes(rest, ';')
			k, v, _ := strings.Cut(p, "=")
			params[strings.ToUpper(strings.TrimSpace(k))] = strings.Trim(v, `" `)
		}
		if !fn(strings.ToUpper(strings.TrimSpace(name)), params, strings.TrimSpace(value)) {
			return
		}
	}
}

func cutOutsideQuotes(s string, sep byte) (before, after string, ok bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func calendarText(s string) string {
	return cut(strings.Join(strings.Fields(oneLine(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(s))), " "), 500)
}

func calendarPerson(params map[string]string, value string) string {
	name, address := calendarText(params["CN"]), value
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	email, ok := readEmail(address)
	switch {
	case !ok || strings.EqualFold(name, email):
		return firstText(name, email)
	case name == "":
		return email
	}
	return name + " <" + email + ">"
}

func calendarTime(params map[string]string, value string) Moment {
	if t, err := time.Parse("20060102", value); err == nil {
		return Moment{Local: t, AllDay: true}
	}
	m := Moment{Zone: calendarText(params["TZID"])}
	if rest, ok := strings.CutSuffix(value, "Z"); ok {
		value, m.Zone = rest, "UTC"
	}
	t, err := time.Parse("20060102T150405", value)
	if err != nil {
		return Moment{}
	}
	m.Local = t
	return m
}

// calendarDuration reads durations such as P1DT2H30M; what it cannot read, and what lasts longer than a year, is zero.
func calendarDuration(s string) time.Duration {
	var d time.Duration
	n, digits := time.Duration(0), 0
	for _, c := range strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(s), "+"), "P") {
		unit := time.Duration(0)
		switch c {
		case 'W':
			unit = 7 * 24 * time.Hour
		case 'D':
			unit = 24 * time.Hour
		case 'H':
			unit = time.Hour
		case 'M':
			unit = time.Minute
		case 'S':
			unit = time.Second
		case 'T':
			continue
		default:
			if c < '0' || c > '9' || digits > 5 {
				return 0
			}
			n, digits = n*10+time.Duration(c-'0'), digits+1
			continue
		}
		d += n * unit
		n, digits = 0, 0
	}
	if d > 366*24*time.Hour {
		return 0
	}
	return d
}

// isCalendar reports the types and names that calendar files have.
func isCalendar(ctype, name string) bool {
	return ctype == "text/calendar" || ctype == "application/ics" || strings.HasSuffix(strings.ToLower(name), ".ics")
}

// noteEvents reads the events of a calendar file that is kept as an attachment. Mails often carry the same file twice.
func (b *builder) noteEvents(l leaf) {
	if !bytes.Contains(l.data[:min(len(l.data), maxCalendar)], []byte("VEVENT")) {
		return
	}
	for _, e := range readCalendar(l.data, l.ct.params["charset"], l.ct.params["method"]) {
		if len(b.events) < maxEvents && !slices.Contains(b.events, e) {
			b.events = append(b.events, e)
		}
	}
}
