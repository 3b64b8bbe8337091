package discordtest

import (
	"slices"
	"strconv"
	"time"
)

type obj = map[string]any

// The types of channel.
const (
	textChannel   = 0
	dmChannel     = 1
	category      = 4
	publicThread  = 11
	privateThread = 12
)

type user struct {
	id, name, locale string
	bot              bool
	avatarURL        string // of a webhook's message
	refusesDMs       bool
	status           string // "" is offline
	dm               *channel
	ephemeral        []*message // what only this person sees
}

type member struct {
	user   *user
	roles  []string
	joined time.Time
}

func (m *member) has(role string) bool { return slices.Contains(m.roles, role) }

type role struct {
	id, name string
	perms    Permissions
	position int
	shy      bool // cannot be mentioned
}

type guild struct {
	id, name, owner string
	roles           map[string]*role
	members         map[string]*member
}

type channel struct {
	id, name, topic string
	typ             int
	guild           *guild // nil for a direct message
	parent          *channel
	overwrites      []Overwrite
	position        int
	messages        []*message // oldest first
	created         time.Time
	renames         []time.Time

	recipient        *user           // of a direct message
	owner            string          // of a thread
	members          map[string]bool // of a thread
	archived, locked bool
	autoArchive      int
}

func (c *channel) isThread() bool { return c.typ == publicThread || c.typ == privateThread }

func (c *channel) find(id string) *message {
	for _, m := range c.messages {
		if m.id == id {
			return m
		}
	}
	return nil
}

type message struct {
	id, content, nonce string
	channel            *channel
	author             *user
	at, edited         time.Time
	embeds             []any
	components         []any
	files              []file
	reference          string // id of the message that it answers
	flags              int
	pinged             []string // ids of users and roles that were notified
	everyone           bool
	interaction        *Interaction
	webhook            string // id
	ephemeralTo        *user
	pinnedAt           time.Time
	extra              obj // fields of the wire that the Server knows nothing of
}

type file struct {
	id, name, contentType string
	data                  []byte
	at                    time.Time
}

func (u *user) wire() obj {
	return obj{"id": u.id, "username": u.name, "avatar": nil, "discriminator": "0", "public_flags": 0, "flags": 0, "global_name": u.name,
		"primary_guild": nil, "bot": u.bot, "system": false, "banner": nil, "accent_color": nil}
}

func (u *user) presence(guild string) obj {
	return obj{"user": obj{"id": u.id}, "guild_id": guild, "status": u.status, "activities": []any{}, "client_status": obj{}}
}

func (m *member) wire() obj {
	return obj{"avatar": nil, "banner": nil, "communication_disabled_until": nil, "flags": 0, "joined_at": stamp(m.joined), "nick": nil, "pending": false,
		"premium_since": nil, "roles": list(m.roles), "user": m.user.wire(), "mute": false, "deaf": false}
}

func (r *role) wire() obj {
	return obj{"id": r.id, "name": r.name, "permissions": bits(r.perms), "position": r.position, "color": 0,
		"colors": obj{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil}, "hoist": false, "managed": false, "mentionable": !r.shy,
		"icon": nil, "unicode_emoji": nil, "flags": 0}
}

func (g *guild) wire() obj {
	roles := []any{}
	for _, r := range g.sortedRoles() {
		roles = append(roles, r.wire())
	}
	o := obj{"id": g.id, "name": g.name, "owner_id": g.owner, "features": []any{}, "roles": roles, "emojis": []any{}, "stickers": []any{}, "region": "deprecated",
		"preferred_locale": "de", "max_members": 500000, "system_channel_flags": 0, "premium_progress_bar_enabled": false, "nsfw": false, "widget_enabled": false}
	for _, k := range []string{"afk_timeout", "verification_level", "default_message_notifications", "mfa_level", "explicit_content_filter", "max_stage_video_channel_users",
		"max_video_channel_users", "premium_tier", "premium_subscription_count", "nsfw_level", "max_presences"} {
		o[k] = 0
	}
	o["afk_timeout"] = 300
	for _, k := range []string{"icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id", "afk_channel_id", "system_channel_id", "widget_channel_id",
		"vanity_url_code", "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data"} {
		o[k] = nil
	}
	return o
}

