package ticket_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func (b *bundle) field(f ticket.Field) *ticket.Field {
	b.Helper()
	got, err := b.svc.CreateField(b.Context(), b.anna, f)
	require.NoError(b, err)
	return got
}

func options(values ...string) (out []ticket.FieldOption) {
	for _, v := range values {
		out = append(out, ticket.FieldOption{Value: v})
	}
	return out
}

func TestFieldValuesByType(t *testing.T) {
	t.Parallel()
	for typ, c := range map[ticket.FieldType]struct {
		good [][2]any // given, kept
		bad  []any
	}{
		ticket.FieldText:        {[][2]any{{" Ä ", "Ä"}, {"", ""}}, []any{1.0, true, "a\nb", "\xff", strings.Repeat("x", 256), []any{"x"}}},
		ticket.FieldLongText:    {[][2]any{{"a\nb", "a\nb"}}, []any{1.0, "\x00", strings.Repeat("x", 4097)}},
		ticket.FieldNumber:      {[][2]any{{1.5, 1.5}, {-3, -3.0}, {int64(7), 7.0}}, []any{"1", true, math.NaN(), math.Inf(1)}},
		ticket.FieldInteger:     {[][2]any{{2.0, 2.0}, {-3, -3.0}}, []any{1.5, "1", 1e300}},
		ticket.FieldBoolean:     {[][2]any{{true, true}, {false, false}}, []any{"true", 1.0}},
		ticket.FieldDate:        {[][2]any{{"2024-02-29", "2024-02-29"}}, []any{"2026-02-29", "29.02.2024", "", 1.0}},
		ticket.FieldDateTime:    {[][2]any{{"2026-03-29T02:30:00+02:00", "2026-03-29T00:30:00Z"}}, []any{"2026-03-29", "2026-03-29 00:30", ""}},
		ticket.FieldSelect:      {[][2]any{{"red", "red"}}, []any{"RED", "", "green", []any{"red"}}},
		ticket.FieldMultiSelect: {[][2]any{{[]any{"blue", "red", "blue"}, []any{"red", "blue"}}, {[]string{"blue"}, []any{"blue"}}, {[]any{}, []any{}}}, []any{"red", []any{"green"}, []any{1.0}}},
		ticket.FieldURL:         {[][2]any{{"https://shop.example/a?b=c", "https://shop.example/a?b=c"}}, []any{"javascript:alert(1)", "shop.example", "ftp://shop.example", "https://", "https://u:p@shop.example", "https://a b.example/\n"}},
		ticket.FieldEmail:       {[][2]any{{"Kim@Customer.example", "kim@customer.example"}}, []any{"kim", "a@b@c", "a\r@b.example"}},
	} {
		f := ticket.Field{Name: "x", Type: typ, Options: options("red", "blue")}
		for _, g := range c.good {
			got, err := f.Check(g[0])
			require.NoError(t, err, "%s %v", typ, g[0])
			require.Equal(t, g[1], got)
			again, err := f.Check(got)
			require.NoError(t, err)
			require.Equal(t, got, again, "what is kept is valid")
		}
		for _, v := range c.bad {
			_, err := f.Check(v)
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "fields.x"}, "%s %v", typ, v)
		}
		got, err := f.Check(nil)
		require.NoError(t, err)
		require.Nil(t, got)
	}
	require.Len(t, ticket.FieldTypes(), 11)
}

func TestFieldDefinitionsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	good := ticket.Field{Name: "order", Type: ticket.FieldSelect, Options: options("a"), Label: ticket.Labels{De: "Bestellung", En: "Order"}, Queues: []ticket.QueueID{"billing"}}
	for field, change := range map[string]func(*ticket.Field){
		"name":     func(f *ticket.Field) { f.Name = "Order No" },
		"type":     func(f *ticket.Field) { f.Type = "colour" },
		"options":  func(f *ticket.Field) { f.Options = nil },
		"required": func(f *ticket.Field) { f.Required = "always" },
		"queues":   func(f *ticket.Field) { f.Queues = []ticket.QueueID{"nowhere"} },
		"position": func(f *ticket.Field) { f.Position = -1 },
		"label.de": func(f *ticket.Field) { f.Label.De = "a\nb" },
	} {
		f := good
		change(&f)
		_, err := b.svc.CreateField(ctx, b.anna, f)
		b.kind(ticket.Invalid, err, field)
	}
	f := good
	f.Options = options("a", "a")
	_, err := b.svc.CreateField(ctx, b.anna, f)
	b.kind(ticket.Invalid, err, "options")
	f = good
	f.Type = ticket.FieldText
	_, err = b.svc.CreateField(ctx, b.anna, f)
	b.kind(ticket.Invalid, err, "options")

	got := b.field(good)
	require.Equal(t, []ticket.QueueID{b.billing}, got.Queues)
	_, err = b.svc.CreateField(ctx, b.anna, good)
	b.kind(ticket.Conflict, err, "name")
	_, err = b.svc.CreateField(ctx, b.vera, ticket.Field{Name: "x", Type: ticket.FieldText})
	b.kind(ticket.Denied, err)
	archived := true
	_, err = b.svc.EditField(ctx, b.vera, got.ID, ticket.FieldEdit{Archived: &archived})
	b.kind(ticket.Denied, err)
	_, err = b.svc.EditField(ctx, b.anna, "nowhere", ticket.FieldEdit{Archived: &archived})
	b.kind(ticket.NotFound, err)
	opts := options("b")
	_, err = b.svc.EditField(ctx, b.anna, got.ID, ticket.FieldEdit{Archived: &archived, Options: &opts})
	require.NoError(t, err)
	all, err := b.svc.FieldDefinitions(ctx, b.vera)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.True(t, all[0].Archived)
	require.Equal(t, opts, all[0].Options)
	require.Equal(t, good.Label, all[0].Label)
	es, err := b.svc.Audit(ctx, b.system, ticket.EventQuery{Desk: true, Types: []ticket.EventType{ticket.EventFieldCreated, ticket.EventFieldUpdated}})
	require.NoError(t, err)
	require.Len(t, es, 2)
	b.verify()
}

