package rbac_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	u, err := b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: "mia", Name: " Mia Muster ", Role: rbac.RoleSupport,
		Password: goodPassword, Queues: []ticket.QueueID{"q2", "q1", "q2"}})
	require.NoError(t, err)
	require.True(t, u.Active)
	require.False(t, u.MustChange, "never forced on accounts made through the API")
	require.Equal(t, "Mia Muster", u.Name)
	require.Equal(t, []ticket.QueueID{"q1", "q2"}, u.Queues)
	require.Empty(t, u.PasswordHash)
	require.Equal(t, b.clock.Now(), u.CreatedAt)

	got, err := b.User(t.Context(), admin.Actor, u.ID)
	require.NoError(t, err)
	require.Equal(t, u, got)
	list, err := b.ListUsers(t.Context(), admin.Actor, "", 0)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "a admin", list[0].Username)
	list, err = b.ListUsers(t.Context(), admin.Actor, list[0].Username, 1)
	require.NoError(t, err)
	require.Equal(t, []rbac.User{u}, list)

	_, err = b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: "MIA", Role: rbac.RoleViewer, Password: goodPassword})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: "username"})

	require.NoError(t, b.DeleteUser(t.Context(), admin.Actor, u.ID))
	_, err = b.User(t.Context(), admin.Actor, u.ID)
	requireKind(t, ticket.NotFound, err)
	requireKind(t, ticket.NotFound, b.DeleteUser(t.Context(), admin.Actor, u.ID))
	_, err = b.UpdateUser(t.Context(), admin.Actor, u.ID, rbac.UserChange{})
	requireKind(t, ticket.NotFound, err)
}

func TestInputOfUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user(t, "mia", rbac.RoleSupport)
	good := rbac.NewUser{Username: "zoe", Role: rbac.RoleSupport, Password: goodPassword}
	for field, change := range map[string]func(*rbac.NewUser){
		"username":       func(n *rbac.NewUser) { n.Username = "" },
		"username ":      func(n *rbac.NewUser) { n.Username = " \t " },
		"username  ":     func(n *rbac.NewUser) { n.Username = strings.Repeat("ü", 65) },
		"username   ":    func(n *rbac.NewUser) { n.Username = "a\x00b" },
		"username    ":   func(n *rbac.NewUser) { n.Username = "a\u202eb" },
		"username     ":  func(n *rbac.NewUser) { n.Username = "a\u200bb" },
		"username      ": func(n *rbac.NewUser) { n.Username = "a\r\nb" },
		"name":           func(n *rbac.NewUser) { n.Name = strings.Repeat("x", 101) },
		"name ":          func(n *rbac.NewUser) { n.Name = "a\xffb" },
		"role":           func(n *rbac.NewUser) { n.Role = "" },
		"role ":          func(n *rbac.NewUser) { n.Role = "Admin" },
		"password":       func(n *rbac.NewUser) { n.Password = "" },
		"password ":      func(n *rbac.NewUser) { n.Password = "passwort1" },
		"password  ":     func(n *rbac.NewUser) { n.PasswordHash = "$2a$" },
		"password_hash":  func(n *rbac.NewUser) { n.Password, n.PasswordHash = "", "$2a$" },
		"queues":         func(n *rbac.NewUser) { n.Queues = []ticket.QueueID{""} },
		"queues ":        func(n *rbac.NewUser) { n.Queues = make([]ticket.QueueID, 101) },
		"queues  ":       func(n *rbac.NewUser) { n.Role, n.Queues = rbac.RoleAdmin, []ticket.QueueID{"q1"} },
	} {
		n := good
		change(&n)
		_, err := b.CreateUser(t.Context(), system, n)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: strings.TrimSpace(field)}, "%q", field)
	}
	for field, c := range map[string]rbac.UserChange{
		"name":     {Name: ptr("a\x00")},
		"role":     {Role: ptr("root")},
		"password": {Password: ptr("mia12345")},
		"queues":   {Queues: &[]ticket.QueueID{""}},
		"queues ":  {Queues: &[]ticket.QueueID{"q1"}, Role: ptr(rbac.RoleAdmin)},
	} {
		_, err := b.UpdateUser(t.Context(), system, u.ID, c)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: strings.TrimSpace(field)}, "%q", field)
	}
	got, err := b.User(t.Context(), system, u.ID)
	require.NoError(t, err)
	require.Equal(t, u, got)
	_, err = b.ListUsers(t.Context(), system, "", 101)
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "limit"})
}

