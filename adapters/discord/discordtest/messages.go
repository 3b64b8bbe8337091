package discordtest

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileName gives the name of a part as the client wrote it. Like Discord it keeps only the last element of a path.
func fileName(disposition, fallback string) string {
	name := fallback
	if _, params, err := mime.ParseMediaType(disposition); err == nil && params["filename"] != "" {
		name = params["filename"]
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		name = "unknown"
	}
	return name
}

func escapePath(name string) string { return url.PathEscape(name) }

// download serves a file for as long as its link works.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	if f := s.fault("GET " + r.URL.Path); f != nil {
		switch {
		case f.Redirect != "":
			http.Redirect(w, r, f.Redirect, http.StatusFound)
			return
		case f.Status != 0:
			http.Error(w, http.StatusText(f.Status), f.Status)
			return
		}
	}
	s.mu.Lock()
	f, ok := s.files[r.PathValue("file")]
	now := s.cfg.Now()
	s.mu.Unlock()
	ends, err := strconv.ParseInt(r.URL.Query().Get("ex"), 16, 64)
	if !ok || err != nil || now.Unix() >= ends {
		http.Error(w, "This content is no longer available.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.contentType)
	_, _ = w.Write(f.data)
}

// nonceLife is how long a nonce that is enforced names a message.
const nonceLife = 5 * time.Minute

func createMessage(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	if err := ch.mayWrite(p); err != nil {
		return 0, nil, err
	}
	if ch.recipient != nil && ch.recipient.refusesDMs {
		return 0, nil, errNoDMs
	}
	nonce := str(c.body["nonce"])
	if len(nonce) > 25 {
		return 0, nil, invalid("nonce", "NONCE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
	}
	if enforce, _ := c.body["enforce_nonce"].(bool); enforce && nonce != "" {
		for _, old := range ch.messages {
			if old.nonce == nonce && old.author == c.s.bot && c.s.cfg.Now().Sub(old.at) < nonceLife {
				return 200, old.wire(c.s, true), nil
			}
		}
	}
	if len(c.files) > 0 && p&AttachFiles == 0 {
		return 0, nil, errPermissions
	}
	m := &message{channel: ch, author: c.s.bot, nonce: nonce, flags: num(c.body["flags"])}
	if ref, ok := c.body["message_reference"].(obj); ok {
		m.reference = str(ref["message_id"])
		if must, ok := ref["fail_if_not_exists"].(bool); ch.find(m.reference) == nil && (!ok || must) {
			return 0, nil, invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		} else if ch.find(m.reference) == nil {
			m.reference = ""
		}
	}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	if p&EmbedLinks == 0 {
		m.embeds = nil
	}
	c.ping(m, p)
	c.s.post(m)
	return 200, m.wire(c.s, true), nil
}

func (c *channel) mayWrite(p Permissions) *apiError {
	switch {
	case c.typ == category:
		return &apiError{400, 50008, "Cannot send messages in a non-text channel", nil}
	case c.isThread() && p&SendMessagesInThreads == 0, !c.isThread() && p&SendMessages == 0:
		return errPermissions
	case c.isThread() && c.locked && p&ManageThreads == 0:
		return errArchived
	}
	c.archived = false
	return nil
}

// post gives m its id and tells everybody.
func (s *Server) post(m *message) {
	m.id, m.at = s.snowflake(), s.cfg.Now()
	m.channel.messages = append(m.channel.messages, m)
	s.tell(m, "MESSAGE_CREATE")
	s.touch()
}

func getMessages(c *call) (int, any, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	if p&ReadMessageHistory == 0 {
		return 200, out, nil
	}
	q := c.r.URL.Query()
	limit, convErr := strconv.Atoi(q.Get("limit"))
	if convErr != nil {
		limit = 50
	}
	if limit < 1 || limit > 100 {
		return 0, nil, invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
	}
	var hits []*message
	for _, m := range ch.messages {
		if after(m.id, q.Get("after")) && (q.Get("before") == "" || after(q.Get("before"), m.id)) {
			hits = append(hits, m)
		}
	}
	if len(hits) > limit && q.Get("after") != "" {
		hits = hits[:limit]
	} else if len(hits) > limit {
		hits = hits[len(hits)-limit:]
	}
	for _, m := range slices.Backward(hits) { // newest first
		w := m.wire(c.s, c.s.mayReadContent())
		delete(w, "nonce")
		out = append(out, w)
	}
	return 200, out, nil
}

func (c *call) message() (*message, Permissions, *apiError) {
	ch, p, err := c.channel()
	if err != nil {
		return nil, 0, err
	}
	m := ch.find(c.r.PathValue("message_id"))
	if m == nil {
		return nil, 0, errUnknownMessage
	}
	return m, p, nil
}

func getMessage(c *call) (int, any, *apiError) {
	m, p, err := c.message()
	if err != nil {
		return 0, nil, err
	}
	if p&ReadMessageHistory == 0 {
		return 0, nil, errPermissions
	}
	return 200, m.wire(c.s, c.s.mayReadContent()), nil
}

func patchMessage(c *call) (int, any, *apiError) {
	m, p, err := c.message()
	if err != nil {
		return 0, nil, err
	}
	if m.author != c.s.bot {
		return 0, nil, errNotAuthor
	}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	c.ping(m, p)
	c.s.change(m)
	return 200, m.wire(c.s, true), nil
}

func (s *Server) change(m *message) {
	m.edited = s.cfg.Now()
	s.tell(m, "MESSAGE_UPDATE")
	s.touch()
}

func deleteMessage(c *call) (int, any, *apiError) {
	m, p, err := c.message()
	if err != nil {
		return 0, nil, err
	}
	if m.author != c.s.bot && p&ManageMessages == 0 {
		return 0, nil, errPermissions
	}
	c.s.remove(m)
	return 204, nil, nil
}

func (s *Server) remove(m *message) {
	ch := m.channel
	ch.messages = slices.DeleteFunc(ch.messages, func(o *message) bool { return o == m })
	o := obj{"id": m.id, "channel_id": ch.id}
	intent := IntentDirectMessages
	if ch.guild != nil {
		o["guild_id"], intent = ch.guild.id, IntentGuildMessages
	}
	s.dispatchTo(ch, intent, "MESSAGE_DELETE", func(*session) any { return o })
	s.touch()
}

func pinMessage(c *call) (int, any, *apiError) {
	m, p, err := c.message()
	if err != nil {
		return 0, nil, err
	}
	if p&ManageMessages == 0 && m.channel.guild != nil {
		return 0, nil, errPermissions
	}
	m.pinnedAt = c.s.cfg.Now()
	return 204, nil, nil
}
