package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// happened appends the only event of a ticket that nobody has made.
func happened(ctx context.Context, t *testing.T, tx ticket.Tx, name string) error {
	chain, err := ticket.NewChain(make([]byte, 32))
	require.NoError(t, err)
	e := &ticket.Event{ID: ticket.EventID("e-" + name), TicketID: ticket.ID("t-" + name), Type: ticket.EventCreated, At: time.Unix(1, 0), Data: []byte("{}")}
	chain.Seal(ticket.Head{}, e)
	return tx.AppendEvent(ctx, e)
}

func seqs(es []ticket.Event) (ids []string, numbers []int64) {
	ids, numbers = []string{}, []int64{}
	for _, e := range es {
		ids, numbers = append(ids, string(e.ID)), append(numbers, e.Seq)
	}
	return ids, numbers
}

// TestSequence: events are numbered in the order in which they can be seen, not in that in which they were written.
func TestSequence(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		all := allScope(t, s)
		list := func(q ticket.EventQuery) ([]string, []int64) {
			es, err := s.Events(t.Context(), all, q)
			require.NoError(t, err)
			return seqs(es)
		}
		sequence := func() int {
			n, err := s.Sequence(t.Context())
			require.NoError(t, err)
			return n
		}
		require.Zero(t, sequence())
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error {
			require.NoError(t, happened(t.Context(), t, tx, "first written"))
			require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return happened(t.Context(), t, tx, "first committed") }))
			require.Equal(t, 1, sequence(), "what is not committed has no number yet")
			es, err := tx.Events(t.Context(), all, ticket.EventQuery{})
			require.NoError(t, err)
			ids, _ := seqs(es)
			require.Equal(t, []string{"e-first committed"}, ids, "the history of the desk is what everybody sees")
			es, err = tx.Events(t.Context(), all, ticket.EventQuery{Ticket: "t-first written"})
			require.NoError(t, err)
			ids, numbers := seqs(es)
			require.Equal(t, []string{"e-first written"}, ids, "that of a ticket is its own")
			require.Equal(t, []int64{0}, numbers)
			return nil
		}))
		ids, numbers := list(ticket.EventQuery{})
		require.Equal(t, []string{"e-first committed", "e-first written"}, ids, "a list stamps by itself")
		require.Equal(t, []int64{1, 2}, numbers)
		require.Zero(t, sequence())

		// Somebody else is stamping.
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error { return happened(t.Context(), t, tx, "third") }))
		other, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		var last int64
		require.NoError(t, other.QueryRowContext(t.Context(), "SELECT last FROM ticketkit_sequence WHERE id = 1 FOR UPDATE").Scan(&last))
		require.Equal(t, int64(2), last)
		require.Zero(t, sequence(), "is left to them")
		got := make(chan []string)
		go func() {
			es, _ := s.Events(t.Context(), all, ticket.EventQuery{After: 2})
			ids, _ := seqs(es)
			got <- ids
		}()
		eventually(t, func() bool { return srv.blocked(t, db) })
		select {
		case ids := <-got:
			require.Fail(t, "a list must not be behind", "%v", ids)
		default:
		}
		require.NoError(t, other.Rollback())
		require.Equal(t, []string{"e-third"}, <-got)
	})
}

// TestFollowersMissNothing: whoever goes on from the last number that they have seen sees every event once.
func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.migrated(t, dsn)
		second, _, _ := srv.open(t, dsn) // another process
		all := allScope(t, s)
		const writers, each, followers = 6, 30, 3
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := s.Update(t.Context(), func(tx ticket.Tx) error {
						if err := happened(t.Context(), t, tx, fmt.Sprintf("%d/%d", w, i)); err != nil || i%7 != 0 {
							return err
						}
						_, err := tx.NextNumber(t.Context()) // some take longer
						return err
					}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for f := range followers {
			wg.Go(func() {
				st := []*store.Store{s, second}[f%2]
				seen, last := map[ticket.EventID]bool{}, int64(0)
				for len(seen) < writers*each {
					if f == 0 {
						if _, err := st.Sequence(t.Context()); err != nil {
							t.Error(err)
							return
						}
					}
					es, err := st.Events(t.Context(), all, ticket.EventQuery{After: last, Limit: 7})
					if err != nil {
						t.Error(err)
						return
					}
					for _, e := range es {
						if e.Seq != last+1 || seen[e.ID] {
							t.Errorf("event %s has number %d after %d", e.ID, e.Seq, last)
							return
						}
						last, seen[e.ID] = e.Seq, true
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestSequenceInBatches: one call stamps as much as there is.
func TestSequenceInBatches(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.migrated(t, dsn)
		const total = 2*store.MaxStamped + 1
		require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) error {
			for i := range total {
				if err := happened(t.Context(), t, tx, fmt.Sprint(i)); err != nil {
					return err
				}
			}
			return nil
		}))
		n, err := s.Sequence(t.Context())
		require.NoError(t, err)
		require.Equal(t, total, n)
		es, err := s.Events(t.Context(), allScope(t, s), ticket.EventQuery{Limit: 1000})
		require.NoError(t, err)
		require.Len(t, es, total)
		for i, e := range es {
			require.Equal(t, int64(i+1), e.Seq)
			require.Equal(t, ticket.EventID(fmt.Sprintf("e-%d", i)), e.ID, "in the order of writing")
		}
	})
}
