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
	if sentFrom(f.lines[last-1]) {
		return last - 1
	}
	// "Sent from" and the address of the program on the line below.
	if last > 1 && sentFrom(f.lines[last-2]) && strings.HasPrefix(strings.TrimLeft(f.lines[last-1], " <"), "http") {
		return last - 2
	}
	filled := 0
	for i := last - 1; i >= 0 && last-i <= maxSignature+maxFooter; i-- {
		s := strings.TrimRight(f.lines[i], " \t")
		if f.quote(i) {
			return end
		}
		if s == "--" && filled <= maxSignature {
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
	`von mein\S* .{1,40} gesendet|holen sie sich outlook|outlook für .{1,20} (herunterladen|beziehen)|envoyé (de|depuis|à partir|avec|via)|` +
	`télécharge[rz] outlook|obtenir outlook|enviado (desde|do|a partir|de|via|con)|obtener outlook|inviato (da|dal)|scarica outlook|` +
	`verzonden (vanaf|met|via|vanuit)|verstuurd vanaf|outlook voor|sendt fra|skickat från|lähetetty|wysłane? z|odesláno z|отправлено (с|из)|` +
	`iphone'umdan|iphoneから|发自我的|從我的|` +
	`wysłano z|надіслано з|αποστολή από|trimis de pe|poslano (z|s)|나의 .{1,20}에서 보냄|ottieni outlook|obter o outlook|hent outlook (til|for)|få outlook (til|for)|hämta outlook för|hanki outlook|` +
	`pobierz (aplikację )?outlook|získat outlook|скачать outlook|получить outlook|获取 outlook|取得 outlook|outlook for .{1,20} (を入手|herunterladen|beziehen)|télécharger outlook|stáhnout outlook)`)

// sentFrom reports the line that telephones and programs put below a mail. A sentence that only starts like one has
// its full stop or comma, or goes on for long.
func sentFrom(line string) bool {
	s := strings.TrimSpace(line)
	if len(s) < 6 || len(s) > 160 || !sentFromStart.MatchString(s) {
		return false
	}
	if i := strings.IndexByte(s, '<'); i > 0 { // the address of a link
		s = strings.TrimSpace(s[:i])
	}
	if strings.ContainsAny(s, ",;!?") || len(strings.Fields(s)) > 10 {
		return false
	}
	return !strings.HasSuffix(s, ".") || len(strings.Fields(s)) <= 6 || strings.HasSuffix(s, " gesendet.")
}