// TestWhoMayManageUsers calls every method as everybody.
func TestWhoMayManageUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	narrowed, _ := b.withToken(t, admin, ticket.OpTicketRead, ticket.OpUserRead)
	support, viewer := b.as(t, rbac.RoleSupport), b.as(t, rbac.RoleViewer)
	b.user(t, "limited", rbac.RoleSupport, "q1")
	limited, _ := b.login(t, "limited")
	target := b.user(t, "target", rbac.RoleViewer)

	actors := map[string]ticket.Actor{
		"nobody": {}, "contact": {Kind: ticket.ActorContact, Contact: "c1"}, "deleted account": ticket.AccountActor("gone", "x"),
		"viewer": viewer.Actor, "support": support.Actor, "limited": limited.Actor, "narrowed token": narrowed.Actor,
		"made up claims":    {Kind: ticket.ActorAccount, Account: admin.Account.ID, Claims: &rbac.Claims{}},
		"somebody's claims": {Kind: ticket.ActorAccount, Account: viewer.Account.ID, Claims: admin.Actor.Claims},
		"foreign claims":    {Kind: ticket.ActorAccount, Account: admin.Account.ID, Claims: "admin"},
		"no claims":         {Kind: ticket.ActorAccount, Account: viewer.Account.ID},
		"nil claims":        {Kind: ticket.ActorAccount, Account: admin.Account.ID, Claims: (*rbac.Claims)(nil)},
		"unknown kind":      {Kind: "root", Account: admin.Account.ID},
	}
	calls := map[string]func(ticket.Actor) error{
		"create": func(a ticket.Actor) error {
			_, err := b.CreateUser(t.Context(), a, rbac.NewUser{Username: "new", Role: rbac.RoleViewer, Password: goodPassword})
			return err
		},
		"update": func(a ticket.Actor) error {
			_, err := b.UpdateUser(t.Context(), a, target.ID, rbac.UserChange{Name: ptr("changed")})
			return err
		},
		"update an unknown one": func(a ticket.Actor) error {
			_, err := b.UpdateUser(t.Context(), a, "unknown", rbac.UserChange{Password: ptr(otherPassword)})
			return err
		},
		"delete":   func(a ticket.Actor) error { return b.DeleteUser(t.Context(), a, target.ID) },
		"list":     func(a ticket.Actor) error { _, err := b.ListUsers(t.Context(), a, "", 0); return err },
		"get":      func(a ticket.Actor) error { _, err := b.User(t.Context(), a, target.ID); return err },
		"sessions": func(a ticket.Actor) error { _, err := b.Sessions(t.Context(), a, target.ID); return err },
		"revoke session": func(a ticket.Actor) error {
			return b.RevokeSession(t.Context(), a, admin.Account.ID, admin.Session)
		},
		"tokens": func(a ticket.Actor) error { _, err := b.Tokens(t.Context(), a, target.ID); return err },
		"create token": func(a ticket.Actor) error {
			_, _, err := b.CreateToken(t.Context(), a, rbac.NewToken{Account: target.ID, Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}})
			return err
		},
		"revoke token": func(a ticket.Actor) error { return b.RevokeToken(t.Context(), a, admin.Account.ID, narrowed.Token) },
	}
	allowed := map[string][]string{"narrowed token": {"list", "get", "sessions"}}
	events := len(b.types())
	for who, a := range actors {
		for what, call := range calls {
			err := call(a)
			if slices.Contains(allowed[who], what) {
				require.NoError(t, err, "%s: %s", who, what)
				continue
			}
			require.Contains(t, []ticket.Kind{ticket.Denied, ticket.Unauthenticated}, ticket.KindOf(err), "%s: %s: %v", who, what, err)
		}
		for _, op := range rbac.AllPermissions() { // and through the policy
			g, err := b.Policy().Grant(t.Context(), nil, a, op)
			require.NoError(t, err)
			switch {
			case who == "contact":
				require.False(t, g.All || len(g.Queues) > 0, "%s: %s: at most what they have requested", who, op)
			case !slices.Contains([]string{"viewer", "support", "limited", "narrowed token", "no claims"}, who):
				require.True(t, g.Empty(), "%s: %s", who, op)
			}
		}
	}
	require.Len(t, b.types(), events, "nothing was changed")
	for what, call := range calls {
		if what == "delete" || what == "update an unknown one" || strings.HasPrefix(what, "revoke") {
			continue
		}
		require.NoError(t, call(admin.Actor), what)
	}
}

