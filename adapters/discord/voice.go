package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// webhookName is what the bot's webhooks are called in the settings of a channel. Each message of theirs carries the name of an agent instead.
const webhookName = "ticketkit"

const (
	maxSpeaker = 80
	// quietFor is how long a channel in which the bot may have no webhook is left alone.
	quietFor = 10 * time.Minute
	// adoptSlack is by how much the clocks of the desk and of Discord may differ.
	adoptSlack  = time.Minute
	adoptWindow = 50
)

// voice lets a message appear under the name of an agent: by a webhook, for a bot has one name only.
type voice struct {
	id, token, thread string
	name, avatar      string
	channel           string // of the webhook
}

// voices are the webhooks of channels. Their tokens are asked for and not kept. The zero voices is ready.
type voices struct {
	mu    sync.Mutex
	known map[string]knownVoice // by channel
}

type knownVoice struct {
	id, token string
	not       time.Time // before then it is of no use to ask again
}

type dWebhook struct {
	ID            string `json:"id"`
	Token         string `json:"token"`
	Name          string `json:"name"`
	ChannelID     string `json:"channel_id"`
	ApplicationID string `json:"application_id"`
}

// voice finds the webhook for a message of a person at the desk, or nil: then the bot speaks.
func (d *Discord) voice(ctx context.Context, m *adapters.Outbound, channel string) *voice {
	who := speaker(m.Message.Author.Name)
	if d.svc == nil || m.Message.Author.Type != ticket.ActorAccount || who == "" {
		return nil
	}
	p, _, err := d.place(ctx, m.Ticket.ID)
	if err != nil || p.Channel != channel {
		return nil // a direct message
	}
	v := &voice{name: who, avatar: d.avatar(ctx, m.Message.Author.ID), channel: channel}
	if p.Thread {
		v.thread, v.channel = channel, p.Parent
	}
	if err := d.findVoice(ctx, v); err != nil {
		d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "discord: answers appear under the bot's name, for it has no webhook", slog.String("channel", v.channel), slog.Any("error", err))
		return nil
	}
	if v.id == "" {
		return nil
	}
	return v
}

// speaker is a name as a webhook may have it; "" when Discord refuses it.
func speaker(s string) string {
	r := []rune(strings.TrimSpace(ticket.FileName(s)))
	s = string(r[:min(len(r), maxSpeaker)])
	low := strings.ToLower(s)
	if strings.Contains(low, "discord") || strings.Contains(low, "clyde") || low == "everyone" || low == "here" {
		return ""
	}
	return s
}

// findVoice fills in the webhook of the channel: the one that is known, one that is there, or a new one. It leaves it empty where it was
// refused lately.
func (d *Discord) findVoice(ctx context.Context, v *voice) error {
	defer d.locks.lock("webhook/" + v.channel)()
	d.voices.mu.Lock()
	k := d.voices.known[v.channel]
	d.voices.mu.Unlock()
	if k.id != "" || time.Now().Before(k.not) {
		v.id, v.token = k.id, k.token
		return nil
	}
	at := "/channels/" + v.channel + "/webhooks"
	var all []dWebhook
	err := d.rest.call(ctx, request{method: "GET", path: at}, &all)
	hook := dWebhook{}
	if n := slices.IndexFunc(all, func(w dWebhook) bool { return w.Name == webhookName && w.Token != "" }); n >= 0 {
		hook = all[n]
	} else if err == nil {
		err = d.rest.call(ctx, request{method: "POST", path: at, body: obj{"name": webhookName}, once: true}, &hook)
	}
	switch {
	case err == nil:
		k = knownVoice{id: hook.ID, token: hook.Token}
	case settled(err):
		k = knownVoice{not: time.Now().Add(quietFor)}
	default:
		return err
	}
	d.voices.set(v.channel, k)
	v.id, v.token = k.id, k.token
	return err
}

func (vs *voices) set(channel string, k knownVoice) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if vs.known == nil || len(vs.known) > 5000 {
		vs.known = map[string]knownVoice{}
	}
	vs.known[channel] = k
}

func (vs *voices) forget(channel string) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	delete(vs.known, channel)
}

const (
	codeUnknownWebhook = 10015
	codeWebhookToken   = 50027
)

var errVoiceless = errors.New("discord: the webhook is gone")

// uttered is a part of a message that a webhook has posted.
type uttered struct {
	ID  string `json:"id"`
	Key string `json:"key"` // of the part
}

// maxUttered is how many are remembered for a channel.
const maxUttered = 30

