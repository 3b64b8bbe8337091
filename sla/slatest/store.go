// Package slatest keeps policies and clocks in memory, beside a desk of package tickettest, and passes the conformance suite of the
// databases. With it a program tests its own use of service levels without a database.
package slatest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// Store is a ticket.Store and an sla.Store in memory. Make it with New. It may be used concurrently.
type Store struct {
	*tickettest.Store
	write sync.Mutex // one Update at a time
	mu    sync.RWMutex
	data  *data
}

var (
	_ ticket.Store = (*Store)(nil)
	_ sla.Store    = (*Store)(nil)
	_ ticket.Tx    = (*tx)(nil)
	_ sla.Tx       = (*tx)(nil)
)

// New makes an empty desk.
func New() *Store {
	return &Store{Store: tickettest.New(), data: &data{rows: map[ticket.ID]sla.Row{}, outcomes: map[key]sla.Outcome{}}}
}

type key struct {
	ticket ticket.ID
	clock  sla.Clock
	cycle  int
}

type data struct {
	defs     []sla.Definition
	rows     map[ticket.ID]sla.Row
	outcomes map[key]sla.Outcome
}

func (d *data) clone() *data {
	return &data{slices.Clone(d.defs), maps.Clone(d.rows), maps.Clone(d.outcomes)}
}

// reader reads one state of the data, and the tickets of r.
type reader struct {
	d *data
	r ticket.Reader
}

// tx is a transaction over both.
type tx struct {
	ticket.Tx
	reader
}

func (s *Store) snapshot() reader {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return reader{s.data, s.Store}
}

func (s *Store) update(ctx context.Context, fn func(*tx) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	next := s.snapshot().d.clone()
	err := s.Store.Update(ctx, func(t ticket.Tx) error { return fn(&tx{t, reader{next, t}}) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.data = next
	s.mu.Unlock()
	return nil
}

// Update is described at ticket.Store.
func (s *Store) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return fn(t) })
}

// UpdateSLA is described at sla.Store.
func (s *Store) UpdateSLA(ctx context.Context, fn func(sla.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return fn(t) })
}

// Tickets filters by clocks, too.
func (s *Store) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	return s.snapshot().tickets(ctx, s.Store, sc, q)
}

// Tickets filters by clocks, too.
func (t *tx) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	return t.tickets(ctx, t.Tx, sc, q)
}

func (r reader) tickets(ctx context.Context, from ticket.Reader, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if q.SLA == "" {
		return from.Tickets(ctx, sc, q)
	}
	filter, limit := q.SLA, q.Limit
	if limit <= 0 {
		limit = 30
	}
	var out []ticket.Ticket
	for q.SLA, q.Limit = "", ticket.MaxLimit; ; {
		page, err := from.Tickets(ctx, sc, q)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if r.fits(page[i].ID, filter, q) && len(out) < limit {
				out = append(out, page[i])
			}
		}
		if len(page) < q.Limit || len(out) == limit {
			return out, nil
		}
		q.After = ticket.CursorOf(q.Sort, &page[len(page)-1])
	}
}

func (r reader) fits(id ticket.ID, filter ticket.ClockFilter, q ticket.Query) bool {
	row := r.d.rows[id]
	late := !row.DueAt.IsZero() && row.DueAt.Before(q.Now)
	switch filter {
	case ticket.WithoutClock:
		return !row.Promised
	case ticket.Breached:
		return !row.BreachedAt.IsZero() || late
	}
	return !row.DueAt.IsZero() && !late && (q.DueWithin <= 0 || !row.DueAt.After(q.Now.Add(q.DueWithin)))
}

// DeleteTicket takes the clocks with it.
func (t *tx) DeleteTicket(ctx context.Context, id ticket.ID) error {
	delete(t.d.rows, id)
	maps.DeleteFunc(t.d.outcomes, func(k key, _ sla.Outcome) bool { return k.ticket == id })
	return t.Tx.DeleteTicket(ctx, id)
}

// Definitions is described at sla.Reader.
func (s *Store) Definitions(ctx context.Context) ([]sla.Definition, error) {
	return s.snapshot().Definitions(ctx)
}

// Clocks is described at sla.Reader.
func (s *Store) Clocks(ctx context.Context, id ticket.ID) (*sla.Row, string, error) {
	return s.snapshot().Clocks(ctx, id)
}

// ClocksOf is described at sla.Reader.
func (s *Store) ClocksOf(ctx context.Context, sc ticket.Scope, ids []ticket.ID) ([]sla.Row, error) {
	return s.snapshot().ClocksOf(ctx, sc, ids)
}

