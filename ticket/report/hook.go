package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Row is what is kept of a ticket, and what a change adds to it.
type Row struct {
	TicketID ticket.ID
	Number   int64
	State    *State
	// Anew: whatever was kept before is replaced. Otherwise Facts are added, and Undone and Moved say what becomes of older ones.
	Anew   bool
	New    bool // Anew, and there is nothing yet, because the ticket is being made
	Facts  []Fact
	Undone []Undone
	Moved  bool // the traits have become others
}

// Tx is the part of a transaction that the numbers need. *store.Tx has it.
type Tx interface {
	ticket.Reader
	// Metrics gives the state that was kept last, as JSON; nil when there is none.
	Metrics(ctx context.Context, id ticket.ID) ([]byte, error)
	SaveMetrics(ctx context.Context, r *Row) error
}

// HoursAt gives the working hours that count for a ticket that was made at an instant.
type HoursAt func(ctx context.Context, tx Tx, created time.Time) (Hours, error)

// Hook keeps the numbers of tickets up to date: its method Change is a ticket.ChangeHook, to be called behind all others, because their events
// count too. A change that no number depends on costs one read.
type Hook struct{ hours HoursAt }

// NewHook makes a Hook. nil hours are AllHours for every ticket.
func NewHook(hours HoursAt) *Hook {
	if hours == nil {
		hours = func(context.Context, Tx, time.Time) (Hours, error) { return AllHours{}, nil }
	}
	return &Hook{hours}
}

// Change implements ticket.ChangeHook.
func (h *Hook) Change(ctx context.Context, tx ticket.Tx, c *ticket.Change) error {
	own, ok := tx.(Tx)
	if !ok {
		return ticket.Errorf(ticket.Internal, "this store keeps no numbers")
	}
	t := c.Ticket()
	m := measure{h: h, tx: own, row: Row{TicketID: t.ID, Number: t.Number, State: &State{}, Anew: true, New: c.New()}}
	if !c.New() {
		kept, err := own.Metrics(ctx, t.ID)
		if err != nil {
			return err
		}
		if kept != nil && json.Unmarshal(kept, m.row.State) == nil {
			m.row.Anew, m.kept = false, kept
		} else { // older than the numbers, or not to be read: its history tells
			*m.row.State = State{}
			past, err := c.Past(ctx)
			if err != nil {
				return err
			}
			for i := range past {
				if err := m.apply(ctx, &past[i]); err != nil {
					return err
				}
			}
		}
	}
	for _, e := range c.Events() {
		if err := m.apply(ctx, e); err != nil {
			return err
		}
	}
	return m.save(ctx, TraitsOf(t))
}

// measure is one change of one ticket, or its whole history.
type measure struct {
	h     *Hook
	tx    Tx
	row   Row
	kept  []byte
	hours Hours
}

func (m *measure) apply(ctx context.Context, e *ticket.Event) error {
	if m.hours == nil {
		switch e.Type { // the hours are looked up only for what is measured in them
		case ticket.EventReplied, ticket.EventStatusChanged, ticket.EventClosed, ticket.EventMerged:
			var err error
			if m.hours, err = m.h.hours(ctx, m.tx, m.row.State.Created); err != nil {
				return err
			}
		}
	}
	step, err := Apply(m.row.State, e, m.hours)
	if err != nil {
		return err
	}
	for i := range step.Facts {
		step.Facts[i].Number = m.row.Number
	}
	m.row.Facts = append(m.row.Facts, step.Facts...)
	if step.Undone != nil {
		m.row.Undone = append(m.row.Undone, *step.Undone)
	}
	return nil
}

func (m *measure) save(ctx context.Context, now Traits) error {
	s := m.row.State
	m.row.Moved = s.Traits != now
	s.Traits = now
	if !m.row.Anew {
		b, err := json.Marshal(s)
		if err == nil && bytes.Equal(b, m.kept) {
			return nil
		}
	}
	return m.tx.SaveMetrics(ctx, &m.row)
}

// FillStore is where Fill works. *store.Store implements it.
type FillStore interface {
	// Unmeasured gives tickets that no numbers are kept of, in order of their numbers behind after, and the number of the last one.
	Unmeasured(ctx context.Context, after int64, limit int) (ids []ticket.ID, last int64, err error)
	// UpdateMetrics runs fn in one transaction under the rules of ticket.Store.Update.
	UpdateMetrics(ctx context.Context, fn func(Tx) error) error
}

// Fill makes the numbers of tickets that are older than the numbers themselves, at most limit of them behind the one with the number after, each
// in a transaction of its own. It returns the number of the last one, and 0 when there are no more. It may be killed at any time, and run
// beside itself and everything else. scope must reach all.
func (h *Hook) Fill(ctx context.Context, st FillStore, scope ticket.Scope, after int64, limit int) (last int64, err error) {
	ids, last, err := st.Unmeasured(ctx, after, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, id := range ids {
		err := st.UpdateMetrics(ctx, func(tx Tx) error { return h.fill(ctx, tx, scope, id) })
		if err != nil && !errors.Is(err, &ticket.Error{Kind: ticket.NotFound}) { // deleted since
			return 0, err
		}
	}
	return last, nil
}

func (h *Hook) fill(ctx context.Context, tx Tx, scope ticket.Scope, id ticket.ID) error {
	t, err := tx.Ticket(ctx, scope, id) // nobody else changes it from now on
	if err != nil {
		return err
	}
	kept, err := tx.Metrics(ctx, id)
	if err != nil || kept != nil {
		return err
	}
	m := measure{h: h, tx: tx, row: Row{TicketID: id, Number: t.Number, State: &State{}, Anew: true}}
	for q := (ticket.EventQuery{Ticket: id, Limit: 200}); ; {
		es, err := tx.Events(ctx, scope, q)
		if err != nil {
			return err
		}
		for i := range es {
			q.After = es[i].N
			if err := m.apply(ctx, &es[i]); err != nil {
				return err
			}
		}
		if len(es) < q.Limit {
			break
		}
	}
	return m.save(ctx, TraitsOf(t))
}
