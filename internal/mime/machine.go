package mime

import (
	"regexp"
	"strconv"
	"strings"
)

// machineReason tells machine mail, or returns "" for a person's. Only the header decides, except for the report that
// some servers send without any sign of it there.
func machineReason(h header, ct media, m *Mail) MachineReason {
	switch {
	case ct.value == "multipart/report", strings.HasPrefix(ct.value, "message/delivery-status"), hasReport(m.Attachments):
		return ReasonReport
	case h.get("x-failed-recipients") != "":
		return ReasonFailedRecipients
	case nullReturnPath(h):
		return ReasonNullReturnPath
	case daemon(m.From) || daemon(m.Sender) || daemon(parseAddresses(h.get("return-path"), "", 1)):
		return ReasonDaemon
	case autoSubmitted(h):
		return ReasonAutoSubmitted
	case noReply(m):
		return ReasonNoReply
	case autoSubject(m.Subject):
		return ReasonAutoSubject
	case h.get("list-id") != "" || h.get("list-unsubscribe") != "" || h.get("list-post") != "":
		return ReasonList
	}
	for _, v := range h.values("precedence") {
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "bulk", "junk", "list", "auto_reply", "auto-reply":
			return ReasonPrecedence
		}
	}
	if v := strings.ToLower(h.get("x-auto-response-suppress")); v != "" && v != "none" {
		return ReasonSuppress
	}
	return ""
}

func hasReport(list []Attachment) bool {
	for _, a := range list {
		switch a.ContentType {
		case "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
			"message/feedback-report", "message/x-feedback-report":
			return true
		}
	}
	return false
}

// nullReturnPath reports an empty envelope sender, as RFC 5321 demands for reports.
func nullReturnPath(h header) bool {
	for _, f := range h {
		if f.name == "return-path" {
			v := strings.TrimSpace(f.value)
			return v == "<>" || strings.EqualFold(v, "<mailer-daemon>")
		}
	}
	return false
}

// daemon reports the addresses that only machines write from.
func daemon(list []Address) bool {
	for _, a := range list {
		local, _, _ := strings.Cut(a.Key(), "@")
		if local == "" {
			local = strings.ToLower(a.Name)
		}
		local = strings.NewReplacer("_", "-", " ", "-").Replace(local)
		switch local {
		case "mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mail-deamon", "mailer-deamon", "mdaemon", "bounce", "bounces":
			return true
		}
		if strings.HasPrefix(local, "mailer-daemon") || strings.HasPrefix(local, "postmaster-") || strings.HasPrefix(local, "microsoftexchange") {
			return true
		}
	}
	return false
}

// noReply reports a sender that reads no answers. A form that writes from such an address names the person in Reply-To.
func noReply(m *Mail) bool {
	for _, a := range m.ReplyTo {
		if a.Email != "" && !noReplyAddress(a) {
			return false
		}
	}
	return len(m.From) > 0 && noReplyAddress(m.From[0])
}

func noReplyAddress(a Address) bool {
	local, _, _ := strings.Cut(a.Key(), "@")
	local, _, _ = strings.Cut(local, "+")
	switch strings.NewReplacer("-", "", "_", "", ".", "").Replace(local) {
	case "noreply", "donotreply", "nichtantworten", "noresponder", "nepasrepondre", "noreplies":
		return true
	}
	return false
}

func autoSubmitted(h header) bool {
	if v := strings.ToLower(h.get("auto-submitted")); v != "" && v != "no" && !strings.HasPrefix(v, "no;") && !strings.HasPrefix(v, "no ") {
		return true
	}
	for _, name := range []string{"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply",
		"x-vacation", "x-autoreply-from", "x-auto-reply-from", "x-ms-exchange-inbox-rules-loop", "x-feedback-report"} {
		if v := strings.ToLower(h.get(name)); v != "" && v != "no" {
			return true
		}
	}
	return false
}

