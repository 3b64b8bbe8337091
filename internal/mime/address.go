package mime

import (
	"strings"
	"unicode"
)

// parseAddresses reads a list of addresses as leniently as people write them. An entry whose address cannot be read
// keeps its text as the name. It stops after limit entries and then returns one more than limit.
func parseAddresses(raw, charset string, limit int) []Address {
	var list []Address
	entries := splitAddresses(raw, limit+1)
	for i, entry := range entries {
		if i+1 < len(entries) && nameOnly(entry) && strings.Contains(entries[i+1], "<") && strings.Contains(entries[i+1], "@") {
			entries[i+1] = entry + ", " + entries[i+1] // a name with a comma in it, and without quotes
			continue
		}
		for _, a := range parseEntry(entry, charset, 0) {
			list = append(list, a)
			if len(list) > limit {
				return list
			}
		}
	}
	return list
}

// nameOnly reports an entry that has nothing of an address.
func nameOnly(s string) bool {
	return len(s) < 200 && !strings.ContainsAny(s, "@<>:()\"") && !strings.Contains(s, "=?")
}

// splitAddresses cuts at commas and semicolons outside of quotes, comments, angle brackets and encoded words. Without
// a closing quote the quotes are ordinary characters.
func splitAddresses(raw string, limit int) []string {
	list, balanced := cutAddresses(raw, limit, true)
	if !balanced {
		list, _ = cutAddresses(raw, limit, false)
	}
	return list
}

func cutAddresses(raw string, limit int, quotes bool) (list []string, balanced bool) {
	start, comment, at := 0, 0, -1
	quoted, angle := false, false
	add := func(end int) {
		if s := strings.TrimSpace(raw[start:end]); s != "" {
			list = append(list, s)
		}
		start = end + 1
	}
	atSign := func(end int) bool { // between start and end; looks at each byte only once
		if at < start {
			if n := strings.IndexByte(raw[start:], '@'); n >= 0 {
				at = start + n
			} else {
				at = len(raw)
			}
		}
		return at < end
	}
	for i := 0; i < len(raw) && len(list) < limit; i++ {
		switch c := raw[i]; {
		case c == '\\':
			i++
		case quotes && c == '"' && comment == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			comment++
		case c == ')' && comment > 0:
			comment--
		case comment > 0:
		case c == '=' && strings.HasPrefix(raw[i:], "=?"):
			if _, size := encodedWord(raw[i:min(len(raw), i+1000)]); size > 0 {
				i += size - 1
			}
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case (c == ',' || c == ';') && !angle:
			add(i)
		case c == ';': // a group ended inside of a bracket that was never closed
			angle = false
			add(i)
		case c == ':' && !angle && !atSign(i) && !strings.EqualFold(raw[max(start, i-len("mailto")):i], "mailto"):
			start = i + 1 // the name of a group
		}
	}
	if len(list) < limit && start < len(raw) {
		add(len(raw))
	}
	return list, !quoted && comment == 0 && !angle
}

// parseEntry reads one entry of a list; without commas between them it can be several addresses.
func parseEntry(s, charset string, depth int) []Address {
	if open := lastOutsideQuotes(s, '<'); open >= 0 {
		inside, after, closed := strings.Cut(s[open+1:], ">")
		if i := lastOutsideQuotes(s[:open], '>') + 1; i > 0 && depth < 20 { // "A <a@x> B <b@x>"
			return append(parseEntry(s[:i], charset, depth+1), parseEntry(s[i:], charset, 20)...)
		}
		name := displayName(strings.TrimRight(s[:open], "< "), charset)
		if name == "" && closed {
			name = displayName(strings.Trim(strings.TrimSpace(after), "()"), charset)
		}
		for _, form := range []string{inside, stripComments(inside)} {
			if email, ok := readEmail(decodeText(form, charset)); ok {
				return []Address{{Name: name, Email: email}}
			}
		}
		if name == "" {
			name = displayName(inside, charset)
		}
		// "<John> john@x.example": look outside of the brackets too.
		for word := range strings.FieldsSeq(s[:open] + " " + after) {
			if email, ok := readEmail(word); ok {
				return []Address{{Name: displayName(inside, charset), Email: email}}
			}
		}
		return []Address{{Name: name}}
	}
	if decoded := decodeText(s, charset); decoded != s && depth == 0 && strings.Contains(decoded, "<") {
		return parseEntry(decoded, charset, 20) // name and address inside one encoded word
	}
	return bareEntry(s, charset)
}

