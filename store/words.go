package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWord bounds a word in code points; what is longer is found by its beginning. It is below what the indexes of all databases hold.
const maxWord = 64

// words cuts a text into the words that it is found by, in order: runs of letters and digits, in lower case and without diacritics, as
// the tokenizer unicode61 of SQLite does it (sqlite.org/fts5.html section 4.3.1, with remove_diacritics=2).
func words(text string) []string {
	var out []string
	var b strings.Builder
	n := 0
	end := func() {
		if n > 0 {
			out = append(out, b.String())
		}
		b.Reset()
		n = 0
	}
	var it norm.Iter
	it.InitString(norm.NFD, text)
	for !it.Done() {
		for _, r := range string(it.Next()) {
			switch {
			case unicode.Is(unicode.Mn, r): // belongs to the letter before
			case !unicode.IsLetter(r) && !unicode.IsNumber(r):
				end()
			case n < maxWord:
				b.WriteRune(unicode.ToLower(r))
				n++
			}
		}
	}
	end()
	return out
}

// phrase is what a search asks of one text: these words in a row, the last perhaps only begun.
func phrase(word string) (list []string, begun bool) {
	word, begun = strings.CutSuffix(word, "*")
	return words(word), begun
}
