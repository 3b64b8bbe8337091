package httpapi

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/search"
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

// newBrandingDTO is what PUT branding takes. What is left out is what the configuration of the program says.
type newBrandingDTO struct {
	Name          string `json:"name" doc:"at most 80 characters"`
	ShortName     string `json:"short_name" doc:"at most 20 characters"`
	LogoLight     string `json:"logo_light" doc:"path on the same host, or https://"`
	LogoDark      string `json:"logo_dark"`
	Favicon       string `json:"favicon"`
	Primary       string `json:"primary" doc:"#rrggbb"`
	LoginText     string `json:"login_text"`
	SupportURL    string `json:"support_url"`
	ImprintURL    string `json:"imprint_url"`
	PrivacyURL    string `json:"privacy_url"`
	DefaultLocale string `json:"default_locale" enum:"de,en,"`
	TimeZone      string `json:"time_zone" doc:"IANA name"`
	Version       int64  `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
}

// brandingDTO is how the desk presents itself.
type brandingDTO struct {
	Name          string   `json:"name"`
	ShortName     string   `json:"short_name"`
	LogoLight     string   `json:"logo_light"`
	LogoDark      string   `json:"logo_dark"`
	Favicon       string   `json:"favicon"`
	Primary       string   `json:"primary"`
	OnPrimary     string   `json:"on_primary" doc:"the colour of text on primary; empty without one"`
	Contrast      *float64 `json:"contrast" doc:"of the two, at least 4.5; null without primary"`
	LoginText     string   `json:"login_text"`
	SupportURL    string   `json:"support_url"`
	ImprintURL    string   `json:"imprint_url"`
	PrivacyURL    string   `json:"privacy_url"`
	DefaultLocale string   `json:"default_locale"`
	TimeZone      string   `json:"time_zone"`
	Version       int64    `json:"version"`
}

func (c *call) branding() (*brandingDTO, error) {
	b, err := c.api.service.Branding(c.ctx(), c.actor())
	if err != nil {
		return nil, err
	}
	return brandingOf(b, c.api.cfg.ServiceName), nil
}

func brandingOf(b *ticket.Branding, name string) *brandingDTO {
	out := &brandingDTO{b.Name, b.ShortName, b.LogoLight, b.LogoDark, b.Favicon, b.Primary, "", nil, b.LoginText, b.SupportURL, b.ImprintURL, b.PrivacyURL,
		b.DefaultLocale, b.TimeZone, b.Version}
	if out.Name == "" {
		out.Name = name
	}
	if text, ratio, ok := ticket.Contrast(b.Primary); ok {
		ratio = math.Floor(ratio*100) / 100
		out.OnPrimary, out.Contrast = text, &ratio
	}
	return out
}

func (c *call) getBranding() error {
	b, err := c.branding()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, b)
}

func (c *call) setBranding() error {
	var in newBrandingDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	b, err := c.api.service.SetBranding(c.ctx(), c.actor(), ticket.Branding(in))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, brandingOf(b, c.api.cfg.ServiceName))
}

// viewDTO is a saved list.
type viewDTO struct {
	ID       string      `json:"id" doc:"of a default one: mine, unassigned, open, due, breached, escalated, mentioned, snoozed, closed"`
	Builtin  bool        `json:"builtin"`
	Shared   bool        `json:"shared"`
	Name     string      `json:"name"`
	Filter   string      `json:"filter" doc:"as in q of tickets"`
	Sort     ticket.Sort `json:"sort"`
	Columns  []string    `json:"columns"`
	Position int         `json:"position"`
	Version  int64       `json:"version"`
}

// newViewDTO is what POST views and PUT views/{id} take.
type newViewDTO struct {
	Name     string      `json:"name" required:"true" doc:"at most 80 characters"`
	Filter   string      `json:"filter" doc:"as in q of tickets"`
	Sort     ticket.Sort `json:"sort" enum:"-updated_at,updated_at,-created_at,created_at,-number,number,-priority,priority"`
	Columns  []string    `json:"columns"`
	Position int         `json:"position"`
	Shared   bool        `json:"shared" doc:"everybody's; only when it is made"`
	Version  int64       `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
}

// viewCountDTO is how many tickets a view holds.
type viewCountDTO struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
	More  bool   `json:"more" doc:"there are at least as many"`
}

func viewOf(v *ticket.View) viewDTO {
	return viewDTO{v.ID, v.Builtin, v.Shared, v.Name, v.Filter, v.Sort, filled(v.Columns), v.Position, v.Version}
}

