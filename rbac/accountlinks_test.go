package rbac_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestLinkByCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mia := b.user(t, "mia", rbac.RoleSupport)
	p, _ := b.login(t, "mia")
	_, err := b.Linked(t.Context(), "chat:1")
	requireKind(t, ticket.NotFound, err)
	code, until, err := b.LinkCode(t.Context(), p)
	require.NoError(t, err)
	require.True(t, until.After(b.clock.Now()))
	for name, bad := range map[string]string{"empty": "", "short": "YQ", "cut": code[:len(code)-2], "changed": strings.ToUpper(code), "text": "not a code!"} {
		_, err := b.Redeem(t.Context(), system, "chat:1", bad)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "code"}, name)
	}
	_, err = b.Redeem(t.Context(), p.Actor, "chat:1", code)
	requireKind(t, ticket.Denied, err)
	_, err = b.Redeem(t.Context(), system, "nobody", code)
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "subject"})

	u, err := b.Redeem(t.Context(), system, "chat:1", code)
	require.NoError(t, err)
	require.Equal(t, mia.ID, u.ID)
	as, err := b.Linked(t.Context(), "chat:1")
	require.NoError(t, err)
	require.Equal(t, mia.ID, as.Account.ID)
	require.Equal(t, rbac.PermissionsOf(rbac.RoleSupport), as.Permissions)
	_, err = b.Redeem(t.Context(), system, "chat:2", code)
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "code"}, "it works once")
	require.Equal(t, rbac.EventUserUpdated, b.types()[len(b.types())-1])

	code, _, err = b.LinkCode(t.Context(), p)
	require.NoError(t, err)
	b.clock.Add(11 * time.Minute)
	_, err = b.Redeem(t.Context(), system, "chat:2", code)
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "code"}, "it ends")

	subjects, err := b.Subjects(t.Context(), system, mia.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"chat:1"}, subjects)
	_, err = b.Subjects(t.Context(), as.Actor, mia.ID)
	requireKind(t, ticket.Denied, err)
	require.NoError(t, b.UnlinkAccount(t.Context(), as.Actor, mia.ID, "chat:1"), "one's own")
	requireKind(t, ticket.NotFound, b.UnlinkAccount(t.Context(), as.Actor, mia.ID, "chat:1"))
	_, err = b.Linked(t.Context(), "chat:1")
	requireKind(t, ticket.NotFound, err)
}

func TestLinkByAnAdministrator(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "root", rbac.RoleAdmin)
	mia, otto := b.user(t, "mia", rbac.RoleSupport), b.user(t, "otto", rbac.RoleSupport)
	root, _ := b.login(t, "root")
	support, _ := b.login(t, "otto")
	requireKind(t, ticket.Denied, b.LinkAccount(t.Context(), support.Actor, mia.ID, "chat:1"))
	requireKind(t, ticket.Denied, b.LinkAccount(t.Context(), support.Actor, otto.ID, "chat:1"))
	require.NoError(t, b.LinkAccount(t.Context(), root.Actor, mia.ID, "chat:1"))
	require.NoError(t, b.LinkAccount(t.Context(), root.Actor, otto.ID, "chat:1"), "it is somebody else's now")
	as, err := b.Linked(t.Context(), "chat:1")
	require.NoError(t, err)
	require.Equal(t, otto.ID, as.Account.ID)
	links, err := b.AccountLinks(t.Context(), root.Actor, mia.ID)
	require.NoError(t, err)
	require.Empty(t, links)
	links, err = b.AccountLinks(t.Context(), support.Actor, otto.ID)
	require.NoError(t, err, "one's own")
	require.Len(t, links, 1)
	_, err = b.AccountLinks(t.Context(), support.Actor, mia.ID)
	requireKind(t, ticket.Denied, err)
	requireKind(t, ticket.Denied, b.UnlinkAccount(t.Context(), support.Actor, mia.ID, "chat:1"))
	require.ErrorIs(t, b.LinkAccount(t.Context(), root.Actor, mia.ID, "chat"), &ticket.Error{Kind: ticket.Invalid, Field: "subject"})
	requireKind(t, ticket.NotFound, b.LinkAccount(t.Context(), root.Actor, "nobody", "chat:1"))

	_, err = b.UpdateUser(t.Context(), system, otto.ID, rbac.UserChange{Active: ptr(false)})
	require.NoError(t, err)
	_, err = b.Linked(t.Context(), "chat:1")
	requireKind(t, ticket.Unauthenticated, err)
	require.NoError(t, b.DeleteUser(t.Context(), root.Actor, otto.ID))
	_, err = b.Linked(t.Context(), "chat:1")
	requireKind(t, ticket.NotFound, err)
}
