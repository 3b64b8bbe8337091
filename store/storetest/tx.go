package storetest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var txTests = []test{
	{"ErrorLeavesNothing", testRollback},
	{"PanicLeavesNothing", testPanic},
	{"GoexitLeavesNothing", testGoexit},
	{"ReadsItsOwnWrites", testOwnWrites},
	{"ReturnsTheErrorUnchanged", testErrorUnchanged},
	{"ConflictEndsIt", testConflictEnds},
	{"DeadAfterwards", testDeadTx},
	{"DoneContext", testDoneContext},
}

// write changes several tables at once.
func write(ctx context.Context, d *desk, tx ticket.Tx, c *ticket.Contact) (*ticket.Ticket, error) {
	tk := d.draft(c)
	tk.Tags = []string{"tx"}
	var err error
	if tk.Number, err = tx.NextNumber(ctx); err != nil {
		return nil, err
	}
	if err := tx.InsertContact(ctx, c); err != nil {
		return nil, err
	}
	if err := tx.InsertTicket(ctx, tk); err != nil {
		return nil, err
	}
	m := &ticket.Message{ID: ticket.MessageID(d.id()), TicketID: tk.ID, N: 1, Kind: ticket.Public, Text: "Wasserschaden", HTML: "<p>", CreatedAt: d.now}
	if err := tx.InsertMessage(ctx, m); err != nil {
		return nil, err
	}
	e := &ticket.Event{ID: ticket.EventID(d.id()), TicketID: tk.ID, Type: ticket.EventCreated, At: d.now, Data: []byte(`{}`), Actor: ticket.EventActor{Name: "x"}}
	d.chain().Seal(ticket.Head{}, e)
	if err := tx.AppendEvent(ctx, e); err != nil {
		return nil, err
	}
	if err := tx.MarkReceived(ctx, ticket.Receipt{Channel: "tx", Key: "1", TicketID: tk.ID, At: d.now}); err != nil {
		return nil, err
	}
	if err := tx.LinkRefs(ctx, tk.ID, []string{"tx"}); err != nil {
		return nil, err
	}
	if err := tx.SetTimer(ctx, tk.ID, "x", d.now); err != nil {
		return nil, err
	}
	return tk, tx.SetDeskHead(ctx, ticket.Head{Count: 9, MAC: []byte{1}})
}

// nothing requires that no trace of write is left, and that the store works.
func nothing(t *testing.T, d *desk, c *ticket.Contact) {
	t.Helper()
	ctx := t.Context()
	require.Empty(t, d.list(ticket.Query{}))
	require.Empty(t, d.list(ticket.Query{Words: []string{"wasserschaden"}}))
	_, err := d.Store.Contact(ctx, c.ID)
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.Received(ctx, "tx", "1")
	requireKind(t, ticket.NotFound, err)
	_, err = d.Store.TicketByRefs(ctx, []string{"tx"})
	requireKind(t, ticket.NotFound, err)
	es, err := d.Store.Events(ctx, d.all, ticket.EventQuery{})
	require.NoError(t, err)
	require.Empty(t, es)
	head, err := d.Store.DeskHead(ctx)
	require.NoError(t, err)
	require.Equal(t, ticket.Head{}, head)
	d.ticket()
}

func (d *desk) newContact() *ticket.Contact {
	return &ticket.Contact{ID: ticket.ContactID(d.id()), Name: "Tx", CreatedAt: d.now, Identities: []ticket.Identity{{Kind: "phone", Value: d.id()}}}
}

func testRollback(t *testing.T, d *desk) {
	c := d.newContact()
	err := d.try(func(ctx context.Context, tx ticket.Tx) error {
		_, err := write(ctx, d, tx, c)
		require.NoError(t, err)
		return errAbort
	})
	require.ErrorIs(t, err, errAbort)
	nothing(t, d, c)
}

func testPanic(t *testing.T, d *desk) {
	c := d.newContact()
	require.PanicsWithValue(t, "boom", func() {
		_ = d.try(func(ctx context.Context, tx ticket.Tx) error {
			_, err := write(ctx, d, tx, c)
			require.NoError(t, err)
			panic("boom")
		})
	})
	nothing(t, d, c)
}

