package sla

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// facts are the keys of ticket.Event.Data that the clocks depend on.
type facts struct {
	Status     ticket.Status   `json:"status"`
	Priority   ticket.Priority `json:"priority"`
	QueueID    ticket.QueueID  `json:"queue_id"`
	Channel    string          `json:"channel"`
	ByAgent    bool            `json:"by_agent"`
	Machine    bool            `json:"machine"`
	Human      *bool           `json:"human"`
	To         string          `json:"to"`
	ToID       ticket.QueueID  `json:"to_id"`
	ToCategory ticket.Category `json:"to_category"`
	Name       string          `json:"name"`
}

// Apply takes the next event of the ticket's history into s. It is the only way in which a state comes about: what is kept in a database and
// what Evaluate makes of the whole history go through it. Events are given in order of N; one that s has seen already changes nothing,
// and so do those that no clock depends on, which need not be given at all. The first must be ticket.created. The deletion, which stands in
// the desk's chain, is given last.
//
// An error leaves s as it was; it means that the history is not what this package expects, or that r lacks a version. It is never the
// fault of who caused the event.
func (r *Rules) Apply(s *TicketState, e *ticket.Event) (Change, error) {
	if e.Type != ticket.EventDeleted && e.N <= s.N || s.Deleted {
		return Change{}, nil
	}
	if s.N == 0 && e.Type != ticket.EventCreated {
		return Change{}, ticket.Errorf(ticket.Internal, "the history begins with %s at position %d", e.Type, e.N)
	}
	var d facts
	switch e.Type {
	case ticket.EventCreated, ticket.EventReceived, ticket.EventReplied, ticket.EventPriorityChanged, ticket.EventQueueChanged,
		ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventMerged, ticket.EventSnoozed, ticket.EventTimer:
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return Change{}, &ticket.Error{Kind: ticket.Internal, Msg: fmt.Sprintf("data of event %s cannot be read", e.ID), Err: err}
		}
	case ticket.EventSLARecomputed, ticket.EventSplitReceived, ticket.EventDeleted:
	default:
		s.N = e.N
		return Change{}, nil
	}
	if err := r.check(s); err != nil {
		return Change{}, err
	}
	if e.Type == ticket.EventTimer {
		s.N = e.N
		if d.Name != Timer {
			return Change{}, nil
		}
		return r.fire(s, e.At), nil
	}
	f := fold{r: r, s: s, at: later(s.At, e.At), touched: make([]Clock, 0, 4)}
	s.At = f.at
	if e.Type != ticket.EventDeleted { // that one has its place in another chain
		s.N = e.N
	}
	f.lapse()
	f.take(e, &d)
	f.lapse()
	return f.change(), nil
}

// later keeps time from running backwards where the clocks of two machines differ; the order of the chain decides.
func later(a, b time.Time) time.Time {
	if b = b.UTC().Truncate(time.Microsecond); b.After(a) {
		return b
	}
	return a
}

// fold is one event on its way into a state.
type fold struct {
	r       *Rules
	s       *TicketState
	at      time.Time
	touched []Clock
	ended   []Record // cycles that were replaced by a new one in this very event
}

