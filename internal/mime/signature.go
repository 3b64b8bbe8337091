package mime

import (
	"regexp"
	"strings"
)

const (
	maxSignature = 15 // lines; more than that is a text below a dash
	maxFooter    = 12
)

// signature moves end up over a signature: what follows the line "-- ", the line that telephones add, and the footer
// of a list server.
func (f *folder) signature(end int) int {
	for range 4 {
		next := f.oneSignature(end)
		if next == end {
			return end
		}
		end = next
	}
	return end
}

func (f *folder) oneSignature(end int) int {
	last := end
	for last > 0 && f.blank(last-1) {
		last--
	}
	if last == 0 {
		return end
	}
	if f.sentFrom(last - 1) {
		return last - 1
	}
	// "Sent from" and the address of the program on the line below.
	if below := strings.TrimLeft(f.lines[last-1], " <("); last > 1 && (strings.HasPrefix(below, "http") || strings.HasPrefix(below, "www.")) && f.sentFrom(last-2) {
		return last - 2
	}
	if at := f.disclaimer(last); at < last {
		return at
	}
	filled := 0
	for i := last - 1; i >= 0 && last-i <= maxSignature+maxFooter; i-- {
		s := strings.TrimRight(f.lines[i], " \t")
		if f.quote(i) {
			return end
		}
		if s == "--" && filled <= maxSignature {
			if f.lines[i] == s && f.divides(i, last) {
				return end
			}
			return f.higherSignature(i)
		}
		if strings.HasPrefix(s, "__") && strings.Trim(s, "_") == "" && filled <= maxFooter && listFooter(f.lines[i+1:last]) {
			return i
		}
		if s != "" {
			filled++
		}
	}
	return end
}

// divides reports a "--" that is one of several between the parts of a text: without the space behind it, it is also written for that.
// Two signatures are one of a person and the line of a telephone.
func (f *folder) divides(at, last int) bool {
	for i := at + 1; i < last; i++ {
		if f.sentFrom(i) {
			return false
		}
	}
	for i := range at {
		if f.lines[i] == "--" {
			return true
		}
	}
	return false
}

// higherSignature finds the first of two signatures that follow each other closely.
func (f *folder) higherSignature(at int) int {
	filled := 0
	for i := at - 1; i >= 0 && filled <= maxSignature/2; i-- {
		if f.quote(i) {
			break
		}
		if f.lines[i] == "-- " { // only the exact form counts twice: "--" alone is also a divider
			return i
		}
		if !f.blank(i) {
			filled++
		}
	}
	return at
}

