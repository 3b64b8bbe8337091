package transcript

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// The views are what people read of a thing, cleaned and in their language, but not yet escaped for a format.

// row is one line of the table at the top.
type row struct{ Label, Value string }

type messageView struct {
	N       int
	Kind    ticket.MessageKind
	Class   string // one of a fixed set, for the style sheet
	Author  string
	Address string // of people who write to the desk
	Badge   string // who or what this is: requester, team, internal note …
	Remarks []string
	Time    string
	ISO     string
	To      string
	Text    string
	Quoted  string

	Delivery *deliveryView
	Files    []fileView
}

type deliveryView struct {
	Failed bool
	Label  string
	Time   string
	Reason string
}

type fileView struct {
	Name, Type, Size, SHA256 string
}

// rows tells of the ticket. The requester's version has the category instead of the state, whose name may be internal.
func (p *printer) rows() []row {
	t, full := &p.src.Ticket, p.o.IncludeNotes
	var out []row
	add := func(show bool, label, value string) {
		if value = cleanLine(value); show && value != "" {
			out = append(out, row{label, value})
		}
	}
	date := func(show bool, label string, at time.Time) {
		if !at.IsZero() {
			add(show, label, p.time(at))
		}
	}
	add(true, p.t("field.status"), p.status(t.Status, t.Category))
	add(full, p.t("field.priority"), p.term("priority.", string(t.Priority)))
	add(full, p.t("field.queue"), t.Queue.Name)
	add(full, p.t("field.channel"), p.term("transcript.channel.", t.Channel))
	add(full, p.t("field.source"), p.term("transcript.channel.", t.Source))
	add(true, p.t("field.requester"), person(t.Requester))
	if t.Assignee != nil {
		add(full, p.t("field.assignee"), t.Assignee.Name)
	}
	var copies []string
	for _, c := range p.src.Participants {
		copies = append(copies, person(c.Contact))
	}
	add(true, p.t("transcript.participants"), strings.Join(copies, ", "))
	add(full, p.t("field.tags"), strings.Join(t.Tags, ", "))
	if full {
		for _, k := range slices.Sorted(maps.Keys(t.Fields)) {
			add(true, cleanLine(k), p.value(t.Fields[k]))
		}
	}
	date(true, p.t("field.created_at"), t.CreatedAt)
	date(true, p.t("transcript.resolved_at"), t.ResolvedAt)
	date(full, p.t("transcript.snoozed_until"), t.SnoozedUntil)
	if name := p.zone.String(); name != "Local" && name != "" {
		add(true, p.t("transcript.zone"), name)
	}
	return out
}

// subject never is empty, because it is a heading.
func (p *printer) subject() string {
	if s := cleanLine(p.src.Ticket.Subject); s != "" {
		return s
	}
	return p.title()
}

func (p *printer) title() string {
	return p.t("transcript.title", i18n.Args{"number": p.src.Ticket.Number})
}

// generated is the line that says when the document was made, or "".
func (p *printer) generated() string {
	if p.o.Now.IsZero() {
		return ""
	}
	return p.t("transcript.generated", i18n.Args{"time": p.time(p.o.Now)})
}

// end is the last line of a complete document.
func (p *printer) end() string {
	return p.t("transcript.end", i18n.Args{
		"messages": p.t("messages", i18n.Args{"count": p.messages}), "events": p.t("transcript.events", i18n.Args{"count": p.events})})
}

