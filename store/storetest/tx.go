package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	{"NumbersAreUnique", testConcurrentNumbers},
	{"OneWinnerPerVersion", testOneWinner},
	{"CounterUnderContention", testCounter},
	{"FailuresStayAlone", testFailuresAlone},
	{"ReadersSeeWholeTransactions", testWhole},
	{"OneReceiptPerItem", testOneReceipt},
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

// together runs fn in n goroutines and fails on the first error.
func together(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}

func testConcurrentNumbers(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	const workers, each = 16, 8
	var mu sync.Mutex
	seen := map[int64]bool{}
	together(t, workers, func(int) error {
		for range each {
			tk := d.draft(c)
			if err := d.Store.Update(t.Context(), func(tx ticket.Tx) (err error) {
				if tk.Number, err = tx.NextNumber(t.Context()); err != nil {
					return err
				}
				return tx.InsertTicket(t.Context(), tk)
			}); err != nil {
				return err
			}
			mu.Lock()
			seen[tk.Number] = true
			mu.Unlock()
		}
		return nil
	})
	require.Len(t, seen, workers*each)
	require.Len(t, d.list(ticket.Query{Limit: 1000}), workers*each)
}

func testOneWinner(t *testing.T, d *desk) {
	tk := d.ticket()
	const workers, versions = 12, 8
	var wins [versions + 2]atomic.Int64
	together(t, workers, func(i int) error {
		for v := ticket.Version(1); v <= versions; v++ {
			next := *tk
			next.Version, next.Subject = v+1, fmt.Sprintf("version %d by %d", v+1, i)
			err := d.Store.Update(t.Context(), func(tx ticket.Tx) error { return tx.UpdateTicket(t.Context(), &next, v) })
			if err == nil {
				wins[v].Add(1)
			} else if ticket.KindOf(err) != ticket.Stale {
				return err
			}
		}
		return nil
	})
	for v := 1; v <= versions; v++ {
		require.Equal(t, int64(1), wins[v].Load(), "version %d", v)
	}
	require.Equal(t, ticket.Version(versions+1), d.read(tk.ID).Version)
}

// testCounter: read, add and write back in one transaction never loses an addition.
func testCounter(t *testing.T, d *desk) {
	tk := d.ticket()
	const workers, each = 10, 10
	together(t, workers, func(int) error {
		for range each {
			if err := d.Store.Update(t.Context(), func(tx ticket.Tx) error {
				got, err := tx.Ticket(t.Context(), d.all, tk.ID)
				if err != nil {
					return err
				}
				was := got.Version
				got.Version++
				got.MessageCount++
				return tx.UpdateTicket(t.Context(), got, was)
			}); err != nil {
				return err
			}
		}
		return nil
	})
	require.Equal(t, workers*each, d.read(tk.ID).MessageCount)
}

// testFailuresAlone: closures that fail, panic or give up do not take others with them.
func testFailuresAlone(t *testing.T, d *desk) {
	const workers = 24
	var made sync.Map
	together(t, workers, func(i int) (err error) {
		defer func() {
			if r := recover(); r != nil && r != "boom" {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		for range 6 {
			c := d.newContact()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := d.Store.Update(ctx, func(tx ticket.Tx) error {
				if err := tx.InsertContact(ctx, c); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errAbort
				case 2:
					panic("boom")
				case 3:
					cancel()
					_, err := tx.NextNumber(ctx)
					return err
				}
				return nil
			})
			switch {
			case i%4 == 0 && err != nil:
				return err
			case i%4 == 0:
				made.Store(c.ID, true)
			case err == nil:
				return fmt.Errorf("closure %d should have failed", i)
			default:
				made.Store(c.ID, false)
			}
		}
		return nil
	})
	made.Range(func(id, kept any) bool {
		_, err := d.Store.Contact(t.Context(), id.(ticket.ContactID))
		if kept.(bool) {
			require.NoError(t, err)
		} else {
			requireKind(t, ticket.NotFound, err)
		}
		return true
	})
}

// testWhole: who reads from outside sees a transaction as a whole or not at all.
func testWhole(t *testing.T, d *desk) {
	tk := d.ticket()
	var stop atomic.Bool
	var wg sync.WaitGroup
	errs := make(chan error, 4)
	for range 3 {
		wg.Go(func() {
			for !stop.Load() {
				got, err := d.Store.Ticket(t.Context(), d.all, tk.ID)
				if err != nil {
					errs <- err
					return
				}
				if int(got.Version)-1 != got.MessageCount || got.Escalation != got.MessageCount {
					errs <- fmt.Errorf("half a transaction: %+v", got)
					return
				}
			}
		})
	}
	for v := ticket.Version(1); v <= 40; v++ {
		d.update(func(ctx context.Context, tx ticket.Tx) error {
			half := *tk
			half.Version, half.MessageCount, half.Escalation = 1000, int(v), int(v)
			if err := tx.UpdateTicket(ctx, &half, v); err != nil {
				return err
			}
			half.Version = v + 1
			return tx.UpdateTicket(ctx, &half, 1000)
		})
	}
	stop.Store(true)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

func testOneReceipt(t *testing.T, d *desk) {
	c := d.contact("Anna", "anna@firma.example")
	var won atomic.Int64
	together(t, 16, func(int) error {
		tk := d.draft(c)
		err := d.Store.Update(t.Context(), func(tx ticket.Tx) (err error) {
			if tk.Number, err = tx.NextNumber(t.Context()); err != nil {
				return err
			}
			if err := tx.InsertTicket(t.Context(), tk); err != nil {
				return err
			}
			return tx.MarkReceived(t.Context(), ticket.Receipt{Channel: "mail", Key: "same", TicketID: tk.ID, At: d.now})
		})
		if err == nil {
			won.Add(1)
		} else if ticket.KindOf(err) != ticket.Conflict {
			return err
		}
		return nil
	})
	require.Equal(t, int64(1), won.Load())
	require.Len(t, d.list(ticket.Query{}), 1)
}
