package ticket_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// followed gives the whole desk so far.
func (b *bundle) followed() []ticket.Followed {
	b.Helper()
	all, err := b.svc.Follow(b.Context(), b.system, 0, 1000)
	require.NoError(b, err)
	return all
}

func (b *bundle) audience(a ticket.Actor) ticket.Audience {
	b.Helper()
	out, err := b.svc.Audience(b.Context(), a)
	require.NoError(b, err)
	return out
}

// last is what an audience learns of the newest events.
func (b *bundle) last(a ticket.Actor, n int) (out []ticket.Sight) {
	b.Helper()
	all := b.followed()
	for i := range all[len(all)-n:] {
		out = append(out, b.audience(a).Sees(&all[len(all)-n+i]))
	}
	return out
}

func TestFollowGivesEverythingInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Note(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "secret"})
	require.NoError(t, err)
	all := b.followed()
	for i := range all {
		require.Equal(t, int64(i+1), all[i].Event.Seq)
		require.Nil(t, all[i].Event.Private)
		require.Equal(t, all[i].Event.TicketID, all[i].About)
		require.Equal(t, all[i].About == "", all[i].Ticket == nil)
	}
	n := len(all)
	require.Equal(t, ticket.EventNoted, all[n-1].Event.Type)
	require.Equal(t, tk.Number, all[n-1].Ticket.Number)
	require.Equal(t, b.get(tk.ID).Version, all[n-1].Ticket.Version)
	require.Same(t, all[n-1].Ticket, all[n-2].Ticket, "a ticket is read once")

	newest, err := b.svc.Follow(t.Context(), b.system, -1, 2)
	require.NoError(t, err)
	require.Equal(t, []ticket.EventID{all[n-2].Event.ID, all[n-1].Event.ID}, []ticket.EventID{newest[0].Event.ID, newest[1].Event.ID})
	none, err := b.svc.Follow(t.Context(), b.system, int64(n), 5)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = b.svc.Follow(t.Context(), b.anna, 0, 5)
	require.Equal(t, ticket.Denied, ticket.KindOf(err))
}

// TestAudience: anna works everywhere, bert in Billing only.
func TestAudience(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := setup(t, func(c *ticket.Config) { c.Policy = ownToo{c.Policy} })
	tk := b.open()
	edit := func(e ticket.Edit) {
		t.Helper()
		_, err := b.svc.Edit(ctx, b.anna, tk.ID, 0, e)
		require.NoError(t, err)
	}
	require.Equal(t, []ticket.Sight{ticket.Seen}, b.last(b.anna, 1))
	require.Equal(t, []ticket.Sight{ticket.Unseen}, b.last(b.bert, 1))

	edit(ticket.Edit{Queue: &b.billing})
	require.Equal(t, []ticket.Sight{ticket.Seen}, b.last(b.bert, 1), "it has come")
	edit(ticket.Edit{Queue: &b.support})
	require.Equal(t, []ticket.Sight{ticket.Unseen, ticket.Left}, b.last(b.bert, 2), "and gone: of what was before, nothing any more")
	require.Equal(t, []ticket.Sight{ticket.Seen, ticket.Seen}, b.last(b.anna, 2))

	bert, nobody := ticket.AccountID("bert"), ticket.AccountID("")
	edit(ticket.Edit{Assignee: &bert})
	require.Equal(t, []ticket.Sight{ticket.Seen}, b.last(b.bert, 1), "assigned to him, wherever it is")
	edit(ticket.Edit{Queue: &b.billing, Assignee: &nobody})
	require.Equal(t, []ticket.Sight{ticket.Seen, ticket.Seen}, b.last(b.bert, 2))
	edit(ticket.Edit{Queue: &b.support, Assignee: &bert})
	edit(ticket.Edit{Priority: new(ticket.High)})
	edit(ticket.Edit{Assignee: &nobody})
	require.Equal(t, []ticket.Sight{ticket.Unseen, ticket.Left}, b.last(b.bert, 2))

	edit(ticket.Edit{Queue: &b.billing})
	require.NoError(t, b.svc.Delete(ctx, b.system, tk.ID, 0))
	require.Equal(t, []ticket.Sight{ticket.Unseen, ticket.Left}, b.last(b.bert, 2))
	require.Equal(t, []ticket.Sight{ticket.Unseen, ticket.Left}, b.last(b.anna, 2))
	all := b.followed()
	require.Equal(t, tk.ID, all[len(all)-1].About)
	require.True(t, all[len(all)-1].Ticket.Gone)

	other := b.open()
	require.NoError(t, b.svc.Delete(ctx, b.system, other.ID, 0))
	require.Equal(t, []ticket.Sight{ticket.Unseen}, b.last(b.bert, 1), "never his")

	_, err := b.svc.CreateQueue(ctx, b.system, "Third")
	require.NoError(t, err)
	require.Equal(t, []ticket.Sight{ticket.Seen}, b.last(b.anna, 1))
	require.Equal(t, []ticket.Sight{ticket.Unseen}, b.last(b.bert, 1), "the desk's own history is for who reads all of the audit")

	require.True(t, b.audience(b.bert).Equal(b.audience(b.bert)))
	require.False(t, b.audience(b.bert).Equal(b.audience(b.anna)))
	require.False(t, b.audience(b.bert).Equal(ticket.Audience{}))
	_, err = b.svc.Audience(ctx, ticket.Actor{})
	require.Equal(t, ticket.Unauthenticated, ticket.KindOf(err))
}

// ownToo lets bert see what is assigned to him.
type ownToo struct{ ticket.Policy }

func (p ownToo) Grant(ctx context.Context, r ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	g, err := p.Policy.Grant(ctx, r, a, op)
	g.Own = a.Account == "bert"
	g.All = g.All || g.Own && op == ticket.OpTicketClaim // so that anything can be assigned to him
	return g, err
}

func TestNotesAreHiddenFromWhoMayNotReadThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Note(t.Context(), b.system, tk.ID, 0, ticket.NewMessage{Body: "secret"})
	require.NoError(t, err)
	require.Equal(t, []ticket.Sight{ticket.Unseen}, b.last(b.vera, 1))
	require.Equal(t, []ticket.Sight{ticket.Seen}, b.last(b.anna, 1))
}

func TestHintsFollowCommits(t *testing.T) {
	t.Parallel()
	n := 0
	b := setup(t, func(c *ticket.Config) { c.Changed = func() { n++ } })
	told := func(what string, want bool, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, n > 0, what)
		n = 0
	}
	told("queues", true, nil)
	tk := b.open()
	told("open", true, nil)
	_, err := b.svc.Claim(t.Context(), b.anna, tk.ID, 0)
	told("claim", true, err)
	_, err = b.svc.Claim(t.Context(), b.anna, tk.ID, 0)
	told("claim what is one's own", false, err)
	_, err = b.svc.On(b.store).Unclaim(t.Context(), b.anna, tk.ID, 0)
	told("inside a host's transaction", false, err)
	b.mail(ticket.Incoming{Subject: "s", Text: "t"})
	told("receive", true, nil)
	told("presence", true, b.svc.SetPresence(t.Context(), b.anna, tk.ID, ticket.Viewing))
	told("the same presence", false, b.svc.SetPresence(t.Context(), b.anna, tk.ID, ticket.Viewing))
	told("delete", true, b.svc.Delete(t.Context(), b.system, tk.ID, 0))
}
