package ticket

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Bounds of definitions.
const (
	maxFields  = 200
	maxOptions = 200
)

const guardFields = "fields"

// FieldDefinitions lists the definitions of custom fields, archived ones too, in their order. It is for everybody who reads tickets.
func (s *Service) FieldDefinitions(ctx context.Context, a Actor) ([]Field, error) {
	if err := s.Require(ctx, a, OpTicketRead); err != nil {
		return nil, err
	}
	return s.cfg.Store.FieldDefinitions(ctx)
}

// CreateField defines a custom field; ID, Archived and CreatedAt are set here. It needs settings:write. Once a desk has a definition,
// people can fill in only fields that are defined; programs go on as before (see docs/decisions/0013-fields-of-tickets.md).
func (s *Service) CreateField(ctx context.Context, a Actor, f Field) (*Field, error) {
	if !fieldName.MatchString(f.Name) {
		return nil, InvalidField("name", "must be 1 to 64 of a–z, 0–9 and _, and begin with a letter")
	}
	if !slices.Contains(FieldTypes(), f.Type) {
		return nil, InvalidField("type", "unknown type %q", string(f.Type))
	}
	now := s.now()
	f.ID, f.Archived, f.CreatedAt = FieldID(NewID(now)), false, now
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpSettingsWrite); err != nil {
			return err
		}
		if err := tx.Guard(ctx, guardFields); err != nil {
			return err
		}
		all, err := tx.FieldDefinitions(ctx)
		if err != nil {
			return err
		}
		if len(all) >= maxFields {
			return Errorf(Conflict, "there are %d fields, which is the most", maxFields)
		}
		if slices.ContainsFunc(all, func(o Field) bool { return o.Name == f.Name }) {
			return &Error{Kind: Conflict, Field: "name", Msg: "a field of that name exists already"}
		}
		if err := s.checkField(ctx, tx, &f); err != nil {
			return err
		}
		if err := tx.InsertField(ctx, &f); err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventFieldCreated, data{"field_id": f.ID, "type": f.Type, "required": f.Required}, data{"name": f.Name})
	})
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// FieldEdit changes a definition; a nil member stays as it is. Name and type never change: values that are kept already would mean
// something else.
type FieldEdit struct {
	Label    *Labels
	Options  *[]FieldOption // one that tickets have a value of can go: they keep the value
	Required *FieldRequired
	Queues   *[]QueueID
	Position *int
	Archived *bool
}

// EditField changes a definition. It needs settings:write.
func (s *Service) EditField(ctx context.Context, a Actor, id FieldID, e FieldEdit) (*Field, error) {
	var f Field
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpSettingsWrite); err != nil {
			return err
		}
		if err := tx.Guard(ctx, guardFields); err != nil {
			return err
		}
		all, err := tx.FieldDefinitions(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(o Field) bool { return o.ID == id })
		if i < 0 {
			return Errorf(NotFound, "the field does not exist")
		}
		f = all[i]
		set(&f.Label, e.Label)
		set(&f.Options, e.Options)
		set(&f.Required, e.Required)
		set(&f.Queues, e.Queues)
		set(&f.Position, e.Position)
		set(&f.Archived, e.Archived)
		if err := s.checkField(ctx, tx, &f); err != nil {
			return err
		}
		if err := tx.UpdateField(ctx, &f); err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventFieldUpdated, data{"field_id": f.ID, "required": f.Required, "archived": f.Archived}, data{"name": f.Name})
	})
	if err != nil {
		return nil, err
	}
	return &f, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// checkField mends and checks what people may choose of a definition.
func (s *Service) checkField(ctx context.Context, tx Tx, f *Field) (err error) {
	label := func(field string, l *Labels) {
		for _, t := range []struct {
			name string
			text *string
		}{{field + ".de", &l.De}, {field + ".en", &l.En}} {
			if err == nil {
				*t.text, err = line(t.name, *t.text, 100, false)
			}
		}
	}
	if label("label", &f.Label); err != nil {
		return err
	}
	if f.Required != RequiredNever && f.Required != RequiredCreate && f.Required != RequiredResolve {
		return InvalidField("required", "unknown choice %q", string(f.Required))
	}
	choice := f.Type == FieldSelect || f.Type == FieldMultiSelect
	if choice != (len(f.Options) > 0) {
		return InvalidField("options", "must be there for select and multi_select, and for no other type")
	}
	if len(f.Options) > maxOptions {
		return InvalidField("options", "at most %d are allowed", maxOptions)
	}
	f.Options = slices.Clone(f.Options)
	for i := range f.Options {
		o := &f.Options[i]
		if o.Value, err = line("options.value", o.Value, 100, true); err != nil {
			return err
		}
		if slices.ContainsFunc(f.Options[:i], func(b FieldOption) bool { return b.Value == o.Value }) {
			return InvalidField("options", "names %q twice", o.Value)
		}
		if label("options.label", &o.Label); err != nil {
			return err
		}
	}
	if f.Position < 0 || f.Position > 1_000_000 {
		return InvalidField("position", "must be between 0 and 1000000")
	}
	var queues []QueueID
	for _, q := range f.Queues {
		got, err := s.queue(ctx, tx, q)
		if err != nil || q == "" {
			return InvalidField("queues", "names a queue that does not exist")
		}
		if !slices.Contains(queues, got.ID) {
			queues = append(queues, got.ID)
		}
	}
	f.Queues = queues
	return nil
}

