package adaptertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"strings"
)

// Mail writes an item as a mail program would, to an address of the desk. rcpt is the address of the envelope: it carries the reply token of what
// the item answers. The Message-ID is the item's ID at customer.example.
func Mail(it Item, to string) (raw []byte, rcpt string) {
	rcpt = to
	var b bytes.Buffer
	h := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	h("From", (&mail.Address{Name: it.Name, Address: it.Address}).String())
	if a := it.Answers; a != nil {
		if a.Token != "" {
			rcpt = strings.Replace(to, "@", "+"+a.Token+"@", 1)
		}
		h("In-Reply-To", "<"+a.ExternalID+">")
	}
	h("To", rcpt)
	h("Subject", mime.QEncoding.Encode("utf-8", it.Subject))
	h("Message-ID", "<"+it.ID+"@customer.example>")
	h("Date", "Sun, 22 Nov 2026 10:00:00 +0100")
	h("MIME-Version", "1.0")
	if it.Machine {
		h("Auto-Submitted", "auto-generated")
	}
	h("Content-Type", `multipart/mixed; boundary="mixed"`)
	part := func(boundary, contentType, disposition string, data []byte) {
		fmt.Fprintf(&b, "\r\n--%s\r\n", boundary)
		h("Content-Type", contentType)
		h("Content-Transfer-Encoding", "base64")
		if disposition != "" {
			h("Content-Disposition", disposition)
		}
		b.WriteString("\r\n")
		for s := base64.StdEncoding.EncodeToString(data); s != ""; {
			n := min(76, len(s))
			b.WriteString(s[:n] + "\r\n")
			s = s[n:]
		}
	}
	b.WriteString("\r\n--mixed\r\nContent-Type: multipart/alternative; boundary=\"alternative\"\r\n")
	part("alternative", "text/plain; charset=utf-8", "", []byte(strings.ReplaceAll(it.Text, "\n", "\r\n")))
	if it.HTML != "" {
		part("alternative", "text/html; charset=utf-8", "", []byte(it.HTML))
	}
	b.WriteString("\r\n--alternative--\r\n")
	for _, f := range it.Files {
		part("mixed", f.ContentType, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}), f.Data)
	}
	b.WriteString("\r\n--mixed--\r\n")
	return b.Bytes(), rcpt
}
