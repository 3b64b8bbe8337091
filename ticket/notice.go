package ticket

import (
	"cmp"
	"context"
)

// NoticeMail is everything that a mail of JobNotice needs.
type NoticeMail struct {
	NoticePayload
	Key        string // the same for each attempt
	Ticket     Ticket
	To         Person
	InReplyTo  string
	References []string
	ReplyToken string  // "" for colleagues
	Locale     string  // a colleague's own, if they chose one
	Signature  *string // nil: neither queue nor desk has one
	Letterhead Letterhead
}

// Notice gathers what a mail needs; nil when there is nobody to tell any more: the ticket or the account is gone, the ticket is somebody
// else's, has no address, or the mail was switched off meanwhile. Only system actors may call it.
func (s *Service) Notice(ctx context.Context, a Actor, p NoticePayload) (*NoticeMail, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the worker may ask")
	}
	all := Scope{all: true}
	t, err := s.cfg.Store.Ticket(ctx, all, p.TicketID)
	if KindOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := s.mailRules(ctx, s.cfg.Store)
	if err != nil || t.Demo || !s.on(r, p.Kind, t.Queue.ID) {
		return nil, err
	}
	n := &NoticeMail{NoticePayload: p, Key: string(p.Kind) + "." + string(p.EventID), Ticket: *t, Signature: r.signature(t.Queue.ID), Locale: s.cfg.Locale}
	if n.Letterhead, err = s.letterhead(ctx, s.cfg.Store); err != nil {
		return nil, err
	}
	if p.Account != "" {
		ok, err := s.toColleague(ctx, n)
		if !ok || err != nil {
			return nil, err
		}
		return n, nil
	}
	requester, err := s.cfg.Store.Contact(ctx, t.Requester.ID)
	if err != nil {
		return nil, err
	}
	to, ok := requester.Identity(KindEmail)
	if !ok || unreachable(to) || !to.BouncedAt.IsZero() {
		return nil, nil
	}
	// No name: whoever opens tickets under a forged address must not make the desk send his words.
	n.To, n.Locale, n.ReplyToken = Person{Identity: Identity{Kind: to.Kind, Value: to.Value}}, s.localeOf(t, requester), s.ReplyToken(t.ID)
	ms, err := s.cfg.Store.Messages(ctx, all, MessageQuery{Ticket: t.ID, Kinds: []MessageKind{Public}, Newest: true, Limit: 20})
	if err != nil {
		return nil, err
	}
	n.InReplyTo, n.References = references(ms)
	return n, nil
}

// toColleague fills in whom a mail to a colleague goes to, and reports whether it still is wanted.
func (s *Service) toColleague(ctx context.Context, n *NoticeMail) (bool, error) {
	if s.cfg.Directory == nil || n.Ticket.Assignee == nil || n.Ticket.Assignee.ID != n.Account {
		return false, nil
	}
	acc, err := s.cfg.Directory.Account(ctx, s.cfg.Store, n.Account)
	if KindOf(err) == NotFound {
		return false, nil
	}
	if err != nil || !acc.Active || acc.Email == "" {
		return false, err
	}
	own, err := preferencesOf(ctx, s.cfg.Store, acc.ID)
	if err != nil {
		return false, err
	}
	n.To, n.Locale = Person{Name: acc.Name, Identity: Identity{Kind: KindEmail, Value: acc.Email}}, cmp.Or(own.Locale, n.Locale)
	return true, nil
}

// references are the external ids of messages, oldest first, and the newest from outside.
func references(ms []Message) (inReplyTo string, refs []string) {
	for _, m := range ms {
		if m.ExternalID == "" {
			continue
		}
		refs = append(refs, m.ExternalID)
		if m.Author.Type == ActorContact {
			inReplyTo = m.ExternalID
		}
	}
	if inReplyTo == "" && len(refs) > 0 {
		inReplyTo = refs[len(refs)-1]
	}
	return inReplyTo, refs
}

// Mails reports whether the desk mails a kind of notice about the tickets of a queue. Only system actors may ask.
func (s *Service) Mails(ctx context.Context, a Actor, kind NoticeKind, id QueueID) (bool, error) {
	if a.Kind != ActorSystem {
		return false, Errorf(Denied, "only the worker may ask")
	}
	r, err := s.mailRules(ctx, s.cfg.Store)
	return err == nil && s.on(r, kind, id), err
}

// Noticed notes that a mail of JobNotice has left, so that an answer to it finds the ticket. Only system actors may call it.
func (s *Service) Noticed(ctx context.Context, a Actor, p NoticePayload, externalID string) error {
	return s.noticed(ctx, a, p, EventMailed, externalID, nil)
}

// NoticeFailed notes that a mail of JobNotice was given up, and why.
func (s *Service) NoticeFailed(ctx context.Context, a Actor, p NoticePayload, reason string) error {
	return s.noticed(ctx, a, p, EventMailFailed, "", reasonData(mendLine(reason, 500)))
}

func (s *Service) noticed(ctx context.Context, a Actor, p NoticePayload, typ EventType, externalID string, private data) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only the worker may say so")
	}
	_, err := s.updateAny(ctx, a, OpMessageWrite, p.TicketID, 0, func(ctx context.Context, c *change) error {
		c.quiet = true
		facts := data{"mail": p.Kind}
		if p.Account != "" {
			facts["account_id"] = p.Account
		}
		c.event(typ, facts, private)
		if externalID == "" || p.Account != "" { // a colleague's answer is no message of the ticket
			return nil
		}
		if err := c.tx.LinkRefs(ctx, c.t.ID, []string{externalID}); err != nil {
			return err
		}
		return c.copyNotice(ctx, p)
	})
	if KindOf(err) == NotFound {
		return nil // deleted since
	}
	return err
}
