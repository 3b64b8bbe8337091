package sla

import (
	"cmp"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Rules are all versions of all policies and calendars, ready to be applied. They never change and may be used concurrently: who changes a
// definition makes new Rules.
//
// A clock takes the policy and calendar that are in force at the event that starts it, and remembers their versions; so old versions are
// needed as long as a ticket refers to them.
type Rules struct {
	policies  map[PolicyID][]*Policy // versions rising
	ids       []PolicyID             // in order
	calendars map[CalendarID][]calendarVersion
}

type calendarVersion struct {
	*Calendar
	schedule *Schedule
}

// always is the schedule of policies without a calendar.
var always = &Schedule{}

// NewRules compiles the definitions. It is an error if a calendar has no valid hours, if a policy names a calendar that is not there, or if
// a version stands in a list twice. What Policy.Validate checks is not checked again.
func NewRules(policies []Policy, calendars []Calendar) (*Rules, error) {
	r := &Rules{policies: map[PolicyID][]*Policy{}, calendars: map[CalendarID][]calendarVersion{}}
	for i := range calendars {
		c := calendars[i]
		s, err := NewSchedule(&c)
		if err != nil {
			return nil, err
		}
		if c.ID == "" {
			return nil, ticket.InvalidField("calendar", "has no id")
		}
		r.calendars[c.ID] = append(r.calendars[c.ID], calendarVersion{&c, s})
	}
	for id, versions := range r.calendars {
		slices.SortFunc(versions, func(a, b calendarVersion) int { return cmp.Compare(a.Version, b.Version) })
		for i := 1; i < len(versions); i++ {
			if versions[i].Version == versions[i-1].Version {
				return nil, ticket.InvalidField("calendar", "%s has version %d twice", id, versions[i].Version)
			}
		}
	}
	for i := range policies {
		p := policies[i]
		if p.ID == "" {
			return nil, ticket.InvalidField("policy", "has no id")
		}
		if p.CalendarID != "" && r.calendars[p.CalendarID] == nil {
			return nil, ticket.InvalidField("calendar_id", "policy %s names calendar %s, which does not exist", p.ID, p.CalendarID)
		}
		if r.policies[p.ID] == nil {
			r.ids = append(r.ids, p.ID)
		}
		r.policies[p.ID] = append(r.policies[p.ID], &p)
	}
	slices.Sort(r.ids)
	for id, versions := range r.policies {
		slices.SortFunc(versions, func(a, b *Policy) int { return cmp.Compare(a.Version, b.Version) })
		for i := 1; i < len(versions); i++ {
			if versions[i].Version == versions[i-1].Version {
				return nil, ticket.InvalidField("policy", "%s has version %d twice", id, versions[i].Version)
			}
		}
	}
	return r, nil
}

// choose gives the policy version that is in force for such a ticket at an instant, or nil.
func (r *Rules) choose(at time.Time, prio ticket.Priority, queue ticket.QueueID, channel string) *Policy {
	var best *Policy
	for _, id := range r.ids {
		versions := r.policies[id]
		for i := len(versions) - 1; i >= 0; i-- {
			if versions[i].ValidFrom.After(at) {
				continue
			}
			best = better(best, versions[i], prio, queue, channel)
			break
		}
	}
	return best
}

// calendar gives the version that is in force at an instant; the first one if the policy is older than its calendar.
func (r *Rules) calendar(id CalendarID, at time.Time) calendarVersion {
	versions := r.calendars[id]
	for i := len(versions) - 1; i > 0; i-- {
		if !versions[i].ValidFrom.After(at) {
			return versions[i]
		}
	}
	return versions[0]
}

// policy finds the version that a record took, nil if it took none.
func (r *Rules) policy(rec *Record) *Policy {
	for _, p := range r.policies[rec.PolicyID] {
		if p.Version == rec.PolicyVersion {
			return p
		}
	}
	return nil
}

// schedule finds the calendar version that a record took.
func (r *Rules) schedule(rec *Record) *Schedule {
	for _, c := range r.calendars[rec.CalendarID] {
		if c.Version == rec.CalendarVersion {
			return c.schedule
		}
	}
	return always
}

// check makes sure that every definition the state refers to is there, so that the lookups above cannot fail.
func (r *Rules) check(s *TicketState) error {
	for i := range s.Records {
		rec := &s.Records[i]
		if rec.PolicyID != "" && r.policy(rec) == nil {
			return ticket.Errorf(ticket.Internal, "version %d of policy %s is missing", rec.PolicyVersion, rec.PolicyID)
		}
		if rec.CalendarID != "" && r.schedule(rec) == always {
			return ticket.Errorf(ticket.Internal, "version %d of calendar %s is missing", rec.CalendarVersion, rec.CalendarID)
		}
	}
	return nil
}
