package sla

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Settings are the promises that the configuration of a program makes to every ticket. The zero Settings promise nothing.
type Settings struct {
	FirstResponse time.Duration // working time in whole seconds; 0 is no promise
	Resolution    time.Duration // working time in whole seconds; 0 is no promise
	// Hours are the working hours, as ParseHours reads them; "" is 24/7.
	Hours string
	// Zone is the IANA name of the time zone of the hours; "" is UTC.
	Zone string
}

// builtinID is the id of the policy, and of the calendar, that Settings make.
const builtinID = "default"

// lastPosition puts the built-in policy behind every policy made by hand, which may hold for some queues only.
const lastPosition = 1_000_000

// Validate checks what New of the desk cannot do without.
func (c Settings) Validate() error {
	for _, f := range []struct {
		field string
		d     time.Duration
	}{{"first_response", c.FirstResponse}, {"resolution", c.Resolution}} {
		if f.d < 0 || f.d%time.Second != 0 || f.d/time.Second > maxTarget {
			return ticket.InvalidField("sla."+f.field, "must be whole seconds from 0 to %d", maxTarget)
		}
	}
	if c.Hours != "" {
		if _, err := ParseHours(c.Hours); err != nil {
			return &ticket.Error{Kind: ticket.Invalid, Field: "sla.hours", Msg: err.Error(), Err: err}
		}
	}
	if c.Zone != "" {
		if _, err := loadZone(c.Zone); err != nil {
			return &ticket.Error{Kind: ticket.Invalid, Field: "sla.zone", Msg: "must be the name of a time zone like Europe/Berlin", Err: err}
		}
	}
	return nil
}

// definitions are the policy and the calendar of the settings; nil when there is none.
func (c Settings) definitions() (p *Policy, cal *Calendar, err error) {
	targets := map[Clock]Target{}
	if c.FirstResponse > 0 {
		targets[FirstResponse] = Target{All: int64(c.FirstResponse / time.Second)}
	}
	if c.Resolution > 0 {
		targets[Resolution] = Target{All: int64(c.Resolution / time.Second)}
	}
	if len(targets) == 0 {
		return nil, nil, nil
	}
	p = &Policy{Name: "Standard", Position: lastPosition, Targets: targets}
	if strings.TrimSpace(c.Hours) == "" {
		return p, nil, nil
	}
	week, err := ParseHours(c.Hours)
	if err != nil || week == nil {
		return p, nil, err
	}
	cal = &Calendar{Name: "Standard", Zone: c.Zone, Week: week}
	if cal.Zone == "" {
		cal.Zone = "UTC"
	}
	p.CalendarID = builtinID
	return p, cal, cal.Validate()
}

// Apply brings the built-in policy in line with the settings. It is called at start, by every process of a desk, and is cheap when nothing
// has changed. The policy is made only while there is none by hand; once made it follows the settings, as a new version with each change,
// and is retired when they promise nothing any more.
func (s *Service) Apply(ctx context.Context, c Settings) error {
	if err := c.Validate(); err != nil {
		return err
	}
	p, cal, err := c.definitions()
	if err != nil {
		return err
	}
	b, err := s.open(ctx, s.cfg.Store)
	if err != nil || s.asWanted(b, p, cal) {
		return err
	}
	by := ticket.SystemActor("config")
	return s.cfg.Store.UpdateSLA(ctx, func(tx Tx) error {
		if _, err := tx.DeskHead(ctx); err != nil {
			return err
		}
		b, err := s.open(ctx, tx)
		if err != nil || s.asWanted(b, p, cal) {
			return err // another process was faster
		}
		if p == nil {
			_, err := s.putIn(ctx, tx, by, change{kind: KindPolicy, id: builtinID, retire: true, origin: ByEnvironment})
			return err
		}
		if cal != nil {
			_, err := s.putIn(ctx, tx, by, change{kind: KindCalendar, id: builtinID, name: cal.Name, origin: ByEnvironment,
				body: func(context.Context, Tx, *book) (any, error) { return cal, nil }})
			if err != nil {
				return err
			}
		}
		_, err = s.putIn(ctx, tx, by, change{kind: KindPolicy, id: builtinID, name: p.Name, origin: ByEnvironment,
			body: func(context.Context, Tx, *book) (any, error) { return p, nil }})
		return err
	})
}

// asWanted reports whether there is nothing to do.
func (s *Service) asWanted(b *book, p *Policy, cal *Calendar) bool {
	d := b.newest(KindPolicy, builtinID)
	if d == nil {
		if p == nil {
			return true
		}
		for _, o := range b.live(KindPolicy) {
			if o.Origin == ByHand {
				return true
			}
		}
		return false
	}
	if p == nil || d.Retired {
		return p == nil && d.Retired
	}
	if !sameBody(d, p) {
		return false
	}
	return cal == nil || sameBody(b.newest(KindCalendar, builtinID), cal)
}

func sameBody(d *Definition, v any) bool {
	body, err := json.Marshal(v)
	return err == nil && d != nil && !d.Retired && string(body) == string(d.Body)
}
