package sla

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// What happens to definitions, on the desk's own chain. Data holds the keys in brackets.
const (
	EventPolicySaved     ticket.EventType = "sla.policy_saved"     // [policy_id version valid_from origin]; private: name
	EventPolicyRetired   ticket.EventType = "sla.policy_retired"   // [policy_id version origin]; private: name
	EventCalendarSaved   ticket.EventType = "sla.calendar_saved"   // [calendar_id version valid_from origin]; private: name
	EventCalendarRetired ticket.EventType = "sla.calendar_retired" // [calendar_id version origin]; private: name
	EventRecompute       ticket.EventType = "sla.recompute"        // [stamp]: the definitions in force now are to apply to all open clocks
)

// Kept is a definition as people see it, with who keeps it up to date.
type Kept[T any] struct {
	Value     T
	Origin    Origin
	By        ticket.AccountID // who made this version; "" for the program
	CreatedAt time.Time
}

// Policies lists the newest version of each policy that is not retired, in the order in which they are asked.
func (s *Service) Policies(ctx context.Context, a ticket.Actor) ([]Kept[Policy], error) {
	b, err := s.reading(ctx, a)
	if err != nil {
		return nil, err
	}
	out := []Kept[Policy]{}
	for _, d := range b.live(KindPolicy) {
		out = append(out, kept(d, b.policy(PolicyID(d.ID))))
	}
	slices.SortStableFunc(out, func(x, y Kept[Policy]) int { return x.Value.before(&y.Value) })
	return out, nil
}

// Policy gives all versions of a policy, the newest first.
func (s *Service) Policy(ctx context.Context, a ticket.Actor, id PolicyID) ([]Kept[Policy], error) {
	b, err := s.reading(ctx, a)
	if err != nil {
		return nil, err
	}
	return history(b, KindPolicy, string(id), b.policies[id])
}

// Calendars lists the newest version of each calendar that is not retired, the oldest calendar first.
func (s *Service) Calendars(ctx context.Context, a ticket.Actor) ([]Kept[Calendar], error) {
	b, err := s.reading(ctx, a)
	if err != nil {
		return nil, err
	}
	out := []Kept[Calendar]{}
	for _, d := range b.live(KindCalendar) {
		versions := b.calendars[CalendarID(d.ID)]
		out = append(out, kept(d, versions[len(versions)-1]))
	}
	return out, nil
}

// Calendar gives all versions of a calendar, the newest first.
func (s *Service) Calendar(ctx context.Context, a ticket.Actor, id CalendarID) ([]Kept[Calendar], error) {
	b, err := s.reading(ctx, a)
	if err != nil {
		return nil, err
	}
	return history(b, KindCalendar, string(id), b.calendars[id])
}

// reading gives the definitions to who may read about service levels at all: they belong to no ticket.
func (s *Service) reading(ctx context.Context, a ticket.Actor) (*book, error) {
	if err := s.cfg.Tickets.Require(ctx, a, ticket.OpSLARead); err != nil {
		return nil, err
	}
	return s.open(ctx, s.cfg.Store)
}

func kept[T any](d *Definition, v T) Kept[T] { return Kept[T]{v, d.Origin, d.By, d.CreatedAt} }

func history[T any](b *book, kind DefinitionKind, id string, versions []T) ([]Kept[T], error) {
	if len(versions) == 0 {
		return nil, ticket.Errorf(ticket.NotFound, "the %s does not exist", kind)
	}
	var out []Kept[T]
	n := 0
	for i := range b.defs {
		if d := &b.defs[i]; d.Kind == kind && d.ID == id {
			out = append(out, kept(d, versions[n]))
			n++
		}
	}
	slices.Reverse(out)
	return out, nil
}

