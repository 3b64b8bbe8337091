package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestTextThatNotEveryDatabaseKeeps: it is refused everywhere when written, and finds nothing when looked for.
func TestTextThatNotEveryDatabaseKeeps(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, s *store.Store) {
		all := allScope(t, s)
		for _, text := range []string{"a\x00b", "\x00", "caf\xe9", "\xed\xa0\x80"} {
			err := s.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, text) })
			require.Equal(t, ticket.Invalid, ticket.KindOf(err), "%q", text)
			_, err = s.Ticket(t.Context(), all, ticket.ID(text))
			require.Equal(t, ticket.NotFound, ticket.KindOf(err), "%q: %v", text, err)
			_, err = s.ContactByIdentity(t.Context(), "email", text)
			require.Equal(t, ticket.NotFound, ticket.KindOf(err), "%q: %v", text, err)
			list, err := s.Tickets(t.Context(), all, ticket.Query{Tag: []string{text}, Channel: []string{text}})
			require.NoError(t, err)
			require.Empty(t, list)
		}
		require.Empty(t, queueNames(t, s))
	}
	t.Run("SQLite", func(t *testing.T) { check(t, openHost(t, "").s) })
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, _, _ := srv.migrated(t, dsn)
		check(t, s)
	})
}
