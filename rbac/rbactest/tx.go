package rbactest

import (
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// tx is a transaction: it changes a copy that nobody else sees.
type tx struct{ *db }

var _ rbac.Tx = (*tx)(nil)

func (t *tx) DeskHead(context.Context) (ticket.Head, error) { return t.head, nil }

func (t *tx) SetDeskHead(_ context.Context, h ticket.Head) error {
	t.head = h
	return nil
}

func (t *tx) AppendEvent(_ context.Context, e *ticket.Event) error {
	e.Seq = int64(len(t.events)) + 1
	t.events = append(t.events, *e)
	return nil
}

// checkUnique answers Conflict for a name or a subject that another account has.
func (t *tx) checkUnique(a *rbac.Account) error {
	for _, other := range t.accounts {
		switch {
		case other.ID == a.ID:
		case rbac.FoldUsername(other.Username) == rbac.FoldUsername(a.Username):
			return &ticket.Error{Kind: ticket.Conflict, Field: "username", Msg: "this name is taken"}
		case a.External != "" && other.External == a.External:
			return &ticket.Error{Kind: ticket.Conflict, Field: "external", Msg: "this subject is taken"}
		}
	}
	return nil
}

func (t *tx) put(a rbac.Account) {
	a.CreatedAt, a.LastLoginAt = cut(a.CreatedAt), cut(a.LastLoginAt)
	t.accounts[a.ID] = a
}

func (t *tx) InsertAccount(_ context.Context, a *rbac.Account) error {
	if _, ok := t.accounts[a.ID]; ok {
		return ticket.Errorf(ticket.Conflict, "this account exists")
	}
	if err := t.checkUnique(a); err != nil {
		return err
	}
	t.put(*a)
	return nil
}

func (t *tx) UpdateAccount(_ context.Context, a *rbac.Account, was int64) error {
	old, ok := t.accounts[a.ID]
	if !ok || old.Version != was {
		return ticket.Errorf(ticket.Stale, "the account has changed")
	}
	if err := t.checkUnique(a); err != nil {
		return err
	}
	t.put(*a)
	return nil
}

func (t *tx) DeleteAccount(_ context.Context, id ticket.AccountID) error {
	if _, ok := t.accounts[id]; !ok {
		return notFound("account")
	}
	delete(t.accounts, id)
	delete(t.grants, id)
	for k, l := range t.links {
		if l.AccountID == id {
			delete(t.links, k)
		}
	}
	for k, s := range t.sessions {
		if s.AccountID == id {
			delete(t.sessions, k)
		}
	}
	for k, s := range t.tokens {
		if s.AccountID == id {
			delete(t.tokens, k)
		}
	}
	return nil
}

func (t *tx) SetAccountGrants(_ context.Context, id ticket.AccountID, grants []rbac.Grant) error {
	t.grants[id] = slices.Clone(grants)
	return nil
}

func (t *tx) putRole(r *rbac.Role) {
	c := *r
	c.Permissions, c.CreatedAt, c.UpdatedAt = slices.Clone(r.Permissions), cut(r.CreatedAt), cut(r.UpdatedAt)
	t.roles[r.Name] = c
}

func (t *tx) InsertRole(_ context.Context, r *rbac.Role) error {
	if _, ok := t.roles[r.Name]; ok {
		return &ticket.Error{Kind: ticket.Conflict, Field: "name", Msg: "the name is taken"}
	}
	t.putRole(r)
	return nil
}

func (t *tx) UpdateRole(_ context.Context, r *rbac.Role, was int64) error {
	old, ok := t.roles[r.Name]
	if !ok {
		return notFound("role")
	}
	if old.Version != was {
		return ticket.Errorf(ticket.Stale, "the role has changed since")
	}
	t.putRole(r)
	for id, grants := range t.grants {
		if slices.ContainsFunc(grants, func(g rbac.Grant) bool { return g.Role == r.Name }) {
			a := t.accounts[id]
			a.Rights++
			t.accounts[id] = a
		}
	}
	return nil
}

func (t *tx) DeleteRole(_ context.Context, name string) error {
	if _, ok := t.roles[name]; !ok {
		return notFound("role")
	}
	delete(t.roles, name)
	return nil
}

func (t *tx) InsertSession(_ context.Context, s *rbac.Session) error {
	if _, ok := t.sessions[s.ID]; ok {
		return ticket.Errorf(ticket.Conflict, "this session exists")
	}
	c := *s
	c.CreatedAt, c.ExpiresAt, c.LastSeen = cut(c.CreatedAt), cut(c.ExpiresAt), cut(c.LastSeen)
	t.sessions[s.ID] = c
	return nil
}

func (t *tx) DeleteSession(_ context.Context, account ticket.AccountID, id string) error {
	if s, ok := t.sessions[id]; !ok || s.AccountID != account {
		return notFound("session")
	}
	delete(t.sessions, id)
	return nil
}

func (t *tx) DeleteSessions(_ context.Context, account ticket.AccountID, except string) error {
	for k, s := range t.sessions {
		if s.AccountID == account && k != except {
			delete(t.sessions, k)
		}
	}
	return nil
}

func (t *tx) DeleteExpiredSessions(_ context.Context, now time.Time) error {
	for k, s := range t.sessions {
		if !s.ExpiresAt.After(now) {
			delete(t.sessions, k)
		}
	}
	return nil
}

func (t *tx) InsertToken(_ context.Context, n *rbac.Token) error {
	for _, other := range t.tokens {
		if other.ID == n.ID || other.Hash == n.Hash {
			return ticket.Errorf(ticket.Conflict, "this token exists")
		}
	}
	c := *n
	c.Scopes = slices.Clone(n.Scopes)
	c.CreatedAt, c.ExpiresAt, c.LastUsed = cut(c.CreatedAt), cut(c.ExpiresAt), cut(c.LastUsed)
	t.tokens[n.ID] = c
	return nil
}

func (t *tx) DeleteToken(_ context.Context, account ticket.AccountID, id string) error {
	if n, ok := t.tokens[id]; !ok || n.AccountID != account {
		return notFound("token")
	}
	delete(t.tokens, id)
	return nil
}

func (t *tx) TouchSession(_ context.Context, id string, at time.Time) error {
	if s, ok := t.sessions[id]; ok {
		s.LastSeen = cut(at)
		t.sessions[id] = s
	}
	return nil
}

func (t *tx) TouchToken(_ context.Context, id string, at time.Time) error {
	if n, ok := t.tokens[id]; ok {
		n.LastUsed = cut(at)
		t.tokens[id] = n
	}
	return nil
}

func (t *tx) TouchLogin(_ context.Context, id ticket.AccountID, at time.Time) error {
	if a, ok := t.accounts[id]; ok {
		a.LastLoginAt = cut(at)
		t.accounts[id] = a
	}
	return nil
}
