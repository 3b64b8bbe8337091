package ticket

import (
	"cmp"
	"context"
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
