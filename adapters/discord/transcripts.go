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
	src, err := transcript.FromService(ctx, d.svc, d.actor(), t.ID, ticket.Public)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := transcript.Render(ctx, &buf, transcript.HTML, src, transcript.Options{Brand: transcript.Brand{Name: d.cfg.Brand}, Now: d.cfg.Now()}); err != nil {
		return err
	}
	file := upload{name: fmt.Sprintf("ticket-%d.html", t.Number), contentType: strings.Split(transcript.HTML.ContentType(), ";")[0], data: buf.Bytes()}
	body := obj{"content": text, "allowed_mentions": nobody(), "nonce": nonce(string(t.ID), 100+int(t.Version%1000)), "enforce_nonce": true,
		"attachments": []obj{{"id": "0", "filename": file.name}}}
	return d.rest.call(ctx, request{method: "POST", path: "/channels/" + channel + "/messages", body: body, files: []upload{file}}, nil)
}