// TestNobodyGrantsWhatTheyLack: a token with user management but little else can neither make nor take over anybody stronger.
func TestNobodyGrantsWhatTheyLack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	scopes := append(rbac.PermissionsOf(rbac.RoleViewer), ticket.OpUserRead, ticket.OpUserCreate, ticket.OpUserUpdate, ticket.OpUserDelete,
		ticket.OpTokenOwn, ticket.OpTokenManage)
	clerk, _ := b.withToken(t, admin, scopes...)
	victim := b.user(t, "victim", rbac.RoleAdmin)
	vp, _ := b.login(t, "victim")

	u, err := b.CreateUser(t.Context(), clerk.Actor, rbac.NewUser{Username: "new", Role: rbac.RoleViewer, Password: goodPassword})
	require.NoError(t, err)
	_, err = b.UpdateUser(t.Context(), clerk.Actor, u.ID, rbac.UserChange{Name: ptr("New"), Password: ptr(otherPassword)})
	require.NoError(t, err)

	for what, call := range map[string]func() error{
		"make an admin": func() error {
			_, err := b.CreateUser(t.Context(), clerk.Actor, rbac.NewUser{Username: "x", Role: rbac.RoleAdmin, Password: goodPassword})
			return err
		},
		"make a supporter": func() error {
			_, err := b.CreateUser(t.Context(), clerk.Actor, rbac.NewUser{Username: "x", Role: rbac.RoleSupport, Password: goodPassword})
			return err
		},
		"promote": func() error {
			_, err := b.UpdateUser(t.Context(), clerk.Actor, u.ID, rbac.UserChange{Role: ptr(rbac.RoleAdmin)})
			return err
		},
		"set an admin's password": func() error {
			_, err := b.UpdateUser(t.Context(), clerk.Actor, victim.ID, rbac.UserChange{Password: ptr(otherPassword)})
			return err
		},
		"demote an admin": func() error {
			_, err := b.UpdateUser(t.Context(), clerk.Actor, victim.ID, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
			return err
		},
		"delete an admin": func() error { return b.DeleteUser(t.Context(), clerk.Actor, victim.ID) },
		"end an admin's session": func() error {
			return b.RevokeSession(t.Context(), clerk.Actor, victim.ID, vp.Session)
		},
		"end its owner's session": func() error {
			return b.RevokeSession(t.Context(), clerk.Actor, admin.Account.ID, admin.Session)
		},
		"a wider token of its own": func() error {
			_, _, err := b.CreateToken(t.Context(), clerk.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketDelete}})
			return err
		},
		"a wider token of an admin": func() error {
			_, _, err := b.CreateToken(t.Context(), clerk.Actor, rbac.NewToken{Account: victim.ID, Name: "t", Scopes: []ticket.Op{ticket.OpBackupRun}})
			return err
		},
		"a token beyond its owner": func() error {
			_, _, err := b.CreateToken(t.Context(), clerk.Actor, rbac.NewToken{Account: u.ID, Name: "t", Scopes: []ticket.Op{ticket.OpUserRead}})
			return err
		},
	} {
		requireKind(t, ticket.Denied, call())
		require.NotEmpty(t, what)
	}
	_, _, err = b.CreateToken(t.Context(), clerk.Actor, rbac.NewToken{Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}})
	requireKind(t, ticket.Denied, err) // not even what it has itself: a token that ends would outlive itself
	requireKind(t, ticket.Denied, b.RevokeToken(t.Context(), clerk.Actor, admin.Account.ID, clerk.Token))
}

