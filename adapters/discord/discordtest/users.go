package discordtest

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The types of interaction.
const (
	typeCommand   = 2
	typeComponent = 3
	typeModal     = 5

	typeAutocomplete = 4
)

// ErrForbidden is what a person is told who may not do something, or does not see where.
var ErrForbidden = errors.New("discordtest: you do not have permission, or there is no such thing")

// User is a person in a guild.
type User struct {
	ID, Name string
	guild    *Guild
	u        *user
}

// AddUser makes a person and lets them join with some roles. Their language is English; see SetLocale.
func (g *Guild) AddUser(name string, roles ...string) *User {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	u := g.s.newUser(name)
	m := &member{user: u, roles: slices.Clone(roles), joined: g.s.cfg.Now()}
	g.g.members[u.id] = m
	w := m.wire()
	w["guild_id"] = g.ID
	g.s.dispatch(g.g, IntentMembers, "GUILD_MEMBER_ADD", w)
	return &User{ID: u.id, Name: name, guild: g, u: u}
}

// SetLocale chooses the person's language, such as "de".
func (u *User) SetLocale(locale string) {
	u.guild.s.mu.Lock()
	defer u.guild.s.mu.Unlock()
	u.u.locale = locale
}

// RefuseDMs closes the person's direct messages.
func (u *User) RefuseDMs() {
	u.guild.s.mu.Lock()
	defer u.guild.s.mu.Unlock()
	u.u.refusesDMs = true
}

// Leave lets the person leave the guild.
func (u *User) Leave() {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(u.guild.g.members, u.ID)
	s.dispatch(u.guild.g, IntentMembers, "GUILD_MEMBER_REMOVE", obj{"guild_id": u.guild.ID, "user": u.u.wire()})
	s.touch()
}

// Channels lists what the person sees, oldest first.
func (u *User) Channels() []Channel {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Channel
	for _, ch := range s.sortedChannels(u.guild.g) {
		if ch.permissions(u.guild.g.members[u.ID])&ViewChannel != 0 {
			out = append(out, ch.view())
		}
	}
	return out
}

// Messages lists what the person sees in a channel, oldest first; nil when they do not see it.
func (u *User) Messages(channelID string) []Message {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, _, err := u.channel(channelID)
	if err != nil {
		return nil
	}
	return ch.views()
}

// DMs lists what the bot has written to the person directly, and what they have answered.
func (u *User) DMs() []Message {
	u.guild.s.mu.Lock()
	defer u.guild.s.mu.Unlock()
	return u.u.dm.views()
}

// channel finds a channel that the person sees. The caller holds mu.
func (u *User) channel(id string) (*channel, Permissions, error) {
	s := u.guild.s
	ch := s.channels[id]
	if ch == nil {
		return nil, 0, fmt.Errorf("%w: channel %s", ErrForbidden, id)
	}
	if ch == u.u.dm {
		return ch, all, nil
	}
	p := ch.permissions(u.guild.g.members[u.ID])
	if ch.guild == nil || p&ViewChannel == 0 {
		return nil, 0, fmt.Errorf("%w: channel %s", ErrForbidden, id)
	}
	return ch, p, nil
}

// Write posts a message. A text over 2,000 characters becomes the file message.txt, as Discord's own program does.
func (u *User) Write(channelID, text string, files ...File) (Message, error) {
	return u.write(channelID, "", text, files)
}

// Reply is Write as an answer to a message.
func (u *User) Reply(channelID, messageID, text string, files ...File) (Message, error) {
	return u.write(channelID, messageID, text, files)
}

