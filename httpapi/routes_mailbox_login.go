package httpapi

import (
	"context"
	"net/http"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func mailboxLoginRoutes() []route {
	return []route{
		{method: post, path: "/admin/mailboxes/{id}/login", id: "beginMailboxLogin", summary: "Begin to sign in to a mailbox by OAuth: open the address on any machine and type the code", op: ticket.OpAdapterManage, status: 200, answer: mailboxLoginDTO{}, run: (*call).beginMailboxLogin},
		{method: get, path: "/admin/mailboxes/{id}/login", id: "mailboxLogin", summary: "How the sign-in to a mailbox stands", op: ticket.OpAdapterManage, status: 200, answer: mailboxLoginDTO{}, run: (*call).mailboxLogin},
	}
}

// mailboxLoginDTO is a sign-in by device code (RFC 8628).
type mailboxLoginDTO struct {
	State     string `json:"state" enum:"none,waiting,done,refused,expired" doc:"done: the mailbox is read within a minute; none: nobody signs in"`
	URL       string `json:"url" doc:"to be opened on any machine, while waiting"`
	Code      string `json:"code" doc:"to be typed in there"`
	ExpiresAt *stamp `json:"expires_at"`
}

func (c *call) beginMailboxLogin() error { return c.mailboxSignIn((*adapters.MailboxDesk).BeginLogin) }

func (c *call) mailboxLogin() error { return c.mailboxSignIn((*adapters.MailboxDesk).Login) }

func (c *call) mailboxSignIn(fn func(*adapters.MailboxDesk, context.Context, ticket.Actor, string) (adapters.MailboxLogin, error)) error {
	desk, id, err := c.mailboxes()
	if err != nil {
		return err
	}
	got, err := fn(desk, c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mailboxLoginDTO{got.State, got.URL, got.Code, stampOf(got.ExpiresAt)})
}
