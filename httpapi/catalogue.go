package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// catalogueRoutes are what administrators define: queues, tags and the fields of tickets.
func catalogueRoutes() []route {
	return []route{
		{method: edit, path: "/queues/{id}", id: "editQueue", summary: "Rename a queue, or make it the default one", op: ticket.OpQueueManage, body: editQueueDTO{}, status: 200, answer: queueDTO{}, run: (*call).editQueue},
		{method: del, path: "/queues/{id}", id: "deleteQueue", summary: "Take a queue away; 409 while tickets or accounts need it", op: ticket.OpQueueManage, params: []param{
			{"move_to", "string", "id or name of the queue to which the tickets go first"},
		}, status: 204, run: (*call).deleteQueue},
		{method: get, path: "/tags", id: "listTags", summary: "The tags of the tickets that one may read, with their number", op: ticket.OpTicketRead, status: 200, answer: page[tagDTO]{}, run: (*call).listTags},
		{method: edit, path: "/tags/{tag}", id: "renameTag", summary: "Rename a tag on all tickets; one that exists already is joined", op: ticket.OpSettingsWrite, body: renameTagDTO{}, status: 200, answer: changedDTO{}, run: (*call).renameTag},
		{method: del, path: "/tags/{tag}", id: "deleteTag", summary: "Take a tag off all tickets", op: ticket.OpSettingsWrite, status: 200, answer: changedDTO{}, run: (*call).deleteTag},
		{method: get, path: "/admin/fields", id: "listFields", summary: "The fields that tickets can have, archived ones too", op: ticket.OpTicketRead, status: 200, answer: page[fieldDTO]{}, run: (*call).listFields},
		{method: post, path: "/admin/fields", id: "createField", summary: "Define a field; from the first one on people can fill in only what is defined", op: ticket.OpSettingsWrite, body: newFieldDTO{}, status: 201, answer: fieldDTO{}, run: (*call).createField},
		{method: edit, path: "/admin/fields/{id}", id: "editField", summary: "Change or archive a field; key and type stay", op: ticket.OpSettingsWrite, body: editFieldDTO{}, status: 200, answer: fieldDTO{}, run: (*call).editField},
	}
}

// editQueueDTO is what PATCH queues/{id} takes.
type editQueueDTO struct {
	Name    *string `json:"name" doc:"at most 80 characters, unique"`
	Default *bool   `json:"default" doc:"true makes it the default one"`
}

func (c *call) editQueue() error {
	var in editQueueDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	q, err := c.api.service.EditQueue(c.ctx(), c.actor(), ticket.QueueID(c.r.PathValue("id")), ticket.QueueEdit(in))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, queueOf(q))
}

func (c *call) deleteQueue() error {
	to := ticket.QueueID(c.r.URL.Query().Get("move_to"))
	if _, err := c.api.service.DeleteQueue(c.ctx(), c.actor(), ticket.QueueID(c.r.PathValue("id")), to); err != nil {
		return err
	}
	return c.empty()
}

// tagDTO is a tag.
type tagDTO struct {
	Tag     string `json:"tag"`
	Tickets int64  `json:"tickets" doc:"how many of the tickets that one may read have it"`
}

func (c *call) listTags() error {
	all, err := c.api.service.TagCounts(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[tagDTO]{Items: make([]tagDTO, 0, len(all))}
	for _, t := range all {
		out.Items = append(out.Items, tagDTO(t))
	}
	return c.json(http.StatusOK, out)
}

// renameTagDTO is what PATCH tags/{tag} takes.
type renameTagDTO struct {
	Name string `json:"name" required:"true" doc:"the new name"`
}

// changedDTO tells how much was done.
type changedDTO struct {
	Tickets int `json:"tickets" doc:"how many were changed"`
}

// pathTag reads {tag} of the path, in which a slash is escaped.
func (c *call) pathTag() (string, error) {
	s := c.r.PathValue("tag")
	if c.r.URL.RawPath == "" {
		return s, nil // was decoded already
	}
	tag, err := url.PathUnescape(s)
	if err != nil {
		return "", ticket.Errorf(ticket.NotFound, "no ticket has the tag")
	}
	return tag, nil
}

func (c *call) renameTag() error {
	var in renameTagDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	tag, err := c.pathTag()
	if err != nil {
		return err
	}
	n, err := c.api.service.RenameTag(c.ctx(), c.actor(), tag, in.Name)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, changedDTO{n})
}

func (c *call) deleteTag() error {
	tag, err := c.pathTag()
	if err != nil {
		return err
	}
	n, err := c.api.service.DeleteTag(c.ctx(), c.actor(), tag)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, changedDTO{n})
}

// labelsDTO is a text that people read.
type labelsDTO struct {
	De string `json:"de"`
	En string `json:"en"`
}

// optionDTO is one choice of a field.
type optionDTO struct {
	Value string    `json:"value" required:"true"`
	Label labelsDTO `json:"label"`
}

