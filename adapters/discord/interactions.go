package discord

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// A custom_id is tk1:<action>:<argument>. Nothing else is needed to act on it, so buttons work after a restart.
const (
	actOpen     = "open"     // a kind; of a select "", with the kind as its value
	actForm     = "form"     // a kind
	actClaim    = "claim"    // a ticket, as in all that follow
	actUnclaim  = "unclaim"  //
	actEscalate = "escalate" // asks why
	actRaise    = "raise"    // the form about it
	actPriority = "priority"
	actAsk      = "ask"     // asks the opener whether it can be closed
	actYes      = "yes"     // the opener's answers
	actNo       = "no"      //
	actClose    = "close"   // asks why
	actClosing  = "closing" // the form about it
	actReopen   = "reopen"
	actRate     = "rate"    // with a number from 1 to ticket.MaxRating behind it
	actLink     = "link"    // asks for the code of an account; of no ticket
	actLinking  = "linking" // the form about it
	fieldWhy    = "reason"
	fieldCode   = "code"
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
	respondChoices = 8
	respondModal   = 9
	onlyForYou     = 1 << 6

	answerWithin = 3 * time.Second
)

// actions are what buttons and forms do at their ticket.
var actions = map[string]func(*call) (reply, error){
	actClaim: (*call).claim, actUnclaim: (*call).unclaim, actPriority: (*call).priority, actAsk: (*call).ask, actYes: (*call).yes, actNo: (*call).no, actReopen: (*call).reopen,
	actRaise:      (*call).raise,
	actRate + "1": rate(1), actRate + "2": rate(2), actRate + "3": rate(3), actRate + "4": rate(4), actRate + "5": rate(5),
	actClosing: func(c *call) (reply, error) { return c.close(c.i.answers()[fieldWhy]) },
}

// interaction answers what somebody pressed, filled in or typed. The first answer leaves before anything else is done.
func (w *worker) interaction(i *dInteraction) {
	lang := w.lang(i.Locale)
	switch i.Type {
	case interactionCommand:
		w.command(i, lang)
		return
	case interactionComplete:
		w.complete(i, lang)
		return
	}
	action, arg, ok := parseCustomID(i.Data.CustomID)
	if !ok || w.svc == nil || i.Type != interactionComponent && i.Type != interactionModal {
		w.say(i, lang, "discord.unknown")
		return
	}
	user := "u" + i.who().ID
	switch action {
	case actOpen, actForm:
		if arg == "" && len(i.Data.Values) > 0 {
			arg = i.Data.Values[0]
		}
		k := w.kind(arg)
		switch {
		case k == nil:
			w.say(i, lang, "discord.unknown")
		case action == actOpen:
			w.begin(i, k, lang)
		default:
			w.later(i, user, func() string { return w.open(i, k, lang, w.opening(i, k, lang)) })
		}
	case actLink:
		w.askCode(i, lang)
	case actLinking:
		w.later(i, user, func() string { return w.link(i, i.answers()[fieldCode], lang) })
	case actClose:
		_ = w.respond(i, respondModal, w.askWhy(actClosing, arg, w.texts.T(lang, "discord.close_title"), w.texts.T(lang, "discord.close_reason")))
	case actEscalate:
		_ = w.respond(i, respondModal, w.askWhy(actRaise, arg, w.texts.T(lang, "discord.escalate_title"), w.texts.T(lang, "discord.escalate_reason")))
	default:
		fn := actions[action]
		if fn == nil {
			w.say(i, lang, "discord.unknown")
			return
		}
		w.laterReply(i, user, func() reply { return w.atTicket(i, lang, ticket.ID(arg), fn) })
	}
}

// askWhy is a form with one question that may stay empty.
func (w *worker) askWhy(action, arg, title, label string) obj {
	return obj{"custom_id": customID(action, arg), "title": title, "components": []obj{
		{"type": 18, "label": label, "component": obj{"type": 4, "custom_id": fieldWhy, "style": 2, "required": false, "max_length": 1000}}}}
}

