package rbactest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// Harness says how to test a store.
type Harness struct {
	// New makes a store over an empty desk. It is called once for each subtest, from several goroutines.
	New func(t *testing.T) rbac.Store
	// Queues gives the ids of two queues that exist in a store; nil when the store does not mind ids that it does not know.
	Queues func(t *testing.T, s rbac.Store) [2]ticket.QueueID
}

// TestStore checks that a store keeps the contract of rbac.Store, rbac.Tx and rbac.Reader.
func TestStore(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness, rbac.Store){
		"accounts":         testAccounts,
		"names":            testNames,
		"unique":           testUnique,
		"compare and swap": testSwap,
		"list":             testList,
		"sessions":         testSessions,
		"tokens":           testTokens,
		"grants":           testGrants,
		"roles":            testRoles,
		"links":            testLinks,
		"delete":           testDelete,
		"count":            testCount,
		"rollback":         testRollback,
		"chain":            testChain,
		"last admin":       testLastAdmin,
		"first start":      testFirstStart,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h, h.New(t))
		})
	}
}

// at is a time with microseconds, in another zone than UTC: a store gives the same instant back in UTC.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 29, 3, minutes, 7, 123456000, time.FixedZone("CEST", 2*60*60))
}

func account(name string) *rbac.Account {
	return &rbac.Account{ID: ticket.AccountID(ticket.NewID(at(0))), Username: name, Role: rbac.RoleSupport, Active: true, Version: 1,
		CreatedAt: at(1).UTC()}
}

func write(t *testing.T, s rbac.Store, fn func(tx rbac.Tx) error) {
	t.Helper()
	require.NoError(t, s.UpdateAccounts(t.Context(), fn))
}

func add(t *testing.T, s rbac.Store, list ...*rbac.Account) {
	t.Helper()
	write(t, s, func(tx rbac.Tx) error {
		for _, a := range list {
			if err := tx.InsertAccount(t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	})
}

func requireKind(t *testing.T, want ticket.Kind, err error) {
	t.Helper()
	require.Equal(t, want, ticket.KindOf(err), "%v", err)
}

func testAccounts(t *testing.T, _ Harness, s rbac.Store) {
	full := &rbac.Account{ID: ticket.AccountID(ticket.NewID(at(0))), Username: "Jürgen 😀", Name: "Jürgen Müßig", Role: rbac.RoleAdmin,
		PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", MustChange: true, Active: true,
		External: "Sub|1", Version: 7, CreatedAt: at(1), LastLoginAt: at(2)}
	add(t, s, full, account("zero"))
	want := *full
	want.CreatedAt, want.LastLoginAt = want.CreatedAt.UTC(), want.LastLoginAt.UTC()

	got, err := s.AccountByID(t.Context(), full.ID)
	require.NoError(t, err)
	require.Equal(t, want, *got)
	got, err = s.AccountByExternal(t.Context(), "Sub|1")
	require.NoError(t, err)
	require.Equal(t, want, *got)
	got, err = s.AccountByName(t.Context(), "zero")
	require.NoError(t, err)
	require.True(t, got.LastLoginAt.IsZero(), "a zero time stays zero")
	require.Empty(t, got.External)

	_, err = s.AccountByID(t.Context(), "unknown")
	requireKind(t, ticket.NotFound, err)
	_, err = s.AccountByName(t.Context(), "unknown")
	requireKind(t, ticket.NotFound, err)
	_, err = s.AccountByExternal(t.Context(), "unknown")
	requireKind(t, ticket.NotFound, err)
	_, err = s.AccountByExternal(t.Context(), "")
	requireKind(t, ticket.NotFound, err)

	write(t, s, func(tx rbac.Tx) error {
		in, err := tx.AccountByID(t.Context(), full.ID)
		require.NoError(t, err)
		require.Equal(t, want, *in)
		return tx.TouchLogin(t.Context(), full.ID, at(9))
	})
	got, err = s.AccountByID(t.Context(), full.ID)
	require.NoError(t, err)
	want.LastLoginAt = at(9).UTC()
	require.Equal(t, want, *got, "a touch changes nothing else")
}

func testNames(t *testing.T, _ Harness, s rbac.Store) {
	a := account("Jürgen.Ö")
	add(t, s, a)
	for _, name := range []string{"Jürgen.Ö", "jürgen.ö", "JÜRGEN.Ö"} {
		got, err := s.AccountByName(t.Context(), name)
		require.NoError(t, err, name)
		require.Equal(t, a.ID, got.ID)
	}
	for _, name := range []string{"Jurgen.O", "J%", "J_rgen.Ö", "Jürgen.Ö ", " Jürgen.Ö", "", "' OR '1'='1"} {
		_, err := s.AccountByName(t.Context(), name)
		requireKind(t, ticket.NotFound, err)
	}
}

func testUnique(t *testing.T, _ Harness, s rbac.Store) {
	a, b, c := account("mia"), account("zoe"), account("MIA")
	a.External = "sub-1"
	add(t, s, a, b, account("without a subject either"))
	insert := func(x *rbac.Account) error {
		return s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error { return tx.InsertAccount(t.Context(), x) })
	}
	require.ErrorIs(t, insert(c), &ticket.Error{Kind: ticket.Conflict, Field: "username"})
	d := account("other name")
	d.External = "sub-1"
	requireKind(t, ticket.Conflict, insert(d))
	b.Username = "Mia"
	requireKind(t, ticket.Conflict, s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error { return tx.UpdateAccount(t.Context(), b, 1) }))
	a.Username = "Mia"
	write(t, s, func(tx rbac.Tx) error { return tx.UpdateAccount(t.Context(), a, 1) })
}