// fieldDTO defines a field of tickets.
type fieldDTO struct {
	ID        ticket.FieldID   `json:"id"`
	Key       string           `json:"key" doc:"its name in the fields of a ticket"`
	Label     labelsDTO        `json:"label"`
	Type      ticket.FieldType `json:"type" enum:"text,long_text,number,integer,boolean,date,datetime,select,multi_select,url,email"`
	Options   []optionDTO      `json:"options"`
	Required  string           `json:"required" enum:"never,create,resolve" doc:"when an agent has to fill it in"`
	Queues    []ticket.QueueID `json:"queues" doc:"where it applies; empty is everywhere"`
	Position  int              `json:"position"`
	Archived  bool             `json:"archived" doc:"keeps its values and takes no new ones"`
	CreatedAt stamp            `json:"created_at"`
}

func fieldOf(f *ticket.Field) fieldDTO {
	out := fieldDTO{ID: f.ID, Key: f.Name, Label: labelsDTO(f.Label), Type: f.Type, Options: make([]optionDTO, 0, len(f.Options)),
		Required: string(f.Required), Queues: filled(f.Queues), Position: f.Position, Archived: f.Archived, CreatedAt: stamp(f.CreatedAt)}
	for _, o := range f.Options {
		out.Options = append(out.Options, optionDTO{o.Value, labelsDTO(o.Label)})
	}
	if f.Required == ticket.RequiredNever {
		out.Required = "never"
	}
	return out
}

func (c *call) listFields() error {
	all, err := c.api.service.FieldDefinitions(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[fieldDTO]{Items: make([]fieldDTO, 0, len(all))}
	for i := range all {
		out.Items = append(out.Items, fieldOf(&all[i]))
	}
	return c.json(http.StatusOK, out)
}

// newFieldDTO is what POST admin/fields takes.
type newFieldDTO struct {
	Key      string           `json:"key" required:"true" doc:"1 to 64 of a–z, 0–9 and _, beginning with a letter; never changes"`
	Label    labelsDTO        `json:"label"`
	Type     ticket.FieldType `json:"type" required:"true" enum:"text,long_text,number,integer,boolean,date,datetime,select,multi_select,url,email"`
	Options  []optionDTO      `json:"options" doc:"for select and multi_select"`
	Required string           `json:"required" enum:"never,create,resolve"`
	Queues   []ticket.QueueID `json:"queues" doc:"ids or names; empty is everywhere"`
	Position int              `json:"position"`
}

// required reads when a field has to be filled in.
func required(s string) ticket.FieldRequired {
	if s == "never" {
		return ticket.RequiredNever
	}
	return ticket.FieldRequired(s)
}

func optionsOf(in []optionDTO) []ticket.FieldOption {
	var out []ticket.FieldOption
	for _, o := range in {
		out = append(out, ticket.FieldOption{Value: o.Value, Label: ticket.Labels(o.Label)})
	}
	return out
}

// keyed renames the field at fault: what the API calls key is the name of the definition.
func keyed(err error) error {
	if e, ok := err.(*ticket.Error); ok && e.Field == "name" { //nolint:errorlint // only an error of the service itself, as it is
		c := *e
		c.Field = "key"
		return &c
	}
	return err
}

func (c *call) createField() error {
	var in newFieldDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	f, err := c.api.service.CreateField(c.ctx(), c.actor(), ticket.Field{Name: in.Key, Label: ticket.Labels(in.Label), Type: in.Type,
		Options: optionsOf(in.Options), Required: required(in.Required), Queues: in.Queues, Position: in.Position})
	if err != nil {
		return keyed(err)
	}
	return c.json(http.StatusCreated, fieldOf(f))
}

// editFieldDTO is what PATCH admin/fields/{id} takes.
type editFieldDTO struct {
	Label    *labelsDTO        `json:"label"`
	Options  *[]optionDTO      `json:"options" doc:"replaces all; tickets keep a value whose option goes"`
	Required *string           `json:"required" enum:"never,create,resolve"`
	Queues   *[]ticket.QueueID `json:"queues" doc:"ids or names; replaces all"`
	Position *int              `json:"position"`
	Archived *bool             `json:"archived"`
}

func (c *call) editField() error {
	var in editFieldDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	e := ticket.FieldEdit{Label: (*ticket.Labels)(in.Label), Queues: in.Queues, Position: in.Position, Archived: in.Archived}
	if in.Options != nil {
		o := optionsOf(*in.Options)
		e.Options = &o
	}
	if in.Required != nil {
		r := required(*in.Required)
		e.Required = &r
	}
	f, err := c.api.service.EditField(c.ctx(), c.actor(), ticket.FieldID(c.r.PathValue("id")), e)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, fieldOf(f))
}

// fieldFilter is the name of a parameter that stands for many: field.order=7.
const fieldFilter = "field.{key}"

// isFieldFilter reports whether a parameter is one of these.
func isFieldFilter(name string) bool {
	key, ok := strings.CutPrefix(name, "field.")
	return ok && key != "" && len(key) <= 64
}

// wantFields reads the filters by field, in the order of their names.
func wantFields(q *ticket.Query, params url.Values) {
	for name, values := range params {
		if !isFieldFilter(name) {
			continue
		}
		for _, v := range values {
			q.Field = append(q.Field, ticket.FieldValue{Name: strings.TrimPrefix(name, "field."), Value: v})
		}
	}
	slices.SortFunc(q.Field, func(a, b ticket.FieldValue) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
}