func (c *call) listViews() error {
	all, err := c.api.service.Views(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[viewDTO]{Items: make([]viewDTO, 0, len(all))}
	for i := range all {
		out.Items = append(out.Items, viewOf(&all[i]))
	}
	return c.json(http.StatusOK, out)
}

// query reads the filter of a view.
func (c *call) query(filter string) (q ticket.Query, err error) {
	text, err := search.Parse(filter)
	if err == nil {
		err = search.Finder{Desk: c.api.service, Actor: c.actor(), Now: c.api.now}.Apply(c.ctx(), &q, text)
	}
	return q, err
}

// countViews counts what the actor sees. A view whose filter cannot be read any more, because a queue is gone, counts none.
func (c *call) countViews() error {
	all, err := c.api.service.Views(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	ids := strings.FieldsFunc(c.r.URL.Query().Get("ids"), func(r rune) bool { return r == ',' })
	out := page[viewCountDTO]{Items: []viewCountDTO{}}
	var qs []ticket.Query
	var at []int
	for i := range all {
		if len(ids) > 0 && !slices.Contains(ids, all[i].ID) || len(out.Items) == 50 {
			continue
		}
		out.Items = append(out.Items, viewCountDTO{ID: all[i].ID})
		q, err := c.query(all[i].Filter)
		if ticket.KindOf(err) == ticket.Invalid {
			continue
		}
		if err != nil {
			return err
		}
		qs, at = append(qs, q), append(at, len(out.Items)-1)
	}
	counts, err := c.api.service.Count(c.ctx(), c.actor(), qs)
	if err != nil {
		return err
	}
	for i, n := range counts {
		out.Items[at[i]].Count, out.Items[at[i]].More = n, n == ticket.CountMost
	}
	return c.json(http.StatusOK, out)
}

func (c *call) createView() error { return c.putView("", http.StatusCreated) }

func (c *call) saveView() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.putView(id, http.StatusOK)
}

func (c *call) putView(id string, status int) error {
	var in newViewDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := c.api.service.Require(c.ctx(), c.actor(), ticket.OpViewOwn); err != nil {
		return err // before names in the filter are looked up
	}
	if _, err := c.query(in.Filter); err != nil {
		if e, ok := errors.AsType[*ticket.Error](err); ok && e.Kind == ticket.Invalid {
			return &ticket.Error{Kind: ticket.Invalid, Field: "filter", Msg: e.Msg, Err: err}
		}
		return err
	}
	v, err := c.api.service.SaveView(c.ctx(), c.actor(), ticket.View{ID: id, Shared: in.Shared, Name: in.Name, Filter: in.Filter, Sort: in.Sort, Columns: in.Columns,
		Position: in.Position, Version: in.Version})
	if err != nil {
		return err
	}
	return c.json(status, viewOf(v))
}

func (c *call) deleteView() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.service.DeleteView(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

// macroDTO is a text to answer with.
type macroDTO struct {
	ID       string          `json:"id"`
	Shared   bool            `json:"shared"`
	Name     string          `json:"name"`
	De       string          `json:"de"`
	En       string          `json:"en"`
	Status   ticket.Status   `json:"status" doc:"what the ticket becomes; empty: it stays"`
	Priority ticket.Priority `json:"priority" doc:"empty: it stays"`
	Tags     []string        `json:"tags" doc:"to be added"`
	Position int             `json:"position"`
	Version  int64           `json:"version"`
}

// newMacroDTO is what POST macros and PUT macros/{id} take.
type newMacroDTO struct {
	Name     string          `json:"name" required:"true" doc:"at most 80 characters"`
	De       string          `json:"de" doc:"may hold {{ticket.number}}, {{ticket.subject}}, {{ticket.queue}}, {{requester.name}}, {{requester.email}}, {{agent.name}}"`
	En       string          `json:"en"`
	Status   ticket.Status   `json:"status"`
	Priority ticket.Priority `json:"priority" enum:"low,normal,high,urgent,"`
	Tags     []string        `json:"tags"`
	Position int             `json:"position"`
	Shared   bool            `json:"shared" doc:"everybody's; only when it is made"`
	Version  int64           `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
}

// renderMacroDTO is what POST macros/{id}/render takes.
type renderMacroDTO struct {
	Ticket string `json:"ticket" required:"true" doc:"id or number"`
	Lang   string `json:"lang" enum:"de,en," doc:"left out: the ticket's"`
}

// renderedDTO is a macro filled in.
type renderedDTO struct {
	Text     string          `json:"text"`
	Status   ticket.Status   `json:"status"`
	Priority ticket.Priority `json:"priority"`
	Tags     []string        `json:"tags"`
}

func macroOf(m *ticket.Macro) macroDTO {
	return macroDTO{m.ID, m.Shared, m.Name, m.De, m.En, m.Status, m.Priority, filled(m.Tags), m.Position, m.Version}
}

func (c *call) listMacros() error {
	all, err := c.api.service.Macros(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[macroDTO]{Items: make([]macroDTO, 0, len(all))}
	for i := range all {
		out.Items = append(out.Items, macroOf(&all[i]))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) createMacro() error { return c.putMacro("", http.StatusCreated) }

func (c *call) saveMacro() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.putMacro(id, http.StatusOK)
}

func (c *call) putMacro(id string, status int) error {
	var in newMacroDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	m, err := c.api.service.SaveMacro(c.ctx(), c.actor(), ticket.Macro{ID: id, Shared: in.Shared, Name: in.Name, De: in.De, En: in.En, Status: in.Status,
		Priority: in.Priority, Tags: in.Tags, Position: in.Position, Version: in.Version})
	if err != nil {
		return err
	}
	return c.json(status, macroOf(m))
}

func (c *call) deleteMacro() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.service.DeleteMacro(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) renderMacro() error {
	var in renderMacroDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Lang != "" && in.Lang != "de" && in.Lang != "en" {
		return ticket.InvalidField("lang", "must be de or en")
	}
	macro, err := c.pathID("id")
	if err != nil {
		return err
	}
	id, err := c.ticketRef("ticket", in.Ticket)
	if err != nil {
		return err
	}
	r, err := c.api.service.RenderMacro(c.ctx(), c.actor(), macro, id, in.Lang)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, renderedDTO{r.Text, r.Status, r.Priority, filled(r.Tags)})
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
