package smtpd

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// convert makes an item of a mail; Key and Raw are the caller's.
//
// The requester is From. When From is the desk itself, or an address that nobody reads (no-reply, the account of a web
// server), and Reply-To names somebody else, it is Reply-To: so contact forms write. Any other Reply-To of a person
// joins the copies, so that an answer reaches it too. A mail without a readable From is taken to be from Sender,
// Reply-To or the envelope.
//
// The token comes from the envelope or, when an alias on the way has dropped it there, from a header address of the desk.
// The queue is that of the first recipient who has one: a mail for two queues makes one ticket.
func convert(m *mime.Mail, e envelope, own desk, deskID string) ticket.Incoming {
	from, replyTo := sender(m, e, own)
	it := ticket.Incoming{
		Channel: Name, Source: "email", ExternalID: m.MessageID,
		From:    person(from),
		Subject: m.Subject, Text: shown(m), Quoted: m.Quoted, HTML: m.HTML,
		Token: findToken(m, e, own), Refs: refs(m), Number: m.SubjectNumber, Forward: m.Forward,
		Machine: m.Machine || e.null || own.has(from.Email) || deskID != "" && m.LoopID == deskID,
		Queue:   queue(m, e, own), Locale: guessLocale(m.Subject + "\n" + m.Text),
	}
	for _, a := range m.To {
		if a.Email != "" {
			it.To = append(it.To, identity(plain(a.Email, own)))
		}
	}
	if len(it.To) == 0 {
		for _, a := range e.to {
			it.To = append(it.To, identity(plain(a, own)))
		}
	}
	it.Cc = copies(m, e, own, from, replyTo, it.Machine)
	for _, a := range m.Attachments {
		it.Uploads = append(it.Uploads, ticket.Upload{Name: a.Name, ContentType: a.ContentType, Inline: a.Inline, ContentID: a.ContentID, Body: bytes.NewReader(a.Data)})
	}
	return it
}

// sender tells who wrote the mail, and who else wants the answer: replyTo is empty when nobody.
func sender(m *mime.Mail, e envelope, own desk) (from, replyTo mime.Address) {
	other := first(m.ReplyTo, func(a mime.Address) bool { return !own.has(a.Email) })
	from = first(m.From, nil)
	switch {
	case from.Email == "":
		name := ""
		if len(m.From) > 0 {
			name = m.From[0].Name
		}
		for _, a := range []mime.Address{first(m.Sender, nil), other, {Email: e.from}} {
			if a.Email != "" {
				return mime.Address{Name: firstOf(name, a.Name), Email: a.Email}, mime.Address{}
			}
		}
		return mime.Address{Name: name}, mime.Address{}
	case other.Email != "" && (own.has(from.Email) || robot(from.Email)):
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
func copies(m *mime.Mail, e envelope, own desk, from, replyTo mime.Address, machine bool) []ticket.Person {
	list := slices.Clone(m.Cc)
	if slices.ContainsFunc(slices.Concat(m.To, m.Cc), func(a mime.Address) bool { return own.has(a.Email) }) {
		list = append(list, m.To...)
	}
	if !machine {
		list = append(list, replyTo)
	}
	seen := map[string]bool{"": true, from.Key(): true}
	for _, a := range e.to { // whatever was delivered here is the desk, under whichever name
		seen[strings.ToLower(a)] = true
	}
	var out []ticket.Person
	for _, a := range list {
		if !seen[a.Key()] && !own.has(a.Email) {
			seen[a.Key()] = true
			out = append(out, person(a))
		}
	}
	return out
}

// refs are the ids that the mail answers, newest first.
func refs(m *mime.Mail) []string {
	var out []string
	older := slices.Clone(m.References)
	slices.Reverse(older)
	for _, id := range append(slices.Clone(m.InReplyTo), older...) {
		if id != "" && id != m.MessageID && !slices.Contains(out, id) {
			out = append(out, id)
		}
		if len(out) == maxRefs {
			break
		}
	}
	return out
}

// maxRefs bounds the work for a hostile header; a ticket keeps fewer.
const maxRefs = 100

func findToken(m *mime.Mail, e envelope, own desk) string {
	for _, a := range e.to {
		if t := token(a); t != "" {
			return t
		}
	}
	for _, a := range m.Recipients {
		if t := token(a.Email); t != "" && own.has(a.Email) {
			return t
		}
	}
	return ""
}

func queue(m *mime.Mail, e envelope, own desk) ticket.QueueID {
	all := slices.Clone(e.to)
	for _, a := range m.Recipients {
		all = append(all, a.Email)
	}
	for _, a := range all {
		if base, ok := own.find(a); ok && own[base] != "" {
			return own[base]
		}
	}
	return ""
}

// plain drops the tag of the desk's own addresses: a reply token is nothing to show.
func plain(address string, own desk) string {
	if base, ok := own.find(address); ok {
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

// shown is the text of a mail, with a mark where it was cut: the whole is in the original.
func shown(m *mime.Mail) string {
	if !m.Truncated {
		return m.Text
	}
	const mark = "\n\n[…]"
	text := m.Text
	if room := len(text) - len(mark); room > 0 { // the desk has the same limit, and the mark must fit below it
		text = strings.ToValidUTF8(text[:room], "")
	}
	return strings.TrimRight(text, " \t\r\n") + mark
}
