package rbac

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// User is an account with its grants, as user management shows it.
type User struct {
	Account                  // without its hash
	Grants  []Grant          // sorted
	Queues  []ticket.QueueID // that all of them are limited to, sorted; empty = one is for the whole desk
}

// NewUser is what CreateUser needs.
type NewUser struct {
	Username string
	Name     string // "" shows the username
	Email    string // where they are told about tickets; "" is the username if that is an address, else nowhere
	Role     string
	Password string
	Queues   []ticket.QueueID // limits the role to these queues; empty = none. An admin has none
	// Grants is for who needs more than one role; then Role and Queues are empty.
	Grants []Grant
	// PasswordHash takes over a hash from another system instead of a Password: bcrypt, or argon2id in PHC form. Only system actors
	// may give it.
	PasswordHash string
}

// UserChange changes what is not nil.
type UserChange struct {
	Name     *string
	Email    *string // "" is nowhere
	Role     *string // of every grant
	Active   *bool
	Password *string
	Queues   *[]ticket.QueueID // limits the role that stands for all grants to these queues; the others end
	Grants   *[]Grant          // replaces all; not together with Role or Queues
}

func errLastAdmin() error {
	return ticket.Errorf(ticket.Conflict, "the last active admin must stay: make somebody else an admin first")
}

func errExceeds() error {
	return ticket.Errorf(ticket.Denied, "this needs permissions that you do not have yourself")
}

// CreateUser makes an account that can sign in at once. It needs user:create and every permission of the role that it gives. A name
// that is taken is Conflict with the field "username".
func (a *Accounts) CreateUser(ctx context.Context, by ticket.Actor, n NewUser) (User, error) {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpUserCreate); err != nil {
		return User{}, err
	}
	acc, grants, err := prepareUser(by, n)
	if err != nil {
		return User{}, err
	}
	if acc.PasswordHash == "" {
		if acc.PasswordHash, err = a.hasher.hash(ctx, n.Password); err != nil {
			return User{}, err
		}
	}
	now := a.now()
	acc.ID, acc.CreatedAt = ticket.AccountID(ticket.NewID(now)), now
	err = a.update(ctx, func(tx Tx) error {
		have, err := demand(ctx, tx, by, ticket.OpUserCreate)
		if err != nil {
			return err
		}
		if err := mayGrant(ctx, tx, have, grantField(n.Grants), grants); err != nil {
			return err
		}
		return a.insert(ctx, tx, by, now, acc, grants)
	})
	if err != nil {
		return User{}, err
	}
	return userOf(acc, grants), nil
}

// grantField names the input that grants came from.
func grantField(given []Grant) string {
	if given != nil {
		return "grants"
	}
	return "role"
}

// mayGrant refuses what does not exist, and what have does not cover.
func mayGrant(ctx context.Context, tx Tx, have rights, field string, grants []Grant) error {
	if err := checkGrants(ctx, tx, field, grants); err != nil {
		return err
	}
	want, err := rightsOf(ctx, tx, grants)
	if err != nil {
		return err
	}
	if !have.covers(want) {
		return errExceeds()
	}
	return nil
}

func prepareUser(by ticket.Actor, n NewUser) (*Account, []Grant, error) {
	username, err := cleanUsername(n.Username)
	if err != nil {
		return nil, nil, err
	}
	name, err := cleanLine("name", n.Name, maxName)
	if err != nil {
		return nil, nil, err
	}
	email, err := cleanEmail(cmp.Or(n.Email, addressIn(username)))
	if err != nil {
		return nil, nil, err
	}
	queues, err := cleanQueues(n.Queues)
	if err != nil {
		return nil, nil, err
	}
	if n.Grants == nil {
		if n.Role == "" {
			return nil, nil, ticket.InvalidField("role", "is required")
		}
		n.Grants = grantsOf(n.Role, queues)
	} else if n.Role != "" || len(queues) > 0 {
		return nil, nil, errBoth()
	}
	grants, err := cleanGrants(n.Grants)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case n.PasswordHash == "":
		err = checkPassword(username, n.Password)
	case by.Kind != ticket.ActorSystem:
		err = ticket.Errorf(ticket.Denied, "a password hash cannot be given")
	case n.Password != "":
		err = ticket.InvalidField("password", "must be empty when a hash is given")
	default:
		err = checkHash(n.PasswordHash)
	}
	if err != nil {
		return nil, nil, err
	}
	return &Account{Username: username, Name: name, Email: email, PasswordHash: n.PasswordHash, Active: true, Version: 1}, grants, nil
}

