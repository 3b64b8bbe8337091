package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

var accountTests = []test{
	{"ReadsBack", testAccount},
	{"NamesAreUniqueWithoutCase", testAccountUnique},
	{"UpdateComparesVersions", testAccountUpdate},
	{"List", testAccountList},
	{"Sessions", testSessions},
	{"Tokens", testTokens},
	{"Grants", testAccountGrants},
	{"DeleteKeepsTheNameOnTickets", testAccountDelete},
	{"LastAdminUnderContention", testLastAdmin},
	{"ReaderOfATicketTransaction", testReaderAssertion},
	{"DeskChain", testAccountChain},
}

func (d *desk) accounts(fn func(context.Context, rbac.Tx) error) {
	d.t.Helper()
	require.NoError(d.t, d.tryAccounts(fn))
}

func (d *desk) tryAccounts(fn func(context.Context, rbac.Tx) error) error {
	ctx := d.t.Context()
	return d.Accounts.UpdateAccounts(ctx, func(tx rbac.Tx) error { return fn(ctx, tx) })
}

func (d *desk) account(name string, change ...func(*rbac.Account)) *rbac.Account {
	d.t.Helper()
	a := &rbac.Account{ID: ticket.AccountID(d.id()), Username: name, Role: "support", Active: true, Version: 1, CreatedAt: d.now}
	for _, f := range change {
		f(a)
	}
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.InsertAccount(ctx, a); err != nil {
			return err
		}
		return tx.SetAccountGrants(ctx, a.ID, []rbac.Grant{{Role: a.Role}})
	})
	return a
}

func testAccount(t *testing.T, d *desk) {
	ctx := t.Context()
	want := d.account("Jürgen.Müller", func(a *rbac.Account) {
		a.Name, a.Role, a.PasswordHash, a.MustChange, a.External = "Jürgen M.", "admin", "$argon2id$v=19$…", true, "oidc|42"
		a.LastLoginAt = d.now.Add(time.Hour)
	})
	get := func(a *rbac.Account, err error) *rbac.Account {
		require.NoError(t, err)
		return a
	}
	require.Equal(t, want, get(d.Accounts.AccountByID(ctx, want.ID)))
	for _, name := range []string{"Jürgen.Müller", "jürgen.müller", "JÜRGEN.MÜLLER"} {
		require.Equal(t, want, get(d.Accounts.AccountByName(ctx, name)), name)
	}
	require.Equal(t, want, get(d.Accounts.AccountByExternal(ctx, "oidc|42")))
	plain := d.account("ben")
	require.Equal(t, plain, get(d.Accounts.AccountByID(ctx, plain.ID)))
	_, err := d.Accounts.AccountByID(ctx, "none")
	requireKind(t, ticket.NotFound, err)
	_, err = d.Accounts.AccountByName(ctx, "jurgen.muller")
	requireKind(t, ticket.NotFound, err, "accents are different letters")
	for _, subject := range []string{"", "OIDC|42"} {
		_, err = d.Accounts.AccountByExternal(ctx, subject)
		requireKind(t, ticket.NotFound, err)
	}
}

func testAccountUnique(t *testing.T, d *desk) {
	d.account("Ben", func(a *rbac.Account) { a.External = "x" })
	d.account("other") // two without External
	for field, change := range map[string]func(*rbac.Account){
		"username": func(a *rbac.Account) { a.Username = "bEN" },
		"external": func(a *rbac.Account) { a.External = "x" },
	} {
		err := d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error {
			a := &rbac.Account{ID: ticket.AccountID(d.id()), Username: "third", Version: 1, CreatedAt: d.now}
			change(a)
			return tx.InsertAccount(ctx, a)
		})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: field})
	}
	third := d.account("third")
	third.Username, third.Version = "BEN", 2
	err := d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.UpdateAccount(ctx, third, 1) })
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Conflict, Field: "username"})
}

