// Package text renders messages for a host's own pages and lists: the whole message as safe HTML, or its beginning as plain text.
package text

import (
	"html/template"
	"regexp"
	"strings"
	"unicode"

	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/ticket"
)

// Full renders a message as HTML that is safe to put into a page: its own HTML, cleaned once more, or its text with line breaks and links.
// Nothing in it runs, submits or loads by itself from elsewhere. A nil message is empty.
func Full(m *ticket.Message) template.HTML {
	switch {
	case m == nil:
		return ""
	case m.HTML != "":
		return template.HTML(htmltext.Sanitize(m.HTML)) //nolint:gosec // sanitized
	}
	return template.HTML(strings.ReplaceAll(string(Linked(strings.TrimSpace(m.Text))), "\n", "<br>\n")) //nolint:gosec // every part was escaped
}

var link = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `\\]+`)

// Linked escapes a plain text and makes its web addresses links. Line breaks stay what they are.
func Linked(s string) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range link.FindAllStringIndex(s, -1) {
		end := m[0] + len(strings.TrimRight(s[m[0]:m[1]], ".,;:!?)]}*_"))
		if open := strings.Count(s[m[0]:end], "("); open > strings.Count(s[m[0]:end], ")") && end < m[1] && s[end] == ')' {
			end++
		}
		u := s[m[0]:end]
		b.WriteString(template.HTMLEscapeString(s[at:m[0]]))
		b.WriteString(`<a href="` + template.HTMLEscapeString(u) + `" rel="noopener noreferrer nofollow" target="_blank">` + template.HTMLEscapeString(u) + `</a>`)
		at = end
	}
	b.WriteString(template.HTMLEscapeString(s[at:]))
	return template.HTML(b.String()) //nolint:gosec // every part was escaped
}

// Preview gives the first n characters of a message as one line of plain text, without tags, with entities decoded; html/template escapes it
// like any other text. A character is what a reader takes for one: an accent or a skin tone stays with what it belongs to. A text that is too long
// is cut between words where it can be, and ends with an ellipsis, which is one of the n. A nil message, or n below 1, is empty.
func Preview(m *ticket.Message, n int) string {
	if m == nil || n < 1 {
		return ""
	}
	s := m.Text
	if strings.TrimSpace(s) == "" && m.HTML != "" {
		s = htmltext.Text(m.HTML)
	}
	chars := characters(line(s, n))
	if len(chars) <= n {
		return strings.Join(chars, "")
	}
	end := n - 1
	if chars[end] != " " { // not in the middle of a word, unless it is a long one
		for i := end - 1; i > end/2; i-- {
			if chars[i] == " " {
				end = i
				break
			}
		}
	}
	return strings.TrimRight(strings.Join(chars[:end], ""), " ") + "…"
}

// FuncMap has both for html/template: {{render_note .Message}} and {{render_note_preview .Message 80}}.
func FuncMap() template.FuncMap {
	return template.FuncMap{"render_note": Full, "render_note_preview": Preview}
}

// perCharacter bounds how many runes one character may take in a preview, so that a stack of accents is no way to fill a page.
const perCharacter = 16

// line makes a text one line without what cannot be seen, and reads no further than n characters need.
func line(s string, n int) string {
	var b strings.Builder
	space, runes := false, 0
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == zwj || unicode.Is(unicode.Variation_Selector, r) || tag(r): // parts of emoji
		case !unicode.IsPrint(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		if runes++; runes > (n+1)*perCharacter {
			break
		}
	}
	return b.String()
}

const zwj = '\u200D'

func tag(r rune) bool      { return r >= 0xE0020 && r <= 0xE007F }
func modifier(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }
func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// characters splits a text into what readers take for one: the rules of UAX #29 for marks, emoji, flags and Hangul.
func characters(s string) []string {
	var out []string
	var before rune
	flags := 0 // regional indicators in a row
	for _, r := range s {
		joins := unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r == zwj || before == zwj && !unicode.IsSpace(r) || unicode.Is(unicode.Variation_Selector, r) ||
			tag(r) || modifier(r) || regional(r) && flags%2 == 1 || hangul(before, r)
		if flags++; !regional(r) {
			flags = 0
		}
		if last := len(out) - 1; joins && last >= 0 && out[last] != " " && len(out[last]) < perCharacter*4 {
			out[last] += string(r)
		} else {
			out = append(out, string(r))
		}
		before = r
	}
	return out
}

// hangul reports that two jamo make one syllable.
func hangul(a, b rune) bool {
	lead := func(r rune) bool { return r >= 0x1100 && r <= 0x115F }
	vowel := func(r rune) bool { return r >= 0x1160 && r <= 0x11A7 }
	trail := func(r rune) bool { return r >= 0x11A8 && r <= 0x11FF }
	syllable := a >= 0xAC00 && a <= 0xD7A3
	return lead(a) && (lead(b) || vowel(b)) || vowel(a) && (vowel(b) || trail(b)) || trail(a) && trail(b) || syllable && (trail(b) || vowel(b))
}
