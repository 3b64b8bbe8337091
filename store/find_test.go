package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/store/storetest"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLargeSets runs the suite with bounds so low that sets of a few tickets count as large.
func TestLargeSets(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][2]int{"all large": {1, 1}, "some large": {6, 25}, "few read on": {3, 1000}, "rare beside common": {250, 1000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunSearch(t, func(t *testing.T) storetest.Harness {
				s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, s.Close()) })
				require.NoError(t, s.Migrate(t.Context()))
				store.SetBounds(s, b[0], b[1])
				return storetest.Harness{Store: s}
			})
		})
	}
}

// TestLargeSetsOnServers does so where the index is not asked for common words, with so few texts that each counts as common.
func TestLargeSetsOnServers(t *testing.T) {
	t.Parallel()
	for _, srv := range servers() {
		t.Run(srv.name, func(t *testing.T) {
			t.Parallel()
			storetest.RunSearch(t, func(t *testing.T) storetest.Harness {
				s, _, _ := srv.migrated(t, srv.dsn(t))
				store.SetBounds(s, 1, 1)
				return storetest.Harness{Store: s}
			})
		})
	}
}

// TestAWordThatSeemsCommon: a rare word of which a sample has seen too much is found wherever it is, and not all texts are gone through for it.
func TestAWordThatSeemsCommon(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		const rows = 16384
		crowd(t, s, db, rows)
		columns := map[string]string{"PostgreSQL": "n, part, note, words", "MariaDB": "n, note, words"}[srv.name]
		for n := 1; n < rows; n *= 2 {
			_, err := db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO ticketkit_search (number, %[1]s) SELECT number + %[2]d, %[1]s FROM ticketkit_search", columns, n))
			require.NoError(t, err)
		}
		word := map[string]string{"PostgreSQL": "to_tsvector('simple', 'alpha')", "MariaDB": "' tkalpha '"}[srv.name]
		_, err := db.ExecContext(t.Context(), fmt.Sprintf("UPDATE ticketkit_search SET words = %s WHERE number <= 100 OR number = %d", word, rows))
		require.NoError(t, err)
		found, err := s.Tickets(t.Context(), allScope(t, s), ticket.Query{Words: []string{"alpha"}, Sort: ticket.ByNumber, Limit: 200})
		require.NoError(t, err)
		require.Len(t, found, 101)
		require.EqualValues(t, rows, found[0].Number)
		stayed, err := store.LookThrough(t.Context(), s, "alpha", 200)
		require.NoError(t, err)
		require.False(t, stayed, "it went through all of them")
		stayed, err = store.LookThrough(t.Context(), s, "one", 200)
		require.NoError(t, err)
		require.True(t, stayed, "every ticket has that one")
	})
}

// TestSearchPatience: a search that takes too long ends by itself.
func TestSearchPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, f := openFaulty(t, true)
		all := allScope(t, s)
		hook := func(text string, _ int) error {
			if strings.Contains(text, "MATCH") {
				time.Sleep(11 * time.Second)
			}
			return nil
		}
		store.Unprepared(s)
		f.when(hook)
		_, err := s.Tickets(t.Context(), all, ticket.Query{Words: []string{"a", "b"}})
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.ErrorContains(t, err, "too long")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Tickets(ctx, all, ticket.Query{Words: []string{"a", "b"}})
		require.True(t, errors.Is(err, context.DeadlineExceeded), "the caller's own deadline is told as such: %v", err)
	})
}
