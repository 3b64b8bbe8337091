package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/search"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// inboxView is a list that everybody has.
type inboxView struct {
	Name string
	Icon string // "" is not in the navigation
	set  func(q *ticket.Query, me ticket.AccountID)
}

var inboxViews = []inboxView{
	{"mine", "hand", func(q *ticket.Query, me ticket.AccountID) {
		q.Active, q.Assignee = new(true), []ticket.AccountID{me}
	}},
	{"unassigned", "inbox", func(q *ticket.Query, _ ticket.AccountID) {
		q.Active, q.Assignee = new(true), []ticket.AccountID{""}
	}},
	{"open", "list", func(q *ticket.Query, _ ticket.AccountID) { q.Category = []ticket.Category{ticket.New, ticket.Open} }},
	{"pending", "pause", func(q *ticket.Query, _ ticket.AccountID) { q.Category = []ticket.Category{ticket.Pending} }},
	{"snoozed", "clock", func(q *ticket.Query, _ ticket.AccountID) { q.Category = []ticket.Category{ticket.Snoozed} }},
	{"escalated", "flag", func(q *ticket.Query, _ ticket.AccountID) { q.Active, q.Escalated = new(true), true }},
	{"done", "check", func(q *ticket.Query, _ ticket.AccountID) {
		q.Category = []ticket.Category{ticket.Resolved, ticket.Closed}
	}},
	{"spam", "spam", func(q *ticket.Query, _ ticket.AccountID) { q.Category = []ticket.Category{ticket.Spam} }},
	{"all", "history", func(*ticket.Query, ticket.AccountID) {}},
	{"active", "", func(q *ticket.Query, _ ticket.AccountID) { // what the number of open tickets counts
		q.Category = []ticket.Category{ticket.New, ticket.Open, ticket.Snoozed}
	}},
}

// standardView is the one that the inbox opens with.
const standardView = "open"

// Views are the lists of the navigation.
func (v *view) Views() []inboxView {
	return slices.DeleteFunc(slices.Clone(inboxViews), func(i inboxView) bool { return i.Icon == "" })
}

// inboxFilter is what the form of the inbox holds. Everything stands in the URL.
type inboxFilter struct {
	View, Q, Status, Priority, Queue, Assignee, Sort string
	Requester                                        string // set by links only
}

// Narrowed reports whether more than the view decides.
func (f inboxFilter) Narrowed() bool {
	return f.Q+f.Status+f.Priority+f.Queue+f.Assignee+f.Requester != ""
}

