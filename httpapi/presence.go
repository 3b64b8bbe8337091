package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/ticket"
)

// newPresenceDTO is what POST tickets/{id}/presence takes.
type newPresenceDTO struct {
	State ticket.PresenceState `json:"state" required:"true" enum:"viewing,replying,left"`
}

// presenceDTO is somebody who has a ticket open.
type presenceDTO struct {
	ID    ticket.AccountID     `json:"id"`
	Name  string               `json:"name"`
	State ticket.PresenceState `json:"state" enum:"viewing,replying"`
	Since stamp                `json:"since"`
}

// companyDTO tells who has a ticket open.
type companyDTO struct {
	TicketID ticket.ID     `json:"ticket_id"`
	People   []presenceDTO `json:"people"`
}

func companyOf(c *live.Company) companyDTO { return companyDTO{c.Ticket, presencesOf(c.People)} }

func presencesOf(people []ticket.Presence) []presenceDTO {
	out := make([]presenceDTO, 0, len(people))
	for _, p := range people {
		out = append(out, presenceDTO{p.Account, p.Name, p.State, stamp(p.Since)})
	}
	return out
}

func (c *call) listPresence() error {
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	people, err := c.api.service.Present(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, page[presenceDTO]{Items: presencesOf(people)})
}

func (c *call) setPresence() error {
	var in newPresenceDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	if err := c.api.service.SetPresence(c.ctx(), c.actor(), id, in.State); err != nil {
		return err
	}
	return c.empty()
}
