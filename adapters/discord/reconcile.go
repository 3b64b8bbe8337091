package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/ticket"
)

// What happened while nobody listened is found by comparing after READY; what RESUMED replays needs none of it. Whatever is found is noted under a
// key of its own, so that the event and the comparison together note it once.

const (
	aliveEvery = 30 * time.Second
	// aliveSlack is by how much more than was missed is looked at: a connection may have been dead before that showed.
	aliveSlack = 5 * time.Minute
	maxShown   = 200 // characters of a message that was deleted
)

// stayAlive notes every now and then that nothing was missed so far, for as long as ctx goes on.
func (w *worker) stayAlive(ctx context.Context) {
	for sleep(ctx, aliveEvery) == nil {
		if w.caughtUp.Load() && w.source.snapshot().State == adapters.SourceReady {
			w.markAlive()
		}
	}
}

func (w *worker) markAlive() {
	if err := w.cfg.State.Set(w.work, w.key("alive", "gateway"), w.cfg.Now().UTC().Format(time.RFC3339)); err != nil {
		w.cfg.Log.Warn("discord: cannot note how far events were heard", slog.Any("error", err))
	}
}

// heardUntil is when somebody listened last; the zero time when that is not known.
func (w *worker) heardUntil() (time.Time, error) {
	s, err := w.cfg.State.Get(w.work, w.key("alive", "gateway"))
	if err != nil || s == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // as good as none
	}
	return at.Add(-aliveSlack), nil
}

// recover catches up after READY: for each ticket that lives it reads what was written since, compares, and makes what is missing.
func (w *worker) recover() {
	if w.svc == nil {
		return
	}
	w.insist("discord: cannot catch up", "", func() error {
		since, err := w.heardUntil()
		if err != nil {
			return err
		}
		reading, round := &atomic.Int64{}, w.readies.Load()
		reading.Add(1)
		done := func() { // dropped work is never done, and then nothing is caught up with
			if reading.Add(-1) == 0 && w.run.Err() == nil && w.readies.Load() == round {
				w.caughtUp.Store(true)
				w.markAlive()
			}
		}
		places, people := map[string]bool{}, map[string]bool{}
		err = w.each(func(t *ticket.Ticket, p place) error {
			places[p.Channel], places[p.Parent] = true, true
			for _, channel := range []string{p.Channel, p.Staff} {
				if channel == "" || channel == noThread || p.Archived {
					continue
				}
				reading.Add(1)
				w.q.add("c"+channel, func() {
					defer done()
					w.insist("discord: cannot read a channel", channel, func() error {
						if err := w.catchUp(t.ID, channel); err != nil || channel != p.Channel {
							return err
						}
						return w.compare(t.ID, &p, since)
					})
				})
			}
			if p.Opener != "" && p.Channel != "" {
				people[p.Opener] = true
			}
			w.q.add("s"+string(t.ID), func() {
				if err := w.sync(w.work, t.ID); err != nil {
					w.cfg.Log.Warn("discord: a channel does not follow its ticket", slog.Int64("number", t.Number), slog.Any("error", err))
				}
			})
			return nil
		})
		if err != nil {
			return err
		}
		w.q.add("people", func() { w.whoLeft(people) })
		w.q.add("webhooks", func() { w.sweepVoices(func(channel string) bool { return places[channel] || w.showsPanel(channel) }) })
		done()
		return nil
	})
}

