package ticket

import (
	"cmp"
	"context"
	"slices"
)

// Relation is what the other end of a link is to the ticket from which one looks.
type Relation string

// The relations.
const (
	Related      Relation = "related"
	Parent       Relation = "parent" // the other ticket is the parent of this one; a ticket has at most one
	Child        Relation = "child"
	DuplicateOf  Relation = "duplicate_of"  // this ticket is a duplicate of the other
	DuplicatedBy Relation = "duplicated_by" // the other ticket is a duplicate of this one
	Blocks       Relation = "blocks"        // the other ticket waits for this one
	BlockedBy    Relation = "blocked_by"    // this ticket waits for the other
)

// relations tells of each relation its kind, whether the link begins at the ticket from which one looks, and what is to be seen from
// the other end.
var relations = map[Relation]struct {
	kind     LinkKind
	outgoing bool
	inverse  Relation
}{
	Related: {LinkRelated, true, Related}, Parent: {LinkParent, false, Child}, Child: {LinkParent, true, Parent},
	DuplicateOf: {LinkDuplicate, true, DuplicatedBy}, DuplicatedBy: {LinkDuplicate, false, DuplicateOf},
	Blocks: {LinkBlocks, true, BlockedBy}, BlockedBy: {LinkBlocks, false, Blocks},
}

// Relations lists the relations.
func Relations() []Relation {
	return []Relation{Related, Parent, Child, DuplicateOf, DuplicatedBy, Blocks, BlockedBy}
}

// Inverse is the same link from the other end.
func (r Relation) Inverse() Relation { return relations[r].inverse }

// link is the link that the relation of t to other means.
func (r Relation) link(t, other ID) Link {
	d := relations[r]
	if d.outgoing {
		return Link{From: t, To: other, Kind: d.kind}
	}
	return Link{From: other, To: t, Kind: d.kind}
}

// Relation is what the other end is to the ticket whose links were read.
func (l *Linked) Relation() Relation {
	for _, r := range Relations() {
		if d := relations[r]; d.kind == l.Kind && (d.kind == LinkRelated || d.outgoing == (l.To == l.Other.ID)) {
			return r
		}
	}
	return Related
}

// SortLinks brings links into the order of Reader.Links: as they were made, then by the number of the other end and by kind.
func SortLinks(ls []Linked) {
	slices.SortFunc(ls, func(a, b Linked) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Other.Number, b.Other.Number), cmp.Compare(a.Kind, b.Kind))
	})
}

const (
	maxLinks     = 100 // of one ticket
	guardParents = "links:parent"
)

// Links gives the links of a ticket whose other end the actor may read, in order of their making.
func (s *Service) Links(ctx context.Context, a Actor, id ID) ([]Linked, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	if _, err := s.cfg.Store.Ticket(ctx, scope, id); err != nil {
		return nil, err
	}
	return s.cfg.Store.Links(ctx, scope, id)
}

// Link connects two tickets: rel is what other is to the ticket. The actor needs ticket:link on both; what is out of scope is NotFound.
// Two tickets have at most one link of a kind, whatever its direction, a ticket has at most one parent, and parents have no circles:
// each is a Conflict. What comes back is the ticket.
func (s *Service) Link(ctx context.Context, a Actor, id ID, v Version, other ID, rel Relation) (*Ticket, error) {
	return s.relate(ctx, a, id, v, other, rel, func(ctx context.Context, one, two *change) error {
		link := rel.link(id, other)
		link.CreatedAt = one.now
		if link.Kind == LinkParent {
			if err := one.tx.Guard(ctx, guardParents); err != nil {
				return err
			}
			if err := checkParent(ctx, one.tx, link); err != nil {
				return err
			}
		}
		for _, c := range []*change{one, two} {
			ls, err := c.tx.Links(ctx, Scope{all: true}, c.t.ID)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(ls, func(l Linked) bool { return l.Kind == link.Kind && (l.Other.ID == id || l.Other.ID == other) }) {
				return Errorf(Conflict, "the tickets have such a link already")
			}
			if len(ls) >= maxLinks {
				return Errorf(Conflict, "ticket #%d has %d links, which is the most", c.t.Number, maxLinks)
			}
		}
		one.event(EventLinked, data{"ticket_id": other, "number": two.t.Number, "relation": rel}, nil)
		two.event(EventLinked, data{"ticket_id": id, "number": one.t.Number, "relation": rel.Inverse()}, nil)
		return one.tx.AddLink(ctx, link)
	})
}

// Unlink takes a link away. The actor needs ticket:link on both tickets.
func (s *Service) Unlink(ctx context.Context, a Actor, id ID, v Version, other ID, rel Relation) (*Ticket, error) {
	return s.relate(ctx, a, id, v, other, rel, func(ctx context.Context, one, two *change) error {
		one.event(EventUnlinked, data{"ticket_id": other, "number": two.t.Number, "relation": rel}, nil)
		two.event(EventUnlinked, data{"ticket_id": id, "number": one.t.Number, "relation": rel.Inverse()}, nil)
		return one.tx.RemoveLink(ctx, rel.link(id, other))
	})
}

// relate runs a change of two tickets at once.
func (s *Service) relate(ctx context.Context, a Actor, id ID, v Version, other ID, rel Relation, fn func(ctx context.Context, one, two *change) error) (*Ticket, error) {
	if !slices.Contains(Relations(), rel) {
		return nil, InvalidField("relation", "unknown relation %q", string(rel))
	}
	if id == other {
		return nil, InvalidField("ticket", "must be another ticket")
	}
	var one, two *change
	err := s.again(v == 0, func() error {
		return s.cfg.Store.Update(ctx, func(tx Tx) error {
			scope, err := s.scope(ctx, tx, a, OpTicketLink)
			if err != nil {
				return err
			}
			if one, err = s.load(ctx, tx, scope, a, id, v); err != nil {
				return err
			}
			if two, err = s.load(ctx, tx, scope, a, other, 0); err != nil {
				return notThere("ticket", err)
			}
			for _, c := range []*change{one, two} {
				if err := c.alive(); err != nil {
					return err
				}
			}
			if err := fn(ctx, one, two); err != nil {
				return err
			}
			if err := saveAll(ctx, one, two); err != nil {
				return err
			}
			return tellAll(ctx, one, two)
		})
	})
	if err != nil {
		return nil, err
	}
	s.committed(one)
	s.committed(two)
	return one.t, nil
}

// checkParent refuses a second parent, and a parent that descends from its child. It runs under guardParents.
func checkParent(ctx context.Context, r Reader, link Link) error {
	parentOf := func(id ID) (ID, error) {
		ls, err := r.Links(ctx, Scope{all: true}, id)
		for _, l := range ls {
			if l.Relation() == Parent {
				return l.Other.ID, nil
			}
		}
		return "", err
	}
	have, err := parentOf(link.To)
	if err != nil {
		return err
	}
	if have != "" {
		return Errorf(Conflict, "the ticket has a parent already")
	}
	for up := link.From; up != ""; {
		if up, err = parentOf(up); err != nil {
			return err
		}
		if up == link.To {
			return Errorf(Conflict, "the ticket would be its own ancestor")
		}
	}
	return nil
}