// deskEvent appends an event to the desk's own chain and tells the hooks.
func (s *Service) deskEvent(ctx context.Context, tx Tx, a Actor, typ EventType, facts, private data) error {
	now := s.now()
	e := &Event{ID: EventID(NewID(now)), Type: typ, Actor: eventActor(a), At: now, Data: encode(facts), Private: encode(private)}
	if err := s.chain.AppendDesk(ctx, tx, e); err != nil {
		return err
	}
	return s.hooks(ctx, tx, e)
}

// typed holds fields to their definitions: each value to its type, and of people also that the field is defined, not archived and of
// the ticket's queue.
func (c *change) typed(ctx context.Context, in map[string]any) (map[string]any, error) {
	if len(in) == 0 {
		return in, nil
	}
	defs, err := c.tx.FieldDefinitions(ctx)
	if err != nil {
		return nil, err
	}
	person := c.actor.Kind != ActorSystem && slices.ContainsFunc(defs, func(f Field) bool { return !f.Archived })
	out := make(map[string]any, len(in))
	for name, v := range in {
		at := "fields." + name
		i := slices.IndexFunc(defs, func(f Field) bool { return f.Name == name })
		switch {
		case v == nil: // whatever is there may go
		case i < 0:
			if person {
				return nil, InvalidField(at, "is not a field of this desk")
			}
		case person && defs[i].Archived:
			return nil, InvalidField(at, "is archived")
		case person && !defs[i].AppliesTo(c.t.Queue.ID):
			return nil, InvalidField(at, "is not a field of this queue")
		default:
			if v, err = defs[i].Check(v); err != nil {
				return nil, err
			}
		}
		out[name] = v
	}
	return out, nil
}

// required refuses what a person does while a field is empty that has to be filled in by then.
func (c *change) required(ctx context.Context, when FieldRequired) error {
	if c.actor.Kind != ActorAccount {
		return nil
	}
	defs, err := c.tx.FieldDefinitions(ctx)
	if err != nil {
		return err
	}
	for i := range defs {
		if f := &defs[i]; f.Required == when && !f.Archived && f.AppliesTo(c.t.Queue.ID) && !filled(c.t.Fields[f.Name]) {
			if when == RequiredResolve {
				return InvalidField("fields."+f.Name, "must be filled in before the ticket is resolved")
			}
			return InvalidField("fields."+f.Name, "is required")
		}
	}
	return nil
}

// wanted brings the values of a filter into the form in which they are found.
func (s *Service) wanted(ctx context.Context, in []FieldValue) ([]FieldValue, error) {
	if len(in) == 0 {
		return nil, nil
	}
	if len(in) > 20 {
		return nil, InvalidField("field", "at most 20 values are allowed")
	}
	defs, err := s.cfg.Store.FieldDefinitions(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(in)
	for n := range out {
		i := slices.IndexFunc(defs, func(f Field) bool { return f.Name == out[n].Name })
		if i < 0 {
			continue // a program may have set it
		}
		at := "field." + out[n].Name
		switch defs[i].Type {
		case FieldNumber, FieldInteger:
			v, err := strconv.ParseFloat(out[n].Value, 64)
			if err != nil {
				return nil, InvalidField(at, "must be a number")
			}
			out[n].Value, _ = fieldWord(v)
		case FieldDateTime:
			v, err := time.Parse(time.RFC3339, out[n].Value)
			if err != nil {
				return nil, InvalidField(at, "must be a time such as 2026-01-31T09:00:00Z (RFC 3339)")
			}
			out[n].Value = v.UTC().Format(time.RFC3339Nano)
		}
	}
	return out, nil
}
