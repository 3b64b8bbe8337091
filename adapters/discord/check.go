package discord

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

var _ adapters.Checker = (*Discord)(nil)

// The levels of findings.
const (
	fine  = "ok"
	odd   = "warning"
	wrong = "error"
)

// permission is one of Discord's, with its names in the settings of a server.
type permission struct {
	bit    uint64
	en, de string
}

const (
	permAdministrator = 1 << 3
	permMentionAll    = 1 << 17
)

// permissions that the adapter may need, in the order of Discord's settings.
var permissions = []permission{
	{1 << 10, "View Channels", "Kanäle ansehen"},
	{1 << 4, "Manage Channels", "Kanäle verwalten"},
	{1 << 28, "Manage Roles", "Rollen verwalten"},
	{1 << 29, "Manage Webhooks", "WebHooks verwalten"},
	{1 << 11, "Send Messages", "Nachrichten senden"},
	{1 << 38, "Send Messages in Threads", "Nachrichten in Threads senden"},
	{1 << 36, "Create Private Threads", "Private Threads erstellen"},
	{1 << 14, "Embed Links", "Links einbetten"},
	{1 << 15, "Attach Files", "Dateien anhängen"},
	{1 << 13, "Manage Messages", "Nachrichten verwalten"},
	{1 << 34, "Manage Threads", "Threads verwalten"},
	{1 << 16, "Read Message History", "Nachrichtenverlauf anzeigen"},
	{1 << 31, "Use Application Commands", "Anwendungsbefehle verwenden"},
}

const (
	needPanel  = 1<<10 | 1<<11 | 1<<14 | 1<<16 | 1<<31
	needLog    = 1<<10 | 1<<11 | 1<<14 | 1<<15 | 1<<16
	needTicket = needPanel | needLog | 1<<4 | 1<<28 | 1<<13
	needThread = 1<<34 | 1<<36 | 1<<38 | 1<<15
	wantThread = 1 << 13 // what somebody has written there and takes back at the desk
	needVoice  = 1 << 29
	needStaff  = 1<<34 | 1<<36 | 1<<38
)

// need is everything that the switched-on features want.
func (d *Discord) need() uint64 {
	n := uint64(needPanel | needVoice)
	if d.cfg.LogChannelID != "" {
		n |= needLog
	}
	if d.anyMode(Threads) {
		n |= needThread | wantThread
	}
	if d.anyMode(Channels) {
		if n |= needTicket; !d.cfg.NoStaffThread {
			n |= needStaff
		}
	}
	return n
}

// gRole, gChannel and gGuild are what permissions are worked out from.
type gRole struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"`
	Position    int    `json:"position"`
	Mentionable bool   `json:"mentionable"`
}

type gChannel struct {
	dChannel
	Overwrites []struct {
		ID    string `json:"id"`
		Type  int    `json:"type"`
		Allow string `json:"allow"`
		Deny  string `json:"deny"`
	} `json:"permission_overwrites"`
}

type inspection struct {
	*Discord
	found []adapters.Finding

	app struct {
		ID       string `json:"id"`
		Flags    int    `json:"flags"`
		Endpoint string `json:"interactions_endpoint_url"`
	}
	me       dUser
	member   dMember
	roles    []gRole
	channels []gChannel
}

func (x *inspection) add(level, key string, args ...any) {
	x.found = append(x.found, adapters.Find(x.texts, level, x.cfg.Name, "discord.check."+key, args...))
}

// Check implements adapters.Checker: it looks at the token, the switches of the developer portal, and at each permission in each channel that is
// configured, and changes nothing.
func (d *Discord) Check(ctx context.Context) []adapters.Finding {
	x := &inspection{Discord: d}
	if !x.token(ctx) {
		return x.found
	}
	x.portal()
	if err := d.reload(ctx); err != nil { // the panel of the configuration is looked at all the same
		x.add(odd, "panels", i18n.Args{"error": err})
	}
	if !x.guild(ctx) {
		return x.found
	}
	x.rank()
	for _, p := range d.shownPanels() {
		x.panel(p)
	}
	x.log()
	if d.anyMode(Channels) {
		x.categories()
	}
	if !slices.ContainsFunc(x.found, func(f adapters.Finding) bool { return f.Level != fine }) {
		x.add(fine, "good", i18n.Args{"name": x.me.Username})
	}
	x.add(fine, "invite", i18n.Args{"url": x.invitation()})
	return x.found
}

// invitation is the address by which an administrator lets the bot in with exactly what it needs.
func (x *inspection) invitation() string {
	q := url.Values{"client_id": {x.app.ID}, "scope": {"bot applications.commands"}, "permissions": {strconv.FormatUint(x.need(), 10)}, "guild_id": {x.cfg.GuildID}}
	return "https://discord.com/oauth2/authorize?" + q.Encode()
}

