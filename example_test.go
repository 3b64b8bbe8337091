package ticketkit_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

var secret = []byte("Zk3-pV8mRw5XtQ9LcYb2NdHs7JgFa4Te6")

// A desk over a database file of its own.
func ExampleNew() {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, ":memory:", sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: secret, Locale: "en"})
	if err != nil {
		log.Fatal(err)
	}
	t, err := desk.Tickets().Open(ctx, ticket.SystemActor("example"), ticket.NewTicket{
		Subject: "The lamp is broken", Body: "It arrived in two parts.",
		Requester: ticket.Person{Name: "Kim", Identity: ticket.Identity{Value: "kim@customer.example"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("#%d %s, %s, in %s\n", t.Number, t.Subject, t.Status, t.Queue.Name)
	// Output: #1 The lamp is broken, new, in Support
}

// The desk's part of a service that has a database handle, a router and a login of its own: the code of the README.
func Example_embed() {
	embed := func(ctx context.Context, db *sql.DB, router chi.Router, myLogin httpapi.Authenticator, out adapters.Sender) error {
		st, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()}) // tables are prefixed ticketkit_
		if err != nil {
			return err
		}
		if err := st.Migrate(ctx); err != nil {
			return err
		}
		desk, err := ticketkit.New(ticketkit.Config{
			Store: st, Secret: secret, Blobs: store.NewFileBlobs("data/blobs"), Mail: out, BasePath: "/desk", Authenticator: myLogin,
		})
		if err != nil {
			return err
		}
		router.Mount("/desk", desk.Handler())
		go func() { _ = desk.Run(ctx) }()
		return nil
	}
	_ = embed
}

// A ticket in the host's own transaction.
func ExampleDesk_In() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", ":memory:") // the driver that store/sqlite brings; any for SQLite will do
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }()
	st, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New()})
	if err != nil {
		log.Fatal(err)
	}
	if err := st.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: secret})
	if err != nil {
		log.Fatal(err)
	}
	order := func(commit bool) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		_, err = desk.In(tx).Open(ctx, ticket.SystemActor("shop"), ticket.NewTicket{
			Subject: "Order 7", Requester: ticket.Person{Identity: ticket.Identity{Value: "kim@customer.example"}}})
		if err != nil || !commit {
			return err
		}
		return tx.Commit()
	}
	for _, commit := range []bool{false, true} {
		if err := order(commit); err != nil {
			log.Fatal(err)
		}
		ts, _, err := desk.Tickets().List(ctx, ticket.SystemActor("shop"), ticket.Query{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("commit=%t: %d tickets\n", commit, len(ts))
	}
	// Output:
	// commit=false: 0 tickets
	// commit=true: 1 tickets
}

// Handler goes on any mux, and Run does what does not wait for a request.
func ExampleDesk_Run() {
	serve := func(ctx context.Context, desk *ticketkit.Desk) error {
		srv := &http.Server{Addr: "127.0.0.1:8001", Handler: desk.Handler(), ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = srv.Shutdown(context.WithoutCancel(ctx)) })
		go func() { _ = srv.ListenAndServe() }()
		return desk.Run(ctx)
	}
	_ = serve
}
