package discord

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strconv"
)

func bitField(n uint64) string { return strconv.FormatUint(n, 10) }

// shape is what makes one command, or one option, the same as another: what Discord adds to it does not.
type shape struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations"`
	About        string            `json:"description"`
	Abouts       map[string]string `json:"description_localizations"`
	Permissions  string            `json:"default_member_permissions"`
	Required     bool              `json:"required"`
	Autocomplete bool              `json:"autocomplete"`
	MaxLength    int               `json:"max_length"`
	Choices      []choice          `json:"choices"`
	Options      []shape           `json:"options"`
}

type choice struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations"`
	Value string            `json:"value"`
}

// writable are the properties of a command that can be given back to Discord as it told them.
var writable = []string{"type", "name", "name_localizations", "description", "description_localizations", "options", "default_member_permissions", "nsfw", "handler"}

// RegisterCommands makes the commands of the server those of the adapter, and reports whether anything was written. Commands of the same
// application that are none of the adapter's stay. It may be called at any time; a run of the adapter does it whenever it has connected.
func (d *Discord) RegisterCommands(ctx context.Context) (changed bool, err error) {
	app, err := d.application(ctx)
	if err != nil {
		return false, err
	}
	at := "/applications/" + app + "/guilds/" + d.cfg.GuildID + "/commands"
	var have []json.RawMessage
	if err := d.rest.call(ctx, request{method: "GET", path: at + "?with_localizations=true", route: at}, &have); err != nil {
		return false, err
	}
	want := d.commands()
	same := 0
	all := []any{}
	for _, c := range want {
		all = append(all, c)
	}
	for _, raw := range have {
		var theirs shape
		if err := json.Unmarshal(raw, &theirs); err != nil {
			theirs = shape{} // of a form that is not known: it is none of ours
		}
		n := slices.IndexFunc(want, func(c obj) bool { return c["name"] == theirs.Name && c["type"] == theirs.Type })
		if n < 0 {
			all = append(all, foreign(raw))
			continue
		}
		if ours, err := shapeOf(want[n]); err != nil {
			return false, err
		} else if ours.equal(theirs) {
			same++
		}
	}
	if same == len(want) {
		return false, nil
	}
	return true, d.rest.call(ctx, request{method: "PUT", path: at, body: all}, nil)
}

func shapeOf(c obj) (s shape, err error) {
	raw, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	return s, err
}

// equal tells nothing from empty no more than Discord does.
func (s shape) equal(o shape) bool {
	if s.Type != o.Type || s.Name != o.Name || s.About != o.About || s.Permissions != o.Permissions || s.Required != o.Required || s.Autocomplete != o.Autocomplete || s.MaxLength != o.MaxLength {
		return false
	}
	return maps.Equal(s.Names, o.Names) && maps.Equal(s.Abouts, o.Abouts) && slices.EqualFunc(s.Options, o.Options, shape.equal) &&
		slices.EqualFunc(s.Choices, o.Choices, func(a, b choice) bool { return a.Name == b.Name && a.Value == b.Value && maps.Equal(a.Names, b.Names) })
}

// foreign is a command of somebody else in the form in which it is written.
func foreign(raw json.RawMessage) any {
	var all map[string]any
	if json.Unmarshal(raw, &all) != nil {
		return raw
	}
	out := obj{}
	for _, k := range writable {
		if all[k] != nil {
			out[k] = all[k]
		}
	}
	return out
}

// application is the id of the bot's application.
func (d *Discord) application(ctx context.Context) (string, error) {
	var app struct {
		ID string `json:"id"`
	}
	err := d.rest.call(ctx, request{method: "GET", path: "/applications/@me"}, &app)
	return app.ID, err
}

// register keeps the commands what they are meant to be. Without the right to make any, buttons still work.
func (w *worker) register() {
	w.insist("discord: cannot register the commands", "", func() error {
		changed, err := w.RegisterCommands(w.work)
		if settled(err) {
			w.cfg.Log.Error("discord: there are no commands: invite the bot again with the scope applications.commands", slog.Any("error", err))
			return nil
		}
		if changed {
			w.cfg.Log.Info("discord: commands registered")
		}
		return err
	})
}
