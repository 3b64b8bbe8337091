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
	mailbox    = regexp.MustCompile(`[^\s<>@(]+@[^\s<>@]+\.[^\s<>@]+`)
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
	joined := ""
	for n = 1; n <= maxAttribution && i+n <= len(f.lines); n++ {
		line := strings.TrimSpace(f.lines[i+n-1])
		if n > 1 && (line == "" || f.quote(i+n-1) && !strings.HasPrefix(line, ">:")) || len(line) < 2 && n == 1 {
			return 0, false
		}
		joined += " " + line
		if len(joined) > maxAttributionSize {
			return 0, false
		}
		colon := attributionEnd(line)
		if colon == endColon && n == 1 && strings.Contains(line, "@") && f.match(quoting, line) {
			return 1, false
		}
		if colon == endNone || !strings.ContainsAny(joined, "0123456789") || !f.match(when, joined) {
			continue
		}
		if !f.match(opening, strings.TrimSpace(joined)) {
			return f.loose(i, n, joined, colon), false
		}
		address = f.match(mailbox, joined)
		switch {
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
	if !f.quote(next) || !f.match(addressEnd, joined) && !f.match(verbAny, joined) {
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

var originals = regexp.MustCompile(`(?i)^\s*[-_–—*]{2,}\s*(original|original message|original appointment|original email|ursprüngliche (nachricht|e-?mail)|original-?nachricht|originalnachricht|` +
	`message d'origine|message d’origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk(e)? bericht|origineel bericht|` +
	`oprindelig (besked|meddelelse)|opprinnelig melding|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|` +
	`původní zpráva|eredeti üzenet|исходное сообщение|пересылаемое сообщение|mesaj original|özgün ileti|reply message|antwort nachricht|原始邮件|元のメッセージ)\s*[-_–—*]{2,}\s*$`)

// original reports the ruled line above the mail that was answered.
func (f *folder) original(line string) bool {
	return len(line) < 200 && stroke(line) && f.match(originals, line)
}

var aboveLines = regexp.MustCompile(`(?i)^[\s#*=_–—-]{2,}.{0,40}((reply|answer|respond|response|type|write).{0,30} above this line|(über|oberhalb|ueber) (dieser|von dieser) (zeile|linie)|au-dessus de cette ligne|` +
	`(encima|arriba) de esta línea|sopra questa (riga|linea)|boven deze (regel|lijn)|acima desta linha|powyżej tej linii|над этой (строкой|линией)|ovanför denna rad|over denne linjen?|tämän rivin yläpuolelle)`)

// above reports the line that ticket desks write, for people to answer above it.
func (f *folder) above(line string) bool {
	bare := strings.TrimLeft(line, "#*=_–—-")
	return len(line) < 300 && len(line)-len(bare) >= 2 && bare != "" && f.match(aboveLines, line)
}

// stroke reports a line that starts as a ruled one, not as an entry of a list. It spares the other lines the patterns.
func stroke(line string) bool {
	line = strings.TrimSpace(line)
	return len(line)-len(strings.TrimLeft(line, "-_–—*")) >= 2
}

var forwardLines = regexp.MustCompile(`(?i)^\s*([-_–—*]{2,}\s*(forwarded message|forwarded by .{1,80}|weitergeleitete nachricht|message transféré|mensaje reenviado|mensagem encaminhada|` +
	`messaggio inoltrato|doorgestuurd bericht|videresendt (besked|melding)|vidarebefordrat meddelande)\s*[-_–—*]{2,}|` +
	`begin forwarded message:|anfang der weitergeleiteten (nachricht|e-mail):|début du message (réexpédié|transféré)\s?:|inizio messaggio inoltrato:)\s*$`)

// forwarded reports the line above a mail that was passed on.
func (f *folder) forwarded(line string) bool {
	if len(line) >= 200 {
		return false
	}
	s := strings.TrimSpace(line)
	heading := len(s) > 20 && strings.HasSuffix(s, ":") && strings.ContainsAny(s[:1], "bBaAdDiI") // as in the pattern
	return (heading || stroke(s)) && f.match(forwardLines, line)
}

// label is what a line of a header block stands for.
type label int

const (
	labelNone label = iota
	labelFrom
	labelDate
	labelTo
	labelSubject
	labelOther
)

// labelOf knows the words before the colon in the header blocks of Outlook and others.
func labelOf(word string) label {
	switch word {
	case "from", "von", "de", "van", "da", "fra", "från", "lähettäjä", "od", "от", "feladó", "de la", "kimden", "发件人", "寄件者", "差出人", "expéditeur", "absender", "від", "από", "보낸 사람", "보낸사람", "寄件人", "מאת", "من", "từ", "จาก", "šalje", "pošiljatelj", "送信者", "da parte di", "remitente", "remetente", "mittente", "afzender", "avsändare", "afsender", "avsender":
		return labelFrom
	case "sent", "date", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em", "enviado em", "fecha", "data",
		"verzonden", "verzonden op", "inviato", "sendt", "dato", "skickat", "lähetetty", "wysłano", "odesláno", "отправлено", "дата", "elküldve", "trimis",
		"gönderildi", "发送时间", "日期", "送信日時", "message du", "päivämäärä", "sent on", "date d'envoi", "odoslané", "надіслано", "στάλθηκε", "寄件日期", "傳送時間", "보낸 날짜", "보낸날짜", "נשלח", "تم الإرسال", "đã gửi", "ส่ง", "poslano", "изпратено", "date de réception", "日時", "发送日期", "时间", "dátum", "data/ora", "tarih", "sent at", "gesendet um", "enviat":
		return labelDate
	case "to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu", "кому", "címzett", "către", "kime", "收件人", "宛先", "empfänger", "destinataire", "προς", "收件者", "받는 사람", "받는사람", "אל", "إلى", "đến", "ถึง", "prima", "до", "destinatario", "destinatário", "recipient", "per a":
		return labelTo
	case "subject", "betreff", "objet", "asunto", "assunto", "onderwerp", "oggetto", "emne", "ämne", "aihe", "temat", "předmět", "тема", "tárgy", "subiect",
		"konu", "主题", "主旨", "件名", "sujet", "predmet", "θέμα", "제목", "נושא", "الموضوع", "chủ đề", "เรื่อง", "относно", "标题", "標題", "assumpte":
		return labelSubject
	case "cc", "kopie", "kopi", "bcc", "copie à", "copie", "reply-to", "antwort an", "importance", "wichtigkeit", "priorität", "attachments", "anlagen", "dw", "копия", "organization":
		return labelOther
	}
	return labelNone
}

// lineLabel reads the label of a line, also with the stars and the link that text made from HTML has around it.
func lineLabel(line string) label {
	if len(line) > 1000 {
		return labelNone
	}
	head, _, ok := strings.Cut(strings.ReplaceAll(line, "：", ":"), ":")
	if !ok || len(head) > 40 {
		return labelNone
	}
	return labelOf(strings.ToLower(strings.Trim(head, "* \t\u00A0")))
}

// headerBlock reports a block like "From: … Sent: … To: … Subject: …" that starts at line i.
func (f *folder) headerBlock(i int) bool {
	switch lineLabel(f.lines[i]) {
	case labelFrom, labelDate:
	default:
		return false
	}
	var seen [labelOther + 1]bool
	loose := 0
	for j := i; j < len(f.lines) && j < i+14; j++ {
		l := lineLabel(f.lines[j])
		switch {
		case l != labelNone:
			seen[l] = true
			loose = 0
		case f.blank(j) && j+1 < len(f.lines) && lineLabel(f.lines[j+1]) != labelNone:
			// made from HTML with a paragraph for each line
		case f.blank(j):
			j = len(f.lines)
		default:
			if loose++; loose > 3 { // a long list of recipients wraps
				j = len(f.lines)
			}
		}
	}
	count := 0
	for _, l := range []label{labelDate, labelTo, labelSubject} {
		if seen[l] {
			count++
		}
	}
	return seen[labelFrom] && count >= 2
}
