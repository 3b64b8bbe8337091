package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestHostTransactionOnServers: the host's own rows and a ticket, in one transaction, also after something in it was refused.
func TestHostTransactionOnServers(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, srv server, dsn string) {
		s, db, _ := srv.migrated(t, dsn)
		h := &host{db, s}
		_, err := db.ExecContext(t.Context(), "CREATE TABLE orders (ticket VARCHAR(64) NOT NULL)")
		require.NoError(t, err)
		svc := hostService(t, h)
		all := allScope(t, s)
		db.SetMaxOpenConns(1) // whatever left the transaction would wait for ever

		open := func() (*ticket.Ticket, func() error, func() error) {
			tx, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			in := s.InTx(tx)
			tk, err := svc.On(in).Open(t.Context(), ticket.SystemActor("shop"), ticket.NewTicket{Subject: "Bestellung prüfen", Body: "Nummer 17",
				Requester: ticket.Person{Name: "Anna", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "anna@firma.example"}}})
			require.NoError(t, err)
			found, err := in.Tickets(t.Context(), all, ticket.Query{Tag: nil, Number: tk.Number})
			require.NoError(t, err)
			require.Len(t, found, 1, "seen inside before the commit")
			err = in.Update(t.Context(), func(in ticket.Tx) error { // poisons its savepoint, not the transaction
				require.NoError(t, addQueue(t.Context(), in, "twice"))
				require.Error(t, addQueue(t.Context(), in, "twice"))
				return nil // swallowed
			})
			require.Equal(t, ticket.Conflict, ticket.KindOf(err))
			require.NoError(t, in.Update(t.Context(), func(ticket.Tx) error { // one in the other
				return in.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "of "+string(tk.ID)) })
			}))
			_, err = tx.ExecContext(t.Context(), "INSERT INTO orders (ticket) VALUES ('"+string(tk.ID)+"')")
			require.NoError(t, err, "the host goes on")
			return tk, tx.Commit, tx.Rollback
		}
		kept, commit, _ := open()
		require.NoError(t, commit())
		gone, _, rollback := open()
		require.NoError(t, rollback())
		require.Equal(t, 1, h.count(t, "SELECT COUNT(*) FROM orders JOIN ticketkit_tickets t ON t.id = orders.ticket"))
		found, err := s.Tickets(t.Context(), all, ticket.Query{Words: []string{"nummer 17"}})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, kept.ID, found[0].ID)
		_, err = s.Ticket(t.Context(), all, gone.ID)
		require.Equal(t, ticket.NotFound, ticket.KindOf(err))
		require.Equal(t, []string{"Support", "of " + string(kept.ID)}, queueNames(t, s))
	})
}
