package ticket

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Verified is what VerifyAll has seen.
type Verified struct {
	Events int64 // that are as they were recorded
	// Lost are events that were sealed with a key that is lost (AdoptKey), the last of them before LostAt: nothing tells whether they are as they were
	// recorded. LostAt is zero when no key was lost.
	Lost   int64
	LostAt time.Time
}

// VerifyAll checks the whole history: the desk's own chain, that of each ticket, and what is left of deleted tickets. It finds what was changed,
// removed, inserted or reordered, and a chain that was cut, even together with its head, if it had been pinned by a checkpoint. The error
// names the first event at fault. It may run beside normal work: what is appended meanwhile is not
// all looked at. It keeps about a hundred bytes for each ticket of the desk. The actor needs audit:export everywhere.
func (s *Service) VerifyAll(ctx context.Context, a Actor) (Verified, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpAuditExport)
	if err != nil {
		return Verified{}, err
	}
	if !scope.All() {
		return Verified{}, &Error{Kind: Denied, Op: string(OpAuditExport), Msg: "the permission audit:export must reach the whole desk"}
	}
	v := &verification{s: s, scope: scope, marks: map[ID]*mark{}, gone: map[ID]pinnedHead{}}
	if v.epochs, err = s.epochs(ctx, s.cfg.Store); err != nil {
		return Verified{}, err
	}
	if err := v.findLoss(ctx); err != nil {
		return Verified{}, err
	}
	lost, err := v.lost(ctx) // before the desk's chain, which explains them
	if err != nil {
		return v.seen, err
	}
	for _, step := range []func(context.Context) error{v.desk, v.tickets, v.deleted, func(ctx context.Context) error { return v.rest(ctx, lost) }} {
		if err := step(ctx); err != nil {
			return v.seen, err
		}
	}
	return v.seen, nil
}

// verification is one run of VerifyAll.
type verification struct {
	s        *Service
	scope    Scope
	epochs   epochs
	rotation int // how many rotations the walk along the desk's chain has passed
	seen     Verified
	loss     rotation // the one that noted that a key was lost
	lossN    int64    // its place in the desk's chain, 0 when no key was lost
	pinned   int64    // up to where checkpoints have pinned the whole history since
	marks    map[ID]*mark
	gone     map[ID]pinnedHead
}

// findLoss looks whether a key was lost. What says so is sealed with the oldest key that is known, as the walk along the desk's chain will see.
func (v *verification) findLoss(ctx context.Context) error {
	var es []Event
	q := EventQuery{Desk: true, Types: []EventType{EventKeysRotated}, Limit: v.s.cfg.Limits.HistoryPerQuery}
	for {
		page, err := v.s.cfg.Store.Events(ctx, v.scope, q)
		if err != nil {
			return err
		}
		es = append(es, page...)
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].N
	}
	n := len(es) - v.epochs.rotated // those that nobody knows the keys of
	if n <= 0 {
		return nil
	}
	e := es[n-1]
	var r rotation
	if err := json.Unmarshal(e.Data, &r); err != nil || r.To != v.epochs.chains[0].id() {
		return nil // no loss: the walk will find what it is
	}
	v.loss, v.lossN, v.seen.LostAt = r, e.N, e.At
	return nil
}

// mark is what the desk's chain says about a ticket's.
type mark struct {
	count  int64
	mac    [16]byte // of the event at that place; half of it is more than anybody can forge
	bounds []int64  // up to where the chain was pinned at each rotation
	lost   int64    // up to where its events may be sealed with a lost key
}

// walk checks one chain as far as there are events, in pages. keys gives the keys that the event at a place may be sealed with, if it is not one of the
// first lost, which need not be; each looks at every event that is good. What it returns is the head of what was seen, which may have grown beyond any
// head read before.
func (v *verification) walk(ctx context.Context, q EventQuery, lost int64, keys func(n int64) []Chain, each func(before Head, e *Event) error) (head Head, err error) {
	q.Limit = v.s.cfg.Limits.HistoryPerQuery
	for {
		es, err := v.s.cfg.Store.Events(ctx, v.scope, q)
		if err != nil {
			return head, err
		}
		for i := range es {
			e := &es[i]
			switch err := fault(keys(e.N), head, e); {
			case err == nil:
				v.seen.Events++
			case e.N <= lost && e.N == head.Count+1:
				v.seen.Lost++
			default:
				return head, err
			}
			if err := each(head, e); err != nil {
				return head, err
			}
			head = Head{Count: e.N, MAC: e.MAC}
		}
		if len(es) < q.Limit {
			return head, nil
		}
		q.After = head.Count
	}
}