func (g *guild) sortedRoles() []*role {
	out := make([]*role, 0, len(g.roles))
	for _, r := range g.roles {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *role) int { return a.position - b.position })
	return out
}

func (c *channel) wire() obj {
	o := obj{"id": c.id, "type": c.typ, "flags": 0, "last_message_id": nil}
	if n := len(c.messages); n > 0 {
		o["last_message_id"] = c.messages[n-1].id
	}
	if c.guild == nil {
		o["recipients"] = []any{c.recipient.wire()}
		return o
	}
	o["guild_id"], o["name"], o["parent_id"] = c.guild.id, c.name, nil
	if c.parent != nil {
		o["parent_id"] = c.parent.id
	}
	if c.isThread() {
		o["owner_id"], o["message_count"], o["member_count"], o["total_message_sent"] = c.owner, len(c.messages), min(len(c.members), 50), len(c.messages)
		o["rate_limit_per_user"] = 0
		o["thread_metadata"] = obj{"archived": c.archived, "archive_timestamp": stamp(c.created), "auto_archive_duration": c.autoArchive, "locked": c.locked,
			"create_timestamp": stamp(c.created)}
		return o
	}
	o["position"], o["nsfw"], o["rate_limit_per_user"], o["topic"] = c.position, false, 0, nil
	if c.topic != "" {
		o["topic"] = c.topic
	}
	ows := []any{}
	for _, w := range c.overwrites {
		typ := 0
		if w.Member {
			typ = 1
		}
		ows = append(ows, obj{"id": w.ID, "type": typ, "allow": bits(w.Allow), "deny": bits(w.Deny)})
	}
	o["permission_overwrites"] = ows
	return o
}

// wire gives the message as somebody receives it who may read its content, or may not.
func (m *message) wire(s *Server, content bool) obj {
	o := obj{"type": 0, "content": m.content, "mentions": []any{}, "mention_roles": []any{}, "attachments": []any{}, "embeds": list(m.embeds), "timestamp": stamp(m.at),
		"edited_timestamp": nil, "flags": m.flags, "components": list(m.components), "id": m.id, "channel_id": m.channel.id, "author": m.author.wire(), "pinned": !m.pinnedAt.IsZero(),
		"mention_everyone": m.everyone, "tts": false}
	for _, id := range m.pinged {
		if u := s.users[id]; u != nil {
			o["mentions"] = append(o["mentions"].([]any), u.wire())
		} else {
			o["mention_roles"] = append(o["mention_roles"].([]any), id)
		}
	}
	for _, f := range m.files {
		o["attachments"] = append(o["attachments"].([]any), s.wireFile(m, f))
	}
	if !m.edited.IsZero() {
		o["edited_timestamp"] = stamp(m.edited)
	}
	if m.nonce != "" {
		o["nonce"] = m.nonce
	}
	if m.reference != "" {
		o["type"] = 19
		o["message_reference"] = obj{"type": 0, "channel_id": m.channel.id, "message_id": m.reference}
		o["referenced_message"] = nil // deleted
		if r := m.channel.find(m.reference); r != nil {
			inner := *r
			inner.reference = ""
			o["referenced_message"] = inner.wire(s, content)
		}
	}
	if m.webhook != "" {
		o["webhook_id"], o["application_id"] = m.webhook, s.application
	}
	if m.interaction != nil {
		o["webhook_id"], o["application_id"] = s.application, s.application
	}
	for k, v := range m.extra {
		o[k] = v
	}
	if !content && m.author != s.bot {
		o["content"], o["embeds"], o["components"], o["attachments"] = "", []any{}, []any{}, []any{}
	}
	return o
}

// linkLife is how long the link to a file works.
const linkLife = 24 * time.Hour

func (s *Server) wireFile(m *message, f file) obj {
	url := s.URL() + "/attachments/" + m.channel.id + "/" + f.id + "/" + escapePath(f.name) + "?ex=" + strconv.FormatInt(s.cfg.Now().Add(linkLife).Unix(), 16)
	return obj{"id": f.id, "filename": f.name, "size": len(f.data), "url": url, "proxy_url": url, "content_type": f.contentType}
}

func bits(p Permissions) string { return strconv.FormatUint(uint64(p), 10) }

// list is in, never nil.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
