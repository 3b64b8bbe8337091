package server

import (
	"regexp"
	"strings"

	"github.com/ticketkit/ticketkit/adapters/discord"
)

var fileEnding = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// chatMode reads where tickets live in Discord, which files are refused there, and which of its roles are roles of the desk.
func (c *Config) chatMode(e *Env) error {
	d := &c.Discord
	switch d.Mode = discord.Mode(e.get("DISCORD_TICKET_MODE", "")); d.Mode {
	case "", discord.Channels, discord.Threads:
	default:
		return e.bad("DISCORD_TICKET_MODE", "%q is neither channel nor thread", string(d.Mode))
	}
	for _, ending := range e.list("DISCORD_REFUSED_FILES") {
		ending = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(ending), "."))
		if !fileEnding.MatchString(ending) {
			return e.bad("DISCORD_REFUSED_FILES", "%q is not the ending of a file's name such as exe", ending)
		}
		d.RefusedFiles = append(d.RefusedFiles, ending)
	}
	for _, pair := range e.list("DISCORD_ROLE_MAP") {
		id, role, ok := strings.Cut(pair, "=")
		id, role = strings.TrimSpace(id), strings.TrimSpace(role)
		if !ok || !snowflake.MatchString(id) || role == "" {
			return e.bad("DISCORD_ROLE_MAP", "%q is not like 1200000000000000001=admin", pair)
		}
		if d.DeskRoles == nil {
			d.DeskRoles = map[string]string{}
		}
		d.DeskRoles[id] = role
	}
	return nil
}
