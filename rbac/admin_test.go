package rbac_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	id := admin.Account.ID
	off := b.user(t, "off", rbac.RoleAdmin)
	_, err := b.UpdateUser(t.Context(), system, off.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)

	for _, by := range []ticket.Actor{admin.Actor, system} {
		for _, c := range []rbac.UserChange{{Role: ptr(rbac.RoleSupport)}, {Active: ptr(false)}, {Role: ptr(rbac.RoleViewer), Active: ptr(false)}} {
			_, err := b.UpdateUser(t.Context(), by, id, c)
			requireKind(t, ticket.Conflict, err)
		}
		requireKind(t, ticket.Conflict, b.DeleteUser(t.Context(), by, id))
	}
	_, err = b.UpdateUser(t.Context(), admin.Actor, off.ID, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
	require.NoError(t, err, "one that is inactive does not count")
	_, err = b.UpdateUser(t.Context(), admin.Actor, off.ID, rbac.UserChange{Role: ptr(rbac.RoleAdmin), Active: ptr(true)})
	require.NoError(t, err)
	require.NoError(t, b.DeleteUser(t.Context(), admin.Actor, id), "now there is another")
}

// TestLastAdminRace: of two admins who remove each other at the same time, on different replicas, one stays.
func TestLastAdminRace(t *testing.T) {
	t.Parallel()
	for range 20 {
		b := setup(t)
		x, y := b.user(t, "x", rbac.RoleAdmin), b.user(t, "y", rbac.RoleAdmin)
		px, _ := b.login(t, "x")
		py, _ := b.login(t, "y")
		r1, r2 := b.open(t), b.open(t)
		var won atomic.Int64
		var wg sync.WaitGroup
		for _, f := range []func() error{
			func() error { return r1.DeleteUser(t.Context(), px.Actor, y.ID) },
			func() error {
				_, err := r2.UpdateUser(t.Context(), py.Actor, x.ID, rbac.UserChange{Role: ptr(rbac.RoleSupport)})
				return err
			},
			func() error {
				_, err := r1.UpdateUser(t.Context(), system, x.ID, rbac.UserChange{Active: ptr(false)})
				return err
			},
			func() error { return r2.DeleteUser(t.Context(), system, y.ID) },
		} {
			wg.Go(func() {
				if f() == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		n, err := b.store.CountActive(t.Context(), rbac.RoleAdmin)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, 1)
		require.Positive(t, won.Load())
	}
}

// TestAnAdminAlwaysRemains: no sequence of changes leaves the desk without one.
func TestAnAdminAlwaysRemains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := setup(t)
		_, _, err := b.Bootstrap(t.Context(), "", goodPassword)
		require.NoError(rt, err)
		for i := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			list, err := b.ListUsers(t.Context(), system, "", 0)
			require.NoError(rt, err)
			u := rapid.SampledFrom(list).Draw(rt, "user")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				_, err = b.CreateUser(t.Context(), system, rbac.NewUser{Username: fmt.Sprint("u", i),
					Role: rapid.SampledFrom(rbac.Roles()).Draw(rt, "role"), Password: goodPassword})
			case 1:
				_, err = b.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Role: ptr(rapid.SampledFrom(rbac.Roles()).Draw(rt, "role"))})
			case 2:
				_, err = b.UpdateUser(t.Context(), system, u.ID, rbac.UserChange{Active: ptr(rapid.Bool().Draw(rt, "active"))})
			case 3:
				err = b.DeleteUser(t.Context(), system, u.ID)
			}
			if err != nil && ticket.KindOf(err) != ticket.Conflict {
				rt.Fatal(err)
			}
			n, err := b.store.CountActive(t.Context(), rbac.RoleAdmin)
			require.NoError(rt, err)
			require.Positive(rt, n)
		}
	})
}
