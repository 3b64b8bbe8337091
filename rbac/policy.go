package rbac

import (
	"context"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Policy answers what accounts may do and who they are. It implements ticket.Policy and ticket.Directory, has no state of its own
// and may be used concurrently.
//
// An actor that Accounts authenticated carries Claims, made in the same request, and costs no query. Any other account is read: through
// the Reader that it is asked with when that one reads accounts too, else through the Policy's own. Inside a transaction on a pool
// of one connection only the former works, so the Reader of a ticket store's transaction should implement Reader.
//
// Contacts may do a little with the tickets that they have requested; see contactOps. What they send comes in through adapters, which act as the
// system.
type Policy struct{ store Reader }

// NewPolicy makes a Policy that falls back on store. The store is required.
func NewPolicy(store Reader) (*Policy, error) {
	if store == nil {
		return nil, ticket.InvalidField("store", "is required")
	}
	return &Policy{store: store}, nil
}

// Claims is what authentication found out about an account for one request. Only this package can fill it; the zero Claims
// grants nothing. An actor with claims must not outlive its request; a long-lived stream calls Accounts.Refresh.
type Claims struct {
	account ticket.AccountID
	version int64
	rights  rights
	scopes  []ticket.Op // of the API token
	scoped  bool        // whether scopes narrow what the role gives
}

// Grant implements ticket.Policy. An account that does not exist has the zero Grant, and no error.
func (p *Policy) Grant(ctx context.Context, r ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	switch {
	case a.Kind == ticket.ActorSystem:
		return ticket.Grant{All: true}, nil
	case a.Kind == ticket.ActorContact && a.Contact != "":
		return ticket.Grant{Own: holds(contactOps, op)}, nil
	case a.Kind != ticket.ActorAccount || a.Account == "":
		return ticket.Grant{}, nil
	}
	if c, ok := a.Claims.(*Claims); ok {
		if c == nil || c.account != a.Account {
			return ticket.Grant{}, nil
		}
		return c.rights.grant(op), nil
	}
	now, err := currentRights(ctx, p.reader(r), a)
	if ticket.KindOf(err) == ticket.Unauthenticated {
		return ticket.Grant{}, nil
	}
	if err != nil {
		return ticket.Grant{}, err
	}
	return now.grant(op), nil
}

func (p *Policy) reader(r ticket.Reader) Reader {
	if own, ok := r.(Reader); ok {
		return own
	}
	return p.store
}

// currentRights reads what an actor may do now, whatever its claims cached. It is Unauthenticated when the account is gone or has
// moved on from the version that the claims are for.
func currentRights(ctx context.Context, r Reader, a ticket.Actor) (rights, error) {
	switch {
	case a.Kind == ticket.ActorSystem:
		return allRights(), nil
	case a.Kind != ticket.ActorAccount || a.Account == "":
		return rights{}, errSignIn()
	}
	acc, err := r.AccountByID(ctx, a.Account)
	if err != nil {
		if ticket.KindOf(err) == ticket.NotFound {
			return rights{}, errSignIn()
		}
		return rights{}, err
	}
	var scopes []ticket.Op
	var scoped bool
	if a.Claims != nil {
		c, ok := a.Claims.(*Claims)
		if !ok || c == nil || c.account != acc.ID || c.version != acc.Version {
			return rights{}, errSignIn()
		}
		scopes, scoped = c.scopes, c.scoped
	}
	p, err := powerOf(ctx, r, acc.ID)
	if err != nil {
		return rights{}, err
	}
	return p.now(acc, scopes, scoped), nil
}

// demand gives the rights of an actor that has op for the whole desk, and Denied for any other.
func demand(ctx context.Context, r Reader, a ticket.Actor, op ticket.Op) (rights, error) {
	have, err := currentRights(ctx, r, a)
	if err != nil {
		return rights{}, err
	}
	if !have.grant(op).All {
		return rights{}, errMissing(op)
	}
	return have, nil
}

func errSignIn() error { return ticket.Errorf(ticket.Unauthenticated, "sign in to go on") }

func errMissing(op ticket.Op) error {
	return &ticket.Error{Kind: ticket.Denied, Op: string(op), Msg: "the permission " + string(op) + " is missing"}
}

// Account implements ticket.Directory. Inactive accounts are found too, with Active false.
func (p *Policy) Account(ctx context.Context, r ticket.Reader, id ticket.AccountID) (ticket.Account, error) {
	acc, err := p.reader(r).AccountByID(ctx, id)
	if err != nil {
		return ticket.Account{}, err
	}
	return directoryEntry(acc), nil
}

// maxDirectory is how many accounts ticket.Directory promises at most.
const maxDirectory = 1000

// Accounts implements ticket.Directory.
func (p *Policy) Accounts(ctx context.Context, r ticket.Reader) ([]ticket.Account, error) {
	const page = 200
	var list []ticket.Account
	for after := ""; ; {
		batch, err := p.reader(r).ListAccounts(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for i := range batch {
			if batch[i].Active && len(list) < maxDirectory {
				list = append(list, directoryEntry(&batch[i]))
			}
		}
		if len(batch) < page || len(list) == maxDirectory {
			break
		}
		after = batch[len(batch)-1].Username
	}
	slices.SortFunc(list, func(a, b ticket.Account) int {
		if c := strings.Compare(FoldUsername(a.Name), FoldUsername(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return list, nil
}

func directoryEntry(a *Account) ticket.Account {
	return ticket.Account{ID: a.ID, Username: a.Username, Name: a.DisplayName(), Email: a.Email, Active: a.Active}
}
