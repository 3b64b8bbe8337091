package store

import (
	"slices"
	"strings"
)

// maxSharp bounds the places of a word that are spelled in both ways each. A word with more of them is looked for as it is, all with ss and all
// with ß.
const maxSharp = 4

// spellings gives the ways in which a word of a search, in lower case, may stand in a text: German writes ß also as ss (in capitals, and in
// Switzerland always), and whoever searches cannot know which way the writer took. The index keeps what was written, so that no text has to be
// indexed anew; a search asks for each spelling. A word that is only begun (word*) may end in the middle of ss.
func spellings(word string) []string {
	word = strings.ToLower(word)
	stem, begun := strings.CutSuffix(word, "*")
	star := word[len(stem):]
	parts := strings.Split(strings.ReplaceAll(stem, "ß", "ss"), "ss")
	out := []string{parts[0]}
	if n := len(parts) - 1; n > maxSharp {
		out = []string{stem, strings.Join(parts, "ss"), strings.Join(parts, "ß")}
	} else {
		for _, next := range parts[1:] {
			for _, s := range out[:len(out):len(out)] {
				out = append(out, s+"ß"+next)
			}
			for i := range len(out) / 2 {
				out[i] += "ss" + next
			}
		}
	}
	if begun {
		for _, s := range out[:len(out):len(out)] {
			if cut, ok := strings.CutSuffix(s, "s"); ok && !strings.HasSuffix(cut, "s") {
				out = append(out, cut+"ß")
			}
		}
	}
	for i := range out {
		out[i] += star
	}
	slices.Sort(out)
	return slices.Compact(out)
}
