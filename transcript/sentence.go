package transcript

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// facts are the keys of an event's Data or Private.
type facts map[string]any

// parseFacts gives no facts for what is no JSON object: an event that cannot be read is still told of.
func parseFacts(raw json.RawMessage) facts {
	var f facts
	if len(raw) == 0 || json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return f
}

func factsOf(e *ticket.Event) facts { return parseFacts(e.Data) }

func (f facts) str(key string) string {
	switch v := f[key].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func (f facts) list(key string) string {
	items, _ := f[key].([]any)
	var out []string
	for _, v := range items {
		if s, ok := v.(string); ok {
			out = append(out, cleanLine(s))
		}
	}
	return strings.Join(out, ", ")
}

type eventView struct {
	Time, ISO string
	Sentence  string
	Details   []string
}

// line is sentence and details in one.
func (v eventView) line() string {
	if len(v.Details) == 0 {
		return v.Sentence
	}
	return v.Sentence + " (" + strings.Join(v.Details, "; ") + ")"
}

// tell says in a sentence what happened. What was private comes as details, in the internal version only.
func (p *printer) tell(e *ticket.Event) eventView {
	data, private := factsOf(e), facts(nil)
	if p.o.IncludeNotes {
		private = parseFacts(e.Private)
	}
	v := eventView{Time: p.time(e.At), ISO: iso(e.At)}
	args := i18n.Args{"actor": p.actor(e)}
	for _, k := range [...]string{"assignee", "level", "from", "to", "until", "name", "number", "rating"} {
		s := cleanLine(data.str(k))
		if s == "" {
			s = cleanLine(private.str(k))
		}
		if s == "" {
			s = "–"
		}
		args[k] = s
	}
	if args["clock"] = p.term("sla.clock.", data.str("clock")); args["clock"] == "" {
		args["clock"] = "–"
	}
	key := "event." + string(e.Type)
	switch e.Type {
	case ticket.EventAssigned:
		if data.str("assignee_id") == "" {
			key = "transcript.event.unassigned"
		} else if args["assignee"] == "–" {
			args["assignee"] = p.t("actor.erased")
		}
	case ticket.EventPriorityChanged:
		for _, k := range [...]string{"from", "to"} {
			if s := p.term("priority.", data.str(k)); s != "" {
				args[k] = s
			}
		}
	case ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened:
		for _, k := range [...]string{"from", "to"} {
			if s := p.status(ticket.Status(data.str(k)), ticket.Category(data.str(k+"_category"))); s != "" {
				args[k] = s
			}
		}
	case ticket.EventSnoozed:
		if at, err := time.Parse(time.RFC3339Nano, data.str("until")); err == nil {
			args["until"] = p.time(at)
		}
	}
	v.Sentence = cleanLine(string(e.Type))
	if p.texts.Has(key) {
		v.Sentence = p.t(key, args)
	}
	v.Details = p.details(e.Type, private)
	return v
}

func (p *printer) details(typ ticket.EventType, private facts) []string {
	var out []string
	add := func(key, value string) {
		if value = cleanLine(value); value != "" {
			out = append(out, p.t("transcript.detail."+key, i18n.Args{"value": value}))
		}
	}
	switch typ {
	case ticket.EventTagged:
		add("added", private.list("added"))
		add("removed", private.list("removed"))
	case ticket.EventSubjectChanged:
		add("from", private.str("from"))
		add("to", private.str("to"))
	case ticket.EventAttached:
		add("file", private.str("name"))
	case ticket.EventFieldsChanged:
		for _, k := range slices.Sorted(maps.Keys(private)) {
			s := p.value(private[k])
			if s == "" {
				s = "–"
			}
			out = append(out, cleanLine(k+": "+s))
		}
	default:
		add("reason", private.str("reason"))
	}
	return out
}

// actor names who caused an event. A name that was sealed and is gone was erased.
func (p *printer) actor(e *ticket.Event) string {
	name := cleanLine(e.Actor.Name)
	switch {
	case e.Actor.Type == ticket.ActorSystem:
		return p.t("actor.system")
	case name != "":
		return name
	case len(e.PrivateHash) > 0 && len(e.Salt) == 0:
		return p.t("actor.erased")
	}
	return p.nameless(e.Actor.Type)
}