// listFooter reports the lines that mailing lists append below a long rule.
func listFooter(lines []string) bool {
	size := 0
	for _, line := range lines {
		if size += len(line) + 1; size > 1500 {
			return false
		}
	}
	text := strings.ToLower(strings.Join(lines, "\n"))
	for _, sign := range []string{"mailing list", "mailman", "listinfo", "unsubscribe", "mailingliste", "abbestellen", "liste de diffusion"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

var sentFromStart = regexp.MustCompile(`(?i)^[-_*\s]*(sent (from|via|with|using)|get outlook for|get typeapp|gesendet (von|mit|über|aus)|diese nachricht wurde von mein|` +
	`von mein\S* .{1,40} gesendet|von (\S+ ){0,2}\S*(mail|tablet|phone|handy|mobil|telefon|gerät|app)\S*( auf \S+)? gesendet|holen sie sich outlook|laden sie outlook|outlook für .{1,20} (herunterladen|beziehen)|envoyé (de|depuis|à partir|avec|via)|` +
	`télécharge[rz] outlook|obtenir outlook|enviado (desde|do|a partir|de|via|con)|obtener outlook|inviato (da|dal)|scarica outlook|` +
	`verzonden (vanaf|met|via|vanuit)|verstuurd vanaf|outlook voor|sendt fra|skickat från|lähetetty|wysłane? z|odesláno z|отправлено (с|из)|` +
	`iphone'umdan|iphoneから|发自我的|從我的|` +
	`wysłano z|надіслано з|αποστολή από|trimis de pe|poslano (z|s)|나의 .{1,20}에서 보냄|ottieni outlook|obter o outlook|hent outlook (til|for)|få outlook (til|for)|hämta outlook för|hanki outlook|` +
	`pobierz (aplikację )?outlook|získat outlook|скачать outlook|получить outlook|获取 outlook|取得 outlook|outlook for .{1,20} (を入手|herunterladen|beziehen)|télécharger outlook|stáhnout outlook|` +
	`(virus-free|virenfrei|garanti sans virus|sans virus|libre de virus|livre de vírus|priva di virus|virusvrij|wolny od wirusów|без вирусов)\.? ?(www\.|<http|http|$))`)

// A day or a time of it: then it is a sentence about something that was sent.
var sentWhen = regexp.MustCompile(`(?i)\s(am|gestern|heute|vorgestern|bereits|schon|yesterday|today|already|hier|ayer|ieri)(\s|$)`)

// sentFrom reports the line that telephones and programs put below a mail. A sentence that only starts like one has
// its full stop or comma, goes on for long, says when, or began on the line before.
func (f *folder) sentFrom(i int) bool {
	s := strings.TrimSpace(f.lines[i])
	if len(s) < 6 || len(s) > 250 {
		return false
	}
	for { // the addresses of links
		before, rest, ok := strings.Cut(s, "<http")
		_, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			break
		}
		s = strings.TrimSpace(strings.TrimRight(before, " ") + after)
	}
	if len(s) > 160 || !sentFromStart.MatchString(s) || sentWhen.MatchString(s) {
		return false
	}
	if strings.ContainsAny(s, ",;!?") || len(strings.Fields(s)) > 10 {
		return false
	}
	if first := s[0]; first >= 'a' && first <= 'z' && i > 0 && !f.blank(i-1) && !strings.HasPrefix(strings.ToLower(s), "iphone") {
		return false
	}
	return !strings.HasSuffix(s, ".") || len(strings.Fields(s)) <= 6 || strings.HasSuffix(s, " gesendet.")
}

// disclaimers are the beginnings of what companies append to every mail.
var disclaimers = regexp.MustCompile(`(?i)^[\s*_=#-]*((confidentiality|confidential|privacy|legal|email) (notice|note|disclaimer|statement)\b|(e-?mail[- ])?disclaimer\b|vertraulichkeitshinweis|rechtlicher hinweis|haftungsausschluss|` +
	`(the (information|content|contents)|this (e-?mail|message|communication|transmission|electronic message))\b.{0,160}\b(confidential|privileged|intended (only|solely))|` +
	`(diese (e-?mail|nachricht|mail)|der inhalt dieser (e-?mail|nachricht|mail)|die (in dieser e-?mail|informationen in dieser)).{0,160}\b(vertraulich|geheimhaltung|ausschließlich für|nur für den)|` +
	`(ce (message|courriel|mail|courrier)|cet e-?mail).{0,160}\b(confidentiel|à l['’](attention|intention|usage) exclusi)|` +
	`(este (mensaje|correo|mail)|esta (mensagem|comunicación)).{0,160}\b(confidencia)|(questo messaggio|questa e-?mail|le informazioni contenute).{0,160}\b(riservat|confidenzial)|` +
	`(dit bericht|deze e-?mail|de informatie in).{0,160}\b(vertrouwelijk|uitsluitend bestemd)|` +
	`if you (are not the (intended|named|correct)|have received this (e-?mail|message|communication))\b|(wenn|falls|sollten) sie (nicht der |diese (e-?mail|nachricht) ).{0,40}(adressat|empfänger|irrtümlich|versehentlich)|` +
	`(please|bitte) (consider the environment|denken sie an die umwelt|prüfen sie.{0,40}ausdruck)|si vous (avez reçu|n['’]êtes pas le destinataire)|si (usted )?no es el destinatario)`)

const (
	minDisclaimer = 70 // bytes; a person who asks for discretion writes less
	maxDisclaimer = 3000
)

// disclaimer moves last up over the last paragraph, if it says to whom the mail is confidential.
func (f *folder) disclaimer(last int) int {
	size, i := 0, last
	for i > 0 && !f.blank(i-1) && size <= maxDisclaimer {
		if i--; f.quote(i) {
			return last
		}
		size += len(f.lines[i]) + 1
	}
	top := i
	for top < last-1 && rule(f.lines[top]) {
		top++
	}
	if size < minDisclaimer || size > maxDisclaimer || !disclaimers.MatchString(cut(strings.Join(f.lines[top:min(last, top+6)], " "), 400)) {
		return last
	}
	return i
}
