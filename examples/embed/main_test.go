package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver" // a driver that ticketkit does not ship; its name is "sqlite3"
	_ "github.com/ncruces/go-sqlite3/embed"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

type outbox chan adapters.Outbound

func (o outbox) Send(ctx context.Context, m adapters.Outbound) (string, error) {
	select {
	case o <- m:
		return m.Key + "@shop.example", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// The host's pool has one connection: whatever in the desk reached for a second one inside a transaction would wait for ever.
func TestOrderAndTicketAreOneTransaction(t *testing.T) {
	for name, open := range map[string]func(file string) (*sql.DB, error){
		"the host's usual driver": func(file string) (*sql.DB, error) {
			return sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
		},
		"a driver that ticketkit has never seen": func(file string) (*sql.DB, error) {
			return sql.Open("sqlite3", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := open(filepath.Join(t.TempDir(), "shop.db"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = db.Close() })
			db.SetMaxOpenConns(1)
			walk(t, db)
		})
	}
}

func walk(t *testing.T, db *sql.DB) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // that driver compiles its database first, which the race detector makes slow
	defer cancel()
	sent := make(outbox, 10)
	s, err := newShop(ctx, db, sent)
	require.NoError(t, err)
	stopped := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { stopped <- s.desk.Run(running) }()
	srv := httptest.NewServer(s.routes())
	defer srv.Close()

	system := ticket.SystemActor("test")
	orders := func() (n int) {
		require.NoError(t, db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&n))
		return n
	}
	tickets := func() int {
		ts, _, err := s.desk.Tickets().List(ctx, system, ticket.Query{})
		require.NoError(t, err)
		return len(ts)
	}

	// A roll-back leaves neither.
	sold := errors.New("sold out")
	_, err = s.order(ctx, users["kim"], "lamp", func() error { return sold })
	require.ErrorIs(t, err, sold)
	require.Zero(t, orders())
	require.Zero(t, tickets())

	// A commit keeps both, delivers the reply and shows the event.
	res := request(t, srv, "kim", http.MethodPost, "/orders", url.Values{"item": {"lamp"}})
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 1, orders())
	select {
	case m := <-sent:
		require.Equal(t, "Thank you, we are packing it.", m.Message.Text)
		require.Equal(t, "kim@customer.example", m.To[0].Identity.Value)
	case <-ctx.Done():
		t.Fatal("the confirmation never left")
	}
	ts, _, err := s.desk.Tickets().List(ctx, system, ticket.Query{})
	require.NoError(t, err)
	require.Len(t, ts, 1)
	var types []ticket.EventType
	for e, err := range s.desk.Tickets().AllHistory(ctx, system, ts[0].ID) {
		require.NoError(t, err)
		types = append(types, e.Type)
	}
	require.Contains(t, types, ticket.EventReplied)

	// The shop's login opens the desk, below the prefix, and a customer's does not.
	res = request(t, srv, "ada", http.MethodGet, "/desk/api/tickets", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
	var list struct {
		Items []struct {
			Subject string         `json:"subject"`
			Fields  map[string]any `json:"fields"`
		} `json:"items"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&list))
	require.Len(t, list.Items, 1)
	require.Equal(t, "Order 1: lamp", list.Items[0].Subject)
	require.EqualValues(t, 1, list.Items[0].Fields["order"])
	require.Equal(t, http.StatusUnauthorized, request(t, srv, "kim", http.MethodGet, "/desk/api/tickets", nil).StatusCode)

	stop()
	require.NoError(t, <-stopped)
}

func request(t *testing.T, srv *httptest.Server, name, method, path string, form url.Values) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.SetBasicAuth(name, users[name].password)
	res, err := srv.Client().Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}
