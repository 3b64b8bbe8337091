package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	desk, err := sqlite.Open(ctx, "sqlite:"+filepath.Join(dir, "ticketkit.db"), sqlite.Options{Blobs: store.NewFileBlobs(filepath.Join(dir, "blobs"))})
	if err != nil {
		panic(err)
	}
	defer func() { _ = desk.Close() }()
	if err := desk.Migrate(ctx); err != nil {
		panic(err)
	}
	queues, err := desk.Queues(ctx)
	fmt.Println(len(queues), err)
	// Output: 0 <nil>
}
