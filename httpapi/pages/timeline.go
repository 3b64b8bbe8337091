package pages

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// perPage is how many messages a page of a long conversation has, pageBytes how much text: a stranger's long mails make a page short
// instead of heavy.
const (
	perPage   = 30
	pageBytes = 512 << 10
)

// entry is one thing of the timeline: a line for a new day, a message, or what happened between two of them.
type entry struct {
	Day     string
	Message *messageRow
	Events  []eventRow
}

// messageRow is a message as the timeline shows it.
type messageRow struct {
	ticket.Message
	Agent      bool // written by somebody of the desk
	Author     string
	Unverified bool
	Proven     bool // the sender, by the mail server's verdict
	Initials   string
	Unsent     bool // a reply that reaches nobody
	Returned   bool // could not be delivered, or came back
	Files      []fileRow
}

// fileRow is an attachment.
type fileRow struct {
	ticket.Attachment
	Thumbnail bool
}

// eventRow is an event in a sentence.
type eventRow struct {
	At      time.Time
	Text    string
	Details []string
}

// fitting is how many of the newest messages a page shows: at most perPage and pageBytes of text, at least one.
func fitting(ms []ticket.Message) int {
	size := 0
	for n := range min(perPage, len(ms)) {
		m := &ms[len(ms)-1-n]
		if size += len(m.Text) + len(m.Quoted); size > pageBytes && n > 0 {
			return n
		}
	}
	return min(perPage, len(ms))
}

// timeline fills in the messages of one page and the events around them. The parameter before shows what came before a message.
func (v *view) timeline(p *ticketPage) error {
	ctx := v.r.Context()
	before, err := strconv.Atoi(v.r.URL.Query().Get("before"))
	if err != nil || before < 1 {
		before = 0
	}
	ms, err := v.site.service.Messages(ctx, v.actor(), ticket.MessageQuery{Ticket: p.Ticket.ID, Newest: true, Before: before, Limit: perPage + 1})
	if err != nil {
		return err
	}
	if fit := fitting(ms); fit < len(ms) {
		ms = ms[len(ms)-fit:]
		p.Before = ms[0].N
	}
	p.Behind = before > 0 && before <= p.Ticket.MessageCount
	es, err := v.site.service.History(ctx, v.actor(), ticket.EventQuery{Ticket: p.Ticket.ID, Reverse: true, Limit: 200})
	if err != nil {
		return err
	}
	slices.Reverse(es)
	es = slices.DeleteFunc(es, func(e ticket.Event) bool {
		switch e.Type {
		case ticket.EventReceived, ticket.EventReplied, ticket.EventNoted, ticket.EventDelivered, ticket.EventDeliveryFailed, ticket.EventBounced: // the message says it
			return true
		}
		return p.Before > 0 && e.At.Before(ms[0].CreatedAt) || p.Behind && len(ms) > 0 && e.At.After(ms[len(ms)-1].CreatedAt)
	})
	p.Entries = v.entries(ms, es)
	return nil
}

// entries joins messages and events by time, with a line for each new day.
func (v *view) entries(ms []ticket.Message, es []ticket.Event) []entry {
	var out []entry
	day := ""
	begin := func(at time.Time) {
		if d := i18n.FormatDate(v.Lang, at, v.look.zone); d != day {
			day = d
			out = append(out, entry{Day: v.dayName(at)})
		}
	}
	for len(ms) > 0 || len(es) > 0 {
		if len(ms) > 0 && (len(es) == 0 || !ms[0].CreatedAt.After(es[0].At) && (es[0].Type != ticket.EventCreated)) {
			begin(ms[0].CreatedAt)
			out = append(out, entry{Message: v.messageRow(&ms[0])})
			ms = ms[1:]
			continue
		}
		begin(es[0].At)
		row := v.eventRow(&es[0])
		if n := len(out); n > 0 && out[n-1].Events != nil {
			out[n-1].Events = append(out[n-1].Events, row)
		} else {
			out = append(out, entry{Events: []eventRow{row}})
		}
		es = es[1:]
	}
	return out
}

// dayName is "today", "yesterday" or a date with its weekday.
func (v *view) dayName(at time.Time) string {
	zone := v.look.zone
	date := i18n.FormatDate(v.Lang, at, zone)
	switch date {
	case i18n.FormatDate(v.Lang, v.now, zone):
		return v.T("day.today")
	case i18n.FormatDate(v.Lang, v.now.In(zone).AddDate(0, 0, -1), zone):
		return v.T("day.yesterday")
	}
	return v.T("day."+strconv.Itoa(int(at.In(zone).Weekday()))) + ", " + date
}

// thumbnailLimit is the largest picture that is shown beside its message.
const thumbnailLimit = 2 << 20

