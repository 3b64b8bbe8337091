package discordtest

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func getGuild(c *call) (int, any, *apiError) {
	g, _, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	return 200, g.wire(), nil
}

func getChannels(c *call) (int, any, *apiError) {
	g, _, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, ch := range c.s.sortedChannels(g) {
		if !ch.isThread() {
			out = append(out, ch.wire())
		}
	}
	return 200, out, nil
}

func getThreads(c *call) (int, any, *apiError) {
	g, m, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, ch := range c.s.sortedChannels(g) {
		if ch.isThread() && !ch.archived && ch.permissions(m)&ViewChannel != 0 {
			out = append(out, ch.wire())
		}
	}
	return 200, obj{"threads": out, "members": []any{}, "has_more": false}, nil
}

func getRoles(c *call) (int, any, *apiError) {
	g, _, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, r := range g.sortedRoles() {
		out = append(out, r.wire())
	}
	return 200, out, nil
}

func getMember(c *call) (int, any, *apiError) {
	g, _, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	m := g.members[c.r.PathValue("user_id")]
	if m == nil {
		return 0, nil, errUnknownMember
	}
	return 200, m.wire(), nil
}

func getChannel(c *call) (int, any, *apiError) {
	ch, _, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	return 200, ch.wire(), nil
}

const (
	maxInCategory = 50
	maxInGuild    = 500
)

// createChannel has the limits that a ticket bot meets: 50 channels in a category, and only permissions that the bot has itself.
func createChannel(c *call) (int, any, *apiError) {
	g, me, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	parent := c.s.channels[str(c.body["parent_id"])]
	have := g.base(me)
	if parent != nil {
		have = parent.permissions(me)
	}
	if have&ManageChannels == 0 {
		return 0, nil, errPermissions
	}
	if err := c.s.room(g, str(c.body["parent_id"])); err != nil {
		return 0, nil, err
	}
	name, err := channelName(str(c.body["name"]), num(c.body["type"]))
	if err != nil {
		return 0, nil, err
	}
	ows, err := overwrites(c.body["permission_overwrites"])
	if err != nil {
		return 0, nil, err
	}
	if err := mayOverwrite(g, me, ows); err != nil {
		return 0, nil, err
	}
	for _, o := range ows {
		if !o.Member && g.roles[o.ID] == nil {
			return 0, nil, errUnknownRole
		}
	}
	ch := &channel{id: c.s.snowflake(), name: name, topic: str(c.body["topic"]), typ: num(c.body["type"]), guild: g, parent: parent, overwrites: ows, position: len(c.s.channels),
		created: c.s.cfg.Now()}
	if _, given := c.body["permission_overwrites"]; !given && parent != nil {
		ch.overwrites = append([]Overwrite(nil), parent.overwrites...)
	}
	c.s.channels[ch.id] = ch
	c.s.dispatch(g, IntentGuilds, "CHANNEL_CREATE", ch.wire())
	return 201, ch.wire(), nil
}

// room refuses a channel when the category or the guild is full.
func (s *Server) room(g *guild, parent string) *apiError {
	inCategory, inGuild := 0, 0
	for _, ch := range s.channels {
		if ch.guild != g || ch.isThread() {
			continue
		}
		inGuild++
		if ch.parent != nil && ch.parent.id == parent {
			inCategory++
		}
	}
	if parent != "" && (s.channels[parent] == nil || s.channels[parent].typ != category) {
		return invalid("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
	}
	if parent != "" && inCategory >= maxInCategory {
		return invalid("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", "Maximum number of channels in category reached (50)")
	}
	if inGuild >= maxInGuild {
		return &apiError{400, 30013, "Maximum number of guild channels reached (500)", nil}
	}
	return nil
}

func channelName(name string, typ int) (string, *apiError) {
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return "", invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	}
	if typ == textChannel {
		name = strings.ToLower(strings.Join(strings.Fields(name), "-"))
	}
	return name, nil
}

func patchChannel(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	need := ManageChannels
	if ch.isThread() {
		need = ManageThreads
		if ch.owner == c.s.bot.id {
			need = 0
		}
	}
	if p&need != need {
		return 0, nil, errPermissions
	}
	if v, ok := c.body["name"].(string); ok {
		name, err := channelName(v, ch.typ)
		if err != nil {
			return 0, nil, err
		}
		if err := c.s.rename(ch, name); err != nil {
			return 0, nil, err
		}
	}
	if v, ok := c.body["topic"]; ok {
		ch.topic = str(v)
	}
	if v, ok := c.body["permission_overwrites"]; ok {
		ows, err := overwrites(v)
		if err != nil {
			return 0, nil, err
		}
		if p&ManageRoles == 0 {
			return 0, nil, errPermissions
		}
		if err := mayOverwrite(ch.guild, ch.botMember(c.s), ows); err != nil {
			return 0, nil, err
		}
		ch.overwrites = ows
	}
	if v, ok := c.body["parent_id"]; ok && str(v) != "" {
		if err := c.s.room(ch.guild, str(v)); err != nil {
			return 0, nil, err
		}
		ch.parent = c.s.channels[str(v)]
	}
	if v, ok := c.body["archived"].(bool); ok {
		ch.archived = v
	}
	if v, ok := c.body["locked"].(bool); ok {
		ch.locked = v
	}
	event := "CHANNEL_UPDATE"
	if ch.isThread() {
		event = "THREAD_UPDATE"
	}
	c.s.dispatch(ch.guild, IntentGuilds, event, ch.wire())
	return 200, ch.wire(), nil
}

// rename has the limit that no header shows: two in ten minutes.
func (s *Server) rename(ch *channel, name string) *apiError {
	if name == ch.name {
		return nil
	}
	now := s.cfg.Now()
	for len(ch.renames) > 0 && now.Sub(ch.renames[0]) >= 10*time.Minute {
		ch.renames = ch.renames[1:]
	}
	if len(ch.renames) >= 2 {
		return &apiError{429, 0, "", obj{"after": 10*time.Minute - now.Sub(ch.renames[0])}}
	}
	ch.renames, ch.name = append(ch.renames, now), name
	return nil
}

func deleteChannel(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	if need := ManageChannels; !ch.isThread() && p&need == 0 || ch.isThread() && p&ManageThreads == 0 {
		return 0, nil, errPermissions
	}
	w := ch.wire()
	c.s.removeChannel(ch)
	return 200, w, nil
}

func (s *Server) removeChannel(ch *channel) {
	delete(s.channels, ch.id)
	s.webhooks = slices.DeleteFunc(slices.Clone(s.webhooks), func(w *webhook) bool { return w.channel == ch })
	event := "CHANNEL_DELETE"
	if ch.isThread() {
		event = "THREAD_DELETE"
	}
	s.dispatch(ch.guild, IntentGuilds, event, ch.wire())
	for _, other := range s.sortedChannels(ch.guild) {
		if other.parent == ch && other.isThread() {
			s.removeChannel(other)
		} else if other.parent == ch {
			other.parent = nil
		}
	}
}