func testSwap(t *testing.T, _ Harness, s rbac.Store) {
	a := account("mia")
	add(t, s, a)
	update := func(next rbac.Account, was int64) error {
		return s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error { return tx.UpdateAccount(t.Context(), &next, was) })
	}
	next := *a
	next.Name, next.Role, next.PasswordHash, next.MustChange, next.Active, next.External, next.Version =
		"Mia", rbac.RoleViewer, "hash", true, false, "sub", 2
	require.NoError(t, update(next, 1))
	got, err := s.AccountByID(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, next, *got, "every field is written")
	requireKind(t, ticket.Stale, update(next, 1))
	requireKind(t, ticket.Stale, update(next, 3))
	require.NoError(t, update(next, 2), "the same again is no conflict")
	next.ID = ticket.AccountID(ticket.NewID(at(3)))
	next.Username, next.External = "unknown", ""
	require.Error(t, update(next, 2))
}

func testList(t *testing.T, _ Harness, s rbac.Store) {
	add(t, s, account("c"), account("B"), account("a"), account("d"))
	names := func(after string, limit int) string {
		list, err := s.ListAccounts(t.Context(), after, limit)
		require.NoError(t, err)
		out := ""
		for _, a := range list {
			out += a.Username
		}
		return out
	}
	require.Equal(t, "aBcd", names("", 10))
	require.Equal(t, "aB", names("", 2))
	require.Equal(t, "cd", names("B", 10))
	require.Equal(t, "c", names("b", 1))
	require.Empty(t, names("d", 10))
}

func testSessions(t *testing.T, _ Harness, s rbac.Store) {
	a, b := account("mia"), account("zoe")
	add(t, s, a, b)
	full := &rbac.Session{ID: ticket.NewID(at(0)), AccountID: a.ID, CreatedAt: at(1), ExpiresAt: at(30), LastSeen: at(2),
		Address: "2001:db8::1", UserAgent: "Browser ü", Panel: true}
	session := func(of *rbac.Account, created, expires int) *rbac.Session {
		return &rbac.Session{ID: ticket.NewID(at(0)), AccountID: of.ID, CreatedAt: at(created), ExpiresAt: at(expires), LastSeen: at(created)}
	}
	second, third, other := session(a, 3, 20), session(a, 4, 40), session(b, 5, 50)
	write(t, s, func(tx rbac.Tx) error {
		for _, x := range []*rbac.Session{full, second, third, other} {
			if err := tx.InsertSession(t.Context(), x); err != nil {
				return err
			}
		}
		return nil
	})
	got, acc, err := s.SessionAccount(t.Context(), full.ID)
	require.NoError(t, err)
	want := *full
	want.CreatedAt, want.ExpiresAt, want.LastSeen = want.CreatedAt.UTC(), want.ExpiresAt.UTC(), want.LastSeen.UTC()
	require.Equal(t, want, *got)
	require.Equal(t, *a, *acc)
	_, _, err = s.SessionAccount(t.Context(), "unknown")
	requireKind(t, ticket.NotFound, err)
	require.ElementsMatch(t, []string{full.ID, second.ID, third.ID}, sessionIDs(t, s, a))

	write(t, s, func(tx rbac.Tx) error { return tx.TouchSession(t.Context(), full.ID, at(8)) })
	got, acc, err = s.SessionAccount(t.Context(), full.ID)
	require.NoError(t, err)
	require.True(t, at(8).Equal(got.LastSeen))
	require.EqualValues(t, 1, acc.Version)
	beat, err := s.SessionPulse(t.Context(), full.ID)
	require.NoError(t, err)
	require.Equal(t, rbac.Pulse{Account: a.ID, Username: a.Username, Name: a.Name, Active: true, Version: 1, Rights: acc.Rights, Seen: got.LastSeen}, beat)
	_, err = s.SessionPulse(t.Context(), "unknown")
	requireKind(t, ticket.NotFound, err)

	_ = s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error { return tx.DeleteSession(t.Context(), b.ID, full.ID) })
	require.Contains(t, sessionIDs(t, s, a), full.ID, "somebody else's session is out of reach")
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteExpiredSessions(t.Context(), at(20)) })
	require.ElementsMatch(t, []string{full.ID, third.ID}, sessionIDs(t, s, a), "at the instant of its end a session has ended")
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteSessions(t.Context(), a.ID, third.ID) })
	require.Equal(t, []string{third.ID}, sessionIDs(t, s, a))
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteSession(t.Context(), a.ID, third.ID) })
	require.Empty(t, sessionIDs(t, s, a))
	require.Equal(t, []string{other.ID}, sessionIDs(t, s, b))
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteSessions(t.Context(), b.ID, "") })
	require.Empty(t, sessionIDs(t, s, b))
}

