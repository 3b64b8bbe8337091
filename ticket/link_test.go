package ticket_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

func (b *bundle) linked(a ticket.Actor, id ticket.ID) []string {
	b.Helper()
	ls, err := b.svc.Links(b.Context(), a, id)
	require.NoError(b, err)
	out := []string{}
	for _, l := range ls {
		out = append(out, fmt.Sprintf("%s #%d", l.Relation(), l.Other.Number))
	}
	return out
}

func TestLinksShowAtBothEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	hub := b.open()
	for _, rel := range ticket.Relations() {
		other := b.open()
		_, err := b.svc.Link(ctx, b.anna, hub.ID, 0, other.ID, rel)
		require.NoError(t, err)
		require.Equal(t, []string{fmt.Sprintf("%s #1", rel.Inverse())}, b.linked(b.anna, other.ID))
		es := b.history(other.ID)
		require.Equal(t, ticket.EventLinked, es[1].Type)
		require.JSONEq(t, fmt.Sprintf(`{"ticket_id":%q,"number":1,"relation":%q}`, hub.ID, rel.Inverse()), string(es[1].Data))
	}
	require.Equal(t, []string{"related #2", "parent #3", "child #4", "duplicate_of #5", "duplicated_by #6", "blocks #7", "blocked_by #8"}, b.linked(b.anna, hub.ID))
	for i, rel := range ticket.Relations() {
		other, err := b.svc.GetNumber(ctx, b.anna, int64(i+2))
		require.NoError(t, err)
		_, err = b.svc.Unlink(ctx, b.anna, other.ID, 0, hub.ID, rel.Inverse())
		require.NoError(t, err)
		_, err = b.svc.Unlink(ctx, b.anna, other.ID, 0, hub.ID, rel.Inverse())
		b.kind(ticket.NotFound, err)
	}
	require.Empty(t, b.linked(b.anna, hub.ID))
	b.verify()
}

func TestLinksCheckBothTickets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	inBilling := func(n *ticket.NewTicket) { n.Queue = b.billing }
	mine, mine2, other := b.open(inBilling), b.open(inBilling), b.open()
	for _, pair := range [][2]ticket.ID{{mine.ID, other.ID}, {other.ID, mine.ID}, {mine.ID, "nowhere"}} {
		_, err := b.svc.Link(ctx, b.bert, pair[0], 0, pair[1], ticket.Related)
		b.kind(ticket.NotFound, err)
	}
	_, err := b.svc.Link(ctx, b.vera, mine.ID, 0, mine2.ID, ticket.Related)
	b.kind(ticket.Denied, err)
	_, err = b.svc.Link(ctx, b.anna, mine.ID, 0, mine.ID, ticket.Related)
	b.kind(ticket.Invalid, err, "ticket")
	_, err = b.svc.Link(ctx, b.anna, mine.ID, 0, mine2.ID, "friend")
	b.kind(ticket.Invalid, err, "relation")
	_, err = b.svc.Link(ctx, b.anna, mine.ID, mine.Version+1, mine2.ID, ticket.Related)
	b.kind(ticket.Stale, err)

	_, err = b.svc.Link(ctx, b.anna, mine.ID, mine.Version, other.ID, ticket.Blocks)
	require.NoError(t, err)
	_, err = b.svc.Link(ctx, b.bert, mine.ID, 0, mine2.ID, ticket.Related)
	require.NoError(t, err)
	require.Equal(t, []string{"related #2"}, b.linked(b.bert, mine.ID), "a ticket of another queue does not show")
	require.Equal(t, []string{"related #2", "blocks #3"}, b.linked(b.vera, mine.ID))
	_, err = b.svc.Links(ctx, b.bert, other.ID)
	b.kind(ticket.NotFound, err)
	_, err = b.svc.Unlink(ctx, b.bert, mine.ID, 0, other.ID, ticket.Blocks)
	b.kind(ticket.NotFound, err)
	for _, rel := range []ticket.Relation{ticket.Blocks, ticket.BlockedBy} {
		_, err = b.svc.Link(ctx, b.anna, other.ID, 0, mine.ID, rel)
		b.kind(ticket.Conflict, err)
	}
}

