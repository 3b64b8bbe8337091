package store_test

import (
	"context"
	"errors"
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
