package discord

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	maxContent   = 2000
	maxFiles     = 10
	maxFileBytes = 10 << 20 // of a server without boosts
	notYet       = 5 * time.Second
)

// nobody lets no mention notify anybody, whatever a text says.
func nobody() map[string]any { return map[string]any{"parse": []string{}} }

type obj = map[string]any

// Send implements adapters.Sender: the message appears in the ticket's channel under the agent's name. When the channel is gone it goes to the
// opener directly.
func (d *Discord) Send(ctx context.Context, m adapters.Outbound) (string, error) {
	channel, err := d.destination(ctx, &m)
	if err != nil {
		return "", err
	}
	files, err := readFiles(ctx, m.Attachments)
	if err != nil {
		return "", err
	}
	text := m.Message.Text
	v := d.voice(ctx, &m, channel)
	if v == nil {
		text = bold(&m.Message) + text
	}
	calls := nobody()
	if m.Message.Machine && m.Message.Author.Type == ticket.ActorSystem && len(m.To) > 0 && m.To[0].Identity.Kind == d.cfg.Name { // the desk waits for this person
		text, calls = mentionUser(m.To[0].Identity.Value)+"\n"+text, only(m.To[0].Identity.Value)
	}
	var said []string
	parts := split(text)
	for n := 0; n == 0 || n < len(parts) || len(files) > 0; n++ {
		body := obj{"nonce": nonce(m.Key, n), "enforce_nonce": true, "allowed_mentions": calls}
		if n < len(parts) {
			body["content"] = parts[n]
		}
		var now []upload
		if n >= len(parts)-1 {
			now, files = cut(files)
		}
		if len(now) > 0 {
			names := []obj{}
			for k, f := range now {
				names = append(names, obj{"id": fmt.Sprint(k), "filename": f.name})
			}
			body["attachments"] = names
		}
		id, err := d.say(ctx, v, &m, n, channel, body, now)
		if err != nil {
			return "", d.sendError(err, channel)
		}
		said = append(said, id)
	}
	if err := d.keepParts(ctx, m.Message.ID, said); err != nil {
		return "", err
	}
	return externalID(channel, said[0]), nil
}

// say posts one part, by the voice of an agent or else by the bot.
func (d *Discord) say(ctx context.Context, v *voice, m *adapters.Outbound, part int, channel string, body obj, files []upload) (string, error) {
	if v != nil {
		id, err := d.speak(ctx, v, m, part, body, files)
		if !errors.Is(err, errVoiceless) {
			return id, err
		}
		if again := d.voice(ctx, m, channel); again != nil { // somebody has deleted the webhook
			*v = *again
			return d.speak(ctx, v, m, part, body, files)
		}
		content, _ := body["content"].(string)
		if named := bold(&m.Message) + content; utf8.RuneCountInString(named) <= maxContent {
			body["content"] = named
		}
	}
	var sent dMessage
	err := d.rest.call(ctx, request{method: "POST", path: "/channels/" + channel + "/messages", body: body, files: files}, &sent)
	return sent.ID, err
}

// destination is the channel that a message goes to.
func (d *Discord) destination(ctx context.Context, m *adapters.Outbound) (string, error) {
	p, known, err := d.place(ctx, m.Ticket.ID)
	if err != nil {
		return "", err
	}
	if p.Channel != "" && !p.Archived {
		return p.Channel, nil
	}
	if !known && m.InReplyTo != "" {
		if channel, _, ok := strings.Cut(m.InReplyTo, "/"); ok && snowflake.MatchString(channel) {
			return channel, nil
		}
	}
	if m.Ticket.Category.Active() && p.Made == 0 && d.svc != nil && m.Ticket.Channel == d.cfg.Name {
		return "", adapters.RetryAfter(errors.New("the channel of the ticket is not there yet"), notYet)
	}
	for _, r := range m.To {
		if r.Identity.Kind == d.cfg.Name {
			return d.direct(ctx, r.Identity.Value)
		}
	}
	return "", adapters.Permanent(errors.New("the ticket has no channel in Discord"))
}

// direct opens the direct messages of a person.
func (d *Discord) direct(ctx context.Context, user string) (string, error) {
	var dm dChannel
	if err := d.rest.call(ctx, request{method: "POST", path: "/users/@me/channels", body: obj{"recipient_id": user}}, &dm); err != nil {
		return "", d.sendError(err, "")
	}
	return dm.ID, nil
}

// mendPause is how often a message is tried again that waits for a permission.
const mendPause = 5 * time.Minute

// sendError tells the worker whether trying again helps. channel is where the message was meant for.
func (d *Discord) sendError(err error, channel string) error {
	e, ok := errors.AsType[*restError](err)
	switch {
	case codeOf(err) == codeUnknownChannel && channel != "":
		if w := d.current.Load(); w != nil { // the next try goes to the person directly
			w.channelGone(channel)
			return adapters.RetryAfter(err, notYet)
		}
	case codeOf(err) == codePermissions || codeOf(err) == codeAccess:
		return adapters.Hold(fmt.Errorf("the bot may not write there; `doctor` says what it lacks: %w", err), mendPause)
	case !ok || e.Status >= 500 || e.Status == http.StatusUnauthorized:
		return err // a new token mends the latter
	case e.Status == http.StatusTooManyRequests:
		return adapters.RetryAfter(err, e.After)
	}
	return adapters.Permanent(err)
}

// nonce is short enough for Discord and the same for each attempt of a part.
func nonce(key string, part int) string {
	if id, err := uuid.Parse(key); err == nil {
		return fmt.Sprintf("%s%x", base64.RawURLEncoding.EncodeToString(id[:]), part%4096)
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, key)
	return fmt.Sprintf("%016x%x", h.Sum64(), part%4096)
}

// split cuts a text into messages, at the ends of lines where it can.
func split(text string) []string {
	var out []string
	r := []rune(strings.TrimSpace(text))
	for len(r) > maxContent {
		end := maxContent
		for n := maxContent; n > maxContent/2; n-- {
			if r[n] == '\n' {
				end = n
				break
			}
		}
		out = append(out, string(r[:end]))
		r = []rune(strings.TrimLeft(string(r[end:]), "\n"))
	}
	if len(r) > 0 {
		out = append(out, string(r))
	}
	return out
}

// readFiles reads the files of a message before anything leaves: half a message is worse than none.
func readFiles(ctx context.Context, in []adapters.Attachment) ([]upload, error) {
	var out []upload
	for _, a := range in {
		if a.Size > maxFileBytes {
			return nil, adapters.Permanent(fmt.Errorf("the file %s is larger than Discord takes (10 MiB)", ticket.FileName(a.Name)))
		}
		b, err := readFile(ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, upload{name: ticket.FileName(a.Name), contentType: a.ContentType, data: b})
	}
	return out, nil
}

func readFile(ctx context.Context, a adapters.Attachment) ([]byte, error) {
	r, err := a.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var buf bytes.Buffer
	if _, err := io.Copy(&buf, io.LimitReader(r, maxFileBytes+1)); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// cut takes as many files as one message holds.
func cut(files []upload) (now, later []upload) {
	size := 0
	for n, f := range files {
		if size += len(f.data); n == maxFiles || n > 0 && size > maxFileBytes {
			return files[:n], files[n:]
		}
	}
	return files, nil
}

// plain takes the meaning from signs that Discord would format.
func plain(s string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "~", "\\~", "|", "\\|", ">", "\\>", "<", "\\<", "[", "\\[", "#", "\\#", "\n", " ").Replace(s)
}