// mendChannel takes out of a channel to be what does not exist any more: roles, and its category when none of them is left. changed is false when
// all of it is there.
func (d *Discord) mendChannel(ctx context.Context, categories []string, body obj) (mended obj, changed bool) {
	var channels, roles []struct{ ID string }
	if d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + "/channels"}, &channels) != nil ||
		d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + "/roles"}, &roles) != nil {
		return body, false
	}
	is := func(list []struct{ ID string }, id string) bool {
		return slices.ContainsFunc(list, func(e struct{ ID string }) bool { return e.ID == id })
	}
	mended = maps.Clone(body)
	if _, within := body["parent_id"]; within && !slices.ContainsFunc(categories, func(id string) bool { return is(channels, id) }) {
		delete(mended, "parent_id")
		changed = true
		d.cfg.Log.LogAttrs(ctx, slog.LevelError, "discord: none of the categories for tickets exists; their channels stand outside of categories", slog.Any("categories", categories))
	}
	if ows, ok := body["permission_overwrites"].([]obj); ok {
		left := slices.DeleteFunc(slices.Clone(ows), func(o obj) bool {
			id, _ := o["id"].(string)
			gone := o["type"] == roleType && !is(roles, id)
			if gone {
				d.cfg.Log.LogAttrs(ctx, slog.LevelError, "discord: a role that works on tickets does not exist", slog.String("role", id))
			}
			return gone
		})
		mended["permission_overwrites"], changed = left, changed || len(left) < len(ows)
	}
	return mended, changed
}

// showsPanel reports whether a panel stands in a channel.
func (d *Discord) showsPanel(channel string) bool {
	return slices.ContainsFunc(d.shownPanels(), func(p panel) bool { return p.channel == channel })
}

// compare notes what was edited and deleted in a ticket's channel since a time. It runs in the channel's queue, behind catchUp.
func (w *worker) compare(id ticket.ID, p *place, since time.Time) error {
	at := "/channels/" + p.Channel + "/messages"
	var ms []dMessage
	err := w.rest.call(w.work, request{method: "GET", path: fmt.Sprintf("%s?limit=%d", at, page), route: at}, &ms)
	if settled(err) {
		return nil // the channel is gone, or closed to the bot: other steps say so
	}
	if err != nil {
		return err
	}
	header := slices.ContainsFunc(ms, func(m dMessage) bool { return m.ID == p.Header })
	if p.Header != "" && !header && len(ms) < page {
		err := w.rest.call(w.work, request{method: "GET", path: at + "/" + p.Header, route: at + "/"}, nil)
		if err != nil && codeOf(err) != codeUnknownMessage { // what cannot be read is not gone
			if settled(err) {
				return nil
			}
			return err
		}
		w.showAgain(id)
	}
	for _, m := range slices.Backward(ms) {
		if m.Author != nil && m.EditedAt != nil && m.EditedAt.After(since) {
			w.edited(&m)
		}
	}
	return w.missing(id, p.Channel, ms)
}

// missing notes which messages of a ticket are not in its channel any more; there is what the channel has, newest first.
func (w *worker) missing(id ticket.ID, channel string, there []dMessage) error {
	known, err := w.svc.Messages(w.work, w.actor(), ticket.MessageQuery{Ticket: id, Newest: true, Limit: page, Kinds: []ticket.MessageKind{ticket.Public}})
	if err != nil {
		if ticket.KindOf(err) == ticket.NotFound {
			return nil
		}
		return err
	}
	oldest := ""
	if len(there) == page {
		oldest = there[len(there)-1].ID
	}
	for _, k := range known {
		message, ours := strings.CutPrefix(k.ExternalID, channel+"/")
		if !ours || oldest != "" && !newer(message, oldest) || slices.ContainsFunc(there, func(m dMessage) bool { return m.ID == message }) {
			continue
		}
		w.removed(channel, message)
	}
	return nil
}

// edited and removed note what became of a message that the desk has, once. What a person wrote first stays.
func (w *worker) edited(m *dMessage) {
	if m.Author.Bot || m.WebhookID != "" || m.EditedAt == nil {
		return
	}
	w.note(m.ChannelID, editKey(m), w.texts.T(w.cfg.Locale, "discord.edited", name(m.Author, m.Member))+"\n\n"+w.text(m))
}

// editKey names one state of a message. Whoever takes a message in that was edited already remembers it.
func editKey(m *dMessage) string { return fmt.Sprintf("edit:%s:%d", m.ID, m.EditedAt.UnixMilli()) }

