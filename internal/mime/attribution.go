package mime

import (
	"regexp"
	"strings"
)

const (
	maxAttribution     = 4   // lines over which a program wraps it
	maxAttributionSize = 400 // bytes
)

var (
	// The verb with which the attribution line ends, in many languages, maybe with a colon and dashes behind it.
	verbEnd = regexp.MustCompile(`(?i)(\bwrote|\bwrites|\bsaid|\bschrieb|\bgeschrieben|\bskrev|\bskrifaði|\bschreef|\bgeschreven|\bhet volgende geschreven|\ba écrit|\bécrit|\bescribió|\bescribio|` +
		`\bescreveu|\bha scritto|\bscrisse|napisał(\(a\)|a)?|\bkirjoitti|\bnapsal(\(a\)|a)?|\bnapísal(\(a\)|a)?|(^|\s)írta|\ba scris|написал(\(а\)|а)?|пишет|писал(\(а\)|а)?|написав|` +
		`έγραψε|yazdı|şunu yazdı|napisao|je napisal(\(a\)|a)?|\bmenulis|đã viết|写道|寫道|작성|のメール|のメッセージ|さんは書きました|\bpisze|\bпише|(^|\s)כתב/?ה?|كتب)\s*[:：]?[\s*_>-]*$`)
	// The verb in the middle: "Am … schrieb Name <…>:".
	verbMid = regexp.MustCompile(`(?i)(^|[\s,)>"])(schrieb|schreef|skrev|wrote|hat .{1,60} geschrieben|написал|пише)([\s,:<]|$)`)
	// The same, in a line that is known by what follows it.
	verbAny = regexp.MustCompile(`(?i)(^|[\s,)>"])(schrieb|schreef|skrev|wrote|geschrieben|geschreven|kirjoitti|napisał|pisze|napsal|napísal|írta|keltezéssel|a scris|yazdı|έγραψε|escribió|` +
		`escreveu|scritto|écrit|написал|пишет|пише|от|napisao|menulis|đã viết|מאת|כתב|كتب|بواسطة)([\s,:<(]|$)|写道|寫道|작성|のメール|のメッセージ|書きました`)
	// What Horde and others write.
	quoting = regexp.MustCompile(`(?i)^\s*(quoting|zitat von|citando( a)?|citat( (från|fra|af))?|citation de|citaat van|lainaus)\s.{0,100}@.{1,100}:\s*$`)
	// How an attribution line starts: a preposition, a day, or a number.
	opening = regexp.MustCompile(`(?i)^[\s*_-]*(on|am|an dem|le|el|il|op|em|den|dne|dnia|w dniu|in data|in a message dated|på|pe|la|de|kl|` +
		`(mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lun|mar|mer|jeu|ven|sam|dim|` +
		`ma|to|ti|ke|su|man|tir|ons|tor|fre|lør|søn|пн|вт|ср|чт|пт|сб|вс)[a-zäöüéèø]*|\d{1,4}|.{2,80}[<(]\S+@\S+[>)] (wrote|schrieb))\b?[\s.,:/-]`)
	// A date or a time of day: every real attribution has one of them.
	when = regexp.MustCompile(`\d{1,2}[:.]\d{2}|\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}`)
	// An address right before the end: "2026-01-02 15:04 GMT+01:00 Ann <ann@x.example>:".
	addressEnd = regexp.MustCompile(`\S+@[^\s<>@]+\s*[>)\]]+\s*[:：]\s*[*_]*$`)
	// An address in brackets, or a bare one at the end; with a time of day.
	addressAny = regexp.MustCompile(`[<(\[]\S+@[^\s<>@]+[>)\]]|\S+@[^\s<>@:]+:$`)
	clock      = regexp.MustCompile(`\d{1,2}[:.]\d{2}`)
	// The words before a date; a number alone may be the second half of one.
	preposition = regexp.MustCompile(`^[\s*_-]*\p{L}`)
	mailbox     = regexp.MustCompile(`[^\s<>@(]+@[^\s<>@]+\.[^\s<>@]+`)
)

const (
	// maxAttempts bounds how often one text is compared with a pattern. A long thread takes some hundreds.
	maxAttempts = 5000
	// maxBelow bounds how often all that follows an attribution line is looked at.
	maxBelow = 50
)

