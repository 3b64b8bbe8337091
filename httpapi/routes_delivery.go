package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
)

func deliveryRoutes() []route {
	return []route{
		{method: post, path: "/messages/{id}/resend", id: "resendMessage", summary: "Send a message again that failed or came back; 409 for any other", op: ticket.OpMessageWrite, status: 200, answer: messageDTO{}, run: (*call).resendMessage},
	}
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
	return c.json(http.StatusOK, messageOf(m))
}
