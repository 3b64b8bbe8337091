package discord

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// tellOpener sends the conversation to the person who opened the ticket.
func (d *Discord) tellOpener(ctx context.Context, t *ticket.Ticket, user string) error {
	lang := t.Locale
	if lang == "" {
		lang = d.cfg.Locale
	}
	var dm dChannel
	if err := d.rest.call(ctx, request{method: "POST", path: "/users/@me/channels", body: obj{"recipient_id": user}}, &dm); err != nil {
		return err
	}
	return d.postTranscript(ctx, t, dm.ID, d.texts.T(lang, "discord.your_transcript", t.Number))
}

// postTranscript puts the requester's version of the conversation into a channel; "" is nowhere.
func (d *Discord) postTranscript(ctx context.Context, t *ticket.Ticket, channel, text string) error {
	if channel == "" {
		return nil
	}
	file, err := d.conversation(ctx, t.ID, d.actor(), ticket.Public)
	if err != nil {
		return err
	}
	body := obj{"content": text, "allowed_mentions": nobody(), "nonce": nonce(string(t.ID), 100+int(t.Version%1000)), "enforce_nonce": true, "attachments": filesOf([]upload{file}),
		"components": []obj{row(button(2, actReopen, string(t.ID), d.texts.T(d.langOf(t), "discord.reopen")))}}
	return d.rest.call(ctx, request{method: "POST", path: "/channels/" + channel + "/messages", body: body, files: []upload{file}}, nil)
}

// conversation is a ticket as a page, with what the actor may read of these kinds.
func (d *Discord) conversation(ctx context.Context, id ticket.ID, a ticket.Actor, kinds ...ticket.MessageKind) (upload, error) {
	src, err := transcript.FromService(ctx, d.svc, a, id, kinds...)
	if err != nil {
		return upload{}, err
	}
	var buf bytes.Buffer
	err = transcript.Render(ctx, &buf, transcript.HTML, src, transcript.Options{Brand: transcript.Brand{Name: d.cfg.Brand}, Now: d.cfg.Now()})
	return upload{name: fmt.Sprintf("ticket-%d.html", src.Ticket.Number), contentType: strings.Split(transcript.HTML.ContentType(), ";")[0], data: buf.Bytes()}, err
}
