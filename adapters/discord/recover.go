package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// recover catches up after READY: for each ticket that lives it reads what was written since, and makes what is missing.
func (w *worker) recover() {
	if w.svc == nil {
		return
	}
	w.insist("discord: cannot catch up", "", func() error {
		return w.each(func(t *ticket.Ticket, p place) error {
			if p.Channel != "" {
				w.q.add("c"+p.Channel, func() {
					w.insist("discord: cannot read a channel", p.Channel, func() error { return w.catchUp(t.ID, p.Channel) })
				})
			}
			w.q.add("s"+string(t.ID), func() {
				if err := w.sync(w.work, t.ID); err != nil {
					w.cfg.Log.Warn("discord: a channel does not follow its ticket", slog.Int64("number", t.Number), slog.Any("error", err))
				}
			})
			return nil
		})
	})
}

// each calls fn for every ticket of the channel that lives.
func (w *worker) each(fn func(t *ticket.Ticket, p place) error) error {
	q := ticket.Query{Channel: []string{w.cfg.Name}, Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit,
		Category: []ticket.Category{ticket.New, ticket.Open, ticket.Pending, ticket.Snoozed, ticket.Resolved}}
	for {
		ts, next, err := w.svc.List(w.work, w.actor(), q)
		if err != nil {
			return err
		}
		for n := range ts {
			p, _, err := w.place(w.work, ts[n].ID)
			if err != nil {
				return err
			}
			if err := fn(&ts[n], p); err != nil {
				return err
			}
		}
		if next.IsZero() || len(ts) == 0 {
			return nil
		}
		q.After = next
	}
}

// page is how many messages one request gives at most.
const page = 100

// catchUp takes in what was written in a channel since it was last read. It runs in the channel's queue.
func (w *worker) catchUp(id ticket.ID, channel string) error {
	for {
		last, err := w.lastRead(w.work, channel)
		if err != nil {
			return err
		}
		if last == "" {
			last = "0"
		}
		at := "/channels/" + channel + "/messages"
		var ms []dMessage
		err = w.rest.call(w.work, request{method: "GET", path: fmt.Sprintf("%s?after=%s&limit=%d", at, last, page), route: at}, &ms)
		if codeOf(err) == codeUnknownChannel {
			w.channelGone(channel)
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(ms) { // the newest comes first
			if m.Author == nil {
				continue
			}
			if err := w.take(id, &m); err != nil {
				return err
			}
		}
		if len(ms) < page {
			return nil
		}
	}
}

// readUp has the run that is going on read a channel to its end.
func (d *Discord) readUp(ctx context.Context, id ticket.ID, channel string) error {
	w := d.current.Load()
	if w == nil {
		return errors.New("discord: the channel cannot be read to its end while the adapter does not run")
	}
	done := make(chan error, 1)
	if !w.q.add("c"+channel, func() {
		err := errors.New("discord: reading a channel failed")
		defer func() { done <- err }()
		err = w.catchUp(id, channel)
	}) {
		return errors.New("discord: the adapter is ending")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.run.Done():
		return errors.New("discord: the adapter is ending")
	}
}

// channelGone is told when a channel is deleted, by the adapter itself or by somebody. What it does needs the ticket's lock, whose holder may wait
// for the queue of the channel; so it has a queue of its own.
func (w *worker) channelGone(channel string) {
	if w.svc == nil {
		return
	}
	w.q.add("g"+channel, func() {
		w.insist("discord: cannot note that a channel is gone", channel, func() error {
			id, err := w.ticketOf(w.work, channel)
			if err != nil || id == "" {
				return err
			}
			return w.forget(id, channel)
		})
	})
}

// forget notes that the channel of a ticket does not exist any more, if it still is the ticket's.
func (w *worker) forget(id ticket.ID, channel string) error {
	ctx, release, err := w.hold(w.work, id)
	if err != nil {
		return err
	}
	defer release()
	p, _, err := w.place(ctx, id)
	if err != nil || p.Channel != channel {
		return err
	}
	return w.lose(ctx, id, &p)
}

// left tells the team that somebody with a ticket has left the server.
func (w *worker) left(u *dUser) {
	if w.svc == nil {
		return
	}
	w.insist("discord: cannot note that somebody has left", u.ID, func() error {
		return w.each(func(t *ticket.Ticket, p place) error {
			if p.Opener != u.ID || p.Channel == "" {
				return nil
			}
			text := w.texts.T(w.cfg.Locale, "discord.left", plain(name(u, nil)))
			err := w.rest.call(w.work, request{method: "POST", path: "/channels/" + p.Channel + "/messages", body: obj{"content": text, "allowed_mentions": nobody(),
				"nonce": nonce("left:"+string(t.ID), p.Made), "enforce_nonce": true}}, nil)
			if settled(err) {
				return nil
			}
			return err
		})
	})
}

// panelState is the message with the buttons, as State keeps it.
type panelState struct {
	Channel string `json:"channel"`
	Message string `json:"message"`
	Shown   string `json:"shown"`
}

// panel posts the message with the buttons, or brings it up to date.
func (w *worker) panel() {
	w.insist("discord: cannot post the panel", w.cfg.PanelChannelID, func() error {
		key := w.key("panel", "main")
		s, err := w.cfg.State.Get(w.work, key)
		if err != nil {
			return err
		}
		var was panelState
		if s != "" {
			if err := json.Unmarshal([]byte(s), &was); err != nil {
				was = panelState{} // a new panel is posted
			}
		}
		body := w.panelBody()
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		h := fnv.New64a()
		_, _ = h.Write(raw)
		now := panelState{Channel: w.cfg.PanelChannelID, Message: was.Message, Shown: fmt.Sprintf("%x", h.Sum64())}
		at := "/channels/" + now.Channel + "/messages"
		if was.Channel == now.Channel && was.Message != "" {
			err := w.rest.call(w.work, request{method: "PATCH", path: at + "/" + was.Message, route: at + "/", body: body}, nil)
			if err == nil {
				return w.setPanel(key, was, now)
			}
			if codeOf(err) != codeUnknownMessage {
				return err
			}
		}
		var m dMessage
		body["nonce"], body["enforce_nonce"] = nonce("panel:"+was.Message, 0), true
		if err := w.rest.call(w.work, request{method: "POST", path: at, body: body}, &m); err != nil {
			return err
		}
		now.Message = m.ID
		return w.setPanel(key, was, now)
	})
}

func (w *worker) setPanel(key string, was, now panelState) error {
	if was == now {
		return nil
	}
	b, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return w.cfg.State.Set(w.work, key, string(b))
}

const maxInRow = 5

// panelBody is what everybody reads, in the desk's language.
func (w *worker) panelBody() obj {
	lang := w.cfg.Locale
	rows := []obj{}
	for chunk := range slices.Chunk(w.cfg.Kinds, maxInRow) {
		buttons := []obj{}
		for _, k := range chunk {
			buttons = append(buttons, obj{"type": 2, "style": 1, "custom_id": customID(actOpen, k.ID), "label": k.Label.in(lang)})
		}
		rows = append(rows, obj{"type": 1, "components": buttons})
	}
	return obj{"embeds": []obj{{"title": w.texts.T(lang, "discord.panel_title"), "description": w.texts.T(lang, "discord.panel_text")}}, "components": rows, "allowed_mentions": nobody()}
}
