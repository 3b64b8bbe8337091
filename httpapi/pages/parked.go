package pages

import (
	"io"
	"net/http"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// parkedPage lists what could not become a ticket.
type parkedPage struct {
	*view
	Items   []adapters.Parked
	Older   string
	Paged   bool
	Problem string
}

const parkedPerPage = 50

func (v *view) parkedPage() error { return v.renderParked(http.StatusOK, nil) }

func (v *view) renderParked(status int, failed error) error {
	if !v.HasParked() {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	before := v.r.URL.Query().Get("before")
	items, err := v.site.cfg.Parked.ListParked(v.r.Context(), v.actor(), before, parkedPerPage+1)
	if err != nil {
		return err
	}
	p := parkedPage{view: v, Items: items, Paged: before != ""}
	if len(items) > parkedPerPage {
		p.Items = items[:parkedPerPage]
		p.Older = p.Items[parkedPerPage-1].ID
	}
	if failed != nil {
		p.Problem = v.explain(failed)
	}
	v.Title, v.Nav = v.T("parked.title"), "parked"
	return v.render(status, "parked", p)
}

// parkedRaw is a download of bytes that nobody has understood, so nothing may be guessed about them.
func (v *view) parkedRaw() error {
	if !v.HasParked() {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	p, raw, item, err := v.site.cfg.Parked.OpenParked(v.r.Context(), v.actor(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	defer closeRead(raw)
	name := "parked-" + p.ID + ".bin"
	if item {
		name = "parked-" + p.ID + ".json"
	}
	v.fileHeaders("application/octet-stream", "attachment", name)
	if v.r.Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(v.w, raw)
	return err
}

func (v *view) parkedRetry() error {
	if !v.HasParked() {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	err := v.site.cfg.Parked.RetryParked(v.r.Context(), v.actor(), v.r.PathValue("id"))
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/parked", "parked_retried")
	case ticket.Conflict, ticket.Invalid:
		return v.renderParked(statusOf(err), err)
	}
	return err
}

func (v *view) parkedDeletePage() error {
	if !v.HasParked() {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	if err := v.site.service.Require(v.r.Context(), v.actor(), ticket.OpParkedRetry); err != nil {
		return err
	}
	id := v.r.PathValue("id") // whether it exists shows when it is deleted: its bytes may be gone while it is still listed
	if !ticket.ValidID(id) {
		return ticket.Errorf(ticket.NotFound, "there is no such item")
	}
	v.Title, v.Nav = v.T("parked.delete.title"), "parked"
	return v.render(http.StatusOK, "confirm", confirmPage{view: v, Text: v.T("parked.delete.text"), Action: v.URL("/parked/%s/delete", id),
		Button: v.T("parked.delete.button"), Cancel: v.URL("/parked")})
}

func (v *view) parkedDelete() error {
	if !v.HasParked() {
		return ticket.Errorf(ticket.NotFound, "there is no such page")
	}
	if err := v.site.cfg.Parked.DeleteParked(v.r.Context(), v.actor(), v.r.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/parked", "parked_deleted")
}
