package mime

import (
	"strings"
	"unicode"
)

// decodeText decodes a header value for people: encoded words (RFC 2047) also where they are not allowed or not quite
// right, and raw 8-bit text. charset is that of the mail, for the latter. The result is one line.
func decodeText(raw, charset string) string { return oneLine(decodeWords(raw, charset)) }

func decodeWords(raw, charset string) string {
	if !strings.Contains(raw, "=?") {
		return rawText(raw, charset)
	}
	var out strings.Builder
	var pending []byte // decoded bytes of neighbouring words: a character may be split between two of them
	pendingCharset, afterWord := "", false
	flush := func() {
		if len(pending) > 0 {
			out.WriteString(toUTF8(pending, pendingCharset))
		}
		pending, afterWord = nil, false
	}
	for raw != "" {
		i := strings.Index(raw, "=?")
		if i < 0 {
			break
		}
		word, size := encodedWord(raw[i:])
		if size == 0 {
			flush()
			out.WriteString(rawText(raw[:i+2], charset))
			raw = raw[i+2:]
			continue
		}
		if !afterWord || strings.TrimSpace(raw[:i]) != "" {
			flush()
			out.WriteString(rawText(raw[:i], charset))
		}
		if afterWord && word.charset != pendingCharset {
			flush()
		}
		pending = append(pending, word.data...)
		pendingCharset, afterWord = word.charset, true
		raw = raw[i+size:]
	}
	flush()
	out.WriteString(rawText(raw, charset))
	return out.String()
}

// maxWord bounds the search for the end of an encoded word. RFC 2047 allows 75 bytes; some programs write one word
// for the whole header.
const maxWord = 16 << 10

// rawText decodes what stands in a header without being encoded. Plain ASCII stays as it is, whatever the charset.
func rawText(s, charset string) string {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == 0x1B || s[i] == 0 {
			return toUTF8([]byte(s), charset)
		}
	}
	return s
}

type word struct {
	charset string
	data    []byte
}

// encodedWord reads the encoded word at the start of s, which starts with "=?". Size 0 means that there is none.
func encodedWord(s string) (w word, size int) {
	charset, rest, ok := strings.Cut(s[2:], "?")
	if !ok || len(charset) > 60 || strings.ContainsAny(charset, " \t=<>") || len(rest) < 2 || rest[1] != '?' {
		return word{}, 0
	}
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231 language
	kind, text := rest[0]|0x20, rest[2:]
	s = s[:min(len(s), len(s)-len(text)+maxWord)]
	text = text[:min(len(text), maxWord)]
	end := strings.Index(text, "?=")
	if end < 0 {
		// Cut off, or the end mark lost: a word holds no space.
		if end = strings.IndexAny(text, " \t"); end < 0 {
			end = len(text)
		}
		size = len(s) - len(text) + end
	} else {
		// In Q, "?=" can also be a raw question mark before an escape: "=?utf-8?q?why?=3F?=".
		for kind == 'q' && end+4 <= len(text) && isHex(text[end+2]) && isHex(text[end+3]) {
			next := strings.Index(text[end+2:], "?=")
			if next < 0 || strings.ContainsAny(text[end+2:end+2+next], " \t") {
				break
			}
			end += 2 + next
		}
		size = len(s) - len(text) + end + 2
	}
	text = text[:end]
	w.charset = strings.ToLower(charset)
	switch kind {
	case 'b':
		w.data = decodeBase64([]byte(text))
	case 'q':
		w.data = decodeQuoted([]byte(strings.ReplaceAll(text, "_", " ")), true)
	default:
		return word{}, 0
	}
	return w, size
}

// oneLine turns line ends and tabs into spaces and drops other control characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// DecodeHeader decodes the value of one header for people, as Parse does it. It serves a mail that Parse refuses.
func DecodeHeader(raw string) string { return decodeText(raw, "") }