func (w *worker) removed(channel, message string) {
	w.noteAbout(channel, "delete:"+message, func(id ticket.ID) string {
		text := w.texts.T(w.cfg.Locale, "discord.deleted", message)
		ms, err := w.svc.Messages(w.work, w.actor(), ticket.MessageQuery{Ticket: id, Newest: true, Limit: 200})
		if err != nil {
			return text
		}
		for _, k := range ms {
			if k.ExternalID == externalID(channel, message) {
				was := []rune(k.Text)
				return text + "\n\n" + quoted(k.Author.Name+": "+string(was[:min(len(was), maxShown)]))
			}
		}
		return text
	})
}

// note leaves a note on the ticket of a channel, once for each key.
func (w *worker) note(channel, key, text string) {
	w.noteAbout(channel, key, func(ticket.ID) string { return text })
}

func (w *worker) noteAbout(channel, key string, text func(ticket.ID) string) {
	if w.svc == nil {
		return
	}
	w.insist("discord: cannot leave a note", key, func() error {
		id, err := w.ticketOf(w.work, channel)
		if err != nil || id == "" {
			return err
		}
		return w.noteOnce(w.work, id, key, text(id))
	})
}

// noteOnce leaves a note under a key, unless there is one already.
func (d *Discord) noteOnce(ctx context.Context, id ticket.ID, key, text string) error {
	_, err := d.svc.Note(context.WithValue(ctx, onceKey{}, once{key: key}), d.actor(), id, 0, ticket.NewMessage{Body: text})
	if k := ticket.KindOf(err); err != nil && k != ticket.Unavailable && k != ticket.Internal && k != ticket.Stale {
		return nil // it is noted, or the ticket takes no notes
	}
	return err
}

// showAgain has the header of a ticket stand in its channel again.
func (w *worker) showAgain(id ticket.ID) {
	w.q.add("s"+string(id), func() {
		w.insist("discord: cannot show how a ticket stands", string(id), func() error {
			ctx, release, err := w.hold(w.work, id)
			if err != nil {
				return err
			}
			p, _, err := w.place(ctx, id)
			if err == nil && p.Header != "" {
				p.Header, p.Shown = "", ""
				err = w.setPlace(ctx, id, p)
			}
			release()
			if err != nil {
				return err
			}
			if err := w.sync(w.work, id); !settled(err) {
				return err
			}
			return nil
		})
	})
}

// goneMessages is told that messages were deleted, by whomever. The panel and the headers of tickets stand again, everything else is noted.
func (w *worker) goneMessages(channel string, ids []string) {
	if w.showsPanel(channel) {
		w.q.add("panel", func() {
			w.insist("discord: cannot show the panels", channel, func() error { return w.panelsNow(true) })
		})
	}
	w.q.add("c"+channel, func() {
		w.insist("discord: cannot see whose messages were deleted", channel, func() error {
			id, err := w.ticketOf(w.work, channel)
			if err != nil || id == "" {
				return err
			}
			p, _, err := w.place(w.work, id)
			if err != nil {
				return err
			}
			ms, err := w.svc.Messages(w.work, w.actor(), ticket.MessageQuery{Ticket: id, Newest: true, Limit: 200})
			if err != nil && ticket.KindOf(err) != ticket.NotFound {
				return err
			}
			for _, message := range ids {
				switch {
				case message == p.Header:
					w.showAgain(id)
				case slices.ContainsFunc(ms, func(k ticket.Message) bool { // what the desk has taken back is a note by now
					return k.Kind == ticket.Public && k.ExternalID == externalID(channel, message)
				}):
					w.removed(channel, message)
				}
			}
			return nil
		})
	})
}

// whoLeft looks who of the people with a ticket is not in the server any more, one after the other.
func (w *worker) whoLeft(people map[string]bool) {
	for id := range people {
		var m *dMember
		w.insist("discord: cannot see who is in the server", id, func() (err error) {
			m, err = w.member(w.work, id)
			if settled(err) {
				m, err = &dMember{}, nil // not to be known
			}
			return err
		})
		if w.run.Err() != nil {
			return
		}
		if m == nil {
			w.q.add("u"+id, func() { w.left(&dUser{ID: id}) })
		} else if m.User != nil {
			w.q.add("u"+id, func() { w.back(m.User) })
		}
	}
}

