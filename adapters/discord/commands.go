package discord

import (
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// The commands, as the program and people who read English call them. Other names are translations: texts cmd.<name>.
const (
	cmdPanel   = "ticket-panel"
	cmdTicket  = "ticket"
	cmdMessage = "Ticket from message"

	commandText    = 1 // typed
	commandMessage = 3 // in the menu of a message

	// permManageGuild is what a member needs to see the command for administrators.
	permManageGuild = 1 << 5
	permAdmin       = 1 << 3
)

// The types of option.
const (
	optionSub    = 1
	optionString = 3
	optionBool   = 5
	optionUser   = 6
)

// option is an argument of a command. Its texts are opt.<name> and opt.<name>_about.
type option struct {
	name     string
	typ      int
	required bool
	complete bool     // what can be chosen is asked for while somebody types
	max      int      // characters; 0 is Discord's own limit
	choices  []string // values; their texts are prefix.<value>
	prefix   string
}

// subcommand is a part of the command for tickets.
type subcommand struct {
	name    string
	options []option
	run     func(*call) (reply, error)
}

var (
	optReason = option{name: "reason", typ: optionString, max: 1000}
	optUser   = option{name: "user", typ: optionUser, required: true}
)

// subcommands are in the order in which Discord lists them. The first opens a ticket and is no work in one.
func subcommands() []subcommand {
	levels := []string{}
	for _, p := range ticket.Priorities() {
		levels = append(levels, string(p))
	}
	return []subcommand{
		{name: "open", options: []option{{name: "kind", typ: optionString, complete: true}}},
		{name: "close", options: []option{optReason, {name: "ask", typ: optionBool}}, run: (*call).closing},
		{name: "claim", run: (*call).claim},
		{name: "unclaim", run: (*call).unclaim},
		{name: "escalate", options: []option{optReason}, run: (*call).escalate},
		{name: "priority", options: []option{{name: "level", typ: optionString, required: true, choices: levels, prefix: "priority"}}, run: (*call).priority},
		{name: "note", options: []option{{name: "text", typ: optionString, required: true, max: 4000}}, run: (*call).note},
		{name: "add", options: []option{optUser}, run: (*call).add},
		{name: "remove", options: []option{optUser}, run: (*call).remove},
		{name: "move", options: []option{{name: "queue", typ: optionString, required: true, complete: true}}, run: (*call).move},
		{name: "transfer", options: []option{{name: "agent", typ: optionString, required: true, complete: true}}, run: (*call).transfer},
		{name: "rename", options: []option{{name: "name", typ: optionString, required: true, max: 80}}, run: (*call).rename},
		{name: "transcript", run: (*call).transcript},
		{name: "info", run: (*call).info},
		{name: cmdLink, options: []option{{name: "code", typ: optionString, max: 200}}},
		{name: cmdUnlink},
	}
}

// commands is what Discord is told, in the form of its API.
func (d *Discord) commands() []obj {
	// In Discord whoever sees a command may give it; the desk decides about each ticket. Only the panel is kept from being listed at all.
	panel := d.named(obj{"type": commandText, "name": cmdPanel, "default_member_permissions": bitField(permManageGuild)}, "cmd.panel")
	desk := d.named(obj{"type": commandText, "name": cmdTicket}, "cmd.ticket")
	subs := []obj{}
	for _, s := range subcommands() {
		sub := d.named(obj{"type": optionSub, "name": s.name}, "cmd."+s.name)
		if len(s.options) > 0 {
			opts := []obj{}
			for _, o := range s.options {
				opts = append(opts, d.option(o))
			}
			sub["options"] = opts
		}
		subs = append(subs, sub)
	}
	desk["options"] = subs
	message := obj{"type": commandMessage, "name": cmdMessage, "name_localizations": obj{i18n.German: d.texts.T(i18n.German, "discord.cmd.message")}}
	return []obj{panel, desk, message}
}

// named adds the texts of a command or an option: its German name, and its description in both languages.
func (d *Discord) named(o obj, key string) obj {
	key = "discord." + key
	o["name_localizations"] = obj{i18n.German: d.texts.T(i18n.German, key)}
	o["description"] = d.texts.T(i18n.English, key+"_about")
	o["description_localizations"] = obj{i18n.German: d.texts.T(i18n.German, key+"_about")}
	return o
}

func (d *Discord) option(o option) obj {
	out := d.named(obj{"type": o.typ, "name": o.name}, "opt."+o.name)
	if o.required {
		out["required"] = true
	}
	if o.complete {
		out["autocomplete"] = true
	}
	if o.max > 0 {
		out["max_length"] = o.max
	}
	if len(o.choices) > 0 {
		list := []obj{}
		for _, c := range o.choices {
			list = append(list, obj{"name": d.texts.T(i18n.English, o.prefix+"."+c), "value": c, "name_localizations": obj{i18n.German: d.texts.T(i18n.German, o.prefix+"."+c)}})
		}
		out["choices"] = list
	}
	return out
}

// subcommandOf finds what somebody has asked for.
func subcommandOf(i *dInteraction) (subcommand, bool) {
	if len(i.Data.Options) == 0 {
		return subcommand{}, false
	}
	all := subcommands()
	n := slices.IndexFunc(all, func(s subcommand) bool { return s.name == i.Data.Options[0].Name })
	if n < 0 {
		return subcommand{}, false
	}
	return all[n], true
}

// command answers a command.
func (w *worker) command(i *dInteraction, lang string) {
	user := "u" + i.who().ID
	switch {
	case w.svc == nil || i.Member == nil: // commands are for the server
		w.say(i, lang, "discord.unknown")
	case i.Data.Name == cmdPanel:
		w.laterReply(i, user, func() reply { return w.givePanel(i, lang) })
	case i.Data.Name == cmdMessage:
		w.laterReply(i, user, func() reply { return reply{text: w.fromMessage(i, lang)} })
	case i.Data.Name == cmdTicket:
		s, ok := subcommandOf(i)
		switch {
		case !ok:
			w.say(i, lang, "discord.unknown")
		case s.name == cmdLink && i.text("code") == "":
			w.askCode(i, lang)
		case s.name == cmdLink:
			w.later(i, user, func() string { return w.link(i, i.text("code"), lang) })
		case s.name == cmdUnlink:
			w.later(i, user, func() string { return w.unlink(i, lang) })
		case s.run == nil:
			w.openCommand(i, lang)
		default:
			w.laterReply(i, user, func() reply { return w.atTicket(i, lang, "", s.run) })
		}
	default:
		w.say(i, lang, "discord.unknown")
	}
}

// openCommand opens a ticket of the kind that was typed, or of the only one.
func (w *worker) openCommand(i *dInteraction, lang string) {
	wanted := strings.TrimSpace(i.text("kind"))
	kinds := w.kinds()
	var k *Kind
	for n := range kinds {
		if kinds[n].ID == wanted || strings.EqualFold(kinds[n].Label.in(lang), wanted) || len(kinds) == 1 && wanted == "" {
			k = &kinds[n]
		}
	}
	if k == nil {
		_ = w.respond(i, respondMessage, w.private(w.texts.T(lang, "discord.which_kind", w.kindList(kinds, lang))))
		return
	}
	w.begin(i, k, lang)
}

func (w *worker) kindList(kinds []Kind, lang string) string {
	var names []string
	for _, k := range kinds {
		names = append(names, plain(k.Label.in(lang)))
	}
	return strings.Join(names, ", ")
}

// say gives a fixed answer to one person.
func (w *worker) say(i *dInteraction, lang, key string) {
	_ = w.respond(i, respondMessage, w.private(w.texts.T(lang, key)))
}
