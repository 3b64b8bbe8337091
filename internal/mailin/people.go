package mailin

import (
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// sender tells who wrote the mail, and who else wants the answer: replyTo is empty when nobody.
func sender(m *mime.Mail, s Source) (from, replyTo mime.Address) {
	other := first(m.ReplyTo, func(a mime.Address) bool { return !s.Own.Has(a.Email) })
	from = first(m.From, nil)
	switch {
	case from.Email == "":
		name := ""
		if len(m.From) > 0 {
			name = m.From[0].Name
		}
		for _, a := range []mime.Address{first(m.Sender, nil), other, {Email: s.From}} {
			if a.Email != "" {
				return mime.Address{Name: firstOf(name, a.Name), Email: a.Email}, mime.Address{}
			}
		}
		return mime.Address{Name: name}, mime.Address{}
	case other.Email != "" && (s.Own.Has(from.Email) || robot(from.Email)):
		return other, mime.Address{}
	case other.Key() == from.Key():
		other = mime.Address{}
	}
	return from, other
}

// first gives the first address that can be read and that ok, if not nil, likes.
func first(list []mime.Address, ok func(mime.Address) bool) mime.Address {
	for _, a := range list {
		if a.Email != "" && (ok == nil || ok(a)) {
			return a
		}
	}
	return mime.Address{}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// copies are the people who get answers beside the requester: Cc and Reply-To, and the others in To when the desk itself
// stands among them. If it does not, the mail came by a list or a blind copy, and To is nobody's wish to get answers.
func copies(m *mime.Mail, s Source, from, replyTo mime.Address, machine bool) []ticket.Person {
	list := slices.Clone(m.Cc)
	if slices.ContainsFunc(slices.Concat(m.To, m.Cc), func(a mime.Address) bool { return s.Own.Has(a.Email) }) {
		list = append(list, m.To...)
	}
	if !machine {
		list = append(list, replyTo)
	}
	seen := map[string]bool{"": true, from.Key(): true}
	for _, a := range s.To { // whatever was delivered here is the desk, under whichever name
		seen[strings.ToLower(a)] = true
	}
	var out []ticket.Person
	for _, a := range list {
		if !seen[a.Key()] && !s.Own.Has(a.Email) {
			seen[a.Key()] = true
			out = append(out, person(a))
		}
	}
	return out
}

// plain drops the tag of the desk's own addresses: a reply token is nothing to show.
func plain(address string, own Desk) string {
	if base, ok := own.Find(address); ok {
		return base
	}
	return address
}

func person(a mime.Address) ticket.Person {
	return ticket.Person{Name: a.Name, Identity: identity(a.Email)}
}

func identity(address string) ticket.Identity {
	return ticket.Identity{Kind: ticket.KindEmail, Value: strings.ToLower(address)}
}
