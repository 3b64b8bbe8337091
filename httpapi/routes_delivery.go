package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
)

func deliveryRoutes() []route {
	return []route{
		{method: post, path: "/messages/{id}/resend", id: "resendMessage", summary: "Send a message again that failed or came back; 409 for any other", op: ticket.OpMessageWrite, status: 200, answer: messageDTO{}, run: (*call).resendMessage},
		{method: edit, path: "/messages/{id}", id: "reviseMessage", summary: "Change the text of an answer, where it has arrived too; 409 where the channel takes nothing back, as with mail. What another person has written takes ticket:delete", op: ticket.OpMessageWrite, body: reviseDTO{}, status: 200, answer: messageDTO{}, match: true, run: (*call).reviseMessage},
		{method: del, path: "/messages/{id}", id: "withdrawMessage", summary: "Take an answer back, where it has arrived too; it stays at the desk as a note. What another person has written takes ticket:delete", op: ticket.OpMessageWrite, status: 204, match: true, run: (*call).withdrawMessage},
	}
}

// reviseDTO is what an answer says from now on.
type reviseDTO struct {
	Body string `json:"body" required:"true"`
}

func (c *call) reviseMessage() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	var in reviseDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	v, err := c.ifMatch() // of the ticket, as with all that is written to one
	if err != nil {
		return err
	}
	m, err := c.api.service.Revise(c.ctx(), c.actor(), ticket.MessageID(id), v, in.Body)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.api.messageOf(m))
}

func (c *call) withdrawMessage() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	v, err := c.ifMatch()
	if err != nil {
		return err
	}
	if _, err := c.api.service.Withdraw(c.ctx(), c.actor(), ticket.MessageID(id), v); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) resendMessage() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	m, err := c.api.service.Resend(c.ctx(), c.actor(), ticket.MessageID(id))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.api.messageOf(m))
}
