package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// MainPanel is the id of the panel of the configuration.
const MainPanel = "main"

// panel is a message by which tickets are opened, ready for use.
type panel struct {
	id, channel string
	title, text Text
	choose      bool // a select in place of buttons
	mode        Mode // of its tickets; "" is Config.Mode
	kinds       []Kind
}

// panelsEvery is how often a run looks for panels that were changed through another process.
const panelsEvery = 15 * time.Second

// shownPanels are all panels. The slice never changes.
func (d *Discord) shownPanels() []panel { return *d.panels.Load() }

// kinds are what can be opened, over all panels.
func (d *Discord) kinds() (out []Kind) {
	for _, p := range d.shownPanels() {
		out = append(out, p.kinds...)
	}
	return out
}

func (d *Discord) kind(id string) *Kind {
	for _, p := range d.shownPanels() {
		for n := range p.kinds {
			if p.kinds[n].ID == id {
				return &p.kinds[n]
			}
		}
	}
	return nil
}

// hours are those of a kind: its own, or else the desk's.
type hours struct {
	hours  *sla.Schedule
	refuse bool
}

func (d *Discord) hoursOf(k *Kind) hours {
	if k.Rules.Hours != "" {
		return hours{k.hours, k.Rules.RefuseOutside}
	}
	return hours{d.hours, d.cfg.Rules.RefuseOutside}
}

// scheduleOf compiles hours; "" is always.
func scheduleOf(text string, zone *time.Location) (*sla.Schedule, error) {
	if strings.TrimSpace(text) == "" {
		return sla.NewSchedule(nil)
	}
	week, err := sla.ParseHours(text)
	if err != nil || week == nil {
		s, _ := sla.NewSchedule(nil)
		return s, err
	}
	return sla.NewSchedule(&sla.Calendar{Name: "hours", Zone: zone.String(), Week: week})
}

// CheckPanel says what is wrong with a panel as it is set up. It does no I/O.
func CheckPanel(p adapters.Panel, zone *time.Location) error {
	_, err := panelOf(p, zone)
	return err
}

// panelOf makes ready what was set up at the desk.
func panelOf(p adapters.Panel, zone *time.Location) (panel, error) {
	out := panel{id: p.ID, channel: p.Channel, title: Text(p.Title), text: Text(p.Text), choose: p.Style == adapters.PanelSelect, mode: Mode(p.Mode)}
	for _, k := range p.Kinds {
		kind := Kind{ID: k.ID, Label: Text(k.Label), Emoji: k.Emoji, Queue: k.Queue, Priority: k.Priority, CategoryIDs: k.CategoryIDs, SupportRoleIDs: k.SupportRoleIDs,
			Rules: Rules{RequiredRoleIDs: k.RequiredRoleIDs, BlockedRoleIDs: k.BlockedRoleIDs, BlockedUserIDs: k.BlockedUserIDs,
				Cooldown: time.Duration(k.CooldownMinutes) * time.Minute, Hours: k.Hours, RefuseOutside: k.Outside == adapters.OutsideRefuse}}
		for _, q := range k.Questions {
			kind.Questions = append(kind.Questions, Question{ID: q.ID, Label: Text(q.Label), Long: q.Long, Optional: q.Optional, Options: q.Options})
		}
		out.kinds = append(out.kinds, kind)
	}
	return out, out.prepare(zone)
}

// prepare checks a panel and compiles what its kinds need.
func (p *panel) prepare(zone *time.Location) error {
	if !snowflake.MatchString(p.channel) {
		return fmt.Errorf("discord: the channel must be an id of Discord, a number")
	}
	if len(p.kinds) == 0 {
		return fmt.Errorf("discord: a panel needs at least one kind")
	}
	if p.mode != "" && p.mode != Channels && p.mode != Threads {
		return fmt.Errorf("discord: the mode of a panel must be channel or thread")
	}
	for _, t := range []Text{p.title, p.text} {
		if len([]rune(t.DE)) > 1000 || len([]rune(t.EN)) > 1000 {
			return fmt.Errorf("discord: title and text of a panel have at most 1000 characters")
		}
	}
	if err := checkKinds(p.kinds); err != nil {
		return err
	}
	for n := range p.kinds {
		k := &p.kinds[n]
		var err error
		if k.hours, err = scheduleOf(k.Rules.Hours, zone); err != nil {
			return fmt.Errorf("discord: kind %q: hours: %w", k.ID, err)
		}
	}
	return nil
}

// PanelSource lists the panels that were set up at the desk and are on; *adapters.Panels is one.
type PanelSource interface {
	Active(ctx context.Context) ([]adapters.Panel, error)
}

