package mime

import (
	"bytes"
	"strings"
)

// scan walks the boundaries of a multipart once, without memory of its own, and refuses a mail that has too many
// parts, nests too deep or hides a large header in a part, before anything is built from it. It returns the boundaries
// that are still open at the end, the outermost first.
func scan(body []byte, boundary string, headerBytes int, lim Limits) (open []string, err error) {
	open = []string{boundary}
	parts := 0
	for len(body) > 0 {
		line, rest := cutLine(body)
		body = rest
		level := delimiter(line, open)
		if level < 0 {
			continue
		}
		open = open[:level+1]
		if bytes.HasPrefix(line[2+len(open[level]):], []byte("--")) {
			open = open[:level] // closed; what follows belongs to the multipart around it
			if level == 0 {
				return nil, nil
			}
			continue
		}
		if parts++; parts > lim.Parts {
			return nil, &LimitError{LimitParts, lim.Parts}
		}
		inner, size := partBoundary(body, open, lim.HeaderBytes)
		if headerBytes += size; headerBytes > lim.HeaderBytes {
			return nil, &LimitError{LimitHeaderBytes, lim.HeaderBytes}
		}
		if inner != "" {
			if open = append(open, inner); len(open) > lim.Depth {
				return nil, &LimitError{LimitDepth, lim.Depth}
			}
		}
	}
	return open, nil
}

// delimiter returns the innermost open boundary that a line belongs to, or -1.
func delimiter(line []byte, open []string) int {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1
	}
	for i := len(open) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(line[2:], []byte(open[i]))
		if !ok {
			continue
		}
		if rest = bytes.TrimRight(rest, " \t"); len(rest) == 0 || bytes.HasPrefix(rest, []byte("--")) {
			return i
		}
	}
	return -1
}

// partBoundary looks at the header of a part, which also ends at a boundary, and returns the part's own boundary and
// the header's size. It stops behind limit bytes.
func partBoundary(b []byte, open []string, limit int) (boundary string, size int) {
	rest := b
	var contentType []byte
	collecting := false
	for len(rest) > 0 && len(b)-len(rest) <= limit {
		line, after := cutLine(rest)
		if len(line) == 0 || delimiter(line, open) >= 0 {
			break
		}
		rest = after
		if line[0] != ' ' && line[0] != '\t' {
			name, value, ok := parseField(line)
			collecting = ok && name == "content-type" && len(contentType) == 0 || !ok && collecting
			if ok {
				line = value
			}
		}
		if collecting {
			contentType = append(append(contentType, ' '), line...)
		}
	}
	if size = len(b) - len(rest); len(contentType) == 0 {
		return "", size
	}
	return parseMedia(string(contentType), "").boundary(), size
}

// findBoundary repairs a multipart without a usable boundary: the first line that starts with "--" and is followed by
// a part's header shows it.
func findBoundary(body []byte) string {
	for n := 0; len(body) > 0 && n < 1000; n++ {
		line, rest := cutLine(body)
		body = rest
		if len(line) < 3 || len(line) > maxBoundary || !bytes.HasPrefix(line, []byte("--")) || bytes.HasSuffix(line, []byte("--")) {
			continue
		}
		next, _ := cutLine(rest)
		if name, _, ok := parseField(next); ok && strings.HasPrefix(name, "content-") {
			return strings.TrimRight(string(line[2:]), " \t")
		}
	}
	return ""
}
