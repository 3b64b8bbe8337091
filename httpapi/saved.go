package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/internal/search"
	"github.com/ticketkit/ticketkit/ticket"
)

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
