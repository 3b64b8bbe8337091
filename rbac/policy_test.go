package rbac_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	_ ticket.Policy    = (*rbac.Policy)(nil)
	_ ticket.Directory = (*rbac.Policy)(nil)
)

// bothReaders is what a transaction of a real store is: a reader of tickets and of accounts.
type (
	ticketReader = ticket.Reader
	bothReaders  struct {
		ticketReader
		rbac.Reader
	}
)

// TestPolicyStaysInTheTransaction: the Reader that it is given is asked, not the store, whose only connection may be the transaction's.
func TestPolicyStaysInTheTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "mia", rbac.RoleSupport)
	actor := ticket.AccountActor(u.ID, "mia")
	err := b.store.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		acc, err := tx.AccountByID(t.Context(), u.ID)
		require.NoError(t, err)
		acc.Role, acc.Version = rbac.RoleViewer, acc.Version+1
		require.NoError(t, tx.UpdateAccount(t.Context(), acc, u.Version))
		require.NoError(t, tx.SetAccountGrants(t.Context(), u.ID, []rbac.Grant{{Role: rbac.RoleViewer, Queue: "q9"}}))
		b.store.SetFault(func() error { return fmt.Errorf("asked outside the transaction") })
		defer b.store.SetFault(nil)

		r := bothReaders{Reader: tx}
		g, err := b.Policy().Grant(t.Context(), r, actor, ticket.OpTicketClaim)
		require.NoError(t, err)
		require.True(t, g.Empty(), "sees what the transaction has written")
		g, err = b.Policy().Grant(t.Context(), r, actor, ticket.OpTicketRead)
		require.NoError(t, err)
		require.Equal(t, []ticket.QueueID{"q9"}, g.Queues)
		entry, err := b.Policy().Account(t.Context(), r, u.ID)
		require.NoError(t, err)
		require.Equal(t, "mia", entry.Name)
		list, err := b.Policy().Accounts(t.Context(), r)
		require.NoError(t, err)
		require.Len(t, list, 1)
		return context.Canceled // roll back
	})
	require.ErrorIs(t, err, context.Canceled)
	g, err := b.Policy().Grant(t.Context(), nil, actor, ticket.OpTicketClaim)
	require.NoError(t, err)
	require.True(t, g.All, "nothing of it was remembered")
	p, _ := b.login(t, "mia")
	require.Empty(t, p.Queues)
}

func TestClaimsCostNoQuery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport, "q1")
	p, token := b.login(t, "mia")
	reads := 0
	b.store.SetFault(func() error { reads++; return nil })
	defer b.store.SetFault(nil)
	_, err := b.Authenticate(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, 1, reads, "session and account by one query, limits from the cache")
	for range 10 {
		g, err := b.Policy().Grant(t.Context(), nil, p.Actor, ticket.OpTicketRead)
		require.NoError(t, err)
		require.Equal(t, []ticket.QueueID{"q1"}, g.Queues)
	}
	require.Equal(t, 1, reads)
}

func TestUnknownRoleMayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "mia", rbac.RoleSupport)
	require.NoError(t, b.store.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		return tx.SetAccountGrants(t.Context(), u.ID, []rbac.Grant{{Role: "from a later version"}})
	}))
	p, _ := b.login(t, "mia")
	require.Empty(t, p.Permissions)
	for _, op := range append(rbac.AllPermissions(), "", "*", "ticket:*") {
		g, err := b.Policy().Grant(t.Context(), nil, p.Actor, op)
		require.NoError(t, err)
		require.True(t, g.Empty())
	}
	g, err := b.Policy().Grant(t.Context(), nil, system, ticket.OpTicketRead)
	require.NoError(t, err)
	require.True(t, g.All)
}

func TestInactiveMayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.as(t, rbac.RoleAdmin)
	u := b.user(t, "gone", rbac.RoleAdmin)
	_, err := b.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	for _, op := range rbac.AllPermissions() {
		g, err := b.Policy().Grant(t.Context(), nil, ticket.AccountActor(u.ID, "gone"), op)
		require.NoError(t, err)
		require.True(t, g.Empty(), op)
	}
	requireKind(t, ticket.Denied, b.DeleteUser(t.Context(), ticket.AccountActor(u.ID, "gone"), u.ID))
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, name := range []string{"zoe", "Änne", "bob", "gone"} {
		_, err := b.CreateUser(t.Context(), system, rbac.NewUser{Username: fmt.Sprint("user", i), Name: name, Role: rbac.RoleViewer, Password: goodPassword})
		require.NoError(t, err)
	}
	plain := b.user(t, "carl", rbac.RoleViewer)
	gone, err := b.store.AccountByName(t.Context(), "user3")
	require.NoError(t, err)
	_, err = b.UpdateUser(t.Context(), system, gone.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	list, err := b.Policy().Accounts(t.Context(), nil)
	require.NoError(t, err)
	var names []string
	for _, a := range list {
		names = append(names, a.Name)
	}
	require.Equal(t, []string{"bob", "carl", "zoe", "Änne"}, names)
	got, err := b.Policy().Account(t.Context(), nil, gone.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.Account{ID: gone.ID, Username: "user3", Name: "gone"}, got)
	got, err = b.Policy().Account(t.Context(), nil, plain.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.Account{ID: plain.ID, Username: "carl", Name: "carl", Active: true}, got)
	_, err = b.Policy().Account(t.Context(), nil, "unknown")
	requireKind(t, ticket.NotFound, err)
}

func TestDirectoryIsBounded(t *testing.T) {
	t.Parallel()
	store := rbactest.NewStore()
	require.NoError(t, store.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		for i := range 1300 {
			a := &rbac.Account{ID: ticket.AccountID(fmt.Sprint(i)), Username: fmt.Sprintf("u%04d", i), Active: i%10 != 0, Role: rbac.RoleViewer}
			if err := tx.InsertAccount(t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	}))
	p, err := rbac.NewPolicy(store)
	require.NoError(t, err)
	list, err := p.Accounts(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, list, 1000)
	for _, a := range list {
		require.True(t, a.Active)
	}
}

// TestEverythingAtOnce has many goroutines on two replicas sign in, work and change users, for the race detector and the chain.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	replicas := []*rbac.Accounts{b.Accounts, b.open(t)}
	var wg sync.WaitGroup
	for g := range 8 {
		a := replicas[g%2]
		wg.Go(func() {
			ctx := t.Context()
			name := fmt.Sprint("user", g)
			u, err := a.CreateUser(ctx, admin.Actor, rbac.NewUser{Username: name, Role: rbac.RoleSupport, Password: goodPassword})
			if err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				r, err := a.Login(ctx, name, goodPassword, rbac.LoginMeta{Address: fmt.Sprintf("192.0.2.%d", g), Panel: g%3 == 0})
				if err != nil {
					t.Error(err)
					return
				}
				other := replicas[rand.IntN(2)]
				p, err := other.Authenticate(ctx, r.Token)
				if err != nil {
					t.Error(err)
					return
				}
				if _, secret, err := other.CreateToken(ctx, p.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}}); err != nil {
					t.Error(err)
				} else if _, err := a.Authenticate(ctx, secret); err != nil {
					t.Error(err)
				}
				if _, err := a.UpdateUser(ctx, admin.Actor, u.ID, rbac.UserChange{Queues: &[]ticket.QueueID{ticket.QueueID(fmt.Sprint(rand.IntN(3)))}}); err != nil {
					t.Error(err)
				}
				if _, err := other.ListUsers(ctx, admin.Actor, "", 0); err != nil {
					t.Error(err)
				}
				_, _ = other.Login(ctx, name, "wrong on purpose", rbac.LoginMeta{Address: "198.51.100.1"})
			}
		})
	}
	wg.Wait()
}
