package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// FactKind says what a Fact is about. Its numbers are kept in databases.
type FactKind int

// The kinds of fact, each with its anchor event.
const (
	FactCreated       FactKind = 1 // ticket.created
	FactFirstResponse FactKind = 2 // message.sent, the first by a person while the customer waits
	FactNextResponse  FactKind = 3 // message.sent, any later one while the customer waits
	FactResolved      FactKind = 4 // the event by which an active ticket became resolved or closed
	FactReopened      FactKind = 5 // the event by which a ticket that was not active became active
	FactRemoved       FactKind = 6 // the event by which an active ticket became spam or was merged
	FactAsked         FactKind = 7 // message.received from a person
	FactRated         FactKind = 8 // ticket.rated
)

// Fact is something that happened to a ticket and that is counted.
type Fact struct {
	Number int64 // of the ticket
	N      int64 // of the event in the ticket's chain
	Kind   FactKind
	At     time.Time
	Cycle  int              // which of its kind in the ticket, from 1
	Actor  ticket.AccountID // who did it, of a rating who resolved the ticket last; "" for everybody who does not work here
	// Seconds is for answers how long the customer had waited, for a resolution the time since the ticket was made, without the times at
	// which it was pending, snoozed or not active. Business is the same in working hours. Both are whole seconds, and 0 for other kinds.
	Seconds, Business int64
	UndoneAt          time.Time // of a resolution: when the ticket came back; of a rating: when a newer one took its place; zero while it holds
	OneTouch          bool      // of a resolution: exactly one public message of the desk's people went before
	Rating            int       // of a rating: 1 to ticket.MaxRating
}

// Traits are what facts are filtered and split by: always those that the ticket has now.
type Traits struct {
	Counted  bool            `json:"counted"` // neither merged nor spam
	Queue    ticket.QueueID  `json:"queue"`
	Channel  string          `json:"channel"`
	Priority ticket.Priority `json:"priority"`
}

// TraitsOf are the traits of a ticket.
func TraitsOf(t *ticket.Ticket) Traits {
	return Traits{Counted: t.Category != ticket.Merged && t.Category != ticket.Spam, Queue: t.Queue.ID, Channel: t.Channel, Priority: t.Priority}
}

// Span is a half-open stretch of time.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Hours tells how much of a stretch was working time, in whole seconds, the pauses left out. Pauses are in order and do not overlap.
type Hours interface {
	Elapsed(from, to time.Time, pauses []Span) int64
}

// AllHours is the Hours of a desk that is always at work.
type AllHours struct{}

// Elapsed implements Hours.
func (AllHours) Elapsed(from, to time.Time, pauses []Span) int64 {
	d := to.Sub(from)
	for _, p := range pauses {
		lo, hi := p.From, p.To
		if lo.Before(from) {
			lo = from
		}
		if hi.After(to) {
			hi = to
		}
		if hi.After(lo) {
			d -= hi.Sub(lo)
		}
	}
	return int64(max(d, 0) / time.Second)
}

// State is what the numbers remember of a ticket between its events: the fold of its history so far. The zero State is a ticket before its first
// event. It is kept as JSON.
type State struct {
	At       time.Time       `json:"at"` // of the newest event; never goes back
	Created  time.Time       `json:"created"`
	Category ticket.Category `json:"category"`
	Traits   Traits          `json:"traits"`

	Waiting  *time.Time `json:"waiting,omitempty"` // since when the customer waits for an answer
	Late     *time.Time `json:"late,omitempty"`    // when the customer wrote to a ticket that was over; it counts once that comes back
	Replies  int        `json:"replies,omitempty"` // public messages of the desk's people
	Paused   *time.Time `json:"paused,omitempty"`  // since when nobody has to act
	Pauses   []Span     `json:"pauses,omitempty"`
	Answers  int        `json:"answers,omitempty"` // cycles so far, of each kind that has them
	Asked    int        `json:"asked,omitempty"`
	Resolved int        `json:"resolved,omitempty"`
	Reopened int        `json:"reopened,omitempty"`
	Removed  int        `json:"removed,omitempty"`
	LastN    int64      `json:"last_n,omitempty"` // N of the newest resolution that was not undone

	Solver ticket.AccountID `json:"solver,omitempty"` // who resolved it last; "" when nobody who works here did
	Rated  int              `json:"rated,omitempty"`
	RatedN int64            `json:"rated_n,omitempty"` // N of the newest rating
}

// Open reports whether the ticket is in the backlog.
func (s *State) Open() bool { return s.Category.Active() && s.Traits.Counted }

// Undone is a resolution that was taken back, or a rating that a newer one replaces.
type Undone struct {
	N  int64
	At time.Time
}

// Step is what one event adds.
type Step struct {
	Facts  []Fact
	Undone *Undone
}

// facts are the keys of ticket.Event.Data that the numbers depend on.
type facts struct {
	ByAgent    bool            `json:"by_agent"`
	Status     ticket.Status   `json:"status"`
	Machine    bool            `json:"machine"`
	Human      *bool           `json:"human"`
	To         string          `json:"to"`
	ToCategory ticket.Category `json:"to_category"`
	Rating     int             `json:"rating"`
}

