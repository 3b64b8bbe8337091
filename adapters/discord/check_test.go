package discord_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// findings are what Check says that is not good, each as "level text".
func (w *world) findings(change ...func(*discord.Config)) (bad, all []string) {
	w.t.Helper()
	cfg := w.cfg
	cfg.State = newMemory()
	for _, fn := range change {
		fn(&cfg)
	}
	d, err := discord.New(cfg)
	require.NoError(w.t, err)
	for _, f := range d.Check(w.ctx()) {
		line := f.Level + " " + f.Text
		if all = append(all, line); f.Level != "ok" {
			bad = append(bad, line)
			require.NotEmpty(w.t, f.Fix, "%s: what is to be done?", f.Text)
			require.NotEmpty(w.t, f.German.Fix, "%s", f.Text)
			require.NotEqual(w.t, f.Text, f.German.Text)
		}
	}
	return bad, all
}

var _ adapters.Checker = (*discord.Discord)(nil)

const enough = discordtest.Everyday | discordtest.ManageChannels | discordtest.ManageRoles | discordtest.ManageMessages | discordtest.ManageWebhooks | discordtest.ManageThreads | discordtest.CreatePrivateThreads

func TestCheckOfAServerInOrder(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.g.MoveRole(w.g.BotRole(), 10)
	bad, all := w.findings()
	require.Empty(t, bad)
	link := all[slices.IndexFunc(all, func(s string) bool { return strings.Contains(s, "oauth2") })]
	require.Contains(t, link, "client_id="+w.d.ApplicationID())
	require.Contains(t, link, "guild_id="+w.g.ID)
	require.Contains(t, link, "scope=bot+applications.commands")
	w.g.SetBotPermissions(discordtest.Administrator)
	bad, _ = w.findings()
	require.Len(t, bad, 1)
	require.Contains(t, bad[0], "warning the bot is an administrator")
}

// TestInvitationOfTheREADME: the permissions that the READMEs name are those that the bot asks for.
func TestInvitationOfTheREADME(t *testing.T) {
	t.Parallel()
	w := stage(t)
	for _, mode := range []discord.Mode{discord.Channels, discord.Threads} {
		_, all := w.findings(func(c *discord.Config) { c.Mode = mode })
		link := all[slices.IndexFunc(all, func(s string) bool { return strings.Contains(s, "oauth2") })]
		_, number, _ := strings.Cut(link, "&permissions=")
		number, _, _ = strings.Cut(number, "&")
		for _, file := range []string{"../../README.md", "../../README.de.md"} {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Contains(t, string(text), number, "%s %s", file, mode)
		}
	}
}

