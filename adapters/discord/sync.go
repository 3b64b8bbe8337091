package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
)

// sync makes Discord follow a ticket: it makes the channel of one that lives, shows how it stands, and clears up after one that has ended. It
// looks at how things are, not at what has changed, so it may be called at any time and again after any failure.
func (d *Discord) sync(ctx context.Context, id ticket.ID) error {
	if d.svc == nil {
		return errors.New("discord: the adapter is not bound to a desk")
	}
	ctx, release, err := d.hold(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	p, known, err := d.place(ctx, id)
	if err != nil {
		return err
	}
	t, err := d.svc.Get(ctx, d.actor(), id)
	if ticket.KindOf(err) == ticket.NotFound {
		return d.remove(ctx, id, &p)
	}
	if err != nil {
		return err
	}
	if !known {
		if p.Opener, err = d.opener(ctx, t); err != nil || p.Opener == "" || t.Channel != d.cfg.Name {
			return err
		}
	}
	switch {
	case ended(t) && p.Channel != "":
		return d.finish(ctx, t, &p)
	case ended(t):
		p.Lost = false // opened again it gets a new channel
		return d.setPlace(ctx, id, p)
	case p.Lost:
		return nil
	case p.Channel == "":
		if err := d.make(ctx, t, &p); err != nil {
			return err
		}
	}
	return d.header(ctx, t, &p)
}

func ended(t *ticket.Ticket) bool {
	return t.Category == ticket.Closed || t.Category == ticket.Merged || t.Category == ticket.Spam
}

// opener finds the person in Discord behind a ticket that State knows nothing of, because the program ended just then.
func (d *Discord) opener(ctx context.Context, t *ticket.Ticket) (string, error) {
	c, err := d.svc.Contact(ctx, d.actor(), t.Requester.ID)
	if err != nil {
		return "", err
	}
	i, _ := c.Identity(d.cfg.Name)
	return i.Value, nil
}

// The permissions of the people in a ticket's channel: to see it, write, add files and links, and read what was written.
const (
	permView    = 1 << 10
	permMember  = permView | 1<<11 | 1<<14 | 1<<15 | 1<<16
	roleType    = 0
	memberType  = 1
	textChannel = 0
)

// make makes the private channel. An answer that was lost does not make a second one: the channel's topic tells whose it is.
func (d *Discord) make(ctx context.Context, t *ticket.Ticket, p *place) error {
	topic := "tk1:" + string(t.ID)
	id := ""
	if p.Trying {
		var all []dChannel
		if err := d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + "/channels"}, &all); err != nil {
			return err
		}
		for _, c := range all {
			if c.Topic == topic {
				id = c.ID
			}
		}
	}
	if id == "" {
		p.Trying = true
		if err := d.setPlace(ctx, t.ID, *p); err != nil {
			return err
		}
		ows, err := d.overwrites(ctx, p.Opener)
		if err != nil {
			return err
		}
		c, err := d.create(ctx, obj{"name": fmt.Sprintf("ticket-%04d", t.Number), "type": textChannel, "topic": topic, "permission_overwrites": ows})
		if err != nil {
			return err
		}
		id = c.ID
	}
	if err := d.cfg.State.Set(ctx, d.key("channel", id), string(t.ID)); err != nil {
		return err
	}
	p.Channel, p.Header, p.Shown, p.Trying, p.Logged, p.Told = id, "", "", false, false, false
	p.Made++
	return d.setPlace(ctx, t.ID, *p)
}

// create makes a channel in the first category that has room.
func (d *Discord) create(ctx context.Context, body obj) (c dChannel, err error) {
	categories := d.cfg.CategoryIDs
	if len(categories) == 0 {
		categories = []string{""}
	}
	for _, parent := range categories {
		if parent != "" {
			body["parent_id"] = parent
		}
		err = d.rest.call(ctx, request{method: "POST", path: "/guilds/" + d.cfg.GuildID + "/channels", body: body, once: true}, &c)
		if code := codeOf(err); code != codeForm && code != codeUnknownChannel {
			break
		}
	}
	return c, err
}

