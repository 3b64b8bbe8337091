package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

func contactRoutes() []route {
	return []route{
		{method: get, path: "/contacts/{id}", id: "getContact", summary: "A person who writes to the desk", op: ticket.OpContactRead, status: 200, answer: contactDTO{}, run: (*call).getContact},
		{method: get, path: "/contacts/{id}/export", id: "exportContact", summary: "Everything that the desk knows about a person, a JSON object a line: contact, ticket, message", op: ticket.OpContactExport, status: 200, media: "application/x-ndjson", run: (*call).exportContact},
		{method: post, path: "/contacts/{id}/erase", id: "eraseContact", summary: "Forget a person and what was said with them, for good; numbers, times and the history's skeletons stay", op: ticket.OpContactErase, status: 200, answer: erasedDTO{}, run: (*call).eraseContact},
	}
}

// contactDTO is a contact with everything by which the desk knows it.
type contactDTO struct {
	ID         ticket.ContactID `json:"id"`
	Name       string           `json:"name"`
	Locale     string           `json:"locale"`
	Identities []identityDTO    `json:"identities"`
	CreatedAt  stamp            `json:"created_at"`
}

type identityDTO struct {
	Kind     string `json:"kind" doc:"email, discord, phone or an adapter's own word"`
	Value    string `json:"value"`
	Verified bool   `json:"verified" doc:"proven to belong to the person"`
	Bounced  *stamp `json:"bounced_at" doc:"when mail to it last came back; null while it arrives"`
}

// erasedDTO tells what was met.
type erasedDTO struct {
	Tickets  int `json:"tickets" doc:"requested by the person and emptied"`
	Messages int `json:"messages" doc:"emptied, in those tickets and in tickets of others"`
}

func personOf(ct *ticket.Contact) contactDTO {
	out := contactDTO{ID: ct.ID, Name: ct.Name, Locale: ct.Locale, Identities: []identityDTO{}, CreatedAt: stamp(ct.CreatedAt)}
	for _, i := range ct.Identities {
		out.Identities = append(out.Identities, identityDTO{i.Kind, i.Value, i.Verified, stampOf(i.BouncedAt)})
	}
	return out
}

func (c *call) getContact() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	ct, err := c.api.service.Contact(c.ctx(), c.actor(), ticket.ContactID(id))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, personOf(ct))
}

// exportContact streams. Before the first line an error is a problem as anywhere; behind it the connection breaks, so that nobody takes a part
// for the whole.
func (c *call) exportContact() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	begun := false
	enc := json.NewEncoder(c.w)
	enc.SetEscapeHTML(false)
	for r, err := range c.api.service.ExportContact(c.ctx(), c.actor(), ticket.ContactID(id)) {
		if err != nil {
			if begun {
				panic(http.ErrAbortHandler)
			}
			return err
		}
		if !begun {
			begun = true
			c.w.Header().Set("Content-Type", "application/x-ndjson")
			c.w.Header().Set("Content-Disposition", `attachment; filename="contact-`+id+`.ndjson"`)
		}
		line := map[string]any{}
		switch {
		case r.Contact != nil:
			line["contact"] = personOf(r.Contact)
		case r.Ticket != nil:
			line["ticket"] = ticketOf(r.Ticket, sla.Summary{})
		case r.Message != nil:
			line["message"] = messageOf(r.Message)
		}
		if err := enc.Encode(line); err != nil {
			panic(http.ErrAbortHandler) // whoever asked has gone
		}
	}
	return nil
}

func (c *call) eraseContact() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	done, err := c.api.service.EraseContact(c.ctx(), c.actor(), ticket.ContactID(id))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, erasedDTO(done))
}