func (v *view) messageRow(m *ticket.Message) *messageRow {
	r := &messageRow{Message: *m, Agent: m.Author.Type == ticket.ActorAccount, Author: strings.TrimSpace(m.Author.Name)}
	if r.Author == "" {
		r.Author = m.Author.Email
	}
	if r.Author == "" {
		r.Author = v.term("actor.", string(m.Author.Type))
	}
	r.Initials = initials(r.Author)
	r.Unverified = m.Author.Type == ticket.ActorContact && m.Verified != nil && !*m.Verified
	r.Proven = m.Author.Type == ticket.ActorContact && m.Verified != nil && *m.Verified
	r.Unsent = r.Agent && m.Kind == ticket.Public && m.Delivery == nil
	r.Returned = m.Delivery != nil && (m.Delivery.State == ticket.Failed || m.Delivery.State == ticket.Bounced)
	for _, a := range m.Attachments {
		f := fileRow{Attachment: a}
		switch a.ContentType {
		case "image/png", "image/jpeg", "image/gif", "image/webp":
			f.Thumbnail = a.Size > 0 && a.Size <= thumbnailLimit
		}
		r.Files = append(r.Files, f)
	}
	return r
}

// initials are the first letters of the first and the last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '.' || r == '-' || r == '_' || r == '@' })
	first := func(s string) string {
		for _, r := range s {
			return strings.ToUpper(string(r))
		}
		return ""
	}
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return first(words[0])
	}
	if i := strings.IndexByte(name, '@'); i > 0 { // an address: what stands before the @ is the name
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

func (v *view) eventRow(e *ticket.Event) eventRow {
	return eventRow{At: e.At, Text: v.sentence(e), Details: v.details(e)}
}

// facts are Data and Private of an event in one.
type facts map[string]any

func factsOf(e *ticket.Event) facts {
	f := facts{}
	for _, raw := range []json.RawMessage{e.Data, e.Private} {
		if len(raw) > 0 {
			_ = json.Unmarshal(raw, &f) // what cannot be read is not told
		}
	}
	return f
}

func (f facts) str(key string) string { return plainValue(f[key]) }

func (f facts) list(key string) string {
	items, _ := f[key].([]any)
	var out []string
	for _, i := range items {
		out = append(out, plainValue(i))
	}
	return strings.Join(out, ", ")
}

// actorName names who caused an event. A name that was sealed and is gone was erased.
func (v *view) actorName(e *ticket.Event) string {
	switch {
	case e.Actor.Type == ticket.ActorSystem:
		return v.T("actor.system")
	case e.Actor.Name != "":
		return e.Actor.Name
	case len(e.PrivateHash) > 0 && len(e.Salt) == 0:
		return v.T("actor.erased")
	}
	return v.term("actor.", string(e.Actor.Type))
}

// sentence says what happened.
func (v *view) sentence(e *ticket.Event) string {
	f := factsOf(e)
	args := i18n.Args{"actor": v.actorName(e)}
	for _, k := range []string{"assignee", "level", "from", "to", "until", "name", "number", "username", "attempts", "rating"} {
		s := f.str(k)
		if s == "" {
			s = "–"
		}
		args[k] = s
	}
	if args["clock"] = "–"; f.str("clock") != "" {
		args["clock"] = v.term("sla.clock.", f.str("clock"))
	}
	key := "event." + string(e.Type)
	switch e.Type {
	case ticket.EventAssigned:
		if f.str("assignee_id") == "" {
			key = "happened.unassigned"
		}
	case ticket.EventPriorityChanged:
		args["from"], args["to"] = v.PriorityName(ticket.Priority(f.str("from"))), v.PriorityName(ticket.Priority(f.str("to")))
	case ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened:
		args["from"], args["to"] = v.StatusName(ticket.Status(f.str("from"))), v.StatusName(ticket.Status(f.str("to")))
	case ticket.EventSnoozed:
		if at, err := time.Parse(time.RFC3339Nano, f.str("until")); err == nil {
			args["until"] = i18n.FormatDateTime(v.Lang, at, v.look.zone)
		}
	}
	if !v.site.texts.Has(key) {
		return string(e.Type)
	}
	return v.T(key, args)
}

// details are what a sentence leaves out.
func (v *view) details(e *ticket.Event) []string {
	f := factsOf(e)
	var out []string
	add := func(key, value string) {
		if value != "" {
			out = append(out, v.T("detail."+key)+": "+value)
		}
	}
	switch e.Type {
	case ticket.EventTagged:
		add("added", f.list("added"))
		add("removed", f.list("removed"))
	case ticket.EventSubjectChanged:
		add("from", f.str("from"))
		add("to", f.str("to"))
	case ticket.EventAttached:
		add("file", f.str("name"))
	}
	if mail := f.str("mail"); mail != "" {
		add("mail", v.term("mail.", mail))
	}
	add("reason", f.str("reason"))
	return out
}