// testGoexit: a test that fails inside a transaction must not take the store with it.
func testGoexit(t *testing.T, d *desk) {
	c := d.newContact()
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.try(func(ctx context.Context, tx ticket.Tx) error {
			_, _ = write(ctx, d, tx, c)
			runtime.Goexit()
			return nil
		})
	})
	wg.Wait()
	nothing(t, d, c)
}

func testOwnWrites(t *testing.T, d *desk) {
	d.update(func(ctx context.Context, tx ticket.Tx) error {
		c := d.newContact()
		want, err := write(ctx, d, tx, c)
		require.NoError(t, err)
		want.Requester.Name = "Tx"
		got, err := tx.Ticket(ctx, d.all, want.ID)
		require.NoError(t, err)
		same(t, want, got)
		list, err := tx.Tickets(ctx, d.all, ticket.Query{Tag: []string{"tx"}})
		require.NoError(t, err)
		require.Equal(t, []ticket.ID{want.ID}, ids(list))
		got2, err := tx.ContactByIdentity(ctx, "phone", c.Identities[0].Value)
		require.NoError(t, err)
		require.Equal(t, c, got2)
		ms, err := tx.Messages(ctx, d.all, ticket.MessageQuery{Ticket: want.ID})
		require.NoError(t, err)
		require.Len(t, ms, 1)
		es, err := tx.Events(ctx, d.all, ticket.EventQuery{Ticket: want.ID})
		require.NoError(t, err)
		require.Len(t, es, 1)
		head, err := tx.DeskHead(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(9), head.Count)
		_, err = tx.Ticket(ctx, ticket.Scope{}, want.ID)
		requireKind(t, ticket.NotFound, err, "scopes hold in transactions too")
		return nil
	})
}

func testErrorUnchanged(t *testing.T, d *desk) {
	for _, want := range []error{errAbort, ticket.Errorf(ticket.Conflict, "x"), ticket.InvalidField("f", "x"), fmt.Errorf("wrapped: %w", errAbort)} {
		require.Equal(t, want, d.try(func(context.Context, ticket.Tx) error { return want }))
	}
	require.NoError(t, d.try(func(context.Context, ticket.Tx) error { return nil }), "a transaction may do nothing")
}

func testConflictEnds(t *testing.T, d *desk) {
	old := d.contact("Anna", "anna@firma.example")
	fresh := d.newContact()
	err := d.try(func(ctx context.Context, tx ticket.Tx) error {
		if err := tx.InsertContact(ctx, fresh); err != nil {
			return err
		}
		twin := &ticket.Contact{ID: ticket.ContactID(d.id()), Identities: old.Identities, CreatedAt: d.now}
		requireKind(t, ticket.Conflict, tx.InsertContact(ctx, twin))
		return nil // swallowed
	})
	requireKind(t, ticket.Conflict, err)
	_, err = d.Store.Contact(t.Context(), fresh.ID)
	requireKind(t, ticket.NotFound, err)
}

func testDeadTx(t *testing.T, d *desk) {
	var leaked ticket.Tx
	d.update(func(_ context.Context, tx ticket.Tx) error {
		leaked = tx
		return nil
	})
	_, err := leaked.NextNumber(t.Context())
	require.Error(t, err)
	_, err = leaked.Queues(t.Context())
	require.Error(t, err)
	require.Error(t, leaked.InsertContact(t.Context(), d.newContact()))
	d.ticket()
}

func testDoneContext(t *testing.T, d *desk) {
	tk := d.ticket()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Store.Ticket(ctx, d.all, tk.ID)
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.Store.Tickets(ctx, d.all, ticket.Query{})
	require.ErrorIs(t, err, context.Canceled)
	ran := false
	require.ErrorIs(t, d.Store.Update(ctx, func(ticket.Tx) error { ran = true; return nil }), context.Canceled)
	require.False(t, ran)

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	c := d.newContact()
	err = d.Store.Update(ctx, func(tx ticket.Tx) error {
		if err := tx.InsertContact(ctx, c); err != nil {
			return err
		}
		cancel()
		_, err := tx.NextNumber(ctx)
		return err
	})
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.Store.Contact(t.Context(), c.ID)
	requireKind(t, ticket.NotFound, err)
}