func (f inboxFilter) values() url.Values {
	q := url.Values{}
	for _, p := range [][2]string{{"view", f.View}, {"q", f.Q}, {"status", f.Status}, {"priority", f.Priority}, {"queue", f.Queue},
		{"assignee", f.Assignee}, {"sort", f.Sort}, {"requester", f.Requester}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return q
}

// inboxPage is a list of tickets.
type inboxPage struct {
	*view
	Filter  inboxFilter
	Tickets []ticket.Ticket
	Newer   string // the beginning of the list, when this is no beginning
	Older   string // its next page
	Problem string
	Strip   []kpi
	States  []ticket.State
	Queues  []ticket.Queue
	Agents  []ticket.Account
	Sorts   []ticket.Sort

	clocks map[ticket.ID]sla.Summary
}

// Priorities lists them for a form, the most pressing first.
func (v *view) Priorities() []ticket.Priority {
	return []ticket.Priority{ticket.Urgent, ticket.High, ticket.Normal, ticket.Low}
}

// Channel is the picture of a channel.
func (v *view) Channel(c string) string { return channelIcon(c) }

// ViewPath is the address of a list.
func (p inboxPage) ViewPath(name string) string { return p.URL("/?view=" + name) }

func (v *view) inbox() error {
	params := v.r.URL.Query()
	get := func(name string) string { return strings.TrimSpace(params.Get(name)) }
	p := inboxPage{view: v, Sorts: []ticket.Sort{ticket.ByUpdated, ticket.ByUpdatedAsc, ticket.ByCreated, ticket.ByCreatedAsc, ticket.ByPriority},
		Filter: inboxFilter{get("view"), get("q"), get("status"), get("priority"), get("queue"), get("assignee"), get("sort"), get("requester")}}
	if !slices.ContainsFunc(inboxViews, func(i inboxView) bool { return i.Name == p.Filter.View }) {
		p.Filter.View = standardView
	}
	v.Title, v.Nav = v.T("view."+p.Filter.View), "view-"+p.Filter.View
	if err := v.inboxChoices(&p); err != nil {
		return err
	}
	q, err := v.inboxQuery(p.Filter)
	if err == nil {
		q.After, err = ticket.ParseCursor(params.Get("cursor"), q.Sort)
	}
	var next ticket.Cursor
	if err == nil {
		p.Tickets, next, err = v.site.service.List(v.r.Context(), v.actor(), q)
	}
	switch {
	case ticket.KindOf(err) == ticket.Invalid:
		p.Problem = v.explain(err)
		return v.render(statusOf(err), "inbox", p)
	case err != nil:
		return err
	}
	if n, ok := onlyNumber(p.Filter.Q); ok && len(p.Tickets) == 1 && p.Tickets[0].Number == n {
		return v.seeOther("/tickets/" + strconv.FormatInt(n, 10))
	}
	values := p.Filter.values()
	if !q.After.IsZero() {
		p.Newer = v.URL("/") + "?" + values.Encode()
	}
	if !next.IsZero() {
		values.Set("cursor", next.String())
		p.Older = v.URL("/") + "?" + values.Encode()
	}
	ids := make([]ticket.ID, len(p.Tickets))
	for i := range p.Tickets {
		ids[i] = p.Tickets[i].ID
	}
	if p.clocks, err = v.clocks(ids...); err != nil {
		return err
	}
	if p.Strip, err = v.strip(); err != nil {
		return err
	}
	return v.render(http.StatusOK, "inbox", p)
}

func (v *view) inboxChoices(p *inboxPage) (err error) {
	p.States = v.site.service.States()
	if p.Queues, err = v.site.service.Queues(v.r.Context(), v.actor()); err != nil {
		return err
	}
	p.Agents, err = v.site.service.Agents(v.r.Context(), v.actor())
	return err
}

// inboxQuery makes a query of the filter. What is named in the form counts instead of what the view says of the same thing.
func (v *view) inboxQuery(f inboxFilter) (ticket.Query, error) {
	q := ticket.Query{Sort: ticket.Sort(f.Sort), Limit: 40}
	i := slices.IndexFunc(inboxViews, func(i inboxView) bool { return i.Name == f.View })
	inboxViews[i].set(&q, v.who.Account.ID)
	if f.Status != "" {
		if _, ok := v.site.states[ticket.Status(f.Status)]; !ok {
			return q, ticket.InvalidField("status", "is not known")
		}
		q.Status, q.Category, q.Active = []ticket.Status{ticket.Status(f.Status)}, nil, nil
	}
	if f.Priority != "" {
		q.Priority = []ticket.Priority{ticket.Priority(f.Priority)}
	}
	if f.Queue != "" {
		q.Queue = []ticket.QueueID{ticket.QueueID(f.Queue)}
	}
	switch f.Assignee {
	case "":
	case "me":
		q.Assignee = []ticket.AccountID{v.who.Account.ID}
	case "none":
		q.Assignee = []ticket.AccountID{""}
	default:
		q.Assignee = []ticket.AccountID{ticket.AccountID(f.Assignee)}
	}
	if f.Requester != "" {
		if !ticket.ValidID(f.Requester) {
			return q, ticket.InvalidField("requester", "is not known")
		}
		q.Requester = ticket.ContactID(f.Requester)
	}
	s, err := search.ParseLenient(f.Q)
	if err != nil {
		return q, err
	}
	// What was typed counts instead of what the view and the form say of the same thing.
	for name := range s.Filters {
		switch name {
		case "is", "status":
			q.Status, q.Category, q.Active = nil, nil, nil
		case "priority":
			q.Priority = nil
		case "queue":
			q.Queue = nil
		case "assignee":
			q.Assignee = nil
		}
	}
	return q, search.Finder{Desk: v.site.service, Actor: v.actor()}.Apply(v.r.Context(), &q, s)
}

// onlyNumber reads #1042.
func onlyNumber(s string) (int64, bool) {
	digits, ok := strings.CutPrefix(s, "#")
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil && n > 0
}

// kpi is one number above the list.
type kpi struct {
	Key   string // of its name
	Value *int64
	Path  string // the list that it counts; "" for none
}

// strip computes the numbers above the list; whoever may not see them, and a desk without reports, has none.
func (v *view) strip() ([]kpi, error) {
	if v.site.cfg.Reports == nil || !v.Can(string(ticket.OpDashboardRead)) {
		return nil, nil
	}
	scope, err := v.site.service.Scope(v.r.Context(), v.actor(), ticket.OpDashboardRead)
	if err != nil {
		return nil, err
	}
	n, err := v.site.cfg.Reports.KPI(v.r.Context(), scope, report.Query{Account: v.who.Account.ID, Now: v.now, Zone: v.look.zone})
	if err != nil {
		return nil, err
	}
	return []kpi{{"kpi.open", n.Open, "/?view=active"}, {"kpi.unassigned", n.Unassigned, "/?view=unassigned"}, {"kpi.mine", n.Mine, "/?view=mine"},
		{"kpi.created_today", n.CreatedToday, "/?view=all&sort=-created_at"}, {"kpi.resolved_today", n.ResolvedToday, "/?view=done"}}, nil
}
