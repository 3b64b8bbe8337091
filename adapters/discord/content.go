package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// dExtras are parts of a message that Discord extends now and then. Each is read by itself, so that a new form of one loses nothing else.
type dExtras struct {
	Mentions   json.RawMessage `json:"mentions"`
	Stickers   json.RawMessage `json:"sticker_items"`
	Embeds     json.RawMessage `json:"embeds"`
	Poll       json.RawMessage `json:"poll"`
	Referenced json.RawMessage `json:"referenced_message"`
	Snapshots  json.RawMessage `json:"message_snapshots"`
}

type dMention struct {
	dUser
	Member *struct {
		Nick string `json:"nick"`
	} `json:"member"`
}

type dSticker struct {
	Name string `json:"name"`
}

type dEmbed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Fields      []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
}

type dPoll struct {
	Question struct {
		Text string `json:"text"`
	} `json:"question"`
	Answers []struct {
		Media struct {
			Text string `json:"text"`
		} `json:"poll_media"`
	} `json:"answers"`
}

type dSnapshot struct {
	Message dMessage `json:"message"`
}

// loose reads what fits of raw.
func loose[T any](raw json.RawMessage) (v T, ok bool) {
	return v, len(raw) > 0 && json.Unmarshal(raw, &v) == nil
}

// looseList reads those elements of a list that fit.
func looseList[T any](raw json.RawMessage) (out []T) {
	all, _ := loose[[]json.RawMessage](raw)
	for _, e := range all {
		if v, ok := loose[T](e); ok {
			out = append(out, v)
		}
	}
	return out
}

// missed is a file that is not kept, with the key of the text that says why.
type missed struct{ name, why string }

// content gives text and files of a message, and which of its files are not kept. Links to files expire, so their bytes are fetched. A long text, which Discord's own program
// turns into the file message.txt, is a text again.
func (w *worker) content(m *dMessage) (text string, ups []ticket.Upload, not []missed, err error) {
	text = w.text(m)
	for _, a := range m.files() {
		b, why, err := w.download(a)
		switch {
		case err != nil:
			return "", nil, nil, fmt.Errorf("file %s: %w", a.ID, err)
		case why != "":
			not = append(not, missed{a.Filename, why})
			text = strings.TrimLeft(text+"\n["+w.texts.T(w.cfg.Locale, why, a.Filename)+"]", "\n")
		case m.Content == "" && a.Filename == "message.txt" && strings.HasPrefix(a.ContentType, "text/plain"):
			text = strings.TrimLeft(string(b)+"\n"+text, "\n")
		default:
			ups = append(ups, ticket.Upload{Name: a.Filename, ContentType: a.ContentType, Body: bytes.NewReader(b)})
		}
	}
	if text == "" && len(ups) == 0 {
		text = "[" + w.texts.T(w.cfg.Locale, "discord.unreadable") + "]"
	}
	return text, ups, not, nil
}

// explain tells who wrote a message which of its files the desk does not have, and why.
func (w *worker) explain(id ticket.ID, m *dMessage, not []missed) {
	if len(not) == 0 || w.svc == nil {
		return
	}
	lang := w.cfg.Locale
	if t, err := w.svc.Get(w.work, w.actor(), id); err == nil {
		lang = w.langOf(t)
	}
	var lines []string
	for _, f := range not {
		lines = append(lines, w.texts.T(lang, f.why, plain(f.name)))
	}
	body := obj{"content": clip(strings.Join(append(lines, w.texts.T(lang, "discord.not_kept")), "\n")), "allowed_mentions": nobody(), "nonce": nonce("files:"+m.ID, 0), "enforce_nonce": true,
		"message_reference": obj{"message_id": m.ID, "fail_if_not_exists": false}}
	if err := w.rest.call(w.work, request{method: "POST", path: "/channels/" + m.ChannelID + "/messages", body: body}, nil); err != nil {
		w.cfg.Log.Warn("discord: cannot tell somebody that a file is not kept", slog.Any("error", err))
	}
}

