package mime

import "strings"

// unflow puts the lines of format=flowed (RFC 3676) together to paragraphs: a line that ends with a space goes on in the next one of the
// same depth of quotation. del says that this space is no part of the text.
func unflow(text string, del bool) string {
	var out strings.Builder
	out.Grow(len(text))
	open, last := false, 0 // whether the line before goes on, and its depth
	for i, line := range strings.Split(text, "\n") {
		depth := len(line) - len(strings.TrimLeft(line, ">"))
		words := strings.TrimPrefix(line[depth:], " ") // stuffed
		if open && depth == last && words != "-- " {
			// the rest of the line before
		} else {
			if i > 0 {
				out.WriteByte('\n')
			}
			out.WriteString(line[:depth])
			if depth > 0 {
				out.WriteByte(' ')
			}
		}
		open, last = strings.HasSuffix(words, " ") && words != "-- ", depth
		if open && del {
			words = words[:len(words)-1]
		}
		out.WriteString(words)
	}
	return out.String()
}
