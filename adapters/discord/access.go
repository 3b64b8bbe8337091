package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ticketkit/ticketkit/ticket"
)

// follow makes the channel of a ticket what the ticket has become: its category and roles with the queue, who is let in and may write, its
// name. Each step is remembered in p, so that nothing is done twice.
func (d *Discord) follow(ctx context.Context, t *ticket.Ticket, p *place) error {
	p.Level = max(p.Level, t.Escalation)
	if p.Thread {
		return d.followThread(ctx, t.ID, p)
	}
	if err := d.followQueue(ctx, t, p); err != nil {
		return err
	}
	if err := d.followAccess(ctx, t, p); err != nil {
		return err
	}
	return d.followName(ctx, t, p)
}

func (d *Discord) followQueue(ctx context.Context, t *ticket.Ticket, p *place) error {
	was := p.Queue
	if was == t.Queue.ID {
		return nil
	}
	if k := d.kindOfQueue(t.Queue); was != "" && k != nil {
		p.Kind = k.ID
		if err := d.patch(ctx, t.ID, p, d.categoriesOf(p)); err != nil {
			return err
		}
	}
	p.Queue = t.Queue.ID
	return d.setPlace(ctx, t.ID, *p)
}

// patch moves the channel to the first category with room; without any it stays.
func (d *Discord) patch(ctx context.Context, id ticket.ID, p *place, categories []string) error {
	for _, parent := range categories {
		err := d.rest.call(ctx, request{method: "PATCH", path: "/channels/" + p.Channel, body: obj{"parent_id": parent}}, nil)
		if code := codeOf(err); code != codeForm && code != codeUnknownChannel {
			return err
		}
	}
	return nil
}

// kindOfQueue is the first kind whose tickets go to a queue.
func (d *Discord) kindOfQueue(q ticket.QueueRef) *Kind {
	for _, k := range d.kinds() {
		if k.Queue != "" && (k.Queue == q.ID || strings.EqualFold(string(k.Queue), q.Name)) {
			return &k
		}
	}
	return nil
}

// categoriesOf are the categories for the channels of a kind.
func (d *Discord) categoriesOf(p *place) []string {
	if k := d.kind(p.Kind); k != nil && len(k.CategoryIDs) > 0 {
		return k.CategoryIDs
	}
	return d.cfg.CategoryIDs
}

func (d *Discord) followAccess(ctx context.Context, t *ticket.Ticket, p *place) error {
	if k := d.kind(p.Kind); k != nil {
		p.Roles = k.SupportRoleIDs
	}
	ows, err := d.overwrites(ctx, t, p)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(ows)
	if err != nil {
		return err
	}
	now := hashOf(raw)
	if now == p.Access {
		return nil
	}
	err = d.rest.call(ctx, request{method: "PATCH", path: "/channels/" + p.Channel, body: obj{"permission_overwrites": ows}}, nil)
	if err != nil {
		return err
	}
	p.Access = now
	return d.setPlace(ctx, t.ID, *p)
}

const permSend = 1 << 11

// overwrites let the opener, those who were added, the roles that work on the ticket and the bot in, and nobody else. A claimed ticket may be
// closed to the writing of all of the roles but the one who has it.
func (d *Discord) overwrites(ctx context.Context, t *ticket.Ticket, p *place) ([]obj, error) {
	bot, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	out := []obj{{"id": d.cfg.GuildID, "type": roleType, "deny": bitField(permView)}}
	locked := d.cfg.ClaimLock && t.Assignee != nil
	for _, id := range d.rolesOf(p) {
		if slices.ContainsFunc(out, func(o obj) bool { return o["id"] == id }) {
			continue
		}
		o := obj{"id": id, "type": roleType, "allow": bitField(permMember)}
		if locked {
			o["allow"], o["deny"] = bitField(permMember&^permSend), bitField(permSend)
		}
		out = append(out, o)
	}
	people := append([]string{bot, p.Opener}, p.Members...)
	if locked {
		to, err := d.assigneeIn(ctx, t)
		if err != nil {
			return nil, err
		}
		people = append(people, to)
	}
	for n, id := range people {
		if id != "" && slices.Index(people, id) == n {
			out = append(out, obj{"id": id, "type": memberType, "allow": bitField(permMember)})
		}
	}
	return out, nil
}

// self is the bot's user.
func (d *Discord) self(ctx context.Context) (string, error) {
	if bot := d.bot.Load(); bot != nil {
		return *bot, nil
	}
	var me dUser
	err := d.rest.call(ctx, request{method: "GET", path: "/users/@me"}, &me)
	return me.ID, err
}

// assigneeIn is the user in Discord who has a ticket; "" without one.
func (d *Discord) assigneeIn(ctx context.Context, t *ticket.Ticket) (string, error) {
	if t.Assignee == nil || d.accounts == nil {
		return "", nil
	}
	return d.userOf(ctx, t.Assignee.ID)
}

// The limit of names, which no header shows: two in ten minutes.
const (
	renames     = 2
	renamesEach = 10 * time.Minute
)

// followName names the channel after a subject that was changed. Of more names than Discord takes only the last is given.
func (d *Discord) followName(ctx context.Context, t *ticket.Ticket, p *place) error {
	if p.Subject == "" { // it was made before names followed
		p.Subject, p.Named = t.Subject, firstName(t.Number)
		return d.setPlace(ctx, t.ID, *p)
	}
	want := channelName(t.Number, t.Subject)
	if p.Subject == t.Subject || p.Named == want {
		return nil
	}
	now := d.cfg.Now()
	p.Renamed = slices.DeleteFunc(p.Renamed, func(at time.Time) bool { return now.Sub(at) >= renamesEach })
	if len(p.Renamed) >= renames {
		return &laterError{p.Renamed[0].Add(renamesEach)}
	}
	err := d.rest.call(ctx, request{method: "PATCH", path: "/channels/" + p.Channel, body: obj{"name": want}, patience: -1}, nil)
	if wait := afterOf(err); wait > 0 { // somebody else has renamed it too
		return &laterError{now.Add(wait)}
	}
	if err != nil {
		return err
	}
	p.Named, p.Subject, p.Renamed = want, t.Subject, append(p.Renamed, now)
	return d.setPlace(ctx, t.ID, *p)
}

func firstName(number int64) string { return fmt.Sprintf("ticket-%04d", number) }

// channelName is a subject in the form of the name of a channel, behind the number.
func channelName(number int64, subject string) string {
	var b strings.Builder
	dash := true
	for _, r := range strings.ToLower(subject) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
	}
	name := []rune(fmt.Sprintf("%04d-%s", number, b.String()))
	return strings.TrimRight(string(name[:min(len(name), 90)]), "-")
}
