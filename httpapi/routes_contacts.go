package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

func contactRoutes() []route {
	return []route{
		{method: get, path: "/contacts", id: "listContacts", summary: "People who write to the desk, the newest first", op: ticket.OpContactRead, params: []param{
			{"q", "string", "beginnings of words of the name or an address, all of which must be there"}, limitParam, cursorParam,
		}, status: 200, answer: page[contactDTO]{}, run: (*call).listContacts},
		{method: edit, path: "/contacts/{id}", id: "editContact", summary: "Change what the desk knows of a person; identities need the permission for the whole desk", op: ticket.OpTicketUpdate, body: editContactDTO{}, status: 200, answer: contactDTO{}, run: (*call).editContact},
		{method: post, path: "/contacts/{id}/merge", id: "mergeContacts", summary: "Make one contact of two, for good: this one becomes part of another", op: ticket.OpTicketMerge, body: mergeContactDTO{}, status: 200, answer: mergedContactDTO{}, run: (*call).mergeContacts},
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
		if i.Kind == ticket.IdentityMerged {
			continue // only says under which id the person was known
		}
		out.Identities = append(out.Identities, identityDTO{i.Kind, i.Value, i.Verified, stampOf(i.BouncedAt)})
	}
	return out
}

// editContactDTO is what PATCH contacts/{id} takes.
type editContactDTO struct {
	Name       *string           `json:"name" doc:"at most 200 characters"`
	Locale     *string           `json:"locale" enum:"de,en," doc:"empty: the desk's"`
	Identities *[]newIdentityDTO `json:"identities" doc:"replaces all; one that is new counts as not proven"`
}

type newIdentityDTO struct {
	Kind  string `json:"kind" required:"true" doc:"email, phone …"`
	Value string `json:"value" required:"true"`
}

// mergeContactDTO is what POST contacts/{id}/merge takes.
type mergeContactDTO struct {
	Into ticket.ContactID `json:"into" required:"true" doc:"id of the contact that lives on"`
}

// mergedContactDTO is the contact that lives on.
type mergedContactDTO struct {
	Contact contactDTO `json:"contact"`
	Tickets int        `json:"tickets" doc:"that changed hands"`
}

func (c *call) listContacts() error {
	limit, err := c.limit(30)
	if err != nil {
		return err
	}
	params := c.r.URL.Query()
	q := ticket.ContactQuery{Text: params.Get("q"), After: ticket.ContactID(params.Get("cursor")), Limit: limit}
	if q.After != "" && !ticket.ValidID(string(q.After)) {
		return ticket.InvalidField("cursor", "is not a cursor of this list")
	}
	list, next, err := c.api.service.ListContacts(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	out := page[contactDTO]{Items: make([]contactDTO, 0, len(list))}
	for i := range list {
		out.Items = append(out.Items, personOf(&list[i]))
	}
	if next != "" {
		s := string(next)
		out.Next = &s
	}
	return c.json(http.StatusOK, out)
}

func (c *call) editContact() error {
	var in editContactDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	e := ticket.ContactEdit{Name: in.Name, Locale: in.Locale}
	if in.Identities != nil {
		list := make([]ticket.Identity, 0, len(*in.Identities))
		for _, i := range *in.Identities {
			list = append(list, ticket.Identity{Kind: i.Kind, Value: i.Value})
		}
		e.Identities = &list
	}
	ct, err := c.api.service.EditContact(c.ctx(), c.actor(), ticket.ContactID(id), e)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, personOf(ct))
}

func (c *call) mergeContacts() error {
	var in mergeContactDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if !ticket.ValidID(string(in.Into)) {
		return ticket.InvalidField("into", "must be the id of a contact")
	}
	ct, tickets, err := c.api.service.MergeContacts(c.ctx(), c.actor(), ticket.ContactID(id), in.Into)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mergedContactDTO{personOf(ct), tickets})
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
			line["message"] = c.api.messageOf(r.Message)
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