// overwrites let the opener, the support roles and the bot in, and nobody else.
func (d *Discord) overwrites(ctx context.Context, opener string) ([]obj, error) {
	bot := d.bot.Load()
	if bot == nil {
		var me dUser
		if err := d.rest.call(ctx, request{method: "GET", path: "/users/@me"}, &me); err != nil {
			return nil, err
		}
		bot = &me.ID
	}
	allow := func(id string, typ int) obj { return obj{"id": id, "type": typ, "allow": fmt.Sprint(permMember)} }
	out := []obj{{"id": d.cfg.GuildID, "type": roleType, "deny": fmt.Sprint(permView)}}
	for _, id := range d.cfg.SupportRoleIDs {
		out = append(out, allow(id, roleType))
	}
	return append(out, allow(*bot, memberType), allow(opener, memberType)), nil
}

// header shows how the ticket stands, above its conversation.
func (d *Discord) header(ctx context.Context, t *ticket.Ticket, p *place) error {
	body, err := d.headerBody(ctx, t, p)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write(raw)
	shows := fmt.Sprintf("%x", h.Sum64())
	if p.Header != "" && shows == p.Shown {
		return nil
	}
	at := "/channels/" + p.Channel + "/messages"
	if p.Header != "" {
		err := d.rest.call(ctx, request{method: "PATCH", path: at + "/" + p.Header, route: at + "/", body: body}, nil)
		if codeOf(err) == codeUnknownMessage {
			p.Header = ""
		} else if err != nil {
			return d.gone(ctx, t.ID, p, err)
		}
	}
	if p.Header == "" {
		var m dMessage
		body["content"] = "<@" + p.Opener + ">"
		body["allowed_mentions"] = obj{"parse": []string{}, "users": []string{p.Opener}}
		body["nonce"], body["enforce_nonce"] = nonce(string(t.ID), p.Made), true
		if err := d.rest.call(ctx, request{method: "POST", path: at, body: body}, &m); err != nil {
			return d.gone(ctx, t.ID, p, err)
		}
		p.Header = m.ID
	}
	p.Shown = shows
	return d.setPlace(ctx, t.ID, *p)
}

// gone turns the error that a channel does not exist into the state that it does not.
func (d *Discord) gone(ctx context.Context, id ticket.ID, p *place, err error) error {
	if codeOf(err) != codeUnknownChannel {
		return err
	}
	return d.lose(ctx, id, p)
}

// lose notes that somebody has deleted the channel of a ticket that lives.
func (d *Discord) lose(ctx context.Context, id ticket.ID, p *place) error {
	channel := p.Channel
	p.Channel, p.Header, p.Shown, p.Lost = "", "", "", true
	if err := d.setPlace(ctx, id, *p); err != nil {
		return err
	}
	_, err := d.svc.Note(ctx, d.actor(), id, 0, ticket.NewMessage{Body: d.texts.T(d.cfg.Locale, "discord.channel_deleted")})
	if k := ticket.KindOf(err); err != nil && (k == ticket.Unavailable || k == ticket.Internal) {
		return err
	}
	return d.cfg.State.Set(ctx, d.key("channel", channel), "")
}

const maxOpening = 1500