// left tells the team, at the desk and in the channel, that somebody with a ticket has left the server; back that they are there again.
func (w *worker) left(u *dUser) { w.membership(u, true) }

func (w *worker) back(u *dUser) { w.membership(u, false) }

func (w *worker) membership(u *dUser, gone bool) {
	if w.svc == nil {
		return
	}
	w.insist("discord: cannot note who has left or come back", u.ID, func() error {
		return w.each(func(t *ticket.Ticket, p place) error {
			if p.Opener != u.ID || p.Channel == "" || p.Left == gone {
				return nil
			}
			return w.moved(t, name(u, nil), gone)
		})
	})
}

func (w *worker) moved(t *ticket.Ticket, who string, gone bool) error {
	ctx, release, err := w.hold(w.work, t.ID)
	if err != nil {
		return err
	}
	defer release()
	p, _, err := w.place(ctx, t.ID)
	if err != nil || p.Left == gone || p.Channel == "" {
		return err
	}
	if who == "" {
		who = t.Requester.Name
	}
	key, text := "left", "discord.left"
	if !gone {
		key, text = "back", "discord.back"
		if err := w.letIn(ctx, &p); err != nil {
			return err
		}
	}
	if err := w.noteOnce(ctx, t.ID, fmt.Sprintf("%s:%s:%d", key, t.ID, p.Leaves), w.texts.T(w.cfg.Locale, text, who)); err != nil {
		return err
	}
	err = w.rest.call(ctx, request{method: "POST", path: "/channels/" + p.Channel + "/messages", body: obj{"content": w.texts.T(w.cfg.Locale, text, plain(who)), "allowed_mentions": nobody(),
		"nonce": nonce(fmt.Sprintf("%s:%s:%d", key, t.ID, p.Leaves), p.Made), "enforce_nonce": true}}, nil)
	if err != nil && !settled(err) {
		return err
	}
	if p.Left = gone; !gone {
		p.Leaves++
	}
	if err := w.setPlace(ctx, t.ID, p); err != nil || gone {
		return err
	}
	w.q.add("s"+string(t.ID), func() {
		w.insist("discord: somebody who came back does not see their ticket", string(t.ID), func() error {
			if err := w.sync(w.work, t.ID); !settled(err) {
				return err
			}
			return nil
		})
	})
	return nil
}

// letIn gives the opener of a ticket back what leaving the server has taken.
func (d *Discord) letIn(ctx context.Context, p *place) error {
	if !p.Thread {
		p.Access = "" // who may what is set anew with the next look at the ticket
		return nil
	}
	err := d.rest.call(ctx, request{method: "PUT", path: "/channels/" + p.Channel + "/thread-members/" + p.Opener, route: "/channels/" + p.Channel + "/thread-members"}, nil)
	if settled(err) {
		d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "discord: somebody who came back does not see their ticket", slog.Any("error", err))
		return nil
	}
	return err
}

// insist repeats fn with growing pauses while it fails, until the run ends.
func (w *worker) insist(what, id string, fn func() error) {
	for n := 1; ; n++ {
		err := fn()
		if err == nil {
			return
		}
		w.cfg.Log.Warn(what, slog.String("id", id), slog.Any("error", err))
		if sleep(w.run, 10*time.Millisecond+backoff.Delay(n, 100*time.Millisecond, time.Minute, nil)) != nil {
			return
		}
	}
}

// member asks for somebody's roles; nil for who has left.
func (d *Discord) member(ctx context.Context, user string) (*dMember, error) {
	var m dMember
	err := d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + "/members/" + user, route: "/guilds/" + d.cfg.GuildID + "/members"}, &m)
	if e, ok := errors.AsType[*restError](err); ok && e.Status == http.StatusNotFound {
		return nil, nil
	}
	return &m, err
}
