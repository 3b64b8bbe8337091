package discord_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestRolesOfDiscordAreRolesOfTheDesk and follow when they are taken away.
func TestRolesOfDiscordAreRolesOfTheDesk(t *testing.T) {
	t.Parallel()
	w := stage(t)
	chief, second := w.g.AddRole("chief", 0), w.g.AddRole("second line", 0)
	w.cfg.DeskRoles = map[string]string{chief: rbac.RoleAdmin, second: rbac.RoleSupport}
	w.start()
	w.otto.SetRoles(chief, second)
	tk, ch := w.open(w.erika)
	require.Equal(t, "You have claimed the ticket.", w.press(w.otto, ch.ID, w.header(ch.ID).ID, "tk1:claim:"+string(tk.ID)))
	role := func() string {
		now, err := w.desk.Tickets().Get(t.Context(), system, tk.ID)
		require.NoError(t, err)
		u, err := w.desk.Accounts().User(t.Context(), system, now.Assignee.ID)
		require.NoError(t, err)
		return u.Role
	}
	require.Equal(t, rbac.RoleAdmin, role())
	w.otto.SetRoles(second)
	_, err := w.otto.Write(ch.ID, "I am no chief any more")
	require.NoError(t, err)
	require.Equal(t, ticket.ActorAccount, w.find(tk.ID, "no chief").Author.Type)
	require.Equal(t, rbac.RoleSupport, role())
}
