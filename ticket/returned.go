package ticket

import (
	"strings"
	"time"
)

// Returned is what the newest report said about a message that came back.
type Returned struct {
	Recipient  string // address in lower case; "" when the report does not say
	Status     string // code of RFC 3463 such as 5.1.1, else the reply of RFC 5321 such as 550; "" when there is neither
	Diagnostic string // in the words of the other side, the code among them
	At         time.Time
}

// returned makes what is kept of a report.
func (c *change) returned(b Bounce) *Returned {
	return &Returned{Recipient: b.Recipient, Status: statusCode(b.Reason), Diagnostic: b.Reason, At: c.now}
}

// statusCode finds the code in what the other side said.
func statusCode(reason string) string {
	reply := ""
	for word := range strings.FieldsFuncSeq(reason, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) {
		word = strings.TrimRight(word, ".") // of a sentence
		if word == "" || word[0] != '4' && word[0] != '5' {
			continue
		}
		switch parts := strings.Split(word, "."); {
		case len(parts) == 3 && len(parts[0]) == 1 && upTo3(parts[1]) && upTo3(parts[2]):
			return word
		case len(parts) == 1 && len(word) == 3 && reply == "":
			reply = word
		}
	}
	return reply
}

func upTo3(digits string) bool { return len(digits) > 0 && len(digits) <= 3 }
