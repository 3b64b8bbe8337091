package ticket

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Macro is a text that agents answer with again and again, and what it makes of the ticket. Texts may have placeholders such as
// {{requester.name}}; see Placeholders.
type Macro struct {
	ID       string
	Shared   bool
	Name     string
	De, En   string   // one of them may be empty: the other one is taken
	Status   Status   // "" leaves it
	Priority Priority // "" leaves it
	Tags     []string // to be added
	Position int
	Version  int64
}

type macroBody struct {
	De       string   `json:"de"`
	En       string   `json:"en"`
	Status   Status   `json:"status,omitempty"`
	Priority Priority `json:"priority,omitempty"`
	Tags     []string `json:"tags,omitempty"`
}

// Placeholders lists what a macro may name.
func Placeholders() []string {
	return []string{"ticket.number", "ticket.subject", "ticket.queue", "requester.name", "requester.email", "agent.name"}
}

var placeholder = regexp.MustCompile(`\{\{\s*([a-z_.]*)\s*\}\}`)

// Macros lists what everybody has and the actor's own. It needs view:own.
func (s *Service) Macros(ctx context.Context, a Actor) ([]Macro, error) {
	if err := s.Require(ctx, a, OpViewOwn); err != nil {
		return nil, err
	}
	items, err := s.cfg.Store.SavedItems(ctx, SavedMacro, a.Account)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(items, func(x, y Saved) int { return order(x.Account != "", y.Account != "") })
	out := make([]Macro, 0, len(items))
	for i := range items {
		m, err := macroOf(&items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, *m)
	}
	return out, nil
}

func macroOf(it *Saved) (*Macro, error) {
	var b macroBody
	if err := json.Unmarshal(it.Body, &b); err != nil {
		return nil, &Error{Kind: Internal, Op: "macro " + it.ID, Msg: "the macro cannot be read", Err: err}
	}
	return &Macro{ID: it.ID, Shared: it.Account == "", Name: it.Name, De: b.De, En: b.En, Status: b.Status, Priority: b.Priority, Tags: b.Tags,
		Position: it.Position, Version: it.Version}, nil
}

// SaveMacro makes a macro, when m.ID is empty, or changes one; m.Version is the one that was seen, 0 is any. One's own needs view:own, one for
// everybody macro:manage. A macro stays with whom it was made for.
func (s *Service) SaveMacro(ctx context.Context, a Actor, m Macro) (*Macro, error) {
	var err error
	if m.Name, err = line("name", m.Name, maxSavedName, true); err != nil {
		return nil, err
	}
	for _, t := range []struct {
		field string
		text  *string
	}{{"de", &m.De}, {"en", &m.En}} {
		if *t.text, err = s.text(t.field, *t.text, false); err != nil {
			return nil, err
		}
		if len(*t.text) > 20_000 {
			return nil, InvalidField(t.field, "has more than 20000 bytes")
		}
		for _, found := range placeholder.FindAllStringSubmatch(*t.text, -1) {
			if !slices.Contains(Placeholders(), found[1]) {
				return nil, InvalidField(t.field, "unknown placeholder %q: there are %s", found[1], strings.Join(Placeholders(), ", "))
			}
		}
	}
	if m.De == "" && m.En == "" && m.Status == "" && m.Priority == "" && len(m.Tags) == 0 {
		return nil, InvalidField("de", "the macro would do nothing")
	}
	if m.Status != "" {
		if cat, ok := s.states[m.Status]; !ok || cat == Snoozed || cat == Merged || cat == New {
			return nil, InvalidField("status", "a message cannot make a ticket %q", string(m.Status))
		}
	}
	if m.Priority != "" && !m.Priority.Valid() {
		return nil, InvalidField("priority", "unknown priority %q", string(m.Priority))
	}
	if m.Tags, err = s.tags(m.Tags); err != nil {
		return nil, err
	}
	body, err := json.Marshal(macroBody{m.De, m.En, m.Status, m.Priority, m.Tags})
	if err != nil {
		return nil, &Error{Kind: Internal, Op: "macro", Msg: "the macro cannot be kept", Err: err}
	}
	it, err := s.save(ctx, a, Saved{Kind: SavedMacro, ID: m.ID, Name: m.Name, Body: body, Position: m.Position, Version: m.Version}, m.Shared, OpMacroManage)
	if err != nil {
		return nil, err
	}
	return macroOf(it)
}

// DeleteMacro removes a macro. It needs what SaveMacro needs.
func (s *Service) DeleteMacro(ctx context.Context, a Actor, id string) error {
	return s.drop(ctx, a, SavedMacro, id, OpMacroManage)
}

// Rendered is a macro filled in for a ticket. Nothing was done yet.
type Rendered struct {
	Text     string
	Status   Status
	Priority Priority
	Tags     []string
}

// RenderMacro fills a macro in for a ticket, in the language of the ticket, or in lang. It needs view:own and ticket:read for the ticket.
// What stands in a placeholder is put in as it is, and never read for placeholders itself.
func (s *Service) RenderMacro(ctx context.Context, a Actor, macro string, id ID, lang string) (*Rendered, error) {
	if err := s.Require(ctx, a, OpViewOwn); err != nil {
		return nil, err
	}
	t, err := s.readable(ctx, a, OpTicketRead, id)
	if err != nil {
		return nil, err
	}
	it, err := s.cfg.Store.SavedItem(ctx, SavedMacro, macro)
	if err != nil {
		return nil, err
	}
	if it.Account != "" && it.Account != a.Account {
		return nil, Errorf(NotFound, "there is nothing of that id")
	}
	m, err := macroOf(it)
	if err != nil {
		return nil, err
	}
	for _, l := range []string{lang, t.Locale, s.cfg.Locale} {
		if l != "" {
			lang = l
			break
		}
	}
	text := m.De
	if lang == "en" && m.En != "" || m.De == "" {
		text = m.En
	}
	values := map[string]string{"ticket.number": "#" + strconv.FormatInt(t.Number, 10), "ticket.subject": t.Subject, "ticket.queue": t.Queue.Name,
		"requester.name": t.Requester.Name, "requester.email": t.Requester.Email, "agent.name": s.nameOf(ctx, s.cfg.Store, a)}
	text = placeholder.ReplaceAllStringFunc(text, func(found string) string { return values[placeholder.FindStringSubmatch(found)[1]] })
	return &Rendered{Text: text, Status: m.Status, Priority: m.Priority, Tags: m.Tags}, nil
}
