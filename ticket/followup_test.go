package ticket_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// following makes a desk whose ChangeHook is *fn.
func following(t *testing.T) (*bundle, *ticket.ChangeHook) {
	fn := new(ticket.ChangeHook)
	*fn = func(context.Context, ticket.Tx, *ticket.Change) error { return nil }
	b := setup(t, func(c *ticket.Config) {
		c.ChangeHooks = []ticket.ChangeHook{func(ctx context.Context, tx ticket.Tx, ch *ticket.Change) error { return (*fn)(ctx, tx, ch) }}
	})
	return b, fn
}

func TestChangeHookSeesTheWholeChangeOnce(t *testing.T) {
	t.Parallel()
	b, fn := following(t)
	var seen [][]ticket.EventType
	var fresh []bool
	*fn = func(_ context.Context, _ ticket.Tx, c *ticket.Change) error {
		var types []ticket.EventType
		for _, e := range c.Events() {
			require.NotEmpty(t, e.MAC, "sealed")
			require.NotZero(t, e.N)
			types = append(types, e.Type)
		}
		seen, fresh = append(seen, types), append(fresh, c.New())
		return nil
	}
	tk := b.open()
	_, err := b.svc.Reply(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "Water.", Status: "pending"})
	require.NoError(t, err)
	_, err = b.svc.SetPriority(t.Context(), b.anna, tk.ID, 0, ticket.Normal)
	require.NoError(t, err, "changes nothing")
	require.Equal(t, [][]ticket.EventType{{ticket.EventCreated}, {ticket.EventReplied, ticket.EventStatusChanged}}, seen)
	require.Equal(t, []bool{true, false}, fresh)
}

func TestChangeHookActsInTheSameCommit(t *testing.T) {
	t.Parallel()
	b, fn := following(t)
	tk := b.open()
	require.NoError(t, b.store.Update(t.Context(), func(tx ticket.Tx) error { return tx.SetTimer(t.Context(), tk.ID, "x", b.now) }))
	*fn = func(ctx context.Context, _ ticket.Tx, c *ticket.Change) error {
		c.By("sla")
		c.Record("sla.breached", map[string]any{"clock": "first"})
		c.Raise()
		require.NoError(t, c.Move(ctx, b.billing))
		require.NoError(t, c.Assign(ctx, "anna"))
		b.kind(ticket.Invalid, c.Assign(ctx, "nobody"), "assignee")
		b.kind(ticket.Invalid, c.Move(ctx, "nowhere"), "queue")
		return nil
	}
	require.NoError(t, b.svc.Fire(t.Context(), b.system, ticket.TimerPayload{TicketID: tk.ID, Name: "x", At: b.now}))
	got := b.get(tk.ID)
	require.Equal(t, ticket.High, got.Priority)
	require.Equal(t, b.billing, got.Queue.ID)
	require.Equal(t, ticket.AccountID("anna"), got.Assignee.ID)
	require.Equal(t, tk.Version+1, got.Version)
	es := b.history(tk.ID)
	require.Equal(t, []ticket.EventType{ticket.EventCreated, ticket.EventTimer, "sla.breached", ticket.EventPriorityChanged, ticket.EventQueueChanged,
		ticket.EventAssigned}, b.types(tk.ID))
	for _, e := range es[2:] {
		require.Equal(t, ticket.EventActor{Type: ticket.ActorSystem, Name: "sla"}, e.Actor)
	}
	require.Equal(t, "test", es[1].Actor.Name, "the change's own events keep its actor")
	require.NoError(t, b.svc.Chain().Verify(es, got.Head))
}

func TestChangeHookThatOnlyRecordsMakesNobodyStale(t *testing.T) {
	t.Parallel()
	b, fn := following(t)
	tk := b.open()
	require.NoError(t, b.store.Update(t.Context(), func(tx ticket.Tx) error { return tx.SetTimer(t.Context(), tk.ID, "x", b.now) }))
	*fn = func(_ context.Context, _ ticket.Tx, c *ticket.Change) error {
		c.Record("sla.warned", nil)
		return nil
	}
	b.now = b.now.Add(time.Minute)
	require.NoError(t, b.svc.Fire(t.Context(), b.system, ticket.TimerPayload{TicketID: tk.ID, Name: "x", At: b.now.Add(-time.Minute)}))
	require.Equal(t, tk.Version, b.get(tk.ID).Version)
	require.Len(t, b.history(tk.ID), 3)
}

func TestChangeHookVetoes(t *testing.T) {
	t.Parallel()
	b, fn := following(t)
	tk := b.open()
	*fn = func(_ context.Context, _ ticket.Tx, c *ticket.Change) error {
		c.Record("sla.warned", nil)
		return errors.New("broken")
	}
	_, err := b.svc.SetPriority(t.Context(), b.anna, tk.ID, 0, ticket.High)
	b.kind(ticket.Conflict, err)
	said, ok := errors.AsType[*ticket.Error](err)
	require.True(t, ok)
	require.NotContains(t, said.Msg, "broken")
	*fn = func(context.Context, ticket.Tx, *ticket.Change) error { return ticket.Errorf(ticket.Denied, "no") }
	_, err = b.svc.SetPriority(t.Context(), b.anna, tk.ID, 0, ticket.High)
	b.kind(ticket.Denied, err)
	require.Equal(t, tk.Version, b.get(tk.ID).Version)
	require.Len(t, b.history(tk.ID), 1)
}
