package smtpd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// envelope is what SMTP says of a mail beside the mail.
type envelope struct {
	from string   // "" when null
	null bool     // MAIL FROM:<>, which reports of delivery have
	to   []string // as given, in order
}

// key is the identity of a mail: its bytes and the recipients. A client that has not seen our OK sends both again without
// a change. One mail to two recipients in two transactions makes two items, as it would in two mailboxes.
func (e envelope) key(raw []byte) string {
	to := make([]string, len(e.to))
	for i, a := range e.to {
		to[i] = strings.ToLower(a)
	}
	slices.Sort(to)
	h := sha256.New()
	h.Write(raw)
	for _, a := range slices.Compact(to) {
		h.Write([]byte("\x00" + a))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// client is who handed a mail over.
type client struct{ helo, ip, by, with string }

const (
	traceFrom = "Return-Path: <"
	traceTo   = "Delivered-To: "
	traceBy   = "Received: from "
)

// addTrace puts the envelope before a mail, as a server does that makes the final delivery (RFC 5321 section 4.4), so
// that a parked mail can be read again as if it came in anew.
func addTrace(raw []byte, e envelope, c client, now time.Time) []byte {
	var b bytes.Buffer
	b.Grow(len(raw) + 512)
	b.WriteString(traceFrom + e.from + ">\r\n")
	for _, a := range e.to {
		b.WriteString(traceTo + a + "\r\n")
	}
	fmt.Fprintf(&b, "%s%s ([%s])\r\n\tby %s (ticketkit) with %s;\r\n\t%s\r\n", traceBy, hostName(c.helo), hostName(c.ip), c.by, c.with, now.Format(time.RFC1123Z))
	b.Write(raw)
	return b.Bytes()
}

// cutTrace undoes addTrace. Bytes without a trace are given back with an empty envelope.
func cutTrace(b []byte) (e envelope, raw []byte) {
	next := func() string {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		if !ok {
			return ""
		}
		b = rest
		return string(line)
	}
	whole := b
	from, ok := strings.CutPrefix(next(), traceFrom)
	from, closed := strings.CutSuffix(from, ">")
	if !ok || !closed {
		return envelope{}, whole
	}
	e = envelope{from: from, null: from == ""}
	for {
		line := next()
		if a, ok := strings.CutPrefix(line, traceTo); ok {
			e.to = append(e.to, a)
			continue
		}
		if !strings.HasPrefix(line, traceBy) || !strings.Contains(next(), "(ticketkit)") || !strings.HasPrefix(next(), "\t") {
			return envelope{}, whole
		}
		return e, b
	}
}

// hostName keeps what names and addresses of hosts consist of.
func hostName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(".:-_[]", r) {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "unknown"
	}
	return s[:min(len(s), 255)]
}
