// Package mailin makes an item of the desk out of the bytes of a mail, for every adapter that takes mail in. What the adapter
// knows beside the bytes it says in a Source. All functions are pure and may run concurrently; none panics on any input.
package mailin

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"net/mail"
	"net/textproto"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// Source is what an adapter knows of a mail beside its bytes. Channel, Key and Own are required, the rest is optional.
type Source struct {
	Channel string         // the adapter's name
	Key     string         // becomes ticket.Incoming.Key
	Own     Desk           // the desk's own addresses, those of all mailboxes
	Mailbox string         // address of the mailbox that the mail lay in; it counts as a recipient, after To
	Queue   ticket.QueueID // for mail whose recipients have none; "" is the default queue
	DeskID  string         // marks mail as the desk's own when its header X-Ticketkit-Desk has this value; see mailout.Config.DeskID

	// From and To are the envelope, when the adapter knows it. NullFrom is MAIL FROM:<>, which reports of delivery have.
	From     string
	NullFrom bool
	To       []string

	Received    time.Time // when the mail server took the mail in; zero when not known
	AuthServers []string  // authserv-ids (RFC 8601) of the mail servers whose verdict on senders is believed; empty: no sender is ever verified
	Locale      string    // in which the desk words its notes on a mail whose language is not clear: "de" or "en"; "" is "en"
	Limits      mime.Limits
	Zone        *time.Location // in which times of events are shown; nil shows them as their file has them
}

// Convert makes an item of the bytes of a mail. Raw of the item is raw itself; an adapter that keeps more may replace it.
//
// An error means that the mail cannot be read, now or later: the adapter parks the bytes with Reason(err) and the subject
// that Subject finds, and goes on.
//
// The requester is From. When From is the desk itself, or an address that nobody reads (no-reply, the account of a web
// server), and Reply-To names somebody else, it is Reply-To: so contact forms write. Any other Reply-To of a person
// joins the copies, so that an answer reaches it too. A mail without a readable From is taken to be from Sender,
// Reply-To or the envelope.
//
// The token comes from the envelope or, when an alias on the way has dropped it there, from a header address of the desk.
// The queue is that of the first recipient who has one: a mail for two queues makes one ticket.
func Convert(raw []byte, s Source) (it ticket.Incoming, err error) {
	defer func() {
		if v := recover(); v != nil {
			it, err = ticket.Incoming{}, &mime.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	m, err := mime.Parse(raw, s.Limits)
	if err != nil {
		return ticket.Incoming{}, err
	}
	if s.Mailbox != "" {
		s.To = append(slices.Clone(s.To), s.Mailbox)
	}
	it = convert(m, s)
	it.Raw = raw
	return it, nil
}

// Reason says to an agent why a mail was parked. err is what Convert returned.
func Reason(err error) string {
	var panicked *mime.PanicError
	if errors.As(err, &panicked) {
		return "the mail could not be read: the program failed on it"
	}
	return "the mail could not be read: " + strings.TrimPrefix(err.Error(), "mime: ")
}

// Subject finds the subject of a mail that could not be read as a whole; "" when it cannot be found.
func Subject(raw []byte) string { return mime.DecodeHeader(field(raw, "Subject")) }

// From finds the sender's address likewise, or gives what stands there when it is none.
func From(raw []byte) string {
	text := field(raw, "From")
	if list, err := mail.ParseAddressList(text); err == nil {
		return strings.ToLower(list[0].Address)
	}
	return mime.DecodeHeader(text)
}

func field(raw []byte, name string) string {
	h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw[:min(len(raw), 64<<10)]))).ReadMIMEHeader() // as far as it goes
	return h.Get(name)
}

func convert(m *mime.Mail, s Source) ticket.Incoming {
	from, replyTo := sender(m, s)
	it := ticket.Incoming{
		Channel: s.Channel, Key: s.Key, Source: "email", ExternalID: m.MessageID,
		From:    person(from),
		Subject: m.Subject, Text: shown(m), Quoted: m.Quoted, HTML: m.HTML,
		Token: findToken(m, s), Refs: refs(m), Number: m.SubjectNumber, Forward: m.Forward,
		Machine: m.Machine || s.NullFrom || s.Own.Has(from.Email) || s.DeskID != "" && m.LoopID == s.DeskID,
		Queue:   queue(m, s), Locale: guessLocale(m.Subject + "\n" + m.Text),
	}
	it.Text = addNotes(it.Text, m, cmp.Or(it.Locale, s.Locale), s.Zone)
	for _, a := range m.To {
		if a.Email != "" {
			it.To = append(it.To, identity(plain(a.Email, s.Own)))
		}
	}
	if len(it.To) == 0 {
		for _, a := range s.To {
			it.To = append(it.To, identity(plain(a, s.Own)))
		}
	}
	it.Bounces, it.Protection = bounces(m), ticket.Protection(m.Protection)
	it.Verified = verified(m, s, from)
	it.Cc = copies(m, s, from, replyTo, it.Machine)
	for _, a := range m.Attachments {
		it.Uploads = append(it.Uploads, ticket.Upload{Name: a.Name, ContentType: a.ContentType, Inline: a.Inline, ContentID: a.ContentID, Body: bytes.NewReader(a.Data)})
	}
	return it
}

// refs are the ids that the mail answers, newest first. A report of delivery answers the mail that it is about.
func refs(m *mime.Mail) []string {
	var out []string
	older := slices.Clone(m.References)
	slices.Reverse(older)
	for _, id := range slices.Concat(m.Reported, m.InReplyTo, older) {
		if id != "" && id != m.MessageID && !slices.Contains(out, id) {
			out = append(out, id)
		}
		if len(out) == maxRefs {
			break
		}
	}
	return out
}

// bounces are the failures that a report tells of, for each mail that it may be about.
func bounces(m *mime.Mail) []ticket.Bounce {
	var out []ticket.Bounce
	ids := m.Reported
	if len(ids) == 0 {
		ids = []string{""}
	}
	for _, f := range m.Failures {
		for _, id := range ids {
			out = append(out, ticket.Bounce{ExternalID: id, Recipient: f.Recipient, Reason: f.Reason, Delayed: f.Delayed})
		}
	}
	return out
}

// maxRefs bounds the work for a hostile header; a ticket keeps fewer.
const maxRefs = 100

func findToken(m *mime.Mail, s Source) string {
	for _, a := range s.To {
		if t := Token(a); t != "" {
			return t
		}
	}
	for _, a := range m.Recipients {
		if t := Token(a.Email); t != "" && s.Own.Has(a.Email) {
			return t
		}
	}
	return ""
}

func queue(m *mime.Mail, s Source) ticket.QueueID {
	all := slices.Clone(s.To)
	for _, a := range m.Recipients {
		all = append(all, a.Email)
	}
	for _, a := range all {
		if base, ok := s.Own.Find(a); ok && s.Own.queues[base] != "" {
			return s.Own.queues[base]
		}
	}
	return s.Queue
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
