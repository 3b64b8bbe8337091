package discord

import (
	"context"
	"encoding/json"
	"errors"
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
	if err := d.knowPanels(ctx); err != nil {
		return err
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
	case ended(t) && p.Channel != "" && !p.Archived:
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
	case p.Archived:
		if err := d.archive(ctx, id, &p, false); err != nil {
			return err
		}
	}
	// One may fail, for want of a permission, and the other still be done.
	shown := d.header(ctx, t, &p)
	return errors.Join(shown, d.follow(ctx, t, &p), d.staffThread(ctx, t, &p))
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
	if d.modeOf(p.Kind) == Threads {
		return d.makeThread(ctx, t, p)
	}
	topic := "tk1:" + string(t.ID)
	id, access := "", ""
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
		p.Level = max(p.Level, t.Escalation)
		ows, err := d.overwrites(ctx, t, p)
		if err != nil {
			return err
		}
		c, err := d.create(ctx, d.categoriesOf(p), obj{"name": firstName(t.Number), "type": textChannel, "topic": topic, "permission_overwrites": ows})
		if err != nil {
			return err
		}
		raw, err := json.Marshal(ows)
		if err != nil {
			return err
		}
		id, access = c.ID, hashOf(raw)
	}
	if err := d.cfg.State.Set(ctx, d.key("channel", id), string(t.ID)); err != nil {
		return err
	}
	p.Channel, p.Header, p.Shown, p.Trying, p.Logged, p.Told = id, "", "", false, false, false
	p.Queue, p.Subject, p.Named, p.Renamed, p.Access = t.Queue.ID, t.Subject, firstName(t.Number), nil, access
	p.Staff, p.StaffTried, p.Mates, p.Thread, p.Parent, p.Archived = "", false, nil, false, "", false
	p.Made++
	return d.setPlace(ctx, t.ID, *p)
}

// create makes a channel in the first category that has room.
func (d *Discord) create(ctx context.Context, categories []string, body obj) (c dChannel, err error) {
	if len(categories) == 0 {
		categories = []string{""}
	}
	for _, parent := range categories {
		if parent != "" {
			body["parent_id"] = parent
		}
		err = d.rest.call(ctx, request{method: "POST", path: "/guilds/" + d.cfg.GuildID + "/channels", body: body, once: true}, &c)
		if code := codeOf(err); code != codeForm && code != codeUnknownChannel && code != codeUnknownRole {
			return c, err
		}
	}
	if body, changed := d.mendChannel(ctx, categories, body); changed {
		err = d.rest.call(ctx, request{method: "POST", path: "/guilds/" + d.cfg.GuildID + "/channels", body: body, once: true}, &c)
	}
	return c, err
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
	p.Channel, p.Header, p.Shown, p.Lost, p.Staff, p.Archived = "", "", "", true, "", false
	if err := d.setPlace(ctx, id, *p); err != nil {
		return err
	}
	_, err := d.svc.Note(ctx, d.actor(), id, 0, ticket.NewMessage{Body: d.texts.T(d.cfg.Locale, "discord.channel_deleted")})
	if k := ticket.KindOf(err); err != nil && (k == ticket.Unavailable || k == ticket.Internal) {
		return err
	}
	return d.cfg.State.Set(ctx, d.key("channel", channel), "")
}

// finish ends the channel of a ticket that has ended: what was written last is taken in, the transcript goes where it belongs, and only then
// the channel goes. Each step that is done is remembered.
func (d *Discord) finish(ctx context.Context, t *ticket.Ticket, p *place) error {
	if err := d.readUp(ctx, t.ID, p.Channel); err != nil {
		return err
	}
	if p.Staff != "" && p.Staff != noThread {
		if err := d.readUp(ctx, t.ID, p.Staff); err != nil {
			return err
		}
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
		if err := d.postTranscript(ctx, t, d.cfg.LogChannelID, d.cfg.Locale, d.texts.T(d.cfg.Locale, "discord.transcript", t.Number, plain(t.Subject))); err != nil {
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
	if p.Thread {
		return d.archive(ctx, t.ID, p, true)
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
	staff := p.Staff
	p.Channel, p.Header, p.Shown, p.Logged, p.Told, p.Ask, p.Staff, p.Archived = "", "", "", false, false, nil, "", false
	if err := d.setPlace(ctx, id, *p); err != nil {
		return err
	}
	if staff != "" && staff != noThread {
		if err := errors.Join(d.cfg.State.Set(ctx, d.key("channel", staff), ""), d.cfg.State.Set(ctx, d.key("read", staff), "")); err != nil {
			return err
		}
	}
	return errors.Join(d.cfg.State.Set(ctx, d.key("channel", channel), ""), d.cfg.State.Set(ctx, d.key("read", channel), ""))
}
