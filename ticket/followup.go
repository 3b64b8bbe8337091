package ticket

import "context"

// ChangeHook looks at a whole change of a ticket inside its transaction: once for each change, before the ticket and its events are
// written and before the Hooks. It is for packages that keep something of their own for each ticket, such as package sla, and that
// draw consequences which belong to the same commit. It may write through tx and act through c, may run again after a conflict, must not
// touch anything else, and an error vetoes the change as that of a Hook does. Deletions are not told: they take everything of the
// ticket with them.
type ChangeHook func(ctx context.Context, tx Tx, c *Change) error

// Change is a running change as a ChangeHook sees it. It is dead once the hook has returned.
type Change struct {
	c     *change
	actor Actor
}

// Ticket is the ticket as it will be written. The hook must not change it.
func (h *Change) Ticket() *Ticket { return h.c.t }

// New reports whether the ticket is made by this change.
func (h *Change) New() bool { return h.c.was == 0 }

// Events are what happened so far, in order, with their places in the chain. The hook must not change them.
func (h *Change) Events() []*Event { return h.c.events }

// By names the part of the program on whose behalf the methods below act from now on; without it that is the actor of the change.
func (h *Change) By(name string) { h.actor = SystemActor(name) }

// Record adds an event. facts holds ids, enumerations and numbers only.
func (h *Change) Record(typ EventType, facts map[string]any) {
	_ = h.do(func() error { h.c.event(typ, facts, nil); return nil })
}

// Raise raises the priority by one step; an urgent ticket stays as it is.
func (h *Change) Raise() {
	_ = h.do(func() error { h.c.setPriority(h.c.t.Priority.Raised()); return nil })
}

// Assign gives the ticket to an account, as Service.Assign does. Invalid: it may not have it, and nothing was changed.
func (h *Change) Assign(ctx context.Context, to AccountID) error {
	return h.do(func() error { return h.c.s.assign(ctx, h.c, to) })
}

// Move puts the ticket into a queue, by id or name. Invalid: there is no such queue, and nothing was changed.
func (h *Change) Move(ctx context.Context, to QueueID) error {
	return h.do(func() error { return h.c.s.move(ctx, h.c, to) })
}

// do runs fn as the hook's actor and seals what it has added.
func (h *Change) do(fn func() error) error {
	was := h.c.actor
	h.c.actor = h.actor
	defer func() { h.c.actor = was }()
	if err := fn(); err != nil {
		return err
	}
	h.c.seal()
	return nil
}

// seal gives the events that have none their places in the chain.
func (c *change) seal() {
	for _, e := range c.events[c.sealed:] {
		c.t.Head = c.s.chain.Seal(c.t.Head, e)
	}
	c.sealed = len(c.events)
}

// changeHooks tells the change to every ChangeHook.
func (c *change) changeHooks(ctx context.Context) error {
	c.seal()
	for _, hook := range c.s.cfg.ChangeHooks {
		before := *c.t
		if err := hook(ctx, c.tx, &Change{c: c, actor: c.actor}); err != nil {
			c.vetoed = true
			return refusal(ctx, string(c.events[0].Type), err)
		}
		// What a hook did to the ticket is news to who reads it; what it merely recorded is not.
		if before.Priority != c.t.Priority || before.Queue.ID != c.t.Queue.ID || before.Assignee != c.t.Assignee {
			c.quiet = false
		}
	}
	return nil
}

// Past gives the ticket's history before this change, in order, read whole. It is for who has kept nothing of the ticket so far.
func (h *Change) Past(ctx context.Context) ([]Event, error) {
	q := EventQuery{Ticket: h.c.t.ID, Limit: h.c.s.cfg.Limits.HistoryPerQuery}
	var all []Event
	for h.c.was != 0 {
		es, err := h.c.tx.Events(ctx, Scope{all: true}, q)
		if err != nil {
			return nil, err
		}
		all = append(all, es...)
		if len(es) < q.Limit {
			break
		}
		q.After = es[len(es)-1].N
	}
	return all, nil
}

// RecomputeSLA notes in a ticket's history that the policies in force now apply to its open clocks, so that they are chosen anew. It
// changes nothing else. Only a system actor may call it: who may ask for it is decided where it is asked for, for the whole desk.
func (s *Service) RecomputeSLA(ctx context.Context, a Actor, id ID) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only the worker recomputes")
	}
	_, err := s.update(ctx, a, OpSLAManage, id, 0, func(_ context.Context, c *change) error {
		c.quiet = true
		c.event(EventSLARecomputed, nil, nil)
		return nil
	})
	return err
}

// Workers lists the active people who may claim the ticket: whom an alarm about it concerns. Only a system actor may ask.
func (s *Service) Workers(ctx context.Context, a Actor, id ID) ([]Account, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the worker may ask")
	}
	if s.cfg.Directory == nil {
		return nil, nil
	}
	t, err := s.cfg.Store.Ticket(ctx, Scope{all: true}, id)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Directory.Accounts(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	var out []Account
	for _, acc := range all {
		g, err := s.cfg.Policy.Grant(ctx, s.cfg.Store, AccountActor(acc.ID, acc.Name), OpTicketClaim)
		if err != nil {
			return nil, err
		}
		if scope := newScope(AccountActor(acc.ID, acc.Name), g); scope.all || scope.Sees(&Ticket{Queue: t.Queue}) {
			out = append(out, acc)
		}
	}
	return out, nil
}