func sessionIDs(t *testing.T, s rbac.Store, a *rbac.Account) []string {
	t.Helper()
	list, err := s.ListSessions(t.Context(), a.ID)
	require.NoError(t, err)
	var ids []string
	for _, x := range list {
		ids = append(ids, x.ID)
	}
	return ids
}

func testTokens(t *testing.T, _ Harness, s rbac.Store) {
	a, b := account("mia"), account("zoe")
	add(t, s, a, b)
	full := &rbac.Token{ID: ticket.NewID(at(0)), AccountID: a.ID, Name: "nightly 😀", Prefix: "tk_abcdefgh", Hash: fmt.Sprintf("%064d", 1),
		Scopes: []ticket.Op{ticket.OpMessageRead, ticket.OpTicketRead}, CreatedAt: at(1), ExpiresAt: at(2), LastUsed: at(3)}
	plain := &rbac.Token{ID: ticket.NewID(at(0)), AccountID: a.ID, Name: "x", Prefix: "tk_x", Hash: fmt.Sprintf("%064d", 2),
		Scopes: []ticket.Op{ticket.OpTicketRead}, CreatedAt: at(1)}
	write(t, s, func(tx rbac.Tx) error {
		return errors.Join(tx.InsertToken(t.Context(), full), tx.InsertToken(t.Context(), plain))
	})
	got, acc, err := s.TokenAccount(t.Context(), full.Hash)
	require.NoError(t, err)
	want := *full
	want.CreatedAt, want.ExpiresAt, want.LastUsed = want.CreatedAt.UTC(), want.ExpiresAt.UTC(), want.LastUsed.UTC()
	require.Equal(t, want, *got)
	require.Equal(t, *a, *acc)
	got, _, err = s.TokenAccount(t.Context(), plain.Hash)
	require.NoError(t, err)
	require.True(t, got.ExpiresAt.IsZero() && got.LastUsed.IsZero())
	for _, hash := range []string{"", "%", fmt.Sprintf("%064d", 3)} {
		_, _, err = s.TokenAccount(t.Context(), hash)
		requireKind(t, ticket.NotFound, err)
	}
	write(t, s, func(tx rbac.Tx) error { return tx.TouchToken(t.Context(), plain.ID, at(5)) })
	got, acc, err = s.TokenAccount(t.Context(), plain.Hash)
	require.NoError(t, err)
	require.True(t, at(5).Equal(got.LastUsed))
	require.EqualValues(t, 1, acc.Version)
	beat, err := s.TokenPulse(t.Context(), plain.Hash)
	require.NoError(t, err)
	require.Equal(t, rbac.Pulse{Account: a.ID, Username: a.Username, Name: a.Name, Active: true, Version: 1, Rights: acc.Rights, Seen: got.LastUsed}, beat)
	_, err = s.TokenPulse(t.Context(), "%")
	requireKind(t, ticket.NotFound, err)

	list, err := s.ListTokens(t.Context(), a.ID)
	require.NoError(t, err)
	require.Len(t, list, 2)
	_ = s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error { return tx.DeleteToken(t.Context(), b.ID, full.ID) })
	_, _, err = s.TokenAccount(t.Context(), full.Hash)
	require.NoError(t, err, "somebody else's token is out of reach")
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteToken(t.Context(), a.ID, full.ID) })
	_, _, err = s.TokenAccount(t.Context(), full.Hash)
	requireKind(t, ticket.NotFound, err)
}

