package server

import (
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
)

var snowflake = regexp.MustCompile(`^[0-9]{1,20}$`)

// chat reads the variables of Discord; without DISCORD_BOT_TOKEN it is off.
func (c *Config) chat(e *Env) error {
	d := discord.Config{
		Token: e.values["DISCORD_BOT_TOKEN"], GuildID: e.get("DISCORD_GUILD_ID", ""), PanelChannelID: e.get("TICKET_CHANNEL_ID", ""), CategoryIDs: e.list("TICKET_CATEGORY_ID"),
		SupportRoleIDs: e.list("SUPPORT_ROLE_IDS"), LogChannelID: e.get("TRANSCRIPT_LOG_CHANNEL_ID", ""), APIBase: e.get("DISCORD_API_BASE", ""), Locale: c.Locale, Brand: c.ProjectName,
		EscalationRoleIDs: e.list("ESCALATION_ROLE_IDS"), Zone: c.Zone,
		Rules: discord.Rules{RequiredRoleIDs: e.list("TICKET_REQUIRED_ROLE_IDS"), BlockedRoleIDs: e.list("TICKET_BLOCKED_ROLE_IDS"), BlockedUserIDs: e.list("TICKET_BLOCKED_USER_IDS")},
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
		{"ESCALATION_ROLE_IDS", d.EscalationRoleIDs, false},
		{"TICKET_REQUIRED_ROLE_IDS", d.Rules.RequiredRoleIDs, false},
		{"TICKET_BLOCKED_ROLE_IDS", d.Rules.BlockedRoleIDs, false},
		{"TICKET_BLOCKED_USER_IDS", d.Rules.BlockedUserIDs, false},
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
	return c.chatRules(e)
}

// chatRules reads who may open tickets in the chat and when, and what happens in them.
func (c *Config) chatRules(e *Env) (err error) {
	d := &c.Discord
	if d.Rules.Cooldown, err = span(e, "TICKET_COOLDOWN_MINUTES", time.Minute); err != nil {
		return err
	}
	if d.AskFor, err = spanOf(e, "CLOSE_REQUEST_HOURS", e.get("CLOSE_REQUEST_HOURS", "24"), time.Hour); err != nil {
		return err
	}
	if d.AskFor <= 0 {
		return e.bad("CLOSE_REQUEST_HOURS", "must be a number greater than 0")
	}
	for key, into := range map[string]*bool{"CLAIM_LOCK": &d.ClaimLock, "PING_ONLINE": &d.PingOnline} {
		switch v := strings.ToLower(e.get(key, "0")); v {
		case "0", "false", "no", "off":
		case "1", "true", "yes", "on":
			*into = true
		default:
			return e.bad(key, "%q is neither 0 nor 1", v)
		}
	}
	switch v := e.get("TICKET_OUTSIDE_HOURS", "off"); v {
	case "off":
	case "warn", "refuse":
		d.Rules.Hours, d.Rules.RefuseOutside = e.get("BUSINESS_HOURS", "24/7"), v == "refuse"
		if _, err := sla.ParseHours(d.Rules.Hours); err != nil {
			return e.bad("BUSINESS_HOURS", "%v", err)
		}
	default:
		return e.bad("TICKET_OUTSIDE_HOURS", "%q is not off, warn or refuse", v)
	}
	return nil
}

// bot makes the adapter for Discord, and what looks after its panels.
func (c *Config) bot(st *store.Store, log *slog.Logger) (*discord.Discord, *adapters.Panels, error) {
	chat := c.Discord
	chat.State, chat.Log = st, log
	first, err := chat.EnvPanel()
	if err != nil {
		return nil, nil, err
	}
	var bot *discord.Discord
	panels, err := adapters.NewPanels(adapters.PanelsConfig{Store: st, Fixed: []adapters.Panel{first}, Changed: func() { bot.PanelsChanged() },
		Verify: func(p adapters.Panel) error { return discord.CheckPanel(p, c.Zone) }})
	if err != nil {
		return nil, nil, err
	}
	chat.Panels = panels
	bot, err = discord.New(chat)
	return bot, panels, err
}

type registerCommandsCmd struct{}

// Run registers the commands of the bot without a desk that runs.
func (registerCommandsCmd) Run(p *program) error {
	return p.withStore(func(c *Config, st *store.Store) error {
		if c.Discord.Token == "" {
			return p.env.bad("DISCORD_BOT_TOKEN", "is required")
		}
		bot, _, err := c.bot(st, p.logger(c))
		if err != nil {
			return err
		}
		changed, err := bot.RegisterCommands(p.ctx)
		if err != nil {
			return fmt.Errorf("Discord does not take the commands (the bot must be invited with the scope applications.commands): %w", err)
		}
		said := "The commands are as they should be; nothing was written."
		if changed {
			said = "The commands are registered."
		}
		_, err = fmt.Fprintln(p.out, said)
		return err
	})
}
