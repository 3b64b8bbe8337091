package ticket

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Incoming is one thing that a channel brought. Everything in it is claimed by somebody outside: it is mended rather than refused,
// because a refused mail is a lost one. Channel and Key are required.
type Incoming struct {
	Channel string // the adapter's name
	Key     string // the item's own id within the channel; the same key again changes nothing. At most 500 bytes
	Aliases

	From Person
	To   []Identity // to whom it was addressed, as far as known
	Cc   []Person   // become participants of a new ticket, and of an old one only if the sender is Verified

	Subject string
	Text    string // the new part
	Quoted  string
	HTML    string
	Uploads []Upload
	Raw     []byte // the item as it came, kept beside the message; nil when the channel has no such form

	ExternalID string   // what the channel calls it
	Token      string   // reply token that it was addressed to
	Refs       []string // external ids that it answers, newest first
	Number     int64    // ticket number from the subject; believed only from a participant
	Forward    bool     // hands something on: always a new ticket unless Token says otherwise
	Machine    bool     // written by a program: never answered, never reopens
	Bounces    []Bounce // what it reports about messages that the desk has sent, as far as they are of the ticket that it belongs to
	// Interactive: the person waits for an answer and can be told that there are too many tickets; see Config.MaxOpenPerRequester.
	Interactive bool
	Verified    *bool // whether the sender was proven; nil when the channel cannot say
	Protection  Protection

	Queue    QueueID // "" is the default
	Priority Priority
	Source   string
	Locale   string
}

// Received tells what an Incoming became.
type Received struct {
	Ticket    *Ticket // nil when Repeated
	TicketID  ID
	MessageID MessageID
	Created   bool // a new ticket
	Repeated  bool // it was known already, and nothing was done
}

// Receive takes something in from outside: a new ticket, or a message of the ticket that it belongs to. The order of proof is: signed
// reply token, references (to what the desk sent, or from a participant), number in the subject (from a participant). A message to a merged ticket goes to the one it lives on
// in. Only system actors may call it, for the contact becomes the author.
//
// The whole is one transaction. An error of kind Unavailable or Internal may go away; any other, such as a Hook's veto, will not.
func (s *Service) Receive(ctx context.Context, a Actor, in Incoming) (*Received, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only a channel may take messages in")
	}
	if in.Channel == "" || in.Key == "" || len(in.Key) > 500 || len(in.Channel) > 32 || !in.Aliases.fit() {
		return nil, InvalidField("key", "channel and key are required, with at most 32 and 500 bytes")
	}
	if r, err := in.received(ctx, s.cfg.Store); err == nil {
		return &Received{TicketID: r.TicketID, MessageID: r.MessageID, Repeated: true}, nil
	} else if !errors.Is(err, errNotFound) {
		return nil, err
	}
	s.mendIncoming(&in)
	files, err := s.store(ctx, in.Uploads, s.cfg.Limits.Received)
	if err != nil {
		return nil, err
	}
	raw, err := s.keepRaw(ctx, in.Raw)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		out, c, err := s.receive(ctx, in, files, raw)
		if err == nil {
			s.committed(c)
			return out, nil
		}
		// A conflict or a stale write that no hook asked for is a race: for the same item, or for a sender's first contact. The
		// next try sees what the other one has written.
		kind := KindOf(err)
		if s.hosted || c == nil || c.vetoed || attempt == 3 || kind != Conflict && kind != Stale {
			return nil, err
		}
	}
}

