package discord

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// tellOpener sends the conversation to the person who opened the ticket.
func (d *Discord) tellOpener(ctx context.Context, t *ticket.Ticket, user string) error {
	lang := d.langOf(t)
	var dm dChannel
	if err := d.rest.call(ctx, request{method: "POST", path: "/users/@me/channels", body: obj{"recipient_id": user}}, &dm); err != nil {
		return err
	}
	return d.postTranscript(ctx, t, dm.ID, lang, d.texts.T(lang, "discord.your_transcript", t.Number)+"\n"+d.texts.T(lang, "discord.rate"), d.stars(t.ID))
}

// postTranscript puts the requester's version of the conversation into a channel, in the language of who reads it there; "" is nowhere.
func (d *Discord) postTranscript(ctx context.Context, t *ticket.Ticket, channel, lang, text string, rows ...obj) error {
	if channel == "" {
		return nil
	}
	file, err := d.conversation(ctx, t.ID, d.actor(), lang, ticket.Public)
	if err != nil {
		return err
	}
	body := obj{"content": text, "allowed_mentions": nobody(), "nonce": nonce(string(t.ID), 100+int(t.Version%1000)), "enforce_nonce": true, "attachments": filesOf([]upload{file}),
		"components": append([]obj{row(button(2, actReopen, string(t.ID), d.texts.T(lang, "discord.reopen")))}, rows...)}
	return d.rest.call(ctx, request{method: "POST", path: "/channels/" + channel + "/messages", body: body, files: []upload{file}}, nil)
}

// conversation is a ticket as a page, with what the actor may read of these kinds, in a language and in the desk's zone.
func (d *Discord) conversation(ctx context.Context, id ticket.ID, a ticket.Actor, lang string, kinds ...ticket.MessageKind) (upload, error) {
	src, err := transcript.FromService(ctx, d.svc, a, id, kinds...)
	if err != nil {
		return upload{}, err
	}
	own, err := d.svc.Branding(ctx, d.actor())
	if err != nil {
		return upload{}, err
	}
	var buf bytes.Buffer
	err = transcript.Render(ctx, &buf, transcript.HTML, src, transcript.Options{Lang: lang, Zone: d.cfg.Zone, Brand: transcript.Brand{Name: d.cfg.Brand}.With(own), Now: d.cfg.Now()})
	return upload{name: fmt.Sprintf("ticket-%d.html", src.Ticket.Number), contentType: strings.Split(transcript.HTML.ContentType(), ";")[0], data: buf.Bytes()}, err
}

// stars are the buttons by which the opener says how content they are.
func (d *Discord) stars(id ticket.ID) obj {
	var buttons []obj
	for n := range ticket.MaxRating {
		buttons = append(buttons, button(2, actRate+strconv.Itoa(n+1), string(id), strconv.Itoa(n+1)+" ★"))
	}
	return row(buttons...)
}

// rate is what somebody thinks of how their ticket was handled.
func rate(n int) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		if c.agent {
			return c.refuse("only_opener")
		}
		if _, err := c.svc.Rate(c.ctx, c.actor, c.t.ID, n); err != nil {
			if ticket.KindOf(err) == ticket.Conflict {
				return c.refuse("rate_later")
			}
			return reply{}, err
		}
		return c.say("rated")
	}
}
