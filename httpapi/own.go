package httpapi

import (
	"net/http"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// preferencesDTO is how an account wants what it sees.
type preferencesDTO struct {
	Locale    string `json:"locale" enum:"de,en," doc:"of the pages and of mails to oneself; empty: the browser's, and the desk's"`
	Theme     string `json:"theme" enum:"auto,light,dark," doc:"empty: what the browser was told"`
	Shortcuts string `json:"shortcuts" enum:"on,off," doc:"whether keys without a modifier do something; empty: what the browser was told"`
}

// editPreferencesDTO is what PATCH preferences takes.
type editPreferencesDTO struct {
	Locale    *string `json:"locale" enum:"de,en,"`
	Theme     *string `json:"theme" enum:"auto,light,dark,"`
	Shortcuts *string `json:"shortcuts" enum:"on,off,"`
}

func (c *call) editPreferences() error {
	var in editPreferencesDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	p, err := c.api.service.KeepPreferences(c.ctx(), c.actor(), ticket.PreferencesEdit(in))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, preferencesDTO(p))
}

// lastViewDTO is what PUT last-view takes.
type lastViewDTO struct {
	View string `json:"view" required:"true" doc:"id of a list; at most 64 characters"`
}

func (c *call) keepLastView() error {
	var in lastViewDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := c.api.service.KeepLastView(c.ctx(), c.actor(), in.View); err != nil {
		return err
	}
	return c.empty()
}

// draftDTO is what somebody has begun to write.
type draftDTO struct {
	TicketID  ticket.ID           `json:"ticket_id"`
	Kind      ticket.PersonalKind `json:"kind" enum:"reply,note"`
	Body      string              `json:"body"`
	Version   int64               `json:"version"`
	UpdatedAt stamp               `json:"updated_at"`
}

// newDraftDTO is what PUT tickets/{id}/drafts/{kind} takes.
type newDraftDTO struct {
	Body    string `json:"body"`
	Version int64  `json:"version" doc:"the one that was seen: a newer one refuses the change. Left out or 0: the last writer wins"`
}

func draftOf(d *ticket.Draft) draftDTO {
	return draftDTO{d.TicketID, d.Kind, d.Body, d.Version, stamp(d.UpdatedAt)}
}

func (c *call) listDrafts() error {
	var ids []ticket.ID
	if ref := c.r.URL.Query().Get("ticket"); ref != "" {
		id, err := c.ticketRef("ticket", ref)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	all, err := c.api.service.Drafts(c.ctx(), c.actor(), ids)
	if err != nil {
		return err
	}
	out := page[draftDTO]{Items: make([]draftDTO, 0, len(all))}
	for i := range all {
		out.Items = append(out.Items, draftOf(&all[i]))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) saveDraft() error {
	var in newDraftDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	d, err := c.api.service.SaveDraft(c.ctx(), c.actor(), id, ticket.PersonalKind(c.r.PathValue("kind")), in.Body, in.Version)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, draftOf(d))
}

// markDTO says how far somebody has read a ticket.
type markDTO struct {
	TicketID ticket.ID      `json:"ticket_id"`
	Version  ticket.Version `json:"version" doc:"the newest that was seen; a ticket with a greater one is unread. 0: never seen"`
	At       *stamp         `json:"at" doc:"when it was seen last; null: never"`
}

// newMarkDTO is what POST tickets/{id}/seen takes.
type newMarkDTO struct {
	Version ticket.Version `json:"version" doc:"left out or 0: the newest"`
}

func (c *call) listMarks() error {
	var ids []ticket.ID
	for _, s := range strings.FieldsFunc(c.r.URL.Query().Get("tickets"), func(r rune) bool { return r == ',' }) {
		if !ticket.ValidID(s) {
			return ticket.InvalidField("tickets", "must be ids of tickets")
		}
		ids = append(ids, ticket.ID(s))
	}
	all, err := c.api.service.Marks(c.ctx(), c.actor(), ids)
	if err != nil {
		return err
	}
	out := page[markDTO]{Items: make([]markDTO, 0, len(all))}
	for _, m := range all {
		out.Items = append(out.Items, markDTO{m.TicketID, m.Version, stampOf(m.At)})
	}
	return c.json(http.StatusOK, out)
}

func (c *call) markSeen() error {
	var in newMarkDTO
	if c.r.ContentLength != 0 || c.r.Header.Get("Content-Type") != "" {
		if err := c.decode(&in); err != nil {
			return err
		}
	}
	if in.Version < 0 {
		return ticket.InvalidField("version", "must not be negative")
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	m, err := c.api.service.MarkSeen(c.ctx(), c.actor(), id, in.Version)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, markDTO{m.TicketID, m.Version, stampOf(m.At)})
}

// undoDTO is what POST tickets/bulk/undo takes.
type undoDTO struct {
	Token string `json:"token" required:"true" doc:"the undo of the bulk change"`
}

func (c *call) undoBulk() error {
	var in undoDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if len(in.Token) > 64 {
		return ticket.Errorf(ticket.NotFound, "there is no such change, or it can no longer be undone")
	}
	results, err := c.api.service.Undo(c.ctx(), c.actor(), in.Token)
	if err != nil {
		return err
	}
	ids := make([]string, len(results))
	for i := range results {
		ids[i] = string(results[i].ID)
	}
	out, err := c.bulkPage(results, ids)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, out)
}
