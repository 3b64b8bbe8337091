package mime

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding. It keeps what it can: an error in the middle costs the bytes
// around it, not the part. An unknown encoding is none: then what comes out is not fresh, but b itself.
func decodeTransfer(b []byte, encoding string) (out []byte, fresh bool) {
	encoding, _, _ = strings.Cut(strings.ToLower(stripComments(encoding)), ";")
	encoding = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, encoding)
	switch encoding {
	case "base64":
		if plainInBase64(b) {
			return b, false
		}
		return decodeBase64(b), true
	case "quotedprintable":
		return decodeQuoted(b, false), true
	case "xuuencode", "uuencode", "xuue", "uue":
		return decodeUU(b), false
	}
	return b, false
}

// decodeBase64 skips what is not in the alphabet, also accepts several padded pieces one after the other, and stops
// at the text that list servers append.
func decodeBase64(b []byte) []byte {
	if bytes.ContainsAny(b, "-_") && !bytes.ContainsAny(b, "+/") {
		b = fromURLAlphabet(b)
	}
	whole := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	if n, err := base64.StdEncoding.Decode(whole, b); err == nil { // ignores CR and LF
		return whole[:n]
	}
	out := whole[:0]
	var bits uint32
	n, padded := 0, false
	flush := func() {
		switch n {
		case 2:
			out = append(out, byte(bits>>4))
		case 3:
			out = append(out, byte(bits>>10), byte(bits>>2))
		}
		bits, n = 0, 0
	}
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if padded && bytes.ContainsFunc(bytes.TrimSpace(line), func(r rune) bool { return r >= 128 || base64Value(byte(r)) < 0 && r != '=' }) {
			break
		}
		for i, c := range line {
			if padded && (c == ' ' || c == '\t') && len(bytes.TrimSpace(line[i:])) > 0 {
				return out // words after the end of the data
			}
			if c == '=' {
				flush()
				padded = true
				continue
			}
			v := base64Value(c)
			if v < 0 {
				continue
			}
			bits = bits<<6 | uint32(v)
			if n++; n == 4 {
				out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, n = 0, 0
			}
		}
	}
	flush()
	return out
}

// fromURLAlphabet writes the letters of RFC 4648 section 5 in those of section 4, where they stand between others.
func fromURLAlphabet(b []byte) []byte {
	out := bytes.Clone(b)
	for i := 1; i+1 < len(b); i++ {
		if (b[i] == '-' || b[i] == '_') && (base64Value(b[i-1]) >= 0 || b[i-1] == '-' || b[i-1] == '_') && (base64Value(b[i+1]) >= 0 || b[i+1] == '-' || b[i+1] == '_') {
			out[i] = '+'
			if b[i] == '_' {
				out[i] = '/'
			}
		}
	}
	return out
}

// plainInBase64 reports text that is labelled as Base64 and is none: words with spaces between them, and punctuation.
func plainInBase64(b []byte) bool {
	b = b[:min(len(b), 4096)]
	if i := bytes.IndexByte(b, '='); i >= 0 {
		b = b[:i] // a list server may have appended its words
	}
	spaces, strange := 0, 0
	for i, c := range b {
		switch {
		case c == ' ':
			if i > 0 && i+1 < len(b) && b[i-1] > ' ' && b[i+1] > ' ' {
				spaces++
			}
		case c > ' ' && base64Value(c) < 0:
			strange++
		}
	}
	return spaces >= 3 && strange >= 2
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// decodeQuoted keeps an equals sign that starts no escape. In a header (word) there are no soft line breaks.
func decodeQuoted(b []byte, word bool) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		if i+2 < len(b) && isHex(b[i+1]) && isHex(b[i+2]) {
			out = append(out, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
			continue
		}
		if !word {
			// A soft break: "=" and the line end, maybe with spaces that a server has added.
			j := i + 1
			for j < len(b) && (b[j] == ' ' || b[j] == '\t') {
				j++
			}
			if j < len(b) && b[j] == '\r' {
				j++
			}
			if j == len(b) || b[j] == '\n' {
				i = j
				continue
			}
		}
		out = append(out, '=')
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// decodeUU reads the lines between "begin" and "end". Without a "begin" the data is returned as it is.
func decodeUU(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4)
	begun := false
	for rest := b; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		switch {
		case !begun:
			begun = bytes.HasPrefix(line, []byte("begin "))
			continue
		case len(line) == 0 || bytes.Equal(bytes.TrimSpace(line), []byte("end")):
			return out
		}
		want := int(line[0]-' ') & 63
		at := func(i int) byte {
			if i >= len(line) {
				return 0
			}
			return (line[i] - ' ') & 63
		}
		for i := 1; want > 0; i += 4 {
			triple := [3]byte{at(i)<<2 | at(i+1)>>4, at(i+1)<<4 | at(i+2)>>2, at(i+2)<<6 | at(i+3)}
			n := min(want, 3)
			out = append(out, triple[:n]...)
			want -= n
		}
	}
	if !begun {
		return b
	}
	return out
}
