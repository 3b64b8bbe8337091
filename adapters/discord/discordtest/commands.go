package discordtest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The types of command and of option that the Server looks at.
const (
	commandText    = 1
	commandMessage = 3
	optionSub      = 1
	optionGroup    = 2
	optionString   = 3
	optionUser     = 6
)

// getCommands hides the texts in other languages unless they are asked for, as Discord does.
func getCommands(c *call) (int, any, *apiError) {
	all := c.s.commandsOf(c.r.PathValue("guild_id"))
	if c.r.URL.Query().Get("with_localizations") == "true" {
		return 200, all, nil
	}
	out := []any{}
	for _, o := range all {
		out = append(out, plainCommand(o.(obj)))
	}
	return 200, out, nil
}

func plainCommand(o obj) obj {
	o = maps.Clone(o)
	delete(o, "name_localizations")
	delete(o, "description_localizations")
	subs, _ := o["options"].([]any)
	if subs != nil {
		list := []any{}
		for _, s := range subs {
			list = append(list, plainCommand(s.(obj)))
		}
		o["options"] = list
	}
	return o
}

func (s *Server) commandsOf(guild string) []any {
	out := []any{}
	for _, o := range s.commands {
		if str(o["guild_id"]) == guild {
			out = append(out, o)
		}
	}
	return out
}

// SetCommand adds a command of the guild to those of the bot, as another program with the same token may, or replaces the one of the same name and
// type.
func (g *Guild) SetCommand(o map[string]any) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	raw, _ := json.Marshal(o)
	w := obj{}
	_ = json.Unmarshal(raw, &w)
	w = g.s.command(w, g.ID, g.s.commands)
	g.s.commands = append(slices.DeleteFunc(g.s.commands, func(was map[string]any) bool { return was["id"] == w["id"] }), w)
}

// Commands lists the commands of the guild as Discord tells them.
func (g *Guild) Commands() (out []map[string]any) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for _, o := range g.s.commandsOf(g.ID) {
		out = append(out, maps.Clone(o.(obj)))
	}
	return out
}

// putCommands replaces the commands of a guild, or the global ones. A command keeps its id while its name and type stay.
func putCommands(c *call) (int, any, *apiError) {
	s, g := c.s, c.r.PathValue("guild_id")
	if c.r.PathValue("application_id") != s.application || g != "" && s.guilds[g] == nil {
		return 0, nil, errAccess
	}
	if len(c.arr) > 130 {
		return 0, nil, &apiError{400, 30032, "Maximum number of application commands reached (100)", nil}
	}
	next := slices.DeleteFunc(slices.Clone(s.commands), func(o map[string]any) bool { return str(o["guild_id"]) == g })
	for _, v := range c.arr {
		o, _ := v.(obj)
		if err := checkCommand(o); err != nil {
			return 0, nil, err
		}
		next = append(next, s.command(o, g, s.commands))
	}
	s.commands = next
	return 200, s.commandsOf(g), nil
}

// command is what becomes of a request.
func (s *Server) command(o obj, guild string, old []map[string]any) obj {
	w := obj{"id": "", "application_id": s.application, "version": s.snowflake(), "default_member_permissions": nil, "type": 1, "description": "", "nsfw": false}
	for k, v := range o {
		if v != nil {
			w[k] = v
		}
	}
	if guild != "" {
		w["guild_id"] = guild
	}
	for _, was := range old {
		if was["name"] == w["name"] && num2(was["type"]) == num2(w["type"]) && str(was["guild_id"]) == guild {
			w["id"] = was["id"]
		}
	}
	if w["id"] == "" {
		w["id"] = s.snowflake()
	}
	return w
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

// checkCommand has the rules that Discord's document does not tell: the names of commands and of options, what is required comes first, and 8,000
// characters in all.
func checkCommand(o obj) *apiError {
	bad := func(field, text string) *apiError { return invalid(field, "APPLICATION_COMMAND_INVALID", text) }
	typed := o["type"] == nil || num2(o["type"]) == commandText
	names := []string{str(o["name"])}
	locals, _ := o["name_localizations"].(obj)
	for _, v := range locals {
		names = append(names, str(v))
	}
	for _, n := range names {
		if l := utf8.RuneCountInString(n); l < 1 || l > 32 || typed && (!commandName.MatchString(n) || n != strings.ToLower(n)) {
			return bad("name", "Command name is invalid")
		}
	}
	if !typed {
		if str(o["description"]) != "" || o["options"] != nil {
			return bad("description", "Context menu commands have neither description nor options")
		}
		return nil
	}
	if n := characters(o); n > 8000 {
		return bad("options", "Command exceeds maximum size (8000)")
	}
	return checkOptions(o, 0)
}

func checkOptions(o obj, depth int) *apiError {
	bad := func(field, text string) *apiError { return invalid(field, "APPLICATION_COMMAND_OPTIONS", text) }
	if n := utf8.RuneCountInString(str(o["description"])); n < 1 || n > 100 {
		return bad("description", "Must be between 1 and 100 in length.")
	}
	options, _ := o["options"].([]any)
	if len(options) > 25 {
		return bad("options", "Must be 25 or fewer in length.")
	}
	seen, optional := map[string]bool{}, false
	for _, e := range options {
		e, _ := e.(obj)
		name := str(e["name"])
		required, _ := e["required"].(bool)
		complete, _ := e["autocomplete"].(bool)
		choices, _ := e["choices"].([]any)
		typ := num2(e["type"])
		names := []string{name}
		locals, _ := e["name_localizations"].(obj)
		for _, v := range locals {
			names = append(names, str(v))
		}
		for _, n := range names {
			if !commandName.MatchString(n) || n != strings.ToLower(n) || seen[n] && n == name {
				return bad("name", "Option name is invalid, or used twice")
			}
		}
		seen[name] = true
		switch {
		case required && optional:
			return bad("required", "Required options must be placed before non-required options")
		case complete && len(choices) > 0, len(choices) > 25, complete && typ != optionString:
			return bad("choices", "Choices and autocomplete exclude each other")
		case (typ == optionSub || typ == optionGroup) && depth > 1:
			return bad("type", "Subcommands cannot be nested further")
		}
		optional = optional || !required && typ > optionGroup
		if err := checkOptions(e, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// characters counts names, descriptions and values of a command with everything in it.
func characters(o obj) int {
	n := utf8.RuneCountInString(str(o["name"])) + utf8.RuneCountInString(str(o["description"])) + utf8.RuneCountInString(str(o["value"]))
	for _, k := range []string{"options", "choices"} {
		list, _ := o[k].([]any)
		for _, e := range list {
			if e, ok := e.(obj); ok {
				n += characters(e)
			}
		}
	}
	return n
}
