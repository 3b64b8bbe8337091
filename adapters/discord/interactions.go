package discord

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// A custom_id is tk1:<action>:<argument>. Nothing else is needed to act on it, so buttons work after a restart.
const (
	actOpen    = "open"    // a kind
	actForm    = "form"    // a kind
	actClaim   = "claim"   // a ticket
	actUnclaim = "unclaim" // a ticket
	actClose   = "close"   // a ticket
	actClosing = "closing" // a ticket: the form about the reason
	fieldWhy   = "reason"
)

func customID(action, arg string) string { return "tk1:" + action + ":" + arg }

func parseCustomID(id string) (action, arg string, ok bool) {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) != 3 || parts[0] != "tk1" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// The ways to answer an interaction.
const (
	respondMessage = 4
	respondDefer   = 5
	respondModal   = 9
	onlyForYou     = 1 << 6

	answerWithin = 3 * time.Second
)

// interaction answers what somebody pressed or filled in. The first answer leaves before anything else is done.
func (w *worker) interaction(i *dInteraction) {
	lang := w.lang(i.Locale)
	action, arg, ok := parseCustomID(i.Data.CustomID)
	if !ok || w.svc == nil || i.Type != interactionComponent && i.Type != interactionModal {
		_ = w.respond(i, respondMessage, w.private(w.texts.T(lang, "discord.unknown")))
		return
	}
	user := "u" + i.who().ID
	switch action {
	case actOpen, actForm:
		k := w.kind(arg)
		switch {
		case k == nil:
			_ = w.respond(i, respondMessage, w.private(w.texts.T(lang, "discord.unknown")))
		case action == actOpen && len(k.Questions) > 0:
			_ = w.respond(i, respondModal, form(k, lang))
		default:
			w.later(i, user, func() string { return w.open(i, k, lang) })
		}
	case actClaim:
		w.later(i, user, func() string {
			return w.act(i, ticket.ID(arg), lang, "discord.claimed", func(ctx context.Context, a ticket.Actor, id ticket.ID) error {
				_, err := w.svc.Claim(ctx, a, id, 0)
				return err
			})
		})
	case actUnclaim:
		w.later(i, user, func() string {
			return w.act(i, ticket.ID(arg), lang, "discord.unclaimed", func(ctx context.Context, a ticket.Actor, id ticket.ID) error {
				_, err := w.svc.Unclaim(ctx, a, id, 0)
				return err
			})
		})
	case actClose:
		_ = w.respond(i, respondModal, obj{"custom_id": customID(actClosing, arg), "title": w.texts.T(lang, "discord.close_title"), "components": []obj{
			{"type": 18, "label": w.texts.T(lang, "discord.close_reason"), "component": obj{"type": 4, "custom_id": fieldWhy, "style": 2, "required": false, "max_length": 1000}}}})
	case actClosing:
		w.later(i, user, func() string { return w.close(i, ticket.ID(arg), lang) })
	default:
		_ = w.respond(i, respondMessage, w.private(w.texts.T(lang, "discord.unknown")))
	}
}

// private is a message for one person.
func (w *worker) private(text string) obj {
	return obj{"content": text, "flags": onlyForYou, "allowed_mentions": nobody()}
}

func (w *worker) respond(i *dInteraction, typ int, data any) error {
	ctx, cancel := context.WithTimeout(w.work, answerWithin)
	defer cancel()
	err := w.rest.call(ctx, request{method: "POST", path: "/interactions/" + i.ID + "/" + i.Token + "/callback", route: "/interactions", body: obj{"type": typ, "data": data}}, nil)
	if err != nil {
		w.cfg.Log.Warn("discord: cannot answer somebody", slog.Any("error", err))
	}
	return err
}

