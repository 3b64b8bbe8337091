package ticketkit_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLiveUpdatesOfTwoReplicas: two processes on one database. What is written at one is told to a client of the other, each event once and in order, and
// so is who is at a ticket.
func TestLiveUpdatesOfTwoReplicas(t *testing.T) {
	t.Parallel()
	for name, opens := range map[string]func(t *testing.T) func() (*store.Store, error){
		"SQLite": func(t *testing.T) func() (*store.Store, error) {
			dsn := t.TempDir() + "/desk.db"
			return func() (*store.Store, error) { return sqlite.Open(t.Context(), dsn, sqlite.Options{}) }
		},
		"PostgreSQL": func(t *testing.T) func() (*store.Store, error) {
			dsn := testservers.Postgres(t)
			return func() (*store.Store, error) { return postgres.Open(t.Context(), dsn, postgres.Options{}) }
		},
		"MariaDB": func(t *testing.T) func() (*store.Store, error) {
			dsn := testservers.MariaDB(t)
			return func() (*store.Store, error) { return mysql.Open(t.Context(), dsn, mysql.Options{}) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := opens(t)
			var desks [2]*ticketkit.Desk
			for i := range desks {
				st, err := open()
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, st.Close()) })
				require.NoError(t, st.Migrate(t.Context()))
				desks[i], err = ticketkit.New(ticketkit.Config{Store: st, Secret: secret})
				require.NoError(t, err)
			}
			writer, reader := desks[0], desks[1]
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- reader.Run(ctx) }()
			t.Cleanup(func() {
				stop()
				require.NoError(t, <-done)
			})
			system := ticket.SystemActor("test")
			anna, err := writer.Accounts().CreateUser(t.Context(), system, rbac.NewUser{Username: "anna", Role: rbac.RoleSupport, Password: "neunzehn rote Hunde"})
			require.NoError(t, err)
			in, err := writer.Accounts().Login(t.Context(), "anna", "neunzehn rote Hunde", rbac.LoginMeta{})
			require.NoError(t, err)

			srv := httptest.NewServer(reader.Handler())
			t.Cleanup(srv.Close)
			body := follow(t, srv.URL+"/api/events", in.Token)
			var want []string
			var last *ticket.Ticket
			for range 20 {
				last, err = writer.Tickets().Open(t.Context(), system, ticket.NewTicket{Subject: "s", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
				require.NoError(t, err)
				want = append(want, string(last.ID))
			}
			require.NoError(t, writer.Tickets().SetPresence(t.Context(), ticket.AccountActor(anna.ID, "anna"), last.ID, ticket.Viewing))
			var got []string
			lines := bufio.NewScanner(body)
			for event := ""; lines.Scan(); {
				name, value, _ := strings.Cut(lines.Text(), ": ")
				switch {
				case name == "event":
					event = value
				case name == "data" && event == "ticket":
					_, id, _ := strings.Cut(value, `"ticket_id":"`)
					got = append(got, id[:36])
				}
				if event == "presence" && len(got) >= len(want) {
					break
				}
			}
			require.Equal(t, want, got)
		})
	}
}

// follow connects to a stream, as soon as there is one. Its body ends with the test, or after a minute.
func follow(t *testing.T, url, token string) io.Reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode == http.StatusServiceUnavailable { // Run has not begun yet
			runtime.Gosched()
			continue
		}
		require.Equal(t, http.StatusOK, res.StatusCode)
		return res.Body
	}
}