func queues(t *testing.T, h Harness, s rbac.Store) [2]ticket.QueueID {
	t.Helper()
	if h.Queues == nil {
		return [2]ticket.QueueID{"q1", "q2"}
	}
	return h.Queues(t, s)
}

// whole is a grant for the whole desk.
func whole(role string) rbac.Grant { return rbac.Grant{Role: role} }

func testGrants(t *testing.T, h Harness, s rbac.Store) {
	a, b, q := account("mia"), account("zoe"), queues(t, h, s)
	add(t, s, a, b)
	set := func(list ...rbac.Grant) {
		t.Helper()
		write(t, s, func(tx rbac.Tx) error {
			if err := tx.SetAccountGrants(t.Context(), a.ID, list); err != nil {
				return err
			}
			in, err := tx.AccountGrants(t.Context(), a.ID)
			require.ElementsMatch(t, list, in, "a transaction sees its own writes")
			return err
		})
		got, err := s.AccountGrants(t.Context(), a.ID)
		require.NoError(t, err)
		require.ElementsMatch(t, list, got)
		require.True(t, slices.IsSortedFunc(got, func(x, y rbac.Grant) int {
			return cmp.Or(cmp.Compare(x.Role, y.Role), cmp.Compare(x.Queue, y.Queue))
		}))
	}
	set(rbac.Grant{Role: "viewer", Queue: q[0]}, rbac.Grant{Role: "support", Queue: q[1]}, rbac.Grant{Role: "support", Queue: q[0]}, whole("own-role"))
	set(rbac.Grant{Role: "viewer", Queue: q[1]})
	got, err := s.AccountGrants(t.Context(), b.ID)
	require.NoError(t, err)
	require.Empty(t, got)
	set(whole("viewer"))
	n, err := s.CountGrants(t.Context(), "viewer")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	set()
}

func testRoles(t *testing.T, h Harness, s rbac.Store) {
	ctx, a, b, q := t.Context(), account("mia"), account("zoe"), queues(t, h, s)
	add(t, s, a, b)
	lead := &rbac.Role{Name: "team-lead", Description: "Leitung 😀", Version: 1, CreatedAt: at(1), UpdatedAt: at(2),
		Permissions: []rbac.Permission{{Op: ticket.OpTicketClaim, Scope: rbac.InQueues}, {Op: ticket.OpTicketRead, Scope: rbac.Whole}}}
	auditor := &rbac.Role{Name: "auditor", Version: 1, CreatedAt: at(1), UpdatedAt: at(1),
		Permissions: []rbac.Permission{{Op: ticket.OpAuditRead, Scope: rbac.InQueues}}}
	write(t, s, func(tx rbac.Tx) error {
		if err := tx.InsertRole(ctx, lead); err != nil {
			return err
		}
		if err := tx.InsertRole(ctx, auditor); err != nil {
			return err
		}
		if err := tx.SetAccountGrants(ctx, a.ID, []rbac.Grant{{Role: "team-lead", Queue: q[0]}, {Role: "team-lead", Queue: q[1]}}); err != nil {
			return err
		}
		return tx.SetAccountGrants(ctx, b.ID, []rbac.Grant{whole("auditor")})
	})
	want := *lead
	want.CreatedAt, want.UpdatedAt = want.CreatedAt.UTC(), want.UpdatedAt.UTC()
	got, err := s.Role(ctx, "team-lead")
	require.NoError(t, err)
	require.Equal(t, want, *got)
	for _, name := range []string{"", "team-lea", "admin", "Team-Lead", "%"} {
		_, err = s.Role(ctx, name)
		requireKind(t, ticket.NotFound, err)
	}
	err = s.UpdateAccounts(ctx, func(tx rbac.Tx) error { return tx.InsertRole(ctx, lead) })
	requireKind(t, ticket.Conflict, err)
	var named *ticket.Error
	require.ErrorAs(t, err, &named)
	require.Equal(t, "name", named.Field)

	next := *lead
	next.Description, next.Permissions, next.Version, next.UpdatedAt = "", next.Permissions[1:], 2, at(9)
	requireKind(t, ticket.Stale, s.UpdateAccounts(ctx, func(tx rbac.Tx) error { return tx.UpdateRole(ctx, &next, 7) }))
	write(t, s, func(tx rbac.Tx) error { return tx.UpdateRole(ctx, &next, 1) })
	list, err := s.Roles(ctx)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "auditor", list[0].Name)
	require.Equal(t, next.Permissions, list[1].Permissions)
	require.True(t, next.UpdatedAt.Equal(list[1].UpdatedAt))
	for acc, want := range map[*rbac.Account]int64{a: 1, b: 0} {
		got, err := s.AccountByID(ctx, acc.ID)
		require.NoError(t, err)
		require.Equal(t, want, got.Rights, "raised once for who has the role")
		require.Equal(t, acc.Version, got.Version)
	}
	n, err := s.CountGrants(ctx, "team-lead")
	require.NoError(t, err)
	require.Equal(t, 1, n, "accounts, not grants")

	write(t, s, func(tx rbac.Tx) error { return tx.DeleteRole(ctx, "auditor") })
	_, err = s.Role(ctx, "auditor")
	requireKind(t, ticket.NotFound, err)
	requireKind(t, ticket.NotFound, s.UpdateAccounts(ctx, func(tx rbac.Tx) error { return tx.DeleteRole(ctx, "auditor") }))
	requireKind(t, ticket.NotFound, s.UpdateAccounts(ctx, func(tx rbac.Tx) error {
		gone := *auditor
		return tx.UpdateRole(ctx, &gone, 1)
	}))
}

