package rbactest

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// AccountByLink implements rbac.AccountLinkReader.
func (s *Store) AccountByLink(ctx context.Context, subject string) (*rbac.Account, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountByLink(ctx, subject)
}

// AccountLinks implements rbac.AccountLinkReader.
func (s *Store) AccountLinks(ctx context.Context, id ticket.AccountID) ([]rbac.AccountLink, error) {
	db, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.AccountLinks(ctx, id)
}

func (d *db) AccountByLink(ctx context.Context, subject string) (*rbac.Account, error) {
	l, ok := d.links[subject]
	if !ok {
		return nil, notFound("account")
	}
	return d.AccountByID(ctx, l.AccountID)
}

func (d *db) AccountLinks(_ context.Context, id ticket.AccountID) (out []rbac.AccountLink, err error) {
	for _, l := range d.links {
		if l.AccountID == id {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b rbac.AccountLink) int { return cmp.Compare(a.Subject, b.Subject) })
	return out, nil
}

func (t *tx) PutAccountLink(_ context.Context, l rbac.AccountLink) error {
	l.CreatedAt = cut(l.CreatedAt)
	t.links[l.Subject] = l
	return nil
}

func (t *tx) DeleteAccountLink(_ context.Context, id ticket.AccountID, subject string) error {
	if l, ok := t.links[subject]; !ok || l.AccountID != id {
		return notFound("link")
	}
	delete(t.links, subject)
	return nil
}

// testLinks: a subject leads to one account, a link ends with its account, and absence is NotFound.
func testLinks(t *testing.T, _ Harness, s rbac.Store) {
	ctx := t.Context()
	one, two := account("one"), account("two")
	two.ID = ticket.AccountID(ticket.NewID(at(2)))
	update := func(fn func(tx rbac.Tx) error) error { return s.UpdateAccounts(ctx, fn) }
	require.NoError(t, update(func(tx rbac.Tx) error {
		for _, a := range []*rbac.Account{one, two} {
			if err := tx.InsertAccount(ctx, a); err != nil {
				return err
			}
		}
		for _, subject := range []string{"chat:2", "chat:1", "Chat:1"} {
			if err := tx.PutAccountLink(ctx, rbac.AccountLink{Subject: subject, AccountID: one.ID, CreatedAt: at(3)}); err != nil {
				return err
			}
		}
		return nil
	}))
	a, err := s.AccountByLink(ctx, "chat:1")
	require.NoError(t, err)
	require.Equal(t, one.ID, a.ID)
	links, err := s.AccountLinks(ctx, one.ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.AccountLink{{Subject: "Chat:1", AccountID: one.ID, CreatedAt: at(3).UTC()}, {Subject: "chat:1", AccountID: one.ID, CreatedAt: at(3).UTC()},
		{Subject: "chat:2", AccountID: one.ID, CreatedAt: at(3).UTC()}}, links)
	require.NoError(t, update(func(tx rbac.Tx) error {
		return tx.PutAccountLink(ctx, rbac.AccountLink{Subject: "chat:1", AccountID: two.ID, CreatedAt: at(4)})
	}))
	a, err = s.AccountByLink(ctx, "chat:1")
	require.NoError(t, err)
	require.Equal(t, two.ID, a.ID)
	_, err = s.AccountByLink(ctx, "chat:3")
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
	require.Equal(t, ticket.NotFound, ticket.KindOf(update(func(tx rbac.Tx) error { return tx.DeleteAccountLink(ctx, one.ID, "chat:1") })))
	require.NoError(t, update(func(tx rbac.Tx) error { return tx.DeleteAccountLink(ctx, one.ID, "chat:2") }))
	require.NoError(t, update(func(tx rbac.Tx) error { return tx.DeleteAccount(ctx, two.ID) }))
	_, err = s.AccountByLink(ctx, "chat:1")
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
}
