package ticket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func (b *bundle) people(id ticket.ID) (out []string) {
	b.Helper()
	all, err := b.svc.Present(b.Context(), b.anna, id)
	require.NoError(b, err)
	for _, p := range all {
		out = append(out, p.Name+" "+string(p.State))
	}
	return out
}

func TestPresence(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t)
	tk := b.open(func(n *ticket.NewTicket) { n.Queue = b.billing })
	version := b.get(tk.ID).Version
	events := len(b.history(tk.ID))
	say := func(a ticket.Actor, s ticket.PresenceState) {
		t.Helper()
		require.NoError(t, b.svc.SetPresence(ctx, a, tk.ID, s))
	}
	require.Empty(t, b.people(tk.ID))
	say(b.anna, ticket.Viewing)
	b.now = b.now.Add(time.Second)
	say(b.bert, ticket.Replying)
	require.Equal(t, []string{"Anna viewing", "Bert replying"}, b.people(tk.ID))
	say(b.anna, ticket.Replying)
	require.Equal(t, []string{"Anna replying", "Bert replying"}, b.people(tk.ID), "in the order in which they came")
	b.now = b.now.Add(ticket.PresenceTTL - time.Second)
	say(b.bert, ticket.Replying)
	b.now = b.now.Add(time.Second)
	require.Equal(t, []string{"Bert replying"}, b.people(tk.ID), "who says nothing any more is gone")
	say(b.bert, ticket.HasLeft)
	say(b.bert, ticket.HasLeft)
	require.Empty(t, b.people(tk.ID))
	require.Equal(t, version, b.get(tk.ID).Version)
	require.Len(t, b.history(tk.ID), events)
}

func TestPresenceIsWrittenSparingly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	until := func() time.Time {
		t.Helper()
		all, err := b.svc.AllPresent(t.Context(), b.system)
		require.NoError(t, err)
		require.Len(t, all, 1)
		return all[0].Until
	}
	began := b.now
	for range 7 {
		require.NoError(t, b.svc.SetPresence(t.Context(), b.anna, tk.ID, ticket.Viewing))
		require.Equal(t, began.Add(ticket.PresenceTTL), until())
		b.now = b.now.Add(time.Second)
	}
	b.now = b.now.Add(time.Second)
	require.NoError(t, b.svc.SetPresence(t.Context(), b.anna, tk.ID, ticket.Viewing))
	require.Equal(t, b.now.Add(ticket.PresenceTTL), until())
}

func TestPresenceIsRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t)
	tk := b.open()
	kind := func(a ticket.Actor, id ticket.ID, s ticket.PresenceState) ticket.Kind {
		return ticket.KindOf(b.svc.SetPresence(ctx, a, id, s))
	}
	require.Equal(t, ticket.Invalid, kind(b.anna, tk.ID, "asleep"))
	require.Equal(t, ticket.NotFound, kind(b.bert, tk.ID, ticket.Viewing), "not his queue")
	require.Equal(t, ticket.Denied, kind(b.vera, tk.ID, ticket.Viewing))
	require.Equal(t, ticket.Unauthenticated, kind(ticket.Actor{}, tk.ID, ticket.Viewing))
	require.Equal(t, ticket.Denied, kind(b.system, tk.ID, ticket.Viewing), "no program looks at a ticket")
	_, err := b.svc.Present(ctx, b.bert, tk.ID)
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
	for _, a := range []ticket.Actor{b.anna, {}} {
		_, err = b.svc.AllPresent(ctx, a)
		require.Equal(t, ticket.Denied, ticket.KindOf(err))
		_, _, err = b.svc.Attendance(ctx, a, tk.ID)
		require.Equal(t, ticket.Denied, ticket.KindOf(err))
	}
	require.Empty(t, b.people(tk.ID))
	require.NoError(t, b.svc.SetPresence(ctx, b.anna, tk.ID, ticket.Viewing))
	people, st, err := b.svc.Attendance(ctx, b.system, tk.ID)
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.True(t, b.audience(b.anna).Reaches(st))
	require.False(t, b.audience(b.bert).Reaches(st))
	require.False(t, b.audience(b.anna).Reaches(nil))
}