// EnvPanel is the panel of the configuration in the form in which panels are looked after.
func (c Config) EnvPanel() (adapters.Panel, error) {
	if err := c.complete(); err != nil {
		return adapters.Panel{}, err
	}
	out := adapters.Panel{ID: MainPanel, Channel: c.PanelChannelID, Style: adapters.PanelButtons, Mode: adapters.PanelMode(c.Mode)}
	for _, k := range c.Kinds {
		kind := adapters.PanelKind{ID: k.ID, Label: adapters.PanelText(k.Label), Emoji: k.Emoji, Queue: k.Queue, Priority: k.Priority, CategoryIDs: k.CategoryIDs,
			SupportRoleIDs: k.SupportRoleIDs, RequiredRoleIDs: k.Rules.RequiredRoleIDs, BlockedRoleIDs: k.Rules.BlockedRoleIDs, BlockedUserIDs: k.Rules.BlockedUserIDs,
			CooldownMinutes: int(k.Rules.Cooldown / time.Minute), Hours: k.Rules.Hours, Outside: adapters.OutsideWarn}
		if k.Rules.RefuseOutside {
			kind.Outside = adapters.OutsideRefuse
		}
		for _, q := range k.Questions {
			kind.Questions = append(kind.Questions, adapters.PanelQuestion{ID: q.ID, Label: adapters.PanelText(q.Label), Long: q.Long, Optional: q.Optional, Options: q.Options})
		}
		out.Kinds = append(out.Kinds, kind)
	}
	return out, nil
}

// reload reads the panels that were set up at the desk; one that cannot be used is left out and reported.
func (d *Discord) reload(ctx context.Context) error {
	if d.cfg.Panels == nil {
		return nil
	}
	rows, err := d.cfg.Panels.Active(ctx)
	if err != nil {
		return err
	}
	list := []panel{d.first}
	for _, r := range rows {
		p, err := panelOf(r, d.cfg.Zone)
		if err != nil {
			d.cfg.Log.Error("discord: a panel cannot be used", slog.String("panel", r.ID), slog.Any("error", err))
			continue
		}
		list = append(list, p)
	}
	d.panels.Store(&list)
	d.loaded.Store(true)
	return nil
}

// knowPanels reads the panels unless that was done: what is done to a channel before would follow the wrong roles.
func (d *Discord) knowPanels(ctx context.Context) error {
	if d.cfg.Panels == nil || d.loaded.Load() {
		return nil
	}
	return d.reload(ctx)
}

// PanelsChanged has the run that is going on show the panels as they are now. It never blocks.
func (d *Discord) PanelsChanged() {
	if w := d.current.Load(); w != nil {
		w.q.add("panel", w.showPanels)
	}
}

// watchPanels looks from time to time for what other processes have changed, until the run ends.
func (w *worker) watchPanels() {
	if w.cfg.Panels == nil {
		return
	}
	for sleep(w.run, panelsEvery) == nil {
		w.q.add("panel", w.showPanels)
	}
}

// showPanels posts or updates what is to be seen, and takes away what is not any more.
func (w *worker) showPanels() {
	w.insist("discord: cannot show the panels", w.cfg.PanelChannelID, func() error {
		if w.bot.Load() == nil { // another process is connected, and shows them
			return w.reload(w.work)
		}
		return w.panelsNow(false)
	})
}

// panelState is a message with buttons, as State keeps it.
type panelState struct {
	Channel string `json:"channel"`
	Message string `json:"message"`
	Shown   string `json:"shown"`
}

// panelsNow brings all panels up to date; anew also those that seem to be.
func (w *worker) panelsNow(anew bool) error {
	defer w.locks.lock("panels")()
	if err := w.reload(w.work); err != nil {
		return err
	}
	key := w.key("panel", "all")
	s, err := w.cfg.State.Get(w.work, key)
	if err != nil {
		return err
	}
	known := map[string]panelState{}
	if s != "" && json.Unmarshal([]byte(s), &known) != nil {
		known = map[string]panelState{} // new ones are posted
	}
	if s == "" { // of the time when there was one
		var was panelState
		if s, err = w.cfg.State.Get(w.work, w.key("panel", "main")); err != nil {
			return err
		}
		if json.Unmarshal([]byte(s), &was) == nil && was.Message != "" {
			known[MainPanel] = was
		}
	}
	var failed error
	for _, p := range w.shownPanels() {
		now, err := w.postPanel(p, known[p.id], anew)
		if err != nil {
			if !settled(err) {
				failed = cmp.Or(failed, err)
			}
			w.cfg.Log.Error("discord: cannot show a panel", slog.String("panel", p.id), slog.String("channel", p.channel), slog.Any("error", err))
			continue
		}
		if now != known[p.id] {
			known[p.id] = now
			if err := w.setPanels(key, known); err != nil {
				return err
			}
		}
	}
	for id, was := range known {
		if slices.ContainsFunc(w.shownPanels(), func(p panel) bool { return p.id == id }) {
			continue
		}
		if err := w.unpost(was); err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		delete(known, id)
		if err := w.setPanels(key, known); err != nil {
			return err
		}
	}
	return failed
}

