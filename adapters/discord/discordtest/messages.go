package discordtest

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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

// Limits of a message.
const (
	maxContent    = 2000
	maxEmbeds     = 10
	maxEmbedChars = 6000
	maxFiles      = 10
	maxRows       = 5
	maxInRow      = 5
	maxOptions    = 25
	maxCustomID   = 100
	maxLabel      = 80
	flagEphemeral = 1 << 6
)

// fill reads a message from a request into m, refusing what is over a limit. Absent fields stay as they are.
func (c *call) fill(m *message) *apiError {
	if v, ok := c.body["content"]; ok {
		m.content = str(v)
	}
	if utf8.RuneCountInString(m.content) > maxContent {
		return invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
	}
	if v, ok := c.body["embeds"].([]any); ok {
		m.embeds = nil
		for _, e := range v {
			o, _ := e.(obj)
			m.embeds = append(m.embeds, embedWire(o))
		}
		if err := checkEmbeds(v); err != nil {
			return err
		}
	}
	if v, ok := c.body["components"].([]any); ok {
		if err := checkRows(v); err != nil {
			return err
		}
		m.components = v
		number(m.components, new(int))
	}
	if kept, ok := c.body["attachments"].([]any); ok && len(m.files) > 0 { // what an edit does not name goes
		m.files = slices.DeleteFunc(slices.Clone(m.files), func(f file) bool {
			return !slices.ContainsFunc(kept, func(k any) bool { o, _ := k.(obj); return str(o["id"]) == f.id })
		})
	}
	for _, f := range c.files {
		f.id, f.at = c.s.snowflake(), c.s.cfg.Now()
		if f.contentType == "" {
			f.contentType = "application/octet-stream"
		}
		c.s.files[f.id] = f
		m.files = append(m.files, f)
	}
	if len(m.files) > maxFiles {
		return invalid("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
	}
	if m.content == "" && len(m.embeds)+len(m.components)+len(m.files) == 0 {
		return errEmpty
	}
	return nil
}

func embedWire(e obj) obj {
	o := obj{"type": "rich"}
	for k, v := range e {
		o[k] = v
	}
	if fields, ok := e["fields"].([]any); ok {
		for _, f := range fields {
			if f, ok := f.(obj); ok && f["inline"] == nil {
				f["inline"] = false
			}
		}
	}
	return o
}

func checkEmbeds(embeds []any) *apiError {
	if len(embeds) > maxEmbeds {
		return invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
	}
	total := 0
	count := func(v any, limit int) bool {
		n := utf8.RuneCountInString(str(v))
		total += n
		return n <= limit
	}
	for _, v := range embeds {
		e, _ := v.(obj)
		footer, _ := e["footer"].(obj)
		author, _ := e["author"].(obj)
		fields, _ := e["fields"].([]any)
		ok := count(e["title"], 256) && count(e["description"], 4096) && count(footer["text"], 2048) && count(author["name"], 256) && len(fields) <= 25
		for _, f := range fields {
			f, _ := f.(obj)
			ok = ok && str(f["name"]) != "" && str(f["value"]) != "" && count(f["name"], 256) && count(f["value"], 1024)
		}
		if !ok {
			return invalid("embeds", "BASE_TYPE_BAD_LENGTH", "A part of an embed is empty or too long.")
		}
	}
	if total > maxEmbedChars {
		return invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
	return nil
}

// checkRows looks at action rows with buttons and selects.
func checkRows(rows []any) *apiError {
	bad := func(code, text string) *apiError { return invalid("components", code, text) }
	if len(rows) > maxRows {
		return bad("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
	}
	seen := map[string]bool{}
	for _, r := range rows {
		row, _ := r.(obj)
		in, _ := row["components"].([]any)
		if num(row["type"]) != 1 || len(in) < 1 || len(in) > maxInRow {
			return bad("BASE_TYPE_BAD_LENGTH", "A row holds between 1 and 5 components.")
		}
		for _, e := range in {
			o, _ := e.(obj)
			id := str(o["custom_id"])
			link := num(o["type"]) == 2 && num(o["style"]) == 5
			if !link && (id == "" || len([]rune(id)) > maxCustomID) {
				return bad("BASE_TYPE_BAD_LENGTH", "custom_id must be between 1 and 100 in length.")
			}
			if !link && seen[id] {
				return bad("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
			}
			seen[id] = true
			options, _ := o["options"].([]any)
			switch typ := num(o["type"]); {
			case typ == 2 && utf8.RuneCountInString(str(o["label"])) > maxLabel:
				return bad("BASE_TYPE_MAX_LENGTH", "label must be 80 or fewer in length.")
			case typ == 2 && str(o["label"]) == "" && o["emoji"] == nil:
				return bad("BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or emoji")
			case typ == 3 && (len(options) < 1 || len(options) > maxOptions || len(in) > 1):
				return bad("BASE_TYPE_BAD_LENGTH", "A select stands alone with 1 to 25 options.")
			case typ != 2 && typ != 3 && (typ < 5 || typ > 8):
				return bad("UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).")
			}
		}
	}
	return nil
}

// number fills in what Discord adds to components.
func number(in []any, next *int) {
	for _, e := range in {
		o, _ := e.(obj)
		if o == nil {
			continue
		}
		*next++
		if o["id"] == nil {
			o["id"] = *next
		}
		if num(o["type"]) == 3 {
			for k, v := range (obj{"min_values": 1, "max_values": 1}) {
				if o[k] == nil {
					o[k] = v
				}
			}
		}
		if sub, ok := o["components"].([]any); ok {
			number(sub, next)
		}
	}
}

var mention = regexp.MustCompile(`<@(&|!)?([0-9]+)>|@everyone|@here`)

// ping finds out whom the message notifies: who is mentioned in its content and let through by allowed_mentions.
func (c *call) ping(m *message, may Permissions) {
	allowed, given := c.body["allowed_mentions"].(obj)
	parse, _ := allowed["parse"].([]any)
	lets := func(kind, id, listName string) bool {
		if !given || slices.Contains(parse, any(kind)) {
			return true
		}
		ids, _ := allowed[listName].([]any)
		return slices.Contains(ids, any(id))
	}
	for _, f := range mention.FindAllStringSubmatch(m.content, -1) {
		switch {
		case f[2] == "":
			m.everyone = m.everyone || may&MentionEveryone != 0 && lets("everyone", "", "")
		case f[1] == "&":
			if m.channel.guild != nil && m.channel.guild.roles[f[2]] != nil && lets("roles", f[2], "roles") && !slices.Contains(m.pinged, f[2]) {
				m.pinged = append(m.pinged, f[2])
			}
		case c.s.users[f[2]] != nil && lets("users", f[2], "users") && !slices.Contains(m.pinged, f[2]):
			m.pinged = append(m.pinged, f[2])
		}
	}
	if ref := m.channel.find(m.reference); ref != nil && !slices.Contains(m.pinged, ref.author.id) {
		if replied, ok := allowed["replied_user"].(bool); !given || ok && replied {
			m.pinged = append(m.pinged, ref.author.id)
		}
	}
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
