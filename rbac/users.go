package rbac

import (
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// User is an account with its limits, as user management shows it.
type User struct {
	Account                  // without its hash
	Queues  []ticket.QueueID // that it is limited to, sorted; empty = none
}

// NewUser is what CreateUser needs.
type NewUser struct {
	Username string
	Name     string // "" shows the username
	Role     string
	Password string
	Queues   []ticket.QueueID // limits; empty = none. An admin has none
	// PasswordHash takes over a hash from another system instead of a Password: bcrypt, or argon2id in PHC form. Only system actors
	// may give it.
	PasswordHash string
}

// UserChange changes what is not nil.
type UserChange struct {
	Name     *string
	Role     *string
	Active   *bool
	Password *string
	Queues   *[]ticket.QueueID
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
	acc, queues, err := prepareUser(by, n)
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
		if !covers(have.ops, rolePermissions[acc.Role]) {
			return errExceeds()
		}
		return a.insert(ctx, tx, by, now, acc, queues)
	})
	if err != nil {
		return User{}, err
	}
	return User{Account: withoutHash(acc), Queues: queues}, nil
}

func prepareUser(by ticket.Actor, n NewUser) (*Account, []ticket.QueueID, error) {
	username, err := cleanUsername(n.Username)
	if err != nil {
		return nil, nil, err
	}
	name, err := cleanLine("name", n.Name, maxName)
	if err != nil {
		return nil, nil, err
	}
	queues, err := cleanQueues(n.Queues)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRole(n.Role, queues); err != nil {
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
	return &Account{Username: username, Name: name, Role: n.Role, PasswordHash: n.PasswordHash, Active: true, Version: 1}, queues, nil
}

// insert writes a new account and its event.
func (a *Accounts) insert(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, acc *Account, queues []ticket.QueueID) error {
	if err := tx.InsertAccount(ctx, acc); err != nil {
		return err
	}
	public := data{"account_id": acc.ID, "role": acc.Role}
	if acc.External != "" {
		public["external"] = true
	}
	if len(queues) > 0 {
		if err := setQueues(ctx, tx, acc.ID, queues); err != nil {
			return err
		}
		public["queue_ids"] = queues
	}
	return a.record(ctx, tx, by, now, EventUserCreated, public, data{"username": acc.Username, "name": acc.Name})
}

// setQueues refuses queues that do not exist where the transaction can tell, as one that is a ticket.Reader too.
func setQueues(ctx context.Context, tx Tx, id ticket.AccountID, queues []ticket.QueueID) error {
	if r, ok := tx.(interface {
		Queue(ctx context.Context, id ticket.QueueID) (*ticket.Queue, error)
	}); ok {
		for _, q := range queues {
			if _, err := r.Queue(ctx, q); err != nil {
				if ticket.KindOf(err) == ticket.NotFound {
					return ticket.InvalidField("queues", "there is no queue %q", string(q))
				}
				return err
			}
		}
	}
	return tx.SetAccountQueues(ctx, id, queues)
}

// UpdateUser changes an account. It needs user:update, every permission that the account has, and every permission that it gets, so
// that nobody can take over or make somebody stronger. A change of role, state, password or limits ends the sessions of the account at
// once; its API tokens stay and follow the role. The last active admin cannot be demoted or deactivated (Conflict).
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
		have, err := demand(ctx, tx, by, ticket.OpUserUpdate)
		if err != nil {
			return err
		}
		was, err := tx.AccountByID(ctx, id)
		if err != nil {
			return err
		}
		if !covers(have.ops, rolePermissions[was.Role]) {
			return errExceeds()
		}
		limits, err := tx.AccountQueues(ctx, id)
		if err != nil {
			return err
		}
		next, queues, changed, err := c.apply(*was, limits, hash)
		if err != nil {
			return err
		}
		out = User{Account: withoutHash(&next), Queues: queues}
		if len(changed) == 0 {
			return nil
		}
		if !covers(have.ops, rolePermissions[next.Role]) {
			return errExceeds()
		}
		if err := keepAdmin(ctx, tx, was, &next); err != nil {
			return err
		}
		if slices.Contains(changed, "queues") {
			if err := setQueues(ctx, tx, id, queues); err != nil {
				return err
			}
		}
		return a.saveUser(ctx, tx, by, now, was, &next, queues, changed)
	})
	if err != nil {
		return User{}, err
	}
	return out, nil
}

// apply works out the account after a change, and what has changed: nothing if all of it was so already.
func (c UserChange) apply(acc Account, queues []ticket.QueueID, hash string) (Account, []ticket.QueueID, []string, error) {
	var changed []string
	slices.Sort(queues)
	if c.Name != nil {
		name, err := cleanLine("name", *c.Name, maxName)
		if err != nil {
			return acc, nil, nil, err
		}
		if name != acc.Name {
			acc.Name, changed = name, append(changed, "name")
		}
	}
	if c.Role != nil && *c.Role != acc.Role {
		acc.Role, changed = *c.Role, append(changed, "role")
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
	if c.Queues != nil {
		list, err := cleanQueues(*c.Queues)
		if err != nil {
			return acc, nil, nil, err
		}
		if !slices.Equal(list, queues) {
			queues, changed = list, append(changed, "queues")
		}
	}
	if slices.Contains(changed, "role") || slices.Contains(changed, "queues") {
		if err := checkRole(acc.Role, queues); err != nil {
			return acc, nil, nil, err
		}
	}
	if len(changed) > 1 || len(changed) == 1 && changed[0] != "name" {
		acc.Version++
	}
	return acc, queues, changed, nil
}

// saveUser writes what apply worked out, ends what was issued for the version before, and records it.
func (a *Accounts) saveUser(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, was, next *Account, queues []ticket.QueueID, changed []string) error {
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
		public["queue_ids"] = queues
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

// DeleteUser removes an account with its sessions and tokens; what it did keeps its name. It needs user:delete and every permission
// that the account has. The last active admin cannot be deleted (Conflict).
func (a *Accounts) DeleteUser(ctx context.Context, by ticket.Actor, id ticket.AccountID) error {
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		have, err := demand(ctx, tx, by, ticket.OpUserDelete)
		if err != nil {
			return err
		}
		was, err := tx.AccountByID(ctx, id)
		if err != nil {
			return err
		}
		if !covers(have.ops, rolePermissions[was.Role]) {
			return errExceeds()
		}
		if err := keepAdmin(ctx, tx, was, nil); err != nil {
			return err
		}
		if err := tx.DeleteAccount(ctx, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, EventUserDeleted, data{"account_id": id, "role": was.Role},
			data{"username": was.Username, "name": was.Name})
	})
}