func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hub := b.open()
	for range 100 {
		_, err := b.svc.Link(t.Context(), b.anna, b.open().ID, 0, hub.ID, ticket.Related)
		require.NoError(t, err)
	}
	_, err := b.svc.Link(t.Context(), b.anna, b.open().ID, 0, hub.ID, ticket.Related)
	b.kind(ticket.Conflict, err)
}

// Whatever is asked for: parents form a forest, merged tickets lead to a living one, no message is lost, and all chains verify.
func TestRelationsHoldTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := setup(t)
		ctx := t.Context()
		const n = 6
		var all []*ticket.Ticket
		for range n {
			all = append(all, b.open())
		}
		written := n
		pick := rapid.IntRange(0, n-1)
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			one, two := all[pick.Draw(r, "one")], all[pick.Draw(r, "two")]
			var err error
			switch rapid.SampledFrom([]string{"link", "unlink", "merge", "split", "reply"}).Draw(r, "step") {
			case "link":
				_, err = b.svc.Link(ctx, b.anna, one.ID, 0, two.ID, rapid.SampledFrom(ticket.Relations()).Draw(r, "relation"))
			case "unlink":
				_, err = b.svc.Unlink(ctx, b.anna, one.ID, 0, two.ID, rapid.SampledFrom(ticket.Relations()).Draw(r, "relation"))
			case "merge":
				_, err = b.svc.Merge(ctx, b.anna, one.ID, 0, two.ID, 0)
			case "split":
				ms, e := b.svc.Messages(ctx, b.anna, ticket.MessageQuery{Ticket: one.ID, Kinds: []ticket.MessageKind{ticket.Public}})
				require.NoError(r, e)
				if len(ms) > 0 {
					_, err = b.svc.Split(ctx, b.anna, one.ID, 0, ticket.Split{Messages: []ticket.MessageID{ms[len(ms)/2].ID}})
				}
			case "reply":
				if _, err = b.svc.Reply(ctx, b.anna, one.ID, 0, ticket.NewMessage{Body: "x"}); err == nil {
					written++
				}
			}
			if err != nil && !errors.Is(err, &ticket.Error{Kind: ticket.Conflict}) && !errors.Is(err, &ticket.Error{Kind: ticket.Invalid}) &&
				!errors.Is(err, &ticket.Error{Kind: ticket.NotFound}) {
				require.NoError(r, err)
			}
		}
		found := 0
		ts, _, err := b.svc.List(ctx, b.system, ticket.Query{Limit: 100})
		require.NoError(r, err)
		for _, tk := range ts {
			ms, err := b.svc.Messages(ctx, b.system, ticket.MessageQuery{Ticket: tk.ID, Kinds: []ticket.MessageKind{ticket.Public}})
			require.NoError(r, err)
			found += len(ms)
			require.True(r, tk.Category != ticket.Merged || len(ms) == 0)
			for i := range ms {
				require.LessOrEqual(r, ms[i].N, tk.MessageCount)
			}
			up, hops := tk.ID, 0
			for ; up != ""; hops++ {
				require.LessOrEqual(r, hops, len(ts), "parents go round in a circle")
				ls, err := b.svc.Links(ctx, b.system, up)
				require.NoError(r, err)
				var parents []ticket.ID
				for _, l := range ls {
					if l.Relation() == ticket.Parent {
						parents = append(parents, l.Other.ID)
					}
				}
				require.LessOrEqual(r, len(parents), 1)
				if up = ""; len(parents) == 1 {
					up = parents[0]
				}
			}
			lives := tk
			for hops := 0; lives.MergedInto != ""; hops++ {
				require.Less(r, hops, len(ts), "merged in a circle")
				lives = *b.get(lives.MergedInto)
			}
		}
		require.Equal(r, written, found)
		b.verify()
	})
}
