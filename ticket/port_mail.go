package ticket

import (
	"context"
	"time"
)

// MailReader reads what the desk mails by itself, and what it has mailed.
type MailReader interface {
	// MailRules gives the rules of each queue that has its own, and under "" those of the desk if it has some.
	MailRules(ctx context.Context) (map[QueueID]MailRules, error)
	// AutoMails counts what NoteAutoMail has noted.
	AutoMails(ctx context.Context, q AutoMailQuery) (AutoMailCount, error)
}

// MailTx writes it.
type MailTx interface {
	// SetMailRules replaces the rules of a queue; "" is the desk. Nil removes them.
	SetMailRules(ctx context.Context, id QueueID, r *MailRules) error
	// NoteAutoMail remembers an automatic mail for as long as caps look back. ID is new.
	NoteAutoMail(ctx context.Context, m AutoMail) error
}

// AutoMail is an automatic mail to somebody outside. Person is kept as a hash only.
type AutoMail struct {
	ID       string
	Person   string // address in the form that compares equal
	Channel  string // by which the ticket came in; stands for the mailbox
	TicketID ID
	At       time.Time
}

// AutoMailQuery asks about a person, a channel and a ticket.
type AutoMailQuery struct {
	Person      string
	Channel     string
	TicketID    ID
	Since       time.Time // for Person and Channel
	SinceOfPair time.Time // for Person and TicketID together
}

// AutoMailCount answers it.
type AutoMailCount struct {
	Person  int // to the person since Since, about whatever ticket
	Channel int // through the channel since Since, to whomever
	Pair    int // to the person about the ticket since SinceOfPair
}