func TestFieldsOfTickets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	open := func(who ticket.Actor, fields map[string]any) (*ticket.Ticket, error) {
		return b.svc.Open(ctx, who, ticket.NewTicket{Subject: "x", Fields: fields, Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	}
	tk, err := open(b.anna, map[string]any{"anything": "goes", "list": []any{"a"}})
	require.NoError(t, err, "without a definition every name is good")

	count := b.field(ticket.Field{Name: "count", Type: ticket.FieldInteger})
	b.field(ticket.Field{Name: "bill", Type: ticket.FieldText, Queues: []ticket.QueueID{b.billing}, Required: ticket.RequiredCreate})
	b.field(ticket.Field{Name: "cause", Type: ticket.FieldSelect, Options: options("fire", "flood"), Required: ticket.RequiredResolve})
	for at, fields := range map[string]map[string]any{
		"fields.count":    {"count": 1.5},
		"fields.anything": {"anything": "goes"},
		"fields.bill":     {"bill": "7"},
		"fields.cause":    {"cause": "love"},
	} {
		_, err := open(b.anna, fields)
		b.kind(ticket.Invalid, err, at)
		_, err = b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Fields: fields})
		b.kind(ticket.Invalid, err, at)
	}
	_, err = open(b.system, map[string]any{"anything": "goes", "bill": "7"})
	require.NoError(t, err, "a program knows what it does")
	_, err = open(b.system, map[string]any{"count": "many"})
	b.kind(ticket.Invalid, err, "fields.count")
	_, err = b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Fields: map[string]any{"anything": nil, "count": 3}})
	require.NoError(t, err, "what is not defined can go")
	require.Equal(t, map[string]any{"list": []any{"a"}, "count": 3.0}, b.get(tk.ID).Fields)

	billing := b.billing
	_, err = b.svc.Open(ctx, b.anna, ticket.NewTicket{Subject: "x", Queue: billing, Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	b.kind(ticket.Invalid, err, "fields.bill")
	require.Equal(t, billing, b.mail(ticket.Incoming{Queue: billing, Text: "x"}).Ticket.Queue.ID, "a mail fills in no form")
	resolved := ticket.Status("resolved")
	for name, try := range map[string]func() error{
		"close":  func() error { _, err := b.svc.Close(ctx, b.anna, tk.ID, 0, ""); return err },
		"status": func() error { _, err := b.svc.SetStatus(ctx, b.anna, tk.ID, 0, resolved); return err },
		"edit":   func() error { _, err := b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Status: &resolved}); return err },
		"reply": func() error {
			_, err := b.svc.Reply(ctx, b.anna, tk.ID, 0, ticket.NewMessage{Body: "x", Status: "closed"})
			return err
		},
	} {
		require.ErrorIs(t, try(), &ticket.Error{Kind: ticket.Invalid, Field: "fields.cause"}, name)
	}
	_, err = b.svc.SetStatus(ctx, b.anna, tk.ID, 0, "spam")
	require.NoError(t, err)
	_, err = b.svc.Reopen(ctx, b.anna, tk.ID, 0)
	require.NoError(t, err)
	_, err = b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Status: &resolved, Fields: map[string]any{"cause": "fire"}})
	require.NoError(t, err, "filled in and resolved in one step")
	_, err = b.svc.Close(ctx, b.system, b.open().ID, 0, "")
	require.NoError(t, err, "a timer closes what is due")

	yes := true
	_, err = b.svc.EditField(ctx, b.anna, count.ID, ticket.FieldEdit{Archived: &yes})
	require.NoError(t, err)
	_, err = b.svc.Edit(ctx, b.anna, tk.ID, 0, ticket.Edit{Fields: map[string]any{"count": 4}})
	b.kind(ticket.Invalid, err, "fields.count")
	require.Equal(t, 3.0, b.get(tk.ID).Fields["count"], "an archived field keeps its values")
	b.verify()
}

func TestTicketsAreFilteredByField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.field(ticket.Field{Name: "count", Type: ticket.FieldNumber})
	b.field(ticket.Field{Name: "due", Type: ticket.FieldDateTime})
	one := b.open(func(n *ticket.NewTicket) {
		n.Fields = map[string]any{"count": 2, "due": "2026-01-01T01:00:00+01:00", "free": "Text"}
	})
	b.open(func(n *ticket.NewTicket) { n.Fields = map[string]any{"count": 3} })
	find := func(name, value string) ([]ticket.Ticket, error) {
		ts, _, err := b.svc.List(t.Context(), b.anna, ticket.Query{Field: []ticket.FieldValue{{Name: name, Value: value}}})
		return ts, err
	}
	for _, q := range [][2]string{{"count", "2.0"}, {"due", "2026-01-01T00:00:00Z"}, {"free", "text"}} {
		ts, err := find(q[0], q[1])
		require.NoError(t, err)
		require.Len(t, ts, 1, q)
		require.Equal(t, one.ID, ts[0].ID)
	}
	for _, name := range []string{"count", "due"} {
		_, err := find(name, "soon")
		b.kind(ticket.Invalid, err, "field."+name)
	}
	_, _, err := b.svc.List(t.Context(), b.anna, ticket.Query{Field: make([]ticket.FieldValue, 21)})
	b.kind(ticket.Invalid, err, "field")
}
