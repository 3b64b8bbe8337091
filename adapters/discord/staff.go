package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// In the channel of a ticket the team has a private thread of its own. Notes of the desk appear there, and what the team writes there is a note.

const (
	privateThread  = 12
	noThread       = "-"     // in place.Staff: the bot may not make one
	silent         = 1 << 12 // flag of a message that notifies nobody
	archiveAfter   = 10080   // minutes, the longest there is
	soon           = 3 * time.Second
	noteAttempts   = 20
	maxThreadMates = 50
)

// onceKey marks the context of a note about something in Discord that is noted once.
type onceKey struct{}

type once struct {
	key  string // of the receipt
	here bool   // the note stands in the staff thread already
}

// noted keeps a note from being written twice, and mirrors those from elsewhere.
func (d *Discord) noted(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
	var facts struct {
		MessageID ticket.MessageID `json:"message_id"`
	}
	if err := json.Unmarshal(e.Data, &facts); err != nil {
		return err
	}
	o, _ := ctx.Value(onceKey{}).(once)
	if o.key != "" {
		if _, err := tx.Received(ctx, d.cfg.Name, o.key); err == nil {
			return &ticket.Error{Kind: ticket.Conflict, Msg: "this is noted already", Err: errRepeat}
		} else if ticket.KindOf(err) != ticket.NotFound {
			return err
		}
		if err := tx.MarkReceived(ctx, ticket.Receipt{Channel: d.cfg.Name, Key: o.key, TicketID: e.TicketID, MessageID: facts.MessageID, At: e.At}); err != nil {
			return err
		}
	}
	if o.here || d.cfg.NoStaffThread {
		return nil
	}
	scope, err := d.svc.Scope(ctx, d.actor(), ticket.OpTicketRead)
	if err != nil {
		return err
	}
	if t, err := tx.Ticket(ctx, scope, e.TicketID); err != nil || t.Channel != d.cfg.Name {
		return err
	}
	return tx.Enqueue(ctx, ticket.Job{Kind: d.noteKind(), Key: d.noteKind() + ":" + string(facts.MessageID), RunAt: e.At, Payload: notePayload{e.TicketID, facts.MessageID}})
}

type notePayload struct {
	TicketID  ticket.ID        `json:"ticket_id"`
	MessageID ticket.MessageID `json:"message_id"`
}

func (d *Discord) noteKind() string { return d.cfg.Name + ".note" }

// mirror is the handler of the jobs that noted leaves: it shows a note of the desk in the staff thread.
func (d *Discord) mirror(ctx context.Context, job jobs.Job) error {
	var n notePayload
	if err := json.Unmarshal(job.Payload, &n); err != nil {
		return jobs.Permanent(fmt.Errorf("discord: payload: %w", err))
	}
	p, _, err := d.place(ctx, n.TicketID)
	switch {
	case err != nil:
		return err
	case p.Thread || p.Staff == noThread || p.Channel == "" && p.Made > 0:
		return nil // notes are seen at the desk
	case p.Staff == "":
		if job.Attempt > noteAttempts {
			return nil
		}
		return jobs.RetryAfter(errors.New("the staff thread is not there yet"), soon)
	}
	m, err := d.message(ctx, n.TicketID, n.MessageID)
	if err != nil || m == nil {
		return err
	}
	var files []upload
	for _, a := range m.Attachments {
		r, err := d.svc.OpenBlob(ctx, d.actor(), a.SHA256)
		if ticket.KindOf(err) == ticket.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
		_ = r.Close()
		if err != nil {
			return err
		}
		if len(b) <= maxFileBytes {
			files = append(files, upload{name: ticket.FileName(a.Name), contentType: a.ContentType, data: b})
		}
	}
	text := m.Text
	if who := m.Author.Name; who != "" && m.Author.Type == ticket.ActorAccount {
		text = "**" + plain(who) + "**\n" + text
	}
	parts := split(text)
	for k := 0; k < len(parts) || len(files) > 0; k++ {
		body := obj{"nonce": nonce(string(n.MessageID), k), "enforce_nonce": true, "allowed_mentions": nobody()}
		if k < len(parts) {
			body["content"] = parts[k]
		}
		var now []upload
		if k >= len(parts)-1 {
			now, files = cut(files)
		}
		if len(now) > 0 {
			names := []obj{}
			for i, f := range now {
				names = append(names, obj{"id": fmt.Sprint(i), "filename": f.name})
			}
			body["attachments"] = names
		}
		err := d.rest.call(ctx, request{method: "POST", path: "/channels/" + p.Staff + "/messages", body: body, files: now}, nil)
		if settled(err) { // the thread is gone, or closed to the bot; the note is at the desk
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "discord: a note does not appear in the staff thread", slog.Any("error", err))
			return nil
		}
		if err != nil {
			return outcomeOf(err)
		}
	}
	return nil
}

func outcomeOf(err error) error {
	if e, ok := errors.AsType[*restError](err); ok && e.After > 0 {
		return jobs.RetryAfter(err, e.After)
	}
	return err
}

