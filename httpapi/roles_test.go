package httpapi

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	d := setup(t)
	all := d.as("anna", 200, get, "/admin/permissions", nil)
	require.Contains(t, all.pluck("permission"), "ticket:claim")
	for _, p := range all.items() {
		switch p["permission"] {
		case "ticket:read", "audit:read":
			require.Equal(t, []any{"own", "queue", "all"}, p["scopes"])
		case "ticket:claim", "user:read":
			require.Empty(t, p["scopes"])
		}
	}
	made := d.as("anna", 201, post, "/admin/roles", map[string]any{"name": "lead", "description": "Leitung",
		"permissions": []map[string]any{{"permission": "ticket:read", "scope": "all"}, {"permission": "ticket:claim"}}})
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	require.Equal(t, []any{map[string]any{"permission": "ticket:claim", "scope": "queue"}, map[string]any{"permission": "ticket:read", "scope": "all"}}, made.json()["permissions"])
	list := d.as("anna", 200, get, "/admin/roles", nil)
	require.Equal(t, []any{"admin", "support", "viewer", "lead"}, list.pluck("name"))
	require.Equal(t, []any{true, true, true, false}, list.pluck("builtin"))
	require.Equal(t, []string{"name"}, d.as("anna", 409, post, "/admin/roles", map[string]any{"name": "lead", "permissions": []map[string]any{{"permission": "ticket:read"}}}).fields())
	require.Equal(t, []string{"permissions"}, d.as("anna", 400, post, "/admin/roles", map[string]any{"name": "x", "permissions": []map[string]any{{"permission": "ticket:fly"}}}).fields())

	d.as("anna", 412, edit, "/admin/roles/lead", map[string]any{"description": "x"}, header{"If-Match", `"7"`})
	changed := d.as("anna", 200, edit, "/admin/roles/lead", map[string]any{"description": "x"}, header{"If-Match", `"1"`})
	require.Equal(t, `"2"`, changed.header.Get("ETag"))
	d.as("anna", 409, edit, "/admin/roles/viewer", map[string]any{"description": "x"})
	d.as("anna", 404, edit, "/admin/roles/none", map[string]any{"description": "x"})

	user := d.as("anna", 201, post, "/admin/users", map[string]any{"username": "mia", "password": password, "grants": []map[string]any{{"role": "lead"}, {"role": "support", "queue": d.queueID("Support")}}}).json()
	require.Equal(t, "lead", user["role"])
	require.Equal(t, []any{}, user["queues"])
	require.Len(t, user["grants"], 2)
	d.as("anna", 409, del, "/admin/roles/lead", nil)
	path := "/admin/users/" + user["id"].(string)
	user = d.as("anna", 200, edit, path, map[string]any{"role": "support"}).json()
	require.Equal(t, []any{map[string]any{"role": "support", "queue": ""}}, user["grants"])
	require.Equal(t, []string{"grants"}, d.as("anna", 400, edit, path, map[string]any{"role": "support", "grants": []any{}}).fields())
	user = d.as("anna", 200, edit, path, map[string]any{"queues": []any{d.queueID("Support")}}).json()
	require.Equal(t, []any{map[string]any{"role": "support", "queue": d.queueID("Support")}}, user["grants"])
	require.Equal(t, []string{"queues"}, d.as("anna", 400, edit, path, map[string]any{"grants": []map[string]any{{"role": "viewer", "queue": ticket.NewID(d.clock.now())}}}).fields())
	d.as("anna", 204, del, "/admin/roles/lead", nil, header{"If-Match", `"2"`})

	require.Equal(t, []any{}, d.as("anna", 200, get, path+"/tokens", nil).pluck("id"))
	tok, _, err := d.accounts.CreateToken(t.Context(), system, rbac.NewToken{Account: ticket.AccountID(user["id"].(string)), Name: "t", Scopes: []ticket.Op{ticket.OpTicketRead}})
	require.NoError(t, err)
	require.Equal(t, []any{tok.ID}, d.as("anna", 200, get, path+"/tokens", nil).pluck("id"))
	d.as("anna", 404, del, "/admin/users/"+string(d.users["sam"].ID)+"/tokens/"+tok.ID, nil)
	d.as("anna", 204, del, path+"/tokens/"+tok.ID, nil)
}

// queueID finds a queue by name.
func (d *desk) queueID(name string) string {
	d.t.Helper()
	all, err := d.service.Queues(d.t.Context(), system)
	require.NoError(d.t, err)
	i := slices.IndexFunc(all, func(q ticket.Queue) bool { return q.Name == name })
	require.GreaterOrEqual(d.t, i, 0)
	return string(all[i].ID)
}