func (f *fold) take(e *ticket.Event, d *facts) {
	switch e.Type {
	case ticket.EventCreated:
		f.s.Status, f.s.Category = d.Status, category(d.Status, ticket.New)
		f.s.Priority, f.s.Queue, f.s.Channel = d.Priority, d.QueueID, d.Channel
		if !d.ByAgent {
			f.start(FirstResponse, f.at)
		}
		f.start(Resolution, f.at)
	case ticket.EventReceived:
		if !d.Machine {
			f.customer()
		}
	case ticket.EventSplitReceived: // opened by an agent, out of what the customer wrote
		f.customer()
	case ticket.EventReplied:
		if d.Human != nil && *d.Human || d.Human == nil && e.Actor.Type == ticket.ActorAccount {
			f.reply()
		}
	case ticket.EventPriorityChanged:
		f.s.Priority = ticket.Priority(d.To)
		f.rechoose()
	case ticket.EventQueueChanged:
		f.s.Queue = d.ToID
		f.rechoose()
	case ticket.EventSLARecomputed:
		f.rechoose()
	case ticket.EventSnoozed:
		f.status(ticket.Status(ticket.Snoozed), ticket.Snoozed)
	case ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventMerged:
		to := ticket.Status(d.To)
		if !d.ToCategory.Valid() {
			d.ToCategory = category(to, f.s.Category)
		}
		f.status(to, d.ToCategory)
	case ticket.EventDeleted:
		f.s.Deleted = true
		f.end(false)
	}
}

// category is that of a built-in state, which has the same name.
func category(st ticket.Status, otherwise ticket.Category) ticket.Category {
	if c := ticket.Category(st); c.Valid() {
		return c
	}
	return otherwise
}

// customer notes a message that somebody waits for an answer to.
func (f *fold) customer() {
	switch {
	case f.s.Category.Active():
		f.wait(f.at)
	case f.s.WaitingSince == nil && (f.s.Category == ticket.Resolved || f.s.Category == ticket.Closed):
		f.s.WaitingSince = &f.at
	}
}

// wait starts the clock of whoever waits since an instant, unless one runs for an earlier message.
func (f *fold) wait(since time.Time) {
	first := f.s.record(FirstResponse)
	if first == nil {
		f.start(FirstResponse, since) // an agent opened the ticket
		return
	}
	if next := f.s.record(NextResponse); !first.Open() && (next == nil || !next.Open()) {
		f.start(NextResponse, since)
	}
}

// reply is a public message of a human agent.
func (f *fold) reply() {
	f.s.WaitingSince = nil
	for _, c := range []Clock{FirstResponse, NextResponse, Update} {
		if rec := f.s.record(c); rec != nil && rec.Open() {
			f.stop(rec)
		}
	}
	if f.s.Category.Active() {
		f.start(Update, f.at)
	}
}

// status moves the ticket to a state.
func (f *fold) status(st ticket.Status, cat ticket.Category) {
	was := f.s.Category
	f.s.Status, f.s.Category = st, cat
	switch {
	case was.Active() && cat.Active():
		for i := range f.s.Records {
			f.hold(&f.s.Records[i])
		}
	case was.Active():
		f.end(cat == ticket.Resolved || cat == ticket.Closed)
	case cat.Active():
		f.reopen()
	}
}

// end ends every clock: a resolution is one for its own clock, and everything else takes the question away.
func (f *fold) end(resolved bool) {
	for i := range f.s.Records {
		rec := &f.s.Records[i]
		switch {
		case !rec.Open():
		case resolved && rec.Clock == Resolution:
			f.stop(rec)
		default:
			f.cancel(rec)
		}
	}
}

// reopen brings the resolution back as its policy says, and begins to count for a customer who wrote meanwhile.
func (f *fold) reopen() {
	if rec := f.s.record(Resolution); rec != nil && !rec.Open() {
		mode := Continue
		if p := f.r.policy(rec); p != nil && p.Reopen != "" {
			mode = p.Reopen
		}
		switch mode {
		case Continue:
			f.resume(rec)
		case Restart:
			f.start(Resolution, f.at)
		}
	}
	if since := f.s.WaitingSince; since != nil {
		f.s.WaitingSince = nil
		f.wait(*since)
	}
}

// rechoose gives the open clocks the policies in force now. Start and pauses stay, recorded breaches too.
func (f *fold) rechoose() {
	for i := range f.s.Records {
		rec := &f.s.Records[i]
		switch {
		case !rec.Open():
			rec.Outdated = rec.Outdated || rec.Clock == Resolution
		case rec.State != Missed:
			f.repin(rec)
		}
	}
}
