package ticket

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"unicode/utf8"
)

// NoticeKind is a kind of mail that the desk sends by itself.
type NoticeKind string

// The kinds, with whom they go to.
const (
	NoticeReceipt  NoticeKind = "receipt"  // requester: the ticket is there
	NoticeReminder NoticeKind = "reminder" // requester: the desk waits for an answer; see Upkeep.RemindAfter
	NoticeClosing  NoticeKind = "closing"  // requester: the ticket will be closed; see Upkeep.WarnBefore
	NoticeClosed   NoticeKind = "closed"   // requester: the ticket is closed, with its transcript
	NoticeAssigned NoticeKind = "assigned" // the new assignee, unless they took it themselves
	NoticeBounced  NoticeKind = "bounced"  // assignee: an answer came back, or could not be sent
	NoticeSLA      NoticeKind = "sla"      // whom a step of the service level names: a promise is about to be missed, or was
)

// NoticeKinds lists every kind.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{NoticeReceipt, NoticeReminder, NoticeClosing, NoticeClosed, NoticeAssigned, NoticeBounced, NoticeSLA}
}

// MailRules say what is mailed about the tickets of a queue, or of the desk where a queue says nothing.
type MailRules struct {
	// Mails switches kinds on and off. What is absent follows the desk's rules, and there Notices.Kinds.
	Mails map[NoticeKind]bool `json:"mails,omitempty"`
	// Signature stands below messages to people outside, as plain text. Nil follows the desk's rules, and there what the channel is
	// configured with.
	Signature *string `json:"signature,omitempty"`
}

// rules are the mail rules of the whole desk, as one transaction or reader sees them.
type rules map[QueueID]MailRules

func (s *Service) mailRules(ctx context.Context, r Reader) (rules, error) { return r.MailRules(ctx) }

// signature is nil when neither queue nor desk says anything.
func (r rules) signature(id QueueID) *string {
	if sig := r[id].Signature; sig != nil {
		return sig
	}
	return r[""].Signature
}

// localeOf is the language in which the requester of a ticket is written to.
func (s *Service) localeOf(t *Ticket, requester *Contact) string {
	return cmp.Or(t.Locale, requester.Locale, s.cfg.Locale)
}

// EventMailRulesChanged stands on the desk's chain: [queue_id mails]; private: signature.
const EventMailRulesChanged EventType = "mail_rules.changed"

// QueueMail is what is mailed about the tickets of a queue: its own rules, and what they come to with those of the desk.
type QueueMail struct {
	Queue     QueueID // "" for the desk
	Name      string  // of the queue
	Rules     MailRules
	Effective map[NoticeKind]bool
	Signature string // in force; "" also when the channel's own is
}

// MailSettings lists the mail rules: those of the desk first, then each queue in order of the names. It needs settings:read for the whole
// desk.
func (s *Service) MailSettings(ctx context.Context, a Actor) ([]QueueMail, error) {
	if err := s.everywhere(ctx, a, OpSettingsRead); err != nil {
		return nil, err
	}
	r, err := s.mailRules(ctx, s.cfg.Store)
	if err != nil {
		return nil, err
	}
	queues, err := s.cfg.Store.Queues(ctx)
	if err != nil {
		return nil, err
	}
	out := []QueueMail{s.queueMail(r, Queue{})}
	for _, q := range queues {
		out = append(out, s.queueMail(r, q))
	}
	return out, nil
}

func (s *Service) queueMail(r rules, q Queue) QueueMail {
	out := QueueMail{Queue: q.ID, Name: q.Name, Rules: r[q.ID], Effective: map[NoticeKind]bool{}}
	for _, kind := range NoticeKinds() {
		out.Effective[kind] = s.on(r, kind, q.ID)
	}
	if sig := r.signature(q.ID); sig != nil {
		out.Signature = *sig
	}
	return out
}

// maxSignature bounds a signature, in code points.
const maxSignature = 2000

// SetMailRules replaces the mail rules of a queue, or with "" those of the desk. It needs settings:write for the whole desk.
func (s *Service) SetMailRules(ctx context.Context, a Actor, id QueueID, m MailRules) (*QueueMail, error) {
	m.Mails = maps.Clone(m.Mails)
	for kind := range m.Mails {
		if !slices.Contains(NoticeKinds(), kind) {
			return nil, InvalidField("mails", "there is no mail %q", string(kind))
		}
	}
	private := data{}
	if m.Signature != nil {
		text, err := s.text("signature", *m.Signature, false)
		if err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(text) > maxSignature {
			return nil, InvalidField("signature", "must have at most %d characters", maxSignature)
		}
		m.Signature = &text
		private["signature"] = text
	}
	if err := s.everywhere(ctx, a, OpSettingsWrite); err != nil {
		return nil, err
	}
	var out QueueMail
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		if err := tx.Guard(ctx, guardQueues); err != nil { // a queue is not deleted meanwhile
			return err
		}
		q := &Queue{}
		if id != "" {
			var err error
			if q, err = tx.Queue(ctx, id); err != nil {
				return err
			}
		}
		stored := &m
		if len(m.Mails) == 0 && m.Signature == nil {
			stored = nil
		}
		if err := tx.SetMailRules(ctx, id, stored); err != nil {
			return err
		}
		r, err := s.mailRules(ctx, tx)
		if err != nil {
			return err
		}
		out = s.queueMail(r, *q)
		return s.deskEvent(ctx, tx, a, EventMailRulesChanged, data{"queue_id": id, "mails": m.Mails}, private)
	})
	if err != nil {
		return nil, err
	}
	s.changed()
	return &out, nil
}
