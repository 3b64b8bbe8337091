package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// newTicketPage is the form for a ticket that somebody of the desk opens, after a phone call for example.
type newTicketPage struct {
	*view
	Queues  []ticket.Queue
	Agents  []ticket.Account
	Sources []string
	Key     string // makes a second press of the button harmless
	Problem string
	Field   string // at fault
	Kept    keptForm
}

func (v *view) newTicketPage() error {
	kept := keptForm{}
	for _, name := range []string{"email", "name", "subject"} { // a link may fill them in
		if s := v.r.URL.Query().Get(name); s != "" && len(s) < 300 {
			kept[name] = []string{s}
		}
	}
	kept["priority"], kept["source"] = []string{"normal"}, []string{"phone"}
	return v.renderNewTicket(http.StatusOK, newTicketPage{Kept: kept, Key: ticket.NewID(v.now)})
}

func (v *view) renderNewTicket(status int, p newTicketPage) error {
	if err := v.site.service.Require(v.r.Context(), v.actor(), ticket.OpTicketCreate); err != nil {
		return err
	}
	v.Title, v.Nav, p.view = v.T("new.title"), "new", v
	p.Sources = []string{"phone", "email", "chat", "web"}
	var err error
	if p.Queues, err = v.site.service.Queues(v.r.Context(), v.actor()); err != nil {
		return err
	}
	if p.Agents, err = v.site.service.Agents(v.r.Context(), v.actor()); err != nil {
		return err
	}
	return v.render(status, "newticket", p)
}

func (v *view) newTicket() error {
	uploads, closeAll, err := v.uploads()
	defer closeAll()
	key := v.field("key")
	if !ticket.ValidID(key) {
		key = ticket.NewID(v.now)
	}
	var t *ticket.Ticket
	if err == nil {
		t, err = v.site.service.Open(v.r.Context(), v.actor(), ticket.NewTicket{
			Subject: v.field("subject"), Body: v.field("body"),
			Requester: ticket.Person{Name: v.field("name"), Identity: ticket.Identity{Kind: ticket.KindEmail, Value: v.field("email")}},
			Queue:     ticket.QueueID(v.field("queue")), Priority: ticket.Priority(v.field("priority")),
			Tags:   strings.FieldsFunc(v.field("tags"), func(r rune) bool { return r == ' ' || r == ',' }),
			Source: v.field("source"), Locale: v.field("locale"), Assignee: ticket.AccountID(v.field("assignee")), Uploads: uploads,
			Key: "page:" + string(v.who.Account.ID) + ":" + key,
		})
	}
	switch ticket.KindOf(err) {
	case "":
		return v.redirect("/tickets/"+strconv.FormatInt(t.Number, 10), "created")
	case ticket.Invalid, ticket.Conflict, ticket.TooLarge:
		p := v.problem(err)
		return v.renderNewTicket(statusOf(err), newTicketPage{Problem: v.explain(err), Field: p.Field, Kept: keptForm(v.r.PostForm), Key: key})
	}
	return err
}