// private is a message for one person.
func (w *worker) private(text string) obj {
	return obj{"content": clip(text), "flags": onlyForYou, "allowed_mentions": nobody()}
}

// clip keeps a text within what one message holds.
func clip(text string) string {
	if r := []rune(text); len(r) > maxContent {
		return string(r[:maxContent-1]) + "…"
	}
	return text
}

// respond gives the first answer. An answer that arrived although nobody knew is one.
func (w *worker) respond(i *dInteraction, typ int, data any) error {
	ctx, cancel := context.WithTimeout(w.work, w.answerIn)
	defer cancel()
	err := w.rest.call(ctx, request{method: "POST", path: "/interactions/" + i.ID + "/" + i.Token + "/callback", alone: true, body: obj{"type": typ, "data": data}}, nil)
	if codeOf(err) == codeAcknowledged {
		return nil
	}
	if err != nil {
		w.cfg.Log.Warn("discord: cannot answer somebody", slog.Any("error", err))
	}
	return err
}

// later answers that the bot thinks, does fn behind what else the person wanted, and says what became of it.
func (w *worker) later(i *dInteraction, queue string, fn func() string) {
	w.laterReply(i, queue, func() reply { return reply{text: fn()} })
}

func (w *worker) laterReply(i *dInteraction, queue string, fn func() reply) {
	if w.respond(i, respondDefer, obj{"flags": onlyForYou}) != nil {
		return // the person sees that it failed, and tries again
	}
	w.q.add(queue, func() {
		r := fn()
		body := obj{"content": clip(r.text), "allowed_mentions": nobody()}
		if len(r.files) > 0 {
			body["attachments"] = filesOf(r.files)
		}
		path := "/webhooks/" + i.AppID + "/" + i.Token + "/messages/@original"
		if err := w.rest.call(w.work, request{method: "PATCH", path: path, alone: true, body: body, files: r.files}, nil); err != nil {
			w.cfg.Log.Warn("discord: cannot tell somebody how it went", slog.Any("error", err))
		}
	})
}

func filesOf(files []upload) []obj {
	names := []obj{}
	for k, f := range files {
		names = append(names, obj{"id": bitField(uint64(k)), "filename": f.name})
	}
	return names
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

// refusal tells a person why the desk did not do it, and what is missing.
func (w *worker) refusal(lang string, err error) string {
	e, known := errors.AsType[*ticket.Error](err)
	if !known {
		e = &ticket.Error{}
	}
	switch ticket.KindOf(err) {
	case ticket.Denied, ticket.Unauthenticated:
		if key := "discord.right." + strings.ReplaceAll(e.Op, ":", "_"); e.Op != "" && w.texts.Has(key) {
			return w.texts.T(lang, "discord.denied_for", w.texts.T(lang, key))
		}
		return w.texts.T(lang, "discord.denied")
	case ticket.NotFound:
		return w.texts.T(lang, "discord.gone")
	case ticket.Conflict:
		if e.Field == "requester" {
			return w.texts.T(lang, "discord.too_many")
		}
		return w.texts.T(lang, "discord.rule")
	case ticket.Stale:
		return w.texts.T(lang, "discord.conflict")
	case ticket.Invalid, ticket.TooLarge:
		switch e.Field {
		case "queue":
			return w.texts.T(lang, "discord.no_queue")
		case "assignee":
			return w.texts.T(lang, "discord.no_agent")
		}
		return w.texts.T(lang, "discord.invalid", plain(strings.TrimSpace(e.Field+" "+e.Msg)))
	}
	w.cfg.Log.Error("discord: the desk failed", slog.Any("error", err))
	return w.texts.T(lang, "discord.failed")
}

// raise escalates for the reason of a form.
func (c *call) raise() (reply, error) { return c.escalateFor(c.i.answers()[fieldWhy]) }
