package rbac

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Role is a named set of permissions.
type Role struct {
	Name        string       // what grants call it; never changes
	Description string       // for people; at most 200 code points
	Permissions []Permission // sorted by Op, each Op once
	Builtin     bool         // one of those that cannot be changed; never stored
	Version     int64        // rises with every change; 0 for built-in roles
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewRole is what CreateRole needs.
type NewRole struct {
	Name        string // a lower-case letter, then letters, digits, - and _; at most 40
	Description string
	Permissions []Permission
}

// RoleChange changes what is not nil.
type RoleChange struct {
	Description *string
	Permissions *[]Permission
}

const (
	maxRoleName    = 40
	maxDescription = 200
	maxRoles       = 100
)

var roleForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// builtins are the built-in roles as roles.
func builtins() []Role {
	out := []Role{}
	for _, name := range Roles() {
		r := Role{Name: name, Builtin: true}
		for _, op := range rolePermissions[name] {
			r.Permissions = append(r.Permissions, Permission{op, InQueues})
		}
		out = append(out, r)
	}
	return out
}

// cleanPermissions sorts, and refuses what does not exist, what stands there twice and scopes where none belongs. Scope "" is InQueues.
func cleanPermissions(list []Permission) ([]Permission, error) {
	if len(list) == 0 {
		return nil, ticket.InvalidField("permissions", "must name at least one permission")
	}
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Permission) int { return strings.Compare(string(a.Op), string(b.Op)) })
	for i := range out {
		p := &out[i]
		p.Scope = cmp.Or(p.Scope, InQueues)
		switch {
		case !holds(rolePermissions[RoleAdmin], p.Op):
			return nil, ticket.InvalidField("permissions", "there is no permission %q", cutLine(string(p.Op), 60))
		case i > 0 && out[i-1].Op == p.Op:
			return nil, ticket.InvalidField("permissions", "%s is given twice", string(p.Op))
		case p.Scope != Own && p.Scope != InQueues && p.Scope != Whole:
			return nil, ticket.InvalidField("permissions", "the scope must be own, queue or all")
		case p.Scope != InQueues && !Readable(p.Op):
			return nil, ticket.InvalidField("permissions", "%s has no scope of its own", string(p.Op))
		}
	}
	return out, nil
}

// coversRole reports whether somebody may make a role of these permissions: they have each of them as far as the role could give it.
func coversRole(have rights, list []Permission) bool {
	return have.covers(sumOf([]Grant{{Role: "\x00"}}, map[string][]Permission{"\x00": list}))
}

func errBuiltin() error {
	return ticket.Errorf(ticket.Conflict, "the built-in roles cannot be changed")
}

// Roles lists the built-in roles, the strongest first, and then the others by name. It needs user:read or role:manage.
func (a *Accounts) Roles(ctx context.Context, by ticket.Actor) ([]Role, error) {
	have, err := currentRights(ctx, a.cfg.Store, by)
	if err != nil {
		return nil, err
	}
	if !have.grant(ticket.OpUserRead).All && !have.grant(ticket.OpRoleManage).All {
		return nil, errMissing(ticket.OpUserRead)
	}
	list, err := a.cfg.Store.Roles(ctx)
	if err != nil {
		return nil, err
	}
	return append(builtins(), list...), nil
}

// CreateRole makes a role that nobody has yet. It needs role:manage and each of the permissions, as far as the role could give it. A
// name that is taken is Conflict with the field "name".
func (a *Accounts) CreateRole(ctx context.Context, by ticket.Actor, n NewRole) (Role, error) {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpRoleManage); err != nil {
		return Role{}, err
	}
	if !roleForm.MatchString(n.Name) {
		return Role{}, ticket.InvalidField("name", "must be a lower-case letter, then letters, digits, - and _, at most %d in all", maxRoleName)
	}
	if rolePermissions[n.Name] != nil {
		return Role{}, &ticket.Error{Kind: ticket.Conflict, Field: "name", Msg: "the name is taken"}
	}
	description, err := cleanLine("description", n.Description, maxDescription)
	if err != nil {
		return Role{}, err
	}
	permissions, err := cleanPermissions(n.Permissions)
	if err != nil {
		return Role{}, err
	}
	now := a.now()
	r := Role{Name: n.Name, Description: description, Permissions: permissions, Version: 1, CreatedAt: now, UpdatedAt: now}
	err = a.update(ctx, func(tx Tx) error {
		have, err := demand(ctx, tx, by, ticket.OpRoleManage)
		if err != nil {
			return err
		}
		if !coversRole(have, permissions) {
			return errExceeds()
		}
		list, err := tx.Roles(ctx)
		if err != nil {
			return err
		}
		if len(list) >= maxRoles {
			return ticket.Errorf(ticket.Conflict, "there are %d roles already; delete one first", len(list))
		}
		if err := tx.InsertRole(ctx, &r); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, EventRoleCreated, data{"role": r.Name, "permissions": facts(r.Permissions)}, data{"description": r.Description})
	})
	if err != nil {
		return Role{}, err
	}
	return r, nil
}

