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

func (w *world) channelNow(id string) discordtest.Channel {
	w.t.Helper()
	all := w.g.Channels()
	n := slices.IndexFunc(all, func(c discordtest.Channel) bool { return c.ID == id })
	require.GreaterOrEqual(w.t, n, 0)
	return all[n]
}

// TestTicketsInThreads opens, answers, closes and reopens a ticket whose place is a private thread.
func TestTicketsInThreads(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.Mode = discord.Threads })
	tk, ch := w.open(w.erika)
	require.True(t, ch.Thread)
	require.Equal(t, w.help.ID, ch.Parent)
	require.NotNil(t, w.anna.Messages(ch.ID), "support is in it")
	require.Nil(t, w.otto.Messages(ch.ID), "and nobody else")

	_, err := w.erika.Write(ch.ID, "from the thread")
	require.NoError(t, err)
	w.find(tk.ID, "from the thread")
	_, err = w.desk.Tickets().Reply(t.Context(), w.colleague("Max Muster"), tk.ID, 0, ticket.NewMessage{Body: "an answer"})
	require.NoError(t, err)
	require.Equal(t, "Max Muster", w.hears(ch.ID, "an answer").Author)
	require.Equal(t, w.help.ID, w.g.Webhooks()[0].ChannelID, "one webhook for all threads")
	_, err = w.desk.Tickets().Note(t.Context(), system, tk.ID, 0, ticket.NewMessage{Body: "only at the desk"})
	require.NoError(t, err)
	_, err = w.anna.Write(ch.ID, "I have it")
	require.NoError(t, err)
	require.Equal(t, ticket.Public, w.find(tk.ID, "I have it").Kind)

	_, err = w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the thread is closed", func() bool { return w.channelNow(ch.ID).Archived })
	require.True(t, w.channelNow(ch.ID).Locked)
	require.Len(t, w.g.Messages(w.log.ID), 1)
	_, err = w.erika.Write(ch.ID, "one more thing")
	require.Error(t, err)

	_, err = w.desk.Tickets().Reopen(t.Context(), system, tk.ID, 0)
	require.NoError(t, err)
	w.eventually("the thread is open again", func() bool { return !w.channelNow(ch.ID).Archived })
	require.False(t, w.channelNow(ch.ID).Locked)
	_, err = w.erika.Write(ch.ID, "one more thing")
	require.NoError(t, err)
	w.find(tk.ID, "one more thing")
	threads := slices.DeleteFunc(w.g.Channels(), func(c discordtest.Channel) bool { return !c.Thread })
	require.Len(t, threads, 1, "there is one thread, and none for the team")
	for _, m := range w.g.Messages(ch.ID) {
		require.NotContains(t, m.Content, "only at the desk")
	}

	_, err = w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("it ends again, with a transcript of its own", func() bool { return w.channelNow(ch.ID).Archived && len(w.g.Messages(w.log.ID)) == 2 })
	require.NoError(t, w.desk.Tickets().Delete(t.Context(), system, tk.ID, 0))
	w.eventually("what is erased is erased in Discord", func() bool { return !w.exists(ch.ID) })
}

func TestThreadOfALostAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.Mode = discord.Threads })
	w.d.Fail(discordtest.Fault{Route: "POST /channels/" + w.help.ID + "/threads", LoseAnswer: true})
	w.press(w.erika, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	w.eventually("the thread is found", func() bool {
		for _, c := range w.erika.Channels() {
			if strings.HasPrefix(c.Name, "ticket-") && len(w.g.Messages(c.ID)) >= 2 {
				return true
			}
		}
		return false
	})
	require.Len(t, slices.DeleteFunc(w.g.Channels(), func(c discordtest.Channel) bool { return !c.Thread }), 1)
}
