package smtpd

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// desk knows the desk's own addresses, in lower case, and their queues.
type desk map[string]ticket.QueueID

func newDesk(inbox string, recipients map[string]ticket.QueueID) (desk, error) {
	d := desk{}
	for address, queue := range recipients {
		a, err := readAddress(address)
		if err != nil {
			return nil, err
		}
		d[a] = queue
	}
	a, err := readAddress(inbox)
	if err != nil {
		return nil, err
	}
	if _, named := d[a]; !named {
		d[a] = "" // the default queue
	}
	return d, nil
}

// find gives the own address that an address is, with or without a tag: support for support+abc.
func (d desk) find(address string) (string, bool) {
	address = strings.ToLower(address)
	if _, ok := d[address]; ok {
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
		if _, ok := d[local+domain]; ok {
			return local + domain, true
		}
	}
}

func (d desk) has(address string) bool {
	_, ok := d.find(address)
	return ok
}

// tokenSize is the length of a reply token; see ticket.Service.ReplyToken.
const tokenSize = 42

// token gives the tag of an address if it has the form of a reply token, in lower case; else "". Whether it is one only
// the Service can tell.
func token(address string) string {
	at := strings.LastIndexByte(address, '@')
	plus := strings.LastIndexByte(address[:max(at, 0)], '+')
	if plus < 1 || at-plus-1 != tokenSize {
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

// sound reports whether an address can be written into a header without changing its meaning.
func sound(address string) bool {
	return len(address) <= 320 && utf8.ValidString(address) &&
		!strings.ContainsFunc(address, func(r rune) bool {
			return unicode.IsControl(r) || r == '<' || r == '>' || r == '\u2028' || r == '\u2029'
		})
}

// robot reports the addresses that nobody reads: programs that send in the name of a person, who is in Reply-To.
func robot(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	local = strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	for _, prefix := range []string{"noreply", "donotreply", "dontreply", "nichtantworten", "bittenichtantworten", "keineantwort", "nepasrepondre"} {
		if strings.HasPrefix(local, prefix) {
			return true
		}
	}
	switch local { // accounts that web servers send forms from
	case "wordpress", "wwwdata", "apache", "nobody":
		return true
	}
	return false
}
