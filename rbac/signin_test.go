package rbac_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "Jürgen", rbac.RoleSupport)
	meta := rbac.LoginMeta{Address: "192.0.2.7:4711", UserAgent: "Browser\r\nX: y" + strings.Repeat("ü", 300)}
	var last string
	for _, name := range []string{"Jürgen", "jürgen", "JÜRGEN", "Ju\u0308rgen", " jürgen "} {
		r, err := b.Login(t.Context(), name, goodPassword, meta)
		require.NoError(t, err, name)
		require.Equal(t, b.clock.Now().Add(24*time.Hour), r.ExpiresAt)
		require.Equal(t, u.ID, r.Account.ID)
		require.Empty(t, r.Account.PasswordHash)
		require.Equal(t, b.clock.Now(), r.Account.LastLoginAt)
		p, err := b.Authenticate(t.Context(), r.Token)
		require.NoError(t, err)
		require.Equal(t, r.Session, p.Session)
		last = r.Session
		require.Equal(t, u.ID, p.Actor.Account)
		require.Equal(t, ticket.ActorAccount, p.Actor.Kind)
		require.Equal(t, rbac.PermissionsOf(rbac.RoleSupport), p.Permissions)
		require.Empty(t, p.Account.PasswordHash)
	}
	p, _ := b.login(t, "jürgen")
	sessions, err := b.Sessions(t.Context(), p.Actor, u.ID)
	require.NoError(t, err)
	require.Len(t, sessions, 6, "each sign-in is a session of its own")
	kept, _, err := b.store.SessionAccount(t.Context(), last)
	require.NoError(t, err)
	require.Equal(t, "BrowserX: y"+strings.Repeat("ü", 189), kept.UserAgent)
	require.Equal(t, meta.Address, kept.Address)
}

// TestLoginRefusals: whatever is wrong, the answer and the work are the same.
func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	gone := b.user(t, "gone", rbac.RoleSupport)
	_, err := b.UpdateUser(t.Context(), system, gone.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	_, err = b.EnsureExternal(t.Context(), "sub-1", "extern", "", rbac.RoleSupport)
	require.NoError(t, err)
	old, err := bcrypt.GenerateFromPassword([]byte("an imported one"), bcrypt.MinCost)
	require.NoError(t, err)
	_, err = b.CreateUser(t.Context(), system, rbac.NewUser{Username: "imported", Role: rbac.RoleViewer, PasswordHash: string(old)})
	require.NoError(t, err)

	var messages []string
	for name, c := range map[string]struct{ username, password string }{
		"wrong password":              {"mia", "not the right one"},
		"empty password":              {"mia", ""},
		"unknown user":                {"nobody", goodPassword},
		"empty user":                  {"", goodPassword},
		"impossible user":             {"a\x00b", goodPassword},
		"invalid UTF-8":               {"\xff\xfe", "\xff\xfe"},
		"very long user":              {strings.Repeat("x", 1<<20), goodPassword},
		"SQL":                         {"mia' --", "' OR '1'='1"},
		"LIKE":                        {"m%", goodPassword},
		"inactive, right password":    {"gone", goodPassword},
		"external, no password":       {"extern", ""},
		"external, any password":      {"extern", goodPassword},
		"imported, wrong":             {"imported", goodPassword},
		"imported, more than 72 byte": {"imported", strings.Repeat("x", 73)},
	} {
		before := b.HashRuns()
		r, err := b.Login(t.Context(), c.username, c.password, rbac.LoginMeta{})
		requireKind(t, ticket.Unauthenticated, err)
		require.Zero(t, r)
		require.Equal(t, before+1, b.HashRuns(), "%s: one hash is checked", name)
		messages = append(messages, err.Error())
	}
	for _, m := range messages {
		require.Equal(t, messages[0], m)
	}
	before := b.HashRuns()
	for _, user := range []string{"mia", "nobody"} {
		_, err := b.Login(t.Context(), user, strings.Repeat("x", 1<<20), rbac.LoginMeta{})
		requireKind(t, ticket.Unauthenticated, err)
	}
	require.Equal(t, before, b.HashRuns(), "nothing hashes a megabyte, known or not")
}

// TestFailureFloor: refusals take the same time although checking bcrypt, argon2id and writing the event do not.
func TestFailureFloor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *rbac.Config) { c.FailureFloor = 0 })
		b.user(t, "mia", rbac.RoleSupport)
		for _, user := range []string{"mia", "nobody"} {
			start := time.Now()
			_, err := b.Login(t.Context(), user, "not the right one", rbac.LoginMeta{})
			requireKind(t, ticket.Unauthenticated, err)
			require.Equal(t, 250*time.Millisecond, time.Since(start))
		}
		start := time.Now()
		b.login(t, "mia")
		require.Zero(t, time.Since(start), "success need not wait")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := b.Login(ctx, "mia", "not the right one", rbac.LoginMeta{})
		requireKind(t, ticket.Unauthenticated, err)
		require.Equal(t, 10*time.Millisecond, time.Since(start), "nobody waits for it any more")
	})
}

func TestImportedHashIsRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old, err := bcrypt.GenerateFromPassword([]byte("kurz"), bcrypt.MinCost)
	require.NoError(t, err)
	u, err := b.CreateUser(t.Context(), system, rbac.NewUser{Username: "imported", Role: rbac.RoleViewer, PasswordHash: string(old)})
	require.NoError(t, err)
	first, err := b.Login(t.Context(), "imported", "kurz", rbac.LoginMeta{})
	require.NoError(t, err)
	acc, err := b.store.AccountByID(t.Context(), u.ID)
	require.NoError(t, err)
	require.True(t, rbac.IsArgon(acc.PasswordHash))
	_, err = b.Login(t.Context(), "imported", "kurz", rbac.LoginMeta{})
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), first.Token)
	require.NoError(t, err, "the same password: sessions go on")

	admin := b.as(t, rbac.RoleAdmin)
	_, err = b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: "x", Role: rbac.RoleViewer, PasswordHash: string(old)})
	requireKind(t, ticket.Denied, err)
}

func TestLoginIsThrottled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	for _, user := range []string{"mia", "nobody"} { // the two cannot be told apart
		meta := rbac.LoginMeta{Address: "192.0.2.7"}
		for range 6 {
			_, err := b.Login(t.Context(), user, "wrong again", meta)
			requireKind(t, ticket.Unauthenticated, err)
		}
		runs := b.HashRuns()
		_, err := b.Login(t.Context(), strings.ToUpper(user), goodPassword, meta)
		requireKind(t, ticket.RateLimited, err)
		wait, ok := errors.AsType[*rbac.Throttled](err)
		require.True(t, ok)
		require.EqualValues(t, 1, wait.Seconds())
		require.Equal(t, runs, b.HashRuns(), "refused before any work")
	}
	b.clock.Add(time.Second)
	_, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "192.0.2.7"})
	require.NoError(t, err)
}

// TestLoginThrottleIgnoresAddresses: an attacker who changes the address each time is slowed down all the same, while a colleague in
// the office where the owner is signed in is not kept out.
func TestLoginThrottleIgnoresAddresses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	_, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "203.0.113.5"})
	require.NoError(t, err)
	tried := 0
	for i := range 200 {
		_, err := b.Login(t.Context(), "mia", "wrong again", rbac.LoginMeta{Address: fmt.Sprintf("10.%d.7.1", i)})
		if ticket.KindOf(err) == ticket.Unauthenticated {
			tried++
		}
	}
	require.Equal(t, 11, tried)
	_, err = b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "198.51.100.9"})
	requireKind(t, ticket.RateLimited, err)
	_, err = b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "203.0.113.5"})
	require.NoError(t, err)
	_, err = b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "198.51.100.9"})
	require.NoError(t, err, "success ends the account's wait")
}

// TestLoginRaces: a password that was right when it was checked is refused when the account has changed meanwhile.
func TestLoginRaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "mia", rbac.RoleSupport)
	other := b.open(t)
	change := func(active bool) {
		_, err := other.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Active: &active})
		require.NoError(t, err)
	}
	for _, then := range []func(){
		func() { change(false) },
		func() { change(true) }, // the version has moved on
		func() {
			_, err := other.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Password: ptr(otherPassword)})
			require.NoError(t, err)
			_, err = other.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Password: ptr(goodPassword)})
			require.NoError(t, err)
		},
		func() { require.NoError(t, other.DeleteUser(t.Context(), system, u.ID)) },
	} {
		replica := b.open(t, func(c *rbac.Config) { c.Store = &between{Store: b.store, then: then} })
		_, err := replica.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{})
		requireKind(t, ticket.Unauthenticated, err)
	}
}

// between runs something before the first transaction.
type between struct {
	*rbactest.Store
	once sync.Once
	then func()
}

func (s *between) UpdateAccounts(ctx context.Context, fn func(rbac.Tx) error) error {
	s.once.Do(s.then)
	return s.Store.UpdateAccounts(ctx, fn)
}

// TestDatabaseAway: an error of the database is neither a refusal nor counted as a wrong password.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	_, token := b.login(t, "mia")
	away := ticket.Errorf(ticket.Unavailable, "the database is away")
	b.store.SetFault(func() error { return away })
	for range 50 {
		_, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{})
		require.ErrorIs(t, err, away)
		_, err = b.Authenticate(t.Context(), token)
		require.ErrorIs(t, err, away)
	}
	_, _, err := b.Bootstrap(t.Context(), "", "")
	require.ErrorIs(t, err, away)
	_, err = b.Policy().Grant(t.Context(), nil, ticket.AccountActor("x", ""), ticket.OpTicketRead)
	require.ErrorIs(t, err, away, "not known is not no")
	b.store.SetFault(nil)
	b.login(t, "mia")
}
