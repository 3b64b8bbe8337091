package mime

import (
	"regexp"
	"slices"
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
	for _, v := range slices.Concat(h.values("precedence"), h.values("x-precedence"), h.values("preference")) {
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

func noReplyAddress(a Address) bool { return NobodyReads(a.Email) }

// NobodyReads reports the addresses whose name says that answers to them reach nobody.
func NobodyReads(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	parts := strings.FieldsFunc(local, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	local = strings.Join(parts, "")
	for _, word := range []string{"noreply", "noreplies", "donotreply", "dontreply", "nichtantworten", "bittenichtantworten", "keineantwort", "nepasrepondre", "noresponder", "norispondere",
		"nonrispondere", "naoresponda", "naoresponder", "nietbeantwoorden", "autoreply", "autoresponder", "autoresponse"} {
		if strings.HasPrefix(local, word) {
			return true
		}
	}
	last := ""
	if n := len(parts); n > 1 {
		last = strings.Join(parts[1:], "")
	}
	return last == "noreply" || last == "donotreply" || last == "nichtantworten"
}

func autoSubmitted(h header) bool {
	if v := strings.ToLower(h.get("auto-submitted")); v != "" && v != "no" && !strings.HasPrefix(v, "no;") && !strings.HasPrefix(v, "no ") {
		return true
	}
	for _, f := range h {
		switch f.name {
		case "x-vacation", "x-ms-exchange-inbox-rules-loop", "x-feedback-report":
		case "x-auto-response-suppress":
			continue
		case "x-post-messageclass":
			if !strings.Contains(strings.ToLower(f.value), "autoresponder") {
				continue
			}
		default:
			if !strings.HasPrefix(f.name, "x-") || !strings.Contains(f.name, "auto") || !autoFields.MatchString(f.name) {
				continue
			}
		}
		switch strings.ToLower(f.value) {
		case "", "no", "false", "0", "none":
		default:
			return true
		}
	}
	return false
}

// autoFields are the names that programs gave to this before there was Auto-Submitted.
var autoFields = regexp.MustCompile(`auto-?(repl(y|ied)|respon(d|der|se)|generated)\b`)

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
