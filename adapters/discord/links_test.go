package discord_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLinkedPeopleActAsTheirAccount from the moment they enter their code until they end it.
func TestLinkedPeopleActAsTheirAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	mia, err := w.desk.Accounts().EnsureExternal(t.Context(), "sso:mia", "mia", "Mia Muster", rbac.RoleSupport)
	require.NoError(t, err)
	code, _, err := w.desk.Accounts().LinkCode(t.Context(), mia)
	require.NoError(t, err)
	tk, ch := w.open(w.erika)
	_, err = w.anna.Write(ch.ID, "before the link")
	require.NoError(t, err)
	require.NotEqual(t, string(mia.Account.ID), w.find(tk.ID, "before the link").Author.ID)

	require.Contains(t, w.give(w.anna, ch.ID, "link", "code", "nonsense").Content, "does not work")
	require.Contains(t, w.give(w.anna, ch.ID, "link", "code", code).Content, "Mia Muster")
	require.Contains(t, w.give(w.anna, ch.ID, "link", "code", code).Content, "does not work", "it works once")
	_, err = w.anna.Write(ch.ID, "as myself")
	require.NoError(t, err)
	m := w.find(tk.ID, "as myself")
	require.Equal(t, string(mia.Account.ID), m.Author.ID)
	require.Equal(t, "Mia Muster", m.Author.Name)
	w.press(w.anna, ch.ID, w.header(ch.ID).ID, "tk1:claim:"+string(tk.ID))
	now, err := w.desk.Tickets().Get(t.Context(), system, tk.ID)
	require.NoError(t, err)
	require.Equal(t, mia.Account.ID, now.Assignee.ID)

	// What the desk takes from the account is taken here, too.
	viewer := rbac.RoleViewer
	_, err = w.desk.Accounts().UpdateUser(t.Context(), system, mia.Account.ID, rbac.UserChange{Role: &viewer})
	require.NoError(t, err)
	_, err = w.anna.Write(ch.ID, "no longer allowed")
	require.NoError(t, err)
	require.Equal(t, ticket.Note, w.find(tk.ID, "no longer allowed").Kind)

	require.Contains(t, w.give(w.anna, ch.ID, "unlink").Content, "ended")
	require.Contains(t, w.give(w.anna, ch.ID, "unlink").Content, "not linked")
	_, err = w.anna.Write(ch.ID, "by my role again")
	require.NoError(t, err)
	require.NotEqual(t, string(mia.Account.ID), w.find(tk.ID, "by my role again").Author.ID)
}
