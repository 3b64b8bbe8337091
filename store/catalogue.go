package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

type (
	fieldDefRow struct {
		bun.BaseModel `bun:"table:field_definitions,alias:b"`

		ID        ticket.FieldID `bun:",pk"`
		Name      string
		LabelDe   string
		LabelEn   string
		Type      ticket.FieldType
		Options   string // JSON array
		Required  ticket.FieldRequired
		Queues    string // JSON array
		Position  int
		Archived  bool
		CreatedAt micros
	}

	fieldRow struct {
		bun.BaseModel `bun:"table:ticket_fields,alias:w"`

		Hash   []byte `bun:",pk"` // SHA-256 of a ticket.FieldTerm
		Number int64  `bun:",pk"` // of the ticket
	}
)

func toFieldDefRow(f *ticket.Field) (*fieldDefRow, error) {
	options, err := encode(f.Options, len(f.Options) == 0)
	if err != nil {
		return nil, op("options", err)
	}
	queues, err := encode(f.Queues, len(f.Queues) == 0)
	if err != nil {
		return nil, op("queues", err)
	}
	return &fieldDefRow{ID: f.ID, Name: f.Name, LabelDe: f.Label.De, LabelEn: f.Label.En, Type: f.Type, Options: options,
		Required: f.Required, Queues: queues, Position: f.Position, Archived: f.Archived, CreatedAt: toMicros(f.CreatedAt)}, nil
}

// FieldDefinitions implements ticket.Reader.
func (r reader) FieldDefinitions(ctx context.Context) ([]ticket.Field, error) {
	var row fieldDefRow
	dest := r.s.tables.fieldDefs.dest(&row)
	var out []ticket.Field
	err := r.h.query(ctx, r.s.text("SELECT "+r.s.tables.fieldDefs.of("b")+" FROM {field_definitions} b ORDER BY b.position, b.name"), nil,
		func(rows *sql.Rows) error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			f := ticket.Field{ID: row.ID, Name: row.Name, Label: ticket.Labels{De: row.LabelDe, En: row.LabelEn}, Type: row.Type,
				Required: row.Required, Position: row.Position, Archived: row.Archived, CreatedAt: row.CreatedAt.time()}
			if err := decode(row.Options, &f.Options); err != nil {
				return op("options of field "+row.Name, err)
			}
			if err := decode(row.Queues, &f.Queues); err != nil {
				return op("queues of field "+row.Name, err)
			}
			out = append(out, f)
			return nil
		})
	return out, err
}

const nameTaken = "a field of that name exists already"

// InsertField implements ticket.Tx.
func (tx *Tx) InsertField(ctx context.Context, f *ticket.Field) error {
	row, err := toFieldDefRow(f)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.fieldDefs
	_, err = tx.h.exec(ctx, tb.insert, tb.values(row)...)
	return conflict(err, "name", nameTaken)
}

// UpdateField implements ticket.Tx.
func (tx *Tx) UpdateField(ctx context.Context, f *ticket.Field) error {
	row, err := toFieldDefRow(f)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.fieldDefs
	n, err := tx.h.affected(ctx, tb.update("id = ?"), append(tb.values(row), f.ID)...)
	if err == nil && n == 0 {
		return notFound("field")
	}
	return conflict(err, "name", nameTaken)
}

// addFields makes a ticket be found by its fields.
func (tx *Tx) addFields(ctx context.Context, number int64, fields map[string]any) error {
	tb := &tx.s.tables.fields
	for _, term := range ticket.FieldTerms(fields) {
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&fieldRow{Hash: digest(term), Number: number})...); err != nil {
			return err
		}
	}
	return nil
}

// TagCounts implements ticket.Reader.
func (r reader) TagCounts(ctx context.Context, sc ticket.Scope) ([]ticket.TagCount, error) {
	text := "SELECT g.tag, COUNT(*) FROM {ticket_tags} g"
	clause, args := scopeWhere(sc, nil)
	if clause != "" {
		text += " JOIN {tickets} t ON t.number = g.number WHERE " + clause
	}
	var out []ticket.TagCount
	var c ticket.TagCount
	err := r.h.query(ctx, r.s.expand(text+" GROUP BY g.tag"), args, func(rows *sql.Rows) error {
		err := rows.Scan(&c.Tag, &c.Tickets)
		out = append(out, c)
		return err
	})
	slices.SortFunc(out, func(a, b ticket.TagCount) int { return strings.Compare(a.Tag, b.Tag) }) // databases order text each in their own way
	return out, err
}

// QueueGrants implements ticket.Reader.
func (r reader) QueueGrants(ctx context.Context, id ticket.QueueID) (int, error) {
	var n int
	_, err := r.h.one(ctx, r.s.text("SELECT COUNT(DISTINCT account_id) FROM {account_grants} WHERE queue_id = ?"), []any{id}, &n)
	return n, err
}

// UpdateQueue implements ticket.Tx.
func (tx *Tx) UpdateQueue(ctx context.Context, q *ticket.Queue) error {
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {queues} SET name = ?, is_default = ? WHERE id = ?"), q.Name, q.Default, q.ID)
	if err == nil && n == 0 {
		return notFound("queue")
	}
	return conflict(err, "name", "a queue of that name exists already")
}

// DeleteQueue implements ticket.Tx.
func (tx *Tx) DeleteQueue(ctx context.Context, id ticket.QueueID) error {
	for _, c := range []struct{ text, msg string }{
		{"SELECT 1 FROM {tickets} WHERE queue_id = ? LIMIT 1", "there are tickets in the queue"},
		{"SELECT 1 FROM {account_grants} WHERE queue_id = ? LIMIT 1", "an account is limited to the queue"},
	} {
		var one int
		found, err := tx.h.one(ctx, tx.s.text(c.text), []any{id}, &one)
		if err != nil {
			return err
		}
		if found {
			return ticket.Errorf(ticket.Conflict, "%s", c.msg)
		}
	}
	if err := tx.SetMailRules(ctx, id, nil); err != nil {
		return err
	}
	n, err := tx.h.affected(ctx, tx.s.text("DELETE FROM {queues} WHERE id = ?"), id)
	if err == nil && n == 0 {
		return notFound("queue")
	}
	return err
}