// SavePolicy makes a policy, for the id "", or its next version. was is the version that the caller has seen; 0 is any. The version is in
// force from p.ValidFrom or, if that is no future time, from now on, for clocks that start from then on. ID, Version and Retired of p are
// not looked at. The actor needs sla:manage.
func (s *Service) SavePolicy(ctx context.Context, a ticket.Actor, id PolicyID, was int64, p Policy) (Kept[Policy], error) {
	if err := p.Validate(); err != nil {
		return Kept[Policy]{}, err
	}
	for i, st := range p.Steps {
		for j, act := range st.Actions {
			if act.notifies() && !slices.Contains(s.cfg.Channels, act.Type) {
				return Kept[Policy]{}, ticket.InvalidField(fmt.Sprintf("steps[%d].actions[%d].type", i, j), "this desk has no channel for %s", act.Type)
			}
		}
	}
	d, err := s.put(ctx, a, change{kind: KindPolicy, id: string(id), was: was, validFrom: p.ValidFrom, name: p.Name,
		body: func(ctx context.Context, tx Tx, b *book) (any, error) {
			if c := b.newest(KindCalendar, string(p.CalendarID)); p.CalendarID != "" && (c == nil || c.Retired) {
				return nil, ticket.InvalidField("calendar_id", "does not exist")
			}
			if err := s.queuesExist(ctx, tx, &p); err != nil {
				return nil, err
			}
			p.ID, p.Version, p.ValidFrom, p.Retired = "", 0, time.Time{}, false
			return &p, nil
		}})
	if err != nil {
		return Kept[Policy]{}, err
	}
	p.ID, p.Version, p.ValidFrom = PolicyID(d.ID), d.Version, d.ValidFrom
	return kept(d, p), nil
}

func (a Action) notifies() bool {
	return a.Type != RaisePriority && a.Type != Reassign && a.Type != MoveQueue
}

// queuesExist refuses a policy that names a queue which is not there.
func (s *Service) queuesExist(ctx context.Context, tx Tx, p *Policy) error {
	r, ok := tx.(ticket.Reader)
	if !ok {
		return nil
	}
	check := func(field string, id ticket.QueueID) error {
		_, err := r.Queue(ctx, id)
		if ticket.KindOf(err) == ticket.NotFound {
			return ticket.InvalidField(field, "names a queue that does not exist")
		}
		return err
	}
	for i, id := range p.Match.Queues {
		if err := check(fmt.Sprintf("match.queues[%d]", i), id); err != nil {
			return err
		}
	}
	for i, st := range p.Steps {
		for j, act := range st.Actions {
			if act.Type != MoveQueue {
				continue
			}
			if err := check(fmt.Sprintf("steps[%d].actions[%d].to", i, j), ticket.QueueID(act.To)); err != nil {
				return err
			}
		}
	}
	return nil
}

// RetirePolicy ends a policy for clocks that start from now on; open ones keep it until their ticket's priority or queue changes, or
// somebody asks for a recompute. The actor needs sla:manage.
func (s *Service) RetirePolicy(ctx context.Context, a ticket.Actor, id PolicyID, was int64) error {
	_, err := s.put(ctx, a, change{kind: KindPolicy, id: string(id), was: was, retire: true})
	return err
}

// SaveCalendar makes a calendar, for the id "", or its next version, by the rules of SavePolicy.
func (s *Service) SaveCalendar(ctx context.Context, a ticket.Actor, id CalendarID, was int64, c Calendar) (Kept[Calendar], error) {
	if err := c.Validate(); err != nil {
		return Kept[Calendar]{}, err
	}
	d, err := s.put(ctx, a, change{kind: KindCalendar, id: string(id), was: was, validFrom: c.ValidFrom, name: c.Name,
		body: func(context.Context, Tx, *book) (any, error) {
			c.ID, c.Version, c.ValidFrom = "", 0, time.Time{}
			return &c, nil
		}})
	if err != nil {
		return Kept[Calendar]{}, err
	}
	c.ID, c.Version, c.ValidFrom = CalendarID(d.ID), d.Version, d.ValidFrom
	return kept(d, c), nil
}

// RetireCalendar takes a calendar from the list. Conflict: a policy goes by it. The actor needs sla:manage.
func (s *Service) RetireCalendar(ctx context.Context, a ticket.Actor, id CalendarID, was int64) error {
	_, err := s.put(ctx, a, change{kind: KindCalendar, id: string(id), was: was, retire: true})
	return err
}

// change is the next version of a definition.
type change struct {
	kind      DefinitionKind
	id        string // "" makes a new one
	was       int64
	validFrom time.Time
	name      string
	retire    bool
	origin    Origin
	body      func(ctx context.Context, tx Tx, b *book) (any, error)
}

// put writes the next version of a definition and notes it on the desk's chain. A version that says what the newest says already is not
// made.
func (s *Service) put(ctx context.Context, a ticket.Actor, c change) (out *Definition, err error) {
	if err := s.manage(ctx, a); err != nil {
		return nil, err
	}
	err = s.cfg.Store.UpdateSLA(ctx, func(tx Tx) error {
		if _, err := tx.DeskHead(ctx); err != nil { // locks it: two changes come one after the other
			return err
		}
		out, err = s.putIn(ctx, tx, a, c)
		return err
	})
	return out, err
}

