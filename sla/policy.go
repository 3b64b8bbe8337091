package sla

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// Clock names one of the four things that are measured.
type Clock string

// The clocks.
const (
	FirstResponse Clock = "first_response" // until the first public message of a human agent; never pauses
	NextResponse  Clock = "next_response"  // from the oldest unanswered message of the customer until a public reply; again and again
	Update        Clock = "update"         // from one public reply to the next while the ticket is unresolved
	Resolution    Clock = "resolution"     // from the beginning until resolved or closed
)

// Clocks lists the clocks in the order in which they are shown.
func Clocks() []Clock { return []Clock{FirstResponse, NextResponse, Update, Resolution} }

// Valid reports whether c is one of the four clocks.
func (c Clock) Valid() bool { return slices.Contains(Clocks(), c) }

// place is where c stands among Clocks.
func (c Clock) place() int { return slices.Index(Clocks(), c) }

// PolicyID identifies a policy over all its versions.
type PolicyID string

// Policy promises times to the tickets that match it.
//
// A policy is immutable in each version. An edit makes the next version, in force from ValidFrom for clocks that start from then on; open
// clocks keep theirs until the ticket's priority or queue changes, or somebody asks for a recompute (ticket.EventSLARecomputed).
// Deleting makes a version with Retired.
type Policy struct {
	ID        PolicyID  `json:"id"`
	Version   int64     `json:"version"`    // from 1
	ValidFrom time.Time `json:"valid_from"` // when this version came into force; zero is always
	Retired   bool      `json:"retired,omitempty"`
	Name      string    `json:"name"`
	Position  int       `json:"position"` // the first policy that matches wins; lowest first, then by ID

	Match      Match            `json:"match"`
	CalendarID CalendarID       `json:"calendar_id,omitempty"` // "" is 24/7
	Targets    map[Clock]Target `json:"targets"`
	Steps      []Step           `json:"steps,omitempty"`
	Reopen     Reopen           `json:"reopen,omitempty"` // "" is continue
	// Pauses says which clocks a state pauses, by the name of the state or, for states not named, of its category. Nil is DefaultPauses.
	// The first response never pauses.
	Pauses map[string][]Clock `json:"pauses"`
}

// Match narrows a policy down. An empty list matches everything.
type Match struct {
	Priorities []ticket.Priority `json:"priorities,omitempty"`
	Queues     []ticket.QueueID  `json:"queues,omitempty"`
	Channels   []string          `json:"channels,omitempty"`
}

// Target is how long a clock may take, in seconds of working time. 0 is no promise.
type Target struct {
	All        int64                     `json:"all,omitempty"`         // for priorities that are not named
	ByPriority map[ticket.Priority]int64 `json:"by_priority,omitempty"` // 0 here lifts the promise for that priority
}

// StepKind tells the two sides of the due time.
type StepKind string

// The kinds of steps.
const (
	Warn     StepKind = "warn"     // Lead seconds of working time before the due time
	Escalate StepKind = "escalate" // After seconds of working time after it
)

// Step is a rung of the ladder.
type Step struct {
	Clock       Clock    `json:"clock"`
	Kind        StepKind `json:"kind"`
	Lead        int64    `json:"lead,omitempty"`  // seconds, for Warn; at least 1. Longer than the target means at once
	After       int64    `json:"after,omitempty"` // seconds, for Escalate; 0 is as soon as the target is missed
	Actions     []Action `json:"actions"`
	OnlyInHours bool     `json:"only_in_hours,omitempty"` // outside the calendar's hours it waits until they begin
}

// ActionType says what a step does.
type ActionType string

// The actions. To stands for what each needs.
const (
	NotifyAssignee ActionType = "notify_assignee"
	NotifyQueue    ActionType = "notify_queue"   // everybody who works in the ticket's queue
	NotifyRole     ActionType = "notify_role"    // To: the role's name
	NotifyDiscord  ActionType = "notify_discord" // To: the id of the Discord role to ping
	NotifyMail     ActionType = "notify_mail"    // To: the address
	NotifyWebhook  ActionType = "notify_webhook" // To: the id of the webhook
	RaisePriority  ActionType = "raise_priority"
	Reassign       ActionType = "reassign"   // To: the account's id; "" takes the ticket back to its queue
	MoveQueue      ActionType = "move_queue" // To: the queue's id
)