func (u *User) write(channelID, reference, text string, files []File) (Message, error) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, p, err := u.channel(channelID)
	if err != nil {
		return Message{}, err
	}
	if e := ch.mayWrite(p); e != nil || len(files) > 0 && p&AttachFiles == 0 {
		return Message{}, fmt.Errorf("%w: write in %s", ErrForbidden, ch.name)
	}
	if utf8.RuneCountInString(text) > maxContent {
		text, files = "", append([]File{{"message.txt", "text/plain; charset=utf-8", []byte(text)}}, files...)
	}
	if len(files) > maxFiles || text == "" && len(files) == 0 {
		return Message{}, errors.New("discordtest: the message is empty or has more than ten files")
	}
	m := &message{channel: ch, author: u.u, content: text, reference: reference}
	for _, f := range files {
		at := file{id: s.snowflake(), name: fileName("", f.Name), contentType: f.ContentType, data: slices.Clone(f.Data), at: s.cfg.Now()}
		s.files[at.id] = at
		m.files = append(m.files, at)
	}
	(&call{s: s, body: obj{}}).ping(m, p)
	s.post(m)
	return m.view(), nil
}

// WriteWith is Write with further fields of the message object, in Discord's own words: sticker_items, poll, message_snapshots, or some of which
// nobody knows yet. The text may be empty.
func (u *User) WriteWith(channelID, text string, fields map[string]any) (Message, error) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, p, err := u.channel(channelID)
	if err != nil {
		return Message{}, err
	}
	if e := ch.mayWrite(p); e != nil {
		return Message{}, fmt.Errorf("%w: write in %s", ErrForbidden, ch.name)
	}
	m := &message{channel: ch, author: u.u, content: text, extra: fields}
	(&call{s: s, body: obj{}}).ping(m, p)
	s.post(m)
	return m.view(), nil
}

// own finds a message of the person.
func (u *User) own(channelID, messageID string) (*message, error) {
	ch, _, err := u.channel(channelID)
	if err != nil {
		return nil, err
	}
	m := ch.find(messageID)
	if m == nil || m.author != u.u {
		return nil, fmt.Errorf("%w: message %s", ErrForbidden, messageID)
	}
	return m, nil
}

// Edit changes a message of the person.
func (u *User) Edit(channelID, messageID, text string) error {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := u.own(channelID, messageID)
	if err != nil {
		return err
	}
	m.content = text
	s.change(m)
	return nil
}

// Delete removes a message of the person.
func (u *User) Delete(channelID, messageID string) error {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := u.own(channelID, messageID)
	if err != nil {
		return err
	}
	s.remove(m)
	return nil
}

// Click presses a button.
func (u *User) Click(channelID, messageID, customID string) (*Interaction, error) {
	return u.use(channelID, messageID, customID, nil)
}

// Choose chooses values of a select.
func (u *User) Choose(channelID, messageID, customID string, values ...string) (*Interaction, error) {
	return u.use(channelID, messageID, customID, list(values))
}

func (u *User) use(channelID, messageID, customID string, values []string) (*Interaction, error) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, _, err := u.channel(channelID)
	if err != nil {
		return nil, err
	}
	m := ch.find(messageID)
	for _, e := range u.u.ephemeral {
		if e.id == messageID {
			m = e
		}
	}
	if m == nil {
		return nil, fmt.Errorf("%w: message %s", ErrForbidden, messageID)
	}
	for _, o := range parts(m.components) {
		if str(o["custom_id"]) != customID {
			continue
		}
		if off, _ := o["disabled"].(bool); off {
			return nil, fmt.Errorf("%w: %s is switched off", ErrForbidden, customID)
		}
		data := obj{"custom_id": customID, "component_type": num2(o["type"]), "id": o["id"]}
		if values != nil {
			data["values"] = values
		}
		return u.interact(typeComponent, ch, m, data), nil
	}
	return nil, fmt.Errorf("%w: no component %s", ErrForbidden, customID)
}

// Command gives an application command of the guild, or a global one. options are in the form of the interaction's data.
func (u *User) Command(channelID, name string, options ...map[string]any) (*Interaction, error) {
	return u.command(channelID, name, typeCommand, "", options)
}

// Type is Command while it is being typed: the option that has focused is not finished. The bot answers with choices.
func (u *User) Type(channelID, name string, options ...map[string]any) (*Interaction, error) {
	return u.command(channelID, name, typeAutocomplete, "", options)
}

// MessageCommand gives a command of the menu of a message that the person sees.
func (u *User) MessageCommand(channelID, messageID, name string) (*Interaction, error) {
	return u.command(channelID, name, typeCommand, messageID, nil)
}