// refusedFile reports whether files with such a name are not wanted.
func (d *Discord) refusedFile(name string) bool {
	ending := strings.TrimPrefix(path.Ext(ticket.FileName(name)), ".")
	return slices.ContainsFunc(d.cfg.RefusedFiles, func(r string) bool { return strings.EqualFold(r, ending) })
}

// files are those of the message, and of what it passes on.
func (m *dMessage) files() []dAttachment {
	out := slices.Clone(m.Attachments)
	for _, s := range looseList[dSnapshot](m.Snapshots) {
		out = append(out, s.Message.Attachments...)
	}
	return out
}

// text is what a message says, with names in place of ids. What Discord shows in another form than text is named.
func (w *worker) text(m *dMessage) string {
	var parts []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	label := func(key string, args ...any) string { return w.texts.T(w.cfg.Locale, key, args...) }
	add(w.named(m))
	for _, s := range looseList[dSticker](m.Stickers) {
		add("[" + label("discord.sticker", s.Name) + "]")
	}
	if p, ok := loose[dPoll](m.Poll); ok && p.Question.Text != "" {
		var answers []string
		for _, a := range p.Answers {
			answers = append(answers, a.Media.Text)
		}
		add("[" + label("discord.poll", p.Question.Text, strings.Join(answers, " / ")) + "]")
	}
	for _, s := range looseList[dSnapshot](m.Snapshots) {
		inner := s.Message
		inner.Mentions = cmpRaw(inner.Mentions, m.Mentions)
		add("[" + label("discord.forwarded") + "]\n" + quoted(w.text(&inner)))
	}
	for _, e := range looseList[dEmbed](m.Embeds) {
		if e.URL != "" && strings.Contains(m.Content, e.URL) {
			continue // a preview of a link that stands in the text
		}
		lines := []string{e.Title, e.Description}
		for _, f := range e.Fields {
			lines = append(lines, f.Name+": "+f.Value)
		}
		add(strings.TrimSpace(strings.Join(slices.DeleteFunc(append(lines, e.URL), func(s string) bool { return s == "" }), "\n")))
	}
	return strings.Join(parts, "\n")
}

func cmpRaw(a, b json.RawMessage) json.RawMessage {
	if len(a) > 0 {
		return a
	}
	return b
}

// quoted puts a text behind signs of quotation.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(s, "\n", "\n> ")
}

// maxQuote bounds what is quoted, in characters.
const maxQuote = 500

// quote is the message that m answers, as a quotation; "" when it answers none.
func (w *worker) quote(m *dMessage) string {
	r, ok := loose[dMessage](m.Referenced)
	if m.Type != messageReply || !ok || r.Author == nil {
		return ""
	}
	text := w.text(&r)
	for _, a := range r.files() {
		text = strings.TrimSpace(text + "\n[" + a.Filename + "]")
	}
	if c := []rune(text); len(c) > maxQuote {
		text = string(c[:maxQuote]) + "…"
	}
	if text == "" {
		return ""
	}
	return quoted(name(r.Author, nil) + ": " + text)
}

// token is what Discord shows as something else: a mention of a person, a role or a channel, an emoji of the server, a time, a command.
var token = regexp.MustCompile(`<(@!?|@&|#|a?:[A-Za-z0-9_~]{1,32}:|t:|/[^:<>\n]{1,100}:)(-?[0-9]{1,20})(?::[tTdDfFRsS])?>`)

// named is the content with names in place of ids.
func (w *worker) named(m *dMessage) string {
	if !strings.Contains(m.Content, "<") {
		return m.Content
	}
	people := map[string]string{}
	for _, p := range looseList[dMention](m.Mentions) {
		people[p.ID] = name(&p.dUser, nil)
		if p.Member != nil && p.Member.Nick != "" {
			people[p.ID] = p.Member.Nick
		}
	}
	return token.ReplaceAllStringFunc(m.Content, func(found string) string {
		f := token.FindStringSubmatch(found)
		kind, id := f[1], f[2]
		switch {
		case kind == "@" || kind == "@!":
			if people[id] != "" {
				return "@" + people[id]
			}
		case kind == "@&":
			if n := w.names.role(w.work, w.Discord, id); n != "" {
				return "@" + n
			}
		case kind == "#":
			if n := w.names.channel(w.work, w.Discord, id); n != "" {
				return "#" + n
			}
		case kind == "t:":
			if sec, err := strconv.ParseInt(id, 10, 64); err == nil && sec > -1e11 && sec < 1e11 {
				return time.Unix(sec, 0).UTC().Format("2006-01-02 15:04 UTC")
			}
		case strings.HasPrefix(kind, "/"):
			return strings.TrimSuffix(kind, ":")
		default: // an emoji
			return strings.TrimPrefix(kind, "a")
		}
		return found
	})
}