// later answers that the bot thinks, does fn behind what else the person wanted, and says what became of it.
func (w *worker) later(i *dInteraction, queue string, fn func() string) {
	if w.respond(i, respondDefer, obj{"flags": onlyForYou}) != nil {
		return // the person sees that it failed, and tries again
	}
	w.q.add(queue, func() {
		text := fn()
		path := "/webhooks/" + i.AppID + "/" + i.Token + "/messages/@original"
		if err := w.rest.call(w.work, request{method: "PATCH", path: path, route: "/webhooks/" + i.Token, body: obj{"content": text, "allowed_mentions": nobody()}}, nil); err != nil {
			w.cfg.Log.Warn("discord: cannot tell somebody how it went", slog.Any("error", err))
		}
	})
}

func (d *Discord) kind(id string) *Kind {
	for n := range d.cfg.Kinds {
		if d.cfg.Kinds[n].ID == id {
			return &d.cfg.Kinds[n]
		}
	}
	return nil
}

// form is the modal of a kind.
func form(k *Kind, lang string) obj {
	var rows []obj
	for _, q := range k.Questions {
		in := obj{"type": 4, "custom_id": q.ID, "style": 1, "required": !q.Optional, "max_length": 1000}
		if q.Long {
			in["style"], in["max_length"] = 2, 4000
		}
		if len(q.Options) > 0 {
			options := []obj{}
			for _, o := range q.Options {
				options = append(options, obj{"label": o, "value": o})
			}
			in = obj{"type": 3, "custom_id": q.ID, "options": options, "required": !q.Optional}
		}
		rows = append(rows, obj{"type": 18, "label": q.Label.in(lang), "component": in})
	}
	title := []rune(k.Label.in(lang))
	return obj{"custom_id": customID(actForm, k.ID), "title": string(title[:min(len(title), 45)]), "components": rows}
}

// twice is how long a second click on the same kind means the same ticket.
const twice = 30 * time.Second

// open makes a ticket and its channel. The ticket comes first: when the channel cannot be made now, the work goes on later.
func (w *worker) open(i *dInteraction, k *Kind, lang string) string {
	u := i.who()
	defer w.locks.lock("user/" + u.ID)()
	opened := w.key("open", u.ID+"/"+k.ID)
	if id, err := w.cfg.State.Get(w.work, opened); err == nil && id != "" {
		t, err := w.svc.Get(w.work, w.actor(), ticket.ID(id))
		if err == nil && t.Category.Active() && w.cfg.Now().Sub(t.CreatedAt) < twice {
			p, _, _ := w.place(w.work, t.ID)
			return w.texts.T(lang, "discord.opened", t.Number, where(p))
		}
	}
	r, err := w.svc.Receive(w.work, w.actor(), w.opening(i, k, lang))
	if err != nil {
		return w.refusal(lang, err)
	}
	err = w.settle(r.TicketID, u.ID, k.ID)
	if err == nil {
		err = w.cfg.State.Set(w.work, opened, string(r.TicketID))
	}
	if err == nil {
		err = w.sync(w.work, r.TicketID)
	}
	t, found := w.svc.Get(w.work, w.actor(), r.TicketID)
	if found != nil {
		return w.refusal(lang, found)
	}
	if err != nil {
		w.cfg.Log.Error("discord: cannot make the channel of a ticket", slog.Int64("number", t.Number), slog.Any("error", err))
		return w.texts.T(lang, "discord.no_channel", t.Number, w.why(lang, err))
	}
	p, _, err := w.place(w.work, t.ID)
	if err != nil {
		return w.refusal(lang, err)
	}
	return w.texts.T(lang, "discord.opened", t.Number, where(p))
}

// settle notes whose a new ticket is, unless the job of its opening was faster.
func (w *worker) settle(id ticket.ID, opener, kind string) error {
	ctx, release, err := w.hold(w.work, id)
	if err != nil {
		return err
	}
	defer release()
	_, known, err := w.place(ctx, id)
	if err != nil || known {
		return err
	}
	return w.setPlace(ctx, id, place{Opener: opener, Kind: kind})
}

func where(p place) string {
	if p.Channel == "" {
		return "…"
	}
	return "<#" + p.Channel + ">"
}

