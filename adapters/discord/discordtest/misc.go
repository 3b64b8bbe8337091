package discordtest

import (
	"strings"
)

func getGateway(c *call) (int, any, *apiError) { return 200, obj{"url": c.s.socketURL("")}, nil }

func getGatewayBot(c *call) (int, any, *apiError) {
	return 200, obj{"url": c.s.socketURL(""), "shards": 1, "session_start_limit": obj{"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}}, nil
}

func (s *Server) socketURL(suffix string) string {
	return "ws" + strings.TrimPrefix(s.URL(), "http") + "/socket/" + suffix
}

func getMe(c *call) (int, any, *apiError) {
	o := c.s.bot.wire()
	o["mfa_enabled"], o["locale"], o["verified"], o["email"] = false, "en-US", true, nil
	return 200, o, nil
}

func getApplication(c *call) (int, any, *apiError) {
	s := c.s
	flags := 0
	for bit, in := range map[int]Intents{1 << 13: IntentPresences, 1 << 15: IntentMembers, 1 << 19: IntentMessageContent} {
		if s.cfg.Denied&in == 0 {
			flags |= bit
		}
	}
	return 200, obj{"id": s.application, "name": s.bot.name, "icon": nil, "description": "", "type": nil, "verify_key": strings.Repeat("0", 64), "flags": flags, "flags_new": "0",
		"redirect_uris": []any{}, "interactions_endpoint_url": orNil(s.endpoint), "role_connections_verification_url": nil, "owner": s.bot.wire(), "approximate_guild_count": len(s.guilds),
		"approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil, "eligible_oauth2_scopes": []any{}, "bot": s.bot.wire()}, nil
}

func orNil(v string) any {
	if v == "" {
		return nil
	}
	return v
}

func getUser(c *call) (int, any, *apiError) {
	u := c.s.users[c.r.PathValue("user_id")]
	if u == nil {
		return 0, nil, errUnknownUser
	}
	return 200, u.wire(), nil
}

func openDM(c *call) (int, any, *apiError) {
	u := c.s.users[str(c.body["recipient_id"])]
	if u == nil || u == c.s.bot {
		return 0, nil, errUnknownUser
	}
	return 200, c.s.directMessage(u).wire(), nil
}

func (s *Server) directMessage(u *user) *channel {
	if u.dm == nil {
		u.dm = &channel{id: s.snowflake(), typ: dmChannel, recipient: u, created: s.cfg.Now()}
		s.channels[u.dm.id] = u.dm
	}
	return u.dm
}

// num2 is num for what this package may have written itself.
func num2(v any) int {
	if n, ok := v.(int); ok {
		return n
	}
	return num(v)
}

func createThread(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	typ, need := num(c.body["type"]), CreatePublicThreads
	if typ == privateThread || c.body["type"] == nil {
		typ, need = privateThread, CreatePrivateThreads
	}
	if ch.typ != textChannel || p&need == 0 {
		return 0, nil, errPermissions
	}
	name, err := channelName(str(c.body["name"]), typ)
	if err != nil {
		return 0, nil, err
	}
	t := &channel{id: c.s.snowflake(), name: name, typ: typ, guild: ch.guild, parent: ch, owner: c.s.bot.id, members: map[string]bool{c.s.bot.id: true}, created: c.s.cfg.Now(), autoArchive: 4320}
	if n := num(c.body["auto_archive_duration"]); n > 0 {
		t.autoArchive = n
	}
	c.s.channels[t.id] = t
	c.s.dispatch(ch.guild, IntentGuilds, "THREAD_CREATE", t.wire())
	return 201, t.wire(), nil
}

func (c *call) thread() (*channel, *user, *apiError) {
	t, p, err := c.channel()
	if err != nil {
		return nil, nil, err
	}
	u := c.s.users[c.r.PathValue("user_id")]
	switch {
	case !t.isThread():
		return nil, nil, errUnknownChannel
	case u == nil || t.guild.members[u.id] == nil:
		return nil, nil, errUnknownMember
	case p&SendMessagesInThreads == 0:
		return nil, nil, errPermissions
	case t.archived:
		return nil, nil, errArchived
	}
	return t, u, nil
}

func addThreadMember(c *call) (int, any, *apiError) {
	t, u, err := c.thread()
	if err != nil {
		return 0, nil, err
	}
	if t.parent.permissions(t.guild.members[u.id])&ViewChannel == 0 {
		return 0, nil, errAccess
	}
	t.members[u.id] = true
	c.s.dispatch(t.guild, IntentGuilds, "THREAD_MEMBERS_UPDATE", obj{"id": t.id, "guild_id": t.guild.id, "member_count": len(t.members), "added_members": []any{}, "removed_member_ids": []any{}})
	return 204, nil, nil
}

func removeThreadMember(c *call) (int, any, *apiError) {
	t, u, err := c.thread()
	if err != nil {
		return 0, nil, err
	}
	delete(t.members, u.id)
	c.s.dispatch(t.guild, IntentGuilds, "THREAD_MEMBERS_UPDATE", obj{"id": t.id, "guild_id": t.guild.id, "member_count": len(t.members), "removed_member_ids": []any{u.id}})
	return 204, nil, nil
}
