package rbac_test

import (
	"bytes"
	"flag"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

var update = flag.Bool("update", false, "rewrite golden files")

const (
	goodPassword  = "Rhabarber im Regen"
	otherPassword = "Zwölf Enten schweigen"
)

var (
	chainKey = bytes.Repeat([]byte("c"), 32)
	jwtKey   = rbac.Key{ID: "k1", Secret: bytes.Repeat([]byte("j"), 32)}
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type bundle struct {
	*rbac.Accounts
	store *rbactest.Store
	clock *clock
}

// setup makes a desk without accounts. Whatever a test did, the chain must verify at its end.
func setup(t *testing.T, change ...func(*rbac.Config)) bundle {
	t.Helper()
	b := bundle{store: rbactest.NewStore(), clock: &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}}
	b.Accounts = b.open(t, change...)
	t.Cleanup(func() {
		chain, err := ticket.NewChain(chainKey)
		require.NoError(t, err)
		events, head := b.store.Events()
		require.NoError(t, chain.Verify(events, head))
	})
	return b
}

// open makes another service over the same store, as another replica has.
func (b bundle) open(t *testing.T, change ...func(*rbac.Config)) *rbac.Accounts {
	t.Helper()
	cfg := rbac.Config{Store: b.store, ChainKey: chainKey, JWTKeys: []rbac.Key{jwtKey}, Now: b.clock.Now, FailureFloor: -1}
	for _, f := range change {
		f(&cfg)
	}
	a, err := rbac.New(cfg)
	require.NoError(t, err)
	a.CheapHashes()
	return a
}

var system = ticket.SystemActor("test")

// user makes an account whose password is goodPassword.
func (b bundle) user(t *testing.T, name, role string, queues ...ticket.QueueID) rbac.User {
	t.Helper()
	u, err := b.CreateUser(t.Context(), system, rbac.NewUser{Username: name, Role: role, Password: goodPassword, Queues: queues})
	require.NoError(t, err)
	return u
}

// login signs in with goodPassword and authenticates.
func (b bundle) login(t *testing.T, name string) (rbac.Principal, string) {
	t.Helper()
	r, err := b.Login(t.Context(), name, goodPassword, rbac.LoginMeta{Address: "192.0.2.7"})
	require.NoError(t, err)
	p, err := b.Authenticate(t.Context(), r.Token)
	require.NoError(t, err)
	return p, r.Token
}

// as makes an account of a role and signs it in.
func (b bundle) as(t *testing.T, role string, queues ...ticket.QueueID) rbac.Principal {
	t.Helper()
	b.user(t, "a "+role, role, queues...)
	p, _ := b.login(t, "a "+role)
	return p
}

// withToken gives the principal of an API token of p with some scopes.
func (b bundle) withToken(t *testing.T, p rbac.Principal, scopes ...ticket.Op) (rbac.Principal, string) {
	t.Helper()
	_, secret, err := b.CreateToken(t.Context(), p.Actor, rbac.NewToken{Name: "script", Scopes: scopes})
	require.NoError(t, err)
	out, err := b.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	return out, secret
}

// types lists the kinds of the events so far.
func (b bundle) types() []ticket.EventType {
	events, _ := b.store.Events()
	var list []ticket.EventType
	for _, e := range events {
		list = append(list, e.Type)
	}
	return list
}

func requireKind(t *testing.T, kind ticket.Kind, err error) {
	t.Helper()
	require.Equal(t, kind, ticket.KindOf(err), "%v", err)
}

func ptr[T any](v T) *T { return &v }