// opening is the first message of a ticket: the answers to the form.
func (w *worker) opening(i *dInteraction, k *Kind, lang string) ticket.Incoming {
	answers := i.answers()
	var text strings.Builder
	first := ""
	for _, q := range k.Questions {
		if a := strings.TrimSpace(answers[q.ID]); a != "" {
			fmt.Fprintf(&text, "%s\n%s\n\n", q.Label.in(lang), a)
			if len(q.Options) == 0 {
				first = cmp.Or(first, a)
			}
		}
	}
	label := k.Label.in(lang)
	if text.Len() == 0 {
		text.WriteString(w.texts.T(lang, "discord.opening", label))
	}
	line := label
	if first != "" {
		line += ": " + subject(first, "")
	}
	return ticket.Incoming{
		Channel: w.cfg.Name, Key: "open:" + i.ID, From: w.person(i.who(), i.Member), Subject: line, Text: strings.TrimSpace(text.String()), Interactive: true, Verified: yes(),
		Queue: k.Queue, Priority: k.Priority, Source: w.cfg.Name, Locale: lang,
	}
}

// why says what an administrator has to mend.
func (d *Discord) why(lang string, err error) string {
	switch codeOf(err) {
	case codePermissions, codeAccess:
		return d.texts.T(lang, "discord.why_permission")
	case codeForm, codeGuildFull:
		return d.texts.T(lang, "discord.why_full")
	}
	return d.texts.T(lang, "discord.why_later")
}

// refusal tells a person why the desk did not do it.
func (w *worker) refusal(lang string, err error) string {
	switch ticket.KindOf(err) {
	case ticket.Denied, ticket.Unauthenticated:
		return w.texts.T(lang, "discord.denied")
	case ticket.NotFound:
		return w.texts.T(lang, "discord.gone")
	case ticket.Conflict:
		return w.texts.T(lang, "discord.too_many")
	}
	w.cfg.Log.Error("discord: the desk failed", slog.Any("error", err))
	return w.texts.T(lang, "discord.failed")
}

// act does something as the agent who pressed a button.
func (w *worker) act(i *dInteraction, id ticket.ID, lang, done string, fn func(context.Context, ticket.Actor, ticket.ID) error) string {
	if !w.isAgent(i.Member) {
		return w.texts.T(lang, "discord.denied")
	}
	if in, err := w.ticketOf(w.work, i.ChannelID); err != nil || in != id {
		return w.texts.T(lang, "discord.gone")
	}
	p, err := w.agent(w.work, i.who(), i.Member)
	if err == nil {
		err = fn(w.work, p.Actor, id)
	}
	if ticket.KindOf(err) == ticket.Conflict && err != nil {
		return w.texts.T(lang, "discord.conflict")
	}
	if err != nil {
		return w.refusal(lang, err)
	}
	if err := w.sync(w.work, id); err != nil { // the job of the change tries again
		w.cfg.Log.Warn("discord: the channel does not show the change yet", slog.Any("error", err))
	}
	return w.texts.T(lang, done)
}

// close ends a ticket for an agent, or for the person who opened it.
func (w *worker) close(i *dInteraction, id ticket.ID, lang string) string {
	reason := i.answers()[fieldWhy]
	p, _, err := w.place(w.work, id)
	if err != nil {
		return w.refusal(lang, err)
	}
	if p.Opener != i.who().ID || w.isAgent(i.Member) {
		return w.act(i, id, lang, "discord.closed", func(ctx context.Context, a ticket.Actor, id ticket.ID) error {
			_, err := w.svc.Close(ctx, a, id, 0, reason)
			return err
		})
	}
	if in, err := w.ticketOf(w.work, i.ChannelID); err != nil || in != id {
		return w.texts.T(lang, "discord.gone")
	}
	a := w.actor()
	a.Name = name(i.who(), i.Member)
	if _, err := w.svc.Close(w.work, a, id, 0, reason); err != nil {
		return w.refusal(lang, err)
	}
	if err := w.sync(w.work, id); err != nil {
		w.cfg.Log.Warn("discord: the channel does not show the change yet", slog.Any("error", err))
	}
	return w.texts.T(lang, "discord.closed")
}