func (x *inspection) token(ctx context.Context) bool {
	err := x.rest.call(ctx, request{method: "GET", path: "/users/@me"}, &x.me)
	if err == nil {
		err = x.rest.call(ctx, request{method: "GET", path: "/applications/@me"}, &x.app)
	}
	if e, ok := errors.AsType[*restError](err); ok && e.Status == http.StatusUnauthorized {
		x.add(wrong, "token")
	} else if err != nil {
		x.add(wrong, "unreachable", i18n.Args{"error": err})
	}
	return err == nil
}

func (x *inspection) portal() {
	off := func(bits int) bool { return x.app.Flags&bits == 0 }
	if off(1<<18 | 1<<19) {
		x.add(wrong, "content")
	}
	if off(1<<14 | 1<<15) {
		x.add(odd, "members")
	}
	if x.cfg.PingOnline && off(1<<12|1<<13) {
		x.add(odd, "presence")
	}
	if x.app.Endpoint != "" {
		x.add(wrong, "endpoint", i18n.Args{"url": x.app.Endpoint})
	}
}

func (x *inspection) guild(ctx context.Context) bool {
	at := "/guilds/" + x.cfg.GuildID
	err := x.rest.call(ctx, request{method: "GET", path: at + "/roles"}, &x.roles)
	if err == nil {
		err = x.rest.call(ctx, request{method: "GET", path: at + "/channels"}, &x.channels)
	}
	if err == nil {
		err = x.rest.call(ctx, request{method: "GET", path: at + "/members/" + x.me.ID, route: at + "/members"}, &x.member)
	}
	if err != nil && settled(err) {
		x.add(wrong, "guild", i18n.Args{"id": x.cfg.GuildID, "url": x.invitation()})
	} else if err != nil {
		x.add(wrong, "unreachable", i18n.Args{"error": err})
	}
	return err == nil
}

func (x *inspection) role(id string) *gRole {
	if n := slices.IndexFunc(x.roles, func(r gRole) bool { return r.ID == id }); n >= 0 {
		return &x.roles[n]
	}
	return nil
}

// rank looks at the roles: those that work on tickets, and the bot's own.
func (x *inspection) rank() {
	top := 0
	for _, id := range x.member.Roles {
		if r := x.role(id); r != nil {
			top = max(top, r.Position)
		}
	}
	seen := map[string]bool{}
	for _, id := range x.workers() {
		if seen[id] {
			continue
		}
		seen[id] = true
		if r := x.role(id); r == nil {
			x.add(wrong, "role", i18n.Args{"id": id})
		} else if r.Position >= top {
			x.add(odd, "rank", i18n.Args{"role": r.Name})
		} else if !r.Mentionable && x.base()&(permAdministrator|permMentionAll) == 0 {
			x.add(odd, "mention", i18n.Args{"role": r.Name})
		}
	}
	if len(seen) == 0 {
		x.add(odd, "no_roles")
	}
	if x.base()&permAdministrator != 0 {
		x.add(odd, "administrator", i18n.Args{"url": x.invitation()})
	}
}

// base are the bot's permissions in the whole server.
func (x *inspection) base() (p uint64) {
	for _, id := range append([]string{x.cfg.GuildID}, x.member.Roles...) {
		if r := x.role(id); r != nil {
			p |= bits(r.Permissions)
		}
	}
	return p
}

func bits(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64) // what is no number grants nothing
	return n
}

// may are the bot's permissions in a channel, in Discord's order: everyone, roles together, the bot itself.
func (x *inspection) may(c *gChannel) uint64 {
	p := x.base()
	if p&permAdministrator != 0 {
		return ^uint64(0)
	}
	var allow, deny uint64
	for _, o := range c.Overwrites {
		switch {
		case o.ID == x.cfg.GuildID:
			p = p&^bits(o.Deny) | bits(o.Allow)
		case o.Type == roleType && slices.Contains(x.member.Roles, o.ID):
			allow, deny = allow|bits(o.Allow), deny|bits(o.Deny)
		}
	}
	p = p&^deny | allow
	for _, o := range c.Overwrites {
		if o.Type == memberType && o.ID == x.me.ID {
			p = p&^bits(o.Deny) | bits(o.Allow)
		}
	}
	if p&permView == 0 {
		return 0
	}
	return p
}

func (x *inspection) channel(id string) *gChannel {
	if n := slices.IndexFunc(x.channels, func(c gChannel) bool { return c.ID == id }); n >= 0 {
		return &x.channels[n]
	}
	return nil
}

