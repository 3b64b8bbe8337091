package transcript

import (
	"regexp"
	"strings"
	"unicode"
)

// csi matches the escape sequences that colour, move and erase in a terminal (ECMA-48, section 5.4).
var csi = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]")

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// clean makes a text of a stranger safe to look at: valid UTF-8, lines that end with LF, no control characters beside LF and tab, and
// nothing invisible that changes what is seen, such as the marks that reverse the direction of writing. Blank lines at the end go.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexFunc(s, suspicious) >= 0 {
		s = strings.Map(visible, lineEnds.Replace(csi.ReplaceAllString(s, "")))
	}
	return strings.TrimRight(s, " \t\n")
}

// cleanLine is clean for one line: white space of any kind becomes one space.
func cleanLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// suspicious reports what clean has to look at more closely.
func suspicious(r rune) bool {
	return r != '\n' && (r < ' ' || r >= 0x7f && visible(r) != r || r == '\u0085' || r == '\u2028' || r == '\u2029')
}

// visible is -1 for what a reader must not meet.
func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r < ' ' || r >= 0x7f && r <= 0x9f,
		bidi(r),
		r == 0xfeff || r == 0x200b || r == 0x180e || r >= 0x2060 && r <= 0x2064, // zero width
		r >= 0xfff9 && r <= 0xfffb,   // interlinear annotation
		r >= 0xe0000 && r <= 0xe007f: // tags
		return -1
	}
	return r
}

// bidi reports the characters that steer the direction of writing (Unicode Standard Annex 9, section 2).
func bidi(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) || r >= 0x206a && r <= 0x206f }
