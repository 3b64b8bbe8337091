package discord_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
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

// TestThreadsAtOnePanel: each panel has a mode of its own; that of the configuration is for the others.
func TestThreadsAtOnePanel(t *testing.T) {
	t.Parallel()
	w := stage(t)
	bills := w.g.AddChannel(discordtest.NewChannel{Name: "bills"})
	w.cfg.Panels = panelsOf{{ID: "bills", Channel: bills.ID, Style: adapters.PanelButtons, Mode: adapters.PanelThreads,
		Kinds: []adapters.PanelKind{{ID: "bill", Label: adapters.PanelText{EN: "A bill"}}}}}
	w.start()
	w.eventually("both panels stand", func() bool { return len(w.g.Messages(bills.ID)) == 1 })
	w.press(w.otto, bills.ID, w.g.Messages(bills.ID)[0].ID, "tk1:open:bill")
	ch := w.channel(w.otto)
	require.True(t, ch.Thread)
	require.Equal(t, bills.ID, ch.Parent)
	_, ch = w.open(w.erika)
	require.False(t, ch.Thread)
	require.Equal(t, w.box.ID, ch.Parent)
}

// TestTranscriptsForWhoReadsThem: the team's is in the language of the desk, the opener's in their own, and times are those of the desk's zone.
func TestTranscriptsForWhoReadsThem(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.Zone = time.FixedZone("NPT", 5*3600+45*60) })
	tk, ch := w.open(w.erika)
	_, err := w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("it ends", func() bool { return !w.exists(ch.ID) && len(w.erika.DMs()) == 1 })
	team, own := w.g.Messages(w.log.ID)[0], w.erika.DMs()[0]
	require.Contains(t, string(team.Files[0].Data), `lang="en"`)
	require.Contains(t, string(own.Files[0].Data), `lang="de"`)
	for _, m := range []discordtest.Message{team, own} {
		require.Contains(t, string(m.Files[0].Data), "NPT")
	}
	require.Equal(t, "Reopen", team.Components[0].Label)
	require.Equal(t, "Wieder öffnen", own.Components[0].Label)
}

// TestRatingInDirectMessages: with the transcript the opener is asked how content they were.
func TestRatingInDirectMessages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	_, err := w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("it ends", func() bool { return !w.exists(ch.ID) && len(w.erika.DMs()) == 1 })
	dm := w.erika.DMs()[0]
	require.Contains(t, dm.Content, "Wie zufrieden warst du?")
	require.NotContains(t, w.g.Messages(w.log.ID)[0].Content, "content were you")
	require.Equal(t, "Danke! Das Team sieht deine Bewertung.", w.press(w.erika, dm.ChannelID, dm.ID, "tk1:rate4:"+string(tk.ID)))
	es, err := w.desk.Tickets().History(t.Context(), system, ticket.EventQuery{Ticket: tk.ID, Types: []ticket.EventType{ticket.EventRated}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	require.JSONEq(t, `{"rating": 4}`, string(es[0].Data))
	require.Equal(t, "erika", es[0].Actor.Name)
	require.Equal(t, ticket.Closed, w.status(tk.ID))
	w.press(w.erika, dm.ChannelID, dm.ID, "tk1:reopen:"+string(tk.ID))
	require.Contains(t, w.press(w.erika, dm.ChannelID, dm.ID, "tk1:rate1:"+string(tk.ID)), "wenn es wieder geschlossen ist")
}
