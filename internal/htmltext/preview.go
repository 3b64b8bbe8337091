package htmltext

import (
	"strings"
	"unicode"
)

// Preview returns text as one line of at most n runes, for lists and notifications. Line breaks become spaces; marks
// of quotation at the start of a line, the addresses that Text puts behind links, and characters that cannot be seen
// are left out. A text that is too long ends with "…", which counts as one rune. n below 1 gives the empty string.
func Preview(text string, n int) string {
	if n < 1 {
		return ""
	}
	var out []rune
	for line := range strings.SplitSeq(text, "\n") {
		for word := range strings.FieldsSeq(strings.TrimLeft(line, "> \t")) {
			if len(word) > 2 && word[0] == '<' && word[len(word)-1] == '>' && strings.Contains(word, ":") {
				continue
			}
			space := len(out) > 0
			for _, r := range word {
				if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
					continue
				}
				if space {
					out, space = append(out, ' '), false
				}
				out = append(out, r)
			}
			if len(out) > n {
				return strings.TrimRight(string(out[:n-1]), " ") + "…"
			}
		}
	}
	return string(out)
}