// TestCheckFindsEachThing takes away one thing after the other.
func TestCheckFindsEachThing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(*world)
		change func(*discord.Config)
		says   []string
	}{
		"token":       {change: func(c *discord.Config) { c.Token = "another" }, says: []string{"error Discord does not accept the token"}},
		"content":     {spoil: func(w *world) { w.d.SetDenied(discordtest.IntentMessageContent) }, says: []string{"error MESSAGE CONTENT INTENT"}},
		"members":     {spoil: func(w *world) { w.d.SetDenied(discordtest.IntentMembers) }, says: []string{"warning SERVER MEMBERS INTENT"}},
		"presence":    {spoil: func(w *world) { w.d.SetDenied(discordtest.IntentPresences) }, change: func(c *discord.Config) { c.PingOnline = true }, says: []string{"warning PRESENCE INTENT"}},
		"endpoint":    {spoil: func(w *world) { w.d.SetInteractionsURL("https://old.example/interactions") }, says: []string{"error the developer portal has an Interactions Endpoint URL (https://old.example/interactions)"}},
		"guild":       {change: func(c *discord.Config) { c.GuildID = "4711" }, says: []string{"error the bot is not in the server 4711"}},
		"role":        {spoil: func(w *world) { w.g.DeleteRole(w.support) }, says: []string{"error the role"}},
		"rank":        {spoil: func(w *world) { w.g.MoveRole(w.support, 11) }, says: []string{"warning the role support stands above"}},
		"mention":     {spoil: func(w *world) { w.g.SetMentionable(w.support, false) }, says: []string{"warning the role support cannot be mentioned"}},
		"panel":       {spoil: func(w *world) { w.g.DeleteChannel(w.help.ID) }, says: []string{"error the channel"}},
		"log":         {spoil: func(w *world) { w.g.DeleteChannel(w.log.ID) }, says: []string{"error the log channel"}},
		"no log":      {change: func(c *discord.Config) { c.LogChannelID = "" }, says: []string{"warning there is no log channel"}},
		"category":    {spoil: func(w *world) { w.g.DeleteChannel(w.box.ID) }, says: []string{"error the category", "error no category has room"}},
		"nearly full": {spoil: func(w *world) { w.fill(46) }, says: []string{"warning the category tickets has 46 of 50"}},
		"full":        {spoil: func(w *world) { w.fill(50) }, says: []string{"warning the category tickets is full", "error no category has room"}},
		"log denied": {spoil: func(w *world) {
			w.g.SetOverwrites(w.log.ID, discordtest.Overwrite{ID: w.g.ID, Deny: discordtest.AttachFiles})
		},
			says: []string{"error in #log the bot lacks: Attach Files"}},
		"log allowed to the bot": {spoil: func(w *world) {
			w.g.SetOverwrites(w.log.ID, discordtest.Overwrite{ID: w.g.ID, Deny: discordtest.ViewChannel}, discordtest.Overwrite{ID: w.d.ApplicationID(), Member: true, Allow: discordtest.ViewChannel})
		}},
		"panel hidden": {spoil: func(w *world) {
			w.g.SetOverwrites(w.help.ID, discordtest.Overwrite{ID: w.g.BotRole(), Deny: discordtest.ViewChannel})
		}, says: []string{"error in #help the bot lacks: View Channels"}},
		"channels": {spoil: func(w *world) { w.g.SetBotPermissions(enough &^ discordtest.ManageChannels) }, says: []string{"error in tickets the bot lacks: Manage Channels"}},
		"webhooks": {spoil: func(w *world) { w.g.SetBotPermissions(enough &^ discordtest.ManageWebhooks) }, says: []string{"warning in tickets the bot lacks Manage Webhooks: answers"}},
		"staff": {spoil: func(w *world) {
			w.g.SetBotPermissions(enough &^ discordtest.CreatePrivateThreads &^ discordtest.ManageThreads)
		},
			says: []string{"warning in tickets the bot lacks Create Private Threads, Manage Threads: the team"}},
		"threads": {spoil: func(w *world) { w.g.SetBotPermissions(discordtest.Everyday) }, change: func(c *discord.Config) { c.Mode = discord.Threads },
			says: []string{"error in #help the bot lacks: Create Private Threads, Manage Threads", "warning in #help the bot lacks Manage Webhooks"}},
		"threads at one panel": {spoil: func(w *world) {
			w.g.SetBotPermissions(enough &^ discordtest.CreatePrivateThreads &^ discordtest.ManageThreads)
		}, change: func(c *discord.Config) {
			c.NoStaffThread = true
			c.Panels = panelsOf{{ID: "bills", Channel: c.LogChannelID, Style: adapters.PanelButtons, Mode: adapters.PanelThreads,
				Kinds: []adapters.PanelKind{{ID: "bill", Label: adapters.PanelText{EN: "A bill"}}}}}
		}, says: []string{"error in #log the bot lacks: Create Private Threads, Manage Threads"}},
		"no staff wanted": {spoil: func(w *world) {
			w.g.SetBotPermissions(enough &^ discordtest.CreatePrivateThreads &^ discordtest.ManageThreads)
		}, change: func(c *discord.Config) { c.NoStaffThread = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stage(t)
			w.g.MoveRole(w.g.BotRole(), 10)
			if c.spoil != nil {
				c.spoil(w)
			}
			var change []func(*discord.Config)
			if c.change != nil {
				change = append(change, c.change)
			}
			bad, _ := w.findings(change...)
			require.Len(t, bad, len(c.says), "%q", bad)
			for n, s := range c.says {
				require.True(t, strings.HasPrefix(bad[n], s), "%q does not begin with %q", bad[n], s)
			}
		})
	}
}

// panelsOf is a fixed source of panels.
type panelsOf []adapters.Panel

func (p panelsOf) Active(context.Context) ([]adapters.Panel, error) { return p, nil }

func (w *world) fill(n int) {
	for range n {
		w.g.AddChannel(discordtest.NewChannel{Name: "old", Parent: w.box.ID})
	}
}

// TestWhatIsTakenAwayIsShown while the bot runs.
func TestWhatIsTakenAwayIsShown(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.g.MoveRole(w.g.BotRole(), 10)
	w.g.DeleteChannel(w.log.ID)
	w.eventually("the channel page says so", func() bool { return strings.Contains(w.bot.Sources()[0].LastError, "log channel") })
	require.NotEmpty(t, w.bot.Sources()[0].LastErrorFix)
	w.g.DeleteRole(w.support)
	w.eventually("and so", func() bool { return strings.Contains(w.bot.Sources()[0].LastError, "the role") })
	require.Equal(t, adapters.SourceReady, w.bot.Sources()[0].State)
}
