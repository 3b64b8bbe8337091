package mime

import (
	"regexp"
	"slices"
	"strings"
)

// Failure is what a report of delivery says about one recipient.
type Failure struct {
	Recipient string `json:"recipient,omitempty"` // address in lower case; empty when the report does not say
	Reason    string `json:"reason,omitempty"`    // in the words of the other side, with the status code if there is one
	Delayed   bool   `json:"delayed,omitempty"`   // the other side goes on trying
}

const (
	maxFailures = 20
	maxReported = 5
	maxReason   = 400
	maxReport   = 256 << 10 // bytes of one part that are looked at
)

// readReport finds what a report of delivery says: which mail it is about, and whom that did not reach. It reads the fields of
// RFC 3464 where there are any, and else what qmail, Exim, sendmail and others write for people. whole is the body as text.
func (m *Mail) readReport(h header, whole string) {
	switch m.MachineReason {
	case ReasonReport, ReasonFailedRecipients, ReasonNullReturnPath, ReasonDaemon, ReasonAutoSubject:
	default:
		return
	}
	fields, notice := false, false
	for _, a := range m.Attachments {
		data := a.Data[:min(len(a.Data), maxReport)]
		switch a.ContentType {
		case "message/delivery-status", "message/global-delivery-status":
			fields = true
			m.statusFields(toUTF8(data, ""))
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
			m.reported(toUTF8(data, ""), true)
		case "message/disposition-notification", "message/feedback-report", "message/x-feedback-report":
			notice = true // somebody read it, or complained
			m.reported(toUTF8(data, ""), true)
		}
	}
	if notice {
		m.Failures = nil
		return
	}
	whole = whole[:min(len(whole), maxReport)]
	m.reported(whole, false)
	if fields || !bounceWords(m.Subject) && h.get("x-failed-recipients") == "" && !bounceText.MatchString(cut(whole, 4000)) {
		return
	}
	m.plainFailures(h, whole)
}

// statusFields reads the fields for each recipient: Action, Status, Diagnostic-Code.
func (m *Mail) statusFields(text string) {
	for block := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n\n") {
		h, _, ok := split([]byte("X-Block: 1\n"+strings.TrimLeft(block, "\n")+"\n\n"), maxReport)
		if !ok {
			continue
		}
		who := ""
		for _, name := range []string{"original-recipient", "final-recipient", "x-actual-recipient"} {
			if _, address, ok := strings.Cut(h.get(name), ";"); ok && who == "" {
				who = reportAddress(address)
			}
		}
		if final := h.get("final-recipient"); who == "" && final != "" {
			who = reportAddress(final)
		}
		action := strings.ToLower(strings.TrimSpace(stripComments(h.get("action"))))
		status := strings.TrimSpace(stripComments(h.get("status")))
		if h.get("final-recipient")+h.get("original-recipient")+action == "" {
			continue
		}
		if strings.HasPrefix(action, "deliver") || strings.HasPrefix(action, "relayed") || strings.HasPrefix(action, "expanded") {
			continue
		}
		diagnostic := h.get("diagnostic-code")
		if kind, words, ok := strings.Cut(diagnostic, ";"); ok && !strings.Contains(strings.TrimSpace(kind), " ") {
			diagnostic = words
		}
		diagnostic = oneLine(decodeText(diagnostic, ""))
		if status != "" && !strings.Contains(diagnostic, status) {
			diagnostic = strings.TrimSpace(status + " " + diagnostic)
		}
		m.fail(who, diagnostic, strings.HasPrefix(action, "delay"))
	}
}

func (m *Mail) fail(who, reason string, delayed bool) {
	if len(m.Failures) >= maxFailures || slices.ContainsFunc(m.Failures, func(f Failure) bool { return f.Recipient == who }) {
		return
	}
	m.Failures = append(m.Failures, Failure{Recipient: who, Reason: cut(strings.Join(strings.Fields(reason), " "), maxReason), Delayed: delayed})
}

func reportAddress(s string) string {
	if i := strings.IndexByte(s, '<'); i >= 0 {
		s = s[i:]
	}
	email, ok := readEmail(strings.TrimSpace(stripComments(s)))
	if !ok {
		return ""
	}
	return strings.ToLower(email)
}

