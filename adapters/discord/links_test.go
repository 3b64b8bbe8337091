package discord_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
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

// TestLinkByForm: without a code the command asks for it, and so does the button in the thread of the team.
func TestLinkByForm(t *testing.T) {
	t.Parallel()
	w := setup(t)
	mia, err := w.desk.Accounts().EnsureExternal(t.Context(), "sso:mia", "mia", "Mia Muster", rbac.RoleSupport)
	require.NoError(t, err)
	_, ch := w.open(w.erika)
	staff := w.staffThread(ch)
	w.eventually("the team is greeted", func() bool { return len(w.g.Messages(staff.ID)) == 1 })
	w.commands()
	for name, ask := range map[string]func() (*discordtest.Interaction, error){
		"button": func() (*discordtest.Interaction, error) {
			return w.anna.Click(staff.ID, w.g.Messages(staff.ID)[0].ID, "tk1:link:")
		},
		"command": func() (*discordtest.Interaction, error) { return w.anna.Command(ch.ID, "ticket", sub("link")) },
	} {
		code, _, err := w.desk.Accounts().LinkCode(t.Context(), mia)
		require.NoError(t, err)
		in, err := ask()
		require.NoError(t, err, name)
		a, err := in.Answer(w.ctx())
		require.NoError(t, err, name)
		require.Equal(t, "Link my account", a.Modal.Title)
		in, err = in.Submit(map[string]any{"code": code})
		require.NoError(t, err, name)
		a, err = in.Final(w.ctx())
		require.NoError(t, err, name)
		require.Contains(t, a.Message.Content, "Mia Muster", name)
		require.Contains(t, w.give(w.anna, ch.ID, "unlink").Content, "ended")
	}
}

// TestCommandsInTheStaffThread work on its ticket.
func TestCommandsInTheStaffThread(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	staff := w.staffThread(ch)
	require.Contains(t, w.give(w.anna, staff.ID, "claim").Content, "claimed")
	require.Contains(t, w.give(w.anna, staff.ID, "priority", "level", "urgent").Content, "Urgent")
	require.Contains(t, w.give(w.anna, staff.ID, "note", "text", "by a command").Content, "kept")
	require.Contains(t, w.hears(staff.ID, "by a command").Content, "by a command")
	require.Contains(t, w.give(w.anna, staff.ID, "info").Content, "#1")
	now := w.ticket(tk.ID)
	require.Equal(t, "anna", now.Assignee.Name)
	require.Equal(t, ticket.Urgent, now.Priority)
	require.Contains(t, w.give(w.anna, staff.ID, "close", "reason", "done").Content, "closed")
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
}