func errBoth() error {
	return ticket.InvalidField("grants", "cannot be given together with role or queues")
}

// insert writes a new account with its grants, and its event. It sets the role that stands for them.
func (a *Accounts) insert(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, acc *Account, grants []Grant) error {
	acc.Role = mainRole(grants)
	if err := tx.InsertAccount(ctx, acc); err != nil {
		return err
	}
	if err := tx.SetAccountGrants(ctx, acc.ID, grants); err != nil {
		return err
	}
	public := data{"account_id": acc.ID, "role": acc.Role}
	if acc.External != "" {
		public["external"] = true
	}
	noteGrants(public, grants)
	return a.record(ctx, tx, by, now, EventUserCreated, public, data{"username": acc.Username, "name": acc.Name})
}

// noteGrants adds to the facts of an event what the role alone does not say.
func noteGrants(public data, grants []Grant) {
	if queues := queuesOf(grants); len(queues) > 0 {
		public["queue_ids"] = queues
	}
	role := mainRole(grants)
	for _, g := range grants {
		if g.Role == role {
			continue
		}
		list := make([]data, 0, len(grants))
		for _, g := range grants {
			list = append(list, data{"role": g.Role, "queue_id": g.Queue})
		}
		public["grants"] = list
		return
	}
}

// UpdateUser changes an account. It needs user:update, every permission that the account has, and every permission that it gets, so
// that nobody can take over or make somebody stronger. A change of grants, state or password ends the sessions of the account at
// once; its API tokens stay and follow the grants. The last active admin cannot be demoted or deactivated (Conflict).
func (a *Accounts) UpdateUser(ctx context.Context, by ticket.Actor, id ticket.AccountID, c UserChange) (User, error) {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpUserUpdate); err != nil {
		return User{}, err
	}
	hash := ""
	if c.Password != nil {
		target, err := a.cfg.Store.AccountByID(ctx, id)
		if err != nil {
			return User{}, err
		}
		if err := checkPassword(target.Username, *c.Password); err != nil {
			return User{}, err
		}
		if hash, err = a.hasher.hash(ctx, *c.Password); err != nil {
			return User{}, err
		}
	}
	now := a.now()
	var out User
	err := a.update(ctx, func(tx Tx) error {
		s, err := a.subject(ctx, tx, by, ticket.OpUserUpdate, id)
		if err != nil {
			return err
		}
		next, grants, changed, err := c.apply(*s.acc, s.has.grants, hash)
		if err != nil {
			return err
		}
		out = userOf(&next, grants)
		if len(changed) == 0 {
			return nil
		}
		if err := keepAdmin(ctx, tx, s.acc, &next); err != nil { // counts what the database has still
			return err
		}
		if !slices.Equal(grants, s.has.grants) {
			field := "role"
			if c.Grants != nil {
				field = "grants"
			}
			if err := mayGrant(ctx, tx, s.have, field, grants); err != nil {
				return err
			}
			if err := tx.SetAccountGrants(ctx, id, grants); err != nil {
				return err
			}
		}
		return a.saveUser(ctx, tx, by, now, s.acc, &next, grants, changed)
	})
	if err != nil {
		return User{}, err
	}
	return out, nil
}

// apply works out the account after a change, and what has changed: nothing if all of it was so already.
func (c UserChange) apply(acc Account, grants []Grant, hash string) (Account, []Grant, []string, error) {
	var changed []string
	if c.Name != nil {
		name, err := cleanLine("name", *c.Name, maxName)
		if err != nil {
			return acc, nil, nil, err
		}
		if name != acc.Name {
			acc.Name, changed = name, append(changed, "name")
		}
	}
	if c.Email != nil {
		email, err := cleanEmail(*c.Email)
		if err != nil {
			return acc, nil, nil, err
		}
		if email != acc.Email {
			acc.Email, changed = email, append(changed, "email")
		}
	}
	next, err := c.grants(acc.Role, grants)
	if err != nil {
		return acc, nil, nil, err
	}
	if !slices.Equal(next, grants) {
		switch role := mainRole(next); {
		case role != acc.Role:
			acc.Role, changed = role, append(changed, "role")
		case c.Grants != nil:
			changed = append(changed, "grants")
		}
		if !slices.Equal(queuesOf(next), queuesOf(grants)) {
			changed = append(changed, "queues")
		}
	}
	if c.Active != nil && *c.Active != acc.Active {
		acc.Active, changed = *c.Active, append(changed, "active")
	}
	if c.Password != nil {
		if acc.External != "" {
			return acc, nil, nil, ticket.InvalidField("password", "this account signs in elsewhere")
		}
		acc.PasswordHash, acc.MustChange, changed = hash, false, append(changed, "password")
	}
	if slices.ContainsFunc(changed, func(what string) bool { return what != "name" && what != "email" }) {
		acc.Version++
	}
	return acc, next, changed, nil
}