var (
	idLine = regexp.MustCompile(`(?im)^[>\s]*(?:original-)?message-id:[ \t]*(?:\r?\n[>\s]+)?(<[^<>\s]{3,500}>)`)
	// Where the returned mail begins in a report that is only text: recipients stand above.
	returned = regexp.MustCompile(`(?im)^\W{0,10}(below this line is a copy|this is a copy of|original message|returned message|message header|unsent message|` +
		`the (first|full|header)[^\n]{0,60}(original|message)|headers? (of|from) |included is a copy|received: |return-path:|message (headers|text) follows)`)
	address    = regexp.MustCompile(`[<(]?([A-Za-z0-9._%+='&~!#$*/?^{|}-]{1,64}@[A-Za-z0-9.-]{1,250}[A-Za-z0-9])[>)]?`)
	bounceText = regexp.MustCompile(`(?i)could ?n[o']t be delivered|not (yet )?(be(en)? )?delivered|undeliver|delivery (has )?fail|failed to deliver|unable to deliver|permanent (fatal )?error|` +
		`wasn't able to deliver|(blocked|rejected) by|no such user|unknown user|unbekannt|not listed in|(recipient|address) rejected|fatal errors|user unknown|mailbox (full|unavailable|not found)|returned to sender|delivery (temporarily )?(suspended|delayed)|` +
		`nicht zugestellt|unzustellbar|n'a pas pu être|no se (ha )?pud|non è stato possibile|配信|送信できません|投递|退信|не (была )?доставлен`)
	delayText = regexp.MustCompile(`(?i)\b(delayed|temporarily|will (be )?retr(y|ied)|will continue|still (being )?try|not yet been delivered|deferred|do not need to resend|warning message only|verzögert|noch nicht zugestellt)`)
	giveUp    = regexp.MustCompile(`(?i)\b(giving up|gave up|too long|permanent|failed|fatal|will not be retried|expired|has not been delivered)\b`)
	idMention = regexp.MustCompile(`(?im)^.*(message|queue|mail)-?\s?id\b.*$`)
	codeLine  = regexp.MustCompile(`(?m)(?:^|[\s:(#<-])([245]\d\d[ -]\S[^\n]{0,300}|[245]\.\d{1,3}\.\d{1,3}[^\n]{0,300})`)
)

// reported notes the ids of the mail that a report is about. In a part that holds that mail the first one is it; in a text for
// people it can be any of the first.
func (m *Mail) reported(text string, first bool) {
	for _, match := range idLine.FindAllStringSubmatch(text, maxReported) {
		for _, id := range parseIDs(match[1]) {
			if id != m.MessageID && !slices.Contains(m.Reported, id) && len(m.Reported) < maxReported {
				m.Reported = append(m.Reported, id)
			}
		}
		if first {
			return
		}
	}
}

// plainFailures reads a report that is written for people.
func (m *Mail) plainFailures(h header, whole string) {
	top := whole
	if at := returned.FindStringIndex(top); at != nil && at[0] > 0 {
		top = top[:at[0]]
	}
	reason := ""
	if at := codeLine.FindStringSubmatchIndex(top); at != nil {
		reason = top[at[2]:at[3]]
		if !strings.ContainsAny(strings.TrimSpace(reason), " \t") { // a code behind the words
			reason = top[strings.LastIndexByte(top[:at[2]], '\n')+1 : at[3]]
		}
	}
	delayed := (delayText.MatchString(m.Subject) || delayText.MatchString(cut(top, 4000))) && !giveUp.MatchString(m.Subject+"\n"+cut(top, 4000))
	own := map[string]bool{"": true}
	for _, a := range slices.Concat(m.From, m.To, m.Sender) {
		own[a.Key()] = true
	}
	for _, v := range h.values("x-failed-recipients") {
		for _, a := range parseAddresses(v, "", maxFailures) {
			if a.Email != "" {
				m.fail(a.Key(), reason, delayed)
			}
		}
	}
	if len(m.Failures) > 0 {
		return
	}
	for _, match := range address.FindAllStringSubmatch(idMention.ReplaceAllString(top, ""), 50) {
		if who := reportAddress(match[1]); !own[who] && !slices.Contains(m.Reported, match[1]) && !daemon([]Address{{Email: who}}) && strings.Contains(who, ".") {
			m.fail(who, reason, delayed)
			if len(m.Failures) == 3 { // more are hosts' contacts and the like
				return
			}
		}
	}
	if len(m.Failures) == 0 {
		m.fail("", reason, delayed)
	}
}

func bounceWords(subject string) bool {
	return autoSubject(subject) && bounceSubject.MatchString(subject)
}

var bounceSubject = regexp.MustCompile(`(?i)deliver|zustell|return|failure|fehler|error|undeliver|unzustellbar|could not|warning|non remis|erreur`)
