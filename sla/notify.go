package sla

import (
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// JobNotify is the kind of the job that tells somebody about a step of the ladder; its payload is a NotifyPayload.
const JobNotify = "sla.notify"

// NotifyPayload is the payload of JobNotify: one notifying action of one step.
type NotifyPayload struct {
	TicketID ticket.ID        `json:"ticket_id"`
	Event    ticket.EventType `json:"event"`
	Clock    Clock            `json:"clock"`
	Cycle    int              `json:"cycle"`
	Level    string           `json:"level"`
	Due      time.Time        `json:"due"`
	Action   Action           `json:"action"`
}