// UpdateRole changes a role; who has it may do with their very next request what it gives then. It needs role:manage, every permission
// that the role has and every one that it gets, as far as the role could give it: nobody takes from the stronger, and nobody gives
// themselves more. version 0 is any, another that is not the stored one is Stale. A built-in role is Conflict.
func (a *Accounts) UpdateRole(ctx context.Context, by ticket.Actor, name string, version int64, c RoleChange) (Role, error) {
	now := a.now()
	var out Role
	err := a.changeRole(ctx, by, name, version, func(tx Tx, was *Role, have rights) error {
		next, changed, err := c.apply(*was)
		if err != nil {
			return err
		}
		out = next
		if len(changed) == 0 {
			return nil
		}
		if !coversRole(have, next.Permissions) {
			return errExceeds()
		}
		next.Version, next.UpdatedAt = was.Version+1, now
		if err := tx.UpdateRole(ctx, &next, was.Version); err != nil {
			return err
		}
		out = next
		n, err := tx.CountGrants(ctx, name)
		if err != nil {
			return err
		}
		public := data{"role": name, "changed": changed, "accounts": n}
		if slices.Contains(changed, "permissions") {
			public["permissions"] = facts(next.Permissions)
		}
		return a.record(ctx, tx, by, now, EventRoleUpdated, public, data{"description": next.Description})
	})
	if err != nil {
		return Role{}, err
	}
	return out, nil
}

// DeleteRole removes a role. It needs role:manage and every permission that the role has. One that somebody has is Conflict, and so is a
// built-in one.
func (a *Accounts) DeleteRole(ctx context.Context, by ticket.Actor, name string, version int64) error {
	now := a.now()
	return a.changeRole(ctx, by, name, version, func(tx Tx, _ *Role, _ rights) error {
		n, err := tx.CountGrants(ctx, name)
		if err != nil {
			return err
		}
		if n > 0 {
			return ticket.Errorf(ticket.Conflict, "the role is in use: %d accounts have it", n)
		}
		if err := tx.DeleteRole(ctx, name); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, EventRoleDeleted, data{"role": name}, data{})
	})
}

// changeRole runs fn on a role that the actor may change.
func (a *Accounts) changeRole(ctx context.Context, by ticket.Actor, name string, version int64, fn func(tx Tx, was *Role, have rights) error) error {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpRoleManage); err != nil {
		return err
	}
	if rolePermissions[name] != nil {
		return errBuiltin()
	}
	if !roleForm.MatchString(name) {
		return ticket.Errorf(ticket.NotFound, "there is no such role")
	}
	return a.update(ctx, func(tx Tx) error {
		have, err := demand(ctx, tx, by, ticket.OpRoleManage)
		if err != nil {
			return err
		}
		was, err := tx.Role(ctx, name)
		if err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			return ticket.Errorf(ticket.Stale, "the role has changed since")
		}
		if !coversRole(have, was.Permissions) {
			return errExceeds()
		}
		return fn(tx, was, have)
	})
}

// apply works out the role after a change, and what has changed.
func (c RoleChange) apply(r Role) (Role, []string, error) {
	var changed []string
	if c.Description != nil {
		d, err := cleanLine("description", *c.Description, maxDescription)
		if err != nil {
			return r, nil, err
		}
		if d != r.Description {
			r.Description, changed = d, append(changed, "description")
		}
	}
	if c.Permissions != nil {
		list, err := cleanPermissions(*c.Permissions)
		if err != nil {
			return r, nil, err
		}
		if !slices.Equal(list, r.Permissions) {
			r.Permissions, changed = list, append(changed, "permissions")
		}
	}
	return r, changed, nil
}

// facts writes permissions into an event: name, or name and scope.
func facts(list []Permission) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		s := string(p.Op)
		if p.Scope != InQueues {
			s += "/" + string(p.Scope)
		}
		out = append(out, s)
	}
	return out
}
