package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// errLater is matched by what is put off because Discord takes no more of it now.
var errLater = errors.New("later")

// laterError puts work off until a time.
type laterError struct{ at time.Time }

func (e *laterError) Error() string        { return "put off until " + e.at.Format(time.RFC3339) }
func (e *laterError) Is(target error) bool { return target == errLater }

// failed reports whether an error is more than that something is put off.
func failed(err error) bool { return err != nil && (codeOf(err) != 0 || !errors.Is(err, errLater)) }

// calmFor is how long a header stays as it is after it was changed: of several changes in a row only the outcome is shown.
const calmFor = 2 * time.Second

// calm remembers when each header was changed. The zero calm is ready.
type calm struct {
	mu   sync.Mutex
	last map[ticket.ID]time.Time
}

// until is before when the header of a ticket must not be changed again; zero is now.
func (c *calm) until(id ticket.ID, now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, t := range c.last {
		if now.Sub(t) >= calmFor {
			delete(c.last, k)
		}
	}
	if t, ok := c.last[id]; ok {
		return t.Add(calmFor)
	}
	return time.Time{}
}

func (c *calm) changed(id ticket.ID, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[ticket.ID]time.Time{}
	}
	c.last[id] = now
}

// header shows how the ticket stands, above its conversation.
func (d *Discord) header(ctx context.Context, t *ticket.Ticket, p *place) error {
	body, err := d.headerBody(ctx, t, p)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	shows := hashOf(raw)
	if p.Header != "" && shows == p.Shown {
		return nil
	}
	at := "/channels/" + p.Channel + "/messages"
	if p.Header != "" {
		if until := d.calm.until(t.ID, d.cfg.Now()); !until.IsZero() {
			return &laterError{until}
		}
		d.calm.changed(t.ID, d.cfg.Now())
		err := d.rest.call(ctx, request{method: "PATCH", path: at + "/" + p.Header, route: at + "/", body: body}, nil)
		if codeOf(err) == codeUnknownMessage {
			p.Header = ""
		} else if err != nil {
			return d.gone(ctx, t.ID, p, err)
		}
	}
	if p.Header == "" {
		var m dMessage
		body["content"] = mentionUser(p.Opener)
		body["allowed_mentions"] = only(p.Opener)
		body["nonce"], body["enforce_nonce"] = nonce(string(t.ID), p.Made), true
		if err := d.rest.call(ctx, request{method: "POST", path: at, body: body}, &m); err != nil {
			return d.gone(ctx, t.ID, p, err)
		}
		p.Header = m.ID
	}
	p.Shown = shows
	return d.setPlace(ctx, t.ID, *p)
}

func hashOf(raw []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(raw)
	return fmt.Sprintf("%x", h.Sum64())
}

const maxOpening = 1500

// langOf is the language of what everybody in a ticket's channel reads.
func (d *Discord) langOf(t *ticket.Ticket) string {
	if t.Locale != "" {
		return t.Locale
	}
	return d.cfg.Locale
}

func (d *Discord) statusText(t *ticket.Ticket, lang string) string {
	status := string(t.Status)
	if d.texts.Has("status." + status) {
		status = d.texts.T(lang, "status."+status)
	}
	return status
}

func (d *Discord) headerBody(ctx context.Context, t *ticket.Ticket, p *place) (obj, error) {
	lang := d.langOf(t)
	first, err := d.svc.Messages(ctx, d.actor(), ticket.MessageQuery{Ticket: t.ID, Kinds: []ticket.MessageKind{ticket.Public}, Limit: 1})
	if err != nil {
		return nil, err
	}
	text := ""
	if len(first) > 0 && first[0].Author.Type == ticket.ActorContact {
		if text = first[0].Text; len([]rune(text)) > maxOpening {
			text = string([]rune(text)[:maxOpening]) + "…"
		}
	}
	clock, err := d.slaText(ctx, t.ID, lang)
	if err != nil {
		return nil, err
	}
	assignee := "–"
	claim := button(1, actClaim, string(t.ID), d.texts.T(lang, "discord.claim"))
	if t.Assignee != nil {
		assignee = plain(t.Assignee.Name)
		claim = button(2, actUnclaim, string(t.ID), d.texts.T(lang, "discord.unclaim"))
	}
	field := func(key, value string) obj {
		if r := []rune(value); len(r) > 1000 {
			value = string(r[:1000]) + "…"
		}
		return obj{"name": d.texts.T(lang, key), "value": value, "inline": true}
	}
	fields := []obj{field("field.status", d.statusText(t, lang)), field("field.priority", d.texts.T(lang, "priority."+string(t.Priority))), field("field.assignee", assignee)}
	if k := d.kind(p.Kind); k != nil {
		fields = append(fields, field("discord.field_kind", plain(k.Label.in(lang))))
	}
	fields = append(fields, field("field.queue", plain(t.Queue.Name)))
	if clock != "" {
		fields = append(fields, field("discord.field_sla", clock))
	}
	title := []rune(fmt.Sprintf("#%d %s", t.Number, plain(t.Subject)))
	embed := obj{"title": string(title[:min(len(title), 256)]), "fields": fields, "color": colours[t.Priority]}
	if text != "" {
		embed["description"] = text
	}
	if p.Made > 1 {
		embed["footer"] = obj{"text": d.texts.T(lang, "discord.again")}
	}
	levels := []obj{}
	for _, l := range ticket.Priorities() {
		levels = append(levels, obj{"label": d.texts.T(lang, "priority."+string(l)), "value": string(l), "default": l == t.Priority})
	}
	return obj{"embeds": []obj{embed}, "allowed_mentions": nobody(), "components": []obj{
		row(claim, button(2, actEscalate, string(t.ID), d.texts.T(lang, "discord.escalate")), button(2, actAsk, string(t.ID), d.texts.T(lang, "discord.ask")),
			button(4, actClose, string(t.ID), d.texts.T(lang, "discord.close"))),
		row(obj{"type": 3, "custom_id": customID(actPriority, string(t.ID)), "placeholder": d.texts.T(lang, "field.priority"), "options": levels})}}, nil
}

// colours are those of the edge of a header.
var colours = map[ticket.Priority]int{ticket.Low: 0x64748b, ticket.Normal: 0x2563eb, ticket.High: 0xd97706, ticket.Urgent: 0xdc2626}