// TestAuthorizationCostsOneStatement: whoever asks, with whatever roles in however many queues, a request reads who they are and what they
// may do by one statement, once the versions that it reads were seen before.
func TestAuthorizationCostsOneStatement(t *testing.T) {
	t.Parallel()
	ran := &statements{}
	d := setup(t, counted(ran))
	one, two := d.queueID("Support"), ""
	q, err := d.service.CreateQueue(t.Context(), system, "Zwei")
	require.NoError(t, err)
	two = string(q.ID)
	for _, name := range []string{"lead", "reader"} {
		_, err := d.accounts.CreateRole(t.Context(), system, rbac.NewRole{Name: name, Permissions: []rbac.Permission{{Op: ticket.OpTicketRead},
			{Op: ticket.OpMessageRead}, {Op: ticket.OpTicketTag}, {Op: ticket.OpTokenOwn}}})
		require.NoError(t, err)
	}
	d.userWith("mia", rbac.Grant{Role: "lead", Queue: ticket.QueueID(one)}, rbac.Grant{Role: "reader", Queue: ticket.QueueID(two)}, rbac.Grant{Role: rbac.RoleViewer, Queue: ticket.QueueID(two)})
	tk := d.open("eins")
	for who, cold := range map[string]int{"anna": 1, "mia": 3} { // grants, and each role that is not built in
		d.bearer(who)
		ran.take()
		d.as(who, 200, get, "/auth/me", nil)
		require.Len(t, ran.take(), 1+cold, "%s, first time", who)
		for path, own := range map[string]int{"/auth/me": 0, "/tickets": 2, ticketPath(tk, ""): 2, // with the clocks of the page
			ticketPath(tk, "/messages"): 2, "/queues": 1} {
			d.as(who, 200, get, path, nil)
			require.Len(t, ran.take(), 1+own, "%s %s", who, path)
		}
		secret := d.apiToken(who, ticket.OpTicketRead)
		d.call(secret, get, "/tickets", nil).is(200) // notes the use of the token
		ran.take()
		d.call(secret, get, "/tickets", nil).is(200)
		require.Len(t, ran.take(), 2, "%s by token", who)
	}
	_, err = d.accounts.UpdateRole(t.Context(), system, "lead", 0, rbac.RoleChange{Permissions: &[]rbac.Permission{{Op: ticket.OpTicketRead}}})
	require.NoError(t, err)
	ran.take()
	d.as("anna", 200, get, "/auth/me", nil)
	require.Len(t, ran.take(), 1, "what others may do is no concern of hers")
	d.as("mia", 200, get, "/auth/me", nil)
	require.Len(t, ran.take(), 5, "anew, once it is seen that something has changed")
}

// TestChangesCountOnTheNextRequest: on both of two replicas over one database, each of which remembers.
func TestChangesCountOnTheNextRequest(t *testing.T) {
	t.Parallel()
	first := setup(t)
	second := setup(t, setting{open: func(*testing.T) *store.Store { return first.store }, again: true})
	_, err := first.accounts.CreateRole(t.Context(), system, rbac.NewRole{Name: "lead", Permissions: []rbac.Permission{{Op: ticket.OpTicketRead}}})
	require.NoError(t, err)
	u := first.userWith("mia", rbac.Grant{Role: "lead"})
	sign := func() string {
		out, err := first.accounts.Login(t.Context(), "mia", password, rbac.LoginMeta{Address: "192.0.2.1"})
		require.NoError(t, err)
		return out.Token
	}
	both := func(token string, status int, why string) {
		t.Helper()
		for _, d := range []*desk{first, second} {
			require.Equal(t, status, d.call(token, get, "/tickets", nil).status, why)
		}
	}
	token := sign()
	other := sign()
	both(token, 200, "warm")
	both(other, 200, "warm")
	second.as("anna", 200, edit, "/admin/roles/lead", map[string]any{"permissions": []map[string]any{{"permission": "message:read"}}})
	both(token, 403, "the role gives it no more")
	first.as("anna", 200, edit, "/admin/roles/lead", map[string]any{"permissions": []map[string]any{{"permission": "ticket:read"}}})
	both(token, 200, "and gives it again, without a new sign-in")
	second.call(other, post, "/auth/logout", nil).is(204)
	both(other, 401, "the session was ended")
	both(token, 200, "that one alone")
	second.as("anna", 200, edit, "/admin/users/"+string(u.ID), map[string]any{"grants": []map[string]any{{"role": "viewer"}}})
	both(token, 401, "grants have changed: sign in again")
	token = sign()
	both(token, 200, "warm")
	first.as("anna", 200, edit, "/admin/users/"+string(u.ID), map[string]any{"active": false})
	both(token, 401, "deactivated")
	second.as("anna", http.StatusOK, edit, "/admin/users/"+string(u.ID), map[string]any{"active": true})
	both(token, 401, "what was issued before is over")
}
