package httpapi

import (
	"net/http"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

func toolRoutes() []route {
	return []route{
		{method: get, path: "/bootstrap", id: "bootstrap", summary: "What a panel needs to begin: who asks, branding, language, states", status: 200, answer: bootstrapDTO{}, run: (*call).bootstrap},
		{method: get, path: "/branding", id: "getBranding", summary: "How the desk presents itself", status: 200, answer: brandingDTO{}, run: (*call).getBranding},
		{method: put, path: "/branding", id: "setBranding", summary: "Change how the desk presents itself", op: ticket.OpSettingsWrite, body: newBrandingDTO{}, status: 200, answer: brandingDTO{}, run: (*call).setBranding},
		{method: post, path: "/branding/images", id: "addImage", summary: "Upload a logo or an icon for the branding", op: ticket.OpSettingsWrite, body: uploadForm{}, status: 201, answer: imageDTO{}, run: (*call).addImage},
		{method: get, path: "/branding/images/{id}", id: "brandImage", summary: "A logo or an icon of the desk", status: 200, media: "image/*", open: true, run: (*call).image},

		{method: get, path: "/views", id: "listViews", summary: "Saved lists: the default ones, what everybody has, one's own", op: ticket.OpTicketRead, status: 200, answer: page[viewDTO]{}, run: (*call).listViews},
		{method: get, path: "/views/counts", id: "countViews", summary: "How many tickets each view holds, up to 1000", op: ticket.OpTicketRead, params: []param{
			{"ids", "string", "ids of views, separated by commas; left out: all"},
		}, status: 200, answer: page[viewCountDTO]{}, run: (*call).countViews},
		{method: post, path: "/views", id: "createView", summary: "Save a list, for oneself or for everybody", op: ticket.OpViewOwn, body: newViewDTO{}, status: 201, answer: viewDTO{}, run: (*call).createView},
		{method: put, path: "/views/{id}", id: "saveView", summary: "Replace a saved list", op: ticket.OpViewOwn, body: newViewDTO{}, status: 200, answer: viewDTO{}, run: (*call).saveView},
		{method: del, path: "/views/{id}", id: "deleteView", summary: "Delete a saved list", op: ticket.OpViewOwn, status: 204, run: (*call).deleteView},

		{method: put, path: "/last-view", id: "keepLastView", summary: "Keep which list one looks at, for the next time", op: ticket.OpTicketRead, body: lastViewDTO{}, status: 204, run: (*call).keepLastView},
		{method: edit, path: "/preferences", id: "editPreferences", summary: "Change how one's own pages look and behave, in whichever browser", op: ticket.OpTicketRead, body: editPreferencesDTO{}, status: 200, answer: preferencesDTO{}, run: (*call).editPreferences},

		{method: get, path: "/macros", id: "listMacros", summary: "Texts to answer with: what everybody has, one's own", op: ticket.OpViewOwn, status: 200, answer: page[macroDTO]{}, run: (*call).listMacros},
		{method: post, path: "/macros", id: "createMacro", summary: "Save a text, for oneself or for everybody", op: ticket.OpViewOwn, body: newMacroDTO{}, status: 201, answer: macroDTO{}, run: (*call).createMacro},
		{method: put, path: "/macros/{id}", id: "saveMacro", summary: "Replace a text", op: ticket.OpViewOwn, body: newMacroDTO{}, status: 200, answer: macroDTO{}, run: (*call).saveMacro},
		{method: del, path: "/macros/{id}", id: "deleteMacro", summary: "Delete a text", op: ticket.OpViewOwn, status: 204, run: (*call).deleteMacro},
		{method: post, path: "/macros/{id}/render", id: "renderMacro", summary: "A text filled in for a ticket; nothing is done to it", op: ticket.OpViewOwn, body: renderMacroDTO{}, status: 200, answer: renderedDTO{}, run: (*call).renderMacro},

		{method: get, path: "/drafts", id: "listDrafts", summary: "What one has begun to write", op: ticket.OpDraftOwn, params: []param{{"ticket", "string", "id or number of a ticket"}}, status: 200, answer: page[draftDTO]{}, run: (*call).listDrafts},
		{method: put, path: "/tickets/{id}/drafts/{kind}", id: "saveDraft", summary: "Keep what one has begun to write; an empty body removes it", op: ticket.OpDraftOwn, body: newDraftDTO{}, status: 200, answer: draftDTO{}, run: (*call).saveDraft},
		{method: get, path: "/marks", id: "listMarks", summary: "How far one has read some tickets", op: ticket.OpTicketRead, params: []param{{"tickets", "string", "1 to 100 ids, separated by commas"}}, status: 200, answer: page[markDTO]{}, run: (*call).listMarks},
		{method: post, path: "/tickets/{id}/seen", id: "markSeen", summary: "Note that one has read a ticket; gives the mark as it was before", op: ticket.OpTicketRead, body: newMarkDTO{}, lax: true, status: 200, answer: markDTO{}, run: (*call).markSeen},
		{method: post, path: "/tickets/bulk/undo", id: "undoBulk", summary: "Take one's own bulk change back, within 60 seconds; a ticket that has changed since stays as it is", op: ticket.OpTicketBulk, body: undoDTO{}, status: 200, answer: page[bulkResultDTO]{}, run: (*call).undoBulk},
	}
}

// bootstrapDTO is what a panel needs to begin.
type bootstrapDTO struct {
	Me           meDTO          `json:"me"`
	Branding     brandingDTO    `json:"branding"`
	Locale       string         `json:"locale" enum:"de,en" doc:"of the desk"`
	Zone         string         `json:"zone" doc:"IANA name"`
	Now          stamp          `json:"now" doc:"the server's clock"`
	States       []stateDTO     `json:"states"`
	Priorities   []string       `json:"priorities"`
	Placeholders []string       `json:"placeholders" doc:"of macros"`
	LastView     string         `json:"last_view" doc:"id of the list that one looked at last; empty: none. It may be gone"`
	Preferences  preferencesDTO `json:"preferences"`
	Flags        flagsDTO       `json:"flags"`
}

type stateDTO struct {
	Status   ticket.Status   `json:"status"`
	Category ticket.Category `json:"category" enum:"new,open,pending,snoozed,resolved,closed,merged,spam"`
}

// flagsDTO says what this desk has.
type flagsDTO struct {
	Live      bool `json:"live"`
	Reports   bool `json:"reports"`
	SLA       bool `json:"sla"`
	Channels  bool `json:"channels"`
	Parked    bool `json:"parked"`
	Mailboxes bool `json:"mailboxes"`
	Panels    bool `json:"panels"`
	Ranking   bool `json:"ranking"`
}

func (c *call) bootstrap() error {
	b, err := c.branding()
	if err != nil {
		return err
	}
	set, _, err := c.rankingOf()
	if err != nil {
		return err
	}
	cfg := &c.api.cfg
	a := &c.who.Account
	out := bootstrapDTO{Me: meDTO{a.ID, a.Username, a.Role, filled(c.who.Permissions), a.DisplayName(), a.MustChange, filled(c.who.Queues), grantDTOs(c.who.Grants)},
		Branding: *b, Locale: c.api.service.Locale(), Zone: c.zone().String(), Now: stamp(c.api.now()), States: []stateDTO{}, Placeholders: ticket.Placeholders(),
		Flags: flagsDTO{Live: cfg.Live != nil, Reports: cfg.Reports != nil, SLA: cfg.SLA != nil, Channels: cfg.Channels != nil, Parked: cfg.Parked != nil,
			Mailboxes: cfg.Mailboxes != nil, Panels: cfg.Panels != nil, Ranking: cfg.Reports != nil && !set.Off}}
	if b.DefaultLocale != "" {
		out.Locale = b.DefaultLocale
	}
	if slices.Contains(c.who.Permissions, ticket.OpTicketRead) {
		if out.LastView, err = c.api.service.LastView(c.ctx(), c.actor()); err != nil {
			return err
		}
		own, err := c.api.service.Preferences(c.ctx(), c.actor())
		if err != nil {
			return err
		}
		out.Preferences = preferencesDTO(own)
	}
	for _, st := range c.api.service.States() {
		out.States = append(out.States, stateDTO(st))
	}
	for _, p := range ticket.Priorities() {
		out.Priorities = append(out.Priorities, string(p))
	}
	return c.json(http.StatusOK, out)
}