// ActionTypes lists the actions.
func ActionTypes() []ActionType {
	return []ActionType{NotifyAssignee, NotifyQueue, NotifyRole, NotifyDiscord, NotifyMail, NotifyWebhook, RaisePriority, Reassign, MoveQueue}
}

// Action is one thing that a step does.
type Action struct {
	Type ActionType `json:"type"`
	To   string     `json:"to,omitempty"`
}

// Reopen says what a ticket that comes back does to its resolution clock.
type Reopen string

// The choices.
const (
	Continue Reopen = "continue" // the time between counts as a pause
	Restart  Reopen = "restart"  // a new cycle with the full target
	Ignore   Reopen = "ignore"   // the first resolution stays the only one
)

// DefaultPauses is what a policy without Pauses does: waiting for somebody else stops every clock but the first response.
func DefaultPauses() map[string][]Clock {
	return map[string][]Clock{
		string(ticket.Pending): {NextResponse, Update, Resolution},
		string(ticket.Snoozed): {NextResponse, Update, Resolution},
	}
}

// Limits of a policy.
const (
	maxTarget  = 10 * 366 * daySeconds // seconds
	maxSteps   = 50
	maxActions = 20
	maxStates  = 200
	maxMatch   = 500
)

// Validate checks what a person wrote and names the field at fault. ID, Version, ValidFrom and Retired are the store's business, and so is
// whether calendar, queues, accounts and states exist.
func (p *Policy) Validate() error {
	if strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > maxName {
		return ticket.InvalidField("name", "must have 1 to %d characters", maxName)
	}
	if err := p.Match.validate(); err != nil {
		return err
	}
	if err := p.validateTargets(); err != nil {
		return err
	}
	if len(p.Steps) > maxSteps {
		return ticket.InvalidField("steps", "must be at most %d", maxSteps)
	}
	for i := range p.Steps {
		if err := p.Steps[i].validate(fmt.Sprintf("steps[%d]", i)); err != nil {
			return err
		}
	}
	switch p.Reopen {
	case "", Continue, Restart, Ignore:
	default:
		return ticket.InvalidField("reopen", "must be continue, restart or ignore")
	}
	if len(p.Pauses) > maxStates {
		return ticket.InvalidField("pauses", "must be at most %d states", maxStates)
	}
	for _, state := range slices.Sorted(maps.Keys(p.Pauses)) {
		for _, c := range p.Pauses[state] {
			if !c.Valid() || c == FirstResponse {
				return ticket.InvalidField("pauses."+state, "can pause next_response, update and resolution, not %q", string(c))
			}
		}
		if cat := ticket.Category(state); cat.Valid() && !cat.Active() {
			return ticket.InvalidField("pauses."+state, "is the end of the clocks and cannot pause them")
		}
	}
	return nil
}

func (m *Match) validate() error {
	if len(m.Priorities) > maxMatch || len(m.Queues) > maxMatch || len(m.Channels) > maxMatch {
		return ticket.InvalidField("match", "must have at most %d entries in each list", maxMatch)
	}
	for i, v := range m.Priorities {
		if !v.Valid() {
			return ticket.InvalidField(fmt.Sprintf("match.priorities[%d]", i), "unknown priority %q", string(v))
		}
	}
	if slices.Contains(m.Queues, "") {
		return ticket.InvalidField("match.queues", "names an empty queue")
	}
	if slices.Contains(m.Channels, "") {
		return ticket.InvalidField("match.channels", "names an empty channel")
	}
	return nil
}

func (p *Policy) validateTargets() error {
	promised := false
	for _, c := range slices.Sorted(maps.Keys(p.Targets)) {
		field := "targets." + string(c)
		if !c.Valid() {
			return ticket.InvalidField(field, "is no clock")
		}
		t := p.Targets[c]
		if t.All < 0 || t.All > maxTarget {
			return ticket.InvalidField(field+".all", "must be 0 to %d seconds", maxTarget)
		}
		promised = promised || t.All > 0
		for _, prio := range slices.Sorted(maps.Keys(t.ByPriority)) {
			at := field + ".by_priority." + string(prio)
			if !prio.Valid() {
				return ticket.InvalidField(at, "unknown priority")
			}
			if d := t.ByPriority[prio]; d < 0 || d > maxTarget {
				return ticket.InvalidField(at, "must be 0 to %d seconds", maxTarget)
			}
			promised = promised || t.ByPriority[prio] > 0
		}
	}
	if !promised {
		return ticket.InvalidField("targets", "must promise at least one time")
	}
	return nil
}