// OpenClocks is described at sla.Reader.
func (s *Store) OpenClocks(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	return s.snapshot().OpenClocks(ctx, after, limit)
}

// Tally is described at sla.Reader.
func (s *Store) Tally(ctx context.Context, sc ticket.Scope, from, to time.Time) ([]sla.Count, error) {
	return s.snapshot().Tally(ctx, sc, from, to)
}

// Definitions is described at sla.Reader.
func (r reader) Definitions(ctx context.Context) ([]sla.Definition, error) {
	return slices.Clone(r.d.defs), ctx.Err()
}

// Clocks is described at sla.Reader.
func (r reader) Clocks(ctx context.Context, id ticket.ID) (*sla.Row, string, error) {
	stamp := ""
	if n := len(r.d.defs); n > 0 {
		stamp = r.d.defs[n-1].Stamp
	}
	row, ok := r.d.rows[id]
	if !ok {
		return nil, stamp, ctx.Err()
	}
	return &row, stamp, ctx.Err()
}

// ClocksOf is described at sla.Reader.
func (r reader) ClocksOf(ctx context.Context, sc ticket.Scope, ids []ticket.ID) ([]sla.Row, error) {
	var out []sla.Row
	for _, id := range ids {
		row, ok := r.d.rows[id]
		if !ok {
			continue
		}
		if _, err := r.r.Ticket(ctx, sc, id); ticket.KindOf(err) == ticket.NotFound {
			continue
		} else if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, ctx.Err()
}

// OpenClocks is described at sla.Reader.
func (r reader) OpenClocks(ctx context.Context, after ticket.ID, limit int) ([]ticket.ID, error) {
	var out []ticket.ID
	for _, id := range slices.Sorted(maps.Keys(r.d.rows)) {
		if id > after && r.d.rows[id].Open && len(out) < limit {
			out = append(out, id)
		}
	}
	return out, ctx.Err()
}

// Tally is described at sla.Reader.
func (r reader) Tally(ctx context.Context, sc ticket.Scope, from, to time.Time) ([]sla.Count, error) {
	counts := map[sla.Count]int64{}
	for _, o := range r.d.outcomes {
		if o.At.Before(from) || !o.At.Before(to) {
			continue
		}
		t, err := r.r.Ticket(ctx, sc, o.TicketID)
		if ticket.KindOf(err) == ticket.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if t.Category == ticket.Merged || t.Category == ticket.Spam {
			continue
		}
		counts[sla.Count{Clock: o.Clock, PolicyID: o.PolicyID, PolicyVersion: o.PolicyVersion, Cause: o.Cause, Met: o.Met}]++
	}
	var out []sla.Count
	for c, n := range counts {
		c.N = n
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b sla.Count) int {
		met := map[bool]int{true: 1}
		if c := strings.Compare(string(a.Clock), string(b.Clock)); c != 0 {
			return c
		}
		if c := strings.Compare(string(a.PolicyID), string(b.PolicyID)); c != 0 {
			return c
		}
		if a.PolicyVersion != b.PolicyVersion {
			return int(a.PolicyVersion - b.PolicyVersion)
		}
		if c := strings.Compare(a.Cause, b.Cause); c != 0 {
			return c
		}
		return met[a.Met] - met[b.Met]
	})
	return out, ctx.Err()
}

// PutDefinition is described at sla.Tx.
func (t *tx) PutDefinition(ctx context.Context, d *sla.Definition) error {
	if slices.ContainsFunc(t.d.defs, func(o sla.Definition) bool {
		return o.Kind == d.Kind && o.ID == d.ID && o.Version == d.Version || o.Stamp == d.Stamp
	}) {
		return &ticket.Error{Kind: ticket.Conflict, Field: "version", Msg: "was changed by somebody else meanwhile"}
	}
	d.Rev = int64(len(t.d.defs) + 1)
	kept := *d
	kept.Body = bytes.Clone(d.Body)
	t.d.defs = append(t.d.defs, kept)
	return ctx.Err()
}

// SaveClocks is described at sla.Tx.
func (t *tx) SaveClocks(ctx context.Context, row *sla.Row, outcomes []sla.Outcome) error {
	kept := *row
	kept.State = bytes.Clone(row.State)
	t.d.rows[row.TicketID] = kept
	for _, o := range outcomes {
		k := key{o.TicketID, o.Clock, o.Cycle}
		if o.At.IsZero() {
			delete(t.d.outcomes, k)
			continue
		}
		t.d.outcomes[k] = o
	}
	return ctx.Err()
}
