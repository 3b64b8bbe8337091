package store

import (
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// returnedJSON is what a report said, as it is kept.
type returnedJSON struct {
	Recipient  string `json:"recipient,omitempty"`
	Status     string `json:"status,omitempty"`
	Diagnostic string `json:"diagnostic,omitempty"`
	At         micros `json:"at"`
}

func encodeReturned(r *ticket.Returned) (string, error) {
	if r == nil {
		return "", nil
	}
	return encode(returnedJSON{r.Recipient, r.Status, r.Diagnostic, toMicros(r.At)}, false)
}

func decodeReturned(text string) (*ticket.Returned, error) {
	if text == "" {
		return nil, nil
	}
	var r returnedJSON
	err := decode(text, &r)
	return &ticket.Returned{Recipient: r.Recipient, Status: r.Status, Diagnostic: r.Diagnostic, At: r.At.time()}, err
}

// names reports whether a text has an address in it, in whatever case.
func names(text string, c *ticket.Contact) bool {
	text = strings.ToLower(text)
	for _, i := range c.Identities {
		if i.Kind == ticket.KindEmail && i.Value != "" && strings.Contains(text, strings.ToLower(i.Value)) {
			return true
		}
	}
	return false
}
