package rbac_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestExternal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, err := b.EnsureExternal(t.Context(), "sub-1", "mia", "Mia Muster", rbac.RoleSupport)
	require.NoError(t, err)
	require.Equal(t, rbac.PermissionsOf(rbac.RoleSupport), p.Permissions)
	require.Equal(t, "Mia Muster", p.Actor.Name)
	require.Empty(t, p.Session)
	_, err = b.Refresh(t.Context(), p)
	require.NoError(t, err)

	n := len(b.types())
	reads := 0
	b.store.SetFault(func() error { reads++; return nil })
	again, err := b.EnsureExternal(t.Context(), "sub-1", "mia", "Mia Muster", rbac.RoleSupport)
	require.NoError(t, err)
	b.store.SetFault(nil)
	require.Equal(t, 1, reads, "one query, and no transaction, while nothing has changed")
	require.Equal(t, p.Account.ID, again.Account.ID)
	require.Len(t, b.types(), n)

	up, err := b.EnsureExternal(t.Context(), "sub-1", "mia.m", "Mia M.", rbac.RoleAdmin)
	require.NoError(t, err)
	require.Equal(t, p.Account.ID, up.Account.ID)
	require.Equal(t, "mia.m", up.Account.Username)
	require.Equal(t, rbac.AllPermissions(), up.Permissions)
	_, err = b.Refresh(t.Context(), p)
	requireKind(t, ticket.Unauthenticated, err)

	down, err := b.EnsureExternal(t.Context(), "sub-1", "mia.m", "Mia M.", rbac.RoleViewer)
	require.NoError(t, err, "the host decides, for it can always name another")
	require.Equal(t, rbac.PermissionsOf(rbac.RoleViewer), down.Permissions)

	_, err = b.ChangePassword(t.Context(), p, "", otherPassword)
	requireKind(t, ticket.Denied, err)
	requireKind(t, ticket.Denied, b.Logout(t.Context(), p))
	_, err = b.UpdateUser(t.Context(), system, p.Account.ID, rbac.UserChange{Password: ptr(otherPassword)})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "password"})

	_, err = b.UpdateUser(t.Context(), system, p.Account.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	n = len(b.types())
	_, err = b.EnsureExternal(t.Context(), "sub-1", "mia.m", "Mia M.", rbac.RoleAdmin)
	requireKind(t, ticket.Unauthenticated, err)
	require.Len(t, b.types(), n)
}

// TestExternalInheritsNothing: neither the name of another account nor a similar subject opens it.
func TestExternalInheritsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.user(t, "admin", rbac.RoleAdmin)
	p, err := b.EnsureExternal(t.Context(), "sub-1", "ADMIN", "", rbac.RoleViewer)
	require.NoError(t, err)
	require.NotEqual(t, admin.ID, p.Account.ID)
	require.Regexp(t, `^ADMIN-[0-9a-f]{8}$`, p.Account.Username)
	again, err := b.EnsureExternal(t.Context(), "sub-1", "ADMIN", "", rbac.RoleViewer)
	require.NoError(t, err)
	require.Equal(t, p.Account.ID, again.Account.ID)
	require.Equal(t, p.Account.Username, again.Account.Username, "and it stays so")
	other, err := b.EnsureExternal(t.Context(), "SUB-1", "ADMIN", "", rbac.RoleViewer)
	require.NoError(t, err)
	require.NotEqual(t, p.Account.ID, other.Account.ID)

	for field, c := range map[string][4]string{
		"subject":   {"", "mia", "", rbac.RoleViewer},
		"subject ":  {strings.Repeat("x", 256), "mia", "", rbac.RoleViewer},
		"subject  ": {"a\x00b", "mia", "", rbac.RoleViewer},
		"username":  {"s", "", "", rbac.RoleViewer},
		"name":      {"s", "mia", "\x07", rbac.RoleViewer},
		"role":      {"s", "mia", "", "owner"},
	} {
		_, err := b.EnsureExternal(t.Context(), c[0], c[1], c[2], c[3])
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: strings.TrimSpace(field)})
	}
}

func TestExternalPromotionEndsLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, err := b.EnsureExternal(t.Context(), "sub-1", "mia", "", rbac.RoleSupport)
	require.NoError(t, err)
	_, err = b.UpdateUser(t.Context(), system, p.Account.ID, rbac.UserChange{Queues: &[]ticket.QueueID{"q1"}})
	require.NoError(t, err)
	p, err = b.EnsureExternal(t.Context(), "sub-1", "mia", "", rbac.RoleSupport)
	require.NoError(t, err)
	require.Equal(t, []ticket.QueueID{"q1"}, p.Queues, "limits set here stay")
	p, err = b.EnsureExternal(t.Context(), "sub-1", "mia", "", rbac.RoleAdmin)
	require.NoError(t, err)
	require.Equal(t, rbac.AllPermissions(), p.Permissions)
}

func TestExternalFirstRequestsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for range 10 {
		replica := b.open(t)
		wg.Go(func() {
			if _, err := replica.EnsureExternal(t.Context(), "sub-1", "mia", "", rbac.RoleSupport); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := b.store.ListAccounts(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// TestMemberKeepsItsRole: a channel knows who works at the desk; what they may do is decided here, and stays so whatever they do there.
func TestMemberKeepsItsRole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, err := b.EnsureMember(t.Context(), "chat:1", "mia", "Mia", rbac.RoleSupport)
	require.NoError(t, err)
	require.Equal(t, rbac.RoleSupport, p.Account.Role)
	for _, role := range []string{rbac.RoleViewer, rbac.RoleAdmin} {
		_, err = b.UpdateUser(t.Context(), ticket.SystemActor("test"), p.Account.ID, rbac.UserChange{Role: ptr(role)})
		require.NoError(t, err)
		again, err := b.EnsureMember(t.Context(), "chat:1", "mia", "Mia "+role, rbac.RoleSupport)
		require.NoError(t, err)
		require.Equal(t, role, again.Account.Role)
		require.Equal(t, "Mia "+role, again.Account.Name)
	}
}