// lacks reports the permissions that are missing somewhere; needed ones are errors, the others say what is done without them.
func (x *inspection) lacks(where string, have, needed uint64) {
	var en, de []string
	for _, p := range permissions {
		if needed&^have&p.bit != 0 {
			en, de = append(en, p.en), append(de, p.de)
		}
	}
	if len(en) > 0 {
		x.both(wrong, "lacks", where, en, de)
	}
}

// both is add with the names of permissions, which differ by language.
func (x *inspection) both(level, key, where string, en, de []string) {
	f := adapters.Find(x.texts, level, x.cfg.Name, "discord.check."+key, i18n.Args{"where": where, "what": strings.Join(en, ", ")})
	g := adapters.Find(x.texts, level, x.cfg.Name, "discord.check."+key, i18n.Args{"where": where, "what": strings.Join(de, ", ")})
	f.German = g.German
	x.found = append(x.found, f)
}

// without reports what goes without a permission that is only for comfort.
func (x *inspection) without(key, where string, have, wanted uint64) {
	var en, de []string
	for _, p := range permissions {
		if wanted&^have&p.bit != 0 {
			en, de = append(en, p.en), append(de, p.de)
		}
	}
	if len(en) > 0 {
		x.both(odd, key, where, en, de)
	}
}

func (x *inspection) panel(p panel) {
	c := x.channel(p.channel)
	if c == nil {
		x.add(wrong, "no_panel", i18n.Args{"id": p.channel})
		return
	}
	needed := uint64(needPanel)
	threads := x.modeAt(&p) == Threads
	if threads {
		needed |= needThread
	}
	have := x.may(c)
	x.lacks("#"+c.Name, have, needed)
	if threads {
		x.without("no_voice", "#"+c.Name, have, needVoice)
	}
}

func (x *inspection) log() {
	switch c := x.channel(x.cfg.LogChannelID); {
	case x.cfg.LogChannelID == "":
		x.add(odd, "no_log")
	case c == nil:
		x.add(wrong, "log_gone", i18n.Args{"id": x.cfg.LogChannelID})
	default:
		x.lacks("#"+c.Name, x.may(c), needLog)
	}
}

// roomInCategory is how many channels one holds.
const roomInCategory, nearlyFull = 50, 45

const (
	categoryChannel = 4
	checkWithin     = time.Minute
)

func (x *inspection) categories() {
	ids := slices.Clone(x.cfg.CategoryIDs)
	for _, p := range x.shownPanels() {
		for _, k := range p.kinds {
			if x.modeAt(&p) == Channels {
				ids = append(ids, k.CategoryIDs...)
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		x.place(x.cfg.GuildID, x.base())
		return
	}
	full := 0
	for _, id := range ids {
		c := x.channel(id)
		if c == nil {
			x.add(wrong, "no_category", i18n.Args{"id": id})
			full++
			continue
		}
		n := 0
		for _, other := range x.channels {
			if other.ParentID == id {
				n++
			}
		}
		switch {
		case n >= roomInCategory:
			full++
			x.add(odd, "full", i18n.Args{"name": c.Name})
		case n >= nearlyFull:
			x.add(odd, "nearly_full", i18n.Args{"name": c.Name, "channels": n})
		}
		x.place(c.Name, x.may(c))
	}
	if full == len(ids) {
		x.add(wrong, "all_full")
	}
}

// place looks at where channels of tickets are made.
func (x *inspection) place(where string, have uint64) {
	if have&permAdministrator != 0 {
		have = ^uint64(0)
	}
	x.lacks(where, have, needTicket)
	x.without("no_voice", where, have, needVoice)
	if !x.cfg.NoStaffThread {
		x.without("no_staff", where, have, needStaff)
	}
}

// inspect looks after something has changed in the server, and says what is wrong now and was not before.
func (w *worker) inspect() {
	if !w.inspecting.CompareAndSwap(false, true) {
		return // one that waits sees this change too
	}
	w.q.add("check", func() {
		w.inspecting.Store(false)
		ctx, cancel := context.WithTimeout(w.work, checkWithin)
		defer cancel()
		now := map[string]bool{}
		for _, f := range w.Check(ctx) {
			if f.Level == fine {
				continue
			}
			now[f.Text] = true
			if !w.told[f.Text] && f.Level == wrong {
				w.cfg.Log.Error("discord: "+f.Text, "fix", f.Fix)
				w.source.note(f.Text, f.Fix)
			} else if !w.told[f.Text] {
				w.cfg.Log.Warn("discord: "+f.Text, "fix", f.Fix)
			}
		}
		w.told = now
	})
}

// concerns reports whether an event may have taken something away that the adapter needs.
func (w *worker) concerns(typ string, c *dChannel) bool {
	return c.ID == w.cfg.LogChannelID || w.showsPanel(c.ID) || slices.Contains(w.cfg.CategoryIDs, c.ID) || typ == "CHANNEL_DELETE" && c.Type == categoryChannel
}
