package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

var sharedTests = []test{
	{"Swap", testSwap},
	{"Lease", testLease},
	{"LeaseEnds", testLeaseEnds},
}

func testSwap(t *testing.T, d *desk) {
	ctx, s := t.Context(), d.State.(adapters.Shared)
	swap := func(old, value string) bool {
		ok, err := s.SwapState(ctx, "mail/token", old, value)
		require.NoError(t, err)
		return ok
	}
	require.False(t, swap("x", "a"), "there is nothing yet")
	require.True(t, swap("", "a"))
	require.False(t, swap("", "b"))
	require.False(t, swap("A", "b"))
	require.False(t, swap("a ", "b"))
	require.True(t, swap("a", "größe"))
	v, err := s.Get(ctx, "mail/token")
	require.NoError(t, err)
	require.Equal(t, "größe", v)
	for round := range 3 { // of many who saw the same, one wins
		var won atomic.Int32
		old, err := s.Get(ctx, "mail/race")
		require.NoError(t, err)
		together(t, 6, func(i int) error {
			ok, err := s.SwapState(ctx, "mail/race", old, fmt.Sprintf("%d.%d", round, i))
			if ok {
				won.Add(1)
			}
			return err
		})
		require.EqualValues(t, 1, won.Load())
	}
}

func testLease(t *testing.T, d *desk) {
	ctx, s := t.Context(), d.State.(adapters.Shared)
	take := func(name, holder string) bool {
		ok, err := s.TakeLease(ctx, name, holder, time.Hour)
		require.NoError(t, err)
		return ok
	}
	require.True(t, take("imap/a", "one"))
	require.False(t, take("imap/a", "two"))
	require.True(t, take("imap/a", "one"), "prolonged")
	require.True(t, take("imap/b", "two"), "another name")
	require.True(t, take("imap/A", "two"))
	require.NoError(t, s.DropLease(ctx, "imap/a", "two"), "not its own")
	require.False(t, take("imap/a", "two"))
	require.NoError(t, s.DropLease(ctx, "imap/a", "one"))
	require.NoError(t, s.DropLease(ctx, "imap/a", "one"))
	require.True(t, take("imap/a", "two"))
	var won atomic.Int32
	together(t, 6, func(i int) error {
		ok, err := s.TakeLease(ctx, "imap/race", fmt.Sprint(i), time.Hour)
		if ok {
			won.Add(1)
		}
		return err
	})
	require.EqualValues(t, 1, won.Load())
	for _, c := range [][2]string{{"", "x"}, {"x", ""}} {
		_, err := s.TakeLease(ctx, c[0], c[1], time.Hour)
		requireKind(t, ticket.Invalid, err)
	}
}

func testLeaseEnds(t *testing.T, d *desk) {
	ctx, s := t.Context(), d.State.(adapters.Shared)
	ok, err := s.TakeLease(ctx, "imap/short", "dead", time.Millisecond)
	require.NoError(t, err)
	require.True(t, ok)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		ok, err := s.TakeLease(ctx, "imap/short", "heir", time.Hour)
		assert.NoError(c, err)
		assert.True(c, ok)
	}, 2*time.Minute, 2*time.Millisecond)
	ok, err = s.TakeLease(ctx, "imap/short", "dead", time.Hour)
	require.NoError(t, err)
	require.False(t, ok, "whoever lost it does not get it back")
}

var mailboxTests = []test{{"Rows", testMailboxRows}}

func testMailboxRows(t *testing.T, d *desk) {
	ctx, s := t.Context(), d.State.(adapters.MailboxStore)
	list := func() []adapters.MailboxRecord {
		out, err := s.Mailboxes(ctx)
		require.NoError(t, err)
		return out
	}
	require.Empty(t, list())
	one := adapters.MailboxRecord{ID: "b", Settings: `{"address":"größe@desk.example"}`, Secret: "b1:xyz", Version: 1, CreatedAt: d.now, UpdatedAt: d.now}
	two := adapters.MailboxRecord{ID: "a", Settings: "{}", Version: 1, CreatedAt: d.now, UpdatedAt: d.now}
	require.NoError(t, s.InsertMailbox(ctx, one))
	require.NoError(t, s.InsertMailbox(ctx, two))
	requireKind(t, ticket.Conflict, s.InsertMailbox(ctx, one))
	require.Equal(t, []adapters.MailboxRecord{two, one}, list())
	one.Settings, one.Secret, one.Version, one.UpdatedAt = "{}", "", 2, d.now.Add(time.Minute)
	requireKind(t, ticket.Stale, s.UpdateMailbox(ctx, one, 2))
	require.NoError(t, s.UpdateMailbox(ctx, one, 1))
	require.Equal(t, []adapters.MailboxRecord{two, one}, list())
	gone := one
	gone.ID = "c"
	requireKind(t, ticket.NotFound, s.UpdateMailbox(ctx, gone, 1))
	requireKind(t, ticket.NotFound, s.DeleteMailbox(ctx, "c"))
	require.NoError(t, s.DeleteMailbox(ctx, "a"))
	require.Equal(t, []adapters.MailboxRecord{one}, list())
}
