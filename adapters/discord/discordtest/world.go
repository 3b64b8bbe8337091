package discordtest

import (
	"slices"
)

// Guild is a server, as its people call it.
type Guild struct {
	ID string
	s  *Server
	g  *guild
}

// AddGuild makes a guild with the bot in it, owned by somebody else. The bot has what permissions give it, or without any everything that a
// ticket bot needs and not Administrator.
func (s *Server) AddGuild(name string, permissions ...Permissions) *Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	perms := Everyday | ManageChannels | ManageRoles | ManageMessages | ManageWebhooks | ManageThreads | CreatePrivateThreads
	if len(permissions) > 0 {
		perms = 0
		for _, p := range permissions {
			perms |= p
		}
	}
	owner := s.newUser("owner of " + name)
	g := &guild{id: s.snowflake(), name: name, owner: owner.id, roles: map[string]*role{}, members: map[string]*member{}}
	g.roles[g.id] = &role{id: g.id, name: "@everyone", perms: Everyday}
	own := &role{id: s.snowflake(), name: s.bot.name, perms: perms, position: 1}
	g.roles[own.id] = own
	g.members[owner.id] = &member{user: owner, joined: s.cfg.Now()}
	g.members[s.bot.id] = &member{user: s.bot, roles: []string{own.id}, joined: s.cfg.Now()}
	s.guilds[g.id] = g
	s.dispatch(g, IntentGuilds, "GUILD_CREATE", s.guildCreate(g, IntentGuilds|IntentMembers))
	return &Guild{ID: g.id, s: s, g: g}
}

func (s *Server) newUser(name string) *user {
	u := &user{id: s.snowflake(), name: name, locale: "en-US"}
	s.users[u.id] = u
	return u
}

// SetBotPermissions changes what the bot may do in the guild.
func (g *Guild) SetBotPermissions(p Permissions) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.g.roles[g.g.members[g.s.bot.id].roles[0]].perms = p
}

// AddRole makes a role and gives its id.
func (g *Guild) AddRole(name string, p Permissions) string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	r := &role{id: g.s.snowflake(), name: name, perms: p, position: len(g.g.roles)}
	g.g.roles[r.id] = r
	g.s.dispatch(g.g, IntentGuilds, "GUILD_ROLE_CREATE", obj{"guild_id": g.ID, "role": r.wire()})
	return r.id
}

// NewChannel describes a channel.
type NewChannel struct {
	Name       string
	Category   bool   // a category for channels
	Parent     string // id of the category; "" is none
	Overwrites []Overwrite
}

// Channel is a channel as it stands.
type Channel struct {
	ID, Name, Topic, Parent  string
	Thread, Archived, Locked bool
	Overwrites               []Overwrite
}

// AddChannel makes a channel by the hand of an administrator.
func (g *Guild) AddChannel(n NewChannel) Channel {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	ch := &channel{id: g.s.snowflake(), name: n.Name, guild: g.g, parent: g.s.channels[n.Parent], overwrites: slices.Clone(n.Overwrites), created: g.s.cfg.Now()}
	if n.Category {
		ch.typ = category
	}
	g.s.channels[ch.id] = ch
	g.s.dispatch(g.g, IntentGuilds, "CHANNEL_CREATE", ch.wire())
	g.s.touch()
	return ch.view()
}

// DeleteChannel removes a channel by the hand of an administrator; a channel that is gone is ignored.
func (g *Guild) DeleteChannel(id string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ch := g.s.channels[id]; ch != nil {
		g.s.removeChannel(ch)
		g.s.touch()
	}
}

// Channels lists the channels and threads of the guild, oldest first.
func (g *Guild) Channels() []Channel {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	var out []Channel
	for _, ch := range g.s.sortedChannels(g.g) {
		out = append(out, ch.view())
	}
	return out
}

// Messages lists what stands in a channel, oldest first; nil when it is gone.
func (g *Guild) Messages(channelID string) []Message {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.channels[channelID].views()
}

func (s *Server) sortedChannels(g *guild) []*channel {
	var out []*channel
	for _, ch := range s.channels {
		if ch.guild == g {
			out = append(out, ch)
		}
	}
	slices.SortFunc(out, func(a, b *channel) int {
		if after(a.id, b.id) {
			return 1
		}
		return -1
	})
	return out
}

func (c *channel) view() Channel {
	v := Channel{ID: c.id, Name: c.name, Topic: c.topic, Thread: c.isThread(), Archived: c.archived, Locked: c.locked, Overwrites: slices.Clone(c.overwrites)}
	if c.parent != nil {
		v.Parent = c.parent.id
	}
	return v
}

func (c *channel) views() []Message {
	if c == nil {
		return nil
	}
	out := []Message{}
	for _, m := range c.messages {
		out = append(out, m.view())
	}
	return out
}

// Message is a message as it stands.
type Message struct {
	ID, ChannelID, AuthorID, Author, Content string
	WebhookID, AvatarURL                     string // of a message that a webhook has posted
	Embeds                                   []Embed
	Components                               []Component // buttons and selects of all rows
	Files                                    []File
	Reference                                string   // id of the message that it answers
	Pinged                                   []string // ids of users and roles that it notified
	PingedEveryone                           bool
	Ephemeral, Edited, Pinned                bool
}

// Embed is a framed part of a message.
type Embed struct {
	Title, Description, Footer string
	Fields                     [][2]string // name and value
}

// Component is a button or a select.
type Component struct {
	CustomID, Label, URL string
	Disabled             bool
	Options              []string // values of a select
}

// File is a file of a message.
type File struct {
	Name, ContentType string
	Data              []byte
}

func (m *message) view() Message {
	v := Message{ID: m.id, ChannelID: m.channel.id, AuthorID: m.author.id, Author: m.author.name, WebhookID: m.webhook, AvatarURL: m.author.avatarURL, Content: m.content, Reference: m.reference, Pinged: slices.Clone(m.pinged),
		PingedEveryone: m.everyone, Ephemeral: m.ephemeralTo != nil, Edited: !m.edited.IsZero(), Pinned: !m.pinnedAt.IsZero()}
	for _, e := range m.embeds {
		o, _ := e.(obj)
		footer, _ := o["footer"].(obj)
		em := Embed{Title: str(o["title"]), Description: str(o["description"]), Footer: str(footer["text"])}
		fields, _ := o["fields"].([]any)
		for _, f := range fields {
			f, _ := f.(obj)
			em.Fields = append(em.Fields, [2]string{str(f["name"]), str(f["value"])})
		}
		v.Embeds = append(v.Embeds, em)
	}
	for _, o := range parts(m.components) {
		c := Component{CustomID: str(o["custom_id"]), Label: str(o["label"]), URL: str(o["url"])}
		c.Disabled, _ = o["disabled"].(bool)
		options, _ := o["options"].([]any)
		for _, e := range options {
			e, _ := e.(obj)
			c.Options = append(c.Options, str(e["value"]))
		}
		v.Components = append(v.Components, c)
	}
	for _, f := range m.files {
		v.Files = append(v.Files, File{f.name, f.contentType, slices.Clone(f.data)})
	}
	return v
}

// parts are the buttons and selects in rows.
func parts(rows []any) (out []obj) {
	for _, r := range rows {
		row, _ := r.(obj)
		if in, ok := row["components"].([]any); ok {
			out = append(out, parts(in)...)
		} else if row != nil {
			out = append(out, row)
		}
	}
	return out
}
