package discord_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

func (w *world) notes(id ticket.ID, text string) int {
	w.t.Helper()
	return len(slices.DeleteFunc(w.messages(id, ticket.Note), func(m ticket.Message) bool { return !strings.Contains(m.Text, text) }))
}

// TestWhatHappenedWhileNobodyListened is noted once, however often the bot comes back.
func TestWhatHappenedWhileNobodyListened(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	edited, err := w.otto.Write(ch.ID, "first words")
	require.NoError(t, err)
	deleted, err := w.otto.Write(ch.ID, "this was a mistake")
	require.NoError(t, err)
	kept, err := w.otto.Write(ch.ID, "this stays")
	require.NoError(t, err)
	w.find(tk.ID, "this stays")
	head := w.header(ch.ID).ID
	w.stop()

	require.NoError(t, w.otto.Edit(ch.ID, edited.ID, "second thoughts"))
	require.NoError(t, w.otto.Delete(ch.ID, deleted.ID))
	missed, err := w.otto.Write(ch.ID, "written and chnged")
	require.NoError(t, err)
	require.NoError(t, w.otto.Edit(ch.ID, missed.ID, "written and changed"))
	w.g.DeleteMessage(ch.ID, head)
	w.g.DeleteMessage(w.help.ID, w.g.Messages(w.help.ID)[0].ID)
	w.otto.Leave()
	for range 2 {
		w.start()
		w.eventually("everything is told", func() bool {
			return w.notes(tk.ID, "second thoughts") == 1 && w.notes(tk.ID, "was deleted in Discord") == 1 && w.count(tk.ID, "written and changed") == 1 && w.notes(tk.ID, "otto has left") == 1
		})
		w.eventually("the header stands again", func() bool {
			return slices.ContainsFunc(w.g.Messages(ch.ID), func(m discordtest.Message) bool { return len(m.Components) > 0 })
		})
		w.eventually("it has heard everything", func() bool { return w.bot.Sources()[0].State == "ready" && w.caughtUp() })
		w.stop()
	}
	w.start()
	w.eventually("it has heard everything", func() bool { return w.caughtUp() })
	require.Equal(t, 1, w.notes(tk.ID, "second thoughts"))
	require.Equal(t, 1, w.notes(tk.ID, "has edited a message in Discord"))
	require.Equal(t, 1, w.notes(tk.ID, "was deleted in Discord"))
	require.Equal(t, 1, w.notes(tk.ID, "this was a mistake"), "the note says what it was")
	require.Equal(t, 1, w.notes(tk.ID, "otto has left"))
	require.Zero(t, w.notes(tk.ID, kept.ID))
	require.Equal(t, 1, w.count(tk.ID, "written and changed"), "what was changed before it was read is no change")
	require.Len(t, w.g.Messages(w.help.ID), 1, "there is one panel")

	w.otto.Join()
	w.eventually("the team hears of it", func() bool { return w.notes(tk.ID, "otto is back") == 1 })
	w.eventually("and the ticket is seen again", func() bool { return w.otto.Messages(ch.ID) != nil })
	require.NoError(t, w.otto.Edit(ch.ID, kept.ID, "edited before it was lost"))
	w.eventually("it is noted", func() bool { return w.notes(tk.ID, "edited before it was lost") == 1 })
}

// TestDeletionsByHand: what many delete at once is noted, and what the bot needs stands again.
func TestDeletionsByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	var ids []string
	for _, text := range []string{"one", "two", "three"} {
		m, err := w.otto.Write(ch.ID, text+" of three")
		require.NoError(t, err)
		ids = append(ids, m.ID)
	}
	w.eventually("they are in", func() bool { return w.count(tk.ID, "of three") == 3 })
	head := w.header(ch.ID)
	w.d.RepeatEvents(true)
	w.g.Purge(ch.ID, ids[0], ids[2], head.ID)
	w.eventually("it is noted", func() bool { return w.notes(tk.ID, "was deleted in Discord") == 2 })
	w.eventually("the header stands again", func() bool {
		return slices.ContainsFunc(w.g.Messages(ch.ID), func(m discordtest.Message) bool { return len(m.Components) > 0 })
	})
	w.g.DeleteMessage(w.help.ID, w.g.Messages(w.help.ID)[0].ID)
	w.eventually("the panel stands again", func() bool { return len(w.g.Messages(w.help.ID)) == 1 })
	require.Contains(t, w.press(w.erika, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general"), "#2")
	require.Equal(t, 2, w.notes(tk.ID, "was deleted in Discord"))
}

// TestLostSession: the session cannot be resumed, and events were never sent.
func TestLostSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	m, err := w.otto.Write(ch.ID, "before")
	require.NoError(t, err)
	w.find(tk.ID, "before")
	sessions := len(w.d.Identified())
	w.d.LoseEvents(func(string) bool { return true })
	_, err = w.otto.Write(ch.ID, "in the hole")
	require.NoError(t, err)
	require.NoError(t, w.otto.Edit(ch.ID, m.ID, "before, changed"))
	w.d.LoseEvents(nil)
	w.d.InvalidateSessions(false)
	w.eventually("a new session begins", func() bool { return len(w.d.Identified()) > sessions })
	w.eventually("what was lost is in", func() bool { return w.count(tk.ID, "in the hole") == 1 && w.notes(tk.ID, "before, changed") == 1 })
	_, err = w.otto.Write(ch.ID, "after")
	require.NoError(t, err)
	w.find(tk.ID, "after")
	require.Equal(t, 1, w.count(tk.ID, "in the hole"))
	var order []string
	for _, m := range w.messages(tk.ID, ticket.Public) {
		order = append(order, m.Text)
	}
	require.Equal(t, []string{"before", "in the hole", "after"}, order[len(order)-3:])
}

// TestRolesAndCategoriesThatAreGone do not keep tickets from opening.
func TestRolesAndCategoriesThatAreGone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	second := w.g.AddRole("second line", 0)
	w.stop()
	w.cfg.SupportRoleIDs = append(w.cfg.SupportRoleIDs, second)
	w.start()
	w.g.DeleteRole(second)
	w.g.DeleteChannel(w.box.ID)
	_, ch := w.open(w.erika)
	require.Empty(t, ch.Parent, "it stands outside of categories")
	require.NotNil(t, w.anna.Messages(ch.ID))
	require.Nil(t, w.otto.Messages(ch.ID))
}

func (w *world) caughtUp() bool { return discord.CaughtUp(w.bot) }
