package sla

import (
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Config is what a Service is made of. Tickets, Store and Hook are required.
type Config struct {
	Tickets *ticket.Service
	Store   Store // the one that Tickets writes to
	Hook    *Hook // the one that Tickets tells
	// Channels are the notifying actions that this desk can carry out; a policy that asks for another is refused. Nil refuses all.
	Channels []ActionType
	// Wake is called after a commit that left a job, as ticket.Config.Wake; nil is fine.
	Wake func()
	Now  func() time.Time // nil is time.Now
}

// Service reads clocks and looks after policies and calendars. It authorizes: sla:manage, for the whole desk, to change definitions, and
// sla:read for everything else, within the scope of tickets. It starts nothing and may be used concurrently.
type Service struct {
	cfg    Config
	states remembered
}

// New checks the configuration and makes a Service. It does no I/O.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Tickets == nil:
		return nil, ticket.InvalidField("tickets", "is required")
	case cfg.Store == nil:
		return nil, ticket.InvalidField("store", "is required")
	case cfg.Hook == nil:
		return nil, ticket.InvalidField("hook", "is required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wake == nil {
		cfg.Wake = func() {}
	}
	return &Service{cfg: cfg}, nil
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// open gives the definitions as they are now.
func (s *Service) open(ctx context.Context, r Reader) (*book, error) {
	_, stamp, err := r.Clocks(ctx, "")
	if err != nil {
		return nil, err
	}
	return s.cfg.Hook.bookOf(ctx, r, stamp)
}

// TicketClocks are the clocks of one ticket as they stand at At.
type TicketClocks struct {
	At      time.Time
	Records []Record // every cycle with a promise, in order of clock and cycle
	Policy  *Policy  // the version that the newest of them has taken; nil without a promise
}

// Ticket gives the clocks of one ticket, worked out from its history. The actor needs sla:read for it, and ticket:read.
func (s *Service) Ticket(ctx context.Context, a ticket.Actor, id ticket.ID) (*TicketClocks, error) {
	scope, err := s.cfg.Tickets.Scope(ctx, a, ticket.OpSLARead)
	if err != nil {
		return nil, err
	}
	t, err := s.cfg.Tickets.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !scope.Sees(t) {
		return nil, ticket.Errorf(ticket.NotFound, "the ticket does not exist")
	}
	b, err := s.open(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	out := &TicketClocks{At: s.now()}
	res, err := s.evaluate(ctx, id, func(es []ticket.Event) (*Result, error) { return b.rules.Evaluate(es, out.At) })
	if err != nil {
		return nil, err
	}
	out.Records = res.Records
	b.rules.soon(out.Records)
	var newest *Record
	for i := range out.Records {
		if r := &out.Records[i]; newest == nil || r.Start.After(newest.Start) {
			newest = r
		}
	}
	if newest != nil {
		out.Policy = b.rules.policy(newest)
	}
	return out, nil
}

// evaluate reads a history, whole, that somebody may read, and hands it to fn.
func (s *Service) evaluate(ctx context.Context, id ticket.ID, fn func([]ticket.Event) (*Result, error)) (*Result, error) {
	var es []ticket.Event
	for e, err := range s.cfg.Tickets.AllHistory(ctx, ticket.SystemActor("sla"), id) {
		if err != nil {
			return nil, err
		}
		es = append(es, e)
	}
	return fn(es)
}

// Summary are the newest clocks of a ticket in a list.
type Summary struct {
	Records []Record // the newest cycle of each clock with a promise, as it stands now
}

// Next is the clock that is to be looked at first: of those that are not stopped the one with the earliest due time, late ones included,
// else one that is paused; nil when all is over.
func (m *Summary) Next() *Record {
	var next *Record
	for i := range m.Records {
		r := &m.Records[i]
		switch {
		case !r.Open():
		case next == nil:
			next = r
		case r.Due != nil && (next.Due == nil || r.Due.Before(*next.Due)):
			next = r
		}
	}
	return next
}

// Late reports whether a clock was missed and is not stopped.
func (m *Summary) Late() bool {
	return slices.ContainsFunc(m.Records, func(r Record) bool { return r.Open() && r.BreachedAt != nil })
}

// Page gives the clocks of a page of tickets by one query. Tickets without any, and those that sla:read does not reach, are absent; without
// the permission all are.
func (s *Service) Page(ctx context.Context, a ticket.Actor, ids []ticket.ID) (map[ticket.ID]Summary, error) {
	scope, err := s.cfg.Tickets.Scope(ctx, a, ticket.OpSLARead)
	if ticket.KindOf(err) == ticket.Denied || len(ids) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make(map[ticket.ID]Summary, len(ids))
	now := s.now()
	for chunk := range slices.Chunk(ids, ticket.MaxLimit) {
		rows, err := s.cfg.Store.ClocksOf(ctx, scope, chunk)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			st, err := s.states.decode(rows[i].TicketID, rows[i].State)
			if err != nil {
				return nil, &ticket.Error{Kind: ticket.Internal, Op: "sla", Msg: "the clocks cannot be read", Err: err}
			}
			r, err := s.rulesOf(ctx, st)
			if err != nil {
				return nil, err
			}
			if recs := r.Records(st, now); len(recs) > 0 {
				r.soon(recs)
				out[rows[i].TicketID] = Summary{Records: recs}
			}
		}
	}
	return out, nil
}

// soonLead is how much working time is at least left of a clock that is not pressing, in seconds.
const soonLead = 15 * 60

// soon says of clocks that run since when they are pressing.
func (r *Rules) soon(recs []Record) {
	for i := range recs {
		rec := &recs[i]
		if rec.Due == nil || !rec.Open() || rec.BreachedAt != nil {
			continue
		}
		if at, err := r.schedule(rec).Due(rec.Start, max(rec.Target-max(rec.Target/4, soonLead), 0), rec.Pauses); err == nil {
			rec.SoonAt = &at
		}
	}
}

// rulesOf gives rules that know every version that the state refers to. Definitions never change, so those at hand will do unless a
// version is newer than they are.
func (s *Service) rulesOf(ctx context.Context, st *TicketState) (*Rules, error) {
	if b := s.cfg.Hook.book.Load(); b != nil && b.rules.check(st) == nil {
		return b.rules, nil
	}
	b, err := s.open(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	return b.rules, b.rules.check(st)
}

// Line is how one clock went under one version of a policy.
type Line struct {
	Clock         Clock
	PolicyID      PolicyID
	PolicyVersion int64
	Policy        string // its name
	Met, Missed   int64
	ByChange      int64    // of Missed: because a policy, priority or queue was changed
	Attainment    *float64 // Met / (Met + Missed); nil when there is neither
}

// Report counts what was met and missed in [from,to) in the tickets that sla:read reaches, merged and spam left out. A clock counts when it
// was stopped in time, or when it was due.
func (s *Service) Report(ctx context.Context, a ticket.Actor, from, to time.Time) ([]Line, error) {
	if !from.Before(to) || to.Sub(from) > 366*24*time.Hour {
		return nil, ticket.InvalidField("to", "must lie after from, by at most 366 days")
	}
	scope, err := s.cfg.Tickets.Scope(ctx, a, ticket.OpSLARead)
	if err != nil {
		return nil, err
	}
	b, err := s.open(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	counts, err := s.cfg.Store.Tally(ctx, scope, from, to)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, c := range counts {
		n := len(out) - 1
		if n < 0 || out[n].Clock != c.Clock || out[n].PolicyID != c.PolicyID || out[n].PolicyVersion != c.PolicyVersion {
			out = append(out, Line{Clock: c.Clock, PolicyID: c.PolicyID, PolicyVersion: c.PolicyVersion, Policy: b.policy(c.PolicyID).Name})
			n++
		}
		switch {
		case c.Met:
			out[n].Met += c.N
		default:
			out[n].Missed += c.N
			if c.Cause != "" {
				out[n].ByChange += c.N
			}
		}
	}
	for i := range out {
		out[i].Attainment = share(out[i].Met, out[i].Missed)
	}
	slices.SortStableFunc(out, func(a, b Line) int {
		return slices.Index(Clocks(), a.Clock) - slices.Index(Clocks(), b.Clock)
	})
	return out, nil
}

func share(met, missed int64) *float64 {
	if met+missed == 0 {
		return nil
	}
	v := float64(met) / float64(met+missed)
	return &v
}

// manage demands sla:manage for the whole desk.
func (s *Service) manage(ctx context.Context, a ticket.Actor) error {
	scope, err := s.cfg.Tickets.Scope(ctx, a, ticket.OpSLAManage)
	if err != nil {
		return err
	}
	if !scope.All() {
		return &ticket.Error{Kind: ticket.Denied, Op: string(ticket.OpSLAManage), Msg: "the permission sla:manage must reach the whole desk"}
	}
	return nil
}
