package mime

import (
	"sort"
	"strconv"
	"strings"
)

// media is a Content-Type or Content-Disposition: a value in lower case and decoded parameters.
type media struct {
	value  string
	params map[string]string
}

// maxBoundary is longer than RFC 2046 allows (70). A longer boundary is none.
const maxBoundary = 200

// boundary returns the boundary of a multipart, or "".
func (m media) boundary() string {
	b := m.params["boundary"]
	if !strings.HasPrefix(m.value, "multipart/") || len(b) > maxBoundary {
		return ""
	}
	return b
}

// parseMedia never fails: it reads what it understands. It accepts parameters without quotes around spaces, missing
// semicolons' remains, encoded words, and the continuations and charsets of RFC 2231.
func parseMedia(raw, charset string) media {
	value, rest, _ := strings.Cut(raw, ";")
	if equals := strings.IndexByte(value, '='); equals > 0 && strings.Contains(value[:equals], "/") { // the semicolon is missing
		if space := strings.LastIndexAny(strings.TrimRight(value[:equals], " \t"), " \t"); space > 0 {
			value, rest = raw[:space], raw[space+1:]
		}
	}
	m := media{value: strings.ToLower(strings.Join(strings.Fields(stripComments(value)), "")), params: map[string]string{}}
	pieces := map[string][]piece{}
	for rest != "" && len(pieces) < 50 {
		var key, val string
		key, val, rest = cutParam(rest)
		if key == "" {
			continue
		}
		name, p := parsePiece(key, val)
		if len(pieces[name]) < 100 {
			pieces[name] = append(pieces[name], p)
		}
	}
	for name, list := range pieces {
		m.params[name] = joinPieces(list, charset, name == "boundary")
	}
	return m
}

// cutParam reads one "key=value" and returns what follows its semicolon.
func cutParam(s string) (key, val, rest string) {
	s = strings.TrimLeft(s, "; \t\r\n")
	i := strings.IndexAny(s, "=;")
	if i < 0 {
		return "", "", ""
	}
	if s[i] == ';' {
		return "", "", s[i+1:]
	}
	key = strings.ToLower(strings.TrimSpace(s[:i]))
	s = strings.TrimLeft(s[i+1:], " \t\r\n")
	if !strings.HasPrefix(s, `"`) {
		val, rest, _ = strings.Cut(s, ";")
		return key, strings.TrimSpace(val), rest
	}
	var b strings.Builder
	for i = 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i:], ";")
			return key, b.String(), rest
		default:
			b.WriteByte(s[i])
		}
	}
	// The closing quote is missing: the value ends like one without quotes.
	val, rest, _ = strings.Cut(s[1:], ";")
	return key, strings.TrimSpace(val), rest
}

// piece is one parameter of RFC 2231, maybe a part of a longer one.
type piece struct {
	index    int  // -1: not a continuation
	extended bool // percent-encoded
	val      string
}

func parsePiece(key, val string) (string, piece) {
	p := piece{index: -1, val: val}
	if strings.HasSuffix(key, "*") {
		p.extended = true
		key = key[:len(key)-1]
	}
	if name, num, ok := strings.Cut(key, "*"); ok {
		if n, err := strconv.Atoi(num); err == nil && n >= 0 {
			p.index = n
		}
		key = name
	}
	return key, p
}

// joinPieces puts the pieces of one parameter together. RFC 2231 wins over a plain value of the same name.
func joinPieces(list []piece, charset string, verbatim bool) string {
	var parts []piece
	plain := ""
	for _, p := range list {
		switch {
		case p.index >= 0 || p.extended:
			parts = append(parts, p)
		case plain == "":
			plain = p.val
		}
	}
	if len(parts) == 0 {
		if verbatim {
			return plain
		}
		// What belongs into the form with a star, in a value without one.
		if cs, text, ok := strings.Cut(plain, "''"); ok && strings.Contains(text, "%") && (strings.EqualFold(cs, "utf-8") || lookup(strings.ToLower(cs)) != nil) {
			return oneLine(toUTF8(unpercent(text), cs))
		}
		return decodeText(plain, charset)
	}
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].index < parts[j].index })
	var data []byte
	for i, p := range parts {
		val := p.val
		if !p.extended {
			data = append(data, val...)
			continue
		}
		if i == 0 {
			if cs, after, ok := strings.Cut(val, "'"); ok {
				if _, text, ok := strings.Cut(after, "'"); ok {
					charset, val = cs, text
				}
			}
		}
		data = append(data, unpercent(val)...)
	}
	if verbatim {
		return string(data)
	}
	if s := string(data); strings.Contains(s, "=?") {
		return decodeText(s, charset)
	}
	return oneLine(toUTF8(data, charset))
}

func unpercent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

// stripComments removes what stands in parentheses.
func stripComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var b strings.Builder
	depth := 0
	for _, c := range []byte(s) {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
