package pages

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/text"
	"github.com/ticketkit/ticketkit/ticket"
)

// ticketPage is a ticket with its conversation and all that can be done to it.
type ticketPage struct {
	*view
	Ticket       *ticket.Ticket
	Entries      []entry // of the timeline, in order
	Before       int     // N of the first message shown, when there are earlier ones
	Behind       bool    // later messages are not shown
	Participants []ticket.Participant
	Earlier      []ticket.Ticket // of the same requester
	MoreEarlier  bool
	MergedInto   *ticket.Ticket // nil when it cannot be seen
	States       []ticket.State // that it can become
	Queues       []ticket.Queue
	Agents       []ticket.Account
	Recipients   []recipient
	Fields       [][2]string
	SnoozeFrom   string // bounds of the form, in the desk's time zone
	SnoozeTo     string
	SnoozeUntil  string
	Files        []ticket.Attachment // uploaded with a form that was refused

	Failed  string   // the form that was refused: edit, reply, note, escalate …
	Kept    keptForm // what was typed into it
	Problem string
	Faster  *change // what somebody else did in the meantime

	clocks sla.Summary
}

// change is what somebody did, for who was slower.
type change struct {
	Text  string
	Event ticket.Event
}

// recipient is somebody whom a reply reaches, or does not.
type recipient struct {
	Name, Address string
	Copy          bool
	Unreachable   bool
}

// Val is what a form shows in a field: what was typed if it is the one that comes again, else what is stored.
func (p ticketPage) Val(form, field, stored string) string {
	if p.Failed != form {
		return stored
	}
	return p.Kept.Get(field, stored)
}

// Active, Over, Mine and so on are what decides about buttons. Whether somebody may do a thing is decided by Can.
func (p ticketPage) Active() bool   { return p.Ticket.Category.Active() }
func (p ticketPage) Merged() bool   { return p.Ticket.Category == ticket.Merged }
func (p ticketPage) Sleeping() bool { return p.Ticket.Category == ticket.Snoozed }
func (p ticketPage) CanBecome(c string) bool {
	return p.Ticket.Category != ticket.Category(c) && p.Ticket.Category.CanBecome(ticket.Category(c))
}

// Mine reports whether the ticket is assigned to who looks at it.
func (p ticketPage) Mine() bool {
	return p.Ticket.Assignee != nil && p.Ticket.Assignee.ID == p.who.Account.ID
}

// AssigneeID is the one chosen in the form.
func (p ticketPage) AssigneeID() string {
	if p.Ticket.Assignee == nil {
		return ""
	}
	return string(p.Ticket.Assignee.ID)
}

// Strange reports whether the assignee is not among the people to choose from.
func (p ticketPage) Strange() bool {
	return p.Ticket.Assignee != nil && !slices.ContainsFunc(p.Agents, func(a ticket.Account) bool { return a.ID == p.Ticket.Assignee.ID })
}

// TagText is the form's field for tags.
func (p ticketPage) TagText() string { return strings.Join(p.Ticket.Tags, " ") }

// transcriptLang is a language of transcripts.
type transcriptLang struct{ Code, Name string }

// TranscriptLangs are the languages of transcripts, each in its own name.
func (p ticketPage) TranscriptLangs() []transcriptLang {
	return []transcriptLang{{"de", "Deutsch"}, {"en", "English"}}
}

// Action is the address that a form posts to.
func (p ticketPage) Action(name string) string {
	return p.URL("/tickets/%d/%s", p.Ticket.Number, name)
}

// number reads {number} of the path; anything that is no number is not found.
func (v *view) number() (int64, error) {
	s := v.r.PathValue("number")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != s {
		return 0, ticket.Errorf(ticket.NotFound, "the ticket does not exist")
	}
	return n, nil
}

// ticket finds the ticket of the path.
func (v *view) ticket() (*ticket.Ticket, error) {
	n, err := v.number()
	if err != nil {
		return nil, err
	}
	return v.site.service.GetNumber(v.r.Context(), v.actor(), n)
}

func (v *view) ticketPage() error {
	t, err := v.ticket()
	if err != nil {
		return err
	}
	return v.renderTicket(http.StatusOK, t, ticketPage{})
}