func (w *worker) setPanels(key string, known map[string]panelState) error {
	b, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return w.cfg.State.Set(w.work, key, string(b))
}

func (w *worker) unpost(was panelState) error {
	at := "/channels/" + was.Channel + "/messages"
	err := w.rest.call(w.work, request{method: "DELETE", path: at + "/" + was.Message, route: at + "/"}, nil)
	if settled(err) {
		return nil
	}
	return err
}

// postPanel posts one panel, or edits it where it stands.
func (w *worker) postPanel(p panel, was panelState, anew bool) (panelState, error) {
	body := w.panelBody(p)
	raw, err := json.Marshal(body)
	if err != nil {
		return was, err
	}
	now := panelState{Channel: p.channel, Message: was.Message, Shown: hashOf(raw)}
	if now == was && !anew {
		return was, nil
	}
	at := "/channels/" + now.Channel + "/messages"
	switch {
	case was.Message == "":
	case was.Channel != now.Channel:
		if err := w.unpost(was); err != nil {
			return was, err
		}
	default:
		err := w.rest.call(w.work, request{method: "PATCH", path: at + "/" + was.Message, route: at + "/", body: body}, nil)
		if err == nil {
			return now, nil
		}
		if codeOf(err) != codeUnknownMessage {
			return was, err
		}
	}
	var m dMessage
	body["nonce"], body["enforce_nonce"] = nonce("panel:"+p.id+was.Message, 0), true
	if err := w.rest.call(w.work, request{method: "POST", path: at, body: body}, &m); err != nil {
		return was, err
	}
	now.Message = m.ID
	return now, nil
}

// givePanel is the command for administrators.
func (w *worker) givePanel(i *dInteraction, lang string) reply {
	var bits uint64
	_, _ = fmt.Sscan(i.Member.Permissions, &bits)
	if bits&(permAdmin|permManageGuild) == 0 {
		p, err := w.agent(w.work, i.who(), i.Member)
		if !w.isAgent(i.Member) || err != nil {
			return reply{text: w.texts.T(lang, "discord.only_admins")}
		}
		if err := w.svc.Require(w.work, p.Actor, ticket.OpAdapterManage); err != nil {
			return reply{text: w.texts.T(lang, "discord.only_admins")}
		}
	}
	if err := w.panelsNow(true); err != nil {
		return reply{text: w.why(lang, err)}
	}
	var where []string
	for _, p := range w.shownPanels() {
		if link := "<#" + p.channel + ">"; !slices.Contains(where, link) {
			where = append(where, link)
		}
	}
	return reply{text: w.texts.T(lang, "discord.panel_done", strings.Join(where, ", "))}
}

const maxInRow = 5

// panelBody is what everybody reads, in the desk's language.
func (w *worker) panelBody(p panel) obj {
	lang := w.cfg.Locale
	rows := []obj{}
	if p.choose {
		options := []obj{}
		for _, k := range p.kinds {
			options = append(options, withEmoji(obj{"label": k.Label.in(lang), "value": k.ID}, k.Emoji))
		}
		rows = append(rows, row(obj{"type": 3, "custom_id": customID(actOpen, ""), "placeholder": w.texts.T(lang, "discord.choose"), "options": options}))
	} else {
		for chunk := range slices.Chunk(p.kinds, maxInRow) {
			buttons := []obj{}
			for _, k := range chunk {
				buttons = append(buttons, withEmoji(button(1, actOpen, k.ID, k.Label.in(lang)), k.Emoji))
			}
			rows = append(rows, row(buttons...))
		}
	}
	embed := obj{"title": clipTo(cmp.Or(p.title.in(lang), w.texts.T(lang, "discord.panel_title")), 256), "description": cmp.Or(p.text.in(lang), w.texts.T(lang, "discord.panel_text"))}
	return obj{"embeds": []obj{embed}, "components": rows, "allowed_mentions": nobody()}
}

func clipTo(s string, n int) string {
	r := []rune(s)
	return string(r[:min(len(r), n)])
}

// withEmoji adds an emoji: a character, or one of the server as name:id.
func withEmoji(o obj, emoji string) obj {
	if emoji == "" {
		return o
	}
	if name, id, own := strings.Cut(strings.Trim(emoji, "<:>"), ":"); own && snowflake.MatchString(id) {
		o["emoji"] = obj{"id": id, "name": name}
	} else {
		o["emoji"] = obj{"name": emoji}
	}
	return o
}

// complete fills in what may be left out of a configuration.
func (c *Config) complete() error {
	texts, err := i18n.Load(assets)
	if err != nil {
		return err
	}
	if len(c.Kinds) == 0 {
		c.Kinds = []Kind{{ID: "ticket", Label: Text{DE: texts.T(i18n.German, "discord.open"), EN: texts.T(i18n.English, "discord.open")}}}
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.AskFor == 0 {
		c.AskFor = defaultAskFor
	}
	return nil
}
