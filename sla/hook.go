package sla

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// What the ladder leaves in a ticket's history. Data holds clock, cycle, level, due (the promised time), at (the instant that the step
// was for), policy_id and policy_version.
const (
	EventWarned    ticket.EventType = "sla.warned"
	EventBreached  ticket.EventType = "sla.breached"
	EventEscalated ticket.EventType = "sla.escalated"
)

// Hook keeps the clocks of tickets up to date: its method Change is a ticket.ChangeHook. Each change costs one read; it costs a write only if a
// clock, or the timer, has become another. A desk without policies has no clocks and pays for the read alone.
//
// What has come due happens in the transaction that takes the timer: the step becomes an event of the ticket, priority, assignee and
// queue change by the rules of ticket.Service, and what leaves the desk becomes a job. So a step happens once, also when the job of its
// timer runs twice, and what a downtime has held up happens in order of the instants. A change by people never fires a step: who
// answers late, before the timer was seen to, has stopped the clock, which then counts as missed without any alarm.
type Hook struct {
	log  *slog.Logger
	book atomic.Pointer[book]
}

// NewHook makes a Hook. The store of the ticket.Service that it is given to must implement Store. A nil log is silent.
func NewHook(log *slog.Logger) *Hook {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hook{log: log}
}

// bookOf gives the definitions as they are under the stamp, which are read again only when somebody has changed them.
func (h *Hook) bookOf(ctx context.Context, r Reader, stamp string) (*book, error) {
	if b := h.book.Load(); b != nil && b.stamp == stamp {
		return b, nil
	}
	defs, err := r.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	b, err := openBook(defs)
	if err != nil {
		return nil, &ticket.Error{Kind: ticket.Internal, Op: "sla", Msg: "the service level agreements cannot be read", Err: err}
	}
	h.book.Store(b)
	return b, nil
}

// Change implements ticket.ChangeHook.
func (h *Hook) Change(ctx context.Context, tx ticket.Tx, c *ticket.Change) error {
	own, ok := tx.(Tx)
	if !ok {
		return ticket.Errorf(ticket.Internal, "this store keeps no clocks")
	}
	id := c.Ticket().ID
	row, stamp, err := own.Clocks(ctx, id)
	if err != nil || stamp == "" {
		return err
	}
	b, err := h.bookOf(ctx, own, stamp)
	if err != nil {
		return err
	}
	k := &keeper{h: h, rules: b.rules, tx: own, jobs: tx, c: c, row: row}
	if err := k.load(ctx); err != nil {
		return err
	}
	if err := k.apply(ctx); err != nil {
		return err
	}
	return k.save(ctx)
}

// keeper is one change of one ticket.
type keeper struct {
	h     *Hook
	rules *Rules
	tx    Tx
	jobs  ticket.Tx
	c     *ticket.Change
	row   *Row // as it is kept; nil when there is none

	state   TicketState
	was     TicketState
	touched []Record
	now     time.Time
	taken   bool // the timer has fired and is gone
}

// load takes up the state where it was left. Of a ticket that is older than the desk's first policy nothing was kept; its history tells.
func (k *keeper) load(ctx context.Context) error {
	if k.row != nil {
		err := json.Unmarshal(k.row.State, &k.state)
		if err == nil {
			err = json.Unmarshal(k.row.State, &k.was)
		}
		if err == nil {
			return nil
		}
		k.h.log.ErrorContext(ctx, "sla: clocks cannot be read and are worked out anew", "ticket_id", k.row.TicketID, "err", err)
	}
	return k.replay(ctx)
}

// replay works the state out from the history before this change.
func (k *keeper) replay(ctx context.Context) error {
	past, err := k.c.Past(ctx)
	if err != nil {
		return err
	}
	res, err := k.rules.Evaluate(past, time.Time{})
	if err != nil {
		return err
	}
	k.state, k.was, k.touched = res.State, TicketState{}, res.Records
	return nil
}

