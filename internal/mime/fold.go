package mime

import (
	"strings"
)

// fold parts a text into what is new and what was folded away: the quoted history, the signature and the footer of a
// list. mark is the quotation as the mail program marked it in the HTML form of the same text, or "".
//
// It looks for the quotation's start from above and folds from there, if only quotation follows. Where new text stands
// between or below quoted lines, only the end that holds none is folded. When nothing is left as new, or whenever the
// signs contradict each other, everything is new.
func fold(text, mark string) (fresh, quoted string) {
	text = strings.Trim(normalize(text), "\n")
	lines := strings.Split(text, "\n")
	f := &folder{lines: lines}
	if at, n := f.leadingQuote(); n > 0 {
		// The answer stands below: the quotation comes first, and everything after it is new.
		below := &folder{lines: lines[at+n:]}
		end := below.signature(below.tail(len(below.lines)))
		fresh = joinTrim(below.lines[:end])
		if fresh != "" {
			quoted = joinTrim(lines[:at+n])
			if rest := joinTrim(below.lines[end:]); rest != "" {
				quoted += "\n\n" + rest
			}
			return fresh, quoted
		}
	}
	end := f.start()
	if end < 0 || forwardMark(mark) {
		return strings.TrimSpace(text), ""
	}
	if end == len(lines) && mark != "" {
		if end = f.exactly(text, mark); end == len(lines) {
			end = f.marked(mark)
		}
		if end < len(lines) {
			end = f.withRule(end)
		}
	}
	end = f.tail(end)
	end = f.signature(end)
	fresh = joinTrim(lines[:end])
	if fresh == "" {
		return strings.TrimSpace(text), ""
	}
	return fresh, joinTrim(lines[end:])
}

// joinTrim joins lines and cuts blank lines and space at both ends; the indentation of the first line stays.
func joinTrim(lines []string) string {
	s := strings.TrimRight(strings.Join(lines, "\n"), " \t\n\u00A0")
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok || strings.TrimSpace(line) != "" {
			return s
		}
		s = rest
	}
}

// folder works on the lines of one text. Its methods return indexes of lines; len(lines) means "not found".
type folder struct {
	lines    []string
	attempts int // comparisons with a pattern so far; see maxAttempts
	looks    int // calls of below so far
}

func (f *folder) blank(i int) bool { return strings.TrimSpace(f.lines[i]) == "" }

func (f *folder) quote(i int) bool {
	s := strings.TrimLeft(f.lines[i], " \t")
	return strings.HasPrefix(s, ">") || strings.HasPrefix(s, "|>")
}

// start returns the line at which the history starts that runs to the end of the text, or -1 when a forwarded mail comes first, which
// was not known to us.
func (f *folder) start() int {
	for i := range f.lines {
		if f.blank(i) {
			continue
		}
		if f.forwarded(i) {
			return -1
		}
		if f.quote(i) {
			if f.groupWise(i) {
				return f.withRule(i)
			}
			continue
		}
		if f.original(f.lines[i]) || f.above(i) {
			return f.withRule(i)
		}
		if f.headerBlock(i) {
			return f.withTitle(i)
		}
		n, address := f.attribution(i)
		if n == 0 {
			continue
		}
		switch below := f.below(i + n); {
		case below == onlyQuote, (below == onlyText || f.inline(i+n-1)) && address:
			return f.withRule(i)
		}
	}
	return len(f.lines)
}

// inline reports the last line of an attribution that goes on with what was written before.
func (f *folder) inline(i int) bool {
	line, cut := cutInline(strings.TrimSpace(f.lines[i]))
	return cut && attributionEnd(line) != endNone
}

// What follows an attribution line.
const (
	nothing   = iota
	onlyQuote // quoted lines, then at most a signature
	onlyText  // no quoted line: the program does not mark them
	mixed     // new text below or between quoted lines
)

func (f *folder) below(i int) int {
	if f.looks++; f.looks > maxBelow {
		return nothing
	}
	for i < len(f.lines) && f.blank(i) {
		i++
	}
	if i == len(f.lines) {
		return nothing
	}
	if !f.quote(i) {
		return onlyText
	}
	rest := &folder{lines: f.lines[i:]}
	end := rest.signature(len(rest.lines))
	for j := range end {
		if !rest.quote(j) && !rest.blank(j) {
			return mixed
		}
	}
	return onlyQuote
}