func (p *printer) view(m *ticket.Message) messageView {
	v := messageView{N: m.N, Kind: m.Kind, Author: cleanLine(m.Author.Name), Time: p.time(m.CreatedAt), ISO: iso(m.CreatedAt),
		Text: clean(m.Text), Quoted: clean(m.Quoted)}
	if !p.o.IncludeNotes {
		v.N = p.messages + 1 // gaps would look like something lost
	}
	if m.Author.Type == ticket.ActorContact {
		v.Address = cleanLine(m.Author.Email)
	}
	switch {
	case m.Kind == ticket.Note:
		v.Class, v.Badge, v.Remarks = "note", p.t("message.note"), []string{p.t("transcript.team_only")}
	case m.Kind != ticket.Public:
		v.Class, v.Badge, v.Remarks = "notice", p.t("message.system"), []string{p.t("transcript.team_only")}
	case m.Author.Type == ticket.ActorAccount:
		v.Class, v.Badge = "team", p.t("actor.account")
	case m.Author.Type == ticket.ActorContact && m.Author.ID != "" && m.Author.ID != string(p.src.Ticket.Requester.ID):
		v.Class, v.Badge = "contact", p.t("transcript.participant")
	case m.Author.Type == ticket.ActorContact:
		v.Class, v.Badge = "contact", p.t("actor.contact")
	default:
		v.Class, v.Badge = "system", p.t("actor.system")
	}
	if v.Author == "" && m.Author.Type == ticket.ActorSystem {
		v.Author = p.o.Brand.Name // receipts and the like come from the desk
	}
	if v.Author == "" {
		v.Author = p.nameless(m.Author.Type)
	}
	if m.Machine {
		v.Remarks = append(v.Remarks, p.t("transcript.machine"))
	}
	if p.o.IncludeNotes && m.Verified != nil && !*m.Verified {
		v.Remarks = append(v.Remarks, p.t("transcript.unverified"))
	}
	var to []string
	for _, i := range m.To {
		to = append(to, cleanLine(i.Value))
	}
	v.To = strings.Join(to, ", ")
	if d := m.Delivery; d != nil {
		v.Delivery = &deliveryView{Failed: d.State == ticket.Failed || d.State == ticket.Bounced, Label: p.term("delivery.", string(d.State))}
		if !d.At.IsZero() {
			v.Delivery.Time = p.time(d.At)
		}
		if p.o.IncludeNotes { // what a mail server answered is for the agent
			v.Delivery.Reason = cleanLine(d.Reason)
		}
	}
	for i := range m.Attachments {
		v.Files = append(v.Files, p.file(&m.Attachments[i]))
	}
	if v.Text == "" && v.Quoted == "" {
		v.Text = p.t("transcript.no_text")
	}
	return v
}

// nameless stands for an author or actor without a name.
func (p *printer) nameless(kind ticket.ActorKind) string {
	switch kind {
	case ticket.ActorAccount, ticket.ActorContact, ticket.ActorSystem:
		return p.t("actor." + string(kind))
	}
	return p.t("transcript.unnamed")
}

func (p *printer) file(a *ticket.Attachment) fileView {
	v := fileView{Name: cleanLine(a.Name), Type: cleanLine(a.ContentType), Size: i18n.Bytes(p.lang, a.Size), SHA256: cleanLine(a.SHA256)}
	if v.Name == "" {
		v.Name = p.t("transcript.file_unnamed")
	}
	return v
}

// status names a state for people: a built-in one in their language, another as the desk calls it.
func (p *printer) status(s ticket.Status, c ticket.Category) string {
	if p.o.IncludeNotes || c == "" && ticket.Category(s).Valid() {
		return p.term("status.", string(s))
	}
	return p.term("status.", string(c))
}

// term translates one of a set of words that may have members unknown here; those are cleaned only.
func (p *printer) term(prefix, word string) string {
	if key := prefix + word; word != "" && p.texts.Has(key) {
		return p.t(key)
	}
	return cleanLine(word)
}

// value shows the value of a custom field.
func (p *printer) value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return p.t("transcript.yes")
		}
		return p.t("transcript.no")
	case time.Time:
		return p.time(v)
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, cleanLine(p.value(e)))
		}
		return strings.Join(all, ", ")
	}
	if b, err := json.Marshal(v); err == nil {
		return string(b)
	}
	return fmt.Sprint(v)
}

func person(c ticket.ContactRef) string {
	name, email := cleanLine(c.Name), cleanLine(c.Email)
	switch {
	case email == "" || name == email:
		return name
	case name == "":
		return email
	}
	return name + " <" + email + ">"
}

// time is date, time and short name of the zone: "22.11.2026, 14:05 MEZ".
func (p *printer) time(t time.Time) string {
	short, _ := t.In(p.zone).Zone()
	if short == "" || short[0] == '+' || short[0] == '-' { // most zones have no letters
		short = t.In(p.zone).Format("UTC-07:00")
	}
	if german, ok := germanZones[short]; ok && p.lang == i18n.German {
		short = german
	}
	return i18n.FormatDateTime(p.lang, t, p.zone) + " " + short
}

// germanZones are the names in the German language of zones where it is spoken, and their neighbours'.
var germanZones = map[string]string{"CET": "MEZ", "CEST": "MESZ", "WET": "WEZ", "WEST": "WESZ", "EET": "OEZ", "EEST": "OESZ"}

// iso is RFC 3339 in UTC, for programs.
func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
