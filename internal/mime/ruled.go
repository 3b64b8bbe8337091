package mime

import (
	"regexp"
	"strings"
)

var originals = regexp.MustCompile(`(?i)^\s*[-_–—*]{2,}\s*(original|original message|original appointment|original email|ursprüngliche (nachricht|e-?mail)|original-?nachricht|originalnachricht|` +
	`message d'origine|message d’origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk(e)? bericht|origineel bericht|` +
	`oprindelig (besked|meddelelse)|opprinnelig melding|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|` +
	`původní zpráva|eredeti üzenet|исходное сообщение|mesaj original|özgün ileti|reply message|antwort nachricht|原始邮件|元のメッセージ)\s*[-_–—*]{2,}\s*$`)

// original reports the ruled line above the mail that was answered.
func (f *folder) original(line string) bool {
	return len(line) < 200 && stroke(line) && f.match(originals, line)
}

var aboveLines = regexp.MustCompile(`(?i)^.{0,60}((reply|answer|respond|response|type|write).{0,30} above this line|(über|oberhalb|ueber) (dieser|von dieser) (zeile|linie)|au-dessus de cette ligne|` +
	`(encima|arriba) de esta línea|sopra questa (riga|linea)|boven deze (regel|lijn)|acima desta linha|powyżej tej linii|над этой (строкой|линией)|ovanför denna rad|over denne linjen?|tämän rivin yläpuolelle)`)

// above reports the line that ticket desks write, for people to answer above it: with strokes before it, or beside a line of strokes.
func (f *folder) above(i int) bool {
	line := f.lines[i]
	if len(line) >= 300 || !ruledStart(line) && !(i > 0 && ruledStart(f.lines[i-1]) || i+1 < len(f.lines) && ruledStart(f.lines[i+1])) {
		return false
	}
	bare := strings.TrimLeft(line, " \t#*=_–—-")
	if len(bare) < 15 {
		return false
	}
	ruled := len(line)-len(bare) >= 2 && strings.Trim(line[:len(line)-len(bare)], " \t") != "" ||
		len(line) < 120 && (i > 0 && rule(f.lines[i-1]) || i+1 < len(f.lines) && rule(f.lines[i+1]))
	return ruled && f.match(aboveLines, bare)
}

// ruledStart is the cheap look at the beginning of a line that spares most lines the others.
func ruledStart(line string) bool {
	for i := range len(line) {
		switch c := line[i]; c {
		case ' ', '\t':
		case '#', '*', '=', '_', '-', '~', 0xE2: // the first byte of the longer strokes
			return true
		default:
			return false
		}
	}
	return false
}

// stroke reports a line that starts as a ruled one, not as an entry of a list. It spares the other lines the patterns.
func stroke(line string) bool {
	if !ruledStart(line) {
		return false
	}
	line = strings.TrimSpace(line)
	return len(line)-len(strings.TrimLeft(line, "-_–—*")) >= 2
}

// forwardWords are the stems of "forwarded" in the lines that mail programs write above a mail that is passed on.
const forwardWords = `forward|weitergeleitet|weiterleitung|transf[eé]r|réexpédi|reenviad|encaminhad|inoltrat|doorgestuurd|videresend|vidarebefordra|przekaz|przesłan|пересыла|пересл|переадрес|перенаправ|` +
	`přepos|přeposl|prepos|továbbít|redirecționat|iletilen|yönlendiril|προωθ|välite|edasi saadet|edastat|proslij|prosleđ|posredovan|препра|转发|轉寄|转寄|転送|전달`

var (
	forwardRule  = regexp.MustCompile(`(?i)^\s*[-_–—*=]{2,}[^-_–—*=].{0,60}(` + forwardWords + `).{0,100}?[-_–—*=]{2,}|^\s*[-_–—*=]{2,}\s*(` + forwardWords + `).{0,100}?[-_–—*=]{2,}`)
	forwardTitle = regexp.MustCompile(`(?i)` + forwardWords)
)

// forwarded reports the line above a mail that was passed on: one between strokes, or a title above the fields of a mail.
func (f *folder) forwarded(i int) bool {
	line := f.lines[i]
	if len(line) < 300 && stroke(line) && f.match(forwardRule, line) {
		return true
	}
	// Looked at from its end: from the first of the fields, in which a program may have quoted what it forwards.
	if !hasColon(line) {
		return false
	}
	field := unquoted(line)
	if field == "" || i > 0 && f.quote(i) && f.quote(i-1) && unquoted(f.lines[i-1]) != "" || lineLabel(field) == labelNone {
		return false
	}
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		title := unquoted(f.lines[j])
		if title == "" {
			continue
		}
		if len(title) < 6 || len(title) > 120 || lineLabel(title) != labelNone {
			return false
		}
		last := title[len(title)-1]
		heading := last == ':' || strings.HasSuffix(title, "：") || stroke(title) || len(strings.Fields(title)) <= 3
		return last != '.' && heading && f.match(forwardTitle, title)
	}
	return false
}

// hasColon looks for a colon where the one behind a label would be.
func hasColon(line string) bool {
	line = line[:min(len(line), 80)]
	return strings.IndexByte(line, ':') >= 0 || strings.Contains(line, "：")
}

// unquoted is a line without the marks of quotation and space around it.
func unquoted(line string) string { return strings.TrimSpace(strings.TrimLeft(line, "> \t|\u00A0")) }

// withTitle moves the start of a block of fields up over the line between strokes that names it, and over a rule.
func (f *folder) withTitle(i int) int {
	for j := i - 1; j >= 0 && i-j <= 3; j-- {
		s := strings.TrimSpace(f.lines[j])
		if s == "" {
			continue
		}
		// "--- Original ---", and what Notes writes: "Ann ---23.11.2026 10:15:12---the first words".
		if stroke(s) && !rule(s) && len(s) < 200 && strings.TrimRight(s, "-_–—*") != s || len(s) < 500 && notesTitle.MatchString(s) {
			return f.withRule(j)
		}
		break
	}
	return f.withRule(i)
}

var notesTitle = regexp.MustCompile(`\S\s?---\d[\d./:, -]{7,30}[^-]{0,20}---`)

// groupWise is what GroupWise writes above the mail that is answered, which it does not quote:
// ">>> Ann <ann@x.example> 23.11.2026 10:15 >>>", or an attribution behind ">>>".
func (f *folder) groupWise(i int) bool {
	line := strings.TrimSpace(f.lines[i])
	rest, ok := strings.CutPrefix(line, ">>> ")
	if !ok || len(line) > maxAttributionSize || i > 0 && !f.blank(i-1) && f.quote(i-1) {
		return false
	}
	if strings.HasSuffix(rest, ">>>") && f.match(when, rest) {
		return true
	}
	block := &folder{lines: append([]string{rest}, f.lines[i+1:min(i+maxAttribution, len(f.lines))]...), attempts: f.attempts}
	n, _ := block.attribution(0)
	f.attempts = block.attempts
	if n == 0 { // "… in message <id>, Ann wrote:"
		for n = 1; n <= len(block.lines) && !strings.HasSuffix(strings.TrimSpace(block.lines[n-1]), ":"); n++ {
		}
		if n > len(block.lines) || !f.match(when, strings.Join(block.lines[:n], " ")) || !f.match(mailbox, strings.Join(block.lines[:n], " ")) {
			return false
		}
	}
	next := i + n
	for next < len(f.lines) && f.blank(next) {
		next++
	}
	return next < len(f.lines) && !f.quote(next)
}