func (s *Service) putIn(ctx context.Context, tx Tx, a ticket.Actor, c change) (*Definition, error) {
	b, err := s.open(ctx, tx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	old := b.newest(c.kind, c.id)
	d := &Definition{Stamp: ticket.NewID(now), Kind: c.kind, ID: c.id, Version: 1, Retired: c.retire, Origin: c.origin, By: a.Account, CreatedAt: now,
		// Behind every event that was judged without it: a replay must not see more than the desk did.
		ValidFrom: now.Add(time.Microsecond)}
	switch {
	case old == nil && c.id != "" && c.origin == ByHand, old != nil && old.Retired && c.origin == ByHand:
		return nil, ticket.Errorf(ticket.NotFound, "the %s does not exist", c.kind)
	case old == nil && c.id == "":
		d.ID = ticket.NewID(now)
	case old == nil:
	case old.Origin != c.origin:
		return nil, ticket.Errorf(ticket.Conflict, "the %s comes from the configuration of the program and is changed there", c.kind)
	case c.was != 0 && c.was != old.Version:
		return nil, ticket.Errorf(ticket.Stale, "the %s has changed since: it is at version %d", c.kind, old.Version)
	default:
		d.Version = old.Version + 1
	}
	if c.validFrom.After(now) {
		if d.ValidFrom = c.validFrom.UTC().Truncate(time.Microsecond); d.ValidFrom.After(now.AddDate(2, 0, 0)) {
			return nil, ticket.InvalidField("valid_from", "must lie at most two years ahead")
		}
	}
	if c.retire {
		d.Body = old.Body
		if err := unused(b, c.kind, c.id); err != nil {
			return nil, err
		}
	} else {
		v, err := c.body(ctx, tx, b)
		if err != nil {
			return nil, err
		}
		if d.Body, err = json.Marshal(v); err != nil {
			return nil, &ticket.Error{Kind: ticket.Internal, Op: "sla", Msg: "the definition cannot be kept", Err: err}
		}
		if old != nil && !old.Retired && bytes.Equal(old.Body, d.Body) && !c.validFrom.After(now) {
			return old, nil
		}
	}
	if _, err := openBook(append(slices.Clone(b.defs), *d)); err != nil { // what cannot be applied must not be kept
		return nil, err
	}
	if err := tx.PutDefinition(ctx, d); err != nil {
		return nil, err
	}
	return d, s.note(ctx, tx, a, d, c.name, now)
}

// unused refuses to retire a calendar that a policy goes by.
func unused(b *book, kind DefinitionKind, id string) error {
	if kind != KindCalendar {
		return nil
	}
	for _, d := range b.live(KindPolicy) {
		if p := b.policy(PolicyID(d.ID)); p.CalendarID == CalendarID(id) {
			return ticket.Errorf(ticket.Conflict, "the policy %s goes by this calendar", p.Name)
		}
	}
	return nil
}

// note writes a version on the desk's chain.
func (s *Service) note(ctx context.Context, tx Tx, a ticket.Actor, d *Definition, name string, now time.Time) error {
	typ, key := EventPolicySaved, "policy_id"
	switch {
	case d.Kind == KindCalendar && d.Retired:
		typ, key = EventCalendarRetired, "calendar_id"
	case d.Kind == KindCalendar:
		typ, key = EventCalendarSaved, "calendar_id"
	case d.Retired:
		typ = EventPolicyRetired
	}
	data := map[string]any{key: d.ID, "version": d.Version, "origin": d.Origin}
	if !d.Retired {
		data["valid_from"] = d.ValidFrom
	}
	return s.record(ctx, tx, a, typ, data, name, now)
}

// record appends an event to the desk's chain.
func (s *Service) record(ctx context.Context, tx Tx, a ticket.Actor, typ ticket.EventType, data map[string]any, name string, now time.Time) error {
	e := &ticket.Event{ID: ticket.EventID(ticket.NewID(now)), Type: typ, At: now,
		Actor: ticket.EventActor{Type: a.Kind, ID: string(a.Account), Name: a.Name}}
	var err error
	if e.Data, err = json.Marshal(data); err != nil {
		return fmt.Errorf("event %s: %w", typ, err)
	}
	private := map[string]string{}
	if name != "" {
		private["name"] = name
	}
	if a.Source != "" {
		private["address"] = a.Source
	}
	if len(private) > 0 {
		if e.Private, err = json.Marshal(private); err != nil {
			return fmt.Errorf("event %s: %w", typ, err)
		}
	}
	return s.cfg.Tickets.Chain().AppendDesk(ctx, tx, e)
}
