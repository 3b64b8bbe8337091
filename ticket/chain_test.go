package ticket_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

func chainOf(t require.TestingT, n int) (ticket.Chain, []ticket.Event, ticket.Head) {
	c, err := ticket.NewChain(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	var head ticket.Head
	es := make([]ticket.Event, n)
	for i := range es {
		es[i] = ticket.Event{ID: ticket.EventID(fmt.Sprint("e", i)), TicketID: "t", Type: ticket.EventClaimed, At: time.Unix(int64(i), 123456789),
			Actor: ticket.EventActor{Type: ticket.ActorAccount, ID: "a", Name: "Anna"}, Data: json.RawMessage(`{"x":1}`), Private: json.RawMessage(`{"y":2}`)}
		head = c.Seal(head, &es[i])
	}
	return c, es, head
}

func TestChainFindsEveryKindOfTampering(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "n")
		c, es, head := chainOf(t, n)
		require.NoError(t, c.Verify(es, head))
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		erased := slices.Clone(es)
		erased[i].Private, erased[i].Salt, erased[i].Actor.Name = nil, nil, ""
		require.NoError(t, c.Verify(erased, head), "erasing a person keeps the chain valid")

		bad := slices.Clone(es)
		switch how := rapid.SampledFrom([]string{"data", "type", "actor", "time", "private", "name", "salt", "remove", "insert", "swap", "cut", "id", "ticket"}).Draw(t, "how"); how {
		case "data":
			bad[i].Data = json.RawMessage(`{"x":2}`)
		case "type":
			bad[i].Type = ticket.EventClosed
		case "actor":
			bad[i].Actor.ID = "b"
		case "time":
			bad[i].At = bad[i].At.Add(time.Microsecond)
		case "private":
			bad[i].Private = json.RawMessage(`{"y":3}`)
		case "name":
			bad[i].Actor.Name = "Bert"
		case "salt":
			bad[i].Salt = nil // but the private part is still there
		case "remove":
			bad = slices.Delete(bad, i, i+1)
		case "insert":
			bad = slices.Insert(bad, i, bad[i])
		case "swap":
			j := (i + 1) % n
			bad[i], bad[j] = bad[j], bad[i]
		case "cut":
			bad = bad[:n-1]
		case "id":
			bad[i].ID = "other"
		case "ticket":
			bad[i].TicketID = "other"
		}
		require.Error(t, c.Verify(bad, head))
	})
}

func TestChainOfAnotherKeyDoesNotVerify(t *testing.T) {
	t.Parallel()
	_, es, head := chainOf(t, 3)
	other, err := ticket.NewChain(bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	require.Error(t, other.Verify(es, head))
	_, err = ticket.NewChain(nil)
	require.Error(t, err, "an empty key would let anybody forge a history")
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	for _, from := range ticket.Categories() {
		require.False(t, ticket.Merged.CanBecome(from), "merged is final")
		require.False(t, from != ticket.New && from.CanBecome(ticket.New), "nothing becomes new again")
		if !from.Active() && from != ticket.Merged {
			require.True(t, from.CanBecome(ticket.Open), "%s can be brought back", from)
			require.False(t, from.CanBecome(ticket.Pending))
		}
	}
	require.True(t, ticket.Resolved.CanBecome(ticket.Closed))
	require.False(t, ticket.Closed.CanBecome(ticket.Resolved))
	require.False(t, ticket.Category("x").CanBecome(ticket.Open))
	require.Equal(t, ticket.Urgent, ticket.Urgent.Raised())
	require.Equal(t, ticket.Normal, ticket.Low.Raised())
}

func TestNewIDIsAUUIDv7(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0x0190_1234_5678)
	id := ticket.NewID(now)
	require.True(t, ticket.ValidID(id), id)
	require.Equal(t, "01901234-5678-7", id[:15])
	require.Contains(t, "89ab", id[19:20])
	require.NotEqual(t, id, ticket.NewID(now))
	require.Less(t, id, ticket.NewID(now.Add(time.Millisecond)))
	for _, bad := range []string{"", "x", id[:35], id + "0", "0190123G" + id[8:]} {
		require.False(t, ticket.ValidID(bad), bad)
	}
}
