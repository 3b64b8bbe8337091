package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
)

// subjectRoutes are about who an account is in a channel such as Discord.
func subjectRoutes() []route {
	return []route{
		{method: post, path: "/auth/link-code", id: "createLinkCode", summary: "A code that links one's account to whoever enters it in a channel, once", status: 201, answer: subjectCodeDTO{}, secret: true, run: (*call).createLinkCode},
		{method: get, path: "/auth/links", id: "listOwnLinks", summary: "Who one is elsewhere", status: 200, answer: page[subjectDTO]{}, run: (*call).ownSubjects},
		{method: del, path: "/auth/links/{subject}", id: "deleteOwnLink", summary: "End a link of one's own", status: 204, run: (*call).deleteLink},
		{method: get, path: "/admin/users/{id}/links", id: "listUserLinks", summary: "Who an account is elsewhere", op: ticket.OpUserRead, status: 200, answer: page[subjectDTO]{}, run: (*call).listUserLinks},
		{method: put, path: "/admin/users/{id}/links/{subject}", id: "linkUser", summary: "Say who an account is elsewhere", op: ticket.OpUserUpdate, status: 204, run: (*call).linkUser},
		{method: del, path: "/admin/users/{id}/links/{subject}", id: "unlinkUser", summary: "End a link of an account", op: ticket.OpUserUpdate, status: 204, run: (*call).unlinkUser},
	}
}

// subjectDTO is a link of an account.
type subjectDTO struct {
	Subject   string `json:"subject" doc:"channel and id, such as discord:1200000000000000001"`
	CreatedAt stamp  `json:"created_at"`
}

// subjectCodeDTO is the one answer that has the code.
type subjectCodeDTO struct {
	Code      string `json:"code" doc:"to enter in the channel, in Discord by /ticket link"`
	ExpiresAt stamp  `json:"expires_at"`
}

func (c *call) createLinkCode() error {
	code, until, err := c.api.accounts.LinkCode(c.ctx(), c.who)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, subjectCodeDTO{code, stamp(until)})
}

func (c *call) ownSubjects() error { return c.subjectsOf(c.who.Account.ID) }

func (c *call) listUserLinks() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.subjectsOf(ticket.AccountID(id))
}

func (c *call) subjectsOf(id ticket.AccountID) error {
	all, err := c.api.accounts.AccountLinks(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	out := page[subjectDTO]{Items: make([]subjectDTO, 0, len(all))}
	for _, l := range all {
		out.Items = append(out.Items, subjectDTO{l.Subject, stamp(l.CreatedAt)})
	}
	return c.json(http.StatusOK, out)
}

func (c *call) deleteLink() error { return c.endLink(c.who.Account.ID) }

func (c *call) unlinkUser() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.endLink(ticket.AccountID(id))
}

func (c *call) endLink(id ticket.AccountID) error {
	subject, err := c.pathID("subject")
	if err != nil {
		return err
	}
	if err := c.api.accounts.UnlinkAccount(c.ctx(), c.actor(), id, subject); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) linkUser() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	subject, err := c.pathID("subject")
	if err != nil {
		return err
	}
	if err := c.api.accounts.LinkAccount(c.ctx(), c.actor(), ticket.AccountID(id), subject); err != nil {
		return err
	}
	return c.empty()
}
