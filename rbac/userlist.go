package rbac

import (
	"context"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxPage bounds a page of users.
const maxPage = 100

// ListUsers lists accounts in order of their usernames, behind the username after ("" begins). limit is 1 to 100; 0 is 100. It needs
// user:read.
func (a *Accounts) ListUsers(ctx context.Context, by ticket.Actor, after string, limit int) ([]User, error) {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpUserRead); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = maxPage
	}
	if limit < 1 || limit > maxPage {
		return nil, ticket.InvalidField("limit", "must be between 1 and %d", maxPage)
	}
	list, err := a.cfg.Store.ListAccounts(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	users := make([]User, 0, len(list))
	for i := range list {
		u, err := a.user(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

func (a *Accounts) user(ctx context.Context, acc *Account) (User, error) {
	p, err := a.powerOf(ctx, acc)
	if err != nil {
		return User{}, err
	}
	return userOf(acc, p.grants), nil
}

func userOf(acc *Account, grants []Grant) User {
	return User{Account: withoutHash(acc), Grants: slices.Clone(grants), Queues: queuesOf(grants)}
}

// User gives one account. It needs user:read.
func (a *Accounts) User(ctx context.Context, by ticket.Actor, id ticket.AccountID) (User, error) {
	if _, err := demand(ctx, a.cfg.Store, by, ticket.OpUserRead); err != nil {
		return User{}, err
	}
	acc, err := a.cfg.Store.AccountByID(ctx, id)
	if err != nil {
		return User{}, err
	}
	return a.user(ctx, acc)
}
