package mailout

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// tokenSize is the length of a reply token; see ticket.Service.ReplyToken.
const tokenSize = 42

// maxLocal is the longest local part (RFC 5321 section 4.5.3.1.1). Servers refuse longer ones.
const maxLocal = 64

// readAddress checks an address without a name and writes its domain in ASCII. What it returns can neither end a header
// nor a command line.
func readAddress(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '<' || r == '>' }) {
		return "", errors.New("not a mail address")
	}
	a, err := mail.ParseAddress("<" + s + ">")
	if err != nil || a.Address != s || len(s) > 254 {
		return "", errors.New("not a mail address")
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	if ascii(domain) {
		return s, nil
	}
	if domain, err = idna.Lookup.ToASCII(domain); err != nil {
		return "", errors.New("not a mail address: its domain cannot be written in ASCII")
	}
	return local + "@" + domain, nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// replyTo is the address that answers go to, with the token in its local part. The token is left out when it is
// malformed or does not fit: then the references lead to the ticket.
func (s *Sender) replyTo(token string) mail.Address {
	a := s.inbox
	local, domain, _ := strings.Cut(a.Address, "@")
	if token != "" && len(local)+1+len(token) <= maxLocal && !strings.ContainsFunc(token, notTokenRune) {
		a.Address = local + "+" + token + "@" + domain
	}
	return a
}

func notTokenRune(r rune) bool { return (r < 'a' || r > 'z') && (r < '2' || r > '7') }

// own reports whether an address is the desk's, with or without a tag.
func (s *Sender) own(address string) bool {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	for _, mine := range []string{s.inbox.Address, s.from.Address} {
		l, d, _ := strings.Cut(strings.ToLower(mine), "@")
		if domain == d && (local == l || strings.HasPrefix(local, l+"+")) {
			return true
		}
	}
	return false
}

// addressee is somebody in To or Cc, with the identity that the desk knows them by.
type addressee struct {
	mail.Address
	identity ticket.Identity
}

func headerOf(list []addressee) []*mail.Address {
	out := make([]*mail.Address, len(list))
	for i := range list {
		out[i] = &list[i].Address
	}
	return out
}

// addresses gives those of list that may be written to and are not in seen yet, and adds them there.
func (s *Sender) addresses(list []adapters.Recipient, seen map[string]bool) []addressee {
	var out []addressee
	for _, r := range list {
		if r.Identity.Kind != ticket.KindEmail {
			continue
		}
		a, err := readAddress(r.Identity.Value)
		key := strings.ToLower(a)
		if err != nil || seen[key] || s.own(key) || reserved(domainOf(key)) {
			continue
		}
		seen[key] = true
		out = append(out, addressee{mail.Address{Name: oneLine(r.Name), Address: a}, ticket.Identity{Kind: r.Identity.Kind, Value: r.Identity.Value}})
	}
	return out
}

// reserved reports the domains below .invalid, which exist nowhere (RFC 6761): demo data and tests use them.
func reserved(domain string) bool {
	domain = strings.TrimSuffix(domain, ".")
	return domain == "invalid" || strings.HasSuffix(domain, ".invalid")
}

// oneLine makes a text fit for a header: no control characters, no line ends, no invisible ones that turn text around.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