// speak posts one part of a message by a webhook. Discord does not drop a repeat of such a message by its nonce, so what a run before may have
// left there is looked for first.
func (d *Discord) speak(ctx context.Context, v *voice, m *adapters.Outbound, part int, body obj, files []upload) (string, error) {
	channel := cmp.Or(v.thread, v.channel)
	defer d.locks.lock("say/" + channel)()
	state, key := d.key("said", channel), fmt.Sprintf("%s/%d", m.Key, part)
	raw, err := d.cfg.State.Get(ctx, state)
	if err != nil {
		return "", err
	}
	said, _ := loose[[]uttered](json.RawMessage(raw))
	if n := slices.IndexFunc(said, func(u uttered) bool { return u.Key == key }); n >= 0 {
		return said[n].ID, nil
	}
	id, err := d.spoken(ctx, v, m, channel, said, body, len(files))
	if err == nil && id == "" {
		id, err = d.utter(ctx, v, body, files)
	}
	if err != nil {
		return "", err
	}
	said = append(said, uttered{id, key})
	b, err := json.Marshal(said[max(0, len(said)-maxUttered):])
	if err == nil {
		err = d.cfg.State.Set(ctx, state, string(b))
	}
	return id, err
}

func (d *Discord) utter(ctx context.Context, v *voice, body obj, files []upload) (string, error) {
	words := obj{"username": v.name, "avatar_url": v.avatar, "allowed_mentions": body["allowed_mentions"]}
	for _, k := range []string{"content", "attachments"} {
		if body[k] != nil {
			words[k] = body[k]
		}
	}
	query := "?wait=true"
	if v.thread != "" {
		query += "&thread_id=" + v.thread
	}
	var sent dMessage
	err := d.rest.call(ctx, request{method: "POST", path: "/webhooks/" + v.id + "/" + v.token + query, route: "/webhooks/" + v.id, body: words, files: files, once: true}, &sent)
	if code := codeOf(err); code == codeUnknownWebhook || code == codeWebhookToken {
		d.voices.forget(v.channel)
		return "", errVoiceless
	}
	return sent.ID, err
}

// spoken looks for a part that a run before has posted and not noted: the same words of the same person, newer than the message, and nobody
// else's.
func (d *Discord) spoken(ctx context.Context, v *voice, m *adapters.Outbound, channel string, said []uttered, body obj, files int) (string, error) {
	content, _ := body["content"].(string)
	at := "/channels/" + channel + "/messages"
	var ms []dMessage
	err := d.rest.call(ctx, request{method: "GET", path: fmt.Sprintf("%s?limit=%d", at, adoptWindow), route: at}, &ms)
	if settled(err) { // without the permission to read there is nothing to be found
		return "", nil
	}
	for _, c := range slices.Backward(ms) {
		if c.WebhookID == v.id && c.Content == content && len(c.Attachments) == files && c.Author != nil && c.Author.Username == v.name &&
			!c.Timestamp.Before(m.Message.CreatedAt.Add(-adoptSlack)) && !slices.ContainsFunc(said, func(u uttered) bool { return u.ID == c.ID }) {
			return c.ID, nil
		}
	}
	return "", err
}

// avatars of Discord itself that stand for people without one.
const defaultAvatars = 6

// avatar is the address of the picture beside an agent's messages: that of their own account in Discord, or one of Discord's own, always the
// same.
func (d *Discord) avatar(ctx context.Context, account string) string {
	if a := d.faces.of(ctx, d, account); a != "" {
		return a
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, account)
	return fmt.Sprintf("https://cdn.discordapp.com/embed/avatars/%d.png", h.Sum32()%defaultAvatars)
}

// sweepVoices removes webhooks of the bot from channels that are no ticket's and no panel's.
func (w *worker) sweepVoices(keep func(channel string) bool) {
	var all []dWebhook
	err := w.rest.call(w.work, request{method: "GET", path: "/guilds/" + w.cfg.GuildID + "/webhooks"}, &all)
	bot := w.bot.Load()
	if err != nil || bot == nil {
		return // without the permission there are none
	}
	for _, h := range all {
		if h.Name != webhookName || h.ApplicationID != *bot || keep(h.ChannelID) {
			continue
		}
		w.voices.forget(h.ChannelID)
		if err := w.rest.call(w.work, request{method: "DELETE", path: "/webhooks/" + h.ID, route: "/webhooks/"}, nil); err != nil && codeOf(err) != codeUnknownWebhook {
			w.cfg.Log.Warn("discord: a webhook that nobody needs is still there", slog.String("channel", h.ChannelID), slog.Any("error", err))
		}
	}
}
