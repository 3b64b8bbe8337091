package server

import (
	"net/url"
	"regexp"

	"github.com/ticketkit/ticketkit/adapters/discord"
)

var snowflake = regexp.MustCompile(`^[0-9]{1,20}$`)

// chat reads the variables of Discord; without DISCORD_BOT_TOKEN it is off.
func (c *Config) chat(e *Env) error {
	d := discord.Config{
		Token: e.values["DISCORD_BOT_TOKEN"], GuildID: e.get("DISCORD_GUILD_ID", ""), PanelChannelID: e.get("TICKET_CHANNEL_ID", ""), CategoryIDs: e.list("TICKET_CATEGORY_ID"),
		SupportRoleIDs: e.list("SUPPORT_ROLE_IDS"), LogChannelID: e.get("TRANSCRIPT_LOG_CHANNEL_ID", ""), APIBase: e.get("DISCORD_API_BASE", ""), Locale: c.Locale, Brand: c.ProjectName,
	}
	for _, v := range []struct {
		key      string
		ids      []string
		required bool
	}{
		{"DISCORD_GUILD_ID", []string{d.GuildID}, true},
		{"TICKET_CHANNEL_ID", []string{d.PanelChannelID}, true},
		{"TICKET_CATEGORY_ID", d.CategoryIDs, false},
		{"SUPPORT_ROLE_IDS", d.SupportRoleIDs, false},
		{"TRANSCRIPT_LOG_CHANNEL_ID", []string{d.LogChannelID}, false},
	} {
		for _, id := range v.ids {
			switch {
			case id == "" && v.required && d.Token != "":
				return e.bad(v.key, "is required with DISCORD_BOT_TOKEN")
			case id != "" && d.Token == "":
				return e.bad(v.key, "is of no use without DISCORD_BOT_TOKEN")
			case id != "" && !snowflake.MatchString(id):
				return e.bad(v.key, "%q is not an id of Discord, a number", id)
			}
		}
	}
	if u, err := url.Parse(d.APIBase); d.APIBase != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return e.bad("DISCORD_API_BASE", "%q is not like https://discord.com", d.APIBase)
	}
	c.Discord = d
	return nil
}