// Apply takes the next event of a ticket's history into s. Events are given in order of N, all of them; those that no number depends on change
// nothing. h counts business time; nil is AllHours.
func Apply(s *State, e *ticket.Event, h Hours) (Step, error) {
	if h == nil {
		h = AllHours{}
	}
	f := folding{s: s, e: e, h: h}
	switch e.Type {
	case ticket.EventCreated, ticket.EventReceived, ticket.EventReplied, ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventMerged, ticket.EventRated:
		if err := json.Unmarshal(e.Data, &f.d); err != nil {
			return Step{}, &ticket.Error{Kind: ticket.Internal, Op: "report", Msg: fmt.Sprintf("data of event %s cannot be read", e.ID), Err: err}
		}
	case ticket.EventSnoozed, ticket.EventSplitReceived:
	default:
		return Step{}, nil
	}
	if f.at = e.At.UTC().Truncate(time.Microsecond); f.at.Before(s.At) {
		f.at = s.At // the clocks of two machines differ; the order of the chain decides
	}
	s.At = f.at
	f.take()
	return f.out, nil
}

// folding is one event on its way into a state.
type folding struct {
	s   *State
	e   *ticket.Event
	d   facts
	h   Hours
	at  time.Time
	out Step
}

func (f *folding) take() {
	s := f.s
	switch f.e.Type {
	case ticket.EventCreated:
		s.Created, s.Category = f.at, ticket.New
		if c := ticket.Category(f.d.Status); c.Valid() {
			s.Category = c
		}
		f.fact(FactCreated, 1)
		if !f.d.ByAgent {
			s.Waiting = &f.at
		}
	case ticket.EventReceived:
		if !f.d.Machine {
			s.Asked++
			f.fact(FactAsked, s.Asked)
			f.asked()
		}
	case ticket.EventSplitReceived: // opened by an agent, out of what the customer wrote
		f.asked()
	case ticket.EventReplied:
		if f.d.Human != nil && *f.d.Human || f.d.Human == nil && f.e.Actor.Type == ticket.ActorAccount {
			f.answered()
		}
	case ticket.EventSnoozed:
		f.become(ticket.Snoozed)
	case ticket.EventRated:
		f.rated()
	default:
		to := f.d.ToCategory
		if !to.Valid() {
			to = ticket.Category(f.d.To)
		}
		if to.Valid() {
			f.become(to)
		}
	}
}

func (f *folding) fact(kind FactKind, cycle int) *Fact {
	who := ticket.AccountID("")
	if f.e.Actor.Type == ticket.ActorAccount {
		who = ticket.AccountID(f.e.Actor.ID)
	}
	f.out.Facts = append(f.out.Facts, Fact{N: f.e.N, Kind: kind, At: f.at, Cycle: cycle, Actor: who})
	return &f.out.Facts[len(f.out.Facts)-1]
}

// asked notes a message that somebody waits for an answer to.
func (f *folding) asked() {
	switch s := f.s; {
	case s.Category.Active():
		if s.Waiting == nil {
			s.Waiting = &f.at
		}
	case s.Late == nil && (s.Category == ticket.Resolved || s.Category == ticket.Closed):
		s.Late = &f.at
	}
}

// answered notes a public message of somebody who works here.
func (f *folding) answered() {
	s := f.s
	s.Replies++
	since := s.Waiting
	if since == nil {
		since = s.Late
	}
	s.Waiting, s.Late = nil, nil
	if since == nil {
		return
	}
	kind, cycle := FactFirstResponse, 1
	if s.Answers > 0 {
		kind, cycle = FactNextResponse, s.Answers
	}
	s.Answers++
	r := f.fact(kind, cycle)
	r.Seconds, r.Business = AllHours{}.Elapsed(*since, f.at, nil), f.h.Elapsed(*since, f.at, nil)
}

// rated notes what the requester thinks. Of several times the newest counts.
func (f *folding) rated() {
	s := f.s
	if s.RatedN != 0 {
		f.out.Undone = &Undone{N: s.RatedN, At: f.at}
	}
	s.Rated++
	s.RatedN = f.e.N
	r := f.fact(FactRated, s.Rated)
	r.Actor, r.Rating = s.Solver, f.d.Rating
}

// become moves the ticket to a category.
func (f *folding) become(to ticket.Category) {
	s := f.s
	was := s.Category
	s.Category = to
	switch {
	case was.Active() && (to == ticket.Resolved || to == ticket.Closed):
		s.Resolved++
		pauses := s.Pauses
		if s.Paused != nil {
			pauses = append(slices.Clip(pauses), Span{*s.Paused, f.at})
		}
		r := f.fact(FactResolved, s.Resolved)
		r.Seconds, r.Business = AllHours{}.Elapsed(s.Created, f.at, pauses), f.h.Elapsed(s.Created, f.at, pauses)
		r.OneTouch = s.Replies == 1
		s.LastN, s.Solver = f.e.N, r.Actor
		s.Waiting = nil
	case was.Active() && !to.Active():
		s.Removed++
		f.fact(FactRemoved, s.Removed)
		s.Waiting = nil
	case !was.Active() && to.Active():
		s.Reopened++
		f.fact(FactReopened, s.Reopened)
		if s.LastN != 0 {
			f.out.Undone = &Undone{N: s.LastN, At: f.at}
			s.LastN = 0
		}
		s.Waiting, s.Late = s.Late, nil
	}
	working := to == ticket.New || to == ticket.Open
	switch {
	case !working && s.Paused == nil:
		s.Paused = &f.at
	case working && s.Paused != nil:
		if s.Paused.Before(f.at) {
			s.Pauses = append(s.Pauses, Span{*s.Paused, f.at})
		}
		s.Paused = nil
	}
}
