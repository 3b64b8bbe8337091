package discordtest

import "slices"

// What administrators do by hand.

// DeleteMessage removes somebody's message; one that is gone is ignored.
func (g *Guild) DeleteMessage(channelID, messageID string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ch := g.s.channels[channelID]; ch != nil && ch.find(messageID) != nil {
		g.s.remove(ch.find(messageID))
	}
}

// Purge removes several messages of a channel at once.
func (g *Guild) Purge(channelID string, messageIDs ...string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	ch := g.s.channels[channelID]
	if ch == nil {
		return
	}
	ch.messages = slices.DeleteFunc(ch.messages, func(m *message) bool { return slices.Contains(messageIDs, m.id) })
	g.s.dispatchTo(ch, IntentGuildMessages, "MESSAGE_DELETE_BULK", func(*session) any {
		return obj{"ids": messageIDs, "channel_id": channelID, "guild_id": g.ID}
	})
	g.s.touch()
}

// DeleteRole removes a role from the guild, its members and the overwrites of channels; one that is gone is ignored.
func (g *Guild) DeleteRole(id string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if g.g.roles[id] == nil {
		return
	}
	delete(g.g.roles, id)
	for _, m := range g.g.members {
		m.roles = slices.DeleteFunc(slices.Clone(m.roles), func(r string) bool { return r == id })
	}
	for _, ch := range g.s.channels {
		if ch.guild == g.g {
			ch.overwrites = without(ch.overwrites, id)
		}
	}
	g.s.dispatch(g.g, IntentGuilds, "GUILD_ROLE_DELETE", obj{"guild_id": g.ID, "role_id": id})
}

// SetMentionable says whether everybody may mention a role, as they may at first; else it takes MentionEveryone.
func (g *Guild) SetMentionable(id string, may bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if r := g.g.roles[id]; r != nil {
		r.shy = !may
		g.s.dispatch(g.g, IntentGuilds, "GUILD_ROLE_UPDATE", obj{"guild_id": g.ID, "role": r.wire()})
	}
}

// MoveRole puts a role at a position; higher ones stand above.
func (g *Guild) MoveRole(id string, position int) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if r := g.g.roles[id]; r != nil {
		r.position = position
		g.s.dispatch(g.g, IntentGuilds, "GUILD_ROLE_UPDATE", obj{"guild_id": g.ID, "role": r.wire()})
	}
}

// BotRole is the id of the bot's own role.
func (g *Guild) BotRole() string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.g.members[g.s.bot.id].roles[0]
}

// Join lets a person who has left come back, without roles.
func (u *User) Join() {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.guild.g.members[u.ID] != nil {
		return
	}
	m := &member{user: u.u, joined: s.cfg.Now()}
	u.guild.g.members[u.ID] = m
	w := m.wire()
	w["guild_id"] = u.guild.ID
	s.dispatch(u.guild.g, IntentMembers, "GUILD_MEMBER_ADD", w)
	s.touch()
}

// SetOverwrites replaces the overwrites of a channel.
func (g *Guild) SetOverwrites(channelID string, ows ...Overwrite) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ch := g.s.channels[channelID]; ch != nil {
		ch.overwrites = slices.Clone(ows)
		g.s.dispatch(g.g, IntentGuilds, "CHANNEL_UPDATE", ch.wire())
	}
}

// SetInteractionsURL sets the endpoint for interactions in the developer portal, after which the gateway gets none any more; "" takes it out.
func (s *Server) SetInteractionsURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = url
}

// SetDenied switches privileged intents off in the developer portal, beginning with the next time that the bot identifies.
func (s *Server) SetDenied(denied Intents) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Denied = denied
}
