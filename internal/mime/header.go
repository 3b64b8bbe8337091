package mime

import (
	"bytes"
	"strings"
)

// field is one header field: the name in lower case, the value unfolded but not decoded.
type field struct{ name, value string }

type header []field

// get returns the first value of a field that is not blank.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name && f.value != "" {
			return f.value
		}
	}
	return ""
}

// values returns all values of a field in their order.
func (h header) values(name string) []string {
	var all []string
	for _, f := range h {
		if f.name == name {
			all = append(all, f.value)
		}
	}
	return all
}

// split parts a mail into header and body and repairs what stands before and between: a byte order mark, leading
// blank lines, the "From " line of mbox files, lines that lost their indentation, a missing blank line, and mail that
// has no header at all. limit bounds the bytes of the header; ok is false when it is exceeded.
func split(raw []byte, limit int) (h header, body []byte, ok bool) {
	raw = skipPreface(raw)
	start, size, known := raw, len(raw), false
	var last []byte // the value of the last field, which may go on
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		name, value, isField := parseField(line)
		known = known || isField && knownField(name)
		if size-len(rest) > limit {
			if known {
				return nil, nil, false
			}
			break
		}
		if len(line) == 0 {
			raw = rest
			break
		}
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if line = bytes.TrimSpace(line); len(line) == 0 && !headerAhead(rest, 1) {
				return h.finish(last, start, rest, known)
			}
			last = append(append(last, ' '), line...)
		case isField:
			h.end(last)
			h, last = append(h, field{name: name}), append([]byte(nil), bytes.TrimSpace(value)...)
		case bytes.HasSuffix(bytes.TrimSpace(last), []byte(";")) && looseParam(line): // a parameter that lost its indentation
			last = append(append(last, ' '), bytes.TrimSpace(line)...)
		case len(h) == 0 && !known && headerBelow(rest): // something that is no part of the mail
		case mboxLine(line): // a copy of the envelope in the wrong place
		case len(h) > 0 && headerAhead(rest, 5): // a continuation that lost its indentation
			last = append(append(last, ' '), bytes.TrimSpace(line)...)
		default: // the blank line is missing
			return h.finish(last, start, raw, known)
		}
		raw = rest
	}
	return h.finish(last, start, raw, known)
}

// end stores the value of the last field.
func (h header) end(value []byte) {
	if len(h) > 0 {
		h[len(h)-1].value = strings.TrimSpace(string(value))
	}
}

// finish decides whether what looked like a header is one: a text that starts with "Note: …" has no known field.
func (h header) finish(last, start, body []byte, known bool) (header, []byte, bool) {
	if !known {
		return nil, start, true
	}
	h.end(last)
	return h, body, true
}

func skipPreface(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		if len(bytes.TrimSpace(line)) > 0 && !mboxLine(line) {
			break
		}
		raw = rest
	}
	return raw
}

func mboxLine(line []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimPrefix(line, []byte(">")), []byte("From "))
	return ok && !bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(":")) // "From : Ann" is a field
}

// cutLine returns the first line without its end, and what follows. CRLF, LF, a lone CR and CRCRLF end a line.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	for end := i; end < len(b) && end < i+3; end++ {
		if b[end] == '\n' {
			return b[:i], b[end+1:]
		}
		if b[end] != '\r' {
			break
		}
	}
	return b[:i], b[i+1:]
}

// headerAhead reports whether one of the next n lines, up to a blank one, is a known header field.
func headerAhead(b []byte, n int) bool {
	for range n {
		line, rest := cutLine(b)
		if len(line) == 0 {
			return false
		}
		if name, _, ok := parseField(line); ok && knownField(name) {
			return true
		}
		b = rest
	}
	return false
}

// looseParam reports a line such as "boundary=x".
func looseParam(line []byte) bool {
	key, _, ok := bytes.Cut(line, []byte("="))
	switch strings.ToLower(string(bytes.TrimSpace(key))) {
	case "boundary", "charset", "name", "filename", "format", "delsp", "type", "micalg", "protocol", "report-type", "method", "smime-type":
		return ok
	}
	return false
}

// headerBelow reports whether a header surely starts here: with two known fields, one below the other.
func headerBelow(b []byte) bool {
	for range 2 {
		line, rest := cutLine(b)
		name, _, ok := parseField(line)
		if !ok || !knownField(name) {
			return false
		}
		b = rest
	}
	return true
}

func parseField(line []byte) (name string, value []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 || colon > 76 {
		return "", nil, false
	}
	key := bytes.TrimRight(line[:colon], " \t")
	if len(key) == 0 {
		return "", nil, false
	}
	for _, c := range key {
		if c <= ' ' || c >= 127 {
			return "", nil, false
		}
	}
	return strings.ToLower(string(key)), line[colon+1:], true
}

// knownField reports whether a name is surely that of a mail header, and not a word of a text.
func knownField(name string) bool {
	switch name {
	case "from", "to", "cc", "bcc", "subject", "date", "sender", "reply-to", "message-id", "in-reply-to", "references",
		"received", "return-path", "delivered-to", "mime-version", "envelope-to", "user-agent", "dkim-signature",
		"authentication-results", "auto-submitted", "precedence", "importance", "thread-topic", "thread-index":
		return true
	}
	return strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "list-") ||
		strings.HasPrefix(name, "resent-") || strings.HasPrefix(name, "arc-")
}