func (s *Step) validate(field string) error {
	if !s.Clock.Valid() {
		return ticket.InvalidField(field+".clock", "is no clock")
	}
	switch s.Kind {
	case Warn:
		if s.Lead < 1 || s.Lead > maxTarget {
			return ticket.InvalidField(field+".lead", "must be 1 to %d seconds", maxTarget)
		}
		if s.After != 0 {
			return ticket.InvalidField(field+".after", "belongs to escalate")
		}
	case Escalate:
		if s.After < 0 || s.After > maxTarget {
			return ticket.InvalidField(field+".after", "must be 0 to %d seconds", maxTarget)
		}
		if s.Lead != 0 {
			return ticket.InvalidField(field+".lead", "belongs to warn")
		}
	default:
		return ticket.InvalidField(field+".kind", "must be warn or escalate")
	}
	if len(s.Actions) == 0 || len(s.Actions) > maxActions {
		return ticket.InvalidField(field+".actions", "must be 1 to %d", maxActions)
	}
	for i, a := range s.Actions {
		at := fmt.Sprintf("%s.actions[%d]", field, i)
		switch a.Type {
		case NotifyAssignee, NotifyQueue, RaisePriority:
			if a.To != "" {
				return ticket.InvalidField(at+".to", "is not used by %s", a.Type)
			}
		case NotifyRole, NotifyDiscord, NotifyMail, NotifyWebhook, MoveQueue:
			if a.To == "" || len(a.To) > 254 {
				return ticket.InvalidField(at+".to", "must have 1 to 254 bytes")
			}
		case Reassign:
			if len(a.To) > 254 {
				return ticket.InvalidField(at+".to", "must have at most 254 bytes")
			}
		default:
			return ticket.InvalidField(at+".type", "unknown action %q", string(a.Type))
		}
	}
	return nil
}

// Target is the promise for one clock and priority in seconds; 0 is none.
func (p *Policy) Target(c Clock, prio ticket.Priority) int64 {
	t := p.Targets[c]
	if d, ok := t.ByPriority[prio]; ok {
		return d
	}
	return t.All
}

// pauses reports whether a ticket in a state holds the clock.
func (p *Policy) pauses(c Clock, st ticket.Status, cat ticket.Category) bool {
	if c == FirstResponse {
		return false
	}
	if p == nil || p.Pauses == nil {
		return cat == ticket.Pending || cat == ticket.Snoozed
	}
	clocks, ok := p.Pauses[string(st)]
	if !ok {
		clocks = p.Pauses[string(cat)]
	}
	return slices.Contains(clocks, c)
}

// matches reports whether the policy is meant for such a ticket.
func (p *Policy) matches(prio ticket.Priority, queue ticket.QueueID, channel string) bool {
	m := &p.Match
	return !p.Retired &&
		(len(m.Priorities) == 0 || slices.Contains(m.Priorities, prio)) &&
		(len(m.Queues) == 0 || slices.Contains(m.Queues, queue)) &&
		(len(m.Channels) == 0 || slices.Contains(m.Channels, channel))
}

// before is negative if p is asked before o.
func (p *Policy) before(o *Policy) int {
	return cmp.Or(cmp.Compare(p.Position, o.Position), cmp.Compare(p.ID, o.ID))
}

// Choose gives the first policy, by position, that is meant for such a ticket, or nil. Each policy stands in the list once.
func Choose(policies []Policy, prio ticket.Priority, queue ticket.QueueID, channel string) *Policy {
	var best *Policy
	for i := range policies {
		best = better(best, &policies[i], prio, queue, channel)
	}
	return best
}

func better(best, p *Policy, prio ticket.Priority, queue ticket.QueueID, channel string) *Policy {
	if p.matches(prio, queue, channel) && (best == nil || p.before(best) < 0) {
		return p
	}
	return best
}
