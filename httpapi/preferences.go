package httpapi

import (
	"net/http"

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
