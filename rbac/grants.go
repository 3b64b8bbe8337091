package rbac

import (
	"cmp"
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// Grant gives a role to an account, for one queue or for the whole desk. Grants add up.
type Grant struct {
	Role  string
	Queue ticket.QueueID // "" is the whole desk
}

// maxGrants of one account.
const maxGrants = 100

// grantsOf is the plain case: one role, for the whole desk or for some queues.
func grantsOf(role string, queues []ticket.QueueID) []Grant {
	if len(queues) == 0 {
		return []Grant{{Role: role}}
	}
	out := make([]Grant, 0, len(queues))
	for _, q := range queues {
		out = append(out, Grant{role, q})
	}
	return out
}

// cleanGrants sorts, and removes repeats and what a grant for the whole desk includes. Whether the roles exist is not its concern.
func cleanGrants(grants []Grant) ([]Grant, error) {
	switch {
	case len(grants) == 0:
		return nil, ticket.InvalidField("grants", "must name at least one role")
	case len(grants) > maxGrants:
		return nil, ticket.InvalidField("grants", "must be at most %d", maxGrants)
	}
	list := slices.Clone(grants)
	slices.SortFunc(list, func(a, b Grant) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Queue, b.Queue)) })
	out := list[:0]
	for _, g := range list {
		if len(g.Queue) > 64 {
			return nil, ticket.InvalidField("queues", "must be ids of queues")
		}
		if n := len(out); n > 0 && out[n-1].Role == g.Role && (out[n-1].Queue == "" || out[n-1].Queue == g.Queue) {
			continue
		}
		// An admin always reaches the whole desk: were one limited, it would count as the admin that remains and still could not
		// manage users.
		if g.Role == RoleAdmin && g.Queue != "" {
			return nil, ticket.InvalidField("queues", "an admin cannot be limited to queues")
		}
		out = append(out, g)
	}
	return out, nil
}

// mainRole is the one role that stands for all grants where there is room for one only: of those for the whole desk if there are any,
// the strongest built-in one, or else the first by name.
func mainRole(grants []Grant) string {
	best := Grant{}
	rank := func(g Grant) int {
		n := slices.Index(Roles(), g.Role)
		if n < 0 {
			n = len(Roles())
		}
		if g.Queue != "" {
			n += 100
		}
		return n
	}
	for i, g := range grants {
		if i == 0 || cmp.Or(cmp.Compare(rank(g), rank(best)), cmp.Compare(g.Role, best.Role)) < 0 {
			best = g
		}
	}
	return best.Role
}