// match compares with a pattern, and counts. After too many attempts nothing matches, so that the rest of the text is new.
func (f *folder) match(pattern *regexp.Regexp, s string) bool {
	if f.attempts >= maxAttempts {
		return false
	}
	f.attempts++
	return pattern.MatchString(s)
}

// attribution returns how many lines from i on are the line "On … Ann wrote:", or 0, and whether it names an address.
func (f *folder) attribution(i int) (n int, address bool) {
	size := 0
	for n = 1; n <= maxAttribution && i+n <= len(f.lines); n++ {
		line, inline := strings.TrimSpace(f.lines[i+n-1]), false
		if attributionEnd(line) == endNone {
			line, inline = cutInline(line)
		}
		if n > 1 && (line == "" || f.quote(i+n-1) && !strings.HasPrefix(line, ">:")) || len(line) < 2 && n == 1 {
			return 0, false
		}
		if size += len(" ") + len(line); size > maxAttributionSize {
			return 0, false
		}
		colon := attributionEnd(line)
		if colon == endNone {
			continue
		}
		joined := ""
		for _, part := range f.lines[i : i+n-1] {
			joined += " " + strings.TrimSpace(part)
		}
		joined += " " + line
		if colon == endColon && n == 1 && strings.Contains(line, "@") && f.match(quoting, line) {
			return 1, false
		}
		if !strings.ContainsAny(joined, "0123456789") || !f.match(when, joined) {
			continue
		}
		if n > 1 && f.later(i) {
			return 0, false
		}
		if !f.match(opening, strings.TrimSpace(joined)) {
			return f.loose(i, n, joined, colon), false
		}
		address = f.match(mailbox, joined)
		switch {
		case inline && !address:
			return 0, false
		case f.match(verbEnd, joined) && (colon == endColon || address):
			return n, address
		case f.match(addressEnd, joined):
			return n, true
		case colon == endColon && f.match(verbMid, joined):
			return n, address
		case f.loose(i, n, joined, colon) > 0:
			return n, false
		}
	}
	return 0, false
}

// later reports that the attribution whose lines follow line i begins below it: a short answer stands right above it.
func (f *folder) later(i int) bool {
	first := strings.TrimSpace(f.lines[i])
	if f.match(opening, first+" ") && (strings.ContainsAny(first, "0123456789") || !f.match(preposition, strings.TrimSpace(f.lines[i+1]))) {
		return false
	}
	n, _ := f.attribution(i + 1)
	return n > 0
}

// cutInline cuts off what a program has put right behind the attribution, in the same line, after some spaces.
func cutInline(line string) (attribution string, cut bool) {
	for at := 0; ; {
		i := strings.IndexByte(line[at:], ':')
		if i < 0 {
			return line, false
		}
		at += i + 1
		if rest := line[at:]; strings.HasPrefix(rest, "  ") || strings.HasPrefix(rest, " \u00A0") || strings.HasPrefix(rest, "\u00A0") {
			return line[:at], true
		}
	}
}

// loose is for a line that is an attribution only if quoted lines follow: it has a date, and a verb or an address at its end, but
// starts in no way that is known. It returns n, or 0.
func (f *folder) loose(i, n int, joined string, colon int) int {
	if colon != endColon || i+n >= len(f.lines) || n > 2 || n == 2 && !f.match(when, f.lines[i]) {
		return 0
	}
	next := i + n
	for next < len(f.lines)-1 && next < i+n+2 && f.blank(next) {
		next++
	}
	if !f.quote(next) || !f.match(addressEnd, joined) && !f.match(verbAny, joined) && !(f.match(clock, joined) && f.match(addressAny, joined)) {
		return 0
	}
	return n
}

const (
	endNone = iota
	endColon
	endVerb
)

// attributionEnd is the cheap look at the end of a line that spares most lines the patterns.
func attributionEnd(line string) int {
	if n := len(line); n == 0 || line[n-1] < 0x80 && strings.IndexByte(" *_->:ebt", line[n-1]) < 0 { // none of those below
		return endNone
	}
	line = strings.TrimRight(line, " *_-–—>")
	switch {
	case strings.HasSuffix(line, ":"), strings.HasSuffix(line, "："):
		return endColon
	case strings.HasSuffix(line, "wrote"), strings.HasSuffix(line, "schrieb"), strings.HasSuffix(line, "écrit"),
		strings.HasSuffix(line, "写道"), strings.HasSuffix(line, "寫道"):
		return endVerb
	}
	return endNone
}
