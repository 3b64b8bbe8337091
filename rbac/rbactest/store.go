// Package rbactest has an in-memory rbac.Store for tests, and the suite that every store passes.
package rbactest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// Store keeps accounts in memory. It may be used concurrently; transactions run one at a time. Every transaction that succeeds is run
// twice, the first run being thrown away, since a real store may run one again after a conflict: what a closure does outside its
// transaction shows up as a double. Use NewStore.
type Store struct {
	mu      sync.RWMutex // guards db; a db that was published here is never changed again
	writing sync.Mutex   // one transaction at a time
	db      *db
	fault   func() error
}

var _ rbac.Store = (*Store)(nil)

// NewStore makes an empty store.
func NewStore() *Store { return &Store{db: newDB()} }

// SetFault has fault asked before each read outside a transaction and before each transaction; an error from it is returned instead. nil
// ends it.
func (s *Store) SetFault(fault func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// Events are the events of the desk's chain, in order, with the head of the chain: what ticket.Chain.Verify takes.
func (s *Store) Events() ([]ticket.Event, ticket.Head) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.db.events), s.db.head
}

// UpdateAccounts implements rbac.Store.
func (s *Store) UpdateAccounts(ctx context.Context, fn func(rbac.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	start, err := s.read(ctx)
	if err != nil {
		return err
	}
	if err := fn(&tx{db: start.clone()}); err != nil {
		return err
	}
	again := start.clone()
	if err := fn(&tx{db: again}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db = again
	return nil
}

func (s *Store) read(ctx context.Context) (*db, error) {
	if err := ctx.Err(); err != nil {
		return nil, &ticket.Error{Kind: ticket.Unavailable, Msg: "the caller has given up", Err: err}
	}
	s.mu.RLock()
	db, fault := s.db, s.fault
	s.mu.RUnlock()
	if fault != nil {
		if err := fault(); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// AccountByID implements rbac.Reader.
func (s *Store) AccountByID(ctx context.Context, id ticket.AccountID) (*rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountByID(ctx, id)
}

// AccountByName implements rbac.Reader.
func (s *Store) AccountByName(ctx context.Context, username string) (*rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountByName(ctx, username)
}

// AccountByExternal implements rbac.Reader.
func (s *Store) AccountByExternal(ctx context.Context, subject string) (*rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountByExternal(ctx, subject)
}

// ListAccounts implements rbac.Reader.
func (s *Store) ListAccounts(ctx context.Context, after string, limit int) ([]rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.ListAccounts(ctx, after, limit)
}

// SessionAccount implements rbac.Reader.
func (s *Store) SessionAccount(ctx context.Context, session string) (*rbac.Session, *rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	return db.SessionAccount(ctx, session)
}

// TokenAccount implements rbac.Reader.
func (s *Store) TokenAccount(ctx context.Context, hash string) (*rbac.Token, *rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	return db.TokenAccount(ctx, hash)
}

// SessionPulse implements rbac.PulseReader.
func (s *Store) SessionPulse(ctx context.Context, session string) (rbac.Pulse, error) {
	db, err := s.read(ctx)
	if err != nil {
		return rbac.Pulse{}, err
	}
	return db.SessionPulse(ctx, session)
}

// TokenPulse implements rbac.PulseReader.
func (s *Store) TokenPulse(ctx context.Context, hash string) (rbac.Pulse, error) {
	db, err := s.read(ctx)
	if err != nil {
		return rbac.Pulse{}, err
	}
	return db.TokenPulse(ctx, hash)
}

// ListSessions implements rbac.Reader.
func (s *Store) ListSessions(ctx context.Context, id ticket.AccountID) ([]rbac.Session, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.ListSessions(ctx, id)
}

// ListTokens implements rbac.Reader.
func (s *Store) ListTokens(ctx context.Context, id ticket.AccountID) ([]rbac.Token, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.ListTokens(ctx, id)
}

// AccountGrants implements rbac.Reader.
func (s *Store) AccountGrants(ctx context.Context, id ticket.AccountID) ([]rbac.Grant, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountGrants(ctx, id)
}

// Role implements rbac.Reader.
func (s *Store) Role(ctx context.Context, name string) (*rbac.Role, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.Role(ctx, name)
}

// Roles implements rbac.Reader.
func (s *Store) Roles(ctx context.Context) ([]rbac.Role, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.Roles(ctx)
}

// CountGrants implements rbac.Reader.
func (s *Store) CountGrants(ctx context.Context, role string) (int, error) {
	db, err := s.read(ctx)
	if err != nil {
		return 0, err
	}
	return db.CountGrants(ctx, role)
}

// CountActive implements rbac.Reader.
func (s *Store) CountActive(ctx context.Context, role string) (int, error) {
	db, err := s.read(ctx)
	if err != nil {
		return 0, err
	}
	return db.CountActive(ctx, role)
}

// db is one state of everything.
type db struct {
	accounts map[ticket.AccountID]rbac.Account
	sessions map[string]rbac.Session
	tokens   map[string]rbac.Token
	grants   map[ticket.AccountID][]rbac.Grant
	roles    map[string]rbac.Role
	links    map[string]rbac.AccountLink
	events   []ticket.Event
	head     ticket.Head
}

func newDB() *db {
	return &db{accounts: map[ticket.AccountID]rbac.Account{}, sessions: map[string]rbac.Session{},
		tokens: map[string]rbac.Token{}, grants: map[ticket.AccountID][]rbac.Grant{}, roles: map[string]rbac.Role{}, links: map[string]rbac.AccountLink{}}
}

func (d *db) clone() *db {
	return &db{accounts: maps.Clone(d.accounts), sessions: maps.Clone(d.sessions), tokens: maps.Clone(d.tokens),
		grants: maps.Clone(d.grants), roles: maps.Clone(d.roles), links: maps.Clone(d.links), events: slices.Clone(d.events), head: d.head}
}

func notFound(what string) error { return ticket.Errorf(ticket.NotFound, "there is no such %s", what) }

func (d *db) AccountByID(_ context.Context, id ticket.AccountID) (*rbac.Account, error) {
	if a, ok := d.accounts[id]; ok {
		return &a, nil
	}
	return nil, notFound("account")
}

func (d *db) AccountByName(_ context.Context, username string) (*rbac.Account, error) {
	folded := rbac.FoldUsername(username)
	for _, a := range d.accounts {
		if rbac.FoldUsername(a.Username) == folded {
			return &a, nil
		}
	}
	return nil, notFound("account")
}

func (d *db) AccountByExternal(_ context.Context, subject string) (*rbac.Account, error) {
	for _, a := range d.accounts {
		if subject != "" && a.External == subject {
			return &a, nil
		}
	}
	return nil, notFound("account")
}

func (d *db) ListAccounts(_ context.Context, after string, limit int) ([]rbac.Account, error) {
	list := slices.SortedFunc(maps.Values(d.accounts), func(a, b rbac.Account) int {
		return cmp.Compare(rbac.FoldUsername(a.Username), rbac.FoldUsername(b.Username))
	})
	if after != "" {
		list = slices.DeleteFunc(list, func(a rbac.Account) bool { return rbac.FoldUsername(a.Username) <= rbac.FoldUsername(after) })
	}
	return list[:min(limit, len(list))], nil
}

func (d *db) SessionAccount(ctx context.Context, session string) (*rbac.Session, *rbac.Account, error) {
	s, ok := d.sessions[session]
	if !ok {
		return nil, nil, notFound("session")
	}
	a, err := d.AccountByID(ctx, s.AccountID)
	return &s, a, err
}

func (d *db) TokenAccount(ctx context.Context, hash string) (*rbac.Token, *rbac.Account, error) {
	for _, t := range d.tokens {
		if t.Hash == hash {
			a, err := d.AccountByID(ctx, t.AccountID)
			t.Scopes = slices.Clone(t.Scopes)
			return &t, a, err
		}
	}
	return nil, nil, notFound("token")
}

func (d *db) SessionPulse(ctx context.Context, session string) (rbac.Pulse, error) {
	s, a, err := d.SessionAccount(ctx, session)
	if err != nil {
		return rbac.Pulse{}, err
	}
	return pulse(a, s.LastSeen), nil
}

func (d *db) TokenPulse(ctx context.Context, hash string) (rbac.Pulse, error) {
	t, a, err := d.TokenAccount(ctx, hash)
	if err != nil {
		return rbac.Pulse{}, err
	}
	return pulse(a, t.LastUsed), nil
}

func pulse(a *rbac.Account, seen time.Time) rbac.Pulse {
	return rbac.Pulse{Account: a.ID, Username: a.Username, Name: a.Name, Active: a.Active, Version: a.Version, Rights: a.Rights, Seen: seen}
}

func (d *db) ListSessions(_ context.Context, id ticket.AccountID) ([]rbac.Session, error) {
	list := slices.SortedFunc(maps.Values(d.sessions), func(a, b rbac.Session) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return slices.DeleteFunc(list, func(s rbac.Session) bool { return s.AccountID != id }), nil
}

func (d *db) ListTokens(_ context.Context, id ticket.AccountID) ([]rbac.Token, error) {
	list := slices.SortedFunc(maps.Values(d.tokens), func(a, b rbac.Token) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	list = slices.DeleteFunc(list, func(t rbac.Token) bool { return t.AccountID != id })
	for i := range list {
		list[i].Scopes = slices.Clone(list[i].Scopes)
	}
	return list, nil
}

func (d *db) AccountGrants(_ context.Context, id ticket.AccountID) ([]rbac.Grant, error) {
	list := slices.Clone(d.grants[id])
	slices.SortFunc(list, func(a, b rbac.Grant) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Queue, b.Queue))
	})
	return list, nil
}

func (d *db) CountActive(_ context.Context, role string) (int, error) {
	n := 0
	for _, a := range d.accounts {
		if a.Active && slices.Contains(d.grants[a.ID], rbac.Grant{Role: role}) {
			n++
		}
	}
	return n, nil
}

func (d *db) Role(_ context.Context, name string) (*rbac.Role, error) {
	r, ok := d.roles[name]
	if !ok {
		return nil, notFound("role")
	}
	r.Permissions = slices.Clone(r.Permissions)
	return &r, nil
}

func (d *db) Roles(_ context.Context) ([]rbac.Role, error) {
	list := slices.SortedFunc(maps.Values(d.roles), func(a, b rbac.Role) int { return cmp.Compare(a.Name, b.Name) })
	for i := range list {
		list[i].Permissions = slices.Clone(list[i].Permissions)
	}
	return list, nil
}

func (d *db) CountGrants(_ context.Context, role string) (int, error) {
	n := 0
	for _, grants := range d.grants {
		if slices.ContainsFunc(grants, func(g rbac.Grant) bool { return g.Role == role }) {
			n++
		}
	}
	return n, nil
}

// cut is what every database keeps of a time.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
