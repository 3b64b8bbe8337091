package sla

import (
	"encoding/json"
	"fmt"
	"slices"
)

// book is every definition of a desk, read once and compiled. It never changes.
type book struct {
	stamp string // of the newest definition
	defs  []Definition
	rules *Rules

	policies  map[PolicyID][]Policy // versions rising
	calendars map[CalendarID][]Calendar
}

// openBook reads what PutDefinition has kept. What stands beside the body counts, not what the body repeats of it.
func openBook(defs []Definition) (*book, error) {
	b := &book{defs: defs, policies: map[PolicyID][]Policy{}, calendars: map[CalendarID][]Calendar{}}
	var policies []Policy
	var calendars []Calendar
	for _, d := range defs {
		b.stamp = d.Stamp
		switch d.Kind {
		case KindPolicy:
			var p Policy
			if err := json.Unmarshal(d.Body, &p); err != nil {
				return nil, fmt.Errorf("policy %s, version %d: %w", d.ID, d.Version, err)
			}
			p.ID, p.Version, p.ValidFrom, p.Retired = PolicyID(d.ID), d.Version, d.ValidFrom, d.Retired
			policies = append(policies, p)
			b.policies[p.ID] = append(b.policies[p.ID], p)
		case KindCalendar:
			var c Calendar
			if err := json.Unmarshal(d.Body, &c); err != nil {
				return nil, fmt.Errorf("calendar %s, version %d: %w", d.ID, d.Version, err)
			}
			c.ID, c.Version, c.ValidFrom = CalendarID(d.ID), d.Version, d.ValidFrom
			calendars = append(calendars, c)
			b.calendars[c.ID] = append(b.calendars[c.ID], c)
		default:
			return nil, fmt.Errorf("definition %s is of the unknown kind %q", d.Stamp, d.Kind)
		}
	}
	var err error
	b.rules, err = NewRules(policies, calendars)
	return b, err
}

// newest gives the definition with the highest version, nil when there is none.
func (b *book) newest(kind DefinitionKind, id string) *Definition {
	var out *Definition
	for i := range b.defs {
		if d := &b.defs[i]; d.Kind == kind && d.ID == id && (out == nil || d.Version > out.Version) {
			out = d
		}
	}
	return out
}

// live lists the newest definitions of a kind that are not retired, in the order in which they were first made.
func (b *book) live(kind DefinitionKind) []*Definition {
	var ids []string
	for _, d := range b.defs {
		if d.Kind == kind && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	var out []*Definition
	for _, id := range ids {
		if d := b.newest(kind, id); !d.Retired {
			out = append(out, d)
		}
	}
	return out
}

// policy is the newest version of a policy; the zero Policy when there is none.
func (b *book) policy(id PolicyID) (p Policy) {
	if v := b.policies[id]; len(v) > 0 {
		p = v[len(v)-1]
	}
	return p
}