// names are those of roles and channels. The zero names is ready.
type names struct {
	mu       sync.Mutex
	roles    map[string]string
	channels map[string]string
	asked    map[string]time.Time // by the id that was not known
}

// namesEvery is how long an id that nobody knew is not asked for again.
const namesEvery = 5 * time.Minute

func (n *names) role(ctx context.Context, d *Discord, id string) string {
	return n.find(ctx, d, id, "/roles", &n.roles)
}

func (n *names) channel(ctx context.Context, d *Discord, id string) string {
	return n.find(ctx, d, id, "/channels", &n.channels)
}

// find gives a name; who is not known is asked for, and "" when that does not help.
func (n *names) find(ctx context.Context, d *Discord, id, list string, in *map[string]string) string {
	n.mu.Lock()
	known, asked := (*in)[id], n.asked[id]
	n.mu.Unlock()
	if known != "" || time.Since(asked) < namesEvery {
		return known
	}
	var all []struct{ ID, Name string }
	_ = d.rest.call(ctx, request{method: "GET", path: "/guilds/" + d.cfg.GuildID + list}, &all) // without it the id stays
	n.mu.Lock()
	defer n.mu.Unlock()
	if *in == nil {
		*in = map[string]string{}
	}
	for _, e := range all {
		(*in)[e.ID] = e.Name
	}
	if (*in)[id] == "" {
		if n.asked == nil || len(n.asked) > 1000 {
			n.asked = map[string]time.Time{}
		}
		n.asked[id] = time.Now()
	}
	return (*in)[id]
}

// maxDownload bounds a file that is fetched from Discord where no desk says less.
const maxDownload = 100 << 20

// fileHosts are where Discord keeps what people send.
var fileHosts = []string{"cdn.discordapp.com", "media.discordapp.net"}

var errForeign = errors.New("the address of the file is not Discord's")

// fileAddress refuses an address of a file that is not Discord's own: whoever could name another would have this machine fetch from its
// network.
func (d *Discord) fileAddress(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil {
		return "", errForeign
	}
	if u.Scheme == "https" && slices.Contains(fileHosts, u.Host) {
		return u.String(), nil
	}
	if base, err := url.Parse(d.cfg.APIBase); err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return u.String(), nil
	}
	return "", errForeign
}

// download gives the bytes of a file, or the key of a text that says why it is not to be had.
func (w *worker) download(a dAttachment) (b []byte, why string, err error) {
	limit := int64(maxDownload)
	if w.svc != nil {
		limit = min(limit, w.svc.Limits().Attachment)
	}
	switch {
	case w.refusedFile(a.Filename):
		return nil, "discord.file_type", nil
	case a.Size > limit:
		return nil, "discord.too_large", nil
	}
	address, err := w.fileAddress(a.URL)
	if err != nil {
		return nil, "discord.file_refused", nil
	}
	req, err := http.NewRequestWithContext(w.work, http.MethodGet, address, nil)
	if err != nil {
		return nil, "discord.file_refused", nil
	}
	res, err := w.fileClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusForbidden, res.StatusCode == http.StatusGone:
		return nil, "discord.file_gone", nil
	case res.StatusCode >= 300 && res.StatusCode < 400: // Discord's file servers send nobody elsewhere
		return nil, "discord.file_refused", nil
	case res.StatusCode != http.StatusOK:
		return nil, "", fmt.Errorf("the file server answered %d", res.StatusCode)
	}
	b, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(b)) > limit {
		return nil, "discord.too_large", nil
	}
	return b, "", nil
}

// newFileClient makes the client for files. It follows nobody elsewhere.
func newFileClient() *http.Client {
	return &http.Client{Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