func testDelete(t *testing.T, h Harness, s rbac.Store) {
	a, b, q := account("mia"), account("zoe"), queues(t, h, s)
	add(t, s, a, b)
	hash := func(x *rbac.Account) string { return fmt.Sprintf("%064s", x.Username) }
	write(t, s, func(tx rbac.Tx) error {
		for _, x := range []*rbac.Account{a, b} {
			if err := errors.Join(
				tx.InsertSession(t.Context(), &rbac.Session{ID: "s-" + x.Username, AccountID: x.ID, CreatedAt: at(1), ExpiresAt: at(2), LastSeen: at(1)}),
				tx.InsertToken(t.Context(), &rbac.Token{ID: "t-" + x.Username, AccountID: x.ID, Name: "t", Hash: hash(x), CreatedAt: at(1)}),
				tx.SetAccountGrants(t.Context(), x.ID, []rbac.Grant{{Role: "support", Queue: q[0]}, {Role: "support", Queue: q[1]}}),
			); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, s, func(tx rbac.Tx) error { return tx.DeleteAccount(t.Context(), a.ID) })
	_, err := s.AccountByID(t.Context(), a.ID)
	requireKind(t, ticket.NotFound, err)
	_, _, err = s.SessionAccount(t.Context(), "s-mia")
	requireKind(t, ticket.NotFound, err)
	_, _, err = s.TokenAccount(t.Context(), hash(a))
	requireKind(t, ticket.NotFound, err)
	left, err := s.AccountGrants(t.Context(), a.ID)
	require.NoError(t, err)
	require.Empty(t, left)

	_, _, err = s.SessionAccount(t.Context(), "s-zoe")
	require.NoError(t, err)
	_, _, err = s.TokenAccount(t.Context(), hash(b))
	require.NoError(t, err)
	add(t, s, account("mia")) // the name is free again
}

func testCount(t *testing.T, h Harness, s rbac.Store) {
	a, b, c := account("a"), account("b"), account("c")
	d, q := account("d"), queues(t, h, s)
	c.Active = false
	add(t, s, a, b, c, d)
	write(t, s, func(tx rbac.Tx) error {
		for _, x := range []*rbac.Account{a, b, c} {
			if err := tx.SetAccountGrants(t.Context(), x.ID, []rbac.Grant{whole(rbac.RoleAdmin), {Role: rbac.RoleViewer, Queue: q[0]}}); err != nil {
				return err
			}
		}
		return tx.SetAccountGrants(t.Context(), d.ID, []rbac.Grant{whole(rbac.RoleSupport)})
	})
	for role, want := range map[string]int{rbac.RoleAdmin: 2, rbac.RoleSupport: 1, rbac.RoleViewer: 0, "": 0} {
		n, err := s.CountActive(t.Context(), role)
		require.NoError(t, err)
		require.Equal(t, want, n, role)
	}
}

func testRollback(t *testing.T, _ Harness, s rbac.Store) {
	a := account("mia")
	add(t, s, a)
	veto := errors.New("veto")
	err := s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		next := *a
		next.Role, next.Version = rbac.RoleAdmin, 2
		if err := errors.Join(
			tx.UpdateAccount(t.Context(), &next, 1),
			tx.InsertAccount(t.Context(), account("zoe")),
			tx.InsertSession(t.Context(), &rbac.Session{ID: "s", AccountID: a.ID, CreatedAt: at(1), ExpiresAt: at(2), LastSeen: at(1)}),
			tx.SetDeskHead(t.Context(), ticket.Head{Count: 9, MAC: []byte("x")}),
		); err != nil {
			return err
		}
		return veto
	})
	require.Equal(t, veto, err, "the error comes back as it is")
	got, err := s.AccountByID(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, *a, *got)
	_, err = s.AccountByName(t.Context(), "zoe")
	requireKind(t, ticket.NotFound, err)
	_, _, err = s.SessionAccount(t.Context(), "s")
	requireKind(t, ticket.NotFound, err)
	require.Zero(t, head(t, s).Count)
}

