package mailin

import (
	"embed"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/mime"
)

//go:embed de.json en.json
var files embed.FS

// texts are read at the first use and never changed afterwards.
var texts = sync.OnceValues(func() (*i18n.Catalog, error) { return i18n.Load(files) })

// addNotes puts below a text what a mail says in other forms: its calendar events, and that it is encrypted.
func addNotes(text string, m *mime.Mail, lang string, zone *time.Location) string {
	c, err := texts()
	if err != nil {
		return text // a test loads them
	}
	if lang != i18n.German {
		lang = i18n.English
	}
	blocks := make([]string, 0, len(m.Events)+2)
	if text != "" {
		blocks = append(blocks, text)
	}
	if m.Protection == mime.Encrypted && text == "" {
		blocks = append(blocks, c.T(lang, "mail.encrypted"))
	}
	for i := range m.Events {
		e := m.Events[i]
		e.Start, e.End = inZone(e.Start, zone), inZone(e.End, zone)
		blocks = append(blocks, event(c, lang, &e))
	}
	return strings.Join(blocks, "\n\n")
}

// inZone turns a moment whose instant is known to the clocks of the desk.
func inZone(m mime.Moment, zone *time.Location) mime.Moment {
	if zone == nil || m.At.IsZero() || m.AllDay {
		return m
	}
	at := m.At.In(zone)
	m.Local, m.Zone = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC), zone.String()
	return m
}

// event writes an event as lines: what, when, where, by whom.
func event(c *i18n.Catalog, lang string, e *mime.Event) string {
	kind := "mail.event." + strings.ToLower(e.Method)
	if !c.Has(kind) || e.Method == "" {
		kind = "mail.event.publish"
	}
	title := c.T(lang, kind)
	if e.Summary != "" {
		title += ": " + e.Summary
	}
	lines := []string{title}
	if answer := "mail.event.answer." + strings.ToLower(e.Answer); e.Attendee != "" && e.Answer != "" && c.Has(answer) {
		lines = append(lines, c.T(lang, answer, i18n.Args{"who": e.Attendee}))
	}
	if !e.Start.Local.IsZero() {
		lines = append(lines, c.T(lang, "mail.event.when", i18n.Args{"time": span(c, lang, e)}))
	}
	if how := "mail.event.repeat." + strings.ToLower(e.Repeat); e.Repeat != "" && c.Has(how) {
		lines = append(lines, c.T(lang, "mail.event.repeat", i18n.Args{"how": c.T(lang, how)}))
	}
	if e.Location != "" {
		lines = append(lines, c.T(lang, "mail.event.where", i18n.Args{"place": e.Location}))
	}
	if e.Organizer != "" {
		lines = append(lines, c.T(lang, "mail.event.organizer", i18n.Args{"who": e.Organizer}))
	}
	return strings.Join(lines, "\n")
}

// span writes when an event takes place, on the clocks that its file names.
func span(c *i18n.Catalog, lang string, e *mime.Event) string {
	start, end := e.Start.Local, e.End.Local
	day := func(t time.Time) string { return i18n.FormatDate(lang, t, time.UTC) }
	if e.Start.AllDay {
		last := end.AddDate(0, 0, -1)
		if end.IsZero() || !last.After(start) {
			return c.T(lang, "mail.event.day", i18n.Args{"day": day(start)})
		}
		return c.T(lang, "mail.event.days", i18n.Args{"first": day(start), "last": day(last)})
	}
	out := i18n.FormatDateTime(lang, start, time.UTC)
	otherZone := ""
	if !end.IsZero() && end != start {
		until := i18n.FormatDateTime(lang, end, time.UTC)
		if day(start) == day(end) {
			until = i18n.FormatTime(lang, end, time.UTC)
		}
		if e.End.Zone != e.Start.Zone && e.End.Zone != "" {
			otherZone = e.End.Zone
		}
		if otherZone != "" && e.Start.Zone != "" {
			out = c.T(lang, "mail.event.zone", i18n.Args{"time": out, "zone": e.Start.Zone})
		}
		out += " – " + until
	}
	if otherZone == "" {
		otherZone = e.Start.Zone
	}
	if otherZone == "" {
		return out
	}
	return c.T(lang, "mail.event.zone", i18n.Args{"time": out, "zone": otherZone})
}
