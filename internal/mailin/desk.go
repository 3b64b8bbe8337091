package mailin

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// Desk knows the desk's own addresses and their queues. The zero Desk has none. It is not changed after NewDesk and may be
// used concurrently.
type Desk struct{ queues map[string]ticket.QueueID } // by address in lower case

// NewDesk checks the addresses of the desk; the queue of an address may be "", the default queue. All mailboxes of a desk
// belong in one Desk: a desk that does not know an address as its own takes what it sent from there for a person's mail.
func NewDesk(addresses map[string]ticket.QueueID) (Desk, error) {
	d := Desk{queues: map[string]ticket.QueueID{}}
	for address, queue := range addresses {
		a, err := readAddress(address)
		if err != nil {
			return Desk{}, err
		}
		d.queues[a] = queue
	}
	return d, nil
}

// Find gives the own address that an address is, with or without a tag: support for support+abc.
func (d Desk) Find(address string) (string, bool) {
	address = strings.ToLower(address)
	if _, ok := d.queues[address]; ok {
		return address, true
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", false
	}
	local, domain := address[:at], address[at:]
	for {
		plus := strings.LastIndexByte(local, '+')
		if plus < 0 {
			return "", false
		}
		local = local[:plus]
		if _, ok := d.queues[local+domain]; ok {
			return local + domain, true
		}
	}
}

// Has reports whether an address is the desk's own, with or without a tag.
func (d Desk) Has(address string) bool {
	_, ok := d.Find(address)
	return ok
}

// TokenSize is the length of a reply token; see ticket.Service.ReplyToken.
const TokenSize = 42

// Token gives the tag of an address if it has the form of a reply token, in lower case; else "". Whether it is one only
// the Service can tell.
func Token(address string) string {
	at := strings.LastIndexByte(address, '@')
	plus := strings.LastIndexByte(address[:max(at, 0)], '+')
	if plus < 1 || at-plus-1 != TokenSize {
		return ""
	}
	tag := strings.ToLower(address[plus+1 : at])
	for i := range len(tag) {
		if c := tag[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return ""
		}
	}
	return tag
}

// Sound reports whether an address can be written into a header without changing its meaning.
func Sound(address string) bool {
	return len(address) <= 320 && utf8.ValidString(address) &&
		!strings.ContainsFunc(address, func(r rune) bool {
			return unicode.IsControl(r) || r == '<' || r == '>' || r == '\u2028' || r == '\u2029'
		})
}

// robot reports the addresses that nobody reads: programs that send in the name of a person, who is in Reply-To.
func robot(address string) bool {
	if mime.NobodyReads(address) {
		return true
	}
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	local = strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	switch local { // accounts that web servers send forms from
	case "wordpress", "wwwdata", "apache", "nobody":
		return true
	}
	return false
}

// readAddress checks an address of a Config and gives its comparable form.
func readAddress(s string) (string, error) {
	a, err := mail.ParseAddress("<" + s + ">")
	if err != nil || a.Address != s || !Sound(s) {
		return "", fmt.Errorf("%q is not a mail address", s)
	}
	return strings.ToLower(s), nil
}
