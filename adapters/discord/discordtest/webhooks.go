package discordtest

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWebhooks of a channel.
const maxWebhooks = 15

// webhook is one of a channel, made by the bot.
type webhook struct {
	id, token, name string
	channel         *channel
}

var (
	errTooManyWebhooks = &apiError{400, 30007, "Maximum number of webhooks reached (15)", nil}
)

func (w *webhook) wire(s *Server) obj {
	return obj{"id": w.id, "type": 1, "name": w.name, "avatar": nil, "channel_id": w.channel.id, "guild_id": w.channel.guild.id, "application_id": s.application, "user": s.bot.wire(), "token": w.token,
		"url": "https://discord.com/api/webhooks/" + w.id + "/" + w.token}
}

func (s *Server) webhooksOf(fits func(*webhook) bool) []any {
	out := []any{}
	for _, w := range s.webhooks {
		if fits(w) {
			out = append(out, w.wire(s))
		}
	}
	return out
}

func listWebhooks(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	if p&ManageWebhooks == 0 {
		return 0, nil, errPermissions
	}
	return 200, c.s.webhooksOf(func(w *webhook) bool { return w.channel == ch }), nil
}

func guildWebhooks(c *call) (int, any, *apiError) {
	g, me, err := c.guild()
	if err != nil {
		return 0, nil, err
	}
	if g.base(me)&ManageWebhooks == 0 {
		return 0, nil, errPermissions
	}
	return 200, c.s.webhooksOf(func(w *webhook) bool { return w.channel.guild == g }), nil
}

func createWebhook(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	name := str(c.body["name"])
	switch {
	case p&ManageWebhooks == 0:
		return 0, nil, errPermissions
	case ch.isThread() || ch.typ == category:
		return 0, nil, &apiError{400, 50024, "Cannot execute action on this channel type", nil}
	case !webhookName(name):
		return 0, nil, invalid("name", "WEBHOOK_NAME_INVALID", "The name is not allowed.")
	case len(c.s.webhooksOf(func(w *webhook) bool { return w.channel == ch })) >= maxWebhooks:
		return 0, nil, errTooManyWebhooks
	}
	w := &webhook{id: c.s.snowflake(), token: newToken(), name: name, channel: ch}
	c.s.webhooks = append(c.s.webhooks, w)
	return 200, w.wire(c.s), nil
}

// webhookName reports whether a webhook may be called so.
func webhookName(name string) bool {
	n, low := utf8.RuneCountInString(name), strings.ToLower(name)
	return n >= 1 && n <= 80 && !strings.Contains(low, "clyde") && !strings.Contains(low, "discord") && low != "everyone" && low != "here"
}

func deleteWebhook(c *call) (int, any, *apiError) {
	n := slices.IndexFunc(c.s.webhooks, func(w *webhook) bool { return w.id == c.r.PathValue("webhook_id") })
	if n < 0 {
		return 0, nil, errUnknownWebhook
	}
	w := c.s.webhooks[n]
	if w.channel.permissions(w.channel.botMember(c.s))&ManageWebhooks == 0 {
		return 0, nil, errPermissions
	}
	c.s.webhooks = slices.Delete(slices.Clone(c.s.webhooks), n, n+1)
	return 204, nil, nil
}

// webhook is one of a channel, or nil.
func (s *Server) webhook(id string) *webhook {
	if n := slices.IndexFunc(s.webhooks, func(w *webhook) bool { return w.id == id }); n >= 0 {
		return s.webhooks[n]
	}
	return nil
}

// place is where a call of a webhook goes to.
func (w *webhook) place(c *call) (*channel, *apiError) {
	if w.token != c.r.PathValue("webhook_token") {
		return nil, errWebhookToken
	}
	ch := w.channel
	if id := c.r.URL.Query().Get("thread_id"); id != "" {
		if ch = c.s.channels[id]; ch == nil || ch.parent != w.channel || !ch.isThread() {
			return nil, errUnknownChannel
		}
		if ch.locked {
			return nil, errArchived
		}
		ch.archived = false
	}
	return ch, nil
}

// patch edits a message that the webhook has posted.
func (w *webhook) patch(c *call) (int, any, *apiError) {
	ch, err := w.place(c)
	if err != nil {
		return 0, nil, err
	}
	m := ch.find(c.r.PathValue("message_id"))
	if m == nil || m.webhook != w.id {
		return 0, nil, errUnknownMessage
	}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	c.ping(m, ch.guild.roles[ch.guild.id].perms)
	c.s.change(m)
	return 200, m.wire(c.s, true), nil
}

// execute posts a message of a webhook, or a follow-up of an interaction: both have the same address.
func execute(c *call) (int, any, *apiError) {
	w := c.s.webhook(c.r.PathValue("webhook_id"))
	if w == nil {
		return followUp(c)
	}
	ch, err := w.place(c)
	if err != nil {
		return 0, nil, err
	}
	name := w.name
	if v := str(c.body["username"]); v != "" {
		if name = v; !webhookName(name) {
			return 0, nil, invalid("username", "USERNAME_INVALID", "The name is not allowed.")
		}
	}
	author := &user{id: w.id, name: name, bot: true, avatarURL: str(c.body["avatar_url"])}
	m := &message{channel: ch, author: author, webhook: w.id, flags: num(c.body["flags"])}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	c.ping(m, w.channel.guild.roles[w.channel.guild.id].perms)
	c.s.post(m)
	if c.r.URL.Query().Get("wait") != "true" {
		return 204, nil, nil
	}
	return 200, m.wire(c.s, true), nil
}

// Webhook is a webhook as it stands.
type Webhook struct{ ID, Name, ChannelID string }

// Webhooks lists those of the guild.
func (g *Guild) Webhooks() (out []Webhook) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for _, w := range g.s.webhooks {
		if w.channel.guild == g.g {
			out = append(out, Webhook{w.id, w.name, w.channel.id})
		}
	}
	return out
}

// DeleteWebhook removes a webhook by the hand of an administrator.
func (g *Guild) DeleteWebhook(id string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.webhooks = slices.DeleteFunc(slices.Clone(g.s.webhooks), func(w *webhook) bool { return w.id == id })
}