// message finds a message among the newest of a ticket, or gives nil.
func (d *Discord) message(ctx context.Context, t ticket.ID, id ticket.MessageID) (*ticket.Message, error) {
	ms, err := d.svc.Messages(ctx, d.actor(), ticket.MessageQuery{Ticket: t, Newest: true, Limit: 200})
	if ticket.KindOf(err) == ticket.NotFound && err != nil {
		return nil, nil
	}
	for n := range ms {
		if ms[n].ID == id {
			return &ms[n], nil
		}
	}
	return nil, err
}

// staffThread makes the private thread of the team, once for each channel. The caller holds the ticket.
func (d *Discord) staffThread(ctx context.Context, t *ticket.Ticket, p *place) error {
	if d.cfg.NoStaffThread || p.Thread || p.Channel == "" || p.Staff != "" || len(d.rolesOf(p)) == 0 {
		return nil
	}
	name := d.texts.T(d.cfg.Locale, "discord.staff_thread", t.Number)
	id, err := d.threadThere(ctx, p.StaffTried, p.Channel, name)
	if err != nil {
		return err
	}
	if id == "" {
		p.StaffTried = true
		if err := d.setPlace(ctx, t.ID, *p); err != nil {
			return err
		}
		var c dChannel
		err := d.rest.call(ctx, request{method: "POST", path: "/channels/" + p.Channel + "/threads", once: true,
			body: obj{"name": name, "type": privateThread, "invitable": false, "auto_archive_duration": archiveAfter}}, &c)
		if codeOf(err) == codeUnknownChannel {
			return d.gone(ctx, t.ID, p, err)
		}
		if settled(err) {
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "discord: the team has no thread of its own; notes are seen at the desk only", slog.Int64("number", t.Number), slog.Any("error", err))
			p.Staff = noThread
			return d.setPlace(ctx, t.ID, *p)
		}
		if err != nil {
			return err
		}
		id = c.ID
	}
	if err := d.cfg.State.Set(ctx, d.key("channel", id), string(t.ID)); err != nil {
		return err
	}
	p.Staff, p.StaffTried = id, false
	if err := d.setPlace(ctx, t.ID, *p); err != nil {
		return err
	}
	var roles []string
	for _, r := range d.rolesOf(p) {
		roles = append(roles, "<@&"+r+">")
	}
	// Who is mentioned in a private thread comes in.
	body := obj{"content": d.texts.T(d.cfg.Locale, "discord.staff_here") + "\n" + strings.Join(roles, " "), "flags": silent,
		"allowed_mentions": obj{"parse": []string{}, "roles": d.rolesOf(p)}, "nonce": nonce("staff:"+string(t.ID), p.Made), "enforce_nonce": true}
	if d.accounts != nil {
		body["components"] = []obj{row(button(2, actLink, "", d.texts.T(d.cfg.Locale, "discord.link_title")))}
	}
	err = d.rest.call(ctx, request{method: "POST", path: "/channels/" + id + "/messages", body: body}, nil)
	if settled(err) {
		return nil
	}
	return err
}

// threadThere finds a thread that was asked for by a run whose answer was lost.
func (d *Discord) threadThere(ctx context.Context, tried bool, parent, name string) (string, error) {
	if !tried {
		return "", nil
	}
	var active struct {
		Threads []dChannel `json:"threads"`
	}
	if err := d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + "/threads/active"}, &active); err != nil {
		return "", err
	}
	for _, c := range active.Threads {
		if c.ParentID == parent && c.Name == name {
			return c.ID, nil
		}
	}
	return "", nil
}

// staffWrites makes what somebody of the team wrote in their thread a note of the desk.
func (w *worker) staffWrites(id ticket.ID, m *dMessage) error {
	a := ticket.SystemActor(name(m.Author, m.Member))
	if w.isAgent(m.Member) {
		p, err := w.agent(w.work, m.Author, m.Member)
		if err != nil {
			return w.giveUp(id, m, err)
		}
		a = p.Actor
	}
	text, ups, not, err := w.content(m)
	if err != nil {
		return err
	}
	if q := w.quote(m); q != "" {
		text = strings.TrimSpace(q + "\n\n" + text)
	}
	ctx := context.WithValue(w.work, onceKey{}, once{key: "message:" + m.ID, here: true})
	if _, err = w.svc.Note(ctx, a, id, 0, ticket.NewMessage{Body: text, Uploads: ups}); err == nil {
		w.explain(id, m, not)
	}
	return w.giveUp(id, m, err)
}

// joinStaff lets an agent into the thread of the team who has not been mentioned into it, such as one whose role cannot be mentioned.
func (w *worker) joinStaff(id ticket.ID, user string) {
	w.q.add("t"+string(id), func() {
		ctx, release, err := w.hold(w.work, id)
		if err != nil {
			return // with the next message
		}
		defer release()
		p, _, err := w.place(ctx, id)
		if err != nil || cmp.Or(p.Staff, noThread) == noThread || slices.Contains(p.Mates, user) || len(p.Mates) >= maxThreadMates {
			return
		}
		err = w.rest.call(ctx, request{method: "PUT", path: "/channels/" + p.Staff + "/thread-members/" + user, route: "/channels/" + p.Staff + "/thread-members"}, nil)
		if err != nil && !settled(err) {
			return
		}
		p.Mates = append(p.Mates, user)
		if err := w.setPlace(ctx, id, p); err != nil {
			w.cfg.Log.Warn("discord: cannot remember who is in the staff thread", slog.Any("error", err))
		}
	})
}
