// Embed is a small shop that has a login, an orders table and a database handle of its own, and gets a ticket desk into the bargain: an
// order and its ticket are written in one transaction.
//
//	go run ./examples/embed
//	curl -u kim:shop -d item=lamp http://127.0.0.1:8002/orders
//	curl -u ada:desk http://127.0.0.1:8002/desk/api/tickets
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"os"
	"os/signal"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the host's choice; ticketkit needs none in particular

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// shop is the host: everything here was there before the desk came.
type shop struct {
	db   *sql.DB
	desk *ticketkit.Desk
}

type user struct{ id, name, mail, password, role string }

// users is the shop's own login. Only ada works at the desk.
var users = map[string]user{
	"ada": {id: "1", name: "Ada", password: "desk", role: rbac.RoleSupport},
	"kim": {id: "2", name: "Kim", mail: "kim@customer.example", password: "shop"},
}

func login(r *http.Request) (user, bool) {
	name, password, _ := r.BasicAuth()
	u, ok := users[name]
	return u, ok && u.password == password
}

// Authenticate lets the desk use the shop's login.
func (s *shop) Authenticate(r *http.Request) (rbac.Principal, error) {
	u, ok := login(r)
	if !ok || u.role == "" {
		return rbac.Principal{}, ticket.Errorf(ticket.Unauthenticated, "sign in to the shop first")
	}
	return s.desk.Accounts().EnsureExternal(r.Context(), "shop:"+u.id, u.name, u.name, u.role)
}

// addDesk is the desk's part: tables beside the shop's own, the same handle, the same login.
func (s *shop) addDesk(ctx context.Context, out adapters.Sender) error {
	st, err := store.New(store.Config{DB: s.db, Dialect: sqlitedialect.New()})
	if err != nil {
		return err
	}
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	s.desk, err = ticketkit.New(ticketkit.Config{
		Store: st, Secret: []byte("a secret that the shop keeps, 32 bytes or more"), Blobs: store.NewFileBlobs("data/blobs"),
		Mail: out, BasePath: "/desk", Authenticator: s, Log: slog.Default(),
	})
	return err
}

// order writes an order, its ticket and the confirmation in one transaction: all of it or nothing. refuse comes last, so that a test
// can see that a roll-back leaves nothing.
func (s *shop) order(ctx context.Context, u user, item string, refuse func() error) (number int64, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	res, err := tx.ExecContext(ctx, "INSERT INTO orders (customer, item) VALUES (?, ?)", u.id, item)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	desk := s.desk.In(tx)
	t, err := desk.Open(ctx, ticket.SystemActor("shop"), ticket.NewTicket{
		Subject: fmt.Sprintf("Order %d: %s", id, item), Body: "Ordered in the shop.", Channel: "shop", Key: fmt.Sprint("order-", id),
		Requester: ticket.Person{Name: u.name, Identity: ticket.Identity{Value: u.mail, Verified: true}}, Fields: map[string]any{"order": id},
	})
	if err != nil {
		return 0, err
	}
	if _, err = desk.Reply(ctx, ticket.SystemActor("shop"), t.ID, 0, ticket.NewMessage{Body: "Thank you, we are packing it."}); err != nil {
		return 0, err
	}
	if err := refuse(); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	s.desk.Wake()
	return t.Number, nil
}

// ask makes a browser show its box for the shop's login.
func ask(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := login(r); !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="shop", charset="UTF-8"`)
			http.Error(w, "sign in to the shop first", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *shop) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Post("/orders", func(w http.ResponseWriter, r *http.Request) {
		u, ok := login(r)
		if !ok || u.mail == "" || r.FormValue("item") == "" {
			http.Error(w, "sign in as a customer and name an item", http.StatusBadRequest)
			return
		}
		n, err := s.order(r.Context(), u, r.FormValue("item"), func() error { return nil })
		if err != nil {
			slog.Error("order", "err", err)
			http.Error(w, "the order was not taken", http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprintf(w, "ordered; your ticket is #%d\n", n)
	})
	r.Mount("/desk", ask(s.desk.Handler()))
	return r
}

// newShop opens the shop's tables on any handle for SQLite.
func newShop(ctx context.Context, db *sql.DB, out adapters.Sender) (*shop, error) {
	_, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, item TEXT NOT NULL)")
	if err != nil {
		return nil, err
	}
	s := &shop{db: db}
	return s, s.addDesk(ctx, out)
}

func run(ctx context.Context) error {
	if err := os.MkdirAll("data", 0o700); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:data/shop.db?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	out, err := mailout.New(mailout.Config{From: mail.Address{Name: "Shop", Address: "support@shop.example"}, OutboxDir: "data/outbox"})
	if err != nil {
		return err
	}
	s, err := newShop(ctx, db, out)
	if err != nil {
		return err
	}
	srv := &http.Server{Addr: "127.0.0.1:8002", Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Shutdown(context.WithoutCancel(ctx)) })
	go func() { _ = s.desk.Run(ctx) }()
	slog.Info("the shop is open", "orders", "http://127.0.0.1:8002/orders", "desk", "http://127.0.0.1:8002/desk/", "customer", "kim / shop", "agent", "ada / desk")
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("stopped", "err", err)
		os.Exit(1)
	}
}
