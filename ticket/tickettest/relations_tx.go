package tickettest

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// Links is described at ticket.Reader.
func (st *Store) Links(ctx context.Context, s ticket.Scope, t ticket.ID) ([]ticket.Linked, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().Links(ctx, s, t)
}

// FieldDefinitions is described at ticket.Reader.
func (st *Store) FieldDefinitions(ctx context.Context) ([]ticket.Field, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().FieldDefinitions(ctx)
}

// TagCounts is described at ticket.Reader.
func (st *Store) TagCounts(ctx context.Context, s ticket.Scope) ([]ticket.TagCount, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().TagCounts(ctx, s)
}

// QueueGrants is described at ticket.Reader. A desk in memory has no accounts.
func (st *Store) QueueGrants(ctx context.Context, id ticket.QueueID) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return st.reader().QueueGrants(ctx, id)
}

func (x *tx) QueueGrants(ctx context.Context, id ticket.QueueID) (int, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	v0, err := x.w.QueueGrants(ctx, id)
	return v0, x.leave(err)
}

func (x *tx) Links(ctx context.Context, s ticket.Scope, t ticket.ID) ([]ticket.Linked, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.Links(ctx, s, t)
	return v0, x.leave(err)
}

func (x *tx) FieldDefinitions(ctx context.Context) ([]ticket.Field, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.FieldDefinitions(ctx)
	return v0, x.leave(err)
}

func (x *tx) TagCounts(ctx context.Context, s ticket.Scope) ([]ticket.TagCount, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.TagCounts(ctx, s)
	return v0, x.leave(err)
}

func (x *tx) AddLink(ctx context.Context, l ticket.Link) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.AddLink(ctx, l))
}

func (x *tx) RemoveLink(ctx context.Context, l ticket.Link) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.RemoveLink(ctx, l))
}

func (x *tx) MoveMessages(ctx context.Context, from, to ticket.ID, ids []ticket.MessageID, n int) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.MoveMessages(ctx, from, to, ids, n))
}

func (x *tx) MoveRefs(ctx context.Context, from, to ticket.ID, refs []string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.MoveRefs(ctx, from, to, refs))
}

func (x *tx) ClearTimers(ctx context.Context, id ticket.ID) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.ClearTimers(ctx, id))
}

func (x *tx) Guard(ctx context.Context, name string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.Guard(ctx, name))
}

func (x *tx) InsertField(ctx context.Context, f *ticket.Field) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.InsertField(ctx, f))
}

func (x *tx) UpdateField(ctx context.Context, f *ticket.Field) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.UpdateField(ctx, f))
}

func (x *tx) UpdateQueue(ctx context.Context, q *ticket.Queue) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.UpdateQueue(ctx, q))
}

func (x *tx) DeleteQueue(ctx context.Context, id ticket.QueueID) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.DeleteQueue(ctx, id))
}