// TestChangesCountAtOnce: the next request of somebody whose account changed sees the change, and what was issued before has ended.
func TestChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change rbac.UserChange
		ends   bool // sessions end
		after  string
	}{
		"role":     {rbac.UserChange{Role: ptr(rbac.RoleViewer)}, true, rbac.RoleViewer},
		"promoted": {rbac.UserChange{Role: ptr(rbac.RoleAdmin)}, true, rbac.RoleAdmin},
		"inactive": {rbac.UserChange{Active: ptr(false)}, true, ""},
		"password": {rbac.UserChange{Password: ptr(otherPassword)}, true, rbac.RoleSupport},
		"queues":   {rbac.UserChange{Queues: &[]ticket.QueueID{"q1"}}, true, rbac.RoleSupport},
		"name":     {rbac.UserChange{Name: ptr("Mia")}, false, rbac.RoleSupport},
		"nothing":  {rbac.UserChange{Role: ptr(rbac.RoleSupport), Active: ptr(true), Queues: &[]ticket.QueueID{}}, false, rbac.RoleSupport},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.user(t, "mia", rbac.RoleSupport)
			p, token := b.login(t, "mia")
			tp, secret := b.withToken(t, p, rbac.PermissionsOf(rbac.RoleSupport)...)
			u, err := b.UpdateUser(t.Context(), system, p.Account.ID, c.change)
			require.NoError(t, err)

			_, err = b.Authenticate(t.Context(), token)
			_, again := b.Refresh(t.Context(), p)
			_, stream := b.Refresh(t.Context(), tp)
			if c.ends {
				requireKind(t, ticket.Unauthenticated, err)
				requireKind(t, ticket.Unauthenticated, again)
				requireKind(t, ticket.Unauthenticated, stream)
				require.Equal(t, p.Account.Version+1, u.Version)
				left, err := b.store.ListSessions(t.Context(), u.ID)
				require.NoError(t, err)
				require.Empty(t, left)
			} else {
				require.NoError(t, err)
				require.NoError(t, again)
				require.NoError(t, stream)
				require.Equal(t, p.Account.Version, u.Version)
			}
			now, err := b.Authenticate(t.Context(), secret)
			if !u.Active {
				requireKind(t, ticket.Unauthenticated, err)
				return
			}
			require.NoError(t, err)
			for _, op := range rbac.AllPermissions() {
				g, err := b.Policy().Grant(t.Context(), nil, now.Actor, op)
				require.NoError(t, err)
				scopes := rbac.PermissionsOf(rbac.RoleSupport)
				if len(u.Queues) > 0 {
					require.False(t, g.All)
					continue
				}
				require.Equal(t, slices.Contains(rbac.PermissionsOf(c.after), op) && slices.Contains(scopes, op), g.All, op)
			}
		})
	}
}

// TestStaleClaimsCannotWrite: claims made before a demotion do nothing to users, even within the same request.
func TestStaleClaimsCannotWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "boss", rbac.RoleAdmin)
	admin := b.as(t, rbac.RoleAdmin)
	_, err := b.UpdateUser(t.Context(), system, admin.Account.ID, rbac.UserChange{Role: ptr(rbac.RoleViewer)})
	require.NoError(t, err)
	_, err = b.CreateUser(t.Context(), admin.Actor, rbac.NewUser{Username: "x", Role: rbac.RoleAdmin, Password: goodPassword})
	requireKind(t, ticket.Unauthenticated, err)
	requireKind(t, ticket.Unauthenticated, b.DeleteUser(t.Context(), admin.Actor, admin.Account.ID))
}