func (u *User) command(channelID, name string, typ int, target string, options []map[string]any) (*Interaction, error) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, p, err := u.channel(channelID)
	if err != nil {
		return nil, err
	}
	for _, o := range s.commands {
		onMessage := num2(o["type"]) == commandMessage
		if str(o["name"]) != name || str(o["guild_id"]) != "" && str(o["guild_id"]) != u.guild.ID || onMessage != (target != "") {
			continue
		}
		need, _ := permissions(o["default_member_permissions"])
		if p&need != need || p&UseCommands == 0 {
			return nil, fmt.Errorf("%w: command %s", ErrForbidden, name)
		}
		data := obj{"id": o["id"], "name": name, "type": num2(o["type"]), "options": list(options)}
		resolved := obj{"users": obj{}, "members": obj{}}
		for _, opt := range options {
			u.resolve(opt, resolved)
		}
		if onMessage {
			m := ch.find(target)
			if m == nil {
				return nil, fmt.Errorf("%w: message %s", ErrForbidden, target)
			}
			data["target_id"] = target
			resolved["messages"] = obj{target: m.wire(s, true)}
		}
		data["resolved"] = resolved
		return u.interact(typ, ch, nil, data), nil
	}
	return nil, fmt.Errorf("%w: command %s", ErrForbidden, name)
}

// resolve adds the people that options name. Who has left is a user without being a member.
func (u *User) resolve(o, resolved obj) {
	if id := str(o["value"]); num2(o["type"]) == optionUser && u.guild.s.users[id] != nil {
		resolved["users"].(obj)[id] = u.guild.s.users[id].wire()
		if m := u.guild.g.members[id]; m != nil {
			w := m.wire()
			delete(w, "user")
			resolved["members"].(obj)[id] = w
		}
	}
	subs, _ := o["options"].([]map[string]any)
	for _, s := range subs {
		u.resolve(s, resolved)
	}
}

// SetStatus says whether the person is "online", "idle", "dnd" or "offline". Who was never online is offline.
func (u *User) SetStatus(status string) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	u.u.status = status
	s.dispatch(u.guild.g, IntentPresences, "PRESENCE_UPDATE", u.u.presence(u.guild.ID))
}

// SetRoles gives the person other roles.
func (u *User) SetRoles(roles ...string) {
	s := u.guild.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m := u.guild.g.members[u.ID]
	if m == nil {
		return
	}
	m.roles = slices.Clone(roles)
	w := m.wire()
	w["guild_id"] = u.guild.ID
	s.dispatch(u.guild.g, IntentMembers, "GUILD_MEMBER_UPDATE", w)
}

// interact begins an interaction and tells the bot. The caller holds mu.
func (u *User) interact(typ int, ch *channel, source *message, data obj) *Interaction {
	s := u.guild.s
	i := &Interaction{ID: s.snowflake(), Token: newToken(), s: s, user: u, typ: typ, at: s.cfg.Now(), channel: ch, source: source}
	s.interactions[i.Token] = i
	o := obj{"id": i.ID, "application_id": s.application, "type": typ, "data": data, "channel_id": ch.id, "channel": ch.wire(), "token": i.Token, "version": 1, "locale": u.u.locale,
		"guild_locale": "de", "app_permissions": bits(ch.permissions(ch.botMember(s))), "entitlements": []any{}, "authorizing_integration_owners": obj{"0": u.guild.ID}, "context": 0}
	if m := u.guild.g.members[u.ID]; ch.guild != nil && m != nil {
		w := m.wire()
		w["permissions"] = bits(ch.permissions(m))
		o["guild_id"], o["member"] = u.guild.ID, w
	} else {
		o["user"] = u.u.wire()
	}
	if source != nil {
		o["message"] = s.strange(source.wire(s, true))
	}
	if s.endpoint == "" {
		s.dispatchTo(ch, 0, "INTERACTION_CREATE", func(*session) any { return o })
	}
	s.touch()
	return i
}
