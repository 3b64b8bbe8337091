package pages

import (
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// clockMark shows one clock of a ticket in a word.
type clockMark struct {
	Name  string // of the clock
	Text  string // how it stands
	Title string // the time that was promised, in full
	Class string // ok, warn, bad or ""
	Icon  string
}

// clocks reads the newest clocks of tickets. There are none without the permission, and in a desk without service levels.
func (v *view) clocks(ids ...ticket.ID) (map[ticket.ID]sla.Summary, error) {
	if v.site.cfg.SLA == nil {
		return nil, nil
	}
	return v.site.cfg.SLA.Page(v.r.Context(), v.actor(), ids)
}

// Next is the clock to be looked at first; nil when none is open.
func (p inboxPage) Next(id ticket.ID) *clockMark { return p.next(p.clocks[id]) }

// NextClock is the clock to be looked at first; nil when none is open.
func (p ticketPage) NextClock() *clockMark { return p.next(p.clocks) }

// Clocks are the newest cycles of all clocks that promise something.
func (p ticketPage) Clocks() []clockMark {
	var out []clockMark
	for i := range p.clocks.Records {
		out = append(out, p.mark(&p.clocks.Records[i]))
	}
	return out
}

func (v *view) next(m sla.Summary) *clockMark {
	if r := m.Next(); r != nil {
		mark := v.mark(r)
		return &mark
	}
	return nil
}

// mark says how a clock stands. Late is what the wall clock says; how much of a promise is left counts in the hours of the desk.
func (v *view) mark(r *sla.Record) clockMark {
	m := clockMark{Name: v.T("sla.clock." + string(r.Clock)), Icon: "clock"}
	due := r.Due
	if due == nil {
		due = r.BreachedAt
	}
	if due != nil {
		m.Title = v.T("clock.promised", i18n.FormatDateTime(v.Lang, *due, v.look.zone))
	}
	switch {
	case r.CancelledAt != nil && r.BreachedAt == nil:
		m.Text = v.T("clock.cancelled")
	case !r.Open() && r.BreachedAt != nil:
		m.Text, m.Class, m.Icon = v.T("clock.missed"), "bad", "warn"
	case !r.Open():
		m.Text, m.Class, m.Icon = v.T("clock.met"), "ok", "check"
	case r.BreachedAt != nil:
		m.Text, m.Class, m.Icon = v.T("clock.late", v.short(v.now.Sub(*r.BreachedAt))), "bad", "warn"
	case r.PausedSince != nil:
		m.Text, m.Icon = v.T("clock.paused"), "pause"
	case r.Due != nil:
		m.Text = v.T("clock.due", v.short(r.Due.Sub(v.now)))
		if r.Remaining*4 < r.Target {
			m.Class = "warn"
		}
	}
	return m
}

// short is a duration as one number and a unit.
func (v *view) short(d time.Duration) string {
	const day = 24 * time.Hour
	for _, u := range [...]struct {
		key  string
		unit time.Duration
	}{{"short.years", 365 * day}, {"short.days", day}, {"short.hours", time.Hour}, {"short.minutes", time.Minute}} {
		if d >= u.unit {
			return v.T(u.key, int64(d/u.unit))
		}
	}
	return v.T("short.moment")
}