// bareEntry reads an address without angle brackets, with its name in a comment or in front of it.
func bareEntry(s, charset string) []Address {
	comment := ""
	if i := strings.IndexByte(s, '('); i >= 0 {
		comment = strings.TrimSpace(strings.Trim(s[i:], "() "))
		s = stripComments(s)
	}
	var list []Address
	var names []string
	for word := range strings.FieldsSeq(strings.ReplaceAll(strings.ReplaceAll(s, " @", "@"), "@ ", "@")) {
		if email, ok := readEmail(word); ok && len(list) < 1000 {
			list = append(list, Address{Email: email})
		} else {
			names = append(names, word)
		}
	}
	name := displayName(strings.Join(names, " "), charset)
	switch {
	case len(list) == 0:
		if email, ok := readEmail(s); ok { // a local part in quotes, with spaces
			return []Address{{Name: decodeText(comment, charset), Email: email}}
		}
		if name == "" {
			name = decodeText(comment, charset)
		}
		if name == "" {
			return nil
		}
		return []Address{{Name: name}}
	case len(list) == 1 && comment != "":
		list[0].Name = decodeText(comment, charset)
	case len(list) == 1:
		list[0].Name = name
	}
	return list
}

func lastOutsideQuotes(s string, c byte) int {
	at, quoted := -1, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == c && !quoted:
			at = i
		}
	}
	if at < 0 && quoted { // the quote never closed
		at = strings.LastIndexByte(s, c)
	}
	return at
}

// displayName decodes a name and removes its quotes and escapes.
func displayName(s, charset string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, `"\`) {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
				b.WriteByte(s[i])
			} else if s[i] != '"' {
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	s = strings.TrimFunc(decodeText(s, charset), func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	if len(s) > 2 && s[0] == '(' && s[len(s)-1] == ')' {
		s = s[1 : len(s)-1]
	}
	return strings.Join(strings.Fields(s), " ")
}

// readEmail accepts what has a local part and a domain and nothing that no address can hold.
func readEmail(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
	s = strings.Trim(s, " \t'<>,;")
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.HasPrefix(s, "@") { // a source route: "@relay,@relay:user@domain"
		_, s, _ = strings.Cut(s, ":")
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 320 {
		return "", false
	}
	local, domain := strings.TrimSpace(s[:at]), strings.ToLower(strings.TrimSpace(s[at+1:]))
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	if !quoted && strings.ContainsAny(local, " \t\"(),:;<>@[]\\") {
		return "", false
	}
	if strings.ContainsAny(domain, " \t\"(),;<>@\\/") || strings.ContainsFunc(s, unicode.IsControl) || domain == "." {
		return "", false
	}
	return local + "@" + strings.TrimSuffix(domain, "."), true
}

// parseIDs returns the message ids of a header value without their brackets.
func parseIDs(raw string) []string {
	raw = oneLine(clean(raw))
	if strings.Contains(raw, "=?") && !strings.Contains(raw, "<") {
		raw = decodeText(raw, "")
	}
	var ids []string
	add := func(id string) {
		if id = strings.Join(strings.Fields(strings.Trim(id, "<> \t")), ""); id != "" && len(id) <= 998 {
			ids = append(ids, id)
		}
	}
	if !strings.Contains(raw, "<") {
		for id := range strings.FieldsSeq(stripComments(raw)) {
			if strings.Contains(id, "@") || len(raw) == len(id) {
				add(id)
			}
		}
		return ids
	}
	for {
		_, rest, ok := strings.Cut(raw, "<")
		if !ok {
			return ids
		}
		id, after, _ := strings.Cut(rest, ">")
		add(id)
		raw = after
	}
}
