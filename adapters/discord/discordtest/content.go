package discordtest

import (
	"regexp"
	"slices"
	"unicode/utf8"
)

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
			if m.channel.guild == nil {
				continue
			}
			if r := m.channel.guild.roles[f[2]]; r != nil && (!r.shy || may&MentionEveryone != 0) && lets("roles", f[2], "roles") && !slices.Contains(m.pinged, f[2]) {
				m.pinged = append(m.pinged, f[2])
			}
		case c.s.users[f[2]] != nil && lets("users", f[2], "users") && !slices.Contains(m.pinged, f[2]):
			m.pinged = append(m.pinged, f[2])
		}
	}
	if m.channel.typ == privateThread { // who is mentioned in a private thread comes in, if they see its parent
		for id, mem := range m.channel.guild.members {
			if slices.ContainsFunc(m.pinged, func(p string) bool { return p == id || mem.has(p) }) && m.channel.parent.permissions(mem)&ViewChannel != 0 {
				m.channel.members[id] = true
			}
		}
	}
	if ref := m.channel.find(m.reference); ref != nil && !slices.Contains(m.pinged, ref.author.id) {
		if replied, ok := allowed["replied_user"].(bool); !given || ok && replied {
			m.pinged = append(m.pinged, ref.author.id)
		}
	}
}
