package discord

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Mode says where tickets live.
type Mode string

// The modes.
const (
	Channels Mode = "channel" // each in a private channel
	Threads  Mode = "thread"  // each in a private thread of the panel's channel; notes are seen at the desk only
)

// makeThread makes the private thread of a ticket. An answer that was lost does not make a second one: its name has the ticket's number.
func (d *Discord) makeThread(ctx context.Context, t *ticket.Ticket, p *place) error {
	name, parent := firstName(t.Number), d.panelOfKind(p.Kind).channel
	id, err := d.threadThere(ctx, p.Trying, parent, name)
	if err != nil {
		return err
	}
	if id == "" {
		p.Trying = true
		if err := d.setPlace(ctx, t.ID, *p); err != nil {
			return err
		}
		var c dChannel
		if err := d.rest.call(ctx, request{method: "POST", path: "/channels/" + parent + "/threads", once: true,
			body: obj{"name": name, "type": privateThread, "invitable": false, "auto_archive_duration": archiveAfter}}, &c); err != nil {
			return err
		}
		id = c.ID
	}
	if err := d.cfg.State.Set(ctx, d.key("channel", id), string(t.ID)); err != nil {
		return err
	}
	// The header mentions the opener, who comes in by that too; this is for who cannot be mentioned.
	err = d.rest.call(ctx, request{method: "PUT", path: "/channels/" + id + "/thread-members/" + p.Opener, route: "/channels/" + id + "/thread-members"}, nil)
	if err != nil && !settled(err) {
		return err
	}
	p.Channel, p.Header, p.Shown, p.Trying, p.Logged, p.Told, p.Thread, p.Parent, p.Archived = id, "", "", false, false, false, true, parent, false
	p.Made++
	if err := d.setPlace(ctx, t.ID, *p); err != nil {
		return err
	}
	if len(d.rolesOf(p)) == 0 {
		return nil
	}
	roles := "<@&" + strings.Join(d.rolesOf(p), "> <@&") + ">"
	err = d.rest.call(ctx, request{method: "POST", path: "/channels/" + id + "/messages", body: obj{"content": roles, "flags": silent,
		"allowed_mentions": obj{"parse": []string{}, "roles": d.rolesOf(p)}, "nonce": nonce("support:"+string(t.ID), p.Made), "enforce_nonce": true}}, nil)
	if settled(err) {
		return nil
	}
	return err
}

// panelOfKind is the panel by which a kind of ticket is opened; for a kind that is gone that of the configuration.
func (d *Discord) panelOfKind(kind string) *panel {
	all := d.shownPanels()
	n := slices.IndexFunc(all, func(p panel) bool { return slices.ContainsFunc(p.kinds, func(k Kind) bool { return k.ID == kind }) })
	return &all[max(n, 0)]
}

// modeOf is where a new ticket of a kind lives.
func (d *Discord) modeOf(kind string) Mode { return d.modeAt(d.panelOfKind(kind)) }

func (d *Discord) modeAt(p *panel) Mode { return cmp.Or(p.mode, d.cfg.Mode, Channels) }

// anyMode reports whether tickets of some panel live in a place of that mode.
func (d *Discord) anyMode(m Mode) bool {
	return slices.ContainsFunc(d.shownPanels(), func(p panel) bool { return d.modeAt(&p) == m })
}

// followThread lets those in who were added to a ticket, and out who were removed.
func (d *Discord) followThread(ctx context.Context, id ticket.ID, p *place) error {
	at := "/channels/" + p.Channel + "/thread-members"
	for _, c := range []struct {
		method     string
		who, minus []string
	}{{"PUT", p.Members, p.Mates}, {"DELETE", p.Mates, p.Members}} {
		for _, user := range c.who {
			if slices.Contains(c.minus, user) {
				continue
			}
			if err := d.rest.call(ctx, request{method: c.method, path: at + "/" + user, route: at}, nil); err != nil && !settled(err) {
				return err
			}
		}
	}
	if slices.Equal(p.Members, p.Mates) {
		return nil
	}
	p.Mates = slices.Clone(p.Members)
	return d.setPlace(ctx, id, *p)
}

// archive closes the thread of a ticket that has ended, or opens it again.
func (d *Discord) archive(ctx context.Context, id ticket.ID, p *place, end bool) error {
	err := d.rest.call(ctx, request{method: "PATCH", path: "/channels/" + p.Channel, body: obj{"archived": end, "locked": end}}, nil)
	if err != nil {
		return d.gone(ctx, id, p, err)
	}
	p.Archived = end
	if !end {
		p.Logged, p.Told = false, false
	}
	return d.setPlace(ctx, id, *p)
}
