package i18n

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Parity returns what is wrong with a Catalog, sorted, one sentence each; nothing when all is well: keys that one
// language lacks, placeholders that differ between the languages, empty texts, plural forms without their
// counterpart, and keys that exist both with and without plural forms, where the plural would never be used. Each
// package with texts of its own calls it in a test:
//
//	require.Empty(t, i18n.Parity(catalog))
func Parity(c *Catalog) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	keys := map[string]bool{}
	for _, lang := range languages {
		if c != nil {
			for key := range c.texts[lang] {
				keys[key] = true
			}
		}
	}
	for key := range keys {
		var marks []string
		for _, lang := range languages {
			text, ok := c.texts[lang][key]
			switch {
			case !ok:
				say("%s: missing in %s", key, lang)
				continue
			case strings.TrimSpace(text) == "":
				say("%s: empty in %s", key, lang)
			}
			marks = append(marks, strings.Join(placeholders(text), " "))
		}
		if len(marks) == 2 && marks[0] != marks[1] {
			say("%s: placeholders differ: %s has [%s], %s has [%s]", key, languages[0], marks[0], languages[1], marks[1])
		}
		if stem, ok := strings.CutSuffix(key, ".one"); ok && !keys[stem+".other"] {
			say("%s: there is no %s.other", key, stem)
		}
		if stem, ok := strings.CutSuffix(key, ".other"); ok {
			if !keys[stem+".one"] {
				say("%s: there is no %s.one", key, stem)
			}
			if keys[stem] {
				say("%s: hidden by %s", key, stem)
			}
		}
	}
	slices.Sort(out)
	return out
}

// placeholders returns the different placeholders of a text, sorted.
func placeholders(text string) []string {
	set := map[string]bool{}
	for _, p := range placeholder.FindAllString(text, -1) {
		set[p] = true
	}
	return slices.Sorted(maps.Keys(set))
}
