package mailin

import "strings"

// Words that are frequent in one of the languages and mean nothing in the other.
const (
	germanWords = " und der das ist nicht ich wir sie mit für auf ein eine einen bitte vielen dank hallo grüße gruß guten tag kann wie bei " +
		"auch mein meine ihre haben habe noch nach wenn sehr geehrte freundlichen "
	englishWords = " the and is not i we you with for of to please thanks thank hello regards dear can how my your have this that it are " +
		"when from would does "
)

// guessLocale tells German from English by the words of a text; "" when it is neither, both, or too short to say.
func guessLocale(text string) string {
	german, english := 0, 0
	for word := range strings.FieldsSeq(strings.ToLower(text[:min(len(text), 4000)])) {
		word = strings.Trim(word, `.,;:!?"'()[]<>„“”`)
		if word == "" {
			continue
		}
		if strings.Contains(germanWords, " "+word+" ") {
			german++
		}
		if strings.Contains(englishWords, " "+word+" ") {
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
