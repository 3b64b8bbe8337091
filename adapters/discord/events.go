package discord

import (
	"encoding/json"
	"time"
)

// The structs here hold what the desk reads of Discord's events, and nothing more: what is unknown in an event, such as a new type of
// component, cannot make it unreadable.

type dUser struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
}

type dMember struct {
	User        *dUser   `json:"user"`
	Nick        string   `json:"nick"`
	Roles       []string `json:"roles"`
	Permissions string   `json:"permissions"`
}

// name is how people see a user.
func name(u *dUser, m *dMember) string {
	switch {
	case m != nil && m.Nick != "":
		return m.Nick
	case u.GlobalName != "":
		return u.GlobalName
	}
	return u.Username
}

type dAttachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Title       string `json:"title"` // the name before Discord simplified it, without its ending
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	URL         string `json:"url"`
}

type dMessage struct {
	ID          string        `json:"id"`
	ChannelID   string        `json:"channel_id"`
	GuildID     string        `json:"guild_id"`
	Author      *dUser        `json:"author"`
	Member      *dMember      `json:"member"`
	Content     string        `json:"content"`
	Timestamp   time.Time     `json:"timestamp"`
	EditedAt    *time.Time    `json:"edited_timestamp"`
	Attachments []dAttachment `json:"attachments"`
	WebhookID   string        `json:"webhook_id"`
	Type        int           `json:"type"`
	Reference   *struct {
		ChannelID string `json:"channel_id"`
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
	dExtras
}

// The types of message that people write; the others are notices of Discord.
const (
	messageDefault = 0
	messageReply   = 19
)

type dBulk struct {
	ChannelID string   `json:"channel_id"`
	IDs       []string `json:"ids"`
}

type dChannel struct {
	ID       string `json:"id"`
	GuildID  string `json:"guild_id"`
	Name     string `json:"name"`
	Topic    string `json:"topic"`
	ParentID string `json:"parent_id"`
	Type     int    `json:"type"`
}

type dInteraction struct {
	ID        string   `json:"id"`
	AppID     string   `json:"application_id"`
	Token     string   `json:"token"`
	Type      int      `json:"type"`
	GuildID   string   `json:"guild_id"`
	ChannelID string   `json:"channel_id"`
	Member    *dMember `json:"member"`
	User      *dUser   `json:"user"`
	Locale    string   `json:"locale"`
	Data      struct {
		Name       string            `json:"name"`
		Type       int               `json:"type"`
		CustomID   string            `json:"custom_id"`
		Values     []string          `json:"values"`
		Components []json.RawMessage `json:"components"`
		Options    []dOption         `json:"options"`
		TargetID   string            `json:"target_id"`
		Resolved   struct {
			Users    map[string]dUser    `json:"users"`
			Members  map[string]dMember  `json:"members"`
			Messages map[string]dMessage `json:"messages"`
		} `json:"resolved"`
	} `json:"data"`
}

// dOption is a subcommand, or an argument of a command.
type dOption struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []dOption       `json:"options"`
}

// text is the value of an option that is a text or an id; "" when it is absent or something else.
func (i *dInteraction) text(option string) (s string) {
	for _, o := range i.arguments() {
		if o.Name == option {
			_ = json.Unmarshal(o.Value, &s)
		}
	}
	return s
}

// flag is the value of an option that is a yes or no.
func (i *dInteraction) flag(option string) (b bool) {
	for _, o := range i.arguments() {
		if o.Name == option {
			_ = json.Unmarshal(o.Value, &b)
		}
	}
	return b
}

// arguments are the options of the subcommand.
func (i *dInteraction) arguments() []dOption {
	if len(i.Data.Options) == 0 {
		return nil
	}
	return i.Data.Options[0].Options
}

// The types of interaction.
const (
	interactionCommand   = 2
	interactionComponent = 3
	interactionComplete  = 4 // somebody types the argument of a command
	interactionModal     = 5
)

// who is the person behind an interaction, in a server or in a direct message.
func (i *dInteraction) who() *dUser {
	if i.Member != nil && i.Member.User != nil {
		return i.Member.User
	}
	return i.User
}

// answers are what was filled into a form, by custom_id. Components that are not known are left out.
func (i *dInteraction) answers() map[string]string {
	out := map[string]string{}
	for _, raw := range i.Data.Components {
		collect(raw, out)
	}
	return out
}

func collect(raw json.RawMessage, out map[string]string) {
	var c struct {
		CustomID   string            `json:"custom_id"`
		Value      *string           `json:"value"`
		Values     []string          `json:"values"`
		Component  json.RawMessage   `json:"component"`
		Components []json.RawMessage `json:"components"`
	}
	if json.Unmarshal(raw, &c) != nil {
		return
	}
	switch {
	case c.CustomID != "" && c.Value != nil:
		out[c.CustomID] = *c.Value
	case c.CustomID != "" && len(c.Values) > 0:
		out[c.CustomID] = c.Values[0]
	}
	if len(c.Component) > 0 {
		collect(c.Component, out)
	}
	for _, sub := range c.Components {
		collect(sub, out)
	}
}