// renderTicket shows t; p brings what a refused form leaves to show.
func (v *view) renderTicket(status int, t *ticket.Ticket, p ticketPage) error {
	ctx, svc := v.r.Context(), v.site.service
	p.view, p.Ticket = v, t
	v.Title = "#" + strconv.FormatInt(t.Number, 10) + " " + t.Subject
	if err := v.timeline(&p); err != nil {
		return err
	}
	var err error
	if p.Participants, err = svc.Participants(ctx, v.actor(), t.ID); err != nil {
		return err
	}
	if err := v.earlier(&p); err != nil {
		return err
	}
	if t.MergedInto != "" {
		if p.MergedInto, err = svc.Get(ctx, v.actor(), t.MergedInto); err != nil && ticket.KindOf(err) != ticket.NotFound {
			return err
		}
	}
	clocks, err := v.clocks(t.ID)
	if err != nil {
		return err
	}
	p.clocks = clocks[t.ID]
	if p.Queues, err = svc.Queues(ctx, v.actor()); err != nil {
		return err
	}
	if p.Agents, err = svc.Agents(ctx, v.actor()); err != nil {
		return err
	}
	for _, st := range svc.States() {
		if st.Status == t.Status || st.Category != ticket.Snoozed && st.Category != ticket.Merged && t.Category.CanBecome(st.Category) {
			p.States = append(p.States, st)
		}
	}
	p.Recipients = recipients(t, p.Participants)
	p.Fields = fieldsOf(t)
	const local = "2006-01-02T15:04"
	zoned := v.now.In(v.look.zone)
	p.SnoozeFrom, p.SnoozeTo = zoned.Format(local), zoned.AddDate(1, 0, 0).Format(local)
	next := zoned.AddDate(0, 0, 1)
	p.SnoozeUntil = next.Format("2006-01-02") + "T08:00"
	return v.render(status, "ticket", p)
}

// earlier finds other tickets of the same requester.
func (v *view) earlier(p *ticketPage) error {
	if p.Ticket.Requester.ID == "" {
		return nil
	}
	const show = 6
	ts, _, err := v.site.service.List(v.r.Context(), v.actor(), ticket.Query{Requester: p.Ticket.Requester.ID, Sort: ticket.ByCreated, Limit: show + 1})
	if err != nil {
		return err
	}
	ts = slices.DeleteFunc(ts, func(t ticket.Ticket) bool { return t.ID == p.Ticket.ID })
	if p.MoreEarlier = len(ts) > show-1; p.MoreEarlier {
		ts = ts[:show-1]
	}
	p.Earlier = ts
	return nil
}

// recipients says whom a reply reaches, by the same rule that Service follows when it is sent.
func recipients(t *ticket.Ticket, ps []ticket.Participant) []recipient {
	one := func(c ticket.ContactRef, cc bool) recipient {
		r := recipient{Name: c.Name, Address: c.Email, Copy: cc}
		mail := t.Channel == "api" || c.Email != ""
		r.Unreachable = t.Demo || mail && (c.Email == "" || strings.HasSuffix(c.Email, ".invalid"))
		return r
	}
	out := []recipient{one(t.Requester, false)}
	for _, p := range ps {
		out = append(out, one(p.Contact, true))
	}
	return out
}

// Reachable reports whether a reply leaves the desk at all.
func (p ticketPage) Reachable() bool {
	return slices.ContainsFunc(p.Recipients, func(r recipient) bool { return !r.Unreachable })
}

// fieldsOf lists custom fields in order of their names.
func fieldsOf(t *ticket.Ticket) [][2]string {
	var out [][2]string
	for k, val := range t.Fields {
		out = append(out, [2]string{k, plainValue(val)})
	}
	slices.SortFunc(out, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return out
}

func plainValue(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}

// Text makes links of the addresses in a text; everything else is escaped.
func (v *view) Text(s string) template.HTML { return text.Linked(s) }

// newestChange is the last thing that happened to a ticket, told to who was slower.
func (v *view) newestChange(ctx context.Context, id ticket.ID) *change {
	es, err := v.site.service.History(ctx, v.actor(), ticket.EventQuery{Ticket: id, Reverse: true, Limit: 1})
	if err != nil || len(es) == 0 {
		return nil
	}
	return &change{v.sentence(&es[0]), es[0]}
}
