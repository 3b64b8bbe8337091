package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

var concurrencyTests = []test{
	{"NumbersAreUnique", testConcurrentNumbers},
	{"OneWinnerPerVersion", testOneWinner},
	{"CounterUnderContention", testCounter},
	{"FailuresStayAlone", testFailuresAlone},
	{"ReadersSeeWholeTransactions", testWhole},
	{"OneReceiptPerItem", testOneReceipt},
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