// fault says what is wrong with an event behind a head, if none of the keys has sealed it so.
func fault(keys []Chain, head Head, e *Event) error {
	var first error
	for _, c := range keys {
		err := c.fault(head, e)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// keysOf are the keys that an event may be sealed with which has as many rotations before it: the one of that time, and before the next
// rotation was noted already the one that came after it.
func (v *verification) keysOf(rotations int) []Chain {
	return v.epochs.chains[rotations:min(rotations+2, len(v.epochs.chains))]
}

// desk checks the desk's own chain and collects what it says about tickets.
func (v *verification) desk(ctx context.Context) error {
	before, err := v.s.cfg.Store.DeskHead(ctx)
	if err != nil {
		return err
	}
	good := before.Count == 0
	head, err := v.walk(ctx, EventQuery{Desk: true}, max(0, v.lossN-1), func(int64) []Chain { return v.keysOf(v.rotation) }, func(prev Head, e *Event) error {
		good = good || e.N == before.Count && bytes.Equal(e.MAC, before.MAC)
		return v.note(prev, e)
	})
	if err != nil {
		return fmt.Errorf("the desk's own history: %w", err)
	}
	after, err := v.s.cfg.Store.DeskHead(ctx)
	if err != nil {
		return err
	}
	return ends("the desk's own history", head, before, after, good)
}

// ends compares where a chain ended with what its head said before and says after it was read.
func ends(what string, seen, before, after Head, good bool) error {
	switch {
	case seen.Count < before.Count:
		return fmt.Errorf("%s: it ends at %d, its head says %d", what, seen.Count, before.Count)
	case !good:
		return fmt.Errorf("%s: its head at %d belongs to another event", what, before.Count)
	case seen.Count > after.Count:
		return fmt.Errorf("%s: it goes on to %d, its head says %d", what, seen.Count, after.Count)
	}
	return nil
}

// note takes from an event of the desk's chain what it says about tickets and keys.
func (v *verification) note(prev Head, e *Event) error {
	unreadable := func(err error) error { return fmt.Errorf("event %s at position %d: %w", e.ID, e.N, err) }
	switch e.Type {
	case EventDeleted:
		var p pinnedHead
		if err := json.Unmarshal(e.Data, &p); err != nil {
			return unreadable(err)
		}
		v.gone[p.TicketID] = p
		if v.marks[p.TicketID] == nil && v.pinned < v.loss.Seq { // before the loss, or behind it before a checkpoint came to this ticket
			m := &mark{count: p.Count, bounds: make([]int64, v.rotation), lost: p.Count}
			copy(m.mac[:], p.Head)
			v.marks[p.TicketID] = m
		}
	case EventCheckpoint:
		if e.N < v.lossN {
			return nil
		}
		var c checkpoint
		if err := json.Unmarshal(e.Data, &c); err != nil {
			return unreadable(err)
		}
		for _, p := range c.Heads {
			m := v.marks[p.TicketID]
			if m == nil {
				m = &mark{bounds: make([]int64, v.rotation)}
				if v.pinned < v.loss.Seq {
					m.lost = p.Count
				}
				v.marks[p.TicketID] = m
			}
			if p.Count < m.count {
				return unreadable(fmt.Errorf("ticket %s had %d events at this checkpoint and %d before it: its history was cut in between", p.TicketID, p.Count, m.count))
			}
			m.count = p.Count
			copy(m.mac[:], p.Head)
		}
		v.pinned = c.Seq
	case EventKeysRotated:
		if e.N <= v.lossN {
			return nil
		}
		var r rotation
		if err := json.Unmarshal(e.Data, &r); err != nil {
			return unreadable(err)
		}
		next := v.rotation + 1
		if next > v.epochs.rotated || v.epochs.chains[next].fault(prev, e) != nil || r.From != v.epochs.chains[next-1].id() || r.To != v.epochs.chains[next].id() {
			return unreadable(fmt.Errorf("the change of keys does not fit those before and after it"))
		}
		v.rotation = next
		for _, m := range v.marks {
			m.bounds = append(m.bounds, m.count)
		}
	}
	return nil
}

// chain checks one ticket's chain. Of one that has gone on since before was read, later gives the head as it is now, or NotFound.
func (v *verification) chain(ctx context.Context, id ID, what string, before Head, later func() (Head, error)) error {
	m := v.marks[id]
	if m == nil {
		m = &mark{bounds: make([]int64, v.rotation)}
	}
	good, pinned := before.Count == 0, m.count == 0
	keys := func(n int64) []Chain {
		i := 0
		for i < len(m.bounds) && m.bounds[i] < n {
			i++
		}
		return v.keysOf(i)
	}
	seen, err := v.walk(ctx, EventQuery{Ticket: id}, m.lost, keys, func(_ Head, e *Event) error {
		good = good || e.N == before.Count && bytes.Equal(e.MAC, before.MAC)
		pinned = pinned || e.N == m.count && bytes.Equal(e.MAC[:min(len(m.mac), len(e.MAC))], m.mac[:])
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !pinned {
		return fmt.Errorf("%s: it ends at %d or is another one than the checkpoint of %d events: it was cut or replaced", what, seen.Count, m.count)
	}
	delete(v.marks, id)
	after := before
	if seen.Count > before.Count {
		if after, err = later(); KindOf(err) == NotFound {
			return v.left(ctx, id)
		} else if err != nil {
			return err
		}
	}
	return ends(what, seen, before, after, good)
}

// left says whether a ticket that does not exist any more was deleted.
func (v *verification) left(ctx context.Context, id ID) error {
	deleted, err := v.deletedSince(ctx, id)
	if err == nil && !deleted {
		err = fmt.Errorf("ticket %s: the history knows it, but it does not exist and nobody has deleted it", id)
	}
	return err
}

// tickets checks the chain of every ticket that there is.
func (v *verification) tickets(ctx context.Context) error {
	q := Query{Sort: ByNumberAsc, Limit: MaxLimit}
	for {
		ts, err := v.s.cfg.Store.Tickets(ctx, v.scope, q)
		if err != nil {
			return err
		}
		ids := make([]ID, len(ts))
		for i := range ts {
			ids[i] = ts[i].ID
		}
		heads, err := v.s.cfg.Store.Heads(ctx, ids)
		if err != nil {
			return err
		}
		for i := range ts {
			t := &ts[i]
			head, ok := heads[t.ID]
			if !ok {
				continue // deleted meanwhile; rest will find its end
			}
			if err := v.chain(ctx, t.ID, fmt.Sprintf("ticket #%d", t.Number), head, func() (Head, error) {
				now, err := v.s.cfg.Store.Ticket(ctx, v.scope, t.ID)
				if err != nil {
					return Head{}, err
				}
				return now.Head, nil
			}); err != nil {
				return err
			}
		}
		if len(ts) < q.Limit {
			return nil
		}
		q.After = CursorOf(ByNumberAsc, &ts[len(ts)-1])
	}
}

// deleted checks what is left of deleted tickets. Nothing can be added to them any more.
func (v *verification) deleted(ctx context.Context) error {
	for id, p := range v.gone {
		head := Head{Count: p.Count, MAC: p.Head}
		if err := v.chain(ctx, id, fmt.Sprintf("deleted ticket %s", id), head, func() (Head, error) { return head, nil }); err != nil {
			return err
		}
	}
	return nil
}

// lost are the tickets that have events but no row, which only a deletion explains.
func (v *verification) lost(ctx context.Context) (ids []ID, err error) {
	for after := ID(""); ; after = ids[len(ids)-1] {
		page, err := v.s.cfg.Store.LostChains(ctx, after, MaxLimit)
		ids = append(ids, page...)
		if err != nil || len(page) < MaxLimit {
			return ids, err
		}
	}
}

// rest looks for tickets that the history knows and the desk does not.
func (v *verification) rest(ctx context.Context, lost []ID) error {
	for id := range v.marks { // pinned, and not met since
		if _, err := v.s.cfg.Store.Ticket(ctx, v.scope, id); err == nil {
			continue // made while the list was read, or moved in it
		} else if KindOf(err) != NotFound {
			return err
		}
		lost = append(lost, id)
	}
	for _, id := range lost {
		if _, ok := v.gone[id]; ok {
			continue
		}
		if err := v.left(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// deletedSince looks for the deletion of a ticket that went on while the rest was verified.
func (v *verification) deletedSince(ctx context.Context, id ID) (bool, error) {
	es, err := v.s.cfg.Store.Events(ctx, v.scope, EventQuery{Desk: true, Types: []EventType{EventDeleted}, Reverse: true, Limit: v.s.cfg.Limits.HistoryPerQuery})
	for _, e := range es {
		var p pinnedHead
		if json.Unmarshal(e.Data, &p) == nil && p.TicketID == id {
			return true, nil
		}
	}
	return false, err
}