// receive is one try of Receive.
func (s *Service) receive(ctx context.Context, in Incoming, files []Attachment, raw string) (out *Received, c *change, err error) {
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		out = &Received{}
		c = &change{s: s, tx: tx, now: s.now()}
		if r, err := in.received(ctx, tx); err == nil { // another worker was faster
			out = &Received{TicketID: r.TicketID, MessageID: r.MessageID, Repeated: true}
			return nil
		} else if !errors.Is(err, errNotFound) {
			return err
		}
		ct, err := s.contact(ctx, c, in.From, in.Locale)
		if err != nil {
			return err
		}
		if !in.Machine {
			if err := c.heard(ctx, ct, in.From.Identity); err != nil {
				return err
			}
		}
		c.actor = Actor{Kind: ActorContact, Contact: ct.ID, Name: ct.Name, Source: in.Channel}
		old, err := s.thread(ctx, tx, ct, &in)
		if err != nil {
			return err
		}
		if flooded, err := s.flooded(ctx, tx, ct, old, c.now); err != nil {
			return err
		} else if flooded {
			in.Machine = true
		}
		if err := s.place(ctx, c, ct, old, &in); err != nil {
			return err
		}
		out.Created = c.was == 0
		m := &Message{Kind: Public, Author: Author{Type: ActorContact, ID: string(ct.ID), Name: in.From.Name, Email: in.From.email()},
			Channel: in.Channel, Text: in.Text, Quoted: in.Quoted, HTML: in.HTML, Machine: in.Machine, Verified: in.Verified, Protection: in.Protection,
			ExternalID: in.ExternalID, RawSHA256: raw, To: in.To, Attachments: slices.Clone(files)}
		if m.Author.Name == "" {
			m.Author.Name = ct.Name
		}
		if err := c.message(ctx, m); err != nil {
			return err
		}
		c.event(EventReceived, data{"message_id": m.ID, "machine": in.Machine, "verified": in.Verified, "channel": in.Channel}, nil)
		c.spoke = !in.Machine
		if err := s.reactivate(ctx, c, in.Machine); err != nil {
			return err
		}
		if err := c.cameBack(ctx, in.Bounces); err != nil {
			return err
		}
		if err := c.finish(ctx); err != nil {
			return err
		}
		if err := s.participants(ctx, c, ct, &in, out.Created); err != nil {
			return err
		}
		if err := tx.LinkRefs(ctx, c.t.ID, in.links()); err != nil {
			return err
		}
		if old != nil && out.Created {
			if err := s.linkAnew(ctx, c, old); err != nil {
				return err
			}
		}
		out.Ticket, out.TicketID, out.MessageID = c.t, c.t.ID, m.ID
		return in.markReceived(ctx, tx, Receipt{Channel: in.Channel, Key: in.Key, TicketID: c.t.ID, MessageID: m.ID, At: c.now})
	})
	return out, c, err
}

func (p Person) email() string {
	if p.Identity.Kind == KindEmail {
		return p.Identity.Value
	}
	return ""
}

// links are the ids that will lead answers to this ticket.
func (in *Incoming) links() []string {
	out := make([]string, 0, len(in.Refs)+1)
	if in.ExternalID != "" {
		out = append(out, in.ExternalID)
	}
	if in.Forward {
		return out // what was handed on belongs to somebody else's conversation
	}
	return append(out, in.Refs...)
}

func (s *Service) mendIncoming(in *Incoming) {
	l := s.cfg.Limits
	in.Subject = mendLine(in.Subject, l.Subject)
	if in.Locale != "de" && in.Locale != "en" {
		in.Locale = ""
	}
	if in.Subject == "" {
		in.Subject = "(kein Betreff)"
		if in.Locale == "en" || in.Locale == "" && s.cfg.Locale == "en" {
			in.Subject = "(no subject)"
		}
	}
	in.Text, in.Quoted = mend(in.Text, l.Text), mend(in.Quoted, l.Text)
	in.Text = strings.TrimRight(strings.ReplaceAll(in.Text, "\r\n", "\n"), " \t\r\n")
	in.Quoted = strings.ReplaceAll(in.Quoted, "\r\n", "\n")
	if s.cfg.Sanitizer == nil || len(in.HTML) > l.HTML { // cutting HTML would change its meaning; the original stays in Raw
		in.HTML = ""
	} else {
		in.HTML = mend(s.cfg.Sanitizer(in.HTML), l.HTML)
	}
	in.From.Name = mendLine(in.From.Name, 200)
	in.From.Identity.Value = mendLine(in.From.Identity.Value, 254)
	in.ExternalID = mendLine(in.ExternalID, 998)
	if len(in.Refs) > l.ReferencesKept {
		in.Refs = in.Refs[:l.ReferencesKept]
	}
	if len(in.Cc) > l.Participants {
		in.Cc = in.Cc[:l.Participants]
	}
	if len(in.To) > l.Participants {
		in.To = in.To[:l.Participants]
	}
	in.To = slices.Clone(in.To) // the caller's stay as they are
	for i := range in.To {
		in.To[i].Kind, in.To[i].Value = mendLine(in.To[i].Kind, 32), mendLine(in.To[i].Value, 254)
	}
	if !in.Priority.Valid() {
		in.Priority = Normal
	}
	if in.Protection != Signed && in.Protection != Encrypted {
		in.Protection = ""
	}
	if in.Source == "" {
		in.Source = in.Channel
	}
	in.Source = mendLine(in.Source, 32)
	if s.cfg.Blobs == nil {
		in.Uploads = nil
	}
}

