package rbac

import (
	"net/mail"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxEmail is the longest mail address (RFC 5321 section 4.5.3.1.3).
const maxEmail = 254

// cleanEmail checks a bare address and writes it in lower case; "" stays.
func cleanEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return "", nil
	}
	if _, err := cleanLine("email", s, maxEmail); err != nil {
		return "", err
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" || len(s) > maxEmail {
		return "", ticket.InvalidField("email", "is not a mail address")
	}
	return s, nil
}

// addressIn gives a username that is an address, or "".
func addressIn(username string) string {
	if s, err := cleanEmail(username); err == nil {
		return s
	}
	return ""
}
