package rbac_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	bearer, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{})
	require.NoError(t, err)
	panel, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Panel: true})
	require.NoError(t, err)
	require.Equal(t, b.clock.Now().Add(7*24*time.Hour), panel.ExpiresAt)
	idle, err := b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Panel: true})
	require.NoError(t, err)
	live, err := b.Authenticate(t.Context(), bearer.Token)
	require.NoError(t, err)
	works := func(token string) bool {
		_, err := b.Authenticate(t.Context(), token)
		if err != nil {
			requireKind(t, ticket.Unauthenticated, err)
		}
		return err == nil
	}
	for range 3 {
		b.clock.Add(6 * time.Hour)
		require.True(t, works(panel.Token))
	}
	require.False(t, works(idle.Token), "not used for 12 hours")
	require.True(t, works(bearer.Token), "a script may pause")
	b.clock.Add(6*time.Hour - time.Microsecond)
	require.True(t, works(bearer.Token))
	b.clock.Add(time.Microsecond)
	require.False(t, works(bearer.Token), "after 24 hours")
	_, err = b.Refresh(t.Context(), live)
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.ChangePassword(t.Context(), live, goodPassword, otherPassword)
	requireKind(t, ticket.Unauthenticated, err)
	require.True(t, works(panel.Token))
	for b.clock.Now().Before(panel.ExpiresAt.Add(-6 * time.Hour)) {
		b.clock.Add(6 * time.Hour)
		require.True(t, works(panel.Token))
	}
	b.clock.Add(6 * time.Hour)
	require.False(t, works(panel.Token), "after 7 days however busy")

	b.login(t, "mia")
	list, err := b.store.ListSessions(t.Context(), bearer.Account.ID)
	require.NoError(t, err)
	require.Len(t, list, 1, "expired ones were removed")
}

func TestLastSeenIsWrittenLazily(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	p, token := b.login(t, "mia")
	start := b.clock.Now()
	store := &counting{Store: b.store}
	replica := func() *rbac.Accounts { return b.open(t, func(c *rbac.Config) { c.Store = store }) }
	one := replica()
	use := func(a *rbac.Accounts) {
		t.Helper()
		_, err := a.Authenticate(t.Context(), token)
		require.NoError(t, err)
	}
	for range 59 {
		b.clock.Add(time.Second)
		use(one)
	}
	require.Zero(t, store.writes.Load())
	b.clock.Add(time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := one.Authenticate(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, store.writes.Load(), "once, however many requests come at the same time")
	s, _, err := b.store.SessionAccount(t.Context(), p.Session)
	require.NoError(t, err)
	require.Equal(t, start.Add(time.Minute), s.LastSeen)
	use(replica())
	require.EqualValues(t, 1, store.writes.Load(), "another replica sees that it was written")

	b.clock.Add(time.Minute)
	store.refuse.Store(true)
	for range 3 {
		use(one) // a desk that cannot write can be read
	}
	require.EqualValues(t, 2, store.writes.Load(), "and does not try each time")
}

// counting counts transactions, and refuses them on demand.
type counting struct {
	*rbactest.Store
	writes atomic.Int64
	refuse atomic.Bool
}

func (s *counting) UpdateAccounts(ctx context.Context, fn func(rbac.Tx) error) error {
	s.writes.Add(1)
	if s.refuse.Load() {
		return ticket.Errorf(ticket.Unavailable, "read only")
	}
	return s.Store.UpdateAccounts(ctx, fn)
}

// TestFailedTransactionIsNoFailedAttempt: right passwords that came to nothing because of the database do not throttle.
func TestFailedTransactionIsNoFailedAttempt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	store := &counting{Store: b.store}
	a := b.open(t, func(c *rbac.Config) { c.Store = store })
	store.refuse.Store(true)
	for range 30 {
		_, err := a.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "192.0.2.7"})
		requireKind(t, ticket.Unavailable, err)
	}
	store.refuse.Store(false)
	_, err := a.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "192.0.2.7"})
	require.NoError(t, err)
}

func TestTooManySessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	_, first := b.login(t, "mia")
	var last string
	for range 50 {
		b.clock.Add(time.Second)
		_, last = b.login(t, "mia")
	}
	_, err := b.Authenticate(t.Context(), first)
	requireKind(t, ticket.Unauthenticated, err)
	p, err := b.Authenticate(t.Context(), last)
	require.NoError(t, err)
	list, err := b.Sessions(t.Context(), p.Actor, p.Account.ID)
	require.NoError(t, err)
	require.Len(t, list, 50)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	p, token := b.login(t, "mia")
	_, other := b.login(t, "mia")
	require.NoError(t, b.Logout(t.Context(), p))
	_, err := b.Authenticate(t.Context(), token)
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Authenticate(t.Context(), other)
	require.NoError(t, err)
	n := len(b.types())
	require.NoError(t, b.Logout(t.Context(), p), "twice is fine")
	require.Len(t, b.types(), n)
	_, err = b.Refresh(t.Context(), p)
	requireKind(t, ticket.Unauthenticated, err)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	p, token := b.login(t, "mia")
	_, other := b.login(t, "mia")
	tp, _ := b.withToken(t, p, ticket.OpTicketRead, ticket.OpTokenOwn)

	for _, c := range []struct {
		old, next, field string
	}{
		{goodPassword, "short", "password"},
		{goodPassword, "Mia12345", "password"},
		{goodPassword, goodPassword, "password"},
		{"not the right one", otherPassword, "old_password"},
		{strings.Repeat("x", 1<<20), otherPassword, "old_password"},
	} {
		_, err := b.ChangePassword(t.Context(), p, c.old, c.next)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: c.field})
	}
	_, err := b.ChangePassword(t.Context(), tp, goodPassword, otherPassword)
	requireKind(t, ticket.Denied, err)
	requireKind(t, ticket.Denied, b.Logout(t.Context(), tp))

	r, err := b.ChangePassword(t.Context(), p, goodPassword, otherPassword)
	require.NoError(t, err)
	require.Equal(t, p.Session, r.Session, "the session goes on")
	left, err := b.store.ListSessions(t.Context(), p.Account.ID)
	require.NoError(t, err)
	require.Len(t, left, 1)
	for _, gone := range []string{token, other} {
		_, err = b.Authenticate(t.Context(), gone)
		requireKind(t, ticket.Unauthenticated, err)
	}
	_, err = b.Authenticate(t.Context(), r.Token)
	require.NoError(t, err)
	_, err = b.ChangePassword(t.Context(), p, otherPassword, goodPassword)
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{})
	requireKind(t, ticket.Unauthenticated, err)
	_, err = b.Login(t.Context(), "mia", otherPassword, rbac.LoginMeta{})
	require.NoError(t, err)
	require.Contains(t, b.types(), rbac.EventPasswordChanged)
}

// TestOldPasswordIsThrottled: a stolen session cannot try out passwords, from wherever it comes.
func TestOldPasswordIsThrottled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user(t, "mia", rbac.RoleSupport)
	p, _ := b.login(t, "mia")
	for range 6 {
		_, err := b.ChangePassword(t.Context(), p, "wrong again", otherPassword)
		requireKind(t, ticket.Invalid, err)
	}
	_, err := b.ChangePassword(t.Context(), p, goodPassword, otherPassword)
	requireKind(t, ticket.RateLimited, err)
	_, err = b.Login(t.Context(), "mia", goodPassword, rbac.LoginMeta{Address: "192.0.2.7"})
	require.NoError(t, err, "signing in is another matter")
	b.clock.Add(2 * time.Second)
	_, err = b.ChangePassword(t.Context(), p, goodPassword, otherPassword)
	require.NoError(t, err)
}

func TestSessionsOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.as(t, rbac.RoleAdmin)
	b.user(t, "mia", rbac.RoleSupport)
	mia, token := b.login(t, "mia")
	b.user(t, "zoe", rbac.RoleSupport)
	zoe, _ := b.login(t, "zoe")

	_, err := b.Sessions(t.Context(), zoe.Actor, mia.Account.ID)
	requireKind(t, ticket.Denied, err)
	requireKind(t, ticket.Denied, b.RevokeSession(t.Context(), zoe.Actor, mia.Account.ID, mia.Session))
	requireKind(t, ticket.NotFound, b.RevokeSession(t.Context(), zoe.Actor, zoe.Account.ID, mia.Session)) // not through her own account either
	list, err := b.Sessions(t.Context(), mia.Actor, mia.Account.ID)
	require.NoError(t, err)
	require.Len(t, list, 1)
	list, err = b.Sessions(t.Context(), admin.Actor, mia.Account.ID)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, b.RevokeSession(t.Context(), admin.Actor, mia.Account.ID, mia.Session))
	_, err = b.Authenticate(t.Context(), token)
	requireKind(t, ticket.Unauthenticated, err)
	require.NoError(t, b.RevokeSession(t.Context(), zoe.Actor, zoe.Account.ID, zoe.Session))
	requireKind(t, ticket.NotFound, b.RevokeSession(t.Context(), zoe.Actor, zoe.Account.ID, zoe.Session))
}
