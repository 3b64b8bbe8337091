package mailin

import (
	"cmp"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/ticketkit/ticketkit/internal/mime"
)

// verified tells whether the mail server has proven that the mail comes from the domain in From: nil when no server is trusted
// to say so.
//
// Only the topmost Authentication-Results header (RFC 8601) of a trusted authserv-id counts. All below it came with the mail, and
// whoever wrote the mail may have written them, also under the name of the trusted server. The requester must be the one author
// in From: nothing proves a Reply-To.
func verified(m *mime.Mail, s Source, requester mime.Address) *bool {
	if len(s.AuthServers) == 0 {
		return nil
	}
	yes := false
	if len(m.From) == 1 && requester.Email != "" && requester.Key() == m.From[0].Key() {
		yes = aligned(topmost(m.AuthResults, s.AuthServers), domainOf(requester.Email))
	}
	return &yes
}

// topmost gives the verdicts of the first header of a trusted server. One of these that cannot be read has none, and those below
// it do not count either.
func topmost(headers, servers []string) []authres.Result {
	for _, h := range headers {
		plain, ok := defuse(h)
		name, _, _ := strings.Cut(plain, ";")
		id, _, _ := strings.Cut(strings.TrimSpace(name), " ")
		if !slices.ContainsFunc(servers, func(s string) bool { return strings.EqualFold(s, id) }) {
			continue
		}
		_, results, err := authres.Parse(plain)
		if !ok || err != nil {
			return nil
		}
		return results
	}
	return nil
}

// aligned reads the verdicts of one header. One of DMARC is final; without it, a pass of DKIM or SPF for the same organization
// will do, which is the relaxed alignment of RFC 7489.
func aligned(results []authres.Result, domain string) bool {
	if domain == "" {
		return false
	}
	pass := false
	for _, r := range results {
		switch r := r.(type) {
		case *authres.DMARCResult:
			switch r.Value {
			case authres.ResultPass:
				return domainOf(r.From) == domain && once(results)
			case authres.ResultNone:
			default:
				return false
			}
		case *authres.DKIMResult:
			pass = pass || r.Value == authres.ResultPass && sameOrganization(domainOf(cmp.Or(r.Domain, r.Identifier)), domain)
		case *authres.SPFResult:
			pass = pass || r.Value == authres.ResultPass && sameOrganization(domainOf(r.From), domain)
		}
	}
	return pass
}

// once reports whether there is a single verdict of DMARC: a server that gives two is misread.
func once(results []authres.Result) bool {
	n := 0
	for _, r := range results {
		if _, ok := r.(*authres.DMARCResult); ok {
			n++
		}
	}
	return n == 1
}

// defuse takes comments and quoted strings out of a header. Servers write into them what the sender said, and what is read
// next parts the header at every semicolon and space. It reports false for a header that does not close what it opens.
func defuse(header string) (string, bool) {
	var out strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(header); i++ {
		c := header[i]
		switch {
		case c == '\\' && (quoted || depth > 0):
			i++
		case quoted:
			quoted = c != '"'
		case c == '"' && depth == 0:
			quoted = true
			out.WriteString("quoted")
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "", false
			}
			out.WriteByte(' ')
		case depth > 0:
		case c == '\t':
			out.WriteByte(' ')
		case c < ' ' || c >= 127:
			return "", false
		default:
			out.WriteByte(c)
		}
	}
	return strings.ReplaceAll(out.String(), " =", "="), depth == 0 && !quoted
}

// domainOf gives the domain of an address, or of a domain, in the form that DNS has.
func domainOf(address string) string {
	domain := strings.ToLower(strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], "."))
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		return ascii
	}
	return domain
}

// sameOrganization reports whether two domains belong to one owner, as far as the list of public suffixes knows.
func sameOrganization(a, b string) bool {
	if a == b {
		return a != ""
	}
	x, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	y, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && x == y
}