// apply takes in the events of the change, and those that the steps of the ladder add to it.
func (k *keeper) apply(ctx context.Context) error {
	for n := 0; n < len(k.c.Events()); n++ {
		e := k.c.Events()[n]
		k.now = e.At
		done, err := k.rules.Apply(&k.state, e)
		if err != nil {
			return err
		}
		k.touched = append(k.touched, done.Records...)
		if e.Type == ticket.EventTimer {
			k.taken = k.taken || isTimer(e)
		}
		for _, f := range done.Fired {
			if err := k.fire(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func isTimer(e *ticket.Event) bool {
	var d facts
	return json.Unmarshal(e.Data, &d) == nil && d.Name == Timer
}

// fire does what a step of the ladder says.
func (k *keeper) fire(ctx context.Context, f Firing) error {
	typ := EventEscalated
	switch {
	case f.Level == LevelBreach:
		typ = EventBreached
	case f.At.Before(f.Due):
		typ = EventWarned
	}
	k.c.By("sla")
	k.c.Record(typ, map[string]any{"clock": f.Clock, "cycle": f.Cycle, "level": f.Level, "due": f.Due, "at": f.At,
		"policy_id": f.PolicyID, "policy_version": f.PolicyVersion})
	id := k.c.Ticket().ID
	for i, a := range f.Actions {
		var err error
		switch a.Type {
		case RaisePriority:
			k.c.Raise()
		case Reassign:
			err = k.c.Assign(ctx, ticket.AccountID(a.To))
		case MoveQueue:
			err = k.c.Move(ctx, ticket.QueueID(a.To))
		default:
			err = k.jobs.Enqueue(ctx, ticket.Job{Kind: JobNotify, Key: f.Key(id) + ":" + strconv.Itoa(i), RunAt: k.now,
				Payload: NotifyPayload{TicketID: id, Event: typ, Clock: f.Clock, Cycle: f.Cycle, Level: f.Level, Due: f.Due, Action: a}})
		}
		if ticket.KindOf(err) == ticket.Invalid { // the account or queue is gone since the policy was written: the rest still happens
			k.h.log.WarnContext(ctx, "sla: a step cannot do what its policy says", "ticket_id", id, "policy_id", f.PolicyID, "action", a.Type, "err", err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// save writes what has become another.
func (k *keeper) save(ctx context.Context) error {
	t := k.c.Ticket()
	next := k.rules.Next(&k.state, k.now)
	if t.Demo {
		next = time.Time{} // nobody is to be alarmed by a show
	}
	old := Row{}
	if k.row != nil {
		old = *k.row
	}
	if k.taken {
		old.TimerAt = time.Time{}
	}
	if !next.Equal(old.TimerAt) {
		if err := k.jobs.SetTimer(ctx, t.ID, Timer, next); err != nil {
			return err
		}
	}
	row, err := rowOf(k.rules, t.ID, &k.state, k.now)
	if err != nil {
		return err
	}
	row.TimerAt = next
	outcomes := changedOutcomes(t.ID, k.was.Records, k.touched)
	if k.row != nil && len(outcomes) == 0 && same(*k.row, *row) && k.still(row.State) {
		return nil
	}
	return k.tx.SaveClocks(ctx, row, outcomes)
}

// rowOf is what is kept of a state.
func rowOf(r *Rules, id ticket.ID, s *TicketState, now time.Time) (*Row, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, &ticket.Error{Kind: ticket.Internal, Op: "sla", Msg: "the clocks cannot be kept", Err: err}
	}
	row := &Row{TicketID: id, State: b}
	for i := range s.Records {
		row.Open = row.Open || s.Records[i].Open()
	}
	for _, rec := range r.Records(s, now) {
		row.Promised = true
		switch {
		case !rec.Open():
		case rec.BreachedAt != nil:
			row.BreachedAt = earlier(row.BreachedAt, *rec.BreachedAt)
		case rec.Due != nil:
			row.DueAt = earlier(row.DueAt, *rec.Due)
		}
	}
	return row, nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// same reports whether two rows agree in everything but the state.
func same(a, b Row) bool {
	return a.DueAt.Equal(b.DueAt) && a.BreachedAt.Equal(b.BreachedAt) && a.TimerAt.Equal(b.TimerAt) && a.Open == b.Open && a.Promised == b.Promised
}

// still reports whether a new state differs from the one before in nothing but which event it has seen last.
func (k *keeper) still(state []byte) bool {
	was := k.was
	was.N, was.At = k.state.N, k.state.At
	b, err := json.Marshal(&was)
	return err == nil && bytes.Equal(b, state)
}

// outcomeOf says how a cycle ended, or that it was missed; with a zero At it is neither so far.
func outcomeOf(id ticket.ID, rec *Record) Outcome {
	o := Outcome{TicketID: id, Clock: rec.Clock, Cycle: rec.Cycle, PolicyID: rec.PolicyID, PolicyVersion: rec.PolicyVersion}
	switch {
	case rec.Target == 0:
	case rec.BreachedAt != nil:
		o.At, o.Seconds, o.Cause = *rec.BreachedAt, rec.Target, rec.Cause
		if rec.Cause != "" {
			o.Seconds = rec.Elapsed
		}
	case rec.State == Met && rec.StoppedAt != nil:
		o.Met, o.At, o.Seconds = true, *rec.StoppedAt, rec.Elapsed
	}
	return o
}

// changedOutcomes lists the outcomes of the touched records that are new, other than before, or taken back by a reopening.
func changedOutcomes(id ticket.ID, was, touched []Record) []Outcome {
	before, now := map[cycle]Outcome{}, map[cycle]Outcome{}
	for i := range was {
		before[cycle{was[i].Clock, was[i].Cycle}] = outcomeOf(id, &was[i])
	}
	var order []cycle
	for i := range touched {
		key := cycle{touched[i].Clock, touched[i].Cycle}
		if _, twice := now[key]; !twice {
			order = append(order, key)
		}
		now[key] = outcomeOf(id, &touched[i])
	}
	var out []Outcome
	for _, key := range order {
		o, old := now[key], before[key]
		if o.At.IsZero() && old.At.IsZero() || !o.At.IsZero() && o.At.Equal(old.At) && o.Met == old.Met {
			continue
		}
		out = append(out, o)
	}
	return out
}