func testAccountUpdate(t *testing.T, d *desk) {
	a := d.account("ben", func(a *rbac.Account) { a.External = "x" })
	a.Username, a.Name, a.Role, a.PasswordHash, a.MustChange, a.Active, a.External, a.Version = "benjamin", "B", "viewer", "hash", true, false, "", 2
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.UpdateAccount(ctx, a, 1); err != nil {
			return err
		}
		got, err := tx.AccountByName(ctx, "BENJAMIN")
		require.Equal(t, a, got)
		return err
	})
	got, err := d.Accounts.AccountByID(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, a, got)
	requireKind(t, ticket.Stale, d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.UpdateAccount(ctx, a, 1) }))
	requireKind(t, ticket.NotFound, d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error {
		return tx.UpdateAccount(ctx, &rbac.Account{ID: "none", Username: "none"}, 1)
	}))
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.TouchLogin(ctx, a.ID, d.now.Add(time.Minute)) })
	got, err = d.Accounts.AccountByID(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, d.now.Add(time.Minute), got.LastLoginAt)
	require.Equal(t, int64(2), got.Version)
}

func testAccountList(t *testing.T, d *desk) {
	for _, name := range []string{"Zoë", "anna", "Ben", "carl"} {
		d.account(name)
	}
	list := func(after string, limit int) (out []string) {
		got, err := d.Accounts.ListAccounts(t.Context(), after, limit)
		require.NoError(t, err)
		for _, a := range got {
			out = append(out, a.Username)
		}
		return out
	}
	require.Equal(t, []string{"anna", "Ben", "carl", "Zoë"}, list("", 10))
	require.Equal(t, []string{"anna", "Ben"}, list("", 2))
	require.Equal(t, []string{"carl", "Zoë"}, list("Ben", 2))
	require.Empty(t, list("Zoë", 2))
	n, err := d.Accounts.CountActive(t.Context(), "support")
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = d.Accounts.CountActive(t.Context(), "admin")
	require.NoError(t, err)
	require.Zero(t, n)
}

func testSessions(t *testing.T, d *desk) {
	ctx := t.Context()
	a, b := d.account("anna"), d.account("ben")
	session := func(of *rbac.Account, created time.Time) *rbac.Session {
		s := &rbac.Session{ID: strings.Repeat("s", 20) + d.id(), AccountID: of.ID, CreatedAt: created, ExpiresAt: created.Add(time.Hour), LastSeen: created,
			Address: "2001:db8::1", UserAgent: strings.Repeat("ü", 200), Panel: true}
		d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.InsertSession(ctx, s) })
		return s
	}
	one, two, three := session(a, d.now), session(a, d.now.Add(time.Minute)), session(b, d.now)
	gotS, gotA, err := d.Accounts.SessionAccount(ctx, one.ID)
	require.NoError(t, err)
	require.Equal(t, one, gotS)
	require.Equal(t, a, gotA)
	_, _, err = d.Accounts.SessionAccount(ctx, "none")
	requireKind(t, ticket.NotFound, err)
	list, err := d.Accounts.ListSessions(ctx, a.ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.Session{*two, *one}, list, "newest first")

	one.LastSeen = d.now.Add(2 * time.Minute)
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.TouchSession(ctx, "gone", d.now); err != nil {
			return err
		}
		return tx.TouchSession(ctx, one.ID, one.LastSeen)
	})
	gotS, _, err = d.Accounts.SessionAccount(ctx, one.ID)
	require.NoError(t, err)
	require.Equal(t, one, gotS)

	requireKind(t, ticket.NotFound, d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteSession(ctx, b.ID, one.ID) }), "of another account")
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteSessions(ctx, a.ID, two.ID) })
	_, _, err = d.Accounts.SessionAccount(ctx, one.ID)
	requireKind(t, ticket.NotFound, err)
	for _, id := range []string{two.ID, three.ID} {
		_, _, err = d.Accounts.SessionAccount(ctx, id)
		require.NoError(t, err)
	}
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteSession(ctx, a.ID, two.ID) })
	four := session(b, d.now.Add(time.Second))
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteExpiredSessions(ctx, three.ExpiresAt) })
	list, err = d.Accounts.ListSessions(ctx, b.ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.Session{*four}, list)
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteSessions(ctx, b.ID, "") })
	list, err = d.Accounts.ListSessions(ctx, b.ID)
	require.NoError(t, err)
	require.Empty(t, list)
}

