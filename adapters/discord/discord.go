package discord

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

//go:embed de.json en.json
var assets embed.FS

// Config is what a Discord is made of. Token, GuildID, PanelChannelID and State are required. Ids are Discord's snowflakes.
type Config struct {
	Name           string      // of the adapter; "" is "discord"
	Token          string      // of the bot
	GuildID        string      // the server
	PanelChannelID string      // where the panel with the buttons stands
	CategoryIDs    []string    // of the private channels; the next is used when one is full. None: channels stand outside of categories
	SupportRoleIDs []string    // see every ticket, and act as agents
	LogChannelID   string      // gets the transcript of each closed ticket; "" is nowhere
	Kinds          []Kind      // what can be opened by the panel in PanelChannelID; none is one kind without questions
	Panels         PanelSource // further panels, set up at the desk; nil is none
	Rules          Rules       // for tickets of all kinds

	// EscalationRoleIDs are called in one after the other: the first when a ticket is escalated for the first time. None: the roles that work on
	// the ticket are notified.
	EscalationRoleIDs []string
	ClaimLock         bool           // only who has claimed a ticket, and the requester, may write in its channel
	AskFor            time.Duration  // how long the opener has to say that a ticket cannot be closed; 0 is a day
	PingOnline        bool           // notifies who of the roles is online when a ticket opens and when its first answer is late; asks for GUILD_PRESENCES
	Zone              *time.Location // of Rules.Hours and of times on transcripts; nil is UTC

	// DeskRoles gives who has a role of Discord a role of the desk, by its name; of several the first of the strongest built-in one counts. Who has
	// none of them and works on tickets has support, or what they were given at the desk. These roles work on tickets, too.
	DeskRoles     map[string]string
	Mode          Mode     // where tickets live, unless a panel of the desk says otherwise; "" is Channels
	RefusedFiles  []string // endings of names of files that are not kept, such as exe; who sends one is told
	NoStaffThread bool     // no private thread for the team in the channel of a ticket

	State   adapters.Shared  // remembers channels and what was read of them, and which process is connected
	APIBase string           // of another Discord, such as discordtest's; "" is https://discord.com
	Locale  string           // "de" or "en": of what everybody reads; "" is "de". Answers to one person follow that person's own
	Brand   string           // of the desk, on transcripts; "" is "ticketkit"
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is silent
}

// Kind is one kind of ticket: a button of the panel.
type Kind struct {
	ID        string // [a-z0-9-]{1,32}; unique over all panels; stays the same
	Label     Text   // of the button, at most 80 characters
	Emoji     string // of the button: a character, or one of the server as name:id; "" is none
	Queue     ticket.QueueID
	Priority  ticket.Priority
	Questions []Question // at most 5; none: the channel opens at once

	CategoryIDs    []string // none: Config.CategoryIDs
	SupportRoleIDs []string // none: Config.SupportRoleIDs
	Rules          Rules    // beside Config.Rules; its Hours replace the other ones

	hours *sla.Schedule
}

// Question is one question of the form that opens a ticket.
type Question struct {
	ID       string // [a-z0-9-]{1,32}
	Label    Text   // at most 45 characters
	Long     bool   // several lines
	Optional bool
	Options  []string // to choose from, at most 25 of at most 100 characters; nil is a text
}

// Text is a text in both languages. An empty one is the other.
type Text struct{ DE, EN string }

func (t Text) in(lang string) string {
	if lang == i18n.English {
		return cmp.Or(t.EN, t.DE)
	}
	return cmp.Or(t.DE, t.EN)
}

// Discord is the adapter. Its methods may be called concurrently; BindDesk before all others.
type Discord struct {
	cfg      Config
	rest     *client
	texts    *i18n.Catalog
	svc      *ticket.Service
	accounts *rbac.Accounts
	sla      *sla.Service // nil: no clocks are shown
	seen     seen
	locks    keyed
	calm     calm
	lists    lists
	crew     crew
	first    panel // of the configuration
	hours    *sla.Schedule
	panels   atomic.Pointer[[]panel] // the first, and those of Config.Panels
	loaded   atomic.Bool
	current  atomic.Pointer[worker] // of the Run that is going on
	bot      atomic.Pointer[string] // the bot's user, once READY has told it

	source source
	voices voices
	faces  faces
	names  names

	fileClient *http.Client
	holder     string // of leases: this process

	openDeadline, pause, lease time.Duration // of the gateway
	answerIn                   time.Duration // the first answer to an interaction
	showIn, offerIn            time.Duration // how long an answer waits for Discord, and what is offered for the database
}

