package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// dGuild is the server as the gateway tells of it.
type dGuild struct {
	ID        string      `json:"id"`
	Members   []dMember   `json:"members"`
	Presences []dPresence `json:"presences"`
}

// dPresence says whether somebody is online.
type dPresence struct {
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Status string `json:"status"`
}

// crew knows who of the people with a role that works on tickets is online. Without the intent for presences nobody is. The zero crew is ready.
type crew struct {
	mu     sync.Mutex
	roles  map[string][]string // of who has such a role, by user
	online map[string]bool
}

// begin replaces what was known before a connection.
func (c *crew) begin(g *dGuild, works func(*dMember) bool) {
	c.mu.Lock()
	c.roles, c.online = map[string][]string{}, map[string]bool{}
	c.mu.Unlock()
	for n := range g.Members {
		c.member(&g.Members[n], works(&g.Members[n]))
	}
	for _, p := range g.Presences {
		c.presence(p)
	}
}

// member notes the roles of somebody.
func (c *crew) member(m *dMember, works bool) {
	if m == nil || m.User == nil || m.User.Bot {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.roles == nil {
		c.roles = map[string][]string{}
	}
	if works {
		c.roles[m.User.ID] = slices.Clone(m.Roles)
	} else {
		delete(c.roles, m.User.ID)
	}
}

// presence notes whether somebody is online. Who does not want to be disturbed is not.
func (c *crew) presence(p dPresence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.online == nil {
		c.online = map[string]bool{}
	}
	if p.Status == "online" || p.Status == "idle" {
		c.online[p.User.ID] = true
	} else {
		delete(c.online, p.User.ID)
	}
}

// maxPinged bounds how many people one message notifies.
const maxPinged = 25

// here lists who is online and has one of the roles.
func (c *crew) here(roles []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := []string{}
	for id, has := range c.roles {
		if c.online[id] && slices.ContainsFunc(has, func(r string) bool { return slices.Contains(roles, r) }) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), maxPinged)]
}

// privileged are the intents that the bot can do without.
func (d *Discord) privileged() discordgo.Intent {
	if d.cfg.PingOnline {
		return discordgo.IntentsGuildMembers | discordgo.IntentsGuildPresences
	}
	return discordgo.IntentsGuildMembers
}

// told are the events that notify somebody.
var told = []ticket.EventType{ticket.EventCreated, ticket.EventEscalated, ticket.EventCloseWarned, ticket.EventInactive, sla.EventBreached}

func (d *Discord) pingKind() string { return d.cfg.Name + ".ping" }

// pingPayload is what somebody is notified of.
type pingPayload struct {
	TicketID ticket.ID        `json:"ticket_id"`
	EventID  ticket.EventID   `json:"event_id"`
	Type     ticket.EventType `json:"type"`
	At       time.Time        `json:"at"`
	Level    int              `json:"level,omitempty"`
	Closes   time.Time        `json:"closes_at,omitzero"`
}

// hookPing leaves a job for an event that somebody has to hear of.
func (d *Discord) hookPing(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
	if !slices.Contains(told, e.Type) {
		return nil
	}
	p := pingPayload{TicketID: e.TicketID, EventID: e.ID, Type: e.Type, At: e.At}
	var facts struct {
		Level    json.RawMessage `json:"level"`
		Clock    string          `json:"clock"`
		ClosesAt time.Time       `json:"closes_at"`
		WaitsFor string          `json:"waits_for"`
	}
	if err := json.Unmarshal(e.Data, &facts); err != nil {
		return err
	}
	switch e.Type {
	case ticket.EventCreated:
		if !d.cfg.PingOnline {
			return nil
		}
	case sla.EventBreached:
		if !d.cfg.PingOnline || facts.Clock != string(sla.FirstResponse) {
			return nil
		}
	case ticket.EventEscalated:
		if err := json.Unmarshal(facts.Level, &p.Level); err != nil {
			return err
		}
	case ticket.EventCloseWarned:
		if facts.WaitsFor == "requester" { // a message of the ticket tells them
			return nil
		}
		p.Closes = facts.ClosesAt
	}
	return tx.Enqueue(ctx, ticket.Job{Kind: d.pingKind(), Key: d.pingKind() + ":" + string(e.ID), RunAt: e.At, Payload: p})
}

// pingWithin is how late a notification still makes sense.
const pingWithin = time.Hour

// ping notifies who has to hear of something, in the ticket's channel.
func (d *Discord) ping(ctx context.Context, p pingPayload) error {
	t, err := d.svc.Get(ctx, d.actor(), p.TicketID)
	if ticket.KindOf(err) == ticket.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	at, _, err := d.place(ctx, t.ID)
	if err != nil || ended(t) || at.Lost {
		return err
	}
	if at.Channel == "" {
		if d.cfg.Now().Sub(p.At) > pingWithin {
			return nil
		}
		return &laterError{d.cfg.Now().Add(notYet)}
	}
	text, users, roles, err := d.pingText(ctx, t, &at, p)
	if err != nil || text == "" {
		return err
	}
	body := obj{"content": text, "allowed_mentions": obj{"parse": []string{}, "users": list(users), "roles": list(roles)}, "nonce": nonce(string(p.EventID), 0), "enforce_nonce": true}
	err = d.rest.call(ctx, request{method: "POST", path: "/channels/" + at.Channel + "/messages", body: body}, nil)
	if codeOf(err) == codeUnknownChannel {
		return errors.Join(d.sync(ctx, t.ID))
	}
	if settled(err) {
		d.cfg.Log.Error("discord: cannot notify anybody", "number", t.Number, "error", err)
		return nil
	}
	return err
}

// list is in, never nil.
func list(in []string) []string {
	if in == nil {
		return []string{}
	}
	return in
}

// pingText says what has happened, and whom it notifies; "" is nobody.
func (d *Discord) pingText(ctx context.Context, t *ticket.Ticket, at *place, p pingPayload) (text string, users, roles []string, err error) {
	lang := d.langOf(t)
	team := d.rolesOf(at)
	switch p.Type {
	case ticket.EventCreated:
		users = d.crew.here(team)
		if len(users) == 0 {
			return "", nil, nil, nil
		}
		return d.texts.T(lang, "discord.ping_opened", join(mentions(users))), users, nil, nil
	case sla.EventBreached:
		users = d.crew.here(team)
		if len(users) == 0 { // late is late, whoever is there
			roles = team
		}
		return d.texts.T(lang, "discord.ping_late", join(append(mentions(users), mentionRoles(roles)...))), users, roles, nil
	case ticket.EventEscalated:
		roles = team
		if called := d.escalated(p.Level); len(called) > 0 {
			roles = called[len(called)-1:]
		}
		return d.texts.T(lang, "discord.ping_escalated", join(mentionRoles(roles)), p.Level, d.texts.T(lang, "priority."+string(t.Priority))), nil, roles, nil
	}
	to, err := d.assigneeIn(ctx, t)
	if err != nil {
		return "", nil, nil, err
	}
	if to != "" {
		users = []string{to}
	} else {
		roles = team
	}
	who := join(append(mentions(users), mentionRoles(roles)...))
	if p.Type == ticket.EventInactive {
		return d.texts.T(lang, "discord.ping_inactive", who), users, roles, nil
	}
	return d.texts.T(lang, "discord.ping_closing", who, discordTime(p.Closes, "R")), users, roles, nil
}