func testTokens(t *testing.T, d *desk) {
	ctx := t.Context()
	a, b := d.account("anna"), d.account("ben")
	one := &rbac.Token{ID: d.id(), AccountID: a.ID, Name: "CI 🎫", Prefix: "tk_abcd", Hash: strings.Repeat("ab", 32),
		Scopes: []ticket.Op{ticket.OpTicketRead, ticket.OpTicketCreate}, CreatedAt: d.now, ExpiresAt: d.now.Add(time.Hour)}
	two := &rbac.Token{ID: d.id(), AccountID: a.ID, Hash: strings.Repeat("cd", 32), CreatedAt: d.now.Add(time.Second)}
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.InsertToken(ctx, one); err != nil {
			return err
		}
		return tx.InsertToken(ctx, two)
	})
	got, acc, err := d.Accounts.TokenAccount(ctx, one.Hash)
	require.NoError(t, err)
	require.Equal(t, one, got)
	require.Equal(t, a, acc)
	_, _, err = d.Accounts.TokenAccount(ctx, "' OR 1=1 --")
	requireKind(t, ticket.NotFound, err)
	list, err := d.Accounts.ListTokens(ctx, a.ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.Token{*one, *two}, list)
	two.LastUsed = d.now.Add(time.Minute)
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.TouchToken(ctx, two.ID, two.LastUsed) })
	got, _, err = d.Accounts.TokenAccount(ctx, two.Hash)
	require.NoError(t, err)
	require.Equal(t, two, got)
	requireKind(t, ticket.NotFound, d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteToken(ctx, b.ID, one.ID) }), "of another account")
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteToken(ctx, a.ID, one.ID) })
	_, _, err = d.Accounts.TokenAccount(ctx, one.Hash)
	requireKind(t, ticket.NotFound, err)
}

func testAccountGrants(t *testing.T, d *desk) {
	a, b := d.account("anna"), d.account("ben")
	set := func(id ticket.AccountID, grants ...rbac.Grant) []rbac.Grant {
		d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.SetAccountGrants(ctx, id, grants) })
		got, err := d.Accounts.AccountGrants(t.Context(), id)
		require.NoError(t, err)
		return got
	}
	q0, q1 := d.queues[0].ID, d.queues[1].ID
	in := func(q ticket.QueueID) rbac.Grant { return rbac.Grant{Role: "support", Queue: q} }
	require.ElementsMatch(t, []rbac.Grant{in(q0), in(q1)}, set(a.ID, in(q1), in(q0), in(q1)))
	require.Equal(t, []rbac.Grant{in(q1)}, set(b.ID, in(q1)))
	require.Equal(t, []rbac.Grant{in(""), {Role: "viewer", Queue: q0}}, set(a.ID, rbac.Grant{Role: "viewer", Queue: q0}, in("")))
	require.Empty(t, set(a.ID))
	got, err := d.Accounts.AccountGrants(t.Context(), b.ID)
	require.NoError(t, err)
	require.Equal(t, []rbac.Grant{in(q1)}, got)
}

