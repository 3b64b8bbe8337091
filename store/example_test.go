package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// A host keeps the desk in its own database, and opens a ticket in the transaction of its own change.
func ExampleStore_InTx() {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)")
	if err != nil {
		panic(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1) // the host's pool may be as small as that

	desk, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Prefix: "helpdesk_"})
	if err != nil {
		panic(err)
	}
	if err := desk.CheckHost(ctx); err != nil {
		panic(err)
	}
	if err := desk.Migrate(ctx); err != nil {
		panic(err)
	}
	service, err := ticket.NewService(ticket.Config{Store: desk, Policy: grants{}, ChainKey: make([]byte, 32)})
	if err != nil {
		panic(err)
	}
	shop := ticket.SystemActor("shop")
	if _, err := service.CreateQueue(ctx, shop, "Support"); err != nil {
		panic(err)
	}

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = tx.Rollback() }()
	t, err := service.On(desk.InTx(tx)).Open(ctx, shop, ticket.NewTicket{
		Subject: "Order 17 needs a look", Requester: ticket.Person{Identity: ticket.Identity{Value: "anna@firma.example"}},
	})
	if err != nil {
		panic(err)
	}
	// … and the host's own statements on tx.
	if err := tx.Commit(); err != nil {
		panic(err)
	}
	fmt.Printf("#%d in %s\n", t.Number, t.Queue.Name)
	// Output: #1 in Support
}

// A daily job removes what no row refers to any more.
func ExampleFileBlobs_Sweep() {
	daily := func(ctx context.Context, desk *store.Store, blobs *store.FileBlobs) error {
		n, err := blobs.Sweep(ctx, time.Now().Add(-24*time.Hour), desk.BlobInUse)
		fmt.Println(n, "files deleted")
		return err
	}
	_ = daily
}
