package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// order is what a host does: its own row and a ticket, in one transaction.
func order(t *testing.T, h *host, svc *ticket.Service, key string) (*sql.Tx, *ticket.Ticket, error) {
	tx, err := h.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	tk, err := svc.On(h.s.InTx(tx)).Open(t.Context(), ticket.SystemActor("shop"), ticket.NewTicket{
		Subject: "Bestellung prüfen", Body: "Nummer 17", Key: key,
		Requester: ticket.Person{Name: "Anna", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "anna@firma.example"}},
	})
	if err != nil {
		return tx, nil, err
	}
	_, err = tx.ExecContext(t.Context(), "INSERT INTO orders (ticket) VALUES (?)", tk.ID)
	return tx, tk, err
}

func hostService(t *testing.T, h *host, hooks ...ticket.Hook) *ticket.Service {
	svc, err := ticket.NewService(ticket.Config{Store: h.s, Policy: grants{}, ChainKey: make([]byte, 32), Hooks: hooks})
	require.NoError(t, err)
	if len(queueNames(t, h.s)) == 0 {
		_, err = svc.CreateQueue(t.Context(), ticket.SystemActor("test"), "Support")
		require.NoError(t, err)
	}
	return svc
}

// TestHostTransaction: the host's pool has one connection, so whatever left the transaction would wait for ever.
func TestHostTransaction(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	svc := hostService(t, h)
	all := allScope(t, h.s)

	tx, tk, err := order(t, h, svc, "")
	require.NoError(t, err)
	in := h.s.InTx(tx)
	got, err := in.Ticket(t.Context(), all, tk.ID)
	require.NoError(t, err, "seen inside before the commit")
	require.Equal(t, tk.Number, got.Number)
	found, err := in.Tickets(t.Context(), all, ticket.Query{Words: []string{"bestellung", "anna"}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.NoError(t, tx.Commit())
	require.Equal(t, 1, h.count(t, "SELECT COUNT(*) FROM orders JOIN ticketkit_tickets t ON t.id = orders.ticket"))
	found, err = h.s.Tickets(t.Context(), all, ticket.Query{Words: []string{"nummer 17"}})
	require.NoError(t, err)
	require.Len(t, found, 1)

	tx, tk, err = order(t, h, svc, "")
	require.NoError(t, err)
	require.NoError(t, tx.Rollback())
	_, err = h.s.Ticket(t.Context(), all, tk.ID)
	require.Equal(t, ticket.NotFound, ticket.KindOf(err), "gone with the host's transaction")
	require.Equal(t, 1, h.count(t, "SELECT COUNT(*) FROM orders"))
	_, err = h.s.InTx(tx).Queues(t.Context())
	require.Error(t, err, "dead with the transaction")
}

// TestHostTransactionFails: what the desk refuses leaves nothing behind, and the host's own work can still be committed.
func TestHostTransactionFails(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	svc := hostService(t, h, func(_ context.Context, _ ticket.Tx, e *ticket.Event) error {
		if e.Type == ticket.EventCreated {
			return errAbort // after everything was written
		}
		return nil
	})
	tx, _, err := order(t, h, svc, "key")
	require.ErrorIs(t, err, errAbort)
	require.PanicsWithValue(t, "boom", func() {
		_ = h.s.InTx(tx).Update(t.Context(), func(in ticket.Tx) error {
			require.NoError(t, addQueue(t.Context(), in, "panicked"))
			panic("boom")
		})
	})
	err = h.s.InTx(tx).Update(t.Context(), func(in ticket.Tx) error {
		require.NoError(t, addQueue(t.Context(), in, "twice"))
		require.Error(t, addQueue(t.Context(), in, "twice"))
		return nil // swallowed
	})
	require.Equal(t, ticket.Conflict, ticket.KindOf(err))
	_, err = tx.ExecContext(t.Context(), "INSERT INTO orders (ticket) VALUES ('none')")
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	require.Equal(t, 1, h.count(t, "SELECT COUNT(*) FROM orders"))
	for _, table := range []string{"tickets", "messages", "events WHERE ticket_id <> ''", "contacts", "receipts", "search"} {
		require.Zero(t, h.count(t, "SELECT COUNT(*) FROM ticketkit_"+table), table)
	}
	require.Equal(t, []string{"Support"}, queueNames(t, h.s))
}

func TestHostTransactionAccounts(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	tx, err := h.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	in := h.s.InTx(tx)
	a := &rbac.Account{ID: "a", Username: "anna", Role: "admin", Active: true, Version: 1, CreatedAt: time.Unix(1, 0).UTC()}
	var leaked rbac.Tx
	require.NoError(t, in.UpdateAccounts(t.Context(), func(tx rbac.Tx) error {
		leaked = tx
		return tx.InsertAccount(t.Context(), a)
	}))
	require.Error(t, leaked.DeleteAccount(t.Context(), "a"), "dead after its fn")
	require.NoError(t, in.Update(t.Context(), func(tx ticket.Tx) error {
		got, err := tx.(rbac.Reader).AccountByName(t.Context(), "ANNA")
		require.Equal(t, a, got)
		return errors.Join(err, in.Update(t.Context(), func(tx ticket.Tx) error { return addQueue(t.Context(), tx, "nested") }))
	}))
	got, err := ticket.Reader(in).(rbac.Reader).AccountByID(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, a, got)
	require.NoError(t, tx.Commit())
	require.Equal(t, []string{"nested"}, queueNames(t, h.s))
}

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	db := sql.OpenDB(&faults{})
	for field, cfg := range map[string]store.Config{
		"db":      {Dialect: sqlitedialect.New()},
		"dialect": {DB: db},
		"prefix":  {DB: db, Dialect: sqlitedialect.New(), Prefix: "x; DROP TABLE y"},
	} {
		_, err := store.New(cfg)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: field})
	}
	for _, prefix := range []string{"X_", "ä", "x-y", "a.b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		_, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Prefix: prefix})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "prefix"}, prefix)
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{
		hostDSN:                    "",
		"?_pragma=foreign_keys(1)": "",
		"?_pragma=foreign_keys(0)": "foreign_keys",
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(off)": "journal_mode",
	} {
		db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/x.db"+params)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		s, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()})
		require.NoError(t, err)
		err = s.CheckHost(t.Context())
		if want == "" {
			require.NoError(t, err, params)
			continue
		}
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
		require.ErrorContains(t, err, "PRAGMA "+want)
	}
}
