package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// TestDoctorOfDiscord: each fault of a Discord is told, in both languages, with what to do about it.
func TestDoctorOfDiscord(t *testing.T) {
	t.Parallel()
	type scene struct {
		d                  *discordtest.Server
		g                  *discordtest.Guild
		help, log, tickets discordtest.Channel
		support            string
		env                []string
	}
	const enough = discordtest.Everyday | discordtest.ManageChannels | discordtest.ManageRoles | discordtest.ManageMessages | discordtest.ManageWebhooks |
		discordtest.ManageThreads | discordtest.CreatePrivateThreads
	for name, c := range map[string]struct {
		spoil            func(*scene)
		level, text, fix string
		german           string
	}{
		"in order": {level: "ok", text: "every permission that is needed is there", german: "jedes nötige Recht ist da"},
		"token": {func(s *scene) { s.env = append(s.env, "DISCORD_BOT_TOKEN=of-another-bot") },
			"error", "Discord does not accept the token", "DISCORD_BOT_TOKEN", "Discord nimmt das Token nicht an"},
		"intent": {func(s *scene) { s.d.SetDenied(discordtest.IntentMessageContent) },
			"error", "MESSAGE CONTENT INTENT is switched off", "developer portal under Bot", "MESSAGE CONTENT INTENT ist ausgeschaltet"},
		"permission in a category": {func(s *scene) {
			s.g.SetOverwrites(s.tickets.ID, discordtest.Overwrite{ID: s.g.BotRole(), Deny: discordtest.ManageChannels | discordtest.ManageMessages})
		}, "error", "in tickets the bot lacks: Manage Channels, Manage Messages", "give these permissions to the bot's role", "in tickets fehlt dem Bot: Kanäle verwalten, Nachrichten verwalten"},
		"permission in the log channel": {func(s *scene) {
			s.g.SetOverwrites(s.log.ID, discordtest.Overwrite{ID: s.g.ID, Deny: discordtest.AttachFiles})
		}, "error", "in #log the bot lacks: Attach Files", "give these permissions to the bot's role", "in #log fehlt dem Bot: Dateien anhängen"},
		"role": {func(s *scene) { s.g.MoveRole(s.support, 11) },
			"warning", "the role support stands above", "above it", "die Rolle support steht über der des Bots"},
		"endpoint": {func(s *scene) { s.d.SetInteractionsURL("https://old.example/interactions") },
			"error", "https://old.example/interactions", "General Information", "Knöpfe und Befehle erreichen den Bot nie"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scene{d: discordtest.New(discordtest.Config{Token: "token-of-the-bot"})}
			require.NoError(t, s.d.Start())
			t.Cleanup(s.d.Close)
			s.g = s.d.AddGuild("Example")
			s.g.SetBotPermissions(enough)
			s.support = s.g.AddRole("support", 0)
			s.g.MoveRole(s.g.BotRole(), 10)
			s.help, s.log = s.g.AddChannel(discordtest.NewChannel{Name: "help"}), s.g.AddChannel(discordtest.NewChannel{Name: "log"})
			s.tickets = s.g.AddChannel(discordtest.NewChannel{Name: "tickets", Category: true})
			s.env = []string{"DISCORD_BOT_TOKEN=token-of-the-bot", "DISCORD_GUILD_ID=" + s.g.ID, "TICKET_CHANNEL_ID=" + s.help.ID, "DISCORD_API_BASE=" + s.d.URL(),
				"TICKET_CATEGORY_ID=" + s.tickets.ID, "SUPPORT_ROLE_IDS=" + s.support, "TRANSCRIPT_LOG_CHANNEL_ID=" + s.log.ID}
			if c.spoil != nil {
				c.spoil(s)
			}
			before := len(s.d.Requests())
			has := func(lang, text, fix string) {
				t.Helper()
				d := doctor(t, t.TempDir(), append(s.env, "LOCALE="+lang)...)
				for _, f := range d.of(c.level, "discord") {
					if strings.Contains(f.Text, text) && strings.Contains(f.Fix, fix) {
						require.Equal(t, c.level == "error", d.code == 1)
						return
					}
				}
				t.Errorf("%s: nothing says %q with %q: %+v", lang, text, fix, d.Findings)
			}
			has("en", c.text, c.fix)
			has("de", c.german, "")
			for _, r := range s.d.Requests()[before:] {
				require.Equal(t, "GET", r.Method, "it changes nothing")
			}
		})
	}
}
