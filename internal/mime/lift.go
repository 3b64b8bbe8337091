package mime

import (
	"bytes"
	"crypto/rand"
	"io"
)

// liftedFrom is the size from which the content of a part goes round the parser of parts, which keeps a copy of everything that it sees.
const liftedFrom = 1 << 20

// lifted are the large contents of a mail, by the word that stands in their place. They are slices of the mail, not copies.
type lifted map[string][]byte

// lift gives the body for the parser of parts, with words in the place of large contents. It finds the same parts as scan.
func lift(body []byte, boundary string, limit int) (io.Reader, lifted) {
	if len(body) < liftedFrom {
		return bytes.NewReader(body), nil
	}
	var pieces []io.Reader
	found, salt := lifted{}, rand.Text() // a mail cannot name the word itself
	kept := 0                            // what comes before is in pieces
	take := func(from, to int) {
		if to-from < liftedFrom {
			return
		}
		word := salt + "-" + rand.Text()
		found[word] = body[from:to]
		pieces = append(pieces, bytes.NewReader(body[kept:from]), bytes.NewReader([]byte(word)))
		kept = to
	}
	open, content := []string{boundary}, -1 // where the content of the part begins that is being read
	for rest := body; len(rest) > 0 && len(open) > 0; {
		at := len(body) - len(rest)
		line, after := cutLine(rest)
		rest = after
		level := delimiter(line, open)
		if level < 0 {
			continue
		}
		if content >= 0 {
			take(content, beforeBreak(body, content, at))
		}
		content = -1
		open = open[:level+1]
		if bytes.HasPrefix(line[2+len(open[level]):], []byte("--")) {
			open = open[:level]
			continue
		}
		inner, size := partBoundary(rest, open, limit)
		if inner != "" {
			open = append(open, inner)
			continue
		}
		blank, _ := cutLine(rest[size:])
		if len(blank) == 0 && size < len(rest) {
			_, after := cutLine(rest[size:])
			rest = after
			content = len(body) - len(rest)
		}
	}
	if content >= 0 && len(open) > 0 {
		take(content, len(body))
	}
	if len(found) == 0 {
		return bytes.NewReader(body), nil
	}
	return io.MultiReader(append(pieces, bytes.NewReader(body[kept:]))...), found
}

// beforeBreak gives the end of a content that is followed by a boundary: the line break between them belongs to the boundary (RFC 2046 section
// 5.1.1).
func beforeBreak(body []byte, from, at int) int {
	if at > from && body[at-1] == '\n' {
		at--
	}
	if at > from && body[at-1] == '\r' {
		at--
	}
	return at
}

// content is that of a part as it came.
func (l lifted) content(b []byte) []byte {
	if len(l) > 0 && len(b) < 100 {
		if large, ok := l[string(bytes.TrimSpace(b))]; ok {
			return large
		}
	}
	return b
}
