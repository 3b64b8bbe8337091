package adapters

import (
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// MailboxLogin is how a sign-in to a mailbox by OAuth stands, that somebody does in a browser.
type MailboxLogin struct {
	State     string    // none, waiting, done, refused or expired
	URL       string    // to be opened on any machine
	Code      string    // to be typed in there
	ExpiresAt time.Time // zero when nothing waits
}

// BeginLogin begins to sign in to a mailbox by device code: the person opens an address, on any machine, and types the code. It needs
// adapter:manage.
func (d *MailboxDesk) BeginLogin(ctx context.Context, a ticket.Actor, id string) (MailboxLogin, error) {
	m, err := d.loginOf(ctx, a, id)
	if err != nil {
		return MailboxLogin{}, err
	}
	// First, so that nobody signs in without a trace.
	if err := d.service.RecordMailbox(ctx, a, ticket.EventMailboxUpdated, id); err != nil {
		return MailboxLogin{}, err
	}
	return d.book.cfg.Login(ctx, m, true)
}

// Login tells how the sign-in stands that BeginLogin has begun, and ends it once the person is done. It needs adapter:manage.
func (d *MailboxDesk) Login(ctx context.Context, a ticket.Actor, id string) (MailboxLogin, error) {
	m, err := d.loginOf(ctx, a, id)
	if err != nil {
		return MailboxLogin{}, err
	}
	got, err := d.book.cfg.Login(ctx, m, false)
	if err == nil && got.State == "done" {
		d.changed()
	}
	return got, err
}

// loginOf gives a mailbox that somebody may sign in to; for one of the configuration the secret is empty.
func (d *MailboxDesk) loginOf(ctx context.Context, a ticket.Actor, id string) (OpenMailbox, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return OpenMailbox{}, err
	}
	if d.book.cfg.Login == nil {
		return OpenMailbox{}, ticket.Errorf(ticket.NotFound, "this desk cannot sign in to mailboxes")
	}
	var m OpenMailbox
	if n := slices.IndexFunc(d.book.cfg.Fixed, func(m Mailbox) bool { return m.ID == id }); n >= 0 {
		m.Mailbox = d.book.cfg.Fixed[n]
	} else {
		var err error
		if m, err = d.find(ctx, id); err != nil {
			return m, err
		}
	}
	if m.SignIn != SignInOAuth {
		return m, ticket.Errorf(ticket.Conflict, "this mailbox is opened with a password")
	}
	return m, nil
}
