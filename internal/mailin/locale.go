package mailin

import "strings"

// frequent are words that are frequent in one of the languages and mean nothing in the other.
var frequent = wordsOf(map[string]string{
	"de": "und der das ist nicht ich wir sie mit für auf ein eine einen bitte vielen dank hallo grüße gruß guten tag kann wie bei " +
		"auch mein meine ihre haben habe noch nach wenn sehr geehrte freundlichen",
	"en": "the and is not i we you with for of to please thanks thank hello regards dear can how my your have this that it are " +
		"when from would does",
})

func wordsOf(lists map[string]string) map[string]string {
	out := map[string]string{}
	for lang, list := range lists {
		for word := range strings.FieldsSeq(list) {
			out[word] = lang
		}
	}
	return out
}

// longest is how long a word of the lists is at most.
const longest = len("freundlichen")

// guessLocale tells German from English by the words of a text; "" when it is neither, both, or too short to say.
func guessLocale(text string) string {
	german, english := 0, 0
	for word := range strings.FieldsSeq(strings.ToLower(text[:min(len(text), 4000)])) {
		if len(word) > 2*longest {
			continue
		}
		if word = strings.Trim(word, `.,;:!?"'()[]<>`); word != "" && (word[0] >= 0x80 || word[len(word)-1] >= 0x80) {
			word = strings.Trim(word, `.,;:!?"'()[]<>„“”`) // slower, for it is not only ASCII
		}
		if word == "" || len(word) > longest {
			continue
		}
		switch frequent[word] {
		case "de":
			german++
		case "en":
			english++
		}
	}
	switch {
	case german >= 2 && german >= 2*english:
		return "de"
	case english >= 2 && english >= 2*german:
		return "en"
	}
	return ""
}