// grants works out the grants after a change. Who sends role and limits as they are changes nothing, however many grants there are.
func (c UserChange) grants(role string, grants []Grant) ([]Grant, error) {
	if c.Grants != nil {
		if c.Role != nil || c.Queues != nil {
			return nil, errBoth()
		}
		return cleanGrants(*c.Grants)
	}
	next := slices.Clone(grants)
	if c.Role != nil && *c.Role != role {
		role = *c.Role
		for i := range next {
			next[i].Role = role
		}
	}
	if c.Queues != nil {
		queues, err := cleanQueues(*c.Queues)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(queues, queuesOf(grants)) {
			next = grantsOf(role, queues)
		}
	}
	if slices.Equal(next, grants) {
		return grants, nil
	}
	return cleanGrants(next)
}

// saveUser writes what apply worked out, ends what was issued for the version before, and records it.
func (a *Accounts) saveUser(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, was, next *Account, grants []Grant, changed []string) error {
	if err := tx.UpdateAccount(ctx, next, was.Version); err != nil {
		return err
	}
	if next.Version != was.Version {
		if err := tx.DeleteSessions(ctx, next.ID, ""); err != nil {
			return err
		}
	}
	public := data{"account_id": next.ID, "changed": changed, "active": next.Active}
	if was.Role != next.Role {
		public["role_from"], public["role_to"] = was.Role, next.Role
	}
	if slices.Contains(changed, "queues") {
		public["queue_ids"] = queuesOf(grants)
	}
	if slices.Contains(changed, "role") || slices.Contains(changed, "grants") || slices.Contains(changed, "queues") {
		noteGrants(public, grants)
	}
	return a.record(ctx, tx, by, now, EventUserUpdated, public, data{"username": next.Username, "name": next.Name})
}

// keepAdmin refuses to take the last active admin away; next nil stands for its deletion.
func keepAdmin(ctx context.Context, tx Tx, was, next *Account) error {
	isAdmin := func(a *Account) bool { return a != nil && a.Active && a.Role == RoleAdmin }
	if !isAdmin(was) || isAdmin(next) {
		return nil
	}
	n, err := tx.CountActive(ctx, RoleAdmin)
	if err != nil {
		return err
	}
	if n <= 1 {
		return errLastAdmin()
	}
	return nil
}

// subject is an account in the hands of somebody who may change it.
type subject struct {
	acc  *Account
	has  power  // the account's own
	have rights // of who changes it
}

// subject gives the account to who may do op and has every right that the account has.
func (a *Accounts) subject(ctx context.Context, tx Tx, by ticket.Actor, op ticket.Op, id ticket.AccountID) (s subject, err error) {
	if s.have, err = demand(ctx, tx, by, op); err != nil {
		return s, err
	}
	if s.acc, err = tx.AccountByID(ctx, id); err != nil {
		return s, err
	}
	if s.has, err = powerOf(ctx, tx, id); err == nil && !s.have.covers(s.has.rights) {
		err = errExceeds()
	}
	return s, err
}

// DeleteUser removes an account with its sessions and tokens; what it did keeps its name. It needs user:delete and every permission
// that the account has. The last active admin cannot be deleted (Conflict).
func (a *Accounts) DeleteUser(ctx context.Context, by ticket.Actor, id ticket.AccountID) error {
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		s, err := a.subject(ctx, tx, by, ticket.OpUserDelete, id)
		if err != nil {
			return err
		}
		if err := keepAdmin(ctx, tx, s.acc, nil); err != nil {
			return err
		}
		if err := tx.DeleteAccount(ctx, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, EventUserDeleted, data{"account_id": id, "role": s.acc.Role},
			data{"username": s.acc.Username, "name": s.acc.Name})
	})
}
