package tickettest

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// SavedItems is described at ticket.Reader.
func (st *Store) SavedItems(ctx context.Context, kind ticket.SavedKind, account ticket.AccountID) ([]ticket.Saved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().SavedItems(ctx, kind, account)
}

func (x *tx) SavedItems(ctx context.Context, kind ticket.SavedKind, account ticket.AccountID) ([]ticket.Saved, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v, err := x.w.SavedItems(ctx, kind, account)
	return v, x.leave(err)
}

// SavedItem is described at ticket.Reader.
func (st *Store) SavedItem(ctx context.Context, kind ticket.SavedKind, id string) (*ticket.Saved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().SavedItem(ctx, kind, id)
}

func (x *tx) SavedItem(ctx context.Context, kind ticket.SavedKind, id string) (*ticket.Saved, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v, err := x.w.SavedItem(ctx, kind, id)
	return v, x.leave(err)
}

// PersonalItems is described at ticket.Reader.
func (st *Store) PersonalItems(ctx context.Context, s ticket.Scope, account ticket.AccountID, kinds []ticket.PersonalKind, tickets []ticket.ID) ([]ticket.Personal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().PersonalItems(ctx, s, account, kinds, tickets)
}

func (x *tx) PersonalItems(ctx context.Context, s ticket.Scope, account ticket.AccountID, kinds []ticket.PersonalKind, tickets []ticket.ID) ([]ticket.Personal, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v, err := x.w.PersonalItems(ctx, s, account, kinds, tickets)
	return v, x.leave(err)
}

// CountTickets is described at ticket.Reader.
func (st *Store) CountTickets(ctx context.Context, s ticket.Scope, q ticket.Query, most int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return st.reader().CountTickets(ctx, s, q, most)
}

func (x *tx) CountTickets(ctx context.Context, s ticket.Scope, q ticket.Query, most int) (int, error) {
	if err := x.enter(ctx); err != nil {
		return 0, err
	}
	v, err := x.w.CountTickets(ctx, s, q, most)
	return v, x.leave(err)
}

func (x *tx) PutSaved(ctx context.Context, v *ticket.Saved, was int64) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.PutSaved(ctx, v, was))
}

func (x *tx) DropSaved(ctx context.Context, kind ticket.SavedKind, id string) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.DropSaved(ctx, kind, id))
}

func (x *tx) PutPersonal(ctx context.Context, p ticket.Personal) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.PutPersonal(ctx, p))
}

func (x *tx) DropPersonal(ctx context.Context, account ticket.AccountID, id ticket.ID, kind ticket.PersonalKind) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.DropPersonal(ctx, account, id, kind))
}

func (x *tx) AddMention(ctx context.Context, account ticket.AccountID, number int64, at time.Time) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.AddMention(ctx, account, number, at))
}