func (s *Service) keepRaw(ctx context.Context, raw []byte) (string, error) {
	if len(raw) == 0 || s.cfg.Blobs == nil {
		return "", nil
	}
	sha, _, err := s.cfg.Blobs.Put(ctx, bytes.NewReader(raw))
	return sha, err
}

// thread finds the ticket that in belongs to, or nil.
func (s *Service) thread(ctx context.Context, tx Tx, ct *Contact, in *Incoming) (*Ticket, error) {
	all := Scope{all: true}
	get := func(id ID) (*Ticket, error) {
		t, err := living(ctx, tx, all, id)
		if errors.Is(err, errNotFound) {
			return nil, nil // deleted since
		}
		return t, err
	}
	if id, ok := s.ParseReplyToken(in.Token); ok {
		if t, err := get(id); t != nil || err != nil {
			return t, err
		}
	}
	if in.Forward {
		return nil, nil
	}
	for _, ref := range in.Refs {
		id, err := tx.TicketByRefs(ctx, []string{ref})
		if errors.Is(err, errNotFound) {
			sent, err := sentAs(ctx, tx, ref)
			if err != nil {
				return nil, err
			}
			if sent != nil { // a report, or a program's answer, may be faster than the note that the message has left
				return get(sent.TicketID)
			}
			if in.Machine { // likewise what the desk has sent by itself
				if id, err := noticed(ctx, tx, ref); err != nil {
					return nil, err
				} else if id != "" {
					return get(id)
				}
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		t, err := get(id)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		// Anybody can write a reference, even before the mail it names exists. It proves something only if the desk itself sent
		// that mail, or if the sender belongs to the ticket anyway; else whoever guesses an id would read the answers to others.
		known, err := s.takesPart(ctx, tx, t, ct.ID)
		if err == nil && !known {
			known, err = s.sentHere(ctx, tx, t.ID, ref)
		}
		if err == nil && !known && in.Machine {
			var id ID
			id, err = noticed(ctx, tx, ref)
			known = id != ""
		}
		if err != nil {
			return nil, err
		}
		if known {
			return t, nil
		}
	}
	if in.Number > 0 {
		t, err := tx.TicketByNumber(ctx, all, in.Number)
		if errors.Is(err, errNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		part, err := s.takesPart(ctx, tx, t, ct.ID)
		if err != nil || !part {
			return nil, err
		}
		return get(t.ID)
	}
	return nil, nil
}

// sentHere reports whether a message that left the desk for this ticket has the external id.
func (s *Service) sentHere(ctx context.Context, r Reader, id ID, externalID string) (bool, error) {
	q := MessageQuery{Ticket: id, Kinds: []MessageKind{Public}, Limit: s.cfg.Limits.HistoryPerQuery}
	for {
		ms, err := r.Messages(ctx, Scope{all: true}, q)
		if err != nil {
			return false, err
		}
		for _, m := range ms {
			if m.ExternalID == externalID && m.Author.Type != ActorContact {
				return true, nil
			}
		}
		if len(ms) < q.Limit {
			return false, nil
		}
		q.After = ms[len(ms)-1].N
	}
}

func (s *Service) takesPart(ctx context.Context, r Reader, t *Ticket, id ContactID) (bool, error) {
	if t.Requester.ID == id {
		return true, nil
	}
	ps, err := r.Participants(ctx, Scope{all: true}, t.ID)
	return slices.ContainsFunc(ps, func(p Participant) bool { return p.Contact.ID == id }), err
}

// flooded reports whether the sender wrote more in the last hour than a person would: two programs answering each other are stopped
// by treating the rest as machine mail, which is stored and never answered.
func (s *Service) flooded(ctx context.Context, r Reader, ct *Contact, old *Ticket, now time.Time) (bool, error) {
	limit := s.cfg.Limits.SenderPerHour
	since := now.Add(-time.Hour)
	if old != nil {
		if old.MessageCount < limit {
			return false, nil
		}
		ms, err := r.Messages(ctx, Scope{all: true}, MessageQuery{Ticket: old.ID, Kinds: []MessageKind{Public}, Newest: true, Limit: limit})
		if err != nil {
			return false, err
		}
		n := 0
		for _, m := range ms {
			if m.Author.ID == string(ct.ID) && m.CreatedAt.After(since) {
				n++
			}
		}
		return n >= limit, nil
	}
	ts, err := r.Tickets(ctx, Scope{all: true}, Query{Requester: ct.ID, Sort: ByUpdated, Limit: limit})
	if err != nil || len(ts) < limit {
		return false, err
	}
	return !slices.ContainsFunc(ts, func(t Ticket) bool { return t.CreatedAt.Before(since) }), nil
}

// place makes c the change of the ticket that in goes to: the old one, or a new one.
func (s *Service) place(ctx context.Context, c *change, ct *Contact, old *Ticket, in *Incoming) error {
	anew := old != nil && old.Category == Closed && s.cfg.OnClosedReply == NewOnReply && !in.Machine
	if old != nil && !anew {
		c.t, c.was, c.from = old, old.Version, old.Category
		return nil
	}
	n := NewTicket{Subject: in.Subject, Queue: in.Queue, Priority: in.Priority, Channel: in.Channel, Source: in.Source, Locale: in.Locale}
	if in.Interactive && !in.Machine {
		if err := s.room(ctx, c.tx, ct.ID, in.Channel); err != nil {
			c.vetoed = true // it is no race
			return err
		}
	}
	return s.begin(ctx, c, ct, n)
}

// linkAnew ties a new ticket to the closed one that was answered, unless that has as many links as it can have.
func (s *Service) linkAnew(ctx context.Context, c *change, old *Ticket) error {
	ls, err := c.tx.Links(ctx, Scope{all: true}, old.ID)
	if err != nil || len(ls) >= maxLinks {
		return err
	}
	return c.tx.AddLink(ctx, Link{From: c.t.ID, To: old.ID, Kind: LinkRelated, CreatedAt: c.now})
}

// reactivate brings a ticket back to work when a person outside wrote.
func (s *Service) reactivate(ctx context.Context, c *change, machine bool) error {
	if machine || c.was == 0 {
		return nil
	}
	switch c.t.Category {
	case Pending, Snoozed, Resolved, Closed:
		return c.setStatus(ctx, Status(Open), EventReopened, "reply", "")
	}
	return nil
}

// participants adds the people in copy. Whoever follows up with unproven sender adds nobody: a forged mail must not gain a reader.
func (s *Service) participants(ctx context.Context, c *change, ct *Contact, in *Incoming, created bool) error {
	if !created && (in.Verified == nil || !*in.Verified) {
		return nil
	}
	for _, p := range in.Cc {
		if p.Identity.Value == "" {
			continue
		}
		other, err := s.contact(ctx, c, p, "")
		if err != nil {
			return err
		}
		if other.ID == ct.ID || other.ID == c.t.Requester.ID {
			continue
		}
		if err := c.tx.AddParticipant(ctx, c.t.ID, Participant{Contact: contactRef(other), Role: "cc"}); err != nil {
			return err
		}
	}
	return nil
}