var (
	_         adapters.Adapter = (*Discord)(nil)
	_         adapters.Sender  = (*Discord)(nil)
	word                       = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	snowflake                  = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// New checks the configuration and makes a Discord. It does no I/O.
func New(cfg Config) (*Discord, error) {
	cfg.Name, cfg.Locale, cfg.Brand = cmp.Or(cfg.Name, "discord"), cmp.Or(cfg.Locale, i18n.German), cmp.Or(cfg.Brand, "ticketkit")
	cfg.APIBase = cmp.Or(cfg.APIBase, "https://discord.com")
	switch {
	case !adapters.ValidName(cfg.Name):
		return nil, fmt.Errorf("discord: %q is no name for an adapter", cfg.Name)
	case cfg.Token == "":
		return nil, errors.New("discord: Config.Token is missing")
	case cfg.State == nil:
		return nil, errors.New("discord: Config.State is missing")
	case !goodRoles(cfg.DeskRoles):
		return nil, errors.New("discord: Config.DeskRoles must lead from ids of Discord, numbers, to names of roles")
	case cfg.Mode != "" && cfg.Mode != Channels && cfg.Mode != Threads:
		return nil, fmt.Errorf("discord: Config.Mode is %q, must be channel or thread", cfg.Mode)
	case cfg.Locale != i18n.German && cfg.Locale != i18n.English:
		return nil, fmt.Errorf("discord: Config.Locale is %q, must be de or en", cfg.Locale)
	}
	ids := map[string][]string{"GuildID": {cfg.GuildID}, "PanelChannelID": {cfg.PanelChannelID}, "CategoryIDs": cfg.CategoryIDs, "SupportRoleIDs": cfg.SupportRoleIDs,
		"EscalationRoleIDs": cfg.EscalationRoleIDs, "Rules.RequiredRoleIDs": cfg.Rules.RequiredRoleIDs, "Rules.BlockedRoleIDs": cfg.Rules.BlockedRoleIDs,
		"Rules.BlockedUserIDs": cfg.Rules.BlockedUserIDs}
	if cfg.LogChannelID != "" {
		ids["LogChannelID"] = []string{cfg.LogChannelID}
	}
	for field, list := range ids {
		if slices.ContainsFunc(list, func(id string) bool { return !snowflake.MatchString(id) }) {
			return nil, fmt.Errorf("discord: Config.%s must be an id of Discord, a number", field)
		}
	}
	if cfg.AskFor < 0 || cfg.Rules.Cooldown < 0 {
		return nil, errors.New("discord: Config.AskFor and Config.Rules.Cooldown must not be negative")
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	first := panel{id: MainPanel, channel: cfg.PanelChannelID, kinds: slices.Clone(cfg.Kinds)}
	if err := first.prepare(cfg.Zone); err != nil {
		return nil, err
	}
	open, err := scheduleOf(cfg.Rules.Hours, cfg.Zone)
	if err != nil {
		return nil, fmt.Errorf("discord: Config.Rules.Hours: %w", err)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	texts, err := i18n.Load(assets)
	if err != nil {
		return nil, err
	}
	d := &Discord{cfg: cfg, texts: texts, rest: newClient(cfg.APIBase, cfg.Token, &http.Client{Timeout: time.Minute}), openDeadline: 30 * time.Second, pause: time.Second,
		lease: gatewayLease, answerIn: answerWithin, showIn: showWithin, offerIn: completeWait, holder: newHolder(), fileClient: newFileClient(), source: source{name: cfg.GuildID, now: cfg.Now}, first: first, hours: open}
	d.panels.Store(&[]panel{first})
	return d, nil
}

func checkKinds(kinds []Kind) error {
	if len(kinds) > 25 {
		return errors.New("discord: Config.Kinds may have at most 25 entries")
	}
	short := func(t Text, limit int) bool {
		return t.in(i18n.German) != "" && len([]rune(t.DE)) <= limit && len([]rune(t.EN)) <= limit
	}
	seen := map[string]bool{}
	for _, k := range kinds {
		for _, list := range [][]string{k.CategoryIDs, k.SupportRoleIDs, k.Rules.RequiredRoleIDs, k.Rules.BlockedRoleIDs, k.Rules.BlockedUserIDs} {
			if slices.ContainsFunc(list, func(id string) bool { return !snowflake.MatchString(id) }) {
				return fmt.Errorf("discord: kind %q: roles, people and categories must be ids of Discord, numbers", k.ID)
			}
		}
		if !word.MatchString(k.ID) || seen[k.ID] || !short(k.Label, 80) || len(k.Questions) > 5 || k.Priority != "" && !k.Priority.Valid() {
			return fmt.Errorf("discord: kind %q: id, label, priority or number of questions", k.ID)
		}
		seen[k.ID] = true
		asked := map[string]bool{}
		for _, q := range k.Questions {
			if !word.MatchString(q.ID) || asked[q.ID] || !short(q.Label, 45) || len(q.Options) > 25 ||
				slices.ContainsFunc(q.Options, func(o string) bool { return o == "" || len([]rune(o)) > 100 }) {
				return fmt.Errorf("discord: kind %q: question %q: id, label or options", k.ID, q.ID)
			}
			asked[q.ID] = true
		}
	}
	return nil
}

// BindDesk gives the adapter the desk it acts at; ticketkit.New calls it, before anything else. Without it the adapter only brings messages in
// and carries answers out for the tickets that it knows; nothing can be opened, claimed or closed.
func (d *Discord) BindDesk(svc *ticket.Service, accounts *rbac.Accounts) {
	d.svc, d.accounts = svc, accounts
}

// BindSLA gives the adapter the clocks that the headers of tickets show; ticketkit.New calls it behind BindDesk.
func (d *Discord) BindSLA(s *sla.Service) { d.sla = s }

// Name implements adapters.Adapter.
func (d *Discord) Name() string { return d.cfg.Name }

// worker is one run of the adapter.
type worker struct {
	*Discord
	in         adapters.Intake
	run, work  context.Context
	q          *queues
	inspecting atomic.Bool     // a look is going to be taken
	told       map[string]bool // what was wrong at the last look; for its queue alone
	readies    atomic.Int64    // how often a session began
	caughtUp   atomic.Bool     // nothing that happened before is unheard
}

// event puts what Discord tells into the queue it belongs to.
func (w *worker) event(typ string, data json.RawMessage) {
	w.source.heard()
	switch typ {
	case "READY":
		w.readies.Add(1)
		w.caughtUp.Store(false)
		if r, ok := decode[struct {
			User dUser `json:"user"`
		}](w, typ, data); ok && r.User.ID != "" {
			w.bot.Store(&r.User.ID)
		}
		w.q.add("panel", func() {
			w.insist("discord: cannot show the panels", w.cfg.PanelChannelID, func() error { return w.panelsNow(true) })
		})
		w.q.add("commands", w.register)
		w.q.add("recover", w.recover)
		w.inspect()
	case "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE":
		w.inspect()
	case "CHANNEL_UPDATE":
		if c, ok := decode[dChannel](w, typ, data); ok && w.concerns(typ, &c) {
			w.inspect()
		}
	case "MESSAGE_CREATE":
		if m, ok := decode[dMessage](w, typ, data); ok && m.Author != nil && w.seen.first("m"+m.ID) {
			w.q.add("c"+m.ChannelID, func() { w.message(&m) })
		}
	case "MESSAGE_UPDATE":
		if m, ok := decode[dMessage](w, typ, data); ok && m.Author != nil && m.EditedAt != nil && w.seen.first("e"+m.ID+m.EditedAt.String()) {
			w.q.add("c"+m.ChannelID, func() { w.edited(&m) })
		}
	case "MESSAGE_DELETE":
		if m, ok := decode[dMessage](w, typ, data); ok && w.seen.first("d"+m.ID) {
			w.goneMessages(m.ChannelID, []string{m.ID})
		}
	case "MESSAGE_DELETE_BULK":
		if m, ok := decode[dBulk](w, typ, data); ok {
			w.goneMessages(m.ChannelID, m.IDs)
		}
	case "CHANNEL_DELETE":
		if c, ok := decode[dChannel](w, typ, data); ok {
			w.channelGone(c.ID)
			if w.concerns(typ, &c) {
				w.inspect()
			}
		}
	case "GUILD_CREATE":
		if g, ok := decode[dGuild](w, typ, data); ok && g.ID == w.cfg.GuildID {
			w.crew.begin(&g, w.isAgent)
		}
	case "PRESENCE_UPDATE":
		if p, ok := decode[dPresence](w, typ, data); ok {
			w.crew.presence(p)
		}
	case "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE":
		if m, ok := decode[dMember](w, typ, data); ok {
			w.crew.member(&m, w.isAgent(&m))
			if typ == "GUILD_MEMBER_ADD" && m.User != nil {
				w.q.add("u"+m.User.ID, func() { w.back(m.User) })
			}
		}
	case "GUILD_MEMBER_REMOVE":
		if m, ok := decode[dMember](w, typ, data); ok && m.User != nil {
			w.q.add("u"+m.User.ID, func() { w.left(m.User) })
		}
	case "INTERACTION_CREATE":
		if i, ok := decode[dInteraction](w, typ, data); ok && i.who() != nil && w.seen.first("i"+i.ID) {
			w.q.add("i"+i.ID, func() { w.interaction(&i) }) // nothing stands before it: it must be answered within three seconds
		}
	}
}

func decode[T any](w *worker, typ string, data json.RawMessage) (v T, ok bool) {
	if err := json.Unmarshal(data, &v); err != nil {
		w.cfg.Log.Warn("discord: cannot read an event", slog.String("event", typ), slog.Any("error", err))
		return v, false
	}
	return v, true
}

// lang is the language of what a person reads alone, by their own setting.
func (d *Discord) lang(locale string) string {
	if locale == "" {
		return d.cfg.Locale
	}
	if locale == "de" || strings.HasPrefix(locale, "de-") {
		return i18n.German
	}
	return i18n.English
}
