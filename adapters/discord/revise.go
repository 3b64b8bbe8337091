package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// What somebody changes or takes back at the desk is changed or taken back in Discord, by a job that the event of it leaves. The job looks at what
// the message is by then, so it may run late, and again.

var _ adapters.Reviser = (*Discord)(nil)

// Revises implements adapters.Reviser.
func (d *Discord) Revises() bool { return d.svc != nil }

func (d *Discord) reviseKind() string { return d.cfg.Name + ".revise" }

// revised leaves the job for a message that stands in Discord.
func (d *Discord) revised(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
	var facts struct {
		MessageID ticket.MessageID `json:"message_id"`
	}
	if err := json.Unmarshal(e.Data, &facts); err != nil {
		return err
	}
	scope, err := d.svc.Scope(ctx, d.actor(), ticket.OpTicketRead)
	if err != nil {
		return err
	}
	m, err := tx.Message(ctx, scope, facts.MessageID)
	if err != nil || m.Channel != d.cfg.Name || m.ExternalID == "" {
		return err
	}
	return tx.Enqueue(ctx, ticket.Job{Kind: d.reviseKind(), Key: d.reviseKind() + ":" + string(e.ID), RunAt: e.At, Payload: notePayload{e.TicketID, facts.MessageID}})
}

// keepParts remembers the messages of Discord that one of the desk has become, when it is more than one.
func (d *Discord) keepParts(ctx context.Context, id ticket.MessageID, parts []string) error {
	if len(parts) < 2 {
		return nil
	}
	return d.setParts(ctx, id, parts)
}

func (d *Discord) setParts(ctx context.Context, id ticket.MessageID, parts []string) error {
	b, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	return d.cfg.State.Set(ctx, d.key("parts", string(id)), string(b))
}

// revise is the handler of the jobs that revised leaves.
func (d *Discord) revise(ctx context.Context, job jobs.Job) error {
	var n notePayload
	if err := json.Unmarshal(job.Payload, &n); err != nil {
		return jobs.Permanent(fmt.Errorf("discord: payload: %w", err))
	}
	ctx, release, err := d.holdMessage(ctx, n.MessageID) // of two changes the later one has to know what the earlier one has posted
	if err != nil {
		return err
	}
	defer release()
	out, err := d.svc.Outgoing(ctx, d.actor(), n.MessageID)
	if ticket.KindOf(err) == ticket.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	m := &out.Message
	channel, first, ok := strings.Cut(m.ExternalID, "/")
	if !ok || !snowflake.MatchString(channel) || !snowflake.MatchString(first) {
		return nil
	}
	raw, err := d.cfg.State.Get(ctx, d.key("parts", string(m.ID)))
	if err != nil {
		return err
	}
	parts, _ := loose[[]string](json.RawMessage(raw))
	if len(parts) == 0 {
		parts = []string{first}
	}
	if m.Kind != ticket.Public {
		for _, id := range parts {
			err = cmp.Or(err, d.unsay(ctx, channel, id))
		}
	} else {
		err = d.sayAnew(ctx, out, channel, parts)
	}
	switch {
	case codeOf(err) == codeUnknownChannel, codeOf(err) == codeUnknownMessage:
		return nil // nobody reads it any more
	case settled(err):
		text := d.texts.T(d.cfg.Locale, "discord.not_revised", m.Author.Name, err.Error())
		return d.noteOnce(ctx, m.TicketID, "revise:"+string(m.ID)+hashOf([]byte(string(m.Kind)+m.Text)), text)
	}
	return outcome(err)
}

// unsay deletes a message of Discord.
func (d *Discord) unsay(ctx context.Context, channel, id string) error {
	at := "/channels/" + channel + "/messages"
	err := d.rest.call(ctx, request{method: "DELETE", path: at + "/" + id, route: at + "/"}, nil)
	if codeOf(err) == codeUnknownMessage {
		return nil
	}
	return err
}

// sayAnew makes the messages of Discord say what the desk's says now. Files stay where they are.
func (d *Discord) sayAnew(ctx context.Context, out *ticket.Outgoing, channel string, parts []string) error {
	m := adapters.Outbound{Key: "revise:" + string(out.Message.ID) + hashOf([]byte(out.Message.Text)), Ticket: out.Ticket, Message: out.Message}
	v := d.voice(ctx, &m, channel)
	texts := split(out.Message.Text)
	if v == nil {
		texts = split(bold(&out.Message) + out.Message.Text)
	}
	var kept []string
	for n, text := range texts {
		if n < len(parts) {
			if err := d.rewrite(ctx, v, &m, n, channel, parts[n], text); err != nil {
				return err
			}
			kept = append(kept, parts[n])
			continue
		}
		id, err := d.say(ctx, v, &m, n, channel, obj{"content": text, "nonce": nonce(m.Key, n), "enforce_nonce": true, "allowed_mentions": nobody()}, nil)
		if err != nil {
			return err
		}
		kept = append(kept, id)
		if err := d.setParts(ctx, out.Message.ID, kept); err != nil { // a run that dies here must not leave one that nobody can take back
			return err
		}
	}
	for _, id := range parts[min(len(texts), len(parts)):] {
		files, err := d.emptied(ctx, v, &m, channel, id)
		if err != nil {
			return err
		}
		if files {
			kept = append(kept, id)
		}
	}
	if len(kept) == 1 && len(parts) == 1 {
		return nil
	}
	return d.setParts(ctx, out.Message.ID, kept)
}

// emptied takes a message away that has nothing to say any more, and reports whether it stays for its files.
func (d *Discord) emptied(ctx context.Context, v *voice, m *adapters.Outbound, channel, id string) (files bool, err error) {
	at := "/channels/" + channel + "/messages"
	var is dMessage
	err = d.rest.call(ctx, request{method: "GET", path: at + "/" + id, route: at + "/"}, &is)
	switch {
	case codeOf(err) == codeUnknownMessage:
		return false, nil
	case err != nil:
		return false, err
	case len(is.Attachments) == 0:
		return false, d.unsay(ctx, channel, id)
	}
	return true, d.rewrite(ctx, v, m, 1, channel, id, "")
}

// rewrite edits a message of Discord: as the webhook that may have posted it, or as the bot.
func (d *Discord) rewrite(ctx context.Context, v *voice, m *adapters.Outbound, part int, channel, id, text string) error {
	body := obj{"content": text, "allowed_mentions": nobody()}
	if v != nil {
		query := ""
		if v.thread != "" {
			query = "?thread_id=" + v.thread
		}
		err := d.rest.call(ctx, request{method: "PATCH", path: "/webhooks/" + v.id + "/" + v.token + "/messages/" + id + query, route: "/webhooks/" + v.id + "/messages", body: body}, nil)
		switch codeOf(err) {
		case codeUnknownMessage: // the bot has posted it, or somebody else
		case codeUnknownWebhook, codeWebhookToken:
			d.voices.forget(v.channel)
			return errors.Join(errVoiceless, err)
		default:
			return err
		}
		if part == 0 {
			body["content"] = clip(bold(&m.Message) + text)
		}
	}
	at := "/channels/" + channel + "/messages"
	return d.rest.call(ctx, request{method: "PATCH", path: at + "/" + id, route: at + "/", body: body}, nil)
}

// bold is the line above a message that the bot posts for somebody.
func bold(m *ticket.Message) string {
	if m.Author.Name == "" {
		return ""
	}
	return "**" + plain(m.Author.Name) + "**\n"
}
