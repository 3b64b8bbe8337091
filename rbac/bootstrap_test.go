package rbac_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestBootstrapGenerates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secret, created, err := b.Bootstrap(t.Context(), "", "")
	require.NoError(t, err)
	require.True(t, created)
	require.Len(t, secret, 27)

	r, err := b.Login(t.Context(), "admin", secret, rbac.LoginMeta{Panel: true})
	require.NoError(t, err)
	require.True(t, r.Account.MustChange)
	require.Equal(t, rbac.RoleAdmin, r.Account.Role)
	p, err := b.Authenticate(t.Context(), r.Token)
	require.NoError(t, err)
	require.Empty(t, p.Permissions)
	for _, op := range rbac.AllPermissions() {
		g, err := b.Policy().Grant(t.Context(), nil, p.Actor, op)
		require.NoError(t, err)
		require.True(t, g.Empty(), op)
		g, err = b.Policy().Grant(t.Context(), nil, ticket.AccountActor(p.Account.ID, "admin"), op)
		require.NoError(t, err)
		require.True(t, g.Empty(), "without claims too")
	}
	_, err = b.CreateUser(t.Context(), p.Actor, rbac.NewUser{Username: "x", Role: rbac.RoleAdmin, Password: goodPassword})
	requireKind(t, ticket.Denied, err)
	_, err = b.Sessions(t.Context(), p.Actor, p.Account.ID)
	requireKind(t, ticket.Denied, err)
	_, _, err = b.CreateToken(t.Context(), p.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}})
	requireKind(t, ticket.Denied, err)

	next, err := b.ChangePassword(t.Context(), p, secret, goodPassword)
	require.NoError(t, err)
	require.False(t, next.Account.MustChange)
	p, err = b.Authenticate(t.Context(), next.Token)
	require.NoError(t, err)
	require.Equal(t, rbac.AllPermissions(), p.Permissions)

	again, created, err := b.Bootstrap(t.Context(), "other", "")
	require.NoError(t, err)
	require.False(t, created)
	require.Empty(t, again)
	_, created, err = b.Bootstrap(t.Context(), "", "admin123")
	require.NoError(t, err, "only the first start looks at it")
	require.False(t, created)
}

func TestBootstrapWithPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, weak := range []string{"admin123", "password", "1234", "Chefin2026", "changeme"} {
		_, created, err := b.Bootstrap(t.Context(), "chefin", weak)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "password"}, weak)
		require.False(t, created)
	}
	_, _, err := b.Bootstrap(t.Context(), "che\u202efin", goodPassword)
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "username"})
	secret, created, err := b.Bootstrap(t.Context(), "chefin", goodPassword)
	require.NoError(t, err)
	require.True(t, created)
	require.Empty(t, secret, "what was given is not repeated")
	p, _ := b.login(t, "chefin")
	require.False(t, p.Account.MustChange)
	require.Equal(t, []ticket.EventType{rbac.EventUserCreated, rbac.EventLogin}, b.types())
}

func TestBootstrapRace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var mu sync.Mutex
	var secrets []string
	var wg sync.WaitGroup
	for i := range 8 {
		replica := b.open(t)
		wg.Go(func() {
			secret, created, err := replica.Bootstrap(t.Context(), fmt.Sprint("admin", i), "")
			if err != nil {
				t.Error(err)
			}
			if created != (secret != "") {
				t.Error("created without a secret, or the other way round")
			}
			if created {
				mu.Lock()
				defer mu.Unlock()
				secrets = append(secrets, secret)
			}
		})
	}
	wg.Wait()
	require.Len(t, secrets, 1)
	list, err := b.store.ListAccounts(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}