// withRule moves the start up over a ruled line that belongs to it.
func (f *folder) withRule(i int) int {
	j := i - 1
	for j >= 0 && f.blank(j) {
		j--
	}
	if j >= 0 && i-j <= 3 && rule(f.lines[j]) {
		return j
	}
	return i
}

// rule reports a line of at least three equal strokes.
func rule(s string) bool {
	if !ruledStart(s) {
		return false
	}
	s = strings.TrimSpace(s)
	return len(s) >= 3 && strings.Trim(s, "_-=*~ —–") == ""
}

// leadingQuote finds a quotation at the very top, with or without an attribution, below which everything is new.
// n is 0 when there is none.
func (f *folder) leadingQuote() (at, n int) {
	for at < len(f.lines) && f.blank(at) {
		at++
	}
	if at == len(f.lines) {
		return 0, 0
	}
	i := at
	if !f.quote(i) {
		lines, _ := f.attribution(i)
		if lines == 0 {
			return 0, 0
		}
		i += lines
		for i < len(f.lines) && f.blank(i) {
			i++
		}
		if i == len(f.lines) || !f.quote(i) {
			return 0, 0
		}
	}
	for i < len(f.lines) && (f.quote(i) || f.blank(i)) {
		i++
	}
	if i == len(f.lines) || i > 0 && !f.blank(i-1) {
		return 0, 0 // nothing below, or a line that may be the broken end of a quoted one
	}
	rest := &folder{lines: f.lines[i:]}
	end := rest.tail(len(rest.lines))
	for j := range end {
		if rest.quote(j) {
			return 0, 0 // an answer point by point: the quotes are its context
		}
	}
	return at, i - at
}

// tail moves end up over quoted lines, with their attribution, below which nothing new stands.
func (f *folder) tail(end int) int {
	rest := &folder{lines: f.lines[:end]}
	i := rest.signature(end)
	last := i
	quotes := false
	for i > 0 && (f.blank(i-1) || f.quote(i-1)) {
		quotes = quotes || f.quote(i-1)
		i--
	}
	if !quotes {
		return end
	}
	for n := 1; n <= 5 && i-n >= 0; n++ {
		if f.blank(i - n) {
			continue
		}
		if lines, _ := f.attribution(i - n); lines > 0 {
			return f.withRule(i - n)
		}
	}
	if i > 0 || last < end {
		return f.withRule(i)
	}
	return end
}

// forwardMark reports a mark around a mail that was passed on, not around the history.
func forwardMark(mark string) bool {
	lines := strings.SplitN(strings.Trim(normalize(mark), "\n"), "\n", 6)
	f := &folder{lines: lines[:min(len(lines), 5)]}
	for i := range f.lines {
		if f.forwarded(i) {
			return true
		}
	}
	return false
}

// exactly is marked for a text that was made from the HTML itself, which ends with the quotation.
func (f *folder) exactly(text, mark string) int {
	before, ok := strings.CutSuffix(text, strings.Trim(normalize(mark), "\n"))
	if !ok || !strings.HasSuffix(before, "\n") {
		return len(f.lines)
	}
	return strings.Count(before, "\n")
}

// marked looks for the line with which the marked quotation starts. It must be the only such line, and nobody may have
// answered inside of the quotation.
func (f *folder) marked(mark string) int {
	want := ""
	for line := range strings.SplitSeq(mark, "\n") {
		if want = squeeze(line); len(want) >= 8 {
			break
		}
	}
	found := len(f.lines)
	if len(want) < 8 {
		return found
	}
	for i := range f.lines {
		if squeeze(f.lines[i]) == want {
			if found < len(f.lines) {
				return len(f.lines)
			}
			found = i
		}
	}
	quotes := false
	for i, end := found, f.signature(len(f.lines)); i < end; i++ {
		if quotes && !f.quote(i) && !f.blank(i) {
			return len(f.lines)
		}
		quotes = quotes || f.quote(i)
	}
	return found
}

// squeeze leaves the letters and digits of a line that both forms of a text share.
func squeeze(s string) string {
	s = strings.TrimLeft(strings.TrimSpace(s), "> *-")
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, "*", "")), " "))
}