// autoSubjects holds, in this order: phrases that stand for themselves, and words that need a colon behind them.
var autoSubjects = regexp.MustCompile(`(?i)^\W{0,3}(auto(mati(c|sche|sk))?[-_ ]?(reply|response|antwort|reply from|svar)\b|automatische antwort|abwesend[: ]|` +
	`(abwesenheitsnotiz|out[- ]of[- ](the[- ])?office)( (auto-?reply|reply|notification|notice|message))?( ?[:：;,–-]| (re|aw|bis|until|from|von)\b|\W*$)|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|autosvar|` +
	`resposta automática|odpowiedź automatyczna|automatyczna odpowiedź|automatiskt svar|automaattinen vastaus|automatická odpove[dď]|automatická odpověď|автоматический ответ|автоответ|автовідповідь|` +
	`automatikus válasz|răspuns automat|otomatik yanıt|αυτόματη απάντηση|自動応答|自動返信|自动答复|自动回复|自動回覆|자동 회신|자동 응답|不在通知|` +
	`undeliverable\b|undelivered mail|undelivered:|mail delivery (failed|failure|system|status)|delivery (status notification|failure|has failed)|delivery notification:|` +
	`returned mail|mail system error|failure notice|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|übermittlung fehlgeschlagen|.{0,30}konnte nicht zugestellt werden$|` +
	`message d'erreur de|non remis|mail could not be delivered|warning: could not send message|loop alert:|email feedback report|complaint about message from|` +
	`mancato recapito|系统退信|配信不能|配信できません|无法投递|未送達|` +
	`(read|gelesen|lu|leído|letto|gelezen|lida|přečteno|przeczytano|прочитано|læst|lest|läst|luettu|开封済み|開封済み|已读|已讀) ?[:：] |` +
	`(auto|ooo|abwesenheit|abwesenheitsassistent|abwesenheitsmeldung|nicht im büro|absence du bureau|absent du bureau|message d'absence|absence|fuera de (la )?oficina|ausente|fuori sede|fuori ufficio|` +
	`afwezig|niet aanwezig|afwezigheidsbericht|ausência( temporária)?|fora do escritório|nieobecność|fraværsmelding|ikke til stede|ikke på kontoret|frånvaromeddelande|frånvarande|poissa|` +
	`mimo kancelář|mimo kanceláře|non recapitabile|no se puede entregar|no entregable|onbestelbaar|kan niet worden bezorgd|não entregue|não é possível entregar|niedostarczalne|nie można dostarczyć|` +
	`kan ikke leveres|kunne ikke leveres|det går inte att leverera|olevererbart|ei voida toimittaa|nedoručitelné|nedoručiteľné|недоставлено|не доставлено|не удается доставить|недоставленное сообщение|` +
	`无法传递|未传递|無法傳遞|배달되지 않음) ?[:：]( |$))`)

// autoSubject reports the subjects that mail systems and vacation programs write. People write many of these words
// too, so a pattern counts only at the start, and never behind "Re:".
func autoSubject(subject string) bool { return autoSubjects.MatchString(subject) }

var numberToken = regexp.MustCompile(`\[#([0-9]{1,18})\]`)

// subjectNumber returns the ticket number of the first "[#1042]", or 0.
func subjectNumber(subject string) int64 {
	match := numberToken.FindStringSubmatch(subject)
	if match == nil {
		return 0
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

var forwards = regexp.MustCompile(`(?i)^\s*(\[[^\]]{1,40}\]\s*)?\[?(fwd?|wg|wtr|tr|rv|enc|doorst|vb|vl|fs|pd|i|ilt|İLT|πρθ|пересл\.?|továbbítás|转发|轉寄|转寄|転送|전달|weitergeleitet)\s?(\[\d+\])?\s?[:：]`)

// forwardSubject reports the prefix that mail programs write before the subject of a forwarded mail, when it is the
// last thing that was done: "FW: Re: x" is a forward, "Re: FW: x" is a reply.
func forwardSubject(subject string) bool { return forwards.MatchString(subject) }
