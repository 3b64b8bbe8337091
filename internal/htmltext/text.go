package htmltext

import (
	"strings"

	nethtml "golang.org/x/net/html"
)

// Text turns HTML into readable plain text: paragraphs are parted by a blank line, list items start with "- " or
// their number, a link is written as `text <url>`, the cells of a table row stand on one line parted by " | ", and a
// quotation has "> " before each line. Scripts, styles and the head are left out; everything else that a reader
// would see is kept. The result has no leading or trailing white space, and lines end with LF.
func Text(src string) string {
	text, _ := TextQuoted(src)
	return text
}

// TextQuoted is Text, and also says where the quoted history starts, when the mail program marked it in its HTML
// (Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Proton and others): text[:quote] is new, text[quote:] is quoted.
// quote is -1 when there is no mark, or when the writer has added something below the quotation.
func TextQuoted(src string) (text string, quote int) {
	w := &writer{quoteAt: -1, lineStart: true}
	src = strings.ReplaceAll(strings.ToValidUTF8(src, "\uFFFD"), "\x00", "")
	z := nethtml.NewTokenizer(strings.NewReader(src))
	for {
		kind := z.Next()
		if kind == nethtml.TextToken {
			if !w.skipText {
				w.text(string(z.Text()))
			}
			continue
		}
		w.skipText = false
		switch kind {
		case nethtml.ErrorToken:
			return w.finish()
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			w.open(z.Token())
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			w.close(string(name))
		}
	}
}

// Deeper quotations and lists are written like the deepest of these: otherwise a small document could ask for a text
// of quadratic size.
const (
	maxQuote = 10
	maxList  = 10
)

type list struct {
	ordered bool
	n       int
}

// link is the open link; links do not nest. No href: there is none, or none worth showing.
type link struct {
	href  string
	start int // length of the text when the link began
}

// writer collects the text. Breaks and spaces are pending until the next word is written, so that none is left over.
type writer struct {
	out       strings.Builder
	lineStart bool // nothing but the prefix stands on the current line
	breaks    int  // pending line ends, 0 to 2
	space     bool // pending space
	cells     int  // pending cell separators
	rowText   int  // length of the text when the current row began
	rowBreaks int  // the breaks before the row, 0 when its text has begun; a paragraph in its first cell adds none
	bullet    string
	quote     int
	lastQuote int // the depth of the last word
	lists     []list
	listDepth int // real depth, also beyond maxList
	link      link
	pre       int
	skipText  bool // the next text token is a script, a style sheet or the like

	quoteAt    int    // where the marked quotation began, or -1
	quoteTag   string // its element; empty when it runs to the end
	quoteDepth int    // open elements of that name; 0: it is over
	citePrefix bool   // the mark is the line before the quotation
	quoted     stage  // where in a quotation that people answer within
	quoteBase  int    // value of quote where the marked quotation began
	afterQuote bool   // text followed the marked quotation, or stands between its parts
}

// stage tells the parts of an element that holds a quotation and maybe answers to it. The zero stage is that of all other elements.
type stage int

const (
	unquoted stage = iota + 1 // before the blockquote
	within                    // in the first blockquote
	below                     // after it
)

// text writes the words of a text node.
func (w *writer) text(s string) {
	if w.pre > 0 {
		w.preformatted(s)
		return
	}
	for s != "" {
		rest := strings.TrimLeftFunc(s, isSpace)
		if len(rest) < len(s) {
			w.space = true
		}
		if rest == "" {
			return
		}
		end := strings.IndexFunc(rest, isSpace)
		if end < 0 {
			end = len(rest)
		}
		w.word(rest[:end])
		s = rest[end:]
	}
}

func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\f', '\v', 0x85, 0xA0, 0x2028, 0x2029:
		return true
	}
	return false
}

func (w *writer) preformatted(s string) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.lineEnd()
		}
		if line = strings.TrimRight(line, " \t\r\f\v"); line != "" {
			w.space = false
			w.word(line)
		}
	}
}

// lineEnd is a line break that may pile up: two of them leave one blank line.
func (w *writer) lineEnd() {
	w.space = false
	if w.breaks < 2 {
		w.breaks++
	}
}

// block asks for at least n line ends before the next word.
func (w *writer) block(n int) {
	w.space = false
	w.breaks = max(w.breaks, n)
}

// word writes s after everything that is pending.
func (w *writer) word(s string) {
	if w.quoteAt >= 0 && w.quoteTag != "" && (w.quoteDepth == 0 || w.quoted == below && w.quote == w.quoteBase) {
		w.afterQuote = true
	}
	if w.rowBreaks > 0 {
		w.breaks, w.rowBreaks = w.rowBreaks, 0
	}
	empty := w.out.Len() == 0
	switch {
	case w.cells > 0 && w.out.Len() > w.rowText:
		for range min(w.cells, 20) {
			w.out.WriteString(" | ")
		}
		w.lineStart = false
	case empty:
		w.lineStart = true
		w.prefix()
	case w.breaks > 0:
		w.out.WriteByte('\n')
		if w.breaks > 1 {
			// The blank line belongs to the outer one of the two paragraphs.
			w.out.WriteString(strings.TrimRight(quotePrefix(min(w.quote, w.lastQuote)), " "))
			w.out.WriteByte('\n')
		}
		w.lineStart = true
		w.prefix()
	case w.space && !w.lineStart:
		w.out.WriteByte(' ')
	}
	w.breaks, w.cells, w.space = 0, 0, false
	if w.bullet != "" {
		w.out.WriteString(w.bullet)
		w.bullet = ""
	}
	w.out.WriteString(s)
	w.lineStart = false
	w.lastQuote = w.quote
}

func quotePrefix(depth int) string { return strings.Repeat("> ", min(depth, maxQuote)) }

func (w *writer) prefix() {
	w.out.WriteString(quotePrefix(w.quote))
	indent := len(w.lists) - 1
	if w.bullet == "" && len(w.lists) > 0 {
		indent++
	}
	for range max(indent, 0) {
		w.out.WriteString("  ")
	}
}

func (w *writer) finish() (string, int) {
	w.endLink()
	text := strings.TrimRight(w.out.String(), " \n")
	if w.quoteAt < 0 || w.afterQuote || w.quoteAt >= len(text) {
		return text, -1
	}
	return text, w.quoteAt
}
