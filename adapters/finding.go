package adapters

import (
	"cmp"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

// Finding is one observation of a Checker.
type Finding struct {
	Level string // ok, warning or error
	Check string // what was looked at: a short word, and a name when there are several
	Text  string // what was found, in English
	Fix   string // what to do about it, in English; "" when nothing
	// German has Text and Fix in German; what is "" there is shown in English.
	German Words
}

// Words are the two texts of a Finding in another language.
type Words struct{ Text, Fix string }

// Find makes a Finding of the texts key and, if the catalog has it, key.fix, in both languages. args fill their placeholders; the words of a
// server among them stay as they are.
func Find(c *i18n.Catalog, level, check, key string, args ...any) Finding {
	f := Finding{Level: level, Check: check, Text: c.T(i18n.English, key, args...), German: Words{Text: c.T(i18n.German, key, args...)}}
	if c.Has(key + ".fix") {
		f.Fix, f.German.Fix = c.T(i18n.English, key+".fix", args...), c.T(i18n.German, key+".fix", args...)
	}
	return f
}

// In gives the Finding with Text and Fix in a language, "de" or "en".
func (f Finding) In(lang string) Finding {
	if lang == i18n.German {
		f.Text, f.Fix = cmp.Or(f.German.Text, f.Text), cmp.Or(f.German.Fix, f.Fix)
	}
	return f
}