func head(t *testing.T, s rbac.Store) (h ticket.Head) {
	t.Helper()
	write(t, s, func(tx rbac.Tx) (err error) {
		h, err = tx.DeskHead(t.Context())
		return err
	})
	return h
}

// testChain: of transactions that append behind the same head only one commits at a time, so none is lost.
func testChain(t *testing.T, _ Harness, s rbac.Store) {
	chain, err := ticket.NewChain(bytes.Repeat([]byte("k"), 32))
	require.NoError(t, err)
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				err := s.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
					return chain.AppendDesk(t.Context(), tx, &ticket.Event{ID: ticket.EventID(ticket.NewID(at(0))), Type: rbac.EventUserUpdated,
						Actor: ticket.EventActor{Type: ticket.ActorSystem, Name: "test"}, At: at(0), Data: []byte(`{"account_id":"x"}`)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, writers*each, head(t, s).Count)
}

// service makes one replica's Accounts over a store.
func service(t *testing.T, s rbac.Store) *rbac.Accounts {
	t.Helper()
	a, err := rbac.New(rbac.Config{Store: s, ChainKey: bytes.Repeat([]byte("c"), 32), FailureFloor: -1,
		JWTKeys: []rbac.Key{{ID: "k", Secret: bytes.Repeat([]byte("j"), 32)}}})
	require.NoError(t, err)
	return a
}

// testLastAdmin: admins who all remove each other at the same time leave one.
func testLastAdmin(t *testing.T, _ Harness, s rbac.Store) {
	by := ticket.SystemActor("test")
	for round := range 5 {
		x, y := account(fmt.Sprint("x", round)), account(fmt.Sprint("y", round))
		x.Role, y.Role = rbac.RoleAdmin, rbac.RoleAdmin
		add(t, s, x, y)
		write(t, s, func(tx rbac.Tx) error {
			if err := tx.SetAccountGrants(t.Context(), x.ID, []rbac.Grant{whole(rbac.RoleAdmin)}); err != nil {
				return err
			}
			return tx.SetAccountGrants(t.Context(), y.ID, []rbac.Grant{whole(rbac.RoleAdmin)})
		})
		list, err := s.ListAccounts(t.Context(), "", 100)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range list {
			a := service(t, s)
			wg.Go(func() {
				var err error
				role := rbac.RoleViewer
				if i%2 == 0 {
					err = a.DeleteUser(t.Context(), by, list[i].ID)
				} else {
					_, err = a.UpdateUser(t.Context(), by, list[i].ID, rbac.UserChange{Role: &role})
				}
				if err != nil && ticket.KindOf(err) != ticket.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n, err := s.CountActive(t.Context(), rbac.RoleAdmin)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
}

// testFirstStart: of replicas that start at the same time one makes the first account, whatever name each would give it.
func testFirstStart(t *testing.T, _ Harness, s rbac.Store) {
	var wg sync.WaitGroup
	for i := range 4 {
		a := service(t, s)
		wg.Go(func() {
			if _, _, err := a.Bootstrap(t.Context(), fmt.Sprint("admin", i), ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := s.ListAccounts(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}