func (d *Discord) headerBody(ctx context.Context, t *ticket.Ticket, p *place) (obj, error) {
	lang := t.Locale
	if lang == "" {
		lang = d.cfg.Locale
	}
	first, err := d.svc.Messages(ctx, d.actor(), ticket.MessageQuery{Ticket: t.ID, Kinds: []ticket.MessageKind{ticket.Public}, Limit: 1})
	if err != nil {
		return nil, err
	}
	text := ""
	if len(first) > 0 && first[0].Author.Type == ticket.ActorContact {
		if text = first[0].Text; len([]rune(text)) > maxOpening {
			text = string([]rune(text)[:maxOpening]) + "…"
		}
	}
	assignee := "–"
	claim := obj{"type": 2, "style": 1, "custom_id": customID(actClaim, string(t.ID)), "label": d.texts.T(lang, "discord.claim")}
	if t.Assignee != nil {
		assignee = plain(t.Assignee.Name)
		claim = obj{"type": 2, "style": 2, "custom_id": customID(actUnclaim, string(t.ID)), "label": d.texts.T(lang, "discord.unclaim")}
	}
	status := string(t.Status)
	if d.texts.Has("status." + status) {
		status = d.texts.T(lang, "status."+status)
	}
	title := []rune(fmt.Sprintf("#%d %s", t.Number, plain(t.Subject)))
	embed := obj{"title": string(title[:min(len(title), 256)]), "fields": []obj{
		{"name": d.texts.T(lang, "field.status"), "value": status, "inline": true},
		{"name": d.texts.T(lang, "field.priority"), "value": d.texts.T(lang, "priority."+string(t.Priority)), "inline": true},
		{"name": d.texts.T(lang, "field.assignee"), "value": assignee, "inline": true},
	}}
	if text != "" {
		embed["description"] = text
	}
	if p.Made > 1 {
		embed["footer"] = obj{"text": d.texts.T(lang, "discord.again")}
	}
	return obj{"embeds": []obj{embed}, "allowed_mentions": nobody(), "components": []obj{{"type": 1, "components": []obj{
		claim, {"type": 2, "style": 4, "custom_id": customID(actClose, string(t.ID)), "label": d.texts.T(lang, "discord.close")}}}}}, nil
}

// finish ends the channel of a ticket that has ended: what was written last is taken in, the transcript goes where it belongs, and only then
// the channel goes. Each step that is done is remembered.
func (d *Discord) finish(ctx context.Context, t *ticket.Ticket, p *place) error {
	if err := d.readUp(ctx, t.ID, p.Channel); err != nil {
		return err
	}
	now, err := d.svc.Get(ctx, d.actor(), t.ID)
	if err != nil {
		return err
	}
	if !ended(now) {
		return nil // a last message has opened it again, which is a change of its own
	}
	t = now
	if !p.Logged {
		if err := d.postTranscript(ctx, t, d.cfg.LogChannelID, d.texts.T(d.cfg.Locale, "discord.transcript", t.Number, plain(t.Subject))); err != nil {
			if !settled(err) {
				return err
			}
			d.cfg.Log.Error("discord: cannot post a transcript in the log channel", slog.Int64("number", t.Number), slog.Any("error", err))
			if _, err := d.svc.Note(ctx, d.actor(), t.ID, 0, ticket.NewMessage{Body: d.texts.T(d.cfg.Locale, "discord.no_log", err.Error())}); err != nil && ticket.KindOf(err) != ticket.Conflict {
				return err
			}
		}
		p.Logged = true
		if err := d.setPlace(ctx, t.ID, *p); err != nil {
			return err
		}
	}
	if !p.Told {
		if err := d.tellOpener(ctx, t, p.Opener); err != nil && !settled(err) {
			return err
		}
		p.Told = true
		if err := d.setPlace(ctx, t.ID, *p); err != nil {
			return err
		}
	}
	return d.remove(ctx, t.ID, p)
}

// settled reports whether Discord has refused for good.
func settled(err error) bool {
	e, ok := errors.AsType[*restError](err)
	return ok && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusUnauthorized
}

// remove deletes the channel and what State knows of it.
func (d *Discord) remove(ctx context.Context, id ticket.ID, p *place) error {
	if p.Channel == "" {
		return nil
	}
	channel := p.Channel
	err := d.rest.call(ctx, request{method: "DELETE", path: "/channels/" + channel}, nil)
	if err != nil && codeOf(err) != codeUnknownChannel {
		return err
	}
	p.Channel, p.Header, p.Shown, p.Logged, p.Told = "", "", "", false, false
	if err := d.setPlace(ctx, id, *p); err != nil {
		return err
	}
	return errors.Join(d.cfg.State.Set(ctx, d.key("channel", channel), ""), d.cfg.State.Set(ctx, d.key("read", channel), ""))
}
