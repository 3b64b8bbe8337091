package pages_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestSeveralGrants: the page of an account with several roles shows them, and saving it leaves them as they are.
func TestSeveralGrants(t *testing.T) {
	t.Parallel()
	d := setup(t)
	_, err := d.acc.CreateRole(t.Context(), system, rbac.NewRole{Name: "team-lead", Permissions: []rbac.Permission{{Op: ticket.OpTicketRead}}})
	require.NoError(t, err)
	id := d.users["bert"].ID
	grants := []rbac.Grant{{Role: rbac.RoleSupport, Queue: d.billing}, {Role: "team-lead"}}
	_, err = d.acc.UpdateUser(t.Context(), system, id, rbac.UserChange{Grants: &grants})
	require.NoError(t, err)

	b := d.as("admin")
	path := "/users/" + string(id)
	p := b.ok(path)
	p.has("Support: Billing", "team-lead: all queues")
	require.NotContains(t, p.body, `name="role"`)
	b.goes(b.post(path, form("name", "Bert Neu", "active", "yes")), path).has("Bert Neu")
	u, err := d.acc.User(t.Context(), system, id)
	require.NoError(t, err)
	require.Equal(t, grants, u.Grants)

	anna := "/users/" + string(d.users["anna"].ID)
	b.ok(anna).has("Viewer team-lead")
	b.goes(b.post(anna, form("name", "Anna", "active", "yes", "role", "team-lead")), anna)
	u, err = d.acc.User(t.Context(), system, d.users["anna"].ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.Grant{{Role: "team-lead"}}, u.Grants)
	p = b.post(anna, form("name", "Anna", "active", "yes", "role", "nobody"))
	require.Equal(t, http.StatusUnprocessableEntity, p.code)
	p.has("there is no role “nobody”")
	b.ok("/audit").has("Role created")
}