func testAccountDelete(t *testing.T, d *desk) {
	ctx := t.Context()
	a, b := d.account("anna", func(a *rbac.Account) { a.Name = "Anna Agent" }), d.account("ben")
	of := func(acc *rbac.Account) *ticket.Ticket {
		return d.ticket(func(n *ticket.Ticket) { n.Assignee = &ticket.AccountRef{ID: acc.ID} })
	}
	ta, tb := of(a), of(b)
	require.Equal(t, "Anna Agent", d.read(ta.ID).Assignee.Name)
	require.Equal(t, "ben", d.read(tb.ID).Assignee.Name, "the user name where there is no other")
	a.Name, a.Version = "Anna Neu", 2
	d.accounts(func(ctx context.Context, tx rbac.Tx) error { return tx.UpdateAccount(ctx, a, 1) })
	require.Equal(t, "Anna Neu", d.read(ta.ID).Assignee.Name, "current while the account is there")
	own := func(who ticket.AccountID) (kept int) {
		views, err := d.Store.SavedItems(ctx, ticket.SavedView, who)
		require.NoError(t, err)
		drafts, err := d.Store.PersonalItems(ctx, d.all, who, []ticket.PersonalKind{ticket.DraftReply}, nil)
		require.NoError(t, err)
		return len(views) + len(drafts)
	}
	for _, who := range []ticket.AccountID{a.ID, b.ID, ""} {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			if err := tx.PutSaved(ctx, &ticket.Saved{Kind: ticket.SavedView, ID: "view of " + string(who), Account: who, Name: "v", Body: []byte("{}"), Version: 1, CreatedAt: d.now, UpdatedAt: d.now}, 0); err != nil || who == "" {
				return err
			}
			return tx.PutPersonal(ctx, ticket.Personal{Account: who, TicketID: ta.ID, Kind: ticket.DraftReply, Body: "Dear", Version: 1, UpdatedAt: d.now})
		})
	}
	require.Equal(t, 3, own(a.ID))
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		if err := tx.InsertSession(ctx, &rbac.Session{ID: "s", AccountID: a.ID, CreatedAt: d.now, ExpiresAt: d.now.Add(time.Hour)}); err != nil {
			return err
		}
		if err := tx.InsertToken(ctx, &rbac.Token{ID: "k", AccountID: a.ID, Hash: "h", CreatedAt: d.now}); err != nil {
			return err
		}
		if err := tx.SetAccountGrants(ctx, a.ID, []rbac.Grant{{Role: "support", Queue: d.queues[0].ID}}); err != nil {
			return err
		}
		return tx.DeleteAccount(ctx, a.ID)
	})
	_, err := d.Accounts.AccountByID(ctx, a.ID)
	requireKind(t, ticket.NotFound, err)
	_, _, err = d.Accounts.SessionAccount(ctx, "s")
	requireKind(t, ticket.NotFound, err)
	_, _, err = d.Accounts.TokenAccount(ctx, "h")
	requireKind(t, ticket.NotFound, err)
	require.Equal(t, 1, own(a.ID), "what everybody has stays")
	require.Equal(t, 3, own(b.ID))
	got := d.read(ta.ID)
	require.Equal(t, &ticket.AccountRef{ID: a.ID, Name: "Anna Neu"}, got.Assignee)
	require.Equal(t, ta.Version, got.Version)
	require.Equal(t, "ben", d.read(tb.ID).Assignee.Name)
	requireKind(t, ticket.NotFound, d.tryAccounts(func(ctx context.Context, tx rbac.Tx) error { return tx.DeleteAccount(ctx, a.ID) }))
	d.account("ANNA") // the name is free again
}

// testLastAdmin: of many admins who delete each other, one remains.
func testLastAdmin(t *testing.T, d *desk) {
	const admins = 8
	var list []*rbac.Account
	for i := range admins {
		list = append(list, d.account(fmt.Sprintf("admin%d", i), func(a *rbac.Account) { a.Role = "admin" }))
	}
	var refused atomic.Int64
	together(t, admins, func(i int) error {
		return d.Accounts.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
			n, err := tx.CountActive(t.Context(), "admin")
			if err != nil {
				return err
			}
			if n == 1 {
				refused.Add(1)
				return nil
			}
			return tx.DeleteAccount(t.Context(), list[i].ID)
		})
	})
	n, err := d.Accounts.CountActive(t.Context(), "admin")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, int64(1), refused.Load())
}

func testReaderAssertion(t *testing.T, d *desk) {
	a := d.account("anna")
	require.Implements(t, (*rbac.Reader)(nil), d.Store)
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		r, ok := tx.(rbac.Reader)
		require.True(t, ok)
		got, err := r.AccountByID(ctx, a.ID)
		require.Equal(t, a, got)
		return err
	})
}

func testAccountChain(t *testing.T, d *desk) {
	before, err := d.Store.DeskHead(t.Context())
	require.NoError(t, err)
	d.accounts(func(ctx context.Context, tx rbac.Tx) error {
		return d.chain().AppendDesk(ctx, tx, &ticket.Event{ID: ticket.EventID(d.id()), Type: "account.created", At: d.now, Data: []byte(`{}`)})
	})
	after, err := d.Store.DeskHead(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Count+1, after.Count)
}