// queuesOf lists the queues that the grants are limited to, sorted; none when any of them is for the whole desk.
func queuesOf(grants []Grant) []ticket.QueueID {
	out := []ticket.QueueID{}
	for _, g := range grants {
		if g.Queue == "" {
			return nil
		}
		out = append(out, g.Queue)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rights is how far each permission of an account reaches at this moment. It is never changed after it was built.
type rights struct {
	reach map[ticket.Op]ticket.Grant // no empty ones
}

// allRights is what system actors and admins have.
func allRights() rights { return sumOf([]Grant{{Role: RoleAdmin}}, nil) }

// sumOf adds grants up. custom knows the permissions of roles that are not built in; what it does not know grants nothing.
func sumOf(grants []Grant, custom map[string][]Permission) rights {
	r := rights{reach: map[ticket.Op]ticket.Grant{}}
	for _, g := range grants {
		for _, op := range rolePermissions[g.Role] {
			r.add(Permission{op, InQueues}, g.Queue)
		}
		for _, p := range custom[g.Role] {
			r.add(p, g.Queue)
		}
	}
	for op, g := range r.reach {
		slices.Sort(g.Queues)
		g.Queues = slices.Compact(g.Queues)
		r.reach[op] = g
	}
	return r
}

func (r rights) add(p Permission, queue ticket.QueueID) {
	g := r.reach[p.Op]
	kind := reachOf(p.Op)
	switch {
	case kind == ticketReach && p.Scope == Own:
		g.Own = true
	case queue == "" || kind == ticketReach && p.Scope == Whole:
		g.All = true
	case kind == ticketReach:
		g.Queues, g.Own = append(g.Queues, queue), true
	case kind == queueReach:
		g.Queues = append(g.Queues, queue)
	case kind == ownReach:
		g.Own = true
	}
	if g.All {
		g.Queues, g.Own = nil, false
	}
	if !g.Empty() {
		r.reach[p.Op] = g
	}
}

// grant turns a permission into how far it reaches.
func (r rights) grant(op ticket.Op) ticket.Grant { return r.reach[op] }

// permissions lists what the rights are good for, sorted.
func (r rights) permissions() []ticket.Op {
	list := make([]ticket.Op, 0, len(r.reach))
	for op := range r.reach {
		list = append(list, op)
	}
	slices.Sort(list)
	return list
}

// only leaves the permissions in scopes.
func (r rights) only(scopes []ticket.Op) rights {
	out := rights{reach: map[ticket.Op]ticket.Grant{}}
	for _, op := range scopes {
		if g, ok := r.reach[op]; ok {
			out.reach[op] = g
		}
	}
	return out
}

// covers reports whether everything that want reaches is reached by r, too: what nobody lacks may be granted.
func (r rights) covers(want rights) bool {
	for op, w := range want.reach {
		if !within(w, r.reach[op]) {
			return false
		}
	}
	return true
}

// within reports whether g reaches no further than limit.
func within(g, limit ticket.Grant) bool {
	if limit.All {
		return true
	}
	if g.All || g.Own && !limit.Own {
		return false
	}
	for _, q := range g.Queues {
		if !slices.Contains(limit.Queues, q) {
			return false
		}
	}
	return true
}

// rightsOf reads the roles of some grants and adds them up. A role that is gone grants nothing.
func rightsOf(ctx context.Context, r Reader, grants []Grant) (rights, error) {
	custom := map[string][]Permission{}
	for _, g := range grants {
		if _, known := custom[g.Role]; known || rolePermissions[g.Role] != nil {
			continue
		}
		role, err := r.Role(ctx, g.Role)
		switch {
		case ticket.KindOf(err) == ticket.NotFound:
			custom[g.Role] = nil
		case err != nil:
			return rights{}, err
		default:
			custom[g.Role] = role.Permissions
		}
	}
	return sumOf(grants, custom), nil
}

// power is what an account was granted, and what that amounts to, whatever state the account is in.
type power struct {
	grants []Grant
	rights rights
}

// powerOf reads the power of an account.
func powerOf(ctx context.Context, r Reader, id ticket.AccountID) (power, error) {
	grants, err := r.AccountGrants(ctx, id)
	if err != nil {
		return power{}, err
	}
	sum, err := rightsOf(ctx, r, grants)
	return power{grants, sum}, err
}

// now is what an account may do: nobody inactive or in need of a new password may do anything.
func (p power) now(acc *Account, scopes []ticket.Op, scoped bool) rights {
	switch {
	case !acc.Active || acc.MustChange:
		return rights{}
	case scoped:
		return p.rights.only(scopes)
	}
	return p.rights
}

// checkGrants refuses roles and queues that do not exist. It reads queues where the transaction can, as one that is a ticket.Reader
// too.
func checkGrants(ctx context.Context, tx Tx, field string, grants []Grant) error {
	queues, _ := tx.(interface {
		Queue(ctx context.Context, id ticket.QueueID) (*ticket.Queue, error)
	})
	for _, g := range grants {
		if rolePermissions[g.Role] == nil {
			if _, err := tx.Role(ctx, g.Role); ticket.KindOf(err) == ticket.NotFound {
				return ticket.InvalidField(field, "there is no role %q", cutLine(g.Role, maxRoleName))
			} else if err != nil {
				return err
			}
		}
		if queues == nil || g.Queue == "" {
			continue
		}
		if _, err := queues.Queue(ctx, g.Queue); ticket.KindOf(err) == ticket.NotFound {
			return ticket.InvalidField("queues", "there is no queue %q", cutLine(string(g.Queue), 64))
		} else if err != nil {
			return err
		}
	}
	return nil
}
